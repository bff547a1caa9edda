import { useState } from 'react';
import type { CallError } from '../../../../shared/ipc.ts';
import { getApi, toCallError } from '../../../api.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { TextField } from '../../../ui/TextField.tsx';

type Props = {
  /** The deck that gets another name; `null` for a new one. */
  readonly rename: string | null;
  /** The name, or `null` where it was given up. */
  readonly onDone: (name: string | null) => void;
};

/** A new deck, or another name for one. `A::B` is B below A. */
export function DeckNameDialog({ rename, onDone }: Props) {
  const [name, setName] = useState(rename ?? '');
  const [fault, setFault] = useState<CallError | null>(null);
  async function save() {
    try {
      if (rename === null) await getApi().createDeck({ name });
      else await getApi().renameDeck({ name: rename, to: name });
      onDone(name.trim().normalize('NFC'));
    } catch (thrown) {
      setFault(toCallError(thrown));
    }
  }
  return (
    <Dialog
      title={rename === null ? 'New deck' : 'Rename or move'}
      onClose={() => onDone(null)}
      actions={
        <>
          <Button tone="primary" disabled={name.trim() === ''} onClick={() => void save()}>
            {rename === null ? 'Create' : 'Rename'}
          </Button>
          <Button tone="quiet" onClick={() => onDone(null)}>
            Cancel
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') void save();
        }}
      >
        <TextField
          label="Name"
          note="With :: between them, a deck stands below another: Korean::Verbs."
          error={fault === null ? undefined : `${fault.message} ${fault.hint ?? ''}`}
          dir="auto"
          maxLength={200}
          data-autofocus
          value={name}
          onChange={setName}
        />
      </form>
    </Dialog>
  );
}
