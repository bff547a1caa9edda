import { useCallback, useState } from 'react';
import type { LEDGER_GROUPS, LedgerRow } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { formatDollars, formatShort } from '../../derive/tokens.ts';
import { askLedger } from '../../store/insightCommands.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Stat } from '../../ui/Stat.tsx';
import { FigureArea } from './FigureArea.tsx';
import { LEDGER_PARTS, ledgerGap, ledgerTotal } from './ledgerFigures.ts';
import { LedgerTable } from './LedgerTable.tsx';
import { LeftOutNote } from './LeftOutNote.tsx';
import { LimitTracks } from './LimitTracks.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { useFigures } from './useFigures.ts';

type By = (typeof LEDGER_GROUPS)[number];
// Written out: the list itself would bring zod along.
const CHOICES: readonly { readonly id: By; readonly label: string }[] = [
  { id: 'model', label: 'By model' },
  { id: 'stage', label: 'By stage' },
  { id: 'run', label: 'By run' },
  { id: 'day', label: 'By day' },
];

/** Tokens and money of model calls, each token once. */
export function TokensTab() {
  const [by, setBy] = useState<By>('model');
  const ask = useCallback((search: AskedSearch) => askLedger({ ...search, by }), [by]);
  const figures = useFigures(ask);
  return (
    <div className="insight-tab">
      <div className="tab-tools">
        <Segmented label="Tokens" options={CHOICES} value={by} onChange={setBy} />
      </div>
      <FigureArea what="Tokens" figures={figures}>
        {({ items, leftOut }) =>
          items.length === 0 ? (
            <EmptyState icon="chart" title="No model calls here">
              The offline generator calls none, and answers from the cache cost nothing. Calls of other
              programs count too, once they are received or imported.
            </EmptyState>
          ) : (
            <div className="insight-pad">
              <Sums rows={items} />
              <LedgerTable rows={items} by={by} />
              <LeftOutNote leftOut={leftOut} what="calls" />
            </div>
          )
        }
      </FigureArea>
      <LimitTracks />
    </div>
  );
}

function Sums({ rows }: { readonly rows: readonly LedgerRow[] }) {
  const all = ledgerTotal(rows);
  const gap = ledgerGap(all);
  return (
    <>
      <dl className="stats">
        <Stat label="Tokens" value={formatShort(all.total)} note={`${formatCount(all.calls)} calls`} />
        <Stat
          label="Cost"
          value={all.cost === null ? '–' : formatDollars(all.cost)}
          note={all.cost === null ? 'no price' : undefined}
        />
        <Stat
          label="Saved by our cache"
          value={formatShort(all.savedTokens)}
          note={all.savedCost === null ? 'tokens' : `tokens, ${formatDollars(all.savedCost)}`}
        />
        <Stat
          label="Calls that tell no tokens"
          value={formatCount(all.untold)}
          tone={all.untold > 0 ? 'warn' : undefined}
          note={all.untold > 0 ? 'not in the sums' : undefined}
        />
      </dl>
      <p className="reconciled small num" role="note">
        {LEDGER_PARTS.map(({ id, label }, index) => (
          <span key={id}>
            {index > 0 && ' + '}
            {formatCount(all[id])} <span className="faint">{label.toLowerCase()}</span>
          </span>
        ))}{' '}
        = {formatCount(all.total)} <span className="faint">total</span>{' '}
        {gap === 0 ? (
          <strong className="is-good">✓</strong>
        ) : (
          <strong className="has-errors">
            ✕ off by {formatCount(Math.abs(gap))}: please report this, with the trace
          </strong>
        )}
        {all.reasoning > 0 && (
          <span className="faint"> · {formatCount(all.reasoning)} of the output are reasoning</span>
        )}
      </p>
    </>
  );
}
