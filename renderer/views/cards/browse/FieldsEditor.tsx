import { useState } from 'react';
import type { NoteDetail } from '../../../../shared/deck.ts';
import { getApi } from '../../../api.ts';
import { asked } from '../../../store/commands.ts';
import { Button } from '../../../ui/Button.tsx';
import { Field } from '../../../ui/Field.tsx';

/** Fields of an imported note, in HTML as they came; its cards follow from them. */
export function FieldsEditor({ note, onSaved }: { note: NoteDetail; onSaved: () => void }) {
  const [values, setValues] = useState(note.fields.map((field) => field.value));
  const isChanged = values.some((value, index) => value !== note.fields[index]?.value);
  async function save() {
    const saved = await asked(getApi().editNote({ noteId: note.noteId, fields: values, cause: 'edit' }));
    if (saved !== undefined) onSaved();
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
