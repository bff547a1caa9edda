import { describe, expect, it } from 'vitest';
import { MAX_SAMPLES, MIN_GAP_MS, addSample } from '../../../renderer/derive/samples.ts';
import type { RunSample } from '../../../renderer/derive/samples.ts';

const at = (activeMs: number): RunSample => ({ activeMs, memory: 0.5, disk: 0.1, cards: activeMs });
const fold = (times: readonly number[]) =>
  times.reduce<readonly RunSample[]>((samples, ms) => addSample(samples, at(ms)), []);

describe('addSample', () => {
  it('keeps the newest state where samples come faster than they can be seen', () => {
    const samples = fold([0, 100, 200, 300, 400]);
    expect(samples.map(({ activeMs }) => activeMs)).toEqual([0, 400]);
  });

  it('keeps one point a gap when samples come steadily', () => {
    const times = Array.from({ length: 101 }, (_, index) => index * 100);
    const kept = fold(times).map(({ activeMs }) => activeMs);
    expect(kept.length).toBeGreaterThan(15);
    expect(kept.length).toBeLessThanOrEqual(10_000 / MIN_GAP_MS + 2);
    expect(kept.at(-1)).toBe(10_000);
  });

  it('never holds more points than a chart can draw, however long the run, and keeps both ends', () => {
    const times = Array.from({ length: 5000 }, (_, index) => index * 1000);
    const samples = fold(times);
    expect(samples.length).toBeLessThanOrEqual(MAX_SAMPLES);
    expect(samples.length).toBeGreaterThan(MAX_SAMPLES / 3);
    expect([samples[0]?.activeMs, samples.at(-1)?.activeMs]).toEqual([0, 4_999_000]);
  });

  it('ignores a report that is older than the last one', () => {
    const samples = fold([0, 1000]);
    expect(addSample(samples, at(500))).toBe(samples);
  });
});
