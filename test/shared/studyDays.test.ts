import { describe, expect, it } from 'vitest';
import { createStudyDays, offsetOfZone } from '../../shared/studyDays.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('study days', () => {
  it.each([
    ['Europe/Berlin', 4],
    ['Europe/Berlin', 2],
    ['Europe/Berlin', 3],
    ['America/New_York', 1],
    ['America/New_York', 2],
    ['America/Sao_Paulo', 0],
    ['Asia/Kathmandu', 4],
    ['Australia/Lord_Howe', 2],
    ['UTC', 0],
  ])('in %s from %i o’clock follow each other without a gap, clock changes included', (zone, hour) => {
    const days = createStudyDays(offsetOfZone(zone), hour);
    const first = days.dayOf(Date.UTC(2018, 0, 1));
    for (let day = first; day < first + 800; day += 1) {
      const startMs = days.startOf(day);
      expect(days.dayOf(startMs)).toBe(day);
      expect(days.dayOf(startMs - 1)).toBe(day - 1);
      const length = days.startOf(day + 1) - startMs;
      expect(Math.abs(length - DAY_MS)).toBeLessThanOrEqual(HOUR_MS);
    }
  });

  it('begin at the hour that the clock on the wall shows', () => {
    const days = createStudyDays(offsetOfZone('Europe/Berlin'), 4);
    const winter = days.startOf(days.dayOf(Date.UTC(2026, 0, 15, 12)));
    const summer = days.startOf(days.dayOf(Date.UTC(2026, 6, 15, 12)));
    expect([new Date(winter).getUTCHours(), new Date(summer).getUTCHours()]).toEqual([3, 2]);
  });

  it('stretches of one offset cover the time and end where the clock changes', () => {
    const days = createStudyDays(offsetOfZone('Europe/Berlin'), 4);
    const fromMs = Date.UTC(2026, 0, 1);
    const toMs = Date.UTC(2028, 0, 1);
    const periods = days.periods(fromMs, toMs);
    expect(periods[0]?.fromMs).toBe(fromMs);
    expect(periods.at(-1)?.toMs).toBe(toMs);
    for (const [index, period] of periods.entries()) {
      if (index > 0) expect(period.fromMs).toBe(periods[index - 1]!.toMs);
      for (const at of [period.fromMs, period.toMs - 1]) expect(days.offsetMs(at)).toBe(period.offsetMs);
    }
    const changes = periods.filter(
      ({ offsetMs }, index) => periods[index - 1]?.offsetMs === HOUR_MS && offsetMs === 2 * HOUR_MS,
    );
    expect(changes.map(({ fromMs: at }) => at)).toEqual([Date.UTC(2026, 2, 29, 1), Date.UTC(2027, 2, 28, 1)]);
  });
});
