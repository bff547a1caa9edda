import { describe, expect, it } from 'vitest';
import { shortcutKey } from '../../renderer/shell/shortcuts.ts';

describe('shortcutKey', () => {
  it('takes the place of a key where the layout writes no Latin letters', () => {
    expect(shortcutKey({ key: 'ㅏ', code: 'KeyK' })).toBe('k');
    expect(shortcutKey({ key: 'л', code: 'KeyK' })).toBe('k');
  });

  it('takes the letter where there is one, wherever it lies, whatever its case', () => {
    expect(shortcutKey({ key: 'k', code: 'KeyV' })).toBe('k');
    expect(shortcutKey({ key: 'O', code: 'KeyO' })).toBe('o');
    expect(shortcutKey({ key: 'Enter', code: 'Enter' })).toBe('Enter');
    expect(shortcutKey({ key: '2', code: 'Digit2' })).toBe('2');
  });
});
