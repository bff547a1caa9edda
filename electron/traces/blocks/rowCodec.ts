/** How it is written which rows have something: all, a bit each, or the gaps between them. */
import { ChunkError } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { checked, varintBytes } from './numberCodec.ts';

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

/** Of rows that `writeRows` wrote: how many there are, and which of the wanted ones (ascending) are among them, in which places. */
export function findRows(from: ByteReader, limit: number, wanted: Uint32Array) {
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
