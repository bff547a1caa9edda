import { useState } from 'react';
import type { Card } from '../../../shared/card.ts';
import type { RunProgress } from '../../../shared/run.ts';
import { formatCount } from '../../../shared/units.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { FreshCards } from './FreshCards.tsx';
import { RunErrors } from './RunErrors.tsx';

type Props = {
  readonly run: RunProgress;
  readonly cards: readonly Card[];
};

/** What came out of the run: its cards, and the rows that became none with their reasons. */
export function RunLeft({ run, cards }: Props) {
  const [chosen, setChosen] = useState<'cards' | 'errors' | null>(null);
  const left = run.failed + run.skipped;
  // Where nothing came out, the reasons are what there is to see.
  const tab = chosen ?? (run.state === 'done' && run.cards === 0 && left > 0 ? 'errors' : 'cards');
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
        onSelect={setChosen}
        aside={
          tab === 'cards' &&
          cards.length < run.cards && (
            <span className="small faint num truncate">newest {formatCount(cards.length)}</span>
          )
        }
      >
        {tab === 'cards' ? <FreshCards cards={cards} run={run} /> : <RunErrors run={run} />}
      </Tabs>
    </section>
  );
}
