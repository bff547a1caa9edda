import { describe, expect, it } from 'vitest';
import {
  BUCKET_BASE_MS,
  BUCKET_GROWTH,
  bucketMs,
  bucketOf,
  DurationHistogram,
} from '../../../shared/analysis/durationBuckets.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';

function histogram(values: readonly number[]): DurationHistogram {
  const durations = new DurationHistogram();
  for (const value of values) durations.add(value);
  return durations;
}
/** From nanoseconds to days. */
function randomDurations(seed: number, count: number): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => 10 ** (random() * 14 - 6));
}

describe('bucketOf', () => {
  it('puts a duration where its bounds say, whole microseconds as all others', () => {
    const samples = [
      ...randomDurations(1, 2000),
      ...Array.from({ length: 3000 }, (_, i) => (i * 37 + 1) / 1000),
    ];
    for (const ms of samples) {
      const bucket = bucketOf(ms);
      expect(ms).toBeLessThanOrEqual(BUCKET_BASE_MS * BUCKET_GROWTH ** bucket * (1 + 1e-9));
      expect(ms).toBeGreaterThan(BUCKET_BASE_MS * BUCKET_GROWTH ** (bucket - 1) * (1 - 1e-9));
      expect(Math.abs(bucketMs(bucket) - ms) / ms).toBeLessThanOrEqual(0.0099 + 1e-6);
    }
  });

  it('has one bucket for no time at all', () => {
    expect([0, -5, NaN, BUCKET_BASE_MS].map(bucketOf)).toEqual([0, 0, 0, 0]);
    expect(bucketMs(0)).toBe(0);
  });
});

describe('DurationHistogram', () => {
  it('has every percentile within 1 % of the exact one', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const values = randomDurations(seed, 1 + seed * 13);
      const durations = histogram(values);
      const ascending = [...values].sort((a, b) => a - b);
      for (const p of [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
        const exact = ascending[Math.max(0, Math.ceil(p * ascending.length) - 1)]!;
        expect(Math.abs(durations.percentile(p) - exact) / exact).toBeLessThanOrEqual(0.01);
      }
    }
  });

  it('is the same whether its durations came together or were merged, and after a way through plain data', () => {
    const values = randomDurations(3, 500);
    const whole = histogram(values);
    const merged = histogram(values.slice(0, 100));
    merged.merge(histogram([]));
    merged.merge(histogram(values.slice(100)));
    expect(merged.buckets()).toEqual(whole.buckets());
    expect(merged.totalMs).toBeCloseTo(whole.totalMs, 3);
    expect([merged.count, merged.minMs, merged.maxMs]).toEqual([whole.count, whole.minMs, whole.maxMs]);
    expect(DurationHistogram.of(whole.buckets()).buckets()).toEqual(whole.buckets());
    expect(whole.buckets().counts.reduce((sum, each) => sum + each, 0)).toBe(500);
  });

  it('knows the share of shorter ones', () => {
    const durations = histogram([1, 2, 3, 4]);
    expect([0.5, 2.5, 100].map((ms) => durations.rank(ms))).toEqual([0, 0.5, 1]);
    expect(durations.rank(3)).toBe(0.625);
    expect(new DurationHistogram().rank(1)).toBe(0);
  });

  it('knows nothing of nothing', () => {
    expect(new DurationHistogram().percentile(0.5)).toBeNaN();
    expect(new DurationHistogram().buckets().counts).toEqual([]);
  });

  it('refuses buckets that are cut differently', () => {
    expect(() => DurationHistogram.of({ baseMs: 1, growth: 2, first: 0, counts: [1] })).toThrow(RangeError);
  });
});
