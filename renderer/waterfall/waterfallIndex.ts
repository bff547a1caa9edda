/**
 * One state of a trace as the waterfall walks it: columns with an entry a node, and all children in order of start
 * in one list. Made in one pass instead of following the tree's links node by node, which is what opening and
 * unfolding a large trace used to cost.
 */
import { childrenOf, sortByKey } from '../../shared/analysis/children.ts';
import type { TraceColumns } from '../../shared/analysis/traceColumns.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { ENTRY_ERROR, ENTRY_OPEN } from '../derive/tracks.ts';

export type TraceIndex = TraceColumns & {
  /** Number of each node's name, as in the table. */
  readonly name: Int32Array;
  /** Number of each node's service, as in the table. */
  readonly service: Int32Array;
  readonly depth: Uint16Array;
  readonly isError: Uint8Array;
  readonly isOpen: Uint8Array;
  /** Children of `node` in order of start: `kids[from[node]]` up to `kids[from[node + 1]]`. */
  readonly from: Int32Array;
  readonly kids: Int32Array;
  readonly roots: Int32Array;
  /** Different services. */
  readonly services: number;
};

/** @param nowMs the end of what is open, in ms after the trace's origin */
export function traceIndex(tree: TraceTree, nowMs: number): TraceIndex {
  const { startMs, endMs, parent, name, depth, flags } = tree.batch(0);
  const count = parent.length;
  const service = new Int32Array(count);
  const isError = new Uint8Array(count);
  const isOpen = new Uint8Array(count);
  const seen = new Set<number>();
  let roots = 0;
  let last = -1;
  for (let node = 0; node < count; node += 1) {
    if ((flags[node]! & ENTRY_OPEN) !== 0) {
      isOpen[node] = 1;
      endMs[node] = Math.max(startMs[node]!, nowMs);
    }
    if ((flags[node]! & ENTRY_ERROR) !== 0) isError[node] = 1;
    const id = tree.table.serviceId(tree.row(node));
    service[node] = id;
    if (id !== last) seen.add((last = id));
    if (parent[node]! < 0) roots += 1;
  }
  const columns = { count, parent, startMs, endMs };
  const { from, spans } = childrenOf(columns);
  for (let node = 0; node < count; node += 1) {
    if (from[node + 1]! - from[node]! > 1) sortByKey(spans, from[node]!, from[node + 1]!, startMs);
  }
  const tops = new Int32Array(roots);
  for (let node = count - 1; node >= 0; node -= 1) if (parent[node]! < 0) tops[(roots -= 1)] = node;
  sortByKey(tops, 0, tops.length, startMs);
  return {
    ...columns,
    name,
    service,
    depth,
    isError,
    isOpen,
    from,
    kids: spans,
    roots: tops,
    services: seen.size,
  };
}

/**
 * The index without the hidden nodes: what is below one stands below the nearest that is shown. Times, and so own time
 * and critical path, are to be asked of the whole index. `parent` of a hidden node is the nearest that is shown.
 */
export function liftedIndex(index: TraceIndex, isHidden: (node: number) => boolean): TraceIndex {
  const { count, startMs } = index;
  const UNKNOWN = -2;
  const parent = new Int32Array(count).fill(UNKNOWN);
  const hidden = new Uint8Array(count);
  for (let node = 0; node < count; node += 1) if (isHidden(node)) hidden[node] = 1;
  const path: number[] = [];
  for (let node = 0; node < count; node += 1) {
    let at = node;
    while (parent[at] === UNKNOWN) {
      path.push(at);
      const above = index.parent[at]!;
      if (above < 0 || hidden[above] === 0) parent[at] = above;
      else at = above;
    }
    const shown = parent[at]!;
    while (path.length > 0) parent[path.pop()!] = shown;
  }
  const { from, spans } = childrenOf({
    ...index,
    parent: parent.map((up, node) => (hidden[node] === 1 ? -1 : up)),
  });
  for (let node = 0; node < count; node += 1) {
    if (from[node + 1]! - from[node]! > 1) sortByKey(spans, from[node]!, from[node + 1]!, startMs);
  }
  const roots = Int32Array.from(
    (function* () {
      for (let node = 0; node < count; node += 1) if (parent[node]! < 0 && hidden[node] === 0) yield node;
    })(),
  );
  sortByKey(roots, 0, roots.length, startMs);
  const depth = new Uint16Array(count);
  const pending = [...roots];
  while (pending.length > 0) {
    const node = pending.pop()!;
    for (let at = from[node]!; at < from[node + 1]!; at += 1) {
      depth[spans[at]!] = depth[node]! + 1;
      pending.push(spans[at]!);
    }
  }
  return { ...index, parent, from, kids: spans, roots, depth };
}

/** Of -1: the roots. In order of start; not to be written to. */
export function kidsOf(index: TraceIndex, node: number): Int32Array {
  return node < 0 ? index.roots : index.kids.subarray(index.from[node], index.from[node + 1]);
}

export function hasKids(index: TraceIndex, node: number): boolean {
  return index.from[node + 1]! > index.from[node]!;
}

/** 1 for every node that is marked or has one below it that is. */
export function withAncestors({ parent, count }: TraceColumns, marked: Uint8Array): Uint8Array {
  const found = new Uint8Array(count);
  const known = Math.min(count, marked.length);
  for (let node = 0; node < known; node += 1) {
    if (marked[node] !== 1) continue;
    for (let up = node; up >= 0 && found[up] === 0; up = parent[up]!) found[up] = 1;
  }
  return found;
}

/** Time in which none of its children ran, in ms, if it ends at `endMs` and what is open below it at `nowMs`. */
export function ownMs(index: TraceIndex, node: number, endMs: number, nowMs: number): number {
  const start = index.startMs[node]!;
  let own = endMs - start;
  let covered = start;
  for (const kid of kidsOf(index, node)) {
    const from = Math.max(covered, index.startMs[kid]!);
    const kidEndMs = index.isOpen[kid] === 1 ? Math.max(nowMs, index.endMs[kid]!) : index.endMs[kid]!;
    const to = Math.min(endMs, kidEndMs);
    if (to <= from) continue;
    own -= to - from;
    covered = to;
  }
  return Math.max(0, own);
}
