/**
 * Clocks of two machines that differ: seen where a span of another service begins before the span that called it, or a
 * served call begins after its caller had its answer. Neither can happen, so the times of one of them are off.
 *
 * What it takes to bring such a span back is Jaeger's rule for it (jaeger, `clockskew/adjuster.go`): the middle of the
 * caller where it fits into it, else the caller's start; spans of the same service below move along. A span that only
 * outlasts its caller is left alone: work may go on behind a caller's back.
 */
import type { TraceColumns } from './traceColumns.ts';

/** Below this, clocks agree. */
const SLACK_MS = 0.01;

/** What brings a call into its caller, to be added to its times; 0 where it agrees with it. All in milliseconds. */
export function shiftInto(
  caller: { readonly startMs: number; readonly endMs: number },
  call: { readonly startMs: number; readonly endMs: number },
  isServed: boolean,
): number {
  const isEarly = call.startMs < caller.startMs - SLACK_MS;
  const isLate = isServed && call.startMs > caller.endMs + SLACK_MS;
  if (!isEarly && !isLate) return 0;
  const spare = caller.endMs - caller.startMs - (call.endMs - call.startMs);
  return caller.startMs + Math.max(0, spare / 2) - call.startMs;
}

/**
 * What to add to the times of each span; `null` where all clocks agree.
 *
 * @param isServed - whether a span is the server's half of the call that its parent made
 */
export function clockShifts(
  { count, parent, startMs, endMs }: TraceColumns,
  service: ArrayLike<number>,
  isServed: (span: number, caller: number) => boolean,
): Float64Array | null {
  const shiftMs = new Float64Array(count);
  const isPlaced = new Uint8Array(count);
  const path: number[] = [];
  let found = false;
  for (let first = 0; first < count; first += 1) {
    for (let span = first; span >= 0 && isPlaced[span] === 0; span = parent[span]!) path.push(span);
    while (path.length > 0) {
      const span = path.pop()!;
      const caller = parent[span]!;
      isPlaced[span] = 1;
      if (caller < 0) continue;
      const by = shiftMs[caller]!;
      shiftMs[span] = by;
      if (service[span] === service[caller]) continue;
      const call = { startMs: startMs[span]!, endMs: endMs[span]! };
      const served = isServed(span, caller);
      const recorded = { startMs: startMs[caller]!, endMs: endMs[caller]! };
      // Where it agrees with its caller as recorded, both have the same clock, or the same fault.
      if (shiftInto(recorded, call, served) === 0) continue;
      const moved = { startMs: recorded.startMs + by, endMs: recorded.endMs + by };
      shiftMs[span] = shiftInto(moved, call, served);
      if (shiftMs[span] !== 0) found = true;
    }
  }
  return found ? shiftMs : null;
}
