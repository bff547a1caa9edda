/** How ids are written: those of one recorder are counted up, the others are as good as random. */
import { ChunkError } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readIndexed, writeIndexed } from './numberCodec.ts';

/** Ids that share their first word with this many others are counted up, as rows of one recorder are. */
const MIN_SHARED = 4;
const MAX_BASES = 250;

/** Ids of two words each: those with a common first word as steps from the one before, the others as they are. */
export function writeIds(into: ByteWriter, ids: Uint32Array): void {
  const count = ids.length / 2;
  const seen = new Map<number, number>();
  for (let i = 0; i < count; i += 1) seen.set(ids[i * 2]!, (seen.get(ids[i * 2]!) ?? 0) + 1);
  const bases = new Map<number, number>();
  for (const [high, times] of seen) {
    if (times >= MIN_SHARED && bases.size < MAX_BASES) bases.set(high, bases.size + 1);
  }
  into.byte(bases.size);
  if (bases.size === 0) {
    into.bytes(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
    return;
  }
  for (const high of bases.keys()) into.word(high);
  const kinds = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) kinds[i] = bases.get(ids[i * 2]!) ?? 0;
  writeIndexed(into, kinds);
  const last = new Float64Array(bases.size + 1);
  for (let i = 0; i < count; i += 1) {
    const base = bases.get(ids[i * 2]!) ?? 0;
    const low = ids[i * 2 + 1]!;
    if (base === 0) {
      into.word(ids[i * 2]!);
      into.word(low);
    } else {
      into.zigzag(low - last[base]!);
      last[base] = low;
    }
  }
}

export function readIds(from: ByteReader, count: number): Uint32Array {
  const ids = new Uint32Array(count * 2);
  const bases = new Uint32Array(from.byte() + 1);
  if (bases.length === 1) {
    new Uint8Array(ids.buffer).set(from.bytes(ids.byteLength));
    return ids;
  }
  for (let i = 1; i < bases.length; i += 1) bases[i] = from.word();
  const kinds = readIndexed(from, new Uint8Array(count));
  const last = new Float64Array(bases.length);
  for (let i = 0; i < count; i += 1) {
    const base = kinds[i]!;
    if (base >= bases.length) throw new ChunkError('An id has no beginning.');
    if (base === 0) {
      ids[i * 2] = from.word();
      ids[i * 2 + 1] = from.word();
    } else {
      ids[i * 2] = bases[base]!;
      ids[i * 2 + 1] = last[base]! += from.zigzag();
    }
  }
  return ids;
}

/** Puts the id of a row into the place `at` of others. */
export type CopyId = (row: number, into: Uint32Array, at: number) => void;

export const copyIdOf =
  (ids: Uint32Array): CopyId =>
  (row, into, at) => {
    into[at * 2] = ids[row * 2]!;
    into[at * 2 + 1] = ids[row * 2 + 1]!;
  };

/** The ids of single rows: those that are as good as random are not read for it. */
export function openIds(from: ByteReader, count: number): CopyId {
  if (from.peek() !== 0) return copyIdOf(readIds(from, count));
  from.byte();
  const bytes = from.bytes(count * 8);
  return (row, into, at) =>
    new Uint8Array(into.buffer, into.byteOffset + at * 8, 8).set(bytes.subarray(row * 8, row * 8 + 8));
}
