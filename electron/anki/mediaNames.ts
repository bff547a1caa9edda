/** Names of media files: which are safe, and where fields, templates and styles speak of them. */

/** Anki's own bound for a name, in bytes. */
const MAX_NAME_BYTES = 255;
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

export type NameVerdict = { readonly name: string } | { readonly refused: string };

/**
 * The name under which a file of a package may be kept: NFC, no path. What no system takes as a name becomes `_`, as
 * Anki has it; what leads elsewhere is refused.
 */
export function safeMediaName(stored: string): NameVerdict {
  const name = stored.normalize('NFC');
  if (name.includes('\0')) return { refused: 'its name holds a NUL' };
  if (/[/\\]/.test(name) || /^[a-z]:/i.test(name)) return { refused: 'its name is a path' };
  if (/^\.*$/.test(name.trim())) return { refused: 'its name is none' };
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return { refused: 'its name is too long' };
  let safe = name
    .replace(/[\u0001-\u001f\u007f-\u009f:*?"<>|\u202a-\u202e\u2066-\u2069]/g, '_')
    .replace(/[. ]+$/, '');
  if (RESERVED.test(safe)) safe = `_${safe}`;
  return safe === '' ? { refused: 'its name is none' } : { name: safe };
}

/** Another name for a file whose name is taken by other bytes; the same for the same bytes, always. */
export function renamedFor(name: string, sha256: string): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let short = stem;
  while (Buffer.byteLength(`${short}-${extension}`) > MAX_NAME_BYTES - 12)
    short = [...short].slice(0, -1).join('');
  return `${short}-${sha256.slice(0, 12)}${extension}`;
}

/** `src`, `data`, `href` and `poster` in tags, `[sound:…]`, and `url(…)` and `@import` in styles. */
const REFERENCE =
  /(\b(?:src|data|href|poster|xlink:href)\s{0,9}=\s{0,9}")([^"]{1,1000})|(\b(?:src|data|href|poster|xlink:href)\s{0,9}=\s{0,9}')([^']{1,1000})|(\b(?:src|data|href|poster)\s{0,9}=\s{0,9})([^\s"'>]{1,1000})|(\[sound:)([^\]]{1,500})|(\burl\(\s{0,9}["']?)([^"')]{1,1000})|(@import\s{1,9}["'])([^"']{1,1000})/giu;

/** Every name that a text speaks of, as it is known in `media`: NFC, decoded, no address. */
export function mediaReferences(text: string): string[] {
  if (!mayRefer(text)) return [];
  const names: string[] = [];
  for (const match of text.matchAll(REFERENCE)) {
    const name = nameOf(referenceOf(match).name);
    if (name !== null) names.push(name);
  }
  return names;
}

/** Addresses of the network that a style asks for: pictures, fonts, sheets. */
export function remoteReferences(css: string): string[] {
  if (!mayRefer(css)) return [];
  const references = [...css.matchAll(REFERENCE)].map((match) => referenceOf(match).name.trim());
  return [...new Set(references.filter((reference) => /^(?:https?:)?\/\//i.test(reference)))];
}

/** The text with other names in place of some. */
export function renameReferences(text: string, renamed: ReadonlyMap<string, string>): string {
  if (renamed.size === 0 || !mayRefer(text)) return text;
  return text.replace(REFERENCE, (...match) => {
    const { lead, name } = referenceOf(match as unknown as RegExpMatchArray);
    const known = nameOf(name);
    const other = known === null ? undefined : renamed.get(known);
    if (other === undefined) return match[0] as string;
    // Within a tag, what HTML would read as its own is escaped.
    const isTag = lead.includes('=');
    return `${lead}${isTag ? other.replaceAll('&', '&amp;').replaceAll('"', '&quot;') : other}`;
  });
}

function mayRefer(text: string): boolean {
  return /[=[(@]/.test(text);
}

function referenceOf(match: RegExpMatchArray): { lead: string; name: string } {
  for (const at of [1, 3, 5, 7, 9, 11]) {
    if (match[at] !== undefined) return { lead: match[at], name: match[at + 1]! };
  }
  return { lead: '', name: '' };
}

function nameOf(reference: string): string | null {
  const text = reference.trim().replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(text)) return null;
  try {
    return decodeURIComponent(text).normalize('NFC');
  } catch {
    return text.normalize('NFC');
  }
}
