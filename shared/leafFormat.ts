/**
 * Rows of hot operations as one packed block of bytes: columns as the recorder holds them, and a table of
 * only those operations, parents and error types that occur. Packing is copying; making spans of the rows
 * (`leavesToSpans`, `decodeBlock`) is for the thread or window that wants spans.
 *
 *   header   12 x u32: magic, rows n, parents p, scattered (0 or 1), text bytes, total bytes,
 *                      id base high, low, first row's number high, low, 0, 0
 *   f64      start[n]  first fact[n]                       epoch ms; NaN for a fact that was not given
 *   f32      duration[n]  second fact[n]                   ms
 *   u32      parent[n]  row[n] (only where scattered: the row's number less the first row's)
 *            parents[8p]: number, trace id in four words, span id in two, number of its attributes (0: none)
 *   u16      operation[n]  error type[n]                   0: no error
 *   u8       text: JSON of the operations and error types by their numbers, and of the parents' attributes
 *
 * A row's span id is the id base plus the row's number. All words are little-endian.
 */
import type { Attributes, SpanKind } from './span.ts';

/** A kind of operation: what all its rows have in common. */
export type LeafOperation = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Attribute names of the two numbers of a row. */
  readonly facts: readonly string[];
};
/** An expected error is stated on the span without marking it as failed. */
export type LeafErrorType = { readonly type: string; readonly expected: boolean };

export const MAGIC = 0x32464c54; // 'TLF2'
export const HEADER_WORDS = 12;
export const HEADER_BYTES = HEADER_WORDS * 4;
export const PARENT_WORDS = 8;
export const WORD = 2 ** 32;
