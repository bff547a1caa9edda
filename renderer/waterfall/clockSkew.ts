/** Clocks that differ within a trace: whose, by how much, and the trace with them brought together. */
import { sortByKey } from '../../shared/analysis/children.ts';
import { shiftInto } from '../../shared/analysis/clockShift.ts';
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
  const caller = { startMs: startMs[parent]! + parentShiftMs, endMs: endMs[parent]! + parentShiftMs };
  return shiftInto(caller, { startMs: startMs[kid]!, endMs: endMs[kid]! }, isServed);
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
