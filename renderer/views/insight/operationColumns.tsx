import type { OperationStats } from '../../../shared/traceQuery.ts';
import { formatCount, formatDuration, formatPercent } from '../../../shared/units.ts';
import { binsOf, extentOf, placeOf } from '../../charts/distributionBins.ts';
import { Sparkline } from '../../charts/Sparkline.tsx';
import { operationRateText } from '../../../shared/formatRate.ts';
import type { Column } from './sortRows.ts';

const BINS = 32;
export const operationKey = ({ service, version, name, kind }: OperationStats) =>
  JSON.stringify([service, version, name, kind]);
export const operationName = ({ service, version, name }: OperationStats) =>
  name ?? (version === null ? service : `${service} ${version}`);

type Actions = {
  readonly onTraces: (row: OperationStats, errorsOnly: boolean) => void;
  readonly onOpen: (row: OperationStats) => void;
  readonly openKey: string | null;
  readonly by: 'operation' | 'version' | 'service';
};

export function operationColumns({
  onTraces,
  onOpen,
  openKey,
  by,
}: Actions): readonly Column<OperationStats>[] {
  const time = (
    id: keyof OperationStats & `${string}Ms`,
    label: string,
    about?: string,
  ): Column<OperationStats> => ({
    id,
    label,
    align: 'right',
    value: (row) => row[id],
    cell: (row) => formatDuration(row[id]),
    ...(about === undefined ? {} : { about }),
  });
  return [
    {
      id: 'name',
      label: by === 'service' ? 'Service' : 'Operation',
      value: operationName,
      cell: (row) => (
        <span className="operation-name">
          <button
            type="button"
            className="link"
            title="The traces that have it"
            data-action="operation.traces"
            onClick={() => onTraces(row, false)}
          >
            {operationName(row)}
          </button>
          {row.name !== null && (
            <span className="faint small">
              {row.service}
              {row.kind !== 'internal' && ` · ${row.kind}`}
            </span>
          )}
        </span>
      ),
    },
    ...(by === 'version'
      ? [
          {
            id: 'version',
            label: 'Version',
            value: (row: OperationStats) => row.version,
            cell: (row: OperationStats) => row.version ?? <span className="faint">none</span>,
          },
        ]
      : []),
    {
      id: 'rate',
      label: 'Rate',
      about:
        'How often it began, from its first start to its last; none where these are less than a second apart',
      align: 'right',
      value: ({ rate }) => rate,
      cell: (row) => (
        <span
          title={`${formatCount(row.count)} ended${row.open > 0 ? `, ${formatCount(row.open)} open` : ''}`}
        >
          {operationRateText(row)}
        </span>
      ),
    },
    {
      id: 'count',
      label: 'Count',
      align: 'right',
      value: ({ count }) => count,
      cell: ({ count }) => formatCount(count),
    },
    {
      id: 'errors',
      label: 'Errors',
      align: 'right',
      value: ({ errors, count, open }) => errors / Math.max(1, count + open),
      cell: (row) =>
        row.errors === 0 ? (
          <span className="faint">0</span>
        ) : (
          <button
            type="button"
            className="link has-errors"
            title={`${formatCount(row.errors)} failed: their traces`}
            data-action="operation.errors"
            onClick={() => onTraces(row, true)}
          >
            {formatPercent(row.errors / Math.max(1, row.count + row.open))}
          </button>
        ),
    },
    time('p50Ms', 'p50'),
    time('p95Ms', 'p95'),
    time('p99Ms', 'p99'),
    time('maxMs', 'Max'),
    time('totalMs', 'Total', 'All durations added up'),
    time('selfMs', 'Self', 'Time in which no child ran, added up'),
    {
      id: 'buckets',
      label: 'Distribution',
      about: 'Durations on a logarithmic axis of its own; marks at p50 and p95',
      cell: (row) => {
        const extent = extentOf([row.buckets]);
        if (extent === null) return <span className="faint small">no ended span</span>;
        return (
          <button
            type="button"
            className="spark-button"
            aria-expanded={openKey === operationKey(row)}
            aria-label={`Distribution of ${operationName(row)}, ${formatDuration(extent.fromMs)} to ${formatDuration(extent.toMs)}`}
            title={`${formatDuration(extent.fromMs)} – ${formatDuration(extent.toMs)}`}
            data-action="operation.distribution"
            onClick={() => onOpen(row)}
          >
            <Sparkline
              counts={binsOf(row.buckets, extent, BINS).counts}
              marks={[placeOf(row.p50Ms, extent), placeOf(row.p95Ms, extent)]}
            />
          </button>
        );
      },
    },
  ];
}
