import { placesByStart } from './sortByStart.ts';

/** Places of a batch as rows are given: parents before children, spans of one depth by start; stable. */
export function placingOrder(startMs: Float64Array, depth: Uint16Array): Uint32Array {
  const n = depth.length;
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
