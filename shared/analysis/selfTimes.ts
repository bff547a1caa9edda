import { childrenOf, sortByKey } from './children.ts';
import type { TraceColumns } from './traceColumns.ts';

/**
 * Of each span the time in ms in which none of its children ran: its duration less the union of its children's
 * times, as far as they lie within its own. Children side by side are not taken off twice, and what a child does
 * before its parent began or after it ended is not taken off at all. Columns of several traces may stand one after
 * another. Linear where children stand in order of start, as they do in compacted blocks.
 */
export function selfTimes(columns: TraceColumns): Float64Array {
  const { count, parent, startMs, endMs } = columns;
  const self = new Float64Array(count);
  /** Up to where the children that were seen cover their parent. */
  const coveredMs = new Float64Array(count);
  const latestMs = new Float64Array(count).fill(-Infinity);
  let unordered: Uint8Array | null = null;
  for (let span = 0; span < count; span += 1) {
    self[span] = endMs[span]! - startMs[span]!;
    coveredMs[span] = startMs[span]!;
  }
  for (let span = 0; span < count; span += 1) {
    const above = parent[span]!;
    if (above < 0) continue;
    const start = startMs[span]!;
    if (start < latestMs[above]!) (unordered ??= new Uint8Array(count))[above] = 1;
    latestMs[above] = start;
    const from = Math.max(start, coveredMs[above]!);
    const to = Math.min(endMs[span]!, endMs[above]!);
    if (to <= from) continue;
    self[above]! -= to - from;
    coveredMs[above] = to;
  }
  if (unordered !== null) correct(columns, unordered, self);
  for (let span = 0; span < count; span += 1) if (self[span]! < 0) self[span] = 0;
  return self;
}

/** Anew for the spans whose children did not stand in order of start. */
function correct(columns: TraceColumns, unordered: Uint8Array, self: Float64Array): void {
  const { count, startMs, endMs } = columns;
  const { from, spans } = childrenOf(columns, unordered);
  for (let span = 0; span < count; span += 1) {
    if (unordered[span] !== 1) continue;
    sortByKey(spans, from[span]!, from[span + 1]!, startMs);
    const end = endMs[span]!;
    let covered = startMs[span]!;
    let left = end - covered;
    for (let place = from[span]!; place < from[span + 1]!; place += 1) {
      const child = spans[place]!;
      const childFrom = Math.max(startMs[child]!, covered);
      const childTo = Math.min(endMs[child]!, end);
      if (childTo <= childFrom) continue;
      left -= childTo - childFrom;
      covered = childTo;
    }
    self[span] = left;
  }
}
