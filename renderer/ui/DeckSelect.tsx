import type { ComponentProps } from 'react';

type Props = Omit<ComponentProps<'select'>, 'value' | 'onChange'> & {
  readonly decks: readonly { readonly name: string }[];
  /** `null` for all of them. */
  readonly value: string | null;
  readonly onChange: (deck: string | null) => void;
};

/** One deck, or all. */
export function DeckSelect({ decks, value, onChange, className, ...rest }: Props) {
  return (
    <select
      {...rest}
      className={className === undefined ? 'input' : `input ${className}`}
      value={value ?? ''}
      onChange={({ target }) => onChange(target.value === '' ? null : target.value)}
    >
      <option value="">All decks</option>
      {/* One that a link named, and that is not there: it must not look as if all were meant. */}
      {value !== null && !decks.some(({ name }) => name === value) && <option>{value}</option>}
      {decks.map(({ name }) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
