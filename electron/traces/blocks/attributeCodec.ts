/** How one attribute of a block is written: its rows, their types, then texts, whole numbers and others by themselves. */
import { VALUE } from '../blockTypes.ts';
import type { AttributeColumn } from '../blockTypes.ts';
import { bitsFor, ChunkError, openBits, packBits, unpackBits } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { openInts, readIndexed, readInts, readOnlyIndexed, writeIndexed, writeInts } from './numberCodec.ts';
import { findRows, readRows, writeRows } from './rowCodec.ts';

/** Of numbers with fractions: eight bytes each, or as whole numbers of the smallest decimals. */
const PLAIN = 0;
const PACKED = 1;
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
    if (texts.length < textCount) {
      indexes = unpackBits(from, textCount, bitsFor(texts.length), new Uint32Array(textCount));
    }
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
  if (rows.length === 0) return null;
  const only = readOnlyIndexed(from, count);
  const types = only === null ? readIndexed(from, new Uint8Array(count)) : null;
  const counts = types === null ? countsOf(only!, count) : countTypes(types);
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
  const type = new Uint8Array(rows.length);
  const value = new Float64Array(rows.length);
  const nth = { text: 0, int: 0, float: 0 };
  let at = 0;
  for (const [i, place] of places.entries()) {
    if (types === null) nth.text = nth.int = nth.float = place;
    else {
      for (; at < place; at += 1) {
        if (isText(types[at]!)) nth.text += 1;
        else if (types[at] === VALUE.int) nth.int += 1;
        else if (types[at] === VALUE.float) nth.float += 1;
      }
    }
    const kind = types === null ? only! : types[place]!;
    type[i] = kind;
    if (isText(kind)) {
      value[i] = textAt(nth.text);
      if (value[i]! >= texts.length) throw new ChunkError('A text is missing.');
    } else if (kind === VALUE.int) value[i] = intAt!(nth.int);
    else if (kind === VALUE.float) value[i] = floatAt!(nth.float);
    else value[i] = kind === VALUE.true ? 1 : 0;
  }
  return { rows, type, value, texts };
}

/** The texts of an attribute alone. */
export function readAttributeTexts(from: ByteReader, limit: number): readonly string[] {
  const { count } = findRows(from, limit, NO_ROWS);
  const type = readIndexed(from, new Uint8Array(count));
  return countTypes(type).texts > 0 ? from.texts() : [];
}

const NO_ROWS = new Uint32Array();

type Counts = { readonly texts: number; readonly ints: number; readonly floats: number };

/** Of entries that are all of one type. */
const countsOf = (type: number, count: number): Counts => ({
  texts: isText(type) ? count : 0,
  ints: type === VALUE.int ? count : 0,
  floats: type === VALUE.float ? count : 0,
});

function countTypes(type: Uint8Array): Counts {
  const counts = new Uint32Array(256);
  for (let i = 0; i < type.length; i += 1) counts[type[i]!]! += 1;
  return {
    texts: counts[VALUE.string]! + counts[VALUE.list]!,
    ints: counts[VALUE.int]!,
    floats: counts[VALUE.float]!,
  };
}
