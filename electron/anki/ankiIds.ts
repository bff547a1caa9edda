/** Identity of notes in Anki: guid, checksum, sort field, ids. None of it may ever come out differently. */
import { createHash } from 'node:crypto';
import { decodeEntities, stripTags } from './fieldHtml.ts';

/** The 91 characters of Anki's guids, in Anki's order. */
const BASE91 = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_`{|}~';
const DAY_MS = 86_400_000;

/**
 * The guid of one piece of a note of ours: 64 bits of a hash of its uuid and the piece's number, never of its text.
 * The term is piece 0; each further text counts from 1.
 */
export function guidOf(uuid: string, piece: number): string {
  const digest = createHash('sha256').update(`tracedeck:${uuid}:${piece}`).digest();
  let value = digest.readBigUInt64BE(0);
  let guid = '';
  do {
    guid = BASE91[Number(value % 91n)]! + guid;
    value /= 91n;
  } while (value > 0n);
  return guid;
}

/** What Anki compares and sorts first fields by: no tags but the names of media files. */
export function sortText(html: string): string {
  if (!/[<&]/.test(html)) return html;
  return decodeEntities(stripTags(html, true)).replaceAll('\u00a0', ' ');
}

/** First 32 bits of the SHA-1 of a `sortText`. */
export function checksum(text: string): number {
  return createHash('sha1').update(text).digest().readUInt32BE(0);
}

/** An id for what has none but its content: the same for the same, in every package. */
export function contentId(content: string): number {
  const digest = createHash('sha256').update(content).digest();
  return 1_000_000_000_000 + (digest.readUIntBE(0, 6) % 500_000_000_000);
}

const ID_BLOCK_MS = 1_000_000;

/**
 * An id for a row of ours: a time some 17 minutes around the row's own, and the same in every package, whatever else is in
 * it. Anki knows notes by their guid; others (Mnemosyne) know cards by this.
 */
export function stableId(createdMs: number, rowId: number): number {
  return Math.floor(createdMs / ID_BLOCK_MS) * ID_BLOCK_MS + (rowId % ID_BLOCK_MS);
}

/**
 * Hands out ids that are times, each once: the wanted one or the next free after it.
 * @param nowMs ids end a day from now, as Anki wants it; an older one is then taken instead
 */
export function createIdClock(nowMs: number): (wantedMs: number) => number {
  const latest = nowMs + DAY_MS;
  /** From a taken id to one that may be free; thousands of notes were made in the same millisecond. */
  const after = new Map<number, number>();
  const before = new Map<number, number>();
  const free = (from: number, step: 1 | -1, next: Map<number, number>): number => {
    let id = from;
    while (next.has(id)) id = next.get(id)!;
    // What was walked once is not walked again.
    for (let at = from; at !== id;) {
      const then = next.get(at)!;
      next.set(at, id);
      at = then;
    }
    next.set(id, id + step);
    return id;
  };
  return (wantedMs) => {
    const wanted = Math.max(Math.floor(wantedMs), 1);
    const id = wanted > latest ? latest + 1 : free(wanted, 1, after);
    if (id <= latest) {
      before.set(id, id - 1);
      return id;
    }
    const older = free(latest, -1, before);
    after.set(older, older + 1);
    return older;
  };
}

/** Tags as Anki keeps them: between spaces, with a space at both ends; white space within one becomes `_`. */
export function joinTags(tags: readonly string[]): string {
  const words = tags
    .map((tag) => tag.normalize('NFC').trim().replace(/\s+/gu, '_'))
    .filter((tag) => tag !== '');
  return words.length === 0 ? '' : ` ${[...new Set(words)].join(' ')} `;
}

export function splitTags(tags: string): string[] {
  const words = tags
    .normalize('NFC')
    .split(/[\s\u3000]+/u)
    .filter((tag) => tag !== '');
  return [...new Set(words)];
}
