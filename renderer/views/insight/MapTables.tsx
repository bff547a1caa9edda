import { useMemo } from 'react';
import type { ServiceMap } from '../../../shared/traceQuery.ts';
import { formatCount, formatDuration, formatPercent } from '../../../shared/units.ts';
import { openEdge, openNode } from './mapActions.ts';
import type { Column } from './sortRows.ts';
import { SortTable } from './SortTable.tsx';

type Edge = ServiceMap['edges'][number];

const NODE_COLUMNS: readonly Column<ServiceMap['nodes'][number]>[] = [
  {
    id: 'id',
    label: 'Node',
    value: ({ id }) => id,
    cell: (node) => (
      <button data-action="Open service" type="button" className="link" onClick={() => openNode(node)}>
        {node.id}
      </button>
    ),
  },
  { id: 'kind', label: 'Kind', value: ({ kind }) => kind, cell: ({ kind }) => kind },
  {
    id: 'spans',
    label: 'Spans',
    align: 'right',
    value: ({ spans }) => spans,
    cell: ({ spans }) => formatCount(spans),
  },
  {
    id: 'errors',
    label: 'Errors',
    align: 'right',
    value: ({ errors, spans }) => errors / Math.max(1, spans),
    cell: ({ errors, spans }) => formatPercent(errors / Math.max(1, spans)),
  },
  {
    id: 'p95',
    label: 'p95',
    align: 'right',
    value: ({ p95Ms }) => p95Ms,
    cell: ({ p95Ms }) => formatDuration(p95Ms),
  },
];
const edgeColumns = (map: ServiceMap): readonly Column<Edge>[] => [
  {
    id: 'from',
    label: 'From',
    value: ({ from }) => from,
    cell: (edge) => (
      <button data-action="Open calls" type="button" className="link" onClick={() => openEdge(edge, map)}>
        {edge.from}
      </button>
    ),
  },
  { id: 'to', label: 'To', value: ({ to }) => to, cell: ({ to }) => to },
  {
    id: 'calls',
    label: 'Calls',
    align: 'right',
    value: ({ calls }) => calls,
    cell: ({ calls }) => formatCount(calls),
  },
  {
    id: 'errors',
    label: 'Errors',
    align: 'right',
    value: ({ errors, calls }) => errors / Math.max(1, calls),
    cell: ({ errors, calls }) => formatPercent(errors / Math.max(1, calls)),
  },
  {
    id: 'p50',
    label: 'p50',
    align: 'right',
    value: ({ p50Ms }) => p50Ms,
    cell: ({ p50Ms }) => formatDuration(p50Ms),
  },
  {
    id: 'p95',
    label: 'p95',
    align: 'right',
    value: ({ p95Ms }) => p95Ms,
    cell: ({ p95Ms }) => formatDuration(p95Ms),
  },
];

/** The service map as two tables. */
export function MapTables({ map }: { readonly map: ServiceMap }) {
  const columns = useMemo(() => edgeColumns(map), [map]);
  return (
    <div className="insight-pad">
      <section className="figure-section" aria-label="Nodes">
        <h3>Nodes</h3>
        <SortTable
          label="Nodes"
          columns={NODE_COLUMNS}
          rows={map.nodes}
          rowKey={({ id }) => id}
          start={{ id: 'spans', isDown: true }}
        />
      </section>
      <section className="figure-section" aria-label="Calls">
        <h3>Calls</h3>
        <SortTable
          label="Calls"
          columns={columns}
          rows={map.edges}
          rowKey={({ from, to }) => JSON.stringify([from, to])}
          start={{ id: 'calls', isDown: true }}
        />
      </section>
    </div>
  );
}
