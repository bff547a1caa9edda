import { useMemo } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import { clockSkew } from '../waterfall/clockSkew.ts';
import type { ClockSkew } from '../waterfall/clockSkew.ts';
import { useFallingBehind } from '../waterfall/useClock.ts';
import { traceIndex } from '../waterfall/waterfallIndex.ts';

/** Clocks that differ in a trace of several services; `null` where they agree. */
export function useClockSkew(tree: TraceTree, revision: number, clock: () => number): ClockSkew | null {
  const pace = useFallingBehind(revision);
  return useMemo(() => {
    const began = performance.now();
    const found = skewOf(tree, clock());
    // A look at every span: at a million of them a slow frame, so seldom while the trace grows.
    pace.took(Math.max(100, (performance.now() - began) * 12));
    return found;
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, tree.rebuilds, clock, pace.revision]);
}

/** @param nowMs the end of what is open, in ms after the trace's origin */
export function skewOf(tree: TraceTree, nowMs: number): ClockSkew | null {
  return hasSeveralServices(tree) ? clockSkew(tree, traceIndex(tree, nowMs)) : null;
}

function hasSeveralServices(tree: TraceTree): boolean {
  if (tree.size === 0) return false;
  const first = tree.table.serviceId(tree.row(0));
  for (let node = 1; node < tree.size; node += 1)
    if (tree.table.serviceId(tree.row(node)) !== first) return true;
  return false;
}
