/** What an EPUB says about itself: its parts in reading order, their titles, and whether they are locked. */
import { Parser } from 'htmlparser2';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { cleanLine } from './cleanLine.ts';
import type { ZipEntries } from './zipEntries.ts';

export type EpubPart = {
  /** Path inside the archive. */
  readonly path: string;
  /** Titles by the id of the element that they stand at; under '' the part's own. */
  readonly titles: ReadonlyMap<string, string>;
};
export type EpubPackage = {
  readonly title: string | null;
  /** Of the first `dc:language`. */
  readonly language: string | null;
  readonly subjects: readonly string[];
  readonly parts: readonly EpubPart[];
  /** Paths of parts that only a key opens. */
  readonly locked: ReadonlySet<string>;
};

type Element = { readonly name: string; readonly attributes: Readonly<Record<string, string>>; text: string };

/** Fonts may be scrambled by these; they are no lock. */
const FONT_SCRAMBLING = /ns\.adobe\.com\/pdf\/enc#RC|idpf\.org\/2008\/embedding/;

/** @throws TracedeckError `epub_damaged`, `epub_locked` */
export function readEpubPackage(zip: ZipEntries, name: string): EpubPackage {
  const container = textOf(zip, 'META-INF/container.xml');
  const root =
    container === null ? undefined : elements(container).find(({ name: tag }) => tag === 'rootfile');
  const opfPath = root?.attributes['full-path'] ?? [...zip.names].find((path) => path.endsWith('.opf'));
  const opf = opfPath === undefined ? null : textOf(zip, opfPath);
  if (opf === null || opfPath === undefined) throw damagedEpub(name, 'it has no table of its parts');
  const locked = lockedPaths(zip);

  const manifest = new Map<
    string,
    { readonly path: string; readonly type: string; readonly properties: string }
  >();
  const spine: string[] = [];
  const subjects: string[] = [];
  let title: string | null = null;
  let language: string | null = null;
  let ncx: string | undefined;
  for (const { name: tag, attributes, text } of elements(opf)) {
    if (tag === 'item') {
      manifest.set(attributes.id ?? '', {
        path: resolvePath(opfPath, attributes.href ?? ''),
        type: attributes['media-type'] ?? '',
        properties: attributes.properties ?? '',
      });
    } else if (tag === 'itemref' && attributes.linear !== 'no') spine.push(attributes.idref ?? '');
    else if (tag === 'spine') ncx = attributes.toc;
    else if (tag === 'title') title ??= cleanLine(text).slice(0, 500) || null;
    else if (tag === 'language') language ??= cleanLine(text).slice(0, 100) || null;
    else if (tag === 'subject') subjects.push(cleanLine(text));
  }
  const paths = spine.flatMap((id) => {
    const item = manifest.get(id);
    return item && !/\bnav\b/.test(item.properties) && /html|xml/.test(item.type) ? [item.path] : [];
  });
  if (paths.length === 0) throw damagedEpub(name, 'it names no parts to read');
  if (paths.every((path) => locked.has(path))) {
    throw new TracedeckError('user', 'epub_locked', `${name} is locked by its seller (DRM).`, {
      hint: 'Its text cannot be read here. Use a copy without DRM, or copy passages from your reader.',
    });
  }
  const items = [...manifest.values()];
  const nav = items.find(({ properties }) => /\bnav\b/.test(properties))?.path;
  const ncxPath =
    (ncx === undefined ? undefined : manifest.get(ncx)?.path) ??
    items.find(({ type }) => type.includes('dtbncx'))?.path;
  const titles = titlesOf(zip, nav, ncxPath);
  return {
    title,
    language,
    subjects: subjects.filter((subject) => subject !== '').slice(0, 20),
    parts: [...new Set(paths)].map((path) => ({
      path,
      titles: titles.get(path) ?? new Map<string, string>(),
    })),
    locked,
  };
}

export function damagedEpub(name: string, why: string): TracedeckError {
  return new TracedeckError('user', 'epub_damaged', `${name} is no readable EPUB: ${why}.`, {
    hint: 'Get the file again, or convert it with an e-book manager.',
  });
}

/** UTF-8, or UTF-16 with a byte order mark. `null` where there is no such entry. */
export function textOf(zip: ZipEntries, path: string): string | null {
  const bytes = zip.read(path);
  if (bytes === null) return null;
  const wide =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : null;
  if (wide !== null) return new TextDecoder(wide).decode(bytes);
  const declared = /^[^>]{0,100}encoding=["']([\w-]+)["']/.exec(
    Buffer.from(bytes.subarray(0, 120)).toString('latin1'),
  )?.[1];
  try {
    return new TextDecoder(declared ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** Elements in document order, names without their prefix, each with the text inside. */
function elements(xml: string): readonly Element[] {
  const found: Element[] = [];
  const open: Element[] = [];
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        const element = { name: tag.replace(/^.*:/, '').toLowerCase(), attributes, text: '' };
        found.push(element);
        open.push(element);
      },
      ontext(text) {
        const element = open.at(-1);
        if (element && element.text.length < 10_000) element.text += text;
      },
      onclosetag: () => void open.pop(),
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  return found;
}

function lockedPaths(zip: ZipEntries): ReadonlySet<string> {
  const xml = textOf(zip, 'META-INF/encryption.xml');
  if (xml === null) return new Set();
  const locked = new Set<string>();
  let method = '';
  for (const { name, attributes } of elements(xml)) {
    if (name === 'encryptionmethod') method = attributes.Algorithm ?? '';
    if (name === 'cipherreference' && !FONT_SCRAMBLING.test(method))
      locked.add(decoded(attributes.URI ?? ''));
    if (name === 'encrypteddata') method = '';
  }
  return locked;
}

/** Titles from the book's own table of contents: the navigation document, else the older NCX. */
function titlesOf(
  zip: ZipEntries,
  nav: string | undefined,
  ncx: string | undefined,
): ReadonlyMap<string, Map<string, string>> {
  const titles = new Map<string, Map<string, string>>();
  const add = (from: string, href: string, title: string): void => {
    const [file = '', id = ''] = href.split('#');
    const path = resolvePath(from, file);
    const clean = cleanLine(title).slice(0, 1000);
    if (clean === '') return;
    const own = titles.get(path) ?? new Map<string, string>();
    titles.set(path, own);
    if (!own.has(id)) own.set(id, clean);
  };
  const navText = nav === undefined ? null : textOf(zip, nav);
  if (nav !== undefined && navText !== null) {
    // Landmarks and page lists are links as well; only the table of contents has titles.
    let depth = 0;
    let link: { href: string; text: string } | null = null;
    const parser = new Parser(
      {
        onopentag(tag, attributes) {
          const type = attributes['epub:type'] ?? attributes.role ?? 'toc';
          if (tag === 'nav' && /toc/.test(type)) depth = 1;
          if (tag === 'a' && depth > 0) link = { href: attributes.href ?? '', text: '' };
        },
        ontext(text) {
          if (link) link.text += text;
        },
        onclosetag(tag) {
          if (tag === 'nav') depth = 0;
          if (tag === 'a' && link) add(nav, link.href, link.text);
          if (tag === 'a') link = null;
        },
      },
      { xmlMode: true, decodeEntities: true },
    );
    parser.end(navText);
  }
  const ncxText = ncx === undefined || titles.size > 0 ? null : textOf(zip, ncx);
  if (ncx !== undefined && ncxText !== null) {
    let title = '';
    for (const { name, attributes, text } of elements(ncxText)) {
      if (name === 'text') title = text;
      if (name === 'content') add(ncx, attributes.src ?? '', title);
    }
  }
  return titles;
}

/** A link inside the archive. A path can leave its folder but not the archive: names are only looked up. */
function resolvePath(from: string, href: string): string {
  const parts = href.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const part of decoded(href.split('#')[0] ?? '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
