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
  const us = Math.round(epochMs * 1000);
  // The double of a whole microsecond is that microsecond, and not the tenths that it says beside it.
  const isWholeUs = restNs !== 0 || us / 1000 === epochMs;
  const wholeMs = Math.floor(isWholeUs ? us / 1000 : epochMs);
  const nanos = isWholeUs ? (us - wholeMs * 1000) * 1000 + restNs : Math.round((epochMs - wholeMs) * 1e6);
  if (nanos >= 0 && nanos < 1e6) return { wholeMs, nanos };
  const carryMs = Math.floor(nanos / 1e6);
  return wholeMs + carryMs < 0
    ? { wholeMs: 0, nanos: 0 }
    : { wholeMs: wholeMs + carryMs, nanos: nanos - carryMs * 1e6 };
}
