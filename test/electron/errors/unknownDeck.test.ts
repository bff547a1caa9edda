import { describe, expect, it } from 'vitest';
import { isKnownDeck, unknownDeck } from '../../../electron/errors/unknownDeck.ts';

const DECKS = ['Korean', 'Korean::Food', 'Korean::Travel', '日本語', 'Deutsch', 'A'];

describe('the name of a deck', () => {
  it('is known where a deck has it, or one below it', () => {
    expect(isKnownDeck('Korean', DECKS)).toBe(true);
    expect(isKnownDeck('Spanish', ['Spanish::Verbs'])).toBe(true);
    expect(isKnownDeck('Span', ['Spanish::Verbs'])).toBe(false);
    expect(isKnownDeck('korean', DECKS)).toBe(false);
    expect(isKnownDeck('Cafe\u0301', ['Café'])).toBe(true);
  });

  it('is an error that says where all names are', () => {
    expect(unknownDeck('Koren', DECKS)).toMatchObject({
      category: 'user',
      code: 'deck_unknown',
      message: 'There is no deck Koren.',
      hint: expect.stringMatching(/^Did you mean Korean .*decks$/),
    });
    expect(unknownDeck('Nope', []).hint).toBe('The names of all: npm run -s cli -- decks');
  });
});
