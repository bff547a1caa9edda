import { useState } from 'react';
import type { ReactNode } from 'react';
import { Field } from '../../ui/Field.tsx';

type Props<T> = {
  readonly label: string;
  readonly note: ReactNode;
  readonly error: string | false | undefined;
  readonly value: T;
  readonly parse: (text: string) => T;
  readonly format: (value: T) => string;
  readonly onChange: (value: T) => void;
};

/**
 * A list, one entry a line. What is typed stays as it is while it means the value; a value that came from
 * elsewhere (discarded changes) takes its place.
 */
export function LinesField<T>({ label, note, error, value, parse, format, onChange }: Props<T>) {
  const [typed, setTyped] = useState(() => format(value));
  const text = format(parse(typed)) === format(value) ? typed : format(value);
  return (
    <Field label={label} note={note} error={error || undefined}>
      {(ids) => (
        <textarea
          {...ids}
          className="input mono"
          rows={2}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setTyped(event.target.value);
            onChange(parse(event.target.value));
          }}
        />
      )}
    </Field>
  );
}
