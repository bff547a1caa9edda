import { useMemo } from 'react';
import type { Shown } from '../derive/shownTrace.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { traceCallTree } from '../flame/traceCallTree.ts';
import type { TraceCallTree } from '../flame/traceCallTree.ts';
import { useFallingBehind } from '../waterfall/useClock.ts';

/** Boxes that change places ten times a second cannot be read. */
const MIN_GAP_MS = 125;

/** What is shown of one trace, merged by call path; behind a trace that grows. */
export function useTraceCallTree(
  tree: TraceTree,
  revision: number,
  clock: () => number,
  shown: Shown,
): TraceCallTree {
  const pace = useFallingBehind(revision);
  return useMemo(() => {
    const began = performance.now();
    const found = traceCallTree(tree, clock(), shown);
    pace.took(Math.max(MIN_GAP_MS, performance.now() - began));
    return found;
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, clock, shown, pace.revision]);
}
