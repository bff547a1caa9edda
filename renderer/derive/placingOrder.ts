import { NOT_SHOWN } from './tracks.ts';
import type { SpanBatch } from './tracks.ts';
import { placesByStart } from './sortByStart.ts';

/** Places of a batch, parents before children, the children of one row by start; `null`: as they came. */
export type PlacingOrder = Uint32Array | null;

/**
 * An order to give a batch's places rows in. Spans that came in one stay as they are, which spares the sorting and reads
 * memory from one end to the other; others go by depth, spans of one depth by start; stable. Rows are the same either way.
 */
export function placingOrder(batch: SpanBatch): PlacingOrder {
  const { startMs, depth } = batch;
  const n = depth.length;
  if (isInOrder(batch)) return null;
  let least = 0xffff;
  let most = 0;
  for (let place = 0; place < n; place += 1) {
    if (depth[place]! < least) least = depth[place]!;
    if (depth[place]! > most) most = depth[place]!;
  }
  if (most <= least) return placesByStart(startMs);
  const ends = new Uint32Array(most - least + 2);
  for (let place = 0; place < n; place += 1) ends[depth[place]! - least + 1]! += 1;
  for (let d = 1; d < ends.length; d += 1) ends[d]! += ends[d - 1]!;
  const order = new Uint32Array(n);
  for (let place = 0; place < n; place += 1) order[ends[depth[place]! - least]!++] = place;
  let from = 0;
  for (let d = 0; d <= most - least; d += 1) {
    sortPart(order.subarray(from, ends[d]), startMs);
    from = ends[d]!;
  }
  return order;
}

/** Whether a whole trace came by start, parents before children, and every span stands just below its parent. */
function isInOrder({ from, startMs, parent, depth }: SpanBatch): boolean {
  if (from > 0) return false;
  let last = -Infinity;
  for (let place = 0; place < startMs.length; place += 1) {
    const above = parent[place]!;
    const start = startMs[place]!;
    if (start < last || above >= place) return false;
    // Where some are hidden, spans of several depths share a row.
    if (above !== NOT_SHOWN && depth[place]! !== (above < 0 ? 0 : depth[above]! + 1)) return false;
    last = start;
  }
  return true;
}

/** In place, if it has to be. */
function sortPart(part: Uint32Array, startMs: Float64Array): void {
  let isSorted = true;
  for (let i = 1; i < part.length && isSorted; i += 1)
    isSorted = startMs[part[i]!]! >= startMs[part[i - 1]!]!;
  if (isSorted) return;
  const starts = new Float64Array(part.length);
  for (let i = 0; i < part.length; i += 1) starts[i] = startMs[part[i]!]!;
  const before = part.slice();
  const order = placesByStart(starts);
  for (let i = 0; i < part.length; i += 1) part[i] = before[order[i]!]!;
}
