/** Lists of rows of a block: ascending, each once. */
import type { SpanBlock } from '../blockTypes.ts';

export type Rows = Uint32Array;
export const NO_ROWS: Rows = new Uint32Array(0);

let counted = new Uint32Array(0);
/** 0, 1, 2, … up to `count`; shared, so never written to. */
function allRows(count: number): Rows {
  if (counted.length < count) {
    counted = new Uint32Array(Math.max(count, 16_384));
    for (let i = 0; i < counted.length; i++) counted[i] = i;
  }
  return counted.subarray(0, count);
}

/** Rows (of those from `first` up to `end`) that count and begin within the time: epoch microseconds, both ends included. */
export function livingRows(
  block: SpanBlock,
  fromUs: number,
  toUs: number,
  first = 0,
  end = block.count,
): Rows {
  const { dead } = block;
  const isWhole = block.firstUs >= fromUs && block.lastUs <= toUs;
  if (isWhole && dead === null) return allRows(block.count).subarray(first, end);
  const found = new Uint32Array(end - first);
  let length = 0;
  const startUs = isWhole ? null : block.startUs;
  for (let row = first; row < end; row++) {
    if (dead !== null && dead[row] === 1) continue;
    if (startUs !== null && !(startUs[row]! >= fromUs && startUs[row]! <= toUs)) continue;
    found[length++] = row;
  }
  return found.subarray(0, length);
}

/** Rows of `within` that are not in `found`, which is a part of it. */
export function without(within: Rows, found: Rows): Rows {
  if (found.length === 0) return within;
  const left = new Uint32Array(within.length - found.length);
  let length = 0;
  let next = 0;
  for (const row of within) {
    if (found[next] === row) next++;
    else left[length++] = row;
  }
  return left;
}

/** Two lists that have no row in common. */
export function merged(a: Rows, b: Rows): Rows {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const all = new Uint32Array(a.length + b.length);
  let i = 0;
  let j = 0;
  for (let at = 0; at < all.length; at++) {
    if (j === b.length || (i < a.length && a[i]! < b[j]!)) all[at] = a[i++]!;
    else all[at] = b[j++]!;
  }
  return all;
}

/** The first place of `rows` whose row is `row` or more. */
export function placeOf(rows: Uint32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part of `rows` from one row up to another (not included). */
export function between(rows: Rows, from: number, to: number): Rows {
  return rows.subarray(placeOf(rows, from), placeOf(rows, to));
}

/** Where the rows of a trace lie in a block: they stand together. */
export function rangeOf(block: SpanBlock, trace: number): { readonly from: number; readonly to: number } {
  const from = placeOf(block.trace, trace);
  return { from, to: from + placeOf(block.trace.subarray(from), trace + 1) };
}
