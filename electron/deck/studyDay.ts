/** The day of study that a moment belongs to: it begins at an hour of local time. */
export function dayOf(nowMs: number, startsAtHour: number): { dayStartMs: number; dayEndMs: number } {
  const start = new Date(nowMs);
  if (start.getHours() < startsAtHour) start.setDate(start.getDate() - 1);
  start.setHours(startsAtHour, 0, 0, 0);
  const end = new Date(start);
  // By the calendar, not by 24 hours: clocks are put forward and back.
  end.setDate(end.getDate() + 1);
  return { dayStartMs: start.getTime(), dayEndMs: end.getTime() };
}
