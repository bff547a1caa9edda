import type { ComponentProps, ReactNode } from 'react';
import { Field } from './Field.tsx';

type Own = {
  readonly label: string;
  readonly note?: ReactNode;
  readonly error?: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** For addresses, names of models and the like. */
  readonly mono?: boolean;
};
type LineProps = Own &
  Omit<ComponentProps<'input'>, keyof Own | 'list' | 'type'> & {
    /** Offered while one types; anything else may be written as well. */
    readonly proposals?: readonly string[] | undefined;
  };

/** One line of text under its label. */
export function TextField({ label, note, error, onChange, mono, proposals, ...rest }: LineProps) {
  return (
    <Field label={label} note={note} error={error}>
      {(ids) => (
        <>
          <input
            {...rest}
            {...ids}
            className={mono ? 'input mono' : 'input'}
            spellCheck={mono ? false : undefined}
            list={proposals === undefined ? undefined : `${ids.id}-proposals`}
            onChange={(event) => onChange(event.target.value)}
          />
          {proposals !== undefined && (
            <datalist id={`${ids.id}-proposals`}>
              {proposals.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

type LongProps = Own & Omit<ComponentProps<'textarea'>, keyof Own>;

/** Text of several lines, in whichever direction it is written. */
export function LongTextField({ label, note, error, onChange, mono, className, ...rest }: LongProps) {
  const classes = ['input', mono && 'mono', className].filter(Boolean).join(' ');
  return (
    <Field label={label} note={note} error={error}>
      {(ids) => (
        <textarea
          dir="auto"
          {...rest}
          {...ids}
          className={classes}
          spellCheck={mono ? false : undefined}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
