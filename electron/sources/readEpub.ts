/** An EPUB → blocks in reading order, each with its chapter. */
import type { RowError } from '../../shared/run.ts';
import type { PlacedBlock, ReadContext, ReadDocument } from './documentTypes.ts';
import { HEADING_LEVELS } from './documentTypes.ts';
import { damagedEpub, readEpubPackage, textOf } from './epubPackage.ts';
import { readHtml } from './htmlBlocks.ts';
import { readZip, ZIP_LIMITS } from './zipEntries.ts';
import type { ZipLimits } from './zipEntries.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';

/** @throws TracedeckError `zip_damaged`, `zip_bomb`, `epub_damaged`, `epub_locked` */
export function readEpub(
  bytes: Uint8Array,
  name: string,
  context: ReadContext,
  limits: ZipLimits = ZIP_LIMITS,
): ReadDocument {
  const zip = readZip(bytes, name, limits);
  const book = readEpubPackage(zip, name);
  const blocks: PlacedBlock[] = [];
  const problems: RowError[] = [];
  let chapter: string | undefined;

  for (const [at, part] of book.parts.entries()) {
    context.throwIfStopped();
    context.progress(at, book.parts.length);
    const row = at + 1;
    if (book.locked.has(part.path)) {
      problems.push({ row, code: 'part_locked', message: `${part.path} is locked by its seller (DRM).` });
      continue;
    }
    let html: string | null;
    try {
      html = textOf(zip, part.path);
    } catch (thrown) {
      const error = toTracedeckError(thrown);
      // A bomb is the file's doing, a broken part bad luck.
      if (error.code === 'zip_bomb') throw error;
      problems.push({ row, code: 'part_damaged', message: error.message });
      continue;
    }
    if (html === null) {
      problems.push({
        row,
        code: 'part_missing',
        message: `${part.path} is named in the book but not in it.`,
      });
      continue;
    }
    chapter = part.titles.get('') ?? [...part.titles.values()][0] ?? chapter;
    const headings: { level: number; text: string }[] = [];
    readHtml(html, {
      anchor(id) {
        chapter = part.titles.get(id) ?? chapter;
      },
      heading(level, text) {
        while ((headings.at(-1)?.level ?? 0) >= level) headings.pop();
        if (headings.length < HEADING_LEVELS) headings.push({ level, text });
      },
      block(block) {
        const place = {
          headings: headings.map(({ text }) => text),
          ...(chapter === undefined ? {} : { chapter }),
        };
        blocks.push({ place, block });
      },
    });
  }
  if (blocks.length === 0 && problems.length > 0)
    throw damagedEpub(name, problems[0]?.message ?? 'no part has text');
  return {
    title: book.title,
    language: book.language,
    tags: [],
    pages: null,
    scannedPages: [],
    encoding: '',
    blocks,
    problems,
    warnings: [],
  };
}
