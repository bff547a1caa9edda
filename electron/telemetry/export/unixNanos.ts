/** The last millisecond whose nanoseconds fit 64 bits. */
const LAST_MS = 18_446_744_073_708;

/**
 * Epoch milliseconds as whole nanoseconds: `wholeMs * 10^6 + nanos`, as exact as the double is. What lies before
 * 1970 or is no number is 0, which OTLP reads as unknown.
 */
export function unixNanos(epochMs: number): { readonly wholeMs: number; readonly nanos: number } {
  if (!(epochMs > 0)) return { wholeMs: 0, nanos: 0 };
  if (epochMs > LAST_MS) return { wholeMs: LAST_MS, nanos: 0 };
  const wholeMs = Math.floor(epochMs);
  const nanos = Math.round((epochMs - wholeMs) * 1e6);
  return nanos < 1e6 ? { wholeMs, nanos } : { wholeMs: wholeMs + 1, nanos: 0 };
}
