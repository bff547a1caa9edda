import { describe, expect, it } from 'vitest';
import {
  benjaminiHochberg,
  incompleteBeta,
  normalTail,
  studentTail,
  variance,
  welchTest,
} from '../../../shared/analysis/significance.ts';
import type { Sample } from '../../../shared/analysis/significance.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';

function sample(values: readonly number[]): Sample {
  return {
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    squares: values.reduce((sum, value) => sum + value * value, 0),
  };
}

describe('studentTail', () => {
  it('has the values of the tables', () => {
    // Two-sided critical values: t, degrees, p.
    for (const [t, degrees, p] of [
      [12.7062, 1, 0.05],
      [2.5706, 5, 0.05],
      [2.0423, 30, 0.05],
      [3.1693, 10, 0.01],
      [4.5869, 10, 0.001],
      [1.96, 1e6, 0.05],
    ] as const) {
      expect(studentTail(t, degrees) / p).toBeCloseTo(1, 3);
    }
    expect(studentTail(0, 7)).toBeCloseTo(1, 12);
  });
});

describe('incompleteBeta', () => {
  it('agrees with closed forms', () => {
    for (const x of [0.001, 0.1, 0.5, 0.9, 0.999]) {
      expect(incompleteBeta(x, 1, 1)).toBeCloseTo(x, 12);
      expect(incompleteBeta(x, 2, 1)).toBeCloseTo(x * x, 12);
      expect(incompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 11);
    }
  });
});

describe('normalTail', () => {
  it('has the values of the tables, far out as well', () => {
    for (const [z, p] of [
      [0, 0.5],
      [1, 0.158655253931],
      [1.959963985, 0.025],
      [-1.644853627, 0.95],
      [3.090232306, 0.001],
      [8, 6.220960574e-16],
    ] as const) {
      expect(normalTail(z) / p).toBeCloseTo(1, 7);
    }
  });
});

describe('welchTest', () => {
  it('has the figures of a worked example', () => {
    // Two samples of unequal variance, worked by hand: means 20.6 and 22.2, variances 3.3 and 7.7.
    const a = sample([18, 20, 21, 21, 23]);
    const b = sample([19, 20, 23, 23, 26]);
    expect(variance(a)).toBeCloseTo(3.3, 9);
    expect(variance(b)).toBeCloseTo(7.7, 9);
    const { t, degrees, p } = welchTest(a, b)!;
    expect(t).toBeCloseTo(-1.6 / Math.sqrt(2.2), 9);
    expect(degrees).toBeCloseTo(2.2 ** 2 / (0.66 ** 2 / 4 + 1.54 ** 2 / 4), 9);
    expect(p).toBeCloseTo(studentTail(t, degrees), 12);
  });

  it('is certain of values that never vary, and says nothing of single ones', () => {
    expect(welchTest(sample([5, 5, 5]), sample([5, 5]))!.p).toBe(1);
    expect(welchTest(sample([5, 5, 5]), sample([6, 6]))!.p).toBe(0);
    expect(welchTest(sample([5]), sample([6, 7]))).toBeNull();
  });

  it('calls as many equal samples different as it says', () => {
    const random = randomNumbers(11);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let different = 0;
    for (let round = 0; round < 2000; round += 1) {
      const a = Array.from({ length: 8 }, () => 10 + normal());
      const b = Array.from({ length: 20 }, () => 10 + 4 * normal());
      if (welchTest(sample(a), sample(b))!.p < 0.05) different += 1;
    }
    expect(different / 2000).toBeGreaterThan(0.035);
    expect(different / 2000).toBeLessThan(0.065);
  });
});

describe('benjaminiHochberg', () => {
  it('adjusts by rank, never upwards past a larger one, and leaves out what was not tested', () => {
    const adjusted = benjaminiHochberg([0.01, NaN, 0.04, 0.03, 0.8]);
    expect([...adjusted].map((p) => Number(p.toFixed(6)))).toEqual([0.04, NaN, 0.053333, 0.053333, 0.8]);
  });
});
