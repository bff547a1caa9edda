import { useState } from 'react';
import { gapNumbers } from '../../../../shared/cloze.ts';
import type { NewNote } from '../../../../shared/deck.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import { getApi, toCallError } from '../../../api.ts';
import { getState, useStore } from '../../../store/index.ts';
import { selectDeckTree, selectSettings } from '../../../store/selectors.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { FaultNote } from '../../../ui/FaultNote.tsx';
import { Segmented } from '../../../ui/Segmented.tsx';
import { LongTextField, TextField } from '../../../ui/TextField.tsx';

const KINDS = [
  { id: 'basic', label: 'Basic' },
  { id: 'reverse', label: 'Both ways' },
  { id: 'cloze', label: 'Cloze' },
] as const;

/** A card written by hand. */
export function AddNoteDialog({ deck, onClose }: { deck: string | null; onClose: () => void }) {
  const decks = useStore(selectDeckTree);
  const settings = useStore(selectSettings);
  const [kind, setKind] = useState<NewNote['kind']>('basic');
  const [to, setTo] = useState(deck ?? settings?.deck ?? 'Default');
  const [front, setFront] = useState('');
  const [back, setBack] = useState('');
  const [tags, setTags] = useState('');
  const [fault, setFault] = useState<CallError | null>(null);
  const gaps = gapNumbers(front).length;
  const isReady =
    front.trim() !== '' && to.trim() !== '' && (kind === 'cloze' ? gaps > 0 : back.trim() !== '');
  async function save() {
    try {
      const note = await getApi().addNote({
        deck: to,
        kind,
        front,
        back,
        tags: tags.trim().split(/\s+/).filter(Boolean),
      });
      getState().toastAdded({ tone: 'good', text: `Added to ${note.deck}.`, hint: null });
      // Another one, perhaps: the deck and tags stay.
      setFront('');
      setBack('');
      setFault(null);
    } catch (thrown) {
      setFault(toCallError(thrown));
    }
  }
  return (
    <Dialog
      title="Write a card"
      onClose={onClose}
      actions={
        <>
          <Button tone="primary" disabled={!isReady} onClick={() => void save()}>
            Add
          </Button>
          <Button tone="quiet" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <form
        className="stack"
        onSubmit={(event) => event.preventDefault()}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && isReady) {
            event.preventDefault();
            void save();
          }
        }}
      >
        <Segmented label="Kind" options={KINDS} value={kind} onChange={setKind} />
        <LongTextField
          label={kind === 'cloze' ? 'Text' : 'Front'}
          note={
            kind === 'cloze'
              ? `A gap is written {{c1::hidden}}; each number is a card. ${gaps} so far.`
              : undefined
          }
          rows={3}
          data-autofocus
          value={front}
          onChange={setFront}
        />
        <LongTextField
          label={kind === 'cloze' ? 'Shown with the answer' : 'Back'}
          rows={3}
          value={back}
          onChange={setBack}
        />
        <div className="pair">
          <TextField
            label="Deck"
            maxLength={200}
            proposals={decks.map(({ name }) => name)}
            value={to}
            onChange={setTo}
          />
          <TextField label="Tags" value={tags} onChange={setTags} />
        </div>
        <FaultNote fault={fault} />
      </form>
    </Dialog>
  );
}
