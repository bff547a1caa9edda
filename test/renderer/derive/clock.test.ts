import { describe, expect, it } from 'vitest';
import { formatAxisTime, formatClock, formatMoment, formatWhen } from '../../../renderer/derive/clock.ts';

describe('points in time', () => {
  const now = new Date(2026, 10, 22, 9, 5, 7, 42).getTime();

  it('carry as much of the date as is needed', () => {
    expect(formatWhen(now, now)).toBe('09:05');
    expect(formatWhen(new Date(2026, 2, 3, 23, 59).getTime(), now)).toBe('3 Mar 23:59');
    expect(formatWhen(new Date(2025, 11, 31).getTime(), now)).toBe('31 Dec 2025');
  });

  it('show milliseconds on request', () => {
    expect([formatClock(now), formatClock(now, true)]).toEqual(['09:05:07', '09:05:07.042']);
  });

  it('stand in full in the same form, to the millisecond', () => {
    expect(formatMoment(now)).toBe('22 Nov 2026 09:05:07.042');
    expect(formatMoment(now, false)).toBe('22 Nov 2026 09:05:07');
    expect(formatMoment(Number.NaN)).toBe('no valid time');
  });

  it('make short ticks', () => {
    expect([0, 150, 175, 2500, 40_000, 200_000, 605_000].map(formatAxisTime)).toEqual([
      '0',
      '150 ms',
      '175 ms',
      '2.5 s',
      '40 s',
      '3:20',
      '10:05',
    ]);
  });
});
