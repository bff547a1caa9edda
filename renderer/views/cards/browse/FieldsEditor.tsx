import { useState } from 'react';
import type { NoteDetail } from '../../../../shared/deck.ts';
import { getApi } from '../../../api.ts';
import { asked } from '../../../store/commands.ts';
import { Button } from '../../../ui/Button.tsx';
import { Field } from '../../../ui/Field.tsx';

const areSame = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** Fields of an imported note, in HTML as they came; its cards follow from them. */
export function FieldsEditor({ note, onSaved }: { note: NoteDetail; onSaved: () => void }) {
  const now = note.fields.map((field) => field.value);
  const [seen, setSeen] = useState(now);
  const [were, setWere] = useState(now);
  const [values, setValues] = useState(now);
  const isChanged = !areSame(values, were);
  // The note may change below the form, which follows as long as nothing was typed.
  if (!areSame(now, seen)) {
    setSeen(now);
    if (!isChanged) {
      setWere(now);
      setValues(now);
    }
  }
  async function save() {
    const { noteId } = note;
    const saved = await asked(getApi().editNote({ noteId, fields: values, fieldsWere: were, cause: 'edit' }));
    if (saved === undefined) return;
    const saidNow = values.map((value) => value.normalize('NFC'));
    setWere(saidNow);
    setValues(saidNow);
    onSaved();
  }
  return (
    <form
      className="stack note-fields"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) void save();
      }}
    >
      <p className="small faint">Notetype {note.notetype?.name}. Fields are HTML.</p>
      {note.fields.map((field, index) => (
        <Field key={field.name} label={field.name}>
          {(ids) => (
            <textarea
              {...ids}
              className="input"
              dir={field.rtl ? 'rtl' : 'auto'}
              rows={Math.min(8, 1 + Math.ceil(field.value.length / 60))}
              value={values[index] ?? ''}
              onChange={({ target }) => setValues(values.with(index, target.value))}
            />
          )}
        </Field>
      ))}
      <div className="row">
        <Button tone="primary" type="submit" disabled={!isChanged}>
          Save
        </Button>
      </div>
    </form>
  );
}
