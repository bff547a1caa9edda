/** Metrics as plain data: totals since the program started. */
import type { Attributes } from './span.ts';

export type HistogramValue = {
  readonly count: number;
  readonly sum: number;
  /** `null` where nothing was recorded. */
  readonly min: number | null;
  readonly max: number | null;
  /** Inclusive upper ends; `counts` has one more entry, for what lies above. */
  readonly boundaries: readonly number[];
  readonly counts: readonly number[];
};
/** A record that stands for the others of its bucket, with the span it was made in. */
export type Exemplar = {
  readonly value: number;
  readonly timeMs: number;
  /** As of a span's start. */
  readonly timeRestNs?: number;
  readonly traceId: string;
  readonly spanId: string;
};
export type MetricPoint<Value> = {
  readonly attributes: Attributes;
  readonly value: Value;
  /** At most one a bucket, the latest. */
  readonly exemplars?: readonly Exemplar[];
};
export type MetricSnapshot = {
  readonly name: string;
  /** UCUM, as OpenTelemetry writes it: `s`, `By`, `{token}`. */
  readonly unit: string;
  readonly description: string;
  /** Who made the instrument; not given: the program itself. */
  readonly scope?: { readonly name: string; readonly version: string };
} & (
  | { readonly kind: 'counter' | 'upDownCounter' | 'gauge'; readonly points: readonly MetricPoint<number>[] }
  | { readonly kind: 'histogram'; readonly points: readonly MetricPoint<HistogramValue>[] }
);

/** Both together; of histograms that are cut differently `first` alone, as only one can be told. */
export function addHistograms(first: HistogramValue, second: HistogramValue): HistogramValue {
  if (first.boundaries.join() !== second.boundaries.join()) return first;
  const either = (a: number | null, b: number | null, choose: (a: number, b: number) => number) =>
    a === null ? b : b === null ? a : choose(a, b);
  return {
    count: first.count + second.count,
    sum: first.sum + second.sum,
    min: either(first.min, second.min, Math.min),
    max: either(first.max, second.max, Math.max),
    boundaries: first.boundaries,
    counts: first.counts.map((count, i) => count + second.counts[i]!),
  };
}

/**
 * The value below which the share `p` of all records lies, by linear interpolation within its bucket; the first
 * and the last bucket end at the least and the greatest record. `null` where nothing was recorded.
 */
export function histogramPercentile(histogram: HistogramValue, p: number): number | null {
  const { count, min, max, boundaries, counts } = histogram;
  if (count === 0 || min === null || max === null) return null;
  const rank = p * count;
  let below = 0;
  for (const [index, inBucket] of counts.entries()) {
    if (inBucket > 0 && below + inBucket >= rank) {
      const from = Math.max(min, boundaries[index - 1] ?? min);
      const to = Math.min(max, boundaries[index] ?? max);
      return from + (to - from) * ((rank - below) / inBucket);
    }
    below += inBucket;
  }
  return max;
}
