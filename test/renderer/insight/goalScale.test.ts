import { describe, expect, it } from 'vitest';
import { goalScale, linesOf } from '../../../renderer/charts/goalScale.ts';
import type { GoalFigure } from '../../../shared/analysis/judgeGoal.ts';
import type { Goal, GoalMeasure } from '../../../shared/goals.ts';

const goal = (measure: GoalMeasure, bound: number): Goal => ({
  name: 'a goal',
  query: '',
  measure,
  bound,
  windowMinutes: 60,
  enabled: true,
});
const figures = (...values: readonly (number | null)[]): GoalFigure[] =>
  values.map((value, at) => ({ startMs: at, value, count: value === null ? 0 : 1, bad: 0, isMissed: false }));

describe('the scale of a goal', () => {
  it('begins at the best there is and goes some way beyond the bound', () => {
    expect(goalScale(goal('p95', 200), figures(1, 2))).toStrictEqual({ low: 0, high: 300, isCut: false });
    expect(goalScale(goal('availability', 99), figures(100))).toStrictEqual({
      low: 98.5,
      high: 100,
      isCut: false,
    });
    expect(goalScale(goal('errors', 80), figures(null))).toStrictEqual({ low: 0, high: 100, isCut: false });
  });

  it('shows the worst value as long as the bound can still be told from the best', () => {
    expect(goalScale(goal('p50', 100), figures(300, 5)).high).toBeCloseTo(330, 9);
    expect(goalScale(goal('p50', 100), figures(9000))).toStrictEqual({ low: 0, high: 400, isCut: true });
    expect(goalScale(goal('availability', 99), figures(0))).toStrictEqual({
      low: 96,
      high: 100,
      isCut: true,
    });
  });

  it('is one of a goal that allows nothing', () => {
    expect(goalScale(goal('errors', 0), figures(0, 0))).toStrictEqual({ low: 0, high: 1, isCut: false });
    expect(goalScale(goal('errors', 0), figures(7))).toStrictEqual({ low: 0, high: 7, isCut: false });
    expect(goalScale(goal('availability', 100), figures(90)).low).toBe(90);
  });
});

it('draws no line over steps without a span', () => {
  expect(linesOf(figures(null, 1, 2, null, null, 3))).toStrictEqual([[1, 2], [5]]);
  expect(linesOf(figures(null))).toStrictEqual([]);
});
