import { describe, expect, it } from 'vitest';
import { isKnownDeck, nearestNames, unknownDeck } from '../../../electron/errors/unknownDeck.ts';

const DECKS = ['Korean', 'Korean::Food', 'Korean::Travel', '日本語', 'Deutsch', 'A'];

describe('the name of a deck', () => {
  it('is known where a deck has it, or one below it', () => {
    expect(isKnownDeck('Korean', DECKS)).toBe(true);
    expect(isKnownDeck('Spanish', ['Spanish::Verbs'])).toBe(true);
    expect(isKnownDeck('Span', ['Spanish::Verbs'])).toBe(false);
    expect(isKnownDeck('korean', DECKS)).toBe(false);
    expect(isKnownDeck('Cafe\u0301', ['Café'])).toBe(true);
  });

  it('is answered with those that are near it, the nearest first', () => {
    expect(nearestNames('korean', DECKS)[0]).toBe('Korean');
    expect(nearestNames('Koraen', DECKS)[0]).toBe('Korean');
    expect(nearestNames('food', DECKS)).toEqual(['Korean::Food']);
    expect(nearestNames('Deutsch 2', DECKS)).toEqual(['Deutsch']);
    expect(nearestNames('日本', DECKS)).toEqual(['日本語']);
    expect(nearestNames('Nope', DECKS)).toEqual([]);
    expect(nearestNames('word', ['Words 1', 'Words 2', 'Words 3', 'Words 4'])).toHaveLength(3);
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
