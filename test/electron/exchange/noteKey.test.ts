import { describe, expect, it } from 'vitest';
import { noteKey } from '../../../electron/exchange/noteKey.ts';

const key = (term: string, meaning?: string): string =>
  noteKey({ row: 1, term, kind: 'term', fields: meaning === undefined ? {} : { meaning }, extra: {} });

describe('the key of a note', () => {
  it('is the same for the same text in another case, spacing or Unicode form', () => {
    expect(
      new Set([key('Apple  pie'), key('apple pie'), key('APPLE\u00a0PIE '), key('apple\npie')]).size,
    ).toBe(1);
    expect(key('사과'.normalize('NFD'))).toBe(key('사과'));
    expect(key('ΛΌΓΟΣ')).toBe(key('λόγος'));
    expect(key('배', 'Pear ')).toBe(key('배', 'pear'));
  });

  it('keeps homonyms apart where the list gives their meanings', () => {
    expect(new Set([key('배', 'pear'), key('배', 'ship'), key('배')]).size).toBe(3);
  });

  it('keeps words apart that only full case folding would join', () => {
    expect(key('Maße')).not.toBe(key('Masse'));
    expect(key('sınır')).not.toBe(key('sinir'));
  });

  it('cannot be imitated by a term that looks like term and meaning', () => {
    expect(key('배 pear')).not.toBe(key('배', 'pear'));
  });

  it('does not depend on the row or on what else the row says', () => {
    const other = noteKey({ row: 9, term: 'x', kind: 'sentence', fields: { level: 'I' }, extra: { a: 'b' } });
    expect(other).toBe(key('x'));
  });
});
