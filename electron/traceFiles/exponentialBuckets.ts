/**
 * OTLP's exponential histograms on boundaries that stay. A recorder widens its range and lowers its scale as values
 * come, so two reports of one series are seldom cut alike; counts can be compared from report to report only on
 * boundaries that are the same in all. So each is put on the edges of one scale, over one range.
 *
 * Bucket `i` of scale `s` holds what is in `(2 ** (i / 2 ** s), 2 ** ((i + 1) / 2 ** s)]` (OpenTelemetry metrics data
 * model, exponential histogram); negative values mirror that.
 */
import type { HistogramValue } from '../../shared/metric.ts';

export type ExponentialPoint = {
  /** A whole number. */
  readonly scale: number;
  /** What is as good as zero. */
  readonly zeroCount: number;
  readonly positive: ExponentialCounts;
  readonly negative: ExponentialCounts;
};
export type ExponentialCounts = {
  /** Index of the first count. */
  readonly offset: number;
  readonly counts: readonly number[];
};

/** Eight buckets a doubling: neighbouring edges are 9 % apart. What is cut coarser keeps its scale. */
const FINEST_SCALE = 3;
/** Powers of two between which values are told apart: a millionth to a million millions. */
const LOWEST_POWER = -20;
const HIGHEST_POWER = 40;

/**
 * Each bucket's count in the one that holds it; what lies beyond the range is in the buckets at its ends, and what
 * counts as zero in the one that ends at 0.
 */
export function onSteadyEdges(point: ExponentialPoint): Pick<HistogramValue, 'boundaries' | 'counts'> {
  const { scale, zeroCount, positive, negative } = point;
  const to = Math.min(scale, FINEST_SCALE);
  const hasNegative = negative.counts.some((count) => count > 0);
  const { first, last, boundaries } = edgesOf(to, hasNegative);
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  const zeroAt = hasNegative ? last - first + 1 : 0;
  counts[zeroAt]! += zeroCount;
  const merged = 2 ** (scale - to);
  for (const [i, count] of positive.counts.entries()) {
    const end = Math.floor((positive.offset + i) / merged) + 1;
    counts[zeroAt + 1 + Math.max(0, Math.min(end, last + 1) - first)]! += count;
  }
  for (const [i, count] of negative.counts.entries()) {
    const end = Math.floor((negative.offset + i) / merged);
    if (count > 0) counts[zeroAt - Math.max(0, Math.min(end, last) - first + 1)]! += count;
  }
  return { boundaries, counts };
}

type Edges = { readonly first: number; readonly last: number; readonly boundaries: readonly number[] };
const known = new Map<string, Edges>();

/** Edges `first` to `last` of a scale and 0, with those of negative values where there are any. */
function edgesOf(scale: number, hasNegative: boolean): Edges {
  const key = `${scale} ${hasNegative}`;
  let edges = known.get(key);
  if (edges === undefined) {
    const perPower = 2 ** scale;
    const first = Math.ceil(LOWEST_POWER * perPower);
    const last = Math.floor(HIGHEST_POWER * perPower);
    const positive = Array.from({ length: last - first + 1 }, (_, i) => 2 ** ((first + i) / perPower));
    const negative = hasNegative ? positive.map((edge) => -edge).reverse() : [];
    edges = { first, last, boundaries: [...negative, 0, ...positive] };
    known.set(key, edges);
  }
  return edges;
}
