import { useMemo } from 'react';
import type { LEDGER_GROUPS, LedgerRow } from '../../../shared/traceQuery.ts';
import { useStore } from '../../store/index.ts';
import { selectRuns } from '../../store/selectors.ts';
import { ledgerColumns } from './ledgerColumns.tsx';
import { LEDGER_PARTS } from './ledgerFigures.ts';
import { SortTable } from './SortTable.tsx';

type By = (typeof LEDGER_GROUPS)[number];
type Props = { readonly rows: readonly LedgerRow[]; readonly by: By };

/** The ledger: a bar and its figures a row. */
export function LedgerTable({ rows, by }: Props) {
  const runs = useStore(selectRuns);
  const most = Math.max(1, ...rows.map(({ total }) => total));
  const hasReasoning = rows.some(({ reasoning }) => reasoning > 0);
  const columns = useMemo(
    () => ledgerColumns({ by, most, hasReasoning, runs }),
    [by, most, hasReasoning, runs],
  );
  return (
    <section className="figure-section" aria-label="Ledger">
      <ul className="legend legend-bars" aria-hidden="true">
        {LEDGER_PARTS.map(({ id, label, colour }) => (
          <li key={id}>
            <span style={{ background: `var(${colour})` }} />
            {label}
          </li>
        ))}
        {hasReasoning && (
          <li>
            <span className="hatched" />
            Reasoning, part of output
          </li>
        )}
      </ul>
      <div className="table-scroll">
        <SortTable
          key={by}
          label={`Tokens by ${by}`}
          testId="ledger"
          columns={columns}
          rows={rows}
          rowKey={({ key }) => key}
          start={by === 'day' ? { id: 'key', isDown: true } : { id: 'total', isDown: true }}
        />
      </div>
    </section>
  );
}
