/**
 * What a file or a text is: a list of terms, notes, a PDF, an EPUB, or an Anki package. Content goes before names; what is
 * called a PDF, an EPUB or a package and has no content that is known is a broken one.
 */
import { open } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { looksLikeNotes } from './looksLikeNotes.ts';

const SOURCE_KINDS = ['list', 'markdown', 'pdf', 'epub', 'package'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

const HEAD_BYTES = 64 * 1024;
/** The names of an archive's parts stand at its end. */
const TAIL_BYTES = 64 * 1024;

/**
 * What is at `path`. A file that cannot be read, or that is none of these, is a `list`: opening it as one says what
 * is wrong with it.
 */
export async function sniffSource(path: string): Promise<SourceKind> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const head = new Uint8Array(Math.min(size, HEAD_BYTES));
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      const tail = new Uint8Array(Math.min(size, TAIL_BYTES));
      await file.read(tail, 0, tail.length, size - tail.length);
      return sniffBytes(head.subarray(0, bytesRead), path, tail, size <= head.length);
    } finally {
      await file.close();
    }
  } catch {
    return 'list';
  }
}

/**
 * @param name the file's, for its extension
 * @param tail the file's last bytes; an archive keeps its list of names there
 * @param isWhole nothing follows `head`
 */
function sniffBytes(head: Uint8Array, name: string, tail: Uint8Array = head, isWhole = true): SourceKind {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const latin = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 1024)).toString('latin1');
  if (latin.includes('%PDF-')) return 'pdf';
  if (latin.startsWith('PK\u0003\u0004') || latin.startsWith('PK\u0005\u0006')) {
    const names = latin + Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength).toString('latin1');
    if (names.includes('application/epub+zip') || names.includes('META-INF/container.xml')) return 'epub';
    if (/collection\.anki2(?:1b?)?/.test(names)) return 'package';
    if (extension === 'epub') return 'epub';
    return extension === 'apkg' || extension === 'colpkg' ? 'package' : 'list';
  }
  if (extension === 'pdf' || extension === 'epub') return extension;
  if (extension === 'apkg' || extension === 'colpkg') return 'package';
  const text = textOf(head);
  return text === null ? 'list' : sniffText(text, name, isWhole);
}

/** Of text that was pasted, or decoded already. */
export function sniffText(text: string, name = '', isWhole = true): 'list' | 'markdown' {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (extension === 'csv' || extension === 'tsv' || extension === 'tab') return 'list';
  return looksLikeNotes(text, extension === 'md' || extension === 'markdown', isWhole) ? 'markdown' : 'list';
}

function textOf(bytes: Uint8Array): string | null {
  const wide =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : null;
  try {
    // The last character may be cut in two: what is broken there is no fault.
    return new TextDecoder(wide ?? 'utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}
