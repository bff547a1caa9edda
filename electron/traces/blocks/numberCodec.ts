/**
 * How columns of numbers are written. Each writer tries the few forms that fit such a column and takes the shortest; its
 * first byte says which.
 */
import { bitsFor, ChunkError, openBits, packBits, unpackBits } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

const MAX_WIDTH = 24;
const PLAIN = 0;
const PACKED = 1;
const DELTA = 2;

/** As they are, eight bytes each: of numbers whose steps are too large for varints. */
const RAW = 3;
const MAX_VARINT = 2 ** 52;

export const varintBytes = (value: number): number => {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  return value < 2 ** 35 ? 5 : value < 2 ** 42 ? 6 : value < 2 ** 49 ? 7 : 8;
};

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

/** Whole numbers, of either sign. */
export function writeInts(into: ByteWriter, values: Float64Array): void {
  const count = values.length;
  let min = Infinity;
  let max = -Infinity;
  let plain = 0;
  let delta = 0;
  let last = 0;
  for (let i = 0; i < count; i += 1) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    plain += varintBytes(zigzag(value));
    delta += varintBytes(zigzag(value - last));
    last = value;
  }
  if (count > 0 && (min < -MAX_VARINT || max > MAX_VARINT || max - min > MAX_VARINT)) {
    into.byte(RAW);
    for (const value of values) into.float(value);
    return;
  }
  const width = max - min < 2 ** MAX_WIDTH ? bitsFor(max - min + 1) : Infinity;
  const packed = (count * width) / 8 + 8;
  if (count > 0 && packed <= plain && packed <= delta) {
    into.byte(PACKED);
    into.zigzag(min);
    into.byte(width);
    const offsets = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) offsets[i] = values[i]! - min;
    packBits(into, offsets, count, width);
    return;
  }
  last = 0;
  const isDelta = delta < plain;
  into.byte(isDelta ? DELTA : PLAIN);
  for (let i = 0; i < count; i += 1) {
    into.zigzag(values[i]! - last);
    if (isDelta) last = values[i]!;
  }
}

export function readInts(from: ByteReader, count: number): Float64Array {
  const values = new Float64Array(count);
  const form = from.byte();
  if (form === PACKED) {
    const min = from.zigzag();
    const offsets = unpackBits(from, count, from.byte());
    for (let i = 0; i < count; i += 1) values[i] = offsets[i]! + min;
  } else if (form === DELTA || form === PLAIN) from.zigzags(values, form === DELTA);
  else if (form === RAW) for (let i = 0; i < count; i += 1) values[i] = from.float();
  else throw new ChunkError('A column of numbers has an unknown form.');
  return values;
}

export function openInts(from: ByteReader, count: number): (nth: number) => number {
  const form = from.byte();
  if (form === PACKED) {
    const min = from.zigzag();
    const at = openBits(from, count, from.byte());
    return (nth) => min + at(nth);
  }
  const values = new Float64Array(count);
  if (form === DELTA || form === PLAIN) from.zigzags(values, form === DELTA);
  else if (form === RAW) for (let i = 0; i < count; i += 1) values[i] = from.float();
  else throw new ChunkError('A column of numbers has an unknown form.');
  return (nth) => values[nth]!;
}

/** Numbers of which few are different: each once, and which of them each row has. */
export function writeIndexed(into: ByteWriter, values: Uint32Array | Uint8Array): void {
  const count = values.length;
  const places = new Map<number, number>();
  const indexes = new Uint32Array(count);
  let last = -1;
  let place = 0;
  let runs = 0;
  for (let i = 0; i < count; i += 1) {
    const value = values[i]!;
    if (value !== last) {
      const known = places.get(value);
      if (known === undefined) places.set(value, (place = places.size));
      else place = known;
      last = value;
      runs += 1;
    }
    indexes[i] = place;
  }
  into.varint(places.size);
  for (const value of places.keys()) into.varint(value);
  const width = bitsFor(places.size);
  const runBytes = runs * (places.size < 128 ? 2.5 : 4);
  if (runBytes >= (count * width) / 8) {
    into.byte(PACKED);
    packBits(into, indexes, count, width);
    return;
  }
  into.byte(PLAIN);
  for (let i = 0; i < count;) {
    let end = i + 1;
    while (end < count && indexes[end] === indexes[i]) end += 1;
    into.varint(indexes[i]!);
    into.varint(end - i);
    i = end;
  }
}

export function readIndexed<T extends Uint32Array | Uint8Array>(from: ByteReader, values: T): T {
  const count = values.length;
  const different = readDifferent(from, count);
  if (from.byte() !== PACKED) return fillRuns(from, different, values);
  const width = bitsFor(different.length);
  if (width === 0) return values.fill(different[0] ?? 0) as T;
  const indexes = unpackBits(from, count, width);
  for (let i = 0; i < count; i += 1) values[i] = different[indexes[i]!]!;
  return values;
}

/** The same of single ones: `at(i)` for `i` below `count`. */
export function openIndexed(from: ByteReader, count: number): (i: number) => number {
  const different = readDifferent(from, count);
  if (from.byte() !== PACKED) {
    const values = fillRuns(from, different, new Uint32Array(count));
    return (i) => values[i]!;
  }
  const at = openBits(from, count, bitsFor(different.length));
  return (i) => different[at(i)] ?? 0;
}

/** The one number that all of a column are; `null`, and nothing is read, where there are several. */
export function readOnlyIndexed(from: ByteReader, count: number): number | null {
  if (from.peek() !== 1) return null;
  const [only] = readDifferent(from, count);
  // No bits are needed to say which.
  if (from.byte() !== PACKED) throw new ChunkError('A column of one number has runs.');
  return only!;
}

function readDifferent(from: ByteReader, count: number): Float64Array {
  const different = new Float64Array(checked(from.varint(), count));
  for (let i = 0; i < different.length; i += 1) different[i] = from.varint();
  return different;
}

function fillRuns<T extends Uint32Array | Uint8Array>(
  from: ByteReader,
  different: Float64Array,
  values: T,
): T {
  for (let at = 0; at < values.length;) {
    const value = different[from.varint()];
    const length = from.varint();
    if (value === undefined || length === 0 || at + length > values.length) {
      throw new ChunkError('A run is longer than its column.');
    }
    values.fill(value, at, at + length);
    at += length;
  }
  return values;
}

export function checked(count: number, limit: number): number {
  if (count > limit) throw new ChunkError('A list is longer than its block.');
  return count;
}
