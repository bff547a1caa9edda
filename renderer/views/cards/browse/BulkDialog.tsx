import { useState } from 'react';
import type { BulkAction, DeckNode } from '../../../../shared/deck.ts';
import { countOf } from '../../../../shared/units.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { Field } from '../../../ui/Field.tsx';

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
        <Button tone="primary" disabled={action === null} onClick={() => onDone(action)}>
          {TITLES[question]}
        </Button>
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (action !== null) onDone(action);
        }}
      >
        <Field
          label={question === 'move' ? 'Deck' : question === 'replace' ? 'Find' : 'Tags'}
          note={
            question === 'move'
              ? 'A new name makes a new deck.'
              : question === 'replace'
                ? 'In the fronts and backs of the marked cards.'
                : 'Separated by spaces; a::b is b below a.'
          }
        >
          {(ids) => (
            <input
              {...ids}
              className="input"
              dir="auto"
              data-autofocus
              list={question === 'move' ? 'bulk-decks' : undefined}
              maxLength={500}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {question === 'move' && (
          <datalist id="bulk-decks">
            {decks.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </datalist>
        )}
        {question === 'replace' && (
          <>
            <Field label="Replace by">
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  dir="auto"
                  maxLength={2000}
                  value={by}
                  onChange={(event) => setBy(event.target.value)}
                />
              )}
            </Field>
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
