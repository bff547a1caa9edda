/**
 * What the user wants of the program, or of others whose traces it holds: no more than such a share of errors, no slower
 * than that. Settings keep goals; whoever has figures of the spans in a goal's time judges it.
 */

/** Errors and availability are shares of the spans in per cent, percentiles are durations in ms. */
export const GOAL_MEASURES = ['errors', 'availability', 'p50', 'p95', 'p99'] as const;
export type GoalMeasure = (typeof GOAL_MEASURES)[number];

export type Goal = {
  readonly name: string;
  /** Which spans, in the query language; all of them where it is empty. */
  readonly query: string;
  readonly measure: GoalMeasure;
  /** Availability at least, everything else at most. */
  readonly bound: number;
  /** Of the time before now. */
  readonly windowMinutes: number;
  readonly enabled: boolean;
};

const PERCENTILES: Readonly<Partial<Record<GoalMeasure, number>>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** 0 to 1; `null` of a measure that is no duration. */
export function percentileOf(measure: GoalMeasure): number | null {
  return PERCENTILES[measure] ?? null;
}

/** Whether more of it is better: its bound is the least that is wanted, that of others the most. */
export function isAtLeast(measure: GoalMeasure): boolean {
  return measure === 'availability';
}

export function isDuration(measure: GoalMeasure): boolean {
  return percentileOf(measure) !== null;
}

/**
 * The share of spans, 0 to 1, that may be bad with the goal still met: failed, or slower than the bound. Of a
 * percentile that is the rest: p95 is at most 2 s where at most 5 % of the spans take longer.
 */
export function allowedShare({ measure, bound }: Pick<Goal, 'measure' | 'bound'>): number {
  if (measure === 'errors') return bound / 100;
  if (measure === 'availability') return (100 - bound) / 100;
  return 1 - percentileOf(measure)!;
}
