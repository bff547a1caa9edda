/** Finely cut histograms are told as far as their buckets are used. */
import type { HistogramValue } from '../../shared/metric.ts';

/** Buckets that somebody chose one by one are all told. */
const CHOSEN = 40;

type Steps = readonly (HistogramValue | null)[];

/**
 * Of each series the same part, so that what was cut alike can still be added up: from the first bucket that any step
 * of any of them has something in to the last.
 */
export function usedBuckets(series: readonly Steps[]): readonly Steps[] {
  const used = new Map<string, { first: number; last: number }>();
  const rangeOf = ({ boundaries }: HistogramValue) => {
    const key = boundaries.join();
    let range = used.get(key);
    if (range === undefined) used.set(key, (range = { first: Infinity, last: -Infinity }));
    return range;
  };
  const rangesOf = series.map((steps) => {
    const one = steps.find((step) => step !== null && step.boundaries.length > CHOSEN) ?? null;
    return one === null ? null : rangeOf(one);
  });
  for (const [at, steps] of series.entries()) {
    const range = rangesOf[at]!;
    if (range === null) continue;
    for (const step of steps) {
      if (step === null || step.count === 0) continue;
      range.first = Math.min(
        range.first,
        step.counts.findIndex((inBucket) => inBucket > 0),
      );
      range.last = Math.max(
        range.last,
        step.counts.findLastIndex((inBucket) => inBucket > 0),
      );
    }
  }
  return series.map((steps, at) => {
    const range = rangesOf[at]!;
    return range === null || range.first > range.last ? steps : cut(steps, range.first, range.last);
  });
}

/** Buckets `first` to `last` and an empty one at each side, as far as there is one. */
function cut(steps: Steps, first: number, last: number): Steps {
  const boundaries = steps.find((step) => step !== null)!.boundaries;
  const from = Math.max(0, first - 1);
  const to = Math.min(boundaries.length, last + 1);
  const kept = boundaries.slice(from, to);
  return steps.map((step) => step && { ...step, boundaries: kept, counts: step.counts.slice(from, to + 1) });
}
