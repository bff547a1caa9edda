import { describe, expect, it } from 'vitest';
import { evenTicks } from '../../../renderer/views/study/evenTicks.ts';

const days = (from: number, count: number, step = 1) =>
  Array.from({ length: count }, (_, at) => ({ day: from + at * step }));

describe('the days that a chart labels', () => {
  it('are in even steps from today, whichever side of it the chart shows', () => {
    expect(evenTicks(days(0, 90))).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80]);
    expect(evenTicks(days(-29, 30))).toEqual([-27, -24, -21, -18, -15, -12, -9, -6, -3, 0]);
    expect(evenTicks(days(0, 24))).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
  });

  it('are all of few', () => {
    expect(evenTicks(days(1, 10))).toHaveLength(10);
    expect(evenTicks([])).toEqual([]);
  });

  it('are never too many, with days put together as well', () => {
    for (const count of [11, 24, 90, 118, 120]) {
      const ticks = evenTicks(days(-31 * (count - 1), count, 31));
      expect(ticks.length).toBeLessThanOrEqual(10);
      expect(new Set(ticks.slice(1).map((day, at) => day - ticks[at]!)).size).toBe(1);
    }
  });
});
