import { describe, expect, it } from 'vitest';
import { addHistograms, histogramPercentile, type HistogramValue } from '../../shared/metric.ts';

const histogram = (over: Partial<HistogramValue>): HistogramValue => ({
  count: 0,
  sum: 0,
  min: null,
  max: null,
  boundaries: [1, 2, 4],
  counts: [0, 0, 0, 0],
  ...over,
});

describe('a percentile of a histogram', () => {
  it('is unknown where nothing was recorded', () => {
    expect(histogramPercentile(histogram({}), 0.5)).toBeNull();
  });

  it('lies within the bucket that holds its rank', () => {
    const value = histogram({ count: 100, min: 0.5, max: 3, counts: [50, 40, 10, 0] });
    expect(histogramPercentile(value, 0.25)).toBeCloseTo(0.75);
    expect(histogramPercentile(value, 0.5)).toBe(1);
    expect(histogramPercentile(value, 0.7)).toBeCloseTo(1.5);
    expect(histogramPercentile(value, 0.95)).toBeCloseTo(2.5);
    expect(histogramPercentile(value, 1)).toBe(3);
  });

  it('never leaves the span of what was recorded, also above the last boundary', () => {
    const value = histogram({ count: 4, min: 5, max: 9, counts: [0, 0, 0, 4] });
    for (const p of [0, 0.1, 0.5, 0.99, 1]) {
      const at = histogramPercentile(value, p)!;
      expect(at).toBeGreaterThanOrEqual(5);
      expect(at).toBeLessThanOrEqual(9);
    }
  });
});

describe('two histograms together', () => {
  it('hold what either held', () => {
    const first = histogram({ count: 2, sum: 1.5, min: 0.5, max: 1, counts: [2, 0, 0, 0] });
    const second = histogram({ count: 1, sum: 9, min: 9, max: 9, counts: [0, 0, 0, 1] });
    const both = histogram({ count: 3, sum: 10.5, min: 0.5, max: 9, counts: [2, 0, 0, 1] });
    expect(addHistograms(first, second)).toEqual(both);
    expect(addHistograms(second, first)).toEqual(both);
    expect(addHistograms(histogram({}), first)).toEqual(first);
    expect(addHistograms(first, histogram({}))).toEqual(first);
  });

  it('are the first where they are cut differently', () => {
    const first = histogram({ count: 1, sum: 1, min: 1, max: 1, counts: [1, 0, 0, 0] });
    const other = histogram({ count: 1, sum: 1, min: 1, max: 1, boundaries: [3], counts: [1, 0] });
    expect(addHistograms(first, other)).toBe(first);
  });
});
