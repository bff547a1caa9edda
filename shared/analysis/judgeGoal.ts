/** Whether a goal is met, by the figures of its spans. */
import { isDuration } from '../goals.ts';
import type { Goal } from '../goals.ts';
import type { Found, OperationsSearch, OperationStats } from '../traceQuery.ts';
import { formatDuration, formatPercent } from '../units.ts';
import { DurationHistogram } from './durationBuckets.ts';

/** Below so many spans one of them decides. */
export const MIN_GOAL_SPANS = 10;

export type JudgedGoal = {
  readonly goal: Goal;
  /** `few`: fewer spans than say anything. */
  readonly state: 'met' | 'missed' | 'few';
  /** In the goal's unit: per cent or ms; `null` where there is no span. */
  readonly value: number | null;
  /** Spans that ended, and those of them that failed. */
  readonly count: number;
  readonly errors: number;
  /** The store had no time for all of them: what is older was not looked at. */
  readonly isPartial: boolean;
};

/** The question whose answer `judgeGoal` takes. */
export function goalSearch({ query, windowMinutes }: Goal, nowMs: number): OperationsSearch {
  return { query, fromMs: nowMs - windowMinutes * 60_000, toMs: null, by: 'service', limit: 5000 };
}

export function judgeGoal(goal: Goal, { items, leftOut }: Found<OperationStats>): JudgedGoal {
  const durations = new DurationHistogram();
  let errors = 0;
  for (const item of items) {
    durations.merge(DurationHistogram.of(item.buckets));
    errors += item.errors;
  }
  const { count } = durations;
  const value = count === 0 ? null : measured(goal, durations, Math.min(errors, count));
  const isMet =
    value !== null && (goal.measure === 'availability' ? value >= goal.bound : value <= goal.bound);
  return {
    goal,
    state: count < MIN_GOAL_SPANS ? 'few' : isMet ? 'met' : 'missed',
    value,
    count,
    errors,
    isPartial: leftOut.unscanned > 0,
  };
}

function measured({ measure }: Goal, durations: DurationHistogram, errors: number): number {
  const failed = (errors / durations.count) * 100;
  switch (measure) {
    case 'errors':
      return failed;
    case 'availability':
      return 100 - failed;
    case 'p50':
      return durations.percentile(0.5);
    case 'p95':
      return durations.percentile(0.95);
    case 'p99':
      return durations.percentile(0.99);
  }
}

/** A value or a bound of a goal, with its unit. */
export function goalValueText({ measure }: Goal, value: number | null): string {
  if (value === null) return '–';
  return isDuration(measure) ? formatDuration(value) : formatPercent(value / 100);
}

/** `p95 at most 30 s` */
export function goalBoundText(goal: Goal): string {
  const side = goal.measure === 'availability' ? 'at least' : 'at most';
  return `${goal.measure} ${side} ${goalValueText(goal, goal.bound)}`;
}

/** The time that a goal looks at: `90 min`, `24 h`, `7 d`. */
export function goalTimeText({ windowMinutes }: Goal): string {
  if (windowMinutes % 1440 === 0 && windowMinutes > 1440) return `${windowMinutes / 1440} d`;
  return windowMinutes % 60 === 0 ? `${windowMinutes / 60} h` : `${windowMinutes} min`;
}

/** The spans by which a goal is missed, in the query language. */
export function offendersOf({ measure, bound }: Goal): string {
  return isDuration(measure) ? `duration > ${bound}ms` : 'error';
}
