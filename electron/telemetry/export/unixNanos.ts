/** The last millisecond whose nanoseconds fit 64 bits. */
const LAST_MS = 18_446_744_073_708;

/**
 * Epoch milliseconds as whole nanoseconds: `wholeMs * 10^6 + nanos`, as exact as the double is. What lies before
 * 1970 or is no number is 0, which OTLP reads as unknown.
 *
 * @param restNs - of a time that was told in nanoseconds (`shared/nanoseconds.ts`), which is then as exact as that
 */
export function unixNanos(epochMs: number, restNs = 0): { readonly wholeMs: number; readonly nanos: number } {
  if (!(epochMs > 0)) return { wholeMs: 0, nanos: 0 };
  if (epochMs > LAST_MS) return { wholeMs: LAST_MS, nanos: 0 };
  const nearestUs = Math.round(epochMs * 1000);
  // The double of a whole microsecond is that microsecond, and not the tenths that it says beside it.
  if (restNs !== 0 || nearestUs / 1000 === epochMs) {
    const us = nearestUs + Math.floor(restNs / 1000);
    if (us < 0) return { wholeMs: 0, nanos: 0 };
    const wholeMs = Math.floor(us / 1000);
    return { wholeMs, nanos: (us - wholeMs * 1000) * 1000 + restNs - Math.floor(restNs / 1000) * 1000 };
  }
  const wholeMs = Math.floor(epochMs);
  const nanos = Math.round((epochMs - wholeMs) * 1e6);
  return nanos < 1e6 ? { wholeMs, nanos } : { wholeMs: wholeMs + 1, nanos: 0 };
}
