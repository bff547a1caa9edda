/** Where traces stand in a picture of start against duration. */
import type { FoundTrace } from '../../shared/traceQuery.ts';
import { formatClock, formatWhen } from './clock.ts';

export type ScatterFrame = {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Room for the labels of the axes. */
  readonly leftPx: number;
  readonly bottomPx: number;
  readonly topPx: number;
  readonly rightPx: number;
};
export type Scatter = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly x: (timeMs: number) => number;
  readonly timeAt: (xPx: number) => number;
  readonly y: (durationMs: number) => number;
  /** Durations to draw lines at, powers of ten. */
  readonly lines: readonly number[];
};

/** Durations by their logarithm: traces of a millisecond and of an hour are both seen. */
export function scatterOf(
  traces: readonly FoundTrace[],
  range: { readonly fromMs: number | null; readonly toMs: number | null },
  { widthPx, heightPx, leftPx, bottomPx, topPx, rightPx }: ScatterFrame,
): Scatter | null {
  let first = Infinity;
  let last = -Infinity;
  let least = Infinity;
  let most = 0;
  for (const { startMs, durationMs } of traces) {
    first = Math.min(first, startMs);
    last = Math.max(last, startMs);
    if (durationMs === null || durationMs <= 0) continue;
    least = Math.min(least, durationMs);
    most = Math.max(most, durationMs);
  }
  if (first === Infinity) return null;
  const padMs = Math.max(500, (last - first) * 0.02);
  const fromMs = range.fromMs === null ? first - padMs : Math.max(range.fromMs, first - padMs * 10);
  const toMs = range.toMs === null ? last + padMs : Math.min(range.toMs, last + padMs * 10);
  const lengthMs = Math.max(1, toMs - fromMs);
  if (most === 0) [least, most] = [1, 10];
  const low = Math.floor(Math.log10(least));
  const high = Math.max(low + 1, Math.ceil(Math.log10(most)));
  const innerPx = Math.max(1, widthPx - leftPx - rightPx);
  const tallPx = Math.max(1, heightPx - topPx - bottomPx);
  const step = Math.max(1, Math.ceil((high - low) / 4));
  const lines: number[] = [];
  for (let power = low; power <= high; power += step) lines.push(10 ** power);
  return {
    fromMs,
    toMs,
    x: (timeMs) => leftPx + (innerPx * (timeMs - fromMs)) / lengthMs,
    timeAt: (xPx) => fromMs + (lengthMs * Math.min(innerPx, Math.max(0, xPx - leftPx))) / innerPx,
    y: (durationMs) => {
      const share = (Math.log10(Math.max(durationMs, 10 ** low)) - low) / (high - low);
      return topPx + tallPx * (1 - Math.min(1, share));
    },
    lines,
  };
}

const ROUND_MS = [
  1, 10, 100, 1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000, 43_200_000, 86_400_000,
  604_800_000, 2_592_000_000,
];
/** Some five round moments of local time. */
export function timeTicks(fromMs: number, toMs: number, count = 6): readonly number[] {
  const wanted = (toMs - fromMs) / count;
  const step = ROUND_MS.find((ms) => ms >= wanted) ?? Math.ceil(wanted / 2_592_000_000) * 2_592_000_000;
  const shift = step >= 3_600_000 ? new Date(fromMs).getTimezoneOffset() * 60_000 : 0;
  const ticks: number[] = [];
  for (let at = Math.ceil((fromMs - shift) / step) * step + shift; at <= toMs; at += step) ticks.push(at);
  return ticks;
}

/** The trace whose dot is nearest, `null` where none is within `reachPx`. */
export function nearestTrace(
  traces: readonly FoundTrace[],
  { x, y }: Scatter,
  at: { readonly xPx: number; readonly yPx: number },
  reachPx = 9,
): FoundTrace | null {
  let best: FoundTrace | null = null;
  let leastPx = reachPx;
  for (const trace of traces) {
    const apartPx = Math.hypot(x(trace.startMs) - at.xPx, y(trace.durationMs ?? 0) - at.yPx);
    if (apartPx > leastPx) continue;
    leastPx = apartPx;
    best = trace;
  }
  return best;
}

/** What stands below the axis: the clock within a day, else the day. */
export function tickText(timeMs: number, lengthMs: number): string {
  if (lengthMs > 3 * 86_400_000) return formatWhen(timeMs, 0).replace(/ \d{4}$/, '');
  if (lengthMs > 86_400_000) return formatWhen(timeMs);
  return lengthMs > 600_000 ? formatClock(timeMs).slice(0, 5) : formatClock(timeMs);
}
