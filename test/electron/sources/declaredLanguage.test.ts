import { describe, expect, it } from 'vitest';
import { declaredLanguage } from '../../../electron/sources/declaredLanguage.ts';

describe('the language that a document says it is in', () => {
  it.each([
    ['de', 'en', 'de'],
    ['de-AT', 'en', 'de'],
    ['pt_BR', 'en', 'pt'],
    ['uk', 'ru', 'uk'],
    ['ja', 'ja', 'ja'],
  ])('%s is taken where the letters are its own (they look like %s)', (declared, guess, language) => {
    expect(declaredLanguage(declared, guess)).toBe(language);
  });

  it.each([
    ['en', 'ko'],
    ['ko', 'en'],
    [null, 'en'],
    ['und', 'ar'],
    ['no language at all', 'en'],
    ['', 'ja'],
  ])('%s is not, where they are not or it says nothing: %s', (declared, guess) => {
    expect(declaredLanguage(declared, guess)).toBe(guess);
  });

  it('is all there is to go by where there are no letters', () => {
    expect(declaredLanguage('fr', 'und')).toBe('fr');
  });
});
