import type { OperationStats } from './traceQuery.ts';
import { formatDuration } from './units.ts';

const SHORT_MS = 60_000;

/** A rate, with the time that it is of where this is so short that it says little of any other: `2/s in 1.5 s`. */
export function operationRateText({
  rate,
  beganOverMs,
}: Pick<OperationStats, 'rate' | 'beganOverMs'>): string {
  const isShort = rate !== null && beganOverMs < SHORT_MS;
  return isShort ? `${formatRate(rate)} in ${formatDuration(beganOverMs)}` : formatRate(rate);
}

/** `12.4/s`, `3.2/min`, `0.5/h`: in the unit that keeps digits before the point; `–` where it is not known. */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null || !Number.isFinite(perSecond)) return '–';
  return rateFormat(perSecond)(perSecond);
}

/** For rates that stand together: all in the unit of the greatest of them. */
export function rateFormat(greatest: number): (perSecond: number) => string {
  const abs = Math.abs(greatest);
  const [seconds, unit] = abs === 0 || abs >= 0.1 ? [1, 's'] : abs * 60 >= 0.1 ? [60, 'min'] : [3600, 'h'];
  return (perSecond) => `${shortNumber(perSecond * seconds)}/${unit}`;
}

/** Three digits that count: `0.042`, `3.2`, `48`, `12.4k`, `3.1M`. */
export function shortNumber(value: number): string {
  const abs = Math.abs(value);
  if (abs === 0) return '0';
  if (abs >= 999_950_000) return `${(value / 1e9).toFixed(1)}G`;
  if (abs >= 999_950) return `${(value / 1e6).toFixed(1)}M`;
  if (abs >= 10_000) return `${(value / 1e3).toFixed(1)}k`;
  if (abs >= 100 || Number.isInteger(value))
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ',');
  return String(Number(value.toPrecision(abs >= 10 ? 3 : 2)));
}
