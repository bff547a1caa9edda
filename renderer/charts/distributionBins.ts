import type { DurationBuckets } from '../../shared/traceQuery.ts';

export type Bins = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Cut evenly by logarithm. */
  readonly counts: readonly number[];
};
/** A narrower stretch is drawn as wide as this: one bucket alone is no wall. */
const MIN_SPREAD = 1.5;

/** The stretch that these durations lie in; `null` where there are none. */
export function extentOf(all: readonly DurationBuckets[]): { fromMs: number; toMs: number } | null {
  let fromMs = Infinity;
  let toMs = 0;
  for (const { baseMs, growth, first, counts } of all) {
    const least = counts.findIndex((count) => count > 0);
    if (least < 0) continue;
    const most = counts.findLastIndex((count) => count > 0);
    fromMs = Math.min(fromMs, baseMs * growth ** (first + least - 1));
    toMs = Math.max(toMs, baseMs * growth ** (first + most));
  }
  if (toMs === 0) return null;
  const missing = MIN_SPREAD / (toMs / fromMs);
  return missing <= 1
    ? { fromMs, toMs }
    : { fromMs: fromMs / Math.sqrt(missing), toMs: toMs * Math.sqrt(missing) };
}

/** Where a duration stands between two others, 0 to 1, by logarithm. */
export const placeOf = (ms: number, { fromMs, toMs }: { fromMs: number; toMs: number }): number =>
  Math.min(1, Math.max(0, Math.log(Math.max(ms, 1e-6) / fromMs) / Math.log(toMs / fromMs)));

/** Buckets gathered to as many bins as there is room for: a bucket's count is shared out by how much of it lies in each. */
export function binsOf(
  { baseMs, growth, first, counts }: DurationBuckets,
  extent: { fromMs: number; toMs: number },
  bins: number,
): Bins {
  const sums = new Array<number>(bins).fill(0);
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue;
    const from = placeOf(baseMs * growth ** (first + index - 1), extent) * bins;
    const to = placeOf(baseMs * growth ** (first + index), extent) * bins;
    if (to - from < 1e-9) {
      sums[Math.min(bins - 1, Math.floor(from))]! += count;
      continue;
    }
    for (let bin = Math.floor(from); bin < Math.min(bins, to); bin += 1) {
      const part = Math.min(to, bin + 1) - Math.max(from, bin);
      if (part > 0) sums[bin]! += (count * part) / (to - from);
    }
  }
  return { ...extent, counts: sums };
}
