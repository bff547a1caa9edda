import { useEffect, useMemo, useState } from 'react';
import type { SpanTable } from '../derive/spanTable.ts';
import { TraceTree } from '../derive/traceTree.ts';
import { placeAhead } from '../flame/workerRenderer.ts';

const STALE_RETRY_MS = 120;

/** The tree of a trace, up to date with the table's `version`. `revision` grows with every change of it. */
export function useTraceTree(
  table: SpanTable,
  traceId: string,
  version: number,
): { tree: TraceTree; revision: number } {
  const tree = useMemo(() => new TraceTree(table, traceId), [table, traceId]);
  const [retry, setRetry] = useState(0);
  // Updating twice changes nothing, so it may happen while rendering: children then see one state of the tree.
  useMemo(() => {
    tree.update();
    placeAhead(tree);
    // Both say that there may be something to take in.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, version, retry]);
  useEffect(() => {
    table.watch(traceId);
    return () => table.watch(null);
  }, [table, traceId]);
  const { isStale } = tree;
  useEffect(() => {
    if (!isStale) return undefined;
    const timer = setTimeout(() => setRetry((count) => count + 1), STALE_RETRY_MS);
    return () => clearTimeout(timer);
  }, [isStale, version, retry]);
  return { tree, revision: tree.revision };
}
