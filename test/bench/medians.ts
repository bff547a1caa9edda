/** Medians of two interleaved series and the ratio between them. */

export type Comparison = {
  /** Median of the first over median of the second. */
  readonly ratio: number;
  /** The 95 % bootstrap interval of the ratio. */
  readonly low: number;
  readonly high: number;
};

const RESAMPLES = 5_000;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Compares series that were measured in pairs: the bootstrap draws whole pairs, so that what the machine did
 * to both of a pair stays together. The same numbers always give the same interval.
 */
export function compareMedians(first: readonly number[], second: readonly number[]): Comparison {
  const pairs = Math.min(first.length, second.length);
  const random = mulberry32(1);
  const ratios = Array.from({ length: RESAMPLES }, () => {
    const picks = Array.from({ length: pairs }, () => Math.floor(random() * pairs));
    return median(picks.map((at) => first[at]!)) / median(picks.map((at) => second[at]!));
  }).sort((a, b) => a - b);
  return {
    ratio: median(first) / median(second),
    low: ratios[Math.floor(RESAMPLES * 0.025)]!,
    high: ratios[Math.ceil(RESAMPLES * 0.975) - 1]!,
  };
}

/** Of each end of the ratios of pairs, so much counts for nothing. */
const TRIMMED = 0.2;

/**
 * Compares series that were measured in pairs by the ratio within each pair: the geometric mean of the middle ones.
 * Sharper than `compareMedians` where the machine is now fast and now slow, as both of a pair have met the same.
 */
export function comparePairs(first: readonly number[], second: readonly number[]): Comparison {
  const logs = Array.from({ length: Math.min(first.length, second.length) }, (_, at) =>
    Math.log(first[at]! / second[at]!),
  );
  const random = mulberry32(1);
  const ratios = Array.from({ length: RESAMPLES }, () =>
    middleMean(logs.map(() => logs[Math.floor(random() * logs.length)]!)),
  ).sort((a, b) => a - b);
  return {
    ratio: Math.exp(middleMean(logs)),
    low: Math.exp(ratios[Math.floor(RESAMPLES * 0.025)]!),
    high: Math.exp(ratios[Math.ceil(RESAMPLES * 0.975) - 1]!),
  };
}

function middleMean(values: readonly number[]): number {
  const cut = Math.floor(values.length * TRIMMED);
  const middle = values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Mulberry32: a small seeded generator, good enough to draw samples with. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
