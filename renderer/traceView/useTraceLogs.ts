import { useEffect, useMemo, useState } from 'react';
import type { LogRecord } from '../../shared/span.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { bridge, useAsked } from '../bridge.ts';
import { traceLogs } from '../waterfall/inPlaceRows.ts';
import type { TraceLogs } from '../waterfall/inPlaceRows.ts';

const LIMIT = 5000;

/** Log records of a trace, asked for when they are first wanted; while it is live, new ones as they come. */
export function useTraceLogs(
  tree: TraceTree,
  revision: number,
  isWanted: boolean,
  live: boolean,
): { readonly logs: TraceLogs | null; readonly fault: string | null; readonly isWaiting: boolean } {
  const { traceId } = tree;
  const asked = useAsked(isWanted ? traceId : null, (api) =>
    api.searchLogs({ query: '', fromMs: null, toMs: null, traceId, limit: LIMIT }),
  );
  const [fresh, setFresh] = useState<readonly LogRecord[]>([]);
  useEffect(() => {
    const api = bridge();
    setFresh([]);
    if (!isWanted || !live || api === null) return undefined;
    return api.onLogsAdded((added) => {
      const ours = added.filter((record) => record.traceId === traceId);
      if (ours.length > 0) setFresh((was) => [...was, ...ours].slice(-LIMIT));
    });
  }, [isWanted, live, traceId]);
  const { value } = asked;
  const logs = useMemo(() => {
    if (value === null) return null;
    const latest = value.items.at(-1)?.timeMs ?? -Infinity;
    const later = fresh.filter(({ timeMs }) => timeMs > latest);
    return traceLogs(tree, [...value.items, ...later], value.leftOut.more);
    // Spans that arrive give records their place.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, tree.rebuilds, value, fresh, live ? revision : 0]);
  return { logs, fault: asked.fault, isWaiting: asked.state === 'waiting' };
}
