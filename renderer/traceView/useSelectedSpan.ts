import { useCallback, useEffect, useState } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';

export type SelectedSpan = {
  /** -1 for none, and while the span has not arrived. */
  readonly node: number;
  readonly spanId: string | null;
  readonly select: (node: number) => void;
};

/**
 * The selected span, by its id: nodes mean something else after a rebuild, and a link may lead to what has not
 * arrived yet.
 */
export function useSelectedSpan(
  tree: TraceTree,
  revision: number,
  initialSpanId: string | undefined,
): SelectedSpan {
  const [node, setNode] = useState(-1);
  const [spanId, setSpanId] = useState(initialSpanId ?? null);
  const select = useCallback(
    (next: number) => {
      setSpanId(next < 0 ? null : tree.table.record(tree.row(next)).spanId);
      setNode(next);
    },
    [tree],
  );
  const isAwaited = spanId !== null && node < 0;
  useEffect(() => {
    if (spanId !== null) setNode(tree.nodeOf(spanId));
    // Of spans with the same id the one that was chosen stays.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, tree.rebuilds, isAwaited ? revision : 0]);
  return { node: node < tree.size ? node : -1, spanId, select };
}
