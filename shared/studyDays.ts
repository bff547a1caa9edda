/** Time as study counts it: days of local time that begin at an hour of the user's choice. */

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export interface StudyClock {
  nowMs(): number;
  /** How far local time is ahead of UTC at that moment. */
  offsetMs(atMs: number): number;
}

/** This machine's time and time zone. */
export const systemClock: StudyClock = { nowMs: () => Date.now(), offsetMs: systemOffsetMs };

function systemOffsetMs(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000;
}

/** How far local time of an IANA zone is ahead of UTC; the machine's own zone for `null`. */
export function offsetOfZone(zone: string | null): (atMs: number) => number {
  if (zone === null) return systemOffsetMs;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const kept = new Map<number, number>();
  return (atMs) => {
    // No zone changes its offset within a quarter of an hour.
    const quarter = Math.floor(atMs / 900_000);
    let offset = kept.get(quarter);
    if (offset === undefined) {
      const part: Record<string, number> = {};
      for (const { type, value } of format.formatToParts(quarter * 900_000)) part[type] = Number(value);
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
      offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter * 900_000;
      if (kept.size > 10_000) kept.clear();
      kept.set(quarter, offset);
    }
    return offset;
  };
}

/** A stretch of time with one offset. */
export type OffsetPeriod = { readonly fromMs: number; readonly toMs: number; readonly offsetMs: number };

export type StudyDays = ReturnType<typeof createStudyDays>;

/** Days are numbered: 0 is that of 1 January 1970. */
export function createStudyDays(offsetMs: (atMs: number) => number, startsAtHour: number) {
  const startMs = startsAtHour * HOUR_MS;
  const starts = new Map<number, number>();

  const dayOf = (atMs: number): number => Math.floor((atMs + offsetMs(atMs) - startMs) / DAY_MS);

  /** The first moment of a day: the clock's change moves it, so that a day has 23 to 25 hours. */
  function startOf(day: number): number {
    const known = starts.get(day);
    if (known !== undefined) return known;
    const wallMs = day * DAY_MS + startMs;
    // With the offset of either side of a change, one of the two is right, unless the hour itself is left out.
    let found = wallMs - offsetMs(wallMs - offsetMs(wallMs));
    if (dayOf(found) !== day || dayOf(found - 1) !== day - 1) {
      let low = wallMs - 16 * HOUR_MS;
      let high = wallMs + 16 * HOUR_MS;
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (dayOf(middle) >= day) high = middle;
        else low = middle;
      }
      found = high;
    }
    if (starts.size > 10_000) starts.clear();
    starts.set(day, found);
    return found;
  }

  /** Stretches of one offset that cover the time from `fromMs` to `toMs`, in order, none longer than half a year. */
  function periods(fromMs: number, toMs: number): readonly OffsetPeriod[] {
    const found: OffsetPeriod[] = [];
    let from = fromMs;
    while (from < toMs) {
      const offset = offsetMs(from);
      const limit = Math.min(toMs, from + 180 * DAY_MS);
      let at = from;
      // Some countries put a change off for a month only, never for a week.
      while (at < limit && offsetMs(Math.min(limit, at + 7 * DAY_MS)) === offset) {
        at = Math.min(limit, at + 7 * DAY_MS);
      }
      let end = limit;
      if (at < limit) {
        let low = at;
        end = Math.min(limit, at + 7 * DAY_MS);
        while (end - low > 1) {
          const middle = Math.floor((low + end) / 2);
          if (offsetMs(middle) === offset) low = middle;
          else end = middle;
        }
      }
      found.push({ fromMs: from, toMs: end, offsetMs: offset });
      from = end;
    }
    return found;
  }

  return { dayOf, startOf, periods, startsAtHour, offsetMs };
}

/** The day of study that a moment belongs to, by this machine's time. */
export function studyDayOf(nowMs: number, startsAtHour: number): { dayStartMs: number; dayEndMs: number } {
  const { dayOf, startOf } = createStudyDays(systemOffsetMs, startsAtHour);
  const day = dayOf(nowMs);
  return { dayStartMs: startOf(day), dayEndMs: startOf(day + 1) };
}
