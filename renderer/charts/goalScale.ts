/** How a goal's plot is measured out: the side of its bound that is wanted, and as much of the other as is readable. */
import type { Goal } from '../../shared/goals.ts';
import type { GoalFigure } from '../../shared/analysis/judgeGoal.ts';

/** Times the distance from the best there is to the bound: less is always shown, and more never. */
const LEAST_REACH = 1.5;
const MOST_REACH = 4;

/** Values at the bottom and the top, in the goal's unit. What lies beyond stands at the edge (`isCut`). */
export type GoalScale = { readonly low: number; readonly high: number; readonly isCut: boolean };

export function goalScale({ measure, bound }: Goal, steps: readonly GoalFigure[]): GoalScale {
  const isAvailability = measure === 'availability';
  /** How far from the best there is: nothing failed, or took no time. */
  const away = (value: number): number => (isAvailability ? 100 - value : value);
  const most = steps.reduce((far, { value }) => (value === null ? far : Math.max(far, away(value))), 0);
  const toBound = away(bound);
  const reach =
    toBound === 0 ? most : Math.min(Math.max(most * 1.1, toBound * LEAST_REACH), toBound * MOST_REACH);
  const shown = reach === 0 ? 1 : measure === 'errors' || isAvailability ? Math.min(100, reach) : reach;
  const isCut = most > shown;
  return isAvailability ? { low: 100 - shown, high: 100, isCut } : { low: 0, high: shown, isCut };
}

/** Lines through steps that have a value, a new one after each step without. */
export function linesOf(steps: readonly GoalFigure[]): readonly (readonly number[])[] {
  const lines: number[][] = [];
  let line: number[] | null = null;
  for (const [at, { value }] of steps.entries()) {
    if (value === null) line = null;
    else if (line === null) lines.push((line = [at]));
    else line.push(at);
  }
  return lines;
}
