/**
 * Times are floats of epoch milliseconds, which are good for whole microseconds until the year 2109 and for no more.
 * Where a time was told in nanoseconds, a rest goes along with the float: the nanoseconds from the whole microsecond that
 * is nearest to the float up to the time. Only who writes times down reads it; all else goes by the floats.
 */

/** Rests are kept in columns of 16 bits. */
export const MAX_REST_NS = 32_767;

/**
 * The rest of a time.
 * @param ms - the float that stands for it
 * @param wholeMs - the time in whole milliseconds, and `nanos` the nanoseconds beyond them
 * @returns 0 where the float is too far away: thousands of years from now
 */
export function restNsOf(ms: number, wholeMs: number, nanos: number): number {
  const restNs = (wholeMs * 1000 - Math.round(ms * 1000)) * 1000 + nanos;
  return Math.abs(restNs) <= MAX_REST_NS ? restNs : 0;
}

/**
 * How long after `startMs` another time is, in milliseconds: both as the whole microseconds that they stand for. The
 * floats themselves are a quarter of one apart, and their difference with them.
 */
export function lengthMs(startMs: number, endMs: number): number {
  return (nearestUs(endMs) - nearestUs(startMs)) / 1000;
}

/** The whole microsecond nearest to a time. */
export function nearestUs(ms: number, restNs = 0): number {
  return Math.round(ms * 1000) + Math.round(restNs / 1000);
}
