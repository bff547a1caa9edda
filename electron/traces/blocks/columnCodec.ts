/**
 * How single columns are written. Each writer tries the few forms that fit such a column and takes the shortest;
 * its first byte says which.
 */
import { VALUE } from '../blockTypes.ts';
import type { AttributeColumn } from '../blockTypes.ts';
import { bitsFor, ChunkError, openBits, packBits, unpackBits } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

const MAX_WIDTH = 24;
const PLAIN = 0;
const PACKED = 1;
const DELTA = 2;
/** As they are, eight bytes each: of numbers whose steps are too large for varints. */
const RAW = 3;
const MAX_VARINT = 2 ** 52;

const varintBytes = (value: number): number => {
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
  const different = new Float64Array(checked(from.varint(), count));
  for (let i = 0; i < different.length; i += 1) different[i] = from.varint();
  const form = from.byte();
  if (form === PACKED) {
    const width = bitsFor(different.length);
    if (width === 0) return values.fill(different[0] ?? 0) as T;
    const indexes = unpackBits(from, count, width);
    for (let i = 0; i < count; i += 1) values[i] = different[indexes[i]!]!;
    return values;
  }
  for (let at = 0; at < count;) {
    const value = different[from.varint()];
    const length = from.varint();
    if (value === undefined || length === 0 || at + length > count) {
      throw new ChunkError('A run is longer than its column.');
    }
    values.fill(value, at, at + length);
    at += length;
  }
  return values;
}

const ALL = 0;
const BITMAP = 1;
const GAPS = 2;

/** Ascending row numbers below `limit`. */
export function writeRows(into: ByteWriter, rows: Uint32Array, limit: number): void {
  into.varint(rows.length);
  if (rows.length === limit) {
    into.byte(ALL);
    return;
  }
  let gapBytes = 0;
  let next = 0;
  for (const row of rows) {
    gapBytes += varintBytes(row - next);
    next = row + 1;
  }
  if (gapBytes <= limit / 8) {
    into.byte(GAPS);
    next = 0;
    for (const row of rows) {
      into.varint(row - next);
      next = row + 1;
    }
    return;
  }
  into.byte(BITMAP);
  const bits = new Uint8Array(Math.ceil(limit / 8));
  for (const row of rows) bits[row >> 3]! |= 1 << (row & 7);
  into.bytes(bits);
}

export function readRows(from: ByteReader, limit: number): Uint32Array {
  const rows = new Uint32Array(checked(from.varint(), limit));
  const form = from.byte();
  if (form === ALL) for (let i = 0; i < rows.length; i += 1) rows[i] = i;
  else if (form === GAPS) {
    let next = 0;
    for (let i = 0; i < rows.length; i += 1) {
      rows[i] = next += from.varint();
      next += 1;
    }
    if (next > limit) throw new ChunkError('A row is not in its block.');
  } else {
    const bits = from.bytes(Math.ceil(limit / 8));
    let at = 0;
    for (let byte = 0; byte < bits.length; byte += 1) {
      for (let held = bits[byte]!, row = byte * 8; held !== 0; held >>= 1, row += 1) {
        if ((held & 1) === 1 && at < rows.length) rows[at++] = row;
      }
    }
    if (at !== rows.length) throw new ChunkError('A row is not in its block.');
  }
  return rows;
}

const isText = (type: number): boolean => type === VALUE.string || type === VALUE.list;
/** Decimals that clocks and prices have: what is a whole number of these is written as one. */
const DECIMAL = 1000;

export function writeAttribute(into: ByteWriter, column: AttributeColumn, limit: number): void {
  const { rows, type, value } = column;
  const count = rows.length;
  writeRows(into, rows, limit);
  writeIndexed(into, type);
  let texts = 0;
  let ints = 0;
  let floats = 0;
  for (let i = 0; i < count; i += 1) {
    if (isText(type[i]!)) texts += 1;
    else if (type[i] === VALUE.int) ints += 1;
    else if (type[i] === VALUE.float) floats += 1;
  }
  if (texts > 0) writeTexts(into, column, texts);
  if (ints > 0) {
    writeInts(into, ints === count ? value : value.filter((_, i) => type[i] === VALUE.int));
  }
  if (floats > 0) {
    const all = floats === count ? value : value.filter((_, i) => type[i] === VALUE.float);
    const scaled = all.map((number) => Math.round(number * DECIMAL));
    const fits = scaled.every(
      (number, i) => Math.abs(number) < 2 ** 52 && number / DECIMAL === all[i] && !Object.is(number, -0),
    );
    into.byte(fits ? PACKED : PLAIN);
    if (fits) writeInts(into, scaled);
    else for (const number of all) into.float(number);
  }
}

/** Only the texts that are used, in the order in which they first are. */
function writeTexts(into: ByteWriter, { type, value, texts }: AttributeColumn, count: number): void {
  const places = new Int32Array(texts.length).fill(-1);
  const used: string[] = [];
  const indexes = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < value.length; i += 1) {
    if (!isText(type[i]!)) continue;
    const text = value[i]!;
    if (places[text] === -1) {
      places[text] = used.length;
      used.push(texts[text]!);
    }
    indexes[at++] = places[text]!;
  }
  into.texts(used);
  // Each text is new: nothing needs to be said.
  if (used.length < count) packBits(into, indexes, count, bitsFor(used.length));
}

export function readAttribute(from: ByteReader, limit: number): AttributeColumn {
  const rows = readRows(from, limit);
  const count = rows.length;
  const type = readIndexed(from, new Uint8Array(count));
  const { texts: textCount, ints, floats } = countTypes(type);
  let texts: readonly string[] = [];
  let indexes: Uint32Array | null = null;
  if (textCount > 0) {
    texts = from.texts();
    if (texts.length < textCount) indexes = unpackBits(from, textCount, bitsFor(texts.length));
  }
  const intValues = ints > 0 ? readInts(from, ints) : null;
  let floatValues: Float64Array | null = null;
  if (floats > 0) {
    if (from.byte() === PACKED) {
      floatValues = readInts(from, floats);
      for (let i = 0; i < floats; i += 1) floatValues[i]! /= DECIMAL;
    } else {
      floatValues = new Float64Array(floats);
      for (let i = 0; i < floats; i += 1) floatValues[i] = from.float();
    }
  }
  if (ints === count && intValues !== null) return { rows, type, value: intValues, texts };
  if (floats === count && floatValues !== null) return { rows, type, value: floatValues, texts };
  const value = new Float64Array(count);
  if (textCount === count) {
    for (let i = 0; i < count; i += 1) {
      const place = indexes === null ? i : indexes[i]!;
      if (place >= texts.length) throw new ChunkError('A text is missing.');
      value[i] = place;
    }
    return { rows, type, value, texts };
  }
  let text = 0;
  let int = 0;
  let float = 0;
  for (let i = 0; i < count; i += 1) {
    const kind = type[i]!;
    if (isText(kind)) {
      value[i] = indexes === null ? text : indexes[text]!;
      text += 1;
      if (value[i]! >= texts.length) throw new ChunkError('A text is missing.');
    } else if (kind === VALUE.int) value[i] = intValues![int++]!;
    else if (kind === VALUE.float) value[i] = floatValues![float++]!;
    else value[i] = kind === VALUE.true ? 1 : 0;
  }
  return { rows, type, value, texts };
}

/** The entries of some rows (ascending) of a column. */
export function entriesOf(
  { rows, type, value, texts }: AttributeColumn,
  wanted: Uint32Array,
): AttributeColumn | null {
  const places: number[] = [];
  for (const row of wanted) {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    if (rows[low] === row) places.push(low);
  }
  if (places.length === 0) return null;
  return {
    rows: Uint32Array.from(places, (place) => rows[place]!),
    type: Uint8Array.from(places, (place) => type[place]!),
    value: Float64Array.from(places, (place) => value[place]!),
    texts,
  };
}

/** The same of a chunk, most of which is passed over. */
export function readAttributeOf(
  from: ByteReader,
  limit: number,
  wanted: Uint32Array,
): AttributeColumn | null {
  const { count, rows, places } = findRows(from, limit, wanted);
  const type = readIndexed(from, new Uint8Array(count));
  const counts = countTypes(type);
  if (rows.length === 0) return null;
  let texts: readonly string[] = [];
  let textAt: (nth: number) => number = (nth) => nth;
  if (counts.texts > 0) {
    texts = from.texts();
    if (texts.length < counts.texts) textAt = openBits(from, counts.texts, bitsFor(texts.length));
  }
  const intAt = counts.ints > 0 ? openInts(from, counts.ints) : null;
  let floatAt: ((nth: number) => number) | null = null;
  if (counts.floats > 0) {
    if (from.byte() === PACKED) {
      const scaled = openInts(from, counts.floats);
      floatAt = (nth) => scaled(nth) / DECIMAL;
    } else {
      const floats = new Float64Array(counts.floats);
      for (let i = 0; i < floats.length; i += 1) floats[i] = from.float();
      floatAt = (nth) => floats[nth]!;
    }
  }
  const isOneType = counts.texts === count || counts.ints === count || counts.floats === count;
  const value = new Float64Array(rows.length);
  const nth = { text: 0, int: 0, float: 0 };
  let at = 0;
  for (const [i, place] of places.entries()) {
    if (isOneType) nth.text = nth.int = nth.float = place;
    else {
      for (; at < place; at += 1) {
        if (isText(type[at]!)) nth.text += 1;
        else if (type[at] === VALUE.int) nth.int += 1;
        else if (type[at] === VALUE.float) nth.float += 1;
      }
    }
    const kind = type[place]!;
    if (isText(kind)) {
      value[i] = textAt(nth.text);
      if (value[i]! >= texts.length) throw new ChunkError('A text is missing.');
    } else if (kind === VALUE.int) value[i] = intAt!(nth.int);
    else if (kind === VALUE.float) value[i] = floatAt!(nth.float);
    else value[i] = kind === VALUE.true ? 1 : 0;
  }
  return { rows, type: Uint8Array.from(places, (place) => type[place]!), value, texts };
}

/** The texts of an attribute alone. */
export function readAttributeTexts(from: ByteReader, limit: number): readonly string[] {
  const { count } = findRows(from, limit, NO_ROWS);
  const type = readIndexed(from, new Uint8Array(count));
  return countTypes(type).texts > 0 ? from.texts() : [];
}
const NO_ROWS = new Uint32Array();

function countTypes(type: Uint8Array) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < type.length; i += 1) counts[type[i]!]! += 1;
  return {
    texts: counts[VALUE.string]! + counts[VALUE.list]!,
    ints: counts[VALUE.int]!,
    floats: counts[VALUE.float]!,
  };
}

/** Of rows that `writeRows` wrote: how many there are, and which of the wanted ones (ascending) are among them, in which places. */
function findRows(from: ByteReader, limit: number, wanted: Uint32Array) {
  const count = checked(from.varint(), limit);
  const form = from.byte();
  const rows: number[] = [];
  const places: number[] = [];
  const found = (row: number, place: number): void => {
    rows.push(row);
    places.push(place);
  };
  if (form === ALL) {
    for (const row of wanted) if (row < count) found(row, row);
  } else if (form === GAPS) {
    let next = 0;
    let at = 0;
    for (let place = 0; place < count; place += 1) {
      const row = next + from.varint();
      next = row + 1;
      while (at < wanted.length && wanted[at]! < row) at += 1;
      if (wanted[at] === row) found(row, place);
    }
    if (next > limit) throw new ChunkError('A row is not in its block.');
  } else {
    const bits = from.bytes(Math.ceil(limit / 8));
    let byte = 0;
    let place = 0;
    for (const row of wanted) {
      for (; byte < row >> 3; byte += 1) place += ONES[bits[byte]!]!;
      const held = bits[byte]!;
      if (((held >> (row & 7)) & 1) === 1) found(row, place + ONES[held & ((1 << (row & 7)) - 1)]!);
    }
  }
  return { count, rows: Uint32Array.from(rows), places };
}
/** Bits that are set in a byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

function openInts(from: ByteReader, count: number): (nth: number) => number {
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

function checked(count: number, limit: number): number {
  if (count > limit) throw new ChunkError('A list is longer than its block.');
  return count;
}
