import { expect, it } from 'vitest';
import { loneSteps } from '../../../renderer/charts/lineData.ts';

it('finds the steps that no line goes through', () => {
  expect(loneSteps([1, null, 2, 3, null, null, 0, null, 5])).toStrictEqual([0, 6, 8]);
  expect(loneSteps([7])).toStrictEqual([0]);
  expect(loneSteps([1, 2, null, undefined, 3, 4])).toBeNull();
  expect(loneSteps([])).toBeNull();
});
