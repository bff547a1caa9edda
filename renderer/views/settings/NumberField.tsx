import type { ReactNode } from 'react';
import { Field } from '../../ui/Field.tsx';

type Props = {
  readonly label: string;
  readonly value: number;
  readonly note?: ReactNode;
  readonly error: string | undefined;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
};

/** A number as text of its own: an empty box is NaN, which the schema refuses in words. */
export function NumberField({ label, value, note, error, disabled, onChange }: Props) {
  return (
    <Field label={label} note={note} error={error}>
      {(ids) => (
        <input
          {...ids}
          type="number"
          step="any"
          className="input"
          disabled={disabled}
          value={Number.isNaN(value) ? '' : value}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
      )}
    </Field>
  );
}
