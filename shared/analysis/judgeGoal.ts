/** Whether a goal is met, how that was over its time, and what is left of its budget: by the spans of a trace store. */
import { allowedShare, isDuration, percentileOf } from '../goals.ts';
import type { Goal } from '../goals.ts';
import type { SpanSteps, SpanStepsSearch, StepFigures } from '../traceQuery.ts';
import { BURN_STEPS, burnMinutes, burnOf, DAYS_STEPS } from './goalBurn.ts';
import type { GoalBurn } from './goalBurn.ts';

/** Below so many spans one of them decides. */
export const MIN_GOAL_SPANS = 10;
export const HISTORY_STEPS = 48;

/** A goal over some time. */
export type GoalFigure = {
  readonly startMs: number;
  /** In the goal's unit: per cent or ms; `null` where there is no span. */
  readonly value: number | null;
  /** Spans that ended. */
  readonly count: number;
  /** Those of them that are not what the goal wants each to be: failed, or slower than its bound. */
  readonly bad: number;
  /** More of them are bad than may be. */
  readonly isMissed: boolean;
};
/** How many bad spans a goal allows in its time. */
export type GoalBudget = {
  /** Spans, and parts of one. */
  readonly allowed: number;
  readonly spent: number;
  /** A share, 1 at most; below 0 where more is spent than there was. */
  readonly left: number;
};
export type JudgedGoal = {
  readonly goal: Goal;
  /** `few`: fewer spans than say anything. */
  readonly state: 'met' | 'missed' | 'few';
  readonly value: number | null;
  readonly count: number;
  readonly bad: number;
  /** Of these spans, whatever the goal is about. */
  readonly errors: number;
  /** `null` where nothing at all may be bad, or with too few spans to tell. */
  readonly budget: GoalBudget | null;
  readonly burn: GoalBurn;
  readonly history: { readonly stepMs: number; readonly steps: readonly GoalFigure[] };
  /** The store had no time for all of them: what is older was not looked at. */
  readonly isPartial: boolean;
};

/**
 * Asks a store what it takes to judge a goal: its whole time, the last part of it in finer steps, and of one that is so
 * long its last three days. Two or three questions, whatever the number of steps. Rejects with what `ask` does.
 */
export async function askGoal(
  goal: Goal,
  ask: (search: SpanStepsSearch) => Promise<SpanSteps>,
  nowMs = Date.now(),
): Promise<JudgedGoal> {
  const minutes = burnMinutes(goal);
  const [whole, recent, days] = await Promise.all([
    ask(searchOf(goal, goal.windowMinutes, HISTORY_STEPS, nowMs)),
    ask(searchOf(goal, minutes.long, BURN_STEPS, nowMs)),
    minutes.days === null
      ? null
      : ask({ ...searchOf(goal, minutes.days, DAYS_STEPS, nowMs), percentile: null }),
  ]);
  return judgeGoal(goal, whole, recent, days);
}

function searchOf(goal: Goal, minutes: number, points: number, nowMs: number): SpanStepsSearch {
  return {
    query: goal.query,
    fromMs: nowMs - minutes * 60_000,
    toMs: nowMs,
    points,
    slowMs: isDuration(goal.measure) ? goal.bound : null,
    percentile: percentileOf(goal.measure),
  };
}

/**
 * @param recent - the end of the goal's time, as long as `burnMinutes` says, in `BURN_STEPS` steps
 * @param days - its last three days in `DAYS_STEPS` steps; `null` of a shorter goal
 */
export function judgeGoal(
  goal: Goal,
  whole: SpanSteps,
  recent: SpanSteps,
  days: SpanSteps | null,
): JudgedGoal {
  const countedOf = ({ steps }: SpanSteps) =>
    steps.map((step) => ({ count: step.count, bad: badOf(goal, step) }));
  const { count, value, bad, isMissed } = figureOf(goal, whole.whole);
  const allowed = allowedShare(goal) * count;
  return {
    goal,
    state: count < MIN_GOAL_SPANS ? 'few' : isMissed ? 'missed' : 'met',
    value,
    count,
    bad,
    errors: whole.whole.errors,
    budget: count >= MIN_GOAL_SPANS && allowed > 0 ? { allowed, spent: bad, left: 1 - bad / allowed } : null,
    burn: burnOf(
      goal,
      countedOf(recent),
      days !== null && isWhole(days) ? countedOf(days) : null,
      MIN_GOAL_SPANS,
    ),
    history: { stepMs: whole.stepMs, steps: whole.steps.map((step) => figureOf(goal, step)) },
    isPartial: whole.leftOut.unscanned > 0,
  };
}

/** Whether the spans go back to its beginning: what began later, or was pruned, says nothing of all this time. */
function isWhole({ steps, leftOut: { unscanned, prunedBeforeMs } }: SpanSteps): boolean {
  const [first] = steps;
  return (
    first !== undefined &&
    first.count > 0 &&
    unscanned === 0 &&
    (prunedBeforeMs ?? -Infinity) <= first.startMs
  );
}

const badOf = ({ measure }: Goal, { errors, slow }: StepFigures): number =>
  isDuration(measure) ? slow : errors;

function figureOf(goal: Goal, step: StepFigures): GoalFigure {
  const { startMs, count } = step;
  const bad = badOf(goal, step);
  // Spans are whole; shares of them are not, to the last digit.
  const isMissed = bad > allowedShare(goal) * count + 1e-9;
  return { startMs, value: count === 0 ? null : valueOf(goal, step, isMissed), count, bad, isMissed };
}

function valueOf({ measure, bound }: Goal, step: StepFigures, isMissed: boolean): number | null {
  if (measure === 'errors') return (step.errors / step.count) * 100;
  if (measure === 'availability') return 100 - (step.errors / step.count) * 100;
  const { percentileMs } = step;
  if (percentileMs === null) return null;
  // A percentile is known within 1 %, and on which side of the bound it is exactly.
  return isMissed ? Math.max(percentileMs, bound) : Math.min(percentileMs, bound);
}
