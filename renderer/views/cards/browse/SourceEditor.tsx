import { useState } from 'react';
import type { NoteDetail, NoteFrom } from '../../../../shared/deck.ts';
import { getApi } from '../../../api.ts';
import { asked } from '../../../store/commands.ts';
import { Button } from '../../../ui/Button.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { placeOf, placeParts } from './placeParts.ts';

type Props = { readonly note: NoteDetail; readonly onSaved: () => void; readonly onClose: () => void };

/** Where a note is from, to be written over: cards show it, and Anki gets it below the answer. */
export function SourceEditor({ note: { noteId, source }, onSaved, onClose }: Props) {
  const [name, setName] = useState(source?.name ?? '');
  const [parts, setParts] = useState(() => placeParts(source?.place ?? null));
  const [busy, setBusy] = useState(false);
  const { place, fault } = placeOf(parts);
  const set = (part: keyof typeof parts) => (value: string) => setParts({ ...parts, [part]: value });
  const nameless = name.trim() === '' && place !== null;
  const isWrong = nameless || fault !== null;
  async function save() {
    const from: NoteFrom | null = name.trim() === '' ? null : { name, place };
    setBusy(true);
    const saved = await asked(getApi().editNote({ noteId, from, cause: 'edit' }));
    setBusy(false);
    if (saved === undefined) return;
    onClose();
    onSaved();
  }
  return (
    <form
      className="side-editor"
      aria-label="Source"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong) void save();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      <TextField
        label="From"
        note="A book, a list, a page; none, where it is empty."
        error={nameless ? 'A place is one in something.' : undefined}
        // The editor was asked for: that is where the writer wants to be.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={name}
        onChange={setName}
      />
      <TextField label="Chapter" value={parts.chapter} onChange={set('chapter')} />
      <TextField
        label="Headings"
        note="The outermost first, with › between them."
        value={parts.headings}
        onChange={set('headings')}
      />
      <TextField
        label="Page"
        error={fault === 'page' ? 'A whole number from 1 on.' : undefined}
        value={parts.page}
        onChange={set('page')}
      />
      <TextField
        label="Line"
        error={fault === 'line' ? 'A whole number from 1 on.' : undefined}
        value={parts.line}
        onChange={set('line')}
      />
      <div className="row">
        <Button tone="primary" type="submit" disabled={busy || isWrong}>
          Save
        </Button>
        <Button tone="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
