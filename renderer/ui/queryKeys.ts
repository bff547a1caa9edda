/** What a key does in a query field: decided here, done by the field. */
export type QueryKeyState = {
  readonly text: string;
  /** The query that holds. */
  readonly value: string;
  readonly isOpen: boolean;
  readonly itemCount: number;
  /** The option that the arrows are on; -1: none. */
  readonly active: number;
  /** Something of the word is written already, so that a key may finish it. */
  readonly isTyping: boolean;
  /** Queries of before, newest first, and which of them stands in the field; -1: none. */
  readonly history: readonly string[];
  readonly recalled: number;
};

export type QueryKeyStep =
  | { readonly do: 'open' }
  | { readonly do: 'close' }
  | { readonly do: 'move'; readonly to: number }
  | { readonly do: 'accept'; readonly index: number }
  | { readonly do: 'submit' }
  /** Back to the query that holds. */
  | { readonly do: 'restore' }
  | { readonly do: 'recall'; readonly index: number };

export type QueryKey = {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  /** Keys of an input method are its own. */
  readonly isComposing: boolean;
};

/** `null`: the key is not ours. */
export function queryKeyStep(state: QueryKeyState, key: QueryKey): QueryKeyStep | null {
  const { isOpen, itemCount, active } = state;
  if (key.isComposing || key.altKey || key.metaKey) return null;
  if (key.ctrlKey) return key.key === ' ' ? { do: 'open' } : null;
  switch (key.key) {
    case 'ArrowDown':
      if (state.recalled >= 0) return { do: 'recall', index: state.recalled - 1 };
      if (!isOpen) return { do: 'open' };
      return itemCount === 0 ? null : { do: 'move', to: active + 1 >= itemCount ? 0 : active + 1 };
    case 'ArrowUp':
      if (state.recalled >= 0 || (state.text === '' && active === -1)) {
        return state.recalled + 1 < state.history.length ? { do: 'recall', index: state.recalled + 1 } : null;
      }
      if (!isOpen || itemCount === 0) return null;
      return { do: 'move', to: active <= 0 ? itemCount - 1 : active - 1 };
    case 'Tab':
      // Without anything written, Tab leaves the field as it leaves every other.
      if (key.shiftKey || !isOpen || itemCount === 0 || (active === -1 && !state.isTyping)) return null;
      return { do: 'accept', index: Math.max(active, 0) };
    case 'Enter':
      return isOpen && active >= 0 && active < itemCount ? { do: 'accept', index: active } : { do: 'submit' };
    case 'Escape':
      if (isOpen) return { do: 'close' };
      return state.text === state.value ? null : { do: 'restore' };
    default:
      return null;
  }
}
