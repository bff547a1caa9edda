import type { TelemetryStatus } from '../../../shared/telemetrySettings.ts';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { Stat } from '../../ui/Stat.tsx';
import { componentGap } from './healthFigures.ts';
import type { Column } from './sortRows.ts';
import { SortTable } from './SortTable.tsx';

type Row = TelemetryStatus['components'][string] & { readonly name: string };
const number = (
  id: 'operations' | 'spans' | 'rows' | 'leftOut' | 'errors' | 'slow',
  label: string,
  about?: string,
): Column<Row> => ({
  id,
  label,
  align: 'right',
  value: (row) => row[id],
  cell: (row) => (row[id] === 0 ? <span className="faint">0</span> : formatCount(row[id])),
  ...(about === undefined ? {} : { about }),
});
const COLUMNS: readonly Column<Row>[] = [
  { id: 'name', label: 'Component', value: ({ name }) => name, cell: ({ name }) => name },
  { id: 'mode', label: 'Mode', value: ({ mode }) => mode, cell: ({ mode }) => mode },
  number('operations', 'Operations'),
  number('spans', '= spans', 'Recorded as spans of their own'),
  number('rows', '+ rows', 'Recorded as rows, which become spans when they are read'),
  number('leftOut', '+ counted', 'Counted alone: their mode leaves them out'),
  {
    id: 'gap',
    label: 'Adds up',
    about: 'Operations less spans, rows and those counted alone',
    align: 'right',
    value: (row) => Math.abs(componentGap(row)),
    cell: (row) => <Sum gap={componentGap(row)} />,
  },
  number('errors', 'Failed'),
  number('slow', 'Slow', 'Recorded because they were slow'),
];

export function Sum({ gap }: { readonly gap: number }) {
  if (gap === 0) {
    return (
      <span className="is-good">
        ✓<span className="visually-hidden"> adds up</span>
      </span>
    );
  }
  return (
    <span title="Counted while some were under way, or a fault">
      {gap > 0 ? `${formatCount(gap)} under way` : `off by ${formatCount(-gap)}`}
    </span>
  );
}

/** Operations of each component, and what became of the spans. */
export function HealthRecording({ telemetry }: { readonly telemetry: TelemetryStatus }) {
  const { components, spans, store, memory } = telemetry;
  const rows = Object.entries(components).map(([name, counts]) => ({ name, ...counts }));
  return (
    <section className="figure-section" aria-label="Recording">
      <h3>
        Recording <span className="faint small">since the program started</span>
      </h3>
      <div className="table-scroll">
        <SortTable
          label="Operations by component"
          testId="health-components"
          columns={COLUMNS}
          rows={rows}
          rowKey={({ name }) => name}
          start={{ id: '', isDown: true }}
        />
      </div>
      <dl className="stats">
        <Stat
          label="Full spans"
          value={formatCount(spans.started)}
          note={`${formatCount(spans.ended)} ended`}
        />
        <Stat
          label="In live memory"
          value={formatCount(spans.held)}
          note={`${formatCount(spans.evicted)} gone for newer`}
        />
        <Stat label="Sampled out" value={formatCount(spans.headDropped + spans.tailDropped)} />
        <Stat label="Waiting for their trace’s end" value={formatCount(spans.undecided)} />
        <Stat label="Written to the store" value={formatCount(store.written)} note="rows included" />
        <Stat
          label="Lost"
          value={formatCount(store.lost + store.failed)}
          tone={store.lost + store.failed > 0 ? 'bad' : undefined}
        />
        <Stat label="Memory" value={formatBytes(memory.columnBytes + memory.textBytes + memory.rowBytes)} />
      </dl>
    </section>
  );
}
