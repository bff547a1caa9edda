import './searchBox.css';
import type { ComponentPropsWithRef } from 'react';
import { Kbd } from './Kbd.tsx';

type Props = Omit<ComponentPropsWithRef<'input'>, 'type' | 'value' | 'onChange' | 'aria-label'> & {
  readonly label: string;
  readonly value: string;
  readonly onText: (text: string) => void;
  /** The key that leads here from elsewhere: shown while nothing is written. */
  readonly shortcut?: string | undefined;
  /** Of what is around the field; `className` is the field's own. */
  readonly boxClass?: string;
};

/** A field for words to look for. */
export function SearchBox({ label, value, onText, shortcut, boxClass, ...input }: Props) {
  const classes = ['search-box', boxClass, shortcut === undefined ? undefined : 'with-key'];
  return (
    <span className={classes.filter((each) => each !== undefined).join(' ')}>
      <input
        {...input}
        type="search"
        aria-label={label}
        aria-keyshortcuts={shortcut}
        value={value}
        onChange={(event) => onText(event.target.value)}
      />
      {shortcut !== undefined && <Kbd keys={shortcut} hidden />}
    </span>
  );
}
