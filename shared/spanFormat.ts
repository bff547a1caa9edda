/**
 * Spans as one packed block of bytes: how they travel from the main process to a window and to the trace
 * store. Columns for what every span has, one table for all strings, ids as raw words.
 *
 *   header   8 x u32: magic, spans, traces, strings, string bytes, detail bytes, total bytes, bytes of the tail
 *   f64      start[n]  end[n]                                     epoch ms; end is NaN while open
 *   u32      spanId[2n]  parentId[2n]  trace[n]  name[n]  detailEnd[n]  traceId[4t]  stringEnd[s]
 *   u8       flags[n]  strings  details
 *
 * flags: kind in bits 0-2, status in bits 3-4, bit 5 where the detail goes on behind the attributes.
 * A detail is a list of attributes: count, then per attribute varint(key << 3 | type) and its value; with bit 5
 * the status message, the events and the links follow. An event: varint(name << 1 | 1 where a rest follows), time, its rest
 * (nanoseconds.ts; zigzag), attributes. A parent of zero means none. All words are little-endian,
 * as is every platform the program runs on.
 *
 * The tail, at the end of the details, is there only where a span came from elsewhere, lost something or has times in
 * nanoseconds: varint(origins),
 * each: scope name, 0 or 1 + scope version, attributes of the resource; varint(runs), each: rows, 0 or 1 + origin; then
 * varint(rows with more), each: rows passed over, 0 or 1 + trace state, dropped attributes, events, links; then 0, or 1 and
 * the rests of all starts and of all ends (i16).
 */
import type { SpanRecord } from './span.ts';

/** Bytes that are no block of spans, or spans that cannot be packed. */
export class SpanCodecError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SpanCodecError';
  }
}

/** What a recorder left out of a span. */
export type Dropped = NonNullable<SpanRecord['dropped']>;

export const MAGIC = 0x31505354; // 'TSP1'
export const HEADER_BYTES = 32;
/** Bytes that each span takes in the columns, its detail and strings apart. */
export const ROW_BYTES = 45;
/** Where the detail goes on behind the attributes. */
export const FLAG_EXTRAS = 1 << 5;
/** Types of attribute values. */
export const TYPE = {
  text: 0,
  int: 1,
  float: 2,
  false: 3,
  true: 4,
  texts: 5,
  numbers: 6,
  booleans: 7,
} as const;

/** How many spans a block says it holds, without a look at the rest; 0 for what is no block. */
export function spanCountOf(bytes: Uint8Array): number {
  if (bytes.byteLength < HEADER_BYTES) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(0, true) === MAGIC ? view.getUint32(4, true) : 0;
}
