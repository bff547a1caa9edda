/**
 * Spans on lanes, for forms that know slices on a thread only: on a lane a span lies within its parent or beside what
 * came before, so that whoever reads it as a stack sees no parent that is none.
 *
 *     lane 0   |run====================|
 *              |item===|  |item=====|
 *     lane 1      |item=====|              (ran beside the first item)
 */
import type { TraceColumns } from '../../shared/analysis/traceColumns.ts';

export type Lanes = {
  /** Rows by start; parents before their children. */
  readonly order: Uint32Array;
  /** Of each row; counted through all groups. */
  readonly lane: Uint32Array;
  /** The group of each lane. */
  readonly groupOf: readonly number[];
};

/** @param group spans of different groups (processes) never share a lane */
export function layLanes({ count, parent, startMs, endMs }: TraceColumns, group: ArrayLike<number>): Lanes {
  const depth = depthsOf(parent);
  const order = new Uint32Array(count).map((_, row) => row);
  order.sort((a, b) => startMs[a]! - startMs[b]! || endMs[b]! - endMs[a]! || depth[a]! - depth[b]! || a - b);
  const lane = new Uint32Array(count);
  const groupOf: number[] = [];
  /** Of each lane the rows that run, innermost last. */
  const stacks: number[][] = [];
  /** Of each group its lanes, the one that was free first on top. */
  const free = new Map<number, LaneHeap>();

  for (const row of order) {
    const start = startMs[row]!;
    const end = endMs[row]!;
    const above = parent[row]!;
    const own = group[row]!;
    if (above >= 0 && group[above] === own && startMs[above]! <= start) {
      const stack = stacks[lane[above]!]!;
      while (stack.length > 0 && stack.at(-1) !== above && endMs[stack.at(-1)!]! <= start) stack.pop();
      if (stack.at(-1) === above && end <= endMs[above]!) {
        lane[row] = lane[above]!;
        stack.push(row);
        continue;
      }
    }
    let heap = free.get(own);
    if (heap === undefined) free.set(own, (heap = new LaneHeap()));
    let place = heap.takeFreeAt(start);
    if (place < 0) {
      place = stacks.push([]) - 1;
      groupOf.push(own);
    }
    stacks[place] = [row];
    lane[row] = place;
    // Everything that goes onto this lane from here lies within this span, until it ends.
    heap.add(place, end);
  }
  return { order, lane, groupOf };
}

/** How far below a root; parents may stand anywhere. */
function depthsOf(parent: Int32Array): Uint32Array {
  const depth = new Uint32Array(parent.length);
  const path: number[] = [];
  for (let row = 0; row < parent.length; row += 1) {
    let at = row;
    while (at >= 0 && depth[at] === 0) {
      path.push(at);
      at = parent[at]!;
    }
    for (let below = at < 0 ? 0 : depth[at]!; path.length > 0;) depth[path.pop()!] = below += 1;
  }
  return depth;
}

/** Lanes by the time they are free again. */
class LaneHeap {
  readonly #lanes: number[] = [];
  readonly #ends: number[] = [];

  /** Removes the lane that is free first and returns it; -1 where none is by then. */
  takeFreeAt(start: number): number {
    if (this.#lanes.length === 0 || this.#ends[0]! > start) return -1;
    const first = this.#lanes[0]!;
    const lane = this.#lanes.pop()!;
    const end = this.#ends.pop()!;
    if (this.#lanes.length > 0) this.#sink(lane, end);
    return first;
  }

  add(lane: number, end: number): void {
    let at = this.#lanes.push(lane) - 1;
    this.#ends.push(end);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#ends[above]! <= end) break;
      this.#lanes[at] = this.#lanes[above]!;
      this.#ends[at] = this.#ends[above]!;
      at = above;
    }
    this.#lanes[at] = lane;
    this.#ends[at] = end;
  }

  #sink(lane: number, end: number): void {
    const lanes = this.#lanes;
    const ends = this.#ends;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= lanes.length) break;
      if (below + 1 < lanes.length && ends[below + 1]! < ends[below]!) below += 1;
      if (ends[below]! >= end) break;
      lanes[at] = lanes[below]!;
      ends[at] = ends[below]!;
      at = below;
    }
    lanes[at] = lane;
    ends[at] = end;
  }
}
