/**
 * How fast a goal's budget of bad spans is used up: a rate of 1 uses it up just in the goal's time. Warnings are those
 * of several windows and several rates (Beyer et al., "The Site Reliability Workbook", 2018, chapter 5): a window tells that
 * it matters, a twelfth of it that it still goes on.
 */
import { allowedShare } from '../goals.ts';
import type { Goal } from '../goals.ts';

/** An hour and six of them; of a shorter goal than a day, as large a part of it as these are of a day. */
const SHORT_MINUTES = 60;
const LONG_MINUTES = 360;
const DAY_MINUTES = 1440;
/** Three days, of goals that are as long. */
const DAYS_MINUTES = 3 * DAY_MINUTES;
/** Of a month's budget, a rate of 14.4 uses 2 % up in an hour, one of 6 uses 5 % up in six, and one of 1 uses 10 % up in three days. */
const FAST_RATE = 14.4;
const SLOW_RATE = 6;
const DAYS_RATE = 1;
/** A shorter goal warns before that, as soon as so much of its budget is used up in one window. */
const MOST_OF_BUDGET = 0.5;

/** Steps of the long window, and of them those of the short one, and of the end of each that has to burn as well. */
export const BURN_STEPS = 72;
const SHORT_STEPS = 12;
const SHORT_END_STEPS = 1;
const LONG_END_STEPS = 6;
/** Steps of the three days; the last of them has to burn as well. */
export const DAYS_STEPS = 12;
const DAYS_END_STEPS = 1;

export const BURN_LEVELS = ['none', 'slow', 'fast'] as const;
/** `fast`: act now. `slow`: look into it today. */
export type BurnLevel = (typeof BURN_LEVELS)[number];
export type BurnWindow = {
  readonly minutes: number;
  /** How many times as fast as the goal allows; `null` with too few spans, or where none may be bad. */
  readonly rate: number | null;
  /** From this rate on it is warned of. */
  readonly limit: number;
};
export type GoalBurn = {
  readonly short: BurnWindow;
  readonly long: BurnWindow;
  /** `null` of a goal that is shorter. Has no rate where the spans do not go back as far. */
  readonly days: BurnWindow | null;
  readonly level: BurnLevel;
  /** The window that the level is of; `null` for `none`. */
  readonly burning: BurnWindow | null;
};

type Counted = { readonly count: number; readonly bad: number };

/** The windows of a goal, which end now. */
export function burnMinutes({ windowMinutes }: Pick<Goal, 'windowMinutes'>): {
  readonly short: number;
  readonly long: number;
  readonly days: number | null;
} {
  const part = Math.min(1, windowMinutes / DAY_MINUTES);
  const days = windowMinutes < DAYS_MINUTES ? null : DAYS_MINUTES;
  return { short: SHORT_MINUTES * part, long: LONG_MINUTES * part, days };
}

/**
 * @param recent - `BURN_STEPS` equal parts of the long window, oldest first
 * @param days - `DAYS_STEPS` of the three days; `null` where they are not wanted, or not known as a whole
 * @param minSpans - below so many a window says nothing
 */
export function burnOf(
  goal: Goal,
  recent: readonly Counted[],
  days: readonly Counted[] | null,
  minSpans: number,
): GoalBurn {
  const minutes = burnMinutes(goal);
  const allowed = allowedShare(goal);
  const rateOf = (steps: readonly Counted[], least: number): number | null => {
    const { count, bad } = sumOf(steps);
    return count < least || allowed === 0 ? null : bad / count / allowed;
  };
  const window = (minutes: number, steps: readonly Counted[], rate: number): BurnWindow => ({
    minutes,
    rate: rateOf(steps, minSpans),
    limit: Math.min(rate, (MOST_OF_BUDGET * goal.windowMinutes) / minutes),
  });
  const isBurning = ({ rate, limit }: BurnWindow, end: readonly Counted[]): boolean =>
    rate !== null && rate >= limit && (rateOf(end, 1) ?? 0) >= limit;
  const windows = {
    short: window(minutes.short, recent.slice(-SHORT_STEPS), FAST_RATE),
    long: window(minutes.long, recent, SLOW_RATE),
    days: minutes.days === null ? null : window(minutes.days, days ?? [], DAYS_RATE),
  };
  if (isBurning(windows.short, recent.slice(-SHORT_END_STEPS)))
    return { ...windows, level: 'fast', burning: windows.short };
  if (isBurning(windows.long, recent.slice(-LONG_END_STEPS)))
    return { ...windows, level: 'slow', burning: windows.long };
  if (windows.days !== null && days !== null && isBurning(windows.days, days.slice(-DAYS_END_STEPS)))
    return { ...windows, level: 'slow', burning: windows.days };
  return { ...windows, level: 'none', burning: null };
}

function sumOf(steps: readonly Counted[]): Counted {
  let count = 0;
  let bad = 0;
  for (const step of steps) {
    count += step.count;
    bad += step.bad;
  }
  return { count, bad };
}
