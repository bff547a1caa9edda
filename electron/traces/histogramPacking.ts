/**
 * A histogram's totals as a small blob; its boundaries are stored once, elsewhere.
 *
 *   varint(empty buckets before the first), varint(buckets), varint(count) each,
 *   sum, and where they are known min and max (64-bit floats, little endian)
 */
import type { HistogramValue } from '../../shared/metric.ts';

/** Totals without boundaries. */
export type BucketTotals = {
  readonly counts: readonly number[];
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
};

let buffer = Buffer.allocUnsafe(1024);

/** The bytes are written over by the next call. */
export function packHistogram({ counts, sum, min, max }: BucketTotals): Uint8Array {
  let first = 0;
  let end = counts.length;
  while (first < end && counts[first] === 0) first += 1;
  while (end > first && counts[end - 1] === 0) end -= 1;
  const needed = 16 + (end - first) * 8 + 24;
  if (buffer.length < needed) buffer = Buffer.allocUnsafe(needed * 2);
  let at = varint(first, 0);
  at = varint(end - first, at);
  for (let i = first; i < end; i += 1) at = varint(counts[i]!, at);
  at = buffer.writeDoubleLE(sum, at);
  if (min !== null && max !== null) {
    at = buffer.writeDoubleLE(min, at);
    at = buffer.writeDoubleLE(max, at);
  }
  return buffer.subarray(0, at);
}

/** Counts up to 2^53, as doubles have them. */
function varint(value: number, at: number): number {
  let rest = value;
  while (rest > 127) {
    buffer[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  buffer[at++] = rest;
  return at;
}

/** @param buckets - how many there are: one more than boundaries. @throws RangeError for a blob that is cut short */
export function unpackHistogram(blob: Uint8Array, buckets: number): BucketTotals {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  let at = 0;
  const read = (): number => {
    let result = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at++);
      result += (byte & 127) * scale;
      if (byte < 128) return result;
    }
  };
  const counts = new Array<number>(buckets).fill(0);
  const first = read();
  const written = read();
  if (first + written > buckets) throw new RangeError('A stored histogram does not fit its boundaries.');
  for (let i = first; i < first + written; i += 1) counts[i] = read();
  const sum = bytes.readDoubleLE(at);
  if (bytes.length < at + 24) return { counts, sum, min: null, max: null };
  return { counts, sum, min: bytes.readDoubleLE(at + 8), max: bytes.readDoubleLE(at + 16) };
}

/**
 * What lies between two totals, as a histogram of its own. Its least and greatest record are not known: they are
 * bounded by the buckets that have any and by those of all records so far, as far as there are bounds at all. Like
 * Prometheus' `histogram_quantile`, a first bucket with a positive end then begins at 0, and what lies above the
 * last boundary is told as that boundary.
 */
export function toStep(
  boundaries: readonly number[],
  added: Pick<BucketTotals, 'counts' | 'sum'>,
  { min, max }: Pick<BucketTotals, 'min' | 'max'>,
): HistogramValue {
  const { counts, sum } = added;
  const count = counts.reduce((all, inBucket) => all + inBucket, 0);
  if (count === 0) return { count, sum: 0, min: null, max: null, boundaries, counts };
  const first = counts.findIndex((inBucket) => inBucket > 0);
  const last = counts.findLastIndex((inBucket) => inBucket > 0);
  const end = boundaries[0] ?? 0;
  const lowEdge = first === 0 ? (min ?? Math.min(0, end)) : boundaries[first - 1]!;
  const highEdge = boundaries[last] ?? max ?? boundaries.at(-1) ?? sum / count;
  const low = Math.max(lowEdge, min ?? -Infinity);
  return {
    count,
    sum,
    min: low,
    max: Math.max(low, Math.min(highEdge, max ?? Infinity)),
    boundaries,
    counts,
  };
}
