import type {
  ExporterState,
  Signal,
  SignalCounts,
  TelemetryStatus,
} from '../../../shared/telemetrySettings.ts';
import { formatBytes, formatCount, formatDuration } from '../../../shared/units.ts';
import { formatWhen } from '../../derive/clock.ts';
import { Badge } from '../../ui/Badge.tsx';
import type { Tone } from '../../ui/Badge.tsx';
import { Sum } from './HealthRecording.tsx';
import { signalGap } from './healthFigures.ts';
import type { Column } from './sortRows.ts';
import { SortTable } from './SortTable.tsx';

type Exporter = TelemetryStatus['exporters'][number];
type Row = SignalCounts & { readonly exporter: Exporter; readonly signal: Signal | null };
const TONES: Readonly<Record<ExporterState, Tone>> = {
  idle: 'neutral',
  ok: 'good',
  waiting: 'warn',
  failed: 'bad',
  off: 'neutral',
};
const number = (id: keyof SignalCounts, label: string): Column<Row> => ({
  id,
  label,
  align: 'right',
  value: (row) => row[id],
  cell: (row) => (row[id] === 0 ? <span className="faint">0</span> : formatCount(row[id])),
});
const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'exporter',
    label: 'Exporter',
    value: ({ exporter }) => exporter.id,
    cell: ({ exporter }) => (
      <span className="operation-name">
        <span>
          {exporter.id} <Badge tone={TONES[exporter.state]}>{exporter.state}</Badge>
        </span>
        <span className="faint small">{exporter.target}</span>
      </span>
    ),
  },
  { id: 'signal', label: 'Signal', value: ({ signal }) => signal, cell: ({ signal }) => signal ?? '–' },
  number('taken', 'Taken'),
  number('sent', '= sent'),
  number('queued', '+ queued'),
  number('spooled', '+ on disk'),
  number('rejected', '+ refused'),
  number('dropped', '+ given up'),
  { id: 'gap', label: 'Adds up', align: 'right', cell: (row) => <Sum gap={signalGap(row)} /> },
  {
    id: 'latency',
    label: 'Latency',
    about: 'Of the last request that arrived',
    align: 'right',
    value: ({ exporter }) => exporter.latencyMs,
    cell: ({ exporter }) => (exporter.latencyMs === null ? '–' : formatDuration(exporter.latencyMs)),
  },
  {
    id: 'last',
    label: 'Last sent',
    align: 'right',
    value: ({ exporter }) => exporter.lastSentMs,
    cell: ({ exporter }) => (exporter.lastSentMs === null ? '–' : formatWhen(exporter.lastSentMs)),
  },
  {
    id: 'spool',
    label: 'Disk',
    align: 'right',
    value: ({ exporter }) => exporter.spoolBytes,
    cell: ({ exporter }) => formatBytes(exporter.spoolBytes),
  },
];
const NONE: SignalCounts = { taken: 0, sent: 0, rejected: 0, dropped: 0, queued: 0, spooled: 0 };

/** What each exporter took and what became of it, a row a signal. */
export function HealthExporters({ exporters }: { readonly exporters: readonly Exporter[] }) {
  const rows = exporters.flatMap((exporter): Row[] => {
    const signals = Object.entries(exporter.signals) as [Signal, SignalCounts][];
    return signals.length === 0
      ? [{ exporter, signal: null, ...NONE }]
      : signals.map(([signal, counts]) => ({ exporter, signal, ...counts }));
  });
  return (
    <section className="figure-section" aria-label="Exporters">
      <h3>Exporters</h3>
      {rows.length === 0 ? (
        <p className="muted">None: nothing leaves this machine. Settings, Telemetry, has them.</p>
      ) : (
        <div className="table-scroll">
          <SortTable
            label="Exporters"
            columns={COLUMNS}
            rows={rows}
            rowKey={({ exporter, signal }) => `${exporter.source} ${exporter.id} ${signal}`}
            start={{ id: '', isDown: true }}
          />
        </div>
      )}
    </section>
  );
}
