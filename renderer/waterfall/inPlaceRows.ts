/** Events and log records that stand in the waterfall in their own place. */
import type { LogRecord } from '../../shared/span.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import type { InPlace } from './waterfallRows.ts';

/** Records of a trace, and those of each of its nodes (-1: of no span that is here). */
export type TraceLogs = {
  readonly records: readonly LogRecord[];
  readonly byNode: ReadonlyMap<number, readonly number[]>;
  /** There are more than were asked for. */
  readonly more: boolean;
};

export function traceLogs(tree: TraceTree, records: readonly LogRecord[], more: boolean): TraceLogs {
  const byNode = new Map<number, number[]>();
  for (const [at, { spanId }] of records.entries()) {
    const node = spanId === null ? -1 : tree.nodeOf(spanId);
    const of = byNode.get(node);
    if (of === undefined) byNode.set(node, [at]);
    else of.push(at);
  }
  return { records, byNode, more };
}

/** By node, in order of time; `null` where neither is asked for. */
export function inPlaceOf(
  tree: TraceTree,
  options: { readonly events: boolean; readonly logs: TraceLogs | null },
  shiftMs: Float64Array | null,
): ReadonlyMap<number, readonly InPlace[]> | null {
  const { events, logs } = options;
  if (!events && logs === null) return null;
  const found = new Map<number, InPlace[]>();
  const add = (entry: InPlace) => {
    const of = found.get(entry.node);
    if (of === undefined) found.set(entry.node, [entry]);
    else of.push(entry);
  };
  const shiftOf = (node: number) => (node < 0 ? 0 : (shiftMs?.[node] ?? 0));
  if (events) {
    for (let node = 0; node < tree.size; node += 1) {
      const of = tree.table.eventsOf(tree.row(node));
      for (const [at, { timeMs }] of of.entries())
        add({ kind: 'event', node, at, ms: timeMs - tree.originMs + shiftOf(node) });
    }
  }
  for (const [node, places] of logs?.byNode ?? []) {
    for (const at of places) {
      const ms = logs!.records[at]!.timeMs - tree.originMs + shiftOf(node);
      add({ kind: 'log', node, at, ms });
    }
  }
  for (const of of found.values()) of.sort((a, b) => a.ms - b.ms);
  return found;
}
