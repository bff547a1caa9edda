/**
 * When a metric point was, as the store has it: in whole milliseconds since its stream's start, and the nanoseconds
 * beyond them, which are 0 for what this program counts.
 */
import type { StoredPoint } from '../../shared/traceQuery.ts';

type Start = Pick<StoredPoint, 'startMs' | 'startRestNs'>;
type Time = Pick<StoredPoint, 'timeMs' | 'timeRestNs'>;

/** The nanoseconds of a time beyond `atMs` since the start. */
export function nsBeyond(
  { startMs, startRestNs = 0 }: Start,
  { timeMs, timeRestNs = 0 }: Time,
  atMs: number,
): number {
  const us = Math.round(timeMs * 1000) - Math.round(startMs * 1000) - atMs * 1000;
  return us * 1000 + timeRestNs - startRestNs;
}

/** The time of which `nsBeyond` is `restNs`. */
export function timeSince({ startMs, startRestNs = 0 }: Start, atMs: number, restNs: number): Time {
  const ns = startRestNs + restNs;
  const wholeUs = Math.round(ns / 1000);
  const timeMs = (Math.round(startMs * 1000) + atMs * 1000 + wholeUs) / 1000;
  return ns === wholeUs * 1000 ? { timeMs } : { timeMs, timeRestNs: ns - wholeUs * 1000 };
}
