/** Goals in words, the same in the window, in the log and on the command line. */
import { isAtLeast, isDuration } from '../goals.ts';
import type { Goal } from '../goals.ts';
import { shortNumber } from '../formatRate.ts';
import { countOf, formatDuration, formatPercent } from '../units.ts';
import type { BurnLevel, BurnWindow } from './goalBurn.ts';
import type { GoalBudget, JudgedGoal } from './judgeGoal.ts';

/** A value or a bound of a goal, with its unit. */
export function goalValueText({ measure }: Pick<Goal, 'measure'>, value: number | null): string {
  if (value === null) return '–';
  return isDuration(measure) ? formatDuration(value) : formatPercent(value / 100);
}

/** `p95 at most 30 s` */
export function goalBoundText(goal: Goal): string {
  const side = isAtLeast(goal.measure) ? 'at least' : 'at most';
  return `${goal.measure} ${side} ${goalValueText(goal, goal.bound)}`;
}

/** The time that a goal looks at: `90 min`, `24 h`, `7 d`. */
export function goalTimeText({ windowMinutes }: Pick<Goal, 'windowMinutes'>): string {
  return minutesText(windowMinutes);
}

export function minutesText(minutes: number): string {
  if (minutes % 1440 === 0 && minutes > 1440) return `${minutes / 1440} d`;
  if (minutes % 60 === 0) return `${minutes / 60} h`;
  return Number.isInteger(minutes) ? `${minutes} min` : formatDuration(minutes * 60_000);
}

/** What the bad spans of a goal are: `3 errors`, `1 slow span`. */
export function badText({ measure }: Goal, bad: number): string {
  return isDuration(measure) ? countOf(bad, 'slow span') : countOf(bad, 'error');
}

/** In how much of its time a goal was missed: `3 of 12`, of those steps that have spans. */
export function missedText({ history: { steps } }: Pick<JudgedGoal, 'history'>): string {
  const missed = steps.filter(({ isMissed }) => isMissed).length;
  return `${missed} of ${steps.filter(({ count }) => count > 0).length}`;
}

/** `62 % left`, `overspent by 140 %`. */
export function budgetText(budget: GoalBudget | null): string {
  if (budget === null) return '–';
  const { left } = budget;
  if (left < 0) return `overspent by ${formatPercent(Math.round(-left * 1000) / 1000)}`;
  return `${formatPercent(Math.round(left * 1000) / 1000)} left`;
}

/** `14.4×`, as many times as fast as the goal allows. */
export function rateText({ rate }: Pick<BurnWindow, 'rate'>): string {
  return rate === null ? '–' : `${shortNumber(rate)}×`;
}

export const LEVEL_TEXTS: Readonly<Record<BurnLevel, string>> = {
  none: 'no warning',
  slow: 'burns slowly',
  fast: 'burns fast',
};

/** What there is to warn of; `null` where there is nothing. */
export function goalWarningText(
  judged: Pick<JudgedGoal, 'goal' | 'state' | 'value' | 'burn'>,
): { readonly title: string; readonly detail: string } | null {
  const { goal, state, value, burn } = judged;
  if (state === 'missed') {
    return {
      title: `A goal is missed: ${goal.name}`,
      detail: `${goalBoundText(goal)}, now ${goalValueText(goal, value)}`,
    };
  }
  const window = burn.burning;
  if (window === null) return null;
  return {
    title: `The budget of a goal ${LEVEL_TEXTS[burn.level]}: ${goal.name}`,
    detail: `${goalBoundText(goal)}; ${rateText(window)} what it allows in the last ${minutesText(window.minutes)}`,
  };
}

/** The spans by which a goal is missed, in the query language. */
export function offendersOf({ measure, bound }: Goal): string {
  return isDuration(measure) ? `duration > ${bound}ms` : 'error';
}
