import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeckTree, type DeckTreeOptions } from '../../../electron/deck/deckTree.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { addNote } from '../../fixtures/deckCards.ts';

const NOW_MS = new Date(2026, 4, 10, 12).getTime();
const DUE = { dueMs: NOW_MS - 86_400_000 };

let db: Db;
beforeEach(() => void (db = openDeck(':memory:')));
afterEach(() => void db.close());

function tree(
  settings: Partial<ReturnType<DeckTreeOptions['settingsOf']>> & { of?: Record<string, object> } = {},
) {
  const { of = {}, ...all } = settings;
  return createDeckTree(db).deckTree({
    nowMs: NOW_MS,
    dayStartsAtHour: 4,
    settingsOf: (deck) => ({ newPerDay: 20, reviewsPerDay: 200, burySiblings: false, ...all, ...of[deck] }),
  });
}
const due = async (options?: Parameters<typeof tree>[0]) =>
  Object.fromEntries(
    (await tree(options)).map(({ name, newCount, learningCount, reviewCount }) => [
      name,
      [newCount, learningCount, reviewCount],
    ]),
  );

describe('the tree of decks', () => {
  it('counts what lies below a deck, and names decks that only have others below them', async () => {
    addNote(db, { deck: 'Korean::Verbs' }, {}, { status: 'proposed' });
    addNote(db, { deck: 'Korean::Verbs' }, { status: 'rejected' }, { status: 'deleted' });
    addNote(db, { deck: 'Korean::Nouns::Food' }, {});
    db.prepare(`INSERT INTO decks (name, created_ms) VALUES ('Empty', 0)`).run();
    expect(
      (await tree()).map(({ name, noteCount, cardCount, proposedCount }) => [
        name,
        noteCount,
        cardCount,
        proposedCount,
      ]),
    ).toEqual([
      ['Empty', 0, 0, 0],
      ['Korean', 2, 3, 1],
      ['Korean::Nouns', 1, 1, 0],
      ['Korean::Nouns::Food', 1, 1, 0],
      ['Korean::Verbs', 1, 2, 1],
    ]);
  });

  it('orders decks as people count, each right before those below it', async () => {
    for (const deck of ['B', 'A 10', 'A 2', 'a 2::x', 'A 2::y', 'A']) addNote(db, { deck });
    expect((await tree()).map(({ name }) => name)).toEqual([
      'A',
      'a 2',
      'a 2::x',
      'A 2',
      'A 2::y',
      'A 10',
      'B',
    ]);
  });

  it('leaves out decks that were removed', async () => {
    addNote(db, { deck: 'Gone' }, { status: 'deleted' });
    db.exec(`UPDATE decks SET removed = 1`);
    expect(await tree()).toEqual([]);
  });

  it('counts what is to be studied today', async () => {
    addNote(
      db,
      { deck: 'A' },
      {},
      { suspended: true },
      { memory: { state: 0, buriedUntilMs: NOW_MS + 1 } },
      { memory: { state: 1, dueMs: NOW_MS + 60_000 } },
      { memory: { state: 3, dueMs: NOW_MS + 20 * 3_600_000 } },
      { memory: DUE },
      { memory: { dueMs: NOW_MS + 10 * 3_600_000 } },
      { memory: { dueMs: NOW_MS + 20 * 3_600_000 } },
      { memory: { ...DUE, buriedUntilMs: NOW_MS + 1 } },
      { memory: DUE, suspended: true },
    );
    expect(await due()).toEqual({ A: [1, 1, 2] });
  });

  it('counts of each note one card where its siblings are buried', async () => {
    addNote(db, { deck: 'A' }, {}, {}, {});
    addNote(db, { deck: 'A' }, {}, { memory: DUE }, { memory: DUE });
    addNote(db, { deck: 'A' }, {}, { memory: DUE }, { memory: { state: 1, ...DUE } });
    expect(await due({ burySiblings: true })).toEqual({ A: [1, 1, 1] });
    expect(await due()).toEqual({ A: [5, 1, 3] });
  });

  it('counts thousands that are due as it counts a few', async () => {
    const of = (memory: object) => ({ memory });
    const kinds = [
      [of(DUE), of(DUE), {}],
      [of({ dueMs: NOW_MS + 20 * 3_600_000 })],
      [of({ state: 3, ...DUE }), of({ ...DUE, buriedUntilMs: NOW_MS + 1 })],
      [{ ...of(DUE), suspended: true }],
    ];
    const options = { newPerDay: 9999, reviewsPerDay: 9999 };
    const times = (counts: readonly number[], by: number) => counts.map((count) => count * by);
    const add = (rounds: number) =>
      db.transaction(() => {
        for (let round = 0; round < rounds; round += 1) {
          for (const cards of kinds) addNote(db, { deck: 'A' }, ...cards);
        }
      })();
    add(1);
    const [alone, buried] = [await due(options), await due({ ...options, burySiblings: true })];
    expect([alone, buried]).toEqual([{ A: [1, 1, 2] }, { A: [0, 1, 1] }]);
    add(1099);
    expect(await due(options)).toEqual({ A: times(alone['A']!, 1100) });
    expect(await due({ ...options, burySiblings: true })).toEqual({ A: times(buried['A']!, 1100) });
  });

  it('keeps to the limits of each deck, less what was answered today', async () => {
    const { cardIds } = addNote(db, { deck: 'A::B' }, {}, {}, {}, { memory: DUE }, { memory: DUE });
    addNote(db, { deck: 'A::C' }, {}, {}, {});
    expect(await due({ newPerDay: 4, reviewsPerDay: 1, of: { 'A::C': { newPerDay: 2 } } })).toEqual({
      A: [4, 0, 1],
      'A::B': [3, 0, 1],
      'A::C': [2, 0, 0],
    });
    const review = db.prepare(
      'INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind) VALUES (?, 3, ?, 1, ?)',
    );
    review.run(cardIds[0], NOW_MS - 1000, 0);
    review.run(cardIds[0], NOW_MS - 86_400_000, 0);
    review.run(cardIds[3], NOW_MS - 1000, 2);
    expect(await due({ newPerDay: 4, reviewsPerDay: 2 })).toEqual({
      A: [3, 0, 1],
      'A::B': [3, 0, 1],
      'A::C': [3, 0, 0],
    });
  });
});

describe('the tags', () => {
  it('are those of notes with cards, by name', async () => {
    addNote(db, { tags: ['b', 'A'] });
    addNote(db, { tags: ['b'] });
    addNote(db, { tags: ['gone'] }, { status: 'deleted' });
    expect(createDeckTree(db).tags()).toEqual([
      { tag: 'A', notes: 1 },
      { tag: 'b', notes: 2 },
    ]);
  });
});
