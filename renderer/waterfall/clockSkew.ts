/**
 * Clocks of two machines that differ: seen where a span of another service begins before the span that called it, or a
 * served call begins after its caller had its answer. Neither can happen, so the times of one of them are off.
 *
 * What it takes to bring such a span back is Jaeger's rule for it (jaeger, `clockskew/adjuster.go`): the middle of the
 * caller where it fits into it, else the caller's start; spans of the same service below move along. A span that only
 * outlasts its caller is left alone: work may go on behind a caller's back.
 */
import { sortByKey } from '../../shared/analysis/children.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { kidsOf } from './waterfallIndex.ts';
import type { TraceIndex } from './waterfallIndex.ts';

export type ClockSkew = {
  /** What to add to the times of each node. */
  readonly shiftMs: Float64Array;
  /** A service whose clock is off against those who call it. */
  readonly found: readonly {
    readonly service: string;
    readonly caller: string;
    /** Its clock is ahead by so much; median of its calls. */
    readonly aheadMs: number;
    readonly calls: number;
  }[];
};

/** Below this, clocks agree. */
const SLACK_MS = 0.01;

/** `null` where all clocks agree. */
export function clockSkew(tree: TraceTree, index: TraceIndex): ClockSkew | null {
  if (index.services < 2) return null;
  const { table } = tree;
  const shiftMs = new Float64Array(index.count);
  const byPair = new Map<string, { service: string; caller: string; shifts: number[] }>();
  const pending = [...index.roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const kid of kidsOf(index, node)) {
      pending.push(kid);
      shiftMs[kid] = shiftMs[node]!;
      if (index.service[kid] === index.service[node]) continue;
      const isServed = table.kind(tree.row(kid)) === 'server' && table.kind(tree.row(node)) === 'client';
      // Where it agrees with its caller as recorded, both have the same clock, or the same fault.
      if (shiftOf(index, kid, node, 0, isServed) === 0) continue;
      const by = shiftOf(index, kid, node, shiftMs[node]!, isServed);
      shiftMs[kid] = by;
      if (by === 0) continue;
      const service = table.serviceOf(tree.row(kid));
      const caller = table.serviceOf(tree.row(node));
      const key = `${service}\n${caller}`;
      const pair = byPair.get(key) ?? { service, caller, shifts: [] };
      pair.shifts.push(by - shiftMs[node]!);
      byPair.set(key, pair);
    }
  }
  if (byPair.size === 0) return null;
  const found = [...byPair.values()].map(({ service, caller, shifts }) => {
    const sorted = shifts.toSorted((a, b) => a - b);
    return { service, caller, aheadMs: -sorted[sorted.length >> 1]!, calls: shifts.length };
  });
  return { shiftMs, found };
}

function shiftOf(
  { startMs, endMs }: TraceIndex,
  kid: number,
  parent: number,
  parentShiftMs: number,
  isServed: boolean,
): number {
  const from = startMs[parent]! + parentShiftMs;
  const to = endMs[parent]! + parentShiftMs;
  const isEarly = startMs[kid]! < from - SLACK_MS;
  const isLate = isServed && startMs[kid]! > to + SLACK_MS;
  if (!isEarly && !isLate) return 0;
  const spare = to - from - (endMs[kid]! - startMs[kid]!);
  return from + Math.max(0, spare / 2) - startMs[kid]!;
}

/** The trace with its clocks brought together. */
export function adjusted(index: TraceIndex, { shiftMs }: ClockSkew): TraceIndex {
  const startMs = index.startMs.map((ms, node) => ms + shiftMs[node]!);
  const endMs = index.endMs.map((ms, node) => ms + shiftMs[node]!);
  const kids = index.kids.slice();
  for (let node = 0; node < index.count; node += 1)
    sortByKey(kids, index.from[node]!, index.from[node + 1]!, startMs);
  return { ...index, startMs, endMs, kids };
}
