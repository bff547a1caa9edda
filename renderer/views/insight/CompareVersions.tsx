import { useMemo, useState } from 'react';
import type { OperationStats } from '../../../shared/traceQuery.ts';
import { formatCount, formatDuration, formatPercent } from '../../../shared/units.ts';
import { DistributionPlot } from '../../charts/DistributionPlot.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import type { Column } from './sortRows.ts';
import { SortTable } from './SortTable.tsx';
import { compareVersions, FEW_SPANS } from './versionChange.ts';
import type { Version, VersionRow } from './versionChange.ts';

type Props = { readonly rows: readonly OperationStats[]; readonly versions: readonly Version[] };
const rowKey = ({ name, kind }: VersionRow) => `${kind} ${name}`;

/** Two versions side by side, operation by operation. */
export function CompareVersions({ rows, versions }: Props) {
  const [chosenA, setA] = useState<string | null>(null);
  const [chosenB, setB] = useState<string | null>(null);
  const [openKey, setOpenKey] = useState<string | null>(null);
  const known = (id: string | null) => versions.find((version) => version.id === id);
  // The two newest, unless others were chosen.
  const b = known(chosenB) ?? versions.at(-1);
  const a = known(chosenA) ?? versions.at(-2);
  const compared = useMemo(() => (a && b ? compareVersions(rows, a.id, b.id) : []), [rows, a, b]);
  const columns = useMemo(() => compareColumns(openKey, setOpenKey), [openKey]);
  if (a === undefined || b === undefined) {
    return (
      <EmptyState
        icon="chart"
        title={versions.length === 0 ? 'No versions here' : `Only ${versions[0]!.label} here`}
      >
        A version is the attribute service.version of a program. Two of them in this time can be compared.
      </EmptyState>
    );
  }
  return (
    <>
      <div className="tab-tools">
        <VersionSelect label="Before" value={a} versions={versions} onSelect={setA} />
        <VersionSelect label="After" value={b} versions={versions} onSelect={setB} />
      </div>
      <div className="page-table">
        <SortTable
          label={`${a.label} against ${b.label}`}
          testId="versions"
          columns={columns}
          rows={compared}
          rowKey={rowKey}
          start={{ id: '', isDown: true }}
          renderBelow={(row) =>
            rowKey(row) !== openKey || row.a === null || row.b === null ? null : (
              <DistributionPlot
                label={row.name}
                sides={[
                  { ...row.a, name: a.label },
                  { ...row.b, name: b.label },
                ]}
              />
            )
          }
        />
      </div>
      {compared.some(({ isThin }) => isThin) && (
        <p className="left-out small" role="note">
          Where one side has fewer than {FEW_SPANS} spans, no change is told: its percentiles are single
          spans.
        </p>
      )}
    </>
  );
}

type SelectProps = {
  readonly label: string;
  readonly value: Version;
  readonly versions: readonly Version[];
  readonly onSelect: (id: string) => void;
};

function VersionSelect({ label, value, versions, onSelect }: SelectProps) {
  return (
    <label className="inline-label">
      <span>{label}</span>
      <select className="input" value={value.id} onChange={(event) => onSelect(event.target.value)}>
        {versions.map((version) => (
          <option key={version.id} value={version.id}>
            {version.label} ({formatCount(version.spans)} spans)
          </option>
        ))}
      </select>
    </label>
  );
}

function compareColumns(
  openKey: string | null,
  setOpenKey: (key: string | null) => void,
): readonly Column<VersionRow>[] {
  const side = (
    id: string,
    label: string,
    of: (row: VersionRow) => OperationStats | null,
    figure: (stats: OperationStats) => number,
    text: (figure: number) => string,
  ): Column<VersionRow> => ({
    id,
    label,
    align: 'right',
    value: (row) => (of(row) === null ? null : figure(of(row)!)),
    cell: (row) => (of(row) === null ? <span className="faint">–</span> : text(figure(of(row)!))),
  });
  const change = (id: 'p50Change' | 'p95Change', label: string): Column<VersionRow> => ({
    id,
    label,
    align: 'right',
    value: (row) => row[id],
    cell: (row) => <Change share={row[id]} />,
  });
  const errors = ({ errors: failed, count, open }: OperationStats) => failed / Math.max(1, count + open);
  return [
    {
      id: 'name',
      label: 'Operation',
      value: ({ name }) => name,
      cell: (row) =>
        row.a === null || row.b === null ? (
          row.name
        ) : (
          <button
            data-action="Open operation"
            type="button"
            className="link"
            aria-expanded={openKey === rowKey(row)}
            onClick={() => setOpenKey(openKey === rowKey(row) ? null : rowKey(row))}
          >
            {row.name}
          </button>
        ),
    },
    side(
      'countA',
      'Spans before',
      ({ a }) => a,
      ({ count }) => count,
      formatCount,
    ),
    side(
      'countB',
      'after',
      ({ b }) => b,
      ({ count }) => count,
      formatCount,
    ),
    side(
      'p50A',
      'p50 before',
      ({ a }) => a,
      ({ p50Ms }) => p50Ms,
      formatDuration,
    ),
    side(
      'p50B',
      'after',
      ({ b }) => b,
      ({ p50Ms }) => p50Ms,
      formatDuration,
    ),
    change('p50Change', 'Change'),
    side(
      'p95A',
      'p95 before',
      ({ a }) => a,
      ({ p95Ms }) => p95Ms,
      formatDuration,
    ),
    side(
      'p95B',
      'after',
      ({ b }) => b,
      ({ p95Ms }) => p95Ms,
      formatDuration,
    ),
    change('p95Change', 'Change'),
    side('errorsA', 'Errors before', ({ a }) => a, errors, formatPercent),
    side('errorsB', 'after', ({ b }) => b, errors, formatPercent),
  ];
}

function Change({ share }: { readonly share: number | null }) {
  if (share === null) return <span className="faint">too few</span>;
  const percent = share * 100;
  const isSmall = Math.abs(percent) < 5;
  const text = `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 1 : 0)} %`;
  return (
    <span className={isSmall ? 'muted' : percent > 0 ? 'change-worse' : 'change-better'}>
      {isSmall ? '' : percent > 0 ? '▲ ' : '▼ '}
      {text}
    </span>
  );
}
