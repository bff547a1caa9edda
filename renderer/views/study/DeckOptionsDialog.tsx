import { useEffect, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { DeckStudy, StudySettings } from '../../../shared/study.ts';
import { countOf } from '../../../shared/units.ts';
import { getApi, toCallError } from '../../api.ts';
import { asked } from '../../store/commands.ts';
import { loadDeckTree } from '../../store/deckCommands.ts';
import { getState } from '../../store/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FaultNote } from '../../ui/FaultNote.tsx';
import { Field } from '../../ui/Field.tsx';

const FIELDS = [
  ['newPerDay', 'New cards a day', 1],
  ['reviewsPerDay', 'Reviews a day', 1],
  ['desiredRetention', 'To be remembered, %', 100],
] as const;

/** What one deck has otherwise than the settings; an empty box is as above it. */
export function DeckOptionsDialog({ deck, onClose }: { deck: string; onClose: () => void }) {
  const [own, setOwn] = useState<DeckStudy>({});
  const [inForce, setInForce] = useState<StudySettings | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  useEffect(() => {
    void asked(getApi().deckStudy({ name: deck })).then((found) => {
      if (found === undefined) return;
      setOwn(found.own);
      setInForce(found.inForce);
    });
  }, [deck]);
  async function save() {
    try {
      await getApi().setDeckStudy({ name: deck, own });
      void loadDeckTree();
      onClose();
    } catch (thrown) {
      setFault(toCallError(thrown));
    }
  }
  async function reschedule() {
    const done = await asked(getApi().reschedule({ deck }));
    if (done === undefined) return;
    getState().toastAdded({
      tone: 'good',
      text: `${countOf(done.cards, 'card')} rescheduled.`,
      hint: done.cards > 0 ? 'Undo in Cards takes it back.' : null,
    });
    onClose();
  }
  return (
    <Dialog
      title={`Options of ${deck}`}
      onClose={onClose}
      actions={
        <>
          <Button tone="primary" disabled={inForce === null} onClick={() => void save()}>
            Save
          </Button>
          <Button onClick={() => void reschedule()}>Reschedule its cards</Button>
          <Button tone="quiet" onClick={onClose}>
            Cancel
          </Button>
        </>
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {FIELDS.map(([key, label, times], index) => (
          <Field key={key} label={label}>
            {(ids) => (
              <input
                {...ids}
                type="number"
                className="input"
                step="any"
                data-autofocus={index === 0 ? true : undefined}
                placeholder={inForce === null ? '' : String(Math.round(inForce[key] * times))}
                value={own[key] === undefined ? '' : Math.round(own[key] * times)}
                onChange={({ target }) => {
                  const { [key]: _old, ...others } = own;
                  setOwn(target.value === '' ? others : { ...others, [key]: target.valueAsNumber / times });
                }}
              />
            )}
          </Field>
        ))}
        <p className="small muted">
          An empty box is as the deck above it, or as the settings. Dates that are set stay as they are until
          the cards are rescheduled.
        </p>
        <FaultNote fault={fault} />
      </form>
    </Dialog>
  );
}
