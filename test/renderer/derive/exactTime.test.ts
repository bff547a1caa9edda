import { describe, expect, it } from 'vitest';
import { restNsOf } from '../../../shared/nanoseconds.ts';
import {
  epochNs,
  exactDuration,
  exactIso,
  exactMoment,
  knownDigits,
} from '../../../renderer/derive/exactTime.ts';

const WHOLE_MS = Date.UTC(2026, 10, 3, 14, 3, 7, 42);
const told = (nanos: number) => {
  const ms = WHOLE_MS + nanos / 1e6;
  return epochNs(ms, restNsOf(ms, WHOLE_MS, nanos));
};

describe('exact times', () => {
  it('have every nanosecond that was told, whatever the float makes of it', () => {
    for (const nanos of [0, 1, 499, 500, 501, 999, 1000, 123_456, 999_499, 999_500, 999_999])
      expect(told(nanos)).toBe(BigInt(WHOLE_MS) * 1_000_000n + BigInt(nanos));
  });

  it('are written with as many digits as are known, in UTC and in the own zone', () => {
    const ns = told(123_456);
    expect(exactIso(ns, 9)).toBe('2026-11-03T14:03:07.042123456Z');
    expect(exactIso(ns, 6)).toBe('2026-11-03T14:03:07.042123Z');
    expect(exactIso(ns, 3)).toBe('2026-11-03T14:03:07.042Z');
    expect(exactMoment(ns, 9)).toMatch(/^[34] Nov 2026 \d\d:\d\d:07\.042123456$/);
    expect(exactIso(told(-42_000_001), 9)).toBe('2026-11-03T14:03:06.999999999Z');
    expect(exactIso(-1n, 9)).toBe('1969-12-31T23:59:59.999999999Z');
    expect(exactIso(10n ** 24n, 9)).toBe('');
    expect(exactMoment(10n ** 24n, 9)).toBe('no valid time');
  });

  it('of a span show no digit that nobody told', () => {
    expect(knownDigits({ startMs: WHOLE_MS, endMs: WHOLE_MS + 5 })).toBe(3);
    expect(knownDigits({ startMs: WHOLE_MS, endMs: null })).toBe(3);
    expect(knownDigits({ startMs: WHOLE_MS, endMs: WHOLE_MS + 5.25 })).toBe(6);
    expect(knownDigits({ startMs: WHOLE_MS, endMs: WHOLE_MS + 5, endRestNs: -3 })).toBe(9);
    expect(knownDigits({ startMs: 2 ** 42, endMs: null, startRestNs: 5 })).toBe(3);
  });
});

describe('an exact duration', () => {
  it('stands in the largest unit that it has one of', () => {
    const all = [0n, 980n, 1_000n, 12_345_678n, 61_500_000_000n, -1_500_000n];
    expect(all.map((ns) => exactDuration(ns, 9))).toEqual([
      '0 ns',
      '980 ns',
      '1.000 µs',
      '12.345678 ms',
      '61.500000000 s',
      '-1.500000 ms',
    ]);
  });

  it('is no finer than its times', () => {
    expect(exactDuration(12_345_000n, 6)).toBe('12.345 ms');
    expect(exactDuration(980_000n, 6)).toBe('980 µs');
    expect(exactDuration(0n, 6)).toBe('0 µs');
    expect(exactDuration(3_000_000n, 3)).toBe('3 ms');
    expect(exactDuration(0n, 3)).toBe('0 ms');
    expect(exactDuration(61_500_000_000n, 3)).toBe('61.500 s');
  });
});
