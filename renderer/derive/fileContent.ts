/** What a file is that was dropped on the window: told by what is in it, and by its name only where that says nothing. */
import { hasAnkiHeaders, isCardJson } from '../../shared/cardFiles.ts';

/** Where it belongs: imported as traces or cards, or a list or document to make cards of. `null`: nothing of these. */
export type FileContent = 'traces' | 'cards' | 'source' | null;

/** The ends of a file. An archive has the names of its parts at its end. */
export type FileEnds = { readonly name: string; readonly head: Uint8Array; readonly tail: Uint8Array };

export const END_BYTES = 64 * 1024;

export function fileContent({ name, head, tail }: FileEnds): FileContent {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const latin = latinOf(head.subarray(0, 1024));
  if (latin.includes('%PDF-')) return 'source';
  if (latin.startsWith('PK')) return archiveContent(latinOf(head) + latinOf(tail), extension);
  if (FOREIGN.some((magic) => latin.startsWith(magic))) return null;
  if (isBinary(head)) return LIST_NAMES.has(extension) ? 'source' : isProtobuf(head) ? 'traces' : null;
  const text = new TextDecoder(wideOf(head) ?? 'utf-8').decode(head);
  if (hasAnkiHeaders(text)) return 'cards';
  if (extension === 'json' || extension === 'jsonl' || JSON_OPENING.test(text)) return jsonContent(text);
  return text.trim() === '' ? null : 'source';
}

/** Pictures, programs and the like, by their first bytes. */
const FOREIGN = [
  '\x89PNG',
  '\xff\xd8\xff',
  'GIF8',
  'SQLite f',
  '\xd0\xcf\x11\xe0',
  '7z\xbc\xaf',
  'Rar!',
  '\x7fELF',
  '{\\rtf',
];
const LIST_NAMES = new Set(['csv', 'tsv', 'tab', 'txt', 'md', 'markdown']);
/** A list of words may begin with a bracket, but no quote, bracket or number follows it there. */
const JSON_OPENING = /^\ufeff?\s*(?:\{\s*["}]|\[\s*[[{\]])/u;

function archiveContent(names: string, extension: string): FileContent {
  if (names.includes('application/epub+zip') || names.includes('META-INF/container.xml')) return 'source';
  if (/collection\.anki2/u.test(names)) return 'cards';
  if (extension === 'epub') return 'source';
  return extension === 'apkg' || extension === 'colpkg' ? 'cards' : null;
}

/** Keys of the forms that are read (docs/trace-files.md), of the whole or of its parts. */
const TRACE_KEYS = new Set([
  'resourceSpans',
  'resourceLogs',
  'resourceMetrics',
  'resource_spans',
  'batches',
  'scopeSpans',
  'traceEvents',
  'traceID',
  'traceId',
  'ph',
]);

function jsonContent(text: string): FileContent {
  if (isCardJson(text) && outerKeys(text, 1).some((key) => key === 'front' || key === 'noteId'))
    return 'cards';
  return outerKeys(text, 2).some((key) => TRACE_KEYS.has(key)) ? 'traces' : null;
}

/** Keys of the outermost objects of each branch, so many deep: those below are the data's own. */
function outerKeys(text: string, levels: number): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}]/gsu)) {
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    else if (depth <= levels && token.endsWith(':')) keys.push(token.slice(1, token.lastIndexOf('"')));
  }
  return keys;
}

/** Text has no control characters besides tabs and ends of lines; UTF-16 is text all the same. */
function isBinary(head: Uint8Array): boolean {
  if (wideOf(head) !== null) return false;
  return head.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13);
}

/** OTLP begins with its first field, which may have its length before it, as a varint or in four bytes. */
function isProtobuf(head: Uint8Array): boolean {
  return [0, 1, 2, 3, 4].some((at) => head[at] === 0x0a);
}

function wideOf(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : null;
}

/** One character a byte, which no decoder of the platform does. */
const latinOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
