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

export function isDuration(measure: GoalMeasure): boolean {
  return measure === 'p50' || measure === 'p95' || measure === 'p99';
}
