import { useState } from 'react';
import type { BulkAction, DeckNode } from '../../../../shared/deck.ts';
import { countOf } from '../../../../shared/units.ts';
import { Button } from '../../../ui/Button.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { BulkDialog } from './BulkDialog.tsx';
import type { BulkQuestion } from './BulkDialog.tsx';

type Props = {
  readonly count: number;
  readonly decks: readonly DeckNode[];
  readonly onAction: (action: BulkAction) => void;
  readonly onClear: () => void;
};

const FLAGS = ['none', 'red', 'orange', 'green', 'blue', 'pink', 'turquoise', 'purple'] as const;

/** What can be done with the marked cards; each is one change that can be taken back. */
export function BulkBar({ count, decks, onAction, onClear }: Props) {
  const [question, setQuestion] = useState<BulkQuestion | null>(null);
  return (
    <div className="row row-wrap bulk-bar" role="toolbar" aria-label="Marked cards">
      <Button tone="quiet" icon="close" iconOnly onClick={onClear}>
        Unmark
      </Button>
      <strong className="num">{countOf(count, 'card')}</strong>
      <Button onClick={() => setQuestion('addTags')}>Add tags…</Button>
      <Button onClick={() => setQuestion('move')}>Move…</Button>
      <Menu
        label="More"
        items={[
          { id: 'suspend', label: 'Suspend', run: () => onAction({ kind: 'suspend', suspended: true }) },
          {
            id: 'unsuspend',
            label: 'Take out of suspension',
            run: () => onAction({ kind: 'suspend', suspended: false }),
          },
          { id: 'removeTags', label: 'Remove tags…', run: () => setQuestion('removeTags') },
          { id: 'replace', label: 'Find and replace…', run: () => setQuestion('replace') },
          { id: 'accept', label: 'Accept', run: () => onAction({ kind: 'status', status: 'accepted' }) },
          {
            id: 'propose',
            label: 'Review again',
            run: () => onAction({ kind: 'status', status: 'proposed' }),
          },
          {
            id: 'forget',
            label: 'Forget the schedule',
            note: 'As if never studied. The reviews are kept.',
            run: () => onAction({ kind: 'forget' }),
          },
          { id: 'delete', label: 'Delete', run: () => onAction({ kind: 'delete' }) },
        ]}
      />
      <Menu
        label="Flag"
        items={FLAGS.map((name, flag) => ({
          id: name,
          label: (
            <>
              {flag > 0 && <span className={`card-flag card-flag-${flag}`} />} {name}
            </>
          ),
          run: () => onAction({ kind: 'flag', flag }),
        }))}
      />
      {question !== null && (
        <BulkDialog
          question={question}
          count={count}
          decks={decks}
          onDone={(action) => {
            setQuestion(null);
            if (action !== null) onAction(action);
          }}
        />
      )}
    </div>
  );
}
