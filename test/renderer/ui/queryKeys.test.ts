import { describe, expect, it } from 'vitest';
import { queryKeyStep } from '../../../renderer/ui/queryKeys.ts';
import type { QueryKey, QueryKeyState } from '../../../renderer/ui/queryKeys.ts';

const field = (rest: Partial<QueryKeyState> = {}): QueryKeyState => ({
  text: 'ser',
  value: '',
  isOpen: true,
  itemCount: 3,
  active: -1,
  isTyping: true,
  history: ['newest', 'older'],
  recalled: -1,
  ...rest,
});
const press = (key: string, state: Partial<QueryKeyState> = {}, rest: Partial<QueryKey> = {}) =>
  queryKeyStep(field(state), {
    key,
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    metaKey: false,
    isComposing: false,
    ...rest,
  });

describe('keys in a query field', () => {
  it('move through the list and around its ends', () => {
    expect(press('ArrowDown')).toEqual({ do: 'move', to: 0 });
    expect(press('ArrowDown', { active: 2 })).toEqual({ do: 'move', to: 0 });
    expect(press('ArrowUp')).toEqual({ do: 'move', to: 2 });
    expect(press('ArrowUp', { active: 1 })).toEqual({ do: 'move', to: 0 });
  });

  it('open the list', () => {
    expect(press('ArrowDown', { isOpen: false })).toEqual({ do: 'open' });
    expect(press(' ', { isOpen: false }, { ctrlKey: true })).toEqual({ do: 'open' });
  });

  it('ask with Enter, and take what the arrows chose', () => {
    expect(press('Enter')).toEqual({ do: 'submit' });
    expect(press('Enter', { active: 1 })).toEqual({ do: 'accept', index: 1 });
    expect(press('Enter', { active: 1, isOpen: false })).toEqual({ do: 'submit' });
  });

  it('finish a word with Tab, and leave the field where there is none', () => {
    expect(press('Tab')).toEqual({ do: 'accept', index: 0 });
    expect(press('Tab', { active: 2, isTyping: false })).toEqual({ do: 'accept', index: 2 });
    expect(press('Tab', { isTyping: false })).toBeNull();
    expect(press('Tab', { isOpen: false })).toBeNull();
    expect(press('Tab', {}, { shiftKey: true })).toBeNull();
  });

  it('close the list, then go back to the query that holds, then are not theirs', () => {
    expect(press('Escape')).toEqual({ do: 'close' });
    expect(press('Escape', { isOpen: false })).toEqual({ do: 'restore' });
    expect(press('Escape', { isOpen: false, value: 'ser' })).toBeNull();
  });

  it('go through earlier queries from an empty field', () => {
    expect(press('ArrowUp', { text: '', isOpen: false })).toEqual({ do: 'recall', index: 0 });
    expect(press('ArrowUp', { text: 'newest', recalled: 0, isOpen: false })).toEqual({
      do: 'recall',
      index: 1,
    });
    expect(press('ArrowUp', { text: 'older', recalled: 1, isOpen: false })).toBeNull();
    expect(press('ArrowDown', { text: 'newest', recalled: 0, isOpen: false })).toEqual({
      do: 'recall',
      index: -1,
    });
    expect(press('ArrowUp', { text: '', isOpen: false, history: [] })).toBeNull();
  });

  it('belong to the input method while it composes', () => {
    expect(press('Enter', {}, { isComposing: true })).toBeNull();
    expect(press('ArrowDown', {}, { altKey: true })).toBeNull();
  });
});
