/**
 * What counts as slow, by the name of a trace's root: a histogram of the durations seen, in which the old fade.
 *
 *   buckets   16 to each doubling, 4.4 % wide, from 1 µs to over an hour: 2 KB a name
 *   fading    all counts are halved whenever there are enough of them to state the percentile
 */
const PER_DOUBLING = 16;
const BUCKETS = PER_DOUBLING * 32;
/** Of each name so many are needed before any can be called slow. */
const LEARNING_TRACES = 20;
/** Further names share a histogram. */
const MAX_NAMES = 200;

export type SlowVerdict = 'new' | 'slow' | 'usual';

export type SlowTraces = {
  /**
   * How a duration compares with those recorded under the name. `slow`: no more than the share `1 - percentile` of
   * them are in its bucket or above, so that whatever exceeds the percentile by a bucket's width is. `new`: it is
   * one of the first of its name.
   */
  judge(name: string, durationMs: number, percentile: number): SlowVerdict;
  /** Negative and missing durations (a clock that was set) count as zero. */
  record(name: string, durationMs: number, percentile: number): void;
};

type Durations = { readonly counts: Float32Array; weight: number; seen: number };

export function createSlowTraces(): SlowTraces {
  const byName = new Map<string, Durations>();
  let others: Durations | null = null;

  function durationsOf(name: string): Durations {
    const known = byName.get(name);
    if (known !== undefined) return known;
    if (byName.size >= MAX_NAMES) return (others ??= noDurations());
    const durations = noDurations();
    byName.set(name, durations);
    return durations;
  }

  return {
    judge(name, durationMs, percentile) {
      const { counts, weight, seen } = durationsOf(name);
      if (seen < LEARNING_TRACES) return 'new';
      let above = weight * (1 - percentile) + 1e-6;
      for (let bucket = BUCKETS - 1, own = bucketOf(durationMs); bucket >= own; bucket -= 1) {
        above -= counts[bucket]!;
        if (above < 0) return 'usual';
      }
      return 'slow';
    },
    record(name, durationMs, percentile) {
      const durations = durationsOf(name);
      const { counts } = durations;
      counts[bucketOf(durationMs)]! += 1;
      durations.weight += 1;
      durations.seen += 1;
      if (durations.weight < Math.max(1000, 20 / (1 - percentile))) return;
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) counts[bucket]! /= 2;
      durations.weight /= 2;
    },
  };
}

function noDurations(): Durations {
  return { counts: new Float32Array(BUCKETS), weight: 0, seen: 0 };
}

function bucketOf(durationMs: number): number {
  if (!(durationMs > 0.001)) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log2(durationMs * 1000) * PER_DOUBLING));
}
