import { expect, it } from 'vitest';
import { isWhole, loneSteps, WHOLE_STEPS } from '../../../renderer/charts/lineData.ts';

it('finds the steps that no line goes through', () => {
  expect(loneSteps([1, null, 2, 3, null, null, 0, null, 5])).toStrictEqual([0, 6, 8]);
  expect(loneSteps([7])).toStrictEqual([0]);
  expect(loneSteps([1, 2, null, undefined, 3, 4])).toBeNull();
  expect(loneSteps([])).toBeNull();
});

it('knows counts from measures, whatever is missing', () => {
  const series = (...values: (number | null)[]) => ({ name: '', colour: '--bad' as const, values });
  expect(isWhole([series(0, null, 3), series(1e9)])).toBe(true);
  expect(isWhole([series(0, 3), series(null, 0.5)])).toBe(false);
  expect(WHOLE_STEPS.slice(0, 5)).toStrictEqual([1, 2, 5, 10, 20]);
});
