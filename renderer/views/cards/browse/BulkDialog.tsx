import { useState } from 'react';
import type { BulkAction, DeckNode } from '../../../../shared/deck.ts';
import { countOf } from '../../../../shared/units.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { TextField } from '../../../ui/TextField.tsx';

/** Actions that need a word from the user first. */
export type BulkQuestion = 'addTags' | 'removeTags' | 'move' | 'replace';

type Props = {
  readonly question: BulkQuestion;
  readonly count: number;
  readonly decks: readonly DeckNode[];
  readonly onDone: (action: BulkAction | null) => void;
};

const TITLES: Readonly<Record<BulkQuestion, string>> = {
  addTags: 'Add tags',
  removeTags: 'Remove tags',
  move: 'Move to a deck',
  replace: 'Find and replace',
};

export function BulkDialog({ question, count, decks, onDone }: Props) {
  const [text, setText] = useState('');
  const [by, setBy] = useState('');
  const [matchCase, setMatchCase] = useState(true);
  const action = actionOf(question, text, by, matchCase);
  return (
    <Dialog
      title={`${TITLES[question]}: ${countOf(count, 'card')}`}
      onClose={() => onDone(null)}
      actions={
        <>
          <Button tone="primary" disabled={action === null} onClick={() => onDone(action)}>
            {TITLES[question]}
          </Button>
          <Button tone="quiet" onClick={() => onDone(null)}>
            Cancel
          </Button>
        </>
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (action !== null) onDone(action);
        }}
      >
        <TextField
          label={question === 'move' ? 'Deck' : question === 'replace' ? 'Find' : 'Tags'}
          note={
            question === 'move'
              ? 'A new name makes a new deck.'
              : question === 'replace'
                ? 'In the fronts and backs of the marked cards.'
                : 'Separated by spaces; a::b is b below a.'
          }
          dir="auto"
          data-autofocus
          proposals={question === 'move' ? decks.map(({ name }) => name) : undefined}
          maxLength={500}
          value={text}
          onChange={setText}
        />
        {question === 'replace' && (
          <>
            <TextField label="Replace by" dir="auto" maxLength={2000} value={by} onChange={setBy} />
            <label className="row">
              <input
                type="checkbox"
                checked={matchCase}
                onChange={(event) => setMatchCase(event.target.checked)}
              />
              Capital and small letters differ
            </label>
          </>
        )}
      </form>
    </Dialog>
  );
}

function actionOf(question: BulkQuestion, text: string, by: string, matchCase: boolean): BulkAction | null {
  const trimmed = text.trim();
  if (trimmed === '' && question !== 'replace') return null;
  switch (question) {
    case 'addTags':
    case 'removeTags':
      return { kind: question, tags: trimmed.split(/\s+/) };
    case 'move':
      return { kind: 'move', deck: trimmed };
    case 'replace':
      return text === '' ? null : { kind: 'replace', find: text, with: by, matchCase };
  }
}
