/**
 * Rows for all spans of a trace at once: the same as one by one (`TrackSet.place`), from flat columns and without
 * looking for gaps, as nothing comes later than what stands in a row already.
 */
import type { PlacingOrder } from './placingOrder.ts';
import { MAX_LANES, MAX_TRACKS, NO_TRACK, NOT_SHOWN } from './tracks.ts';
import type { SpanBatch } from './tracks.ts';

export type Lanes = {
  /** Of each track, the one that it is a lane of; -1 for a row of roots. */
  readonly above: readonly number[];
  /** Spans of each track. */
  readonly sizes: Uint32Array;
  /** Of each place of the batch; `NO_TRACK` for what is not shown. */
  readonly trackOf: Uint16Array;
};

/**
 * @returns `null` where a span would have to go into a gap, or rows run out: it has to be one by one then
 */
export function findLanes(order: PlacingOrder, { startMs, endMs, parent }: SpanBatch): Lanes | null {
  const trackOf = new Uint16Array(startMs.length);
  const above: number[] = [];
  const sizes = new Uint32Array(MAX_TRACKS);
  const lastStart = new Float64Array(MAX_TRACKS);
  const lastEnd = new Float64Array(MAX_TRACKS);
  // Lanes of a track as a list; the list of the roots' rows is that of track -1.
  const firstLane = new Int16Array(MAX_TRACKS + 1).fill(-1);
  const nextLane = new Int16Array(MAX_TRACKS).fill(-1);
  const laneCount = new Uint16Array(MAX_TRACKS + 1);
  for (let i = 0; i < startMs.length; i += 1) {
    const place = order === null ? i : order[i]!;
    const parentPlace = parent[place]!;
    if (parentPlace === NOT_SHOWN) {
      trackOf[place] = NO_TRACK;
      continue;
    }
    const up = parentPlace < 0 ? -1 : trackOf[parentPlace]!;
    const start = startMs[place]!;
    let lane = firstLane[up + 1]!;
    let last = -1;
    let isLate = false;
    while (lane >= 0 && lastEnd[lane]! > start) {
      if (lastStart[lane]! > start) isLate = true;
      last = lane;
      lane = nextLane[lane]!;
    }
    if (lane < 0) {
      if (isLate || laneCount[up + 1]! >= MAX_LANES || above.length >= MAX_TRACKS) return null;
      lane = above.length;
      above.push(up);
      laneCount[up + 1]! += 1;
      if (last < 0) firstLane[up + 1] = lane;
      else nextLane[last] = lane;
    }
    trackOf[place] = lane;
    sizes[lane]! += 1;
    lastStart[lane] = start;
    lastEnd[lane] = endMs[place]!;
  }
  return { above, sizes, trackOf };
}
