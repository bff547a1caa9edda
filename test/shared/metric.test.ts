import { describe, expect, it } from 'vitest';
import { histogramPercentile, type HistogramValue } from '../../shared/metric.ts';

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
