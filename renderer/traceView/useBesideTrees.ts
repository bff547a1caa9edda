import { useEffect, useMemo, useState } from 'react';
import type { TraceAbsence } from '../../shared/traceQuery.ts';
import { formatMoment } from '../derive/clock.ts';
import { toCallError } from '../api.ts';
import { bridge } from '../bridge.ts';
import { SpanTable } from '../derive/spanTable.ts';
import { TraceTree } from '../derive/traceTree.ts';

export type BesideTree = {
  readonly traceId: string;
  readonly tree: TraceTree | null;
  /** Why there is no tree; `null` while it is on its way. */
  readonly fault: string | null;
};

/** Each trace in a table of its own, as it arrives; those that are held already are there at once. */
export function useBesideTrees(
  traceIds: readonly string[],
  spans: SpanTable | undefined,
): readonly BesideTree[] {
  const [loaded, setBesideTree] = useState<ReadonlyMap<string, BesideTree>>(new Map());
  const key = traceIds.join(' ');
  useEffect(() => {
    const ids = key === '' ? [] : key.split(' ');
    let isWanted = true;
    const put = (one: BesideTree) => isWanted && setBesideTree((was) => new Map(was).set(one.traceId, one));
    for (const traceId of ids) {
      const api = bridge();
      if (spans?.trace(traceId) != null) put({ traceId, tree: treeOf(spans, traceId), fault: null });
      else if (api === null) put({ traceId, tree: null, fault: 'This trace is not here.' });
      else {
        api
          .trace({ traceId })
          .then(async (bytes) => {
            const table = new SpanTable();
            table.upsertPacked(bytes);
            if (table.trace(traceId) !== null)
              return put({ traceId, tree: treeOf(table, traceId), fault: null });
            return put({ traceId, tree: null, fault: absenceText(await api.traceAbsence({ traceId })) });
          })
          .catch((thrown: unknown) => put({ traceId, tree: null, fault: toCallError(thrown).message }));
      }
    }
    return () => {
      isWanted = false;
    };
  }, [key, spans]);
  return useMemo(
    () =>
      (key === '' ? [] : key.split(' ')).map(
        (traceId) => loaded.get(traceId) ?? { traceId, tree: null, fault: null },
      ),
    [key, loaded],
  );
}

function treeOf(table: SpanTable, traceId: string): TraceTree {
  const tree = new TraceTree(table, traceId);
  tree.update();
  return tree;
}

function absenceText(absence: TraceAbsence): string {
  return absence.reason === 'pruned'
    ? `Pruned at ${formatMoment(absence.atMs, false)} to keep the store within its limits.`
    : 'The store does not have this trace.';
}
