import { expect, it } from 'vitest';
import { readClock } from '../../../../electron/telemetry/operations/readClock.ts';

it('reads what performance.now() reads, to the microsecond', () => {
  // One of many: the machine may pause between any two.
  const apartMs = Array.from({ length: 1000 }, () => {
    const beforeMs = performance.now();
    const readMs = readClock();
    return Math.max(beforeMs - readMs, readMs - performance.now());
  });
  expect(Math.min(...apartMs)).toBeLessThan(0.001);
});

it('never goes back', () => {
  const readings = Array.from({ length: 10_000 }, () => readClock());
  expect(readings).toStrictEqual(readings.toSorted((a, b) => a - b));
});
