import { useState } from 'react';
import type { Card } from '../../../shared/card.ts';
import type { RowError, RunProgress } from '../../../shared/run.ts';
import { formatCount } from '../../../shared/units.ts';
import { isActive } from '../../derive/runProgress.ts';
import { Badge } from '../../ui/Badge.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { FreshCards } from './FreshCards.tsx';
import { RowErrors } from './RowErrors.tsx';

type Props = {
  readonly run: RunProgress;
  readonly cards: readonly Card[];
  readonly errors: readonly RowError[];
};

/** What came out of the run: its cards, and the rows that became none with their reasons. */
export function RunLeft({ run, cards, errors }: Props) {
  const [tab, setTab] = useState<'cards' | 'errors'>('cards');
  const left = run.failed + run.skipped;
  const tabs = [
    { id: 'cards', label: 'Cards' },
    {
      id: 'errors',
      label: (
        <span className="row">
          Rows without cards
          {left > 0 && <Badge tone={run.failed > 0 ? 'bad' : 'warn'}>{formatCount(left)}</Badge>}
        </span>
      ),
    },
  ] as const;
  return (
    <section className="panel run-left" aria-label="Results">
      <Tabs
        label="Results"
        tabs={tabs}
        selected={tab}
        onSelect={setTab}
        aside={
          tab === 'cards' &&
          cards.length < run.cards && (
            <span className="small faint num truncate">newest {formatCount(cards.length)}</span>
          )
        }
      >
        {tab === 'cards' ? (
          <FreshCards cards={cards} run={run} />
        ) : errors.length === 0 ? (
          <EmptyState icon="check" title={left === 0 ? 'Every row is accounted for' : 'Reading the reasons…'}>
            {left === 0 &&
              (isActive(run.state)
                ? 'Rows that become no card are listed here with their reason.'
                : 'Every row became cards or was in the deck already.')}
          </EmptyState>
        ) : (
          <RowErrors title="Rows without cards" errors={errors} bare />
        )}
      </Tabs>
    </section>
  );
}
