import { describe, expect, it } from 'vitest';
import { nearestNames } from '../../shared/nearestNames.ts';

const DECKS = ['Korean', 'Korean::Food', 'Korean::Travel', '日本語', 'Deutsch', 'A'];

describe('a name that there is not', () => {
  it('has those that are near it, the nearest first', () => {
    expect(nearestNames('korean', DECKS)[0]).toBe('Korean');
    expect(nearestNames('Koraen', DECKS)[0]).toBe('Korean');
    expect(nearestNames('food', DECKS)).toEqual(['Korean::Food']);
    expect(nearestNames('Deutsch 2', DECKS)).toEqual(['Deutsch']);
    expect(nearestNames('日本', DECKS)).toEqual(['日本語']);
    expect(nearestNames('Nope', DECKS)).toEqual([]);
    expect(nearestNames('word', ['Words 1', 'Words 2', 'Words 3', 'Words 4'])).toHaveLength(3);
  });
});
