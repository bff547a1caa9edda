/** Labels of days need some 30 px each, and a chart is at least 290 px wide. */
const MAX_TICKS = 10;
const STEPS = [1, 2, 3, 6, 10, 15, 30, 60] as const;

/** Which bars are labelled: one in so many, counted from the one of today, so that the steps are even and round. */
export function evenTicks(bars: readonly { readonly day: number }[]): number[] {
  const step = STEPS.find((each) => bars.length / each <= MAX_TICKS) ?? Math.ceil(bars.length / MAX_TICKS);
  const days = bars.map(({ day }) => day);
  const today = days.reduce((best, day, at) => (Math.abs(day) < Math.abs(days[best] ?? 0) ? at : best), 0);
  return days.filter((_day, at) => (at - today) % step === 0);
}
