import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editedDeck, runOf, word } from './editedDeck.ts';
import type { EditedDeck } from './editedDeck.ts';

let deck: EditedDeck;
beforeEach(() => (deck = editedDeck()));
afterEach(() => void deck.db.close());
const names = () => deck.db.prepare('SELECT name FROM decks WHERE removed = 0 ORDER BY name').pluck().all();
const add = (name: string, front = 'q') =>
  deck.addNote({ deck: name, kind: 'basic', front, back: 'a', tags: [] });

describe('decks', () => {
  it('are made once', () => {
    expect(deck.createDeck('A::B').label).toBe('Made the deck A::B');
    expect(() => deck.createDeck('A::B')).toThrow(expect.objectContaining({ code: 'deck_exists' }));
    deck.undoLast();
    expect(names()).toEqual([]);
    deck.createDeck('A::B');
    expect(names()).toEqual(['A::B']);
  });

  it('are renamed with those below them, and with no other', () => {
    for (const name of ['A', 'A::B', 'A::B::C', 'AB', 'a::B']) add(name);
    deck.renameDeck('A', 'X::Y');
    expect(names()).toEqual(['AB', 'X::Y', 'X::Y::B', 'X::Y::B::C', 'a::B']);
    expect(deck.card(3).deck).toBe('X::Y::B::C');
    deck.undoLast();
    expect(names()).toEqual(['A', 'A::B', 'A::B::C', 'AB', 'a::B']);
  });

  it('keep their names where a new one is taken or makes no sense', () => {
    for (const name of ['A', 'A::B', 'X::B', 'Z']) add(name);
    const refused = (from: string, to: string, code: string) =>
      expect(() => deck.renameDeck(from, to)).toThrow(expect.objectContaining({ code }));
    refused('A', 'X', 'deck_exists');
    refused('A', 'Z', 'deck_exists');
    refused('A', 'A::C', 'deck_in_itself');
    refused('Q', 'R', 'deck_unknown');
    expect(names()).toEqual(['A', 'A::B', 'X::B', 'Z']);
    // A level taken out.
    deck.removeDeck('Z');
    deck.renameDeck('A::B', 'Z');
    expect(names()).toEqual(['A', 'X::B', 'Z']);
    deck.undoLast();
    deck.undoLast();
    expect(names()).toEqual(['A', 'A::B', 'X::B', 'Z']);
    expect(deck.cards().map((card) => card.deck)).toEqual(['A', 'A::B', 'X::B', 'Z']);
  });

  it('go with all their cards, and come back with them', async () => {
    await runOf(deck.db, [word('사과', 'apple'), word('배', 'pear')], { deck: 'Fruit' });
    add('Fruit::More');
    deck.bulkEdit([2], { kind: 'move', deck: 'Other' });
    expect(deck.removeDeck('Fruit')).toMatchObject({
      label: 'Removed the deck Fruit with 4 cards',
      cards: 4,
    });
    expect(names()).toEqual(['Other']);
    expect(deck.cards().map(({ cardId }) => cardId)).toEqual([2]);
    // A note lives where its first card is.
    const deckOfNote = deck.db
      .prepare('SELECT name FROM notes JOIN decks ON decks.id = deck_id WHERE notes.id = 1')
      .pluck();
    expect(deckOfNote.get()).toBe('Other');
    deck.undoLast();
    expect(names()).toEqual(['Fruit', 'Fruit::More', 'Other']);
    expect(deckOfNote.get()).toBe('Fruit');
    expect(deck.cards()).toHaveLength(5);
  });

  it('come back by themselves with the first card that a run puts into them', async () => {
    await runOf(deck.db, [word('사과', 'apple')], { deck: 'Fruit' });
    deck.removeDeck('Fruit');
    await runOf(deck.db, [word('배', 'pear')], { deck: 'Fruit' });
    expect(names()).toEqual(['Fruit']);
    expect(deck.cards()).toHaveLength(2);
  });
});
