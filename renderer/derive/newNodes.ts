/**
 * Rows of a table -> nodes of a tree, batch by batch: how deep each lies, what is wrong with it, and its parent as it
 * is shown (none for an orphan, and where a cycle is cut).
 */
import { lengthMs } from '../../shared/nanoseconds.ts';
import { takeRoom } from './batchRoom.ts';
import type { U16Column } from './chunkedColumn.ts';
import { entryFlags, NODE } from './nodeFlags.ts';
import { SPAN_STATE } from './rowColumns.ts';
import type { SpanBatch } from './tracks.ts';

const UNKNOWN_DEPTH = 0xffff;
const VISITING = 0xfffe;
const MAX_DEPTH = 0xfffd;

/** What is known of the tree that a batch is added to. */
export type GrowingTree = {
  readonly originMs: number;
  readonly depths: U16Column;
  /** By name number. */
  readonly colours: Uint8Array;
  /** Nodes of the kind, which those of the batch are added to. */
  readonly open: number[];
  readonly orphans: number[];
};

/** A batch to be filled: its columns lie in two buffers, which may be handed over; names in one of their own, as they are kept. */
export function newBatch(from: number, count: number): SpanBatch {
  const { columns, names } = takeRoom(count);
  return {
    from,
    startMs: new Float64Array(columns, 0, count),
    endMs: new Float64Array(columns, count * 8, count),
    parent: new Int32Array(columns, count * 16, count),
    depth: new Uint16Array(columns, count * 20, count),
    flags: new Uint8Array(columns, count * 22, count),
    colour: new Uint8Array(columns, count * 23, count),
    name: new Int32Array(names),
  };
}

/** `NODE` flags by `SPAN_STATE` bits. */
const FLAGS_OF_STATE = Uint8Array.from(
  { length: 4 },
  (_, state) =>
    ((state & SPAN_STATE.error) !== 0 ? NODE.error : 0) |
    ((state & SPAN_STATE.duplicate) !== 0 ? NODE.duplicate : 0),
);

/** Makes nodes, in place, of a batch as `readRows` filled it. Returns their `NODE` flags. */
export function makeNodes(batch: SpanBatch, tree: GrowingTree): Uint8Array {
  const { from, startMs, endMs, parent, depth, flags: state, colour, name } = batch;
  const { originMs, depths, colours, open, orphans } = tree;
  const n = startMs.length;
  const flags = new Uint8Array(n);
  let areAllKnown = true;
  for (let i = 0; i < n; i += 1) {
    const start = lengthMs(originMs, startMs[i]!);
    const end = lengthMs(originMs, endMs[i]!);
    let flag = FLAGS_OF_STATE[state[i]!]!;
    startMs[i] = start;
    if (end >= start) endMs[i] = end;
    else if (end < start) {
      flag |= NODE.negative;
      endMs[i] = start;
    } else {
      flag |= NODE.open;
      endMs[i] = Infinity;
      open.push(from + i);
    }
    state[i] = entryFlags(flag);
    colour[i] = colours[name[i]!]!;
    const above = parent[i]!;
    let below = 0;
    if (above >= 0 && above < from + i) {
      // Parents mostly come before their children.
      const known = above < from ? depths.get(above) : depth[above - from]!;
      below = known < MAX_DEPTH ? known + 1 : UNKNOWN_DEPTH;
    } else if (above > from + i) below = UNKNOWN_DEPTH;
    else if (above !== -1) {
      if (above === -2) {
        flag |= NODE.orphan;
        orphans.push(from + i);
      } else flag |= NODE.cycle;
      parent[i] = -1;
    }
    if (below === UNKNOWN_DEPTH) areAllKnown = false;
    depth[i] = below;
    flags[i] = flag;
  }
  if (areAllKnown) return flags;
  for (let i = 0; i < n; i += 1) if (depth[i] === UNKNOWN_DEPTH) findDepth(batch, i, flags, depths);
  return flags;
}

/** Walks up from a new node to the first known depth, then down again; cuts a cycle where it closes. */
function findDepth(
  { from, parent, depth }: SpanBatch,
  first: number,
  flags: Uint8Array,
  depths: U16Column,
): void {
  const path: number[] = [];
  let at = first;
  while (at >= 0 && depth[at] === UNKNOWN_DEPTH) {
    depth[at] = VISITING;
    path.push(at);
    const above = parent[at]!;
    if (above < from) {
      at = above < 0 ? -1 : -2 - depths.get(above);
      break;
    }
    at = above - from;
  }
  // Below -1: the depth of a node that was there before.
  let above = at >= 0 ? depth[at]! : at === -1 ? -1 : -2 - at;
  if (above === VISITING) {
    const cut = path[path.length - 1]!;
    parent[cut] = -1;
    flags[cut] = flags[cut]! | NODE.cycle;
    above = -1;
  }
  for (let i = path.length - 1; i >= 0; i -= 1) {
    above = Math.min(MAX_DEPTH, above + 1);
    depth[path[i]!] = above;
  }
}
