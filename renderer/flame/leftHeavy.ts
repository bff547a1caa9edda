/**
 * A trace merged by call path: spans with the same names from the root down are one box, the heaviest on the
 * left. A box is as wide as the time in its spans with nothing else running below them, plus its children:
 * so children always fit, and concurrent work adds up beyond the wall time.
 */
import { formatDuration } from '../../shared/units.ts';
import { colourIndex } from '../derive/palette.ts';
import { NODE, sortByStart } from '../derive/traceTree.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { ENTRY_ERROR, ENTRY_SOME_ERRORS } from '../derive/tracks.ts';
import type { TrackChunk } from '../derive/tracks.ts';
import { countOf } from './flameModel.ts';
import type { FlameModel } from './flameModel.ts';

export type CallPaths = {
  readonly count: number;
  /** Path of every node of the tree. */
  readonly pathOf: Int32Array;
  /** -1 for the outermost. A parent's number is below its children's. */
  readonly parent: readonly number[];
  readonly depth: readonly number[];
  readonly nameId: readonly number[];
  readonly spans: readonly number[];
  readonly errors: readonly number[];
  /** Sum of durations, in ms. */
  readonly totalMs: readonly number[];
  /** Sum of self times, in ms. */
  readonly selfMs: readonly number[];
  /** Self times of the path and all below it: the width. */
  readonly weightMs: readonly number[];
  /** The longest span of the path. */
  readonly longest: readonly number[];
  /** Left edge, in ms of weight. */
  readonly offsetMs: readonly number[];
};

/** Merges a tree by call path. About a third of a second at a million spans. */
export function callPaths(tree: TraceTree, nowMs: number): CallPaths {
  const n = tree.size;
  const self = selfTimes(tree, nowMs);
  const pathOf = new Int32Array(n).fill(-1);
  const parent: number[] = [];
  const depth: number[] = [];
  const nameId: number[] = [];
  const spans: number[] = [];
  const errors: number[] = [];
  const totalMs: number[] = [];
  const selfMs: number[] = [];
  const longest: number[] = [];
  const longestMs: number[] = [];
  const known = new Map<number, number>();
  const names = tree.table.nameCount + 1;
  const waiting: number[] = [];
  for (let first = 0; first < n; first += 1) {
    // Parents first, wherever they arrived.
    for (let node = first; node >= 0 && pathOf[node] === -1; node = tree.parent(node)) waiting.push(node);
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      const up = tree.parent(node);
      const upPath = up < 0 ? -1 : pathOf[up]!;
      const id = tree.nameId(node);
      const key = (upPath + 1) * names + id;
      let path = known.get(key);
      if (path === undefined) {
        path = parent.length;
        known.set(key, path);
        parent.push(upPath);
        depth.push(upPath < 0 ? 0 : depth[upPath]! + 1);
        nameId.push(id);
        for (const sums of [spans, errors, totalMs, selfMs]) sums.push(0);
        longest.push(node);
        longestMs.push(-1);
      }
      pathOf[node] = path;
      const length = tree.endMs(node, nowMs) - tree.startMs(node);
      spans[path]! += 1;
      totalMs[path]! += length;
      selfMs[path]! += self[node]!;
      if ((tree.flags(node) & NODE.error) !== 0) errors[path]! += 1;
      if (length > longestMs[path]!) {
        longestMs[path] = length;
        longest[path] = node;
      }
    }
  }
  const weightMs = selfMs.slice();
  for (let path = parent.length - 1; path >= 0; path -= 1) {
    if (parent[path]! >= 0) weightMs[parent[path]!]! += weightMs[path]!;
  }
  const order = parent.map((_, path) => path).sort((a, b) => weightMs[b]! - weightMs[a]! || a - b);
  order.sort((a, b) => depth[a]! - depth[b]!);
  const offsetMs = new Array<number>(parent.length).fill(0);
  const used = new Array<number>(parent.length).fill(0);
  let roots = 0;
  for (const path of order) {
    const up = parent[path]!;
    offsetMs[path] = up < 0 ? roots : offsetMs[up]! + used[up]!;
    if (up < 0) roots += weightMs[path]!;
    else used[up]! += weightMs[path]!;
  }
  const count = parent.length;
  return {
    count,
    pathOf,
    parent,
    depth,
    nameId,
    spans,
    errors,
    totalMs,
    selfMs,
    weightMs,
    longest,
    offsetMs,
  };
}

/** Self time of every node, in one pass over the spans in order of start. */
function selfTimes(tree: TraceTree, nowMs: number): Float64Array {
  const n = tree.size;
  const self = new Float64Array(n);
  const coveredTo = new Float64Array(n);
  const nodes = new Int32Array(n);
  for (let node = 0; node < n; node += 1) {
    nodes[node] = node;
    coveredTo[node] = tree.startMs(node);
    self[node] = tree.endMs(node, nowMs) - tree.startMs(node);
  }
  for (const node of sortByStart(nodes, (item) => tree.startMs(item))) {
    const parent = tree.parent(node);
    if (parent < 0) continue;
    const from = Math.max(coveredTo[parent]!, tree.startMs(node));
    const to = Math.min(tree.endMs(parent, nowMs), tree.endMs(node, nowMs));
    if (to <= from) continue;
    self[parent]! -= to - from;
    coveredTo[parent] = to;
  }
  return self;
}

/** The rows to draw: one a depth, each sorted from left to right. */
export function callPathRows(
  tree: TraceTree,
  paths: CallPaths,
): readonly { readonly chunks: readonly TrackChunk[] }[] {
  const rows: number[][] = [];
  for (let path = 0; path < paths.count; path += 1) (rows[paths.depth[path]!] ??= []).push(path);
  return rows.map((row) => {
    row.sort((a, b) => paths.offsetMs[a]! - paths.offsetMs[b]! || paths.weightMs[a]! - paths.weightMs[b]!);
    // Sums are rounded, so an edge may pass its neighbour's by a last digit: the rows must be in order.
    let last = -Infinity;
    const end = row.map((path) => (last = Math.max(last, paths.offsetMs[path]! + paths.weightMs[path]!)));
    return {
      chunks: [
        {
          count: row.length,
          start: Float64Array.from(row, (path, i) =>
            Math.max(paths.offsetMs[path]!, end[i - 1] ?? -Infinity),
          ),
          end: Float64Array.from(end),
          item: Int32Array.from(row),
          flags: Uint8Array.from(row, (path) => errorFlag(paths, path)),
          colour: Uint8Array.from(row, (path) => colourIndex(tree.table.nameOf(paths.nameId[path]!))),
        },
      ],
    };
  });
}

function errorFlag(paths: CallPaths, path: number): number {
  const errors = paths.errors[path]!;
  return errors === 0 ? 0 : errors === paths.spans[path] ? ENTRY_ERROR : ENTRY_SOME_ERRORS;
}

/** Before a time that is added up over spans. */
const SUM = 'Σ ';

/** Call paths as `FlameGraph` draws them. */
export function leftHeavyModel(tree: TraceTree, paths: CallPaths): FlameModel {
  const labels = paths.nameId.map((id) => tree.table.nameOf(id));
  let total = 0;
  for (let path = 0; path < paths.count; path += 1)
    if (paths.parent[path] === -1) total += paths.weightMs[path]!;
  const share = (path: number) =>
    total > 0 ? `${((100 * paths.weightMs[path]!) / total).toFixed(1)} %` : '–';
  // What a single span took by the clock is no sum, unless work that ran at once below it widens it.
  const isSum = (path: number) =>
    paths.spans[path]! > 1 ||
    Math.abs(paths.weightMs[path]! - paths.totalMs[path]!) > 1e-6 * paths.totalMs[path]! + 1e-6;
  const timeOf = (path: number) => (isSum(path) ? SUM : '') + formatDuration(paths.weightMs[path]!);
  const childrenOf = (parent: number) =>
    Array.from({ length: paths.count }, (_, path) => path)
      .filter((path) => paths.parent[path] === parent)
      .sort((a, b) => paths.offsetMs[a]! - paths.offsetMs[b]!);
  return {
    columns: { rows: callPathRows(tree, paths) },
    identity: paths,
    extent: () => [0, total],
    rowOf: (path) => paths.depth[path]!,
    startMs: (path) => paths.offsetMs[path]!,
    endMs: (path) => paths.offsetMs[path]! + paths.weightMs[path]!,
    labelOf: (path) => (paths.spans[path]! > 1 ? `${labels[path]} ×${paths.spans[path]}` : labels[path]!),
    noteOf: (path) => timeOf(path) + (paths.errors[path]! > 0 ? `, ${paths.errors[path]} failed` : ''),
    axisPrefix: SUM,
    move(path, to) {
      if (path < 0) return childrenOf(-1)[0] ?? -1;
      if (to === 'parent') return paths.parent[path]!;
      if (to === 'child') return childrenOf(path)[0] ?? -1;
      const siblings = childrenOf(paths.parent[path]!);
      return siblings[siblings.indexOf(path) + (to === 'next' ? 1 : -1)] ?? -1;
    },
    describe(path) {
      const errors = paths.errors[path]!;
      return [
        { label: 'Call path', value: labels[path]! },
        { label: 'Time', value: `${timeOf(path)} (${share(path)})` },
        { label: 'Self', value: formatDuration(paths.selfMs[path]!) },
        { label: 'Durations added up', value: formatDuration(paths.totalMs[path]!) },
        { label: 'Spans', value: countOf(paths.spans[path]!, 'span') },
        ...(errors > 0 ? [{ label: 'Failed', value: countOf(errors, 'span'), tone: 'danger' as const }] : []),
      ];
    },
  };
}
