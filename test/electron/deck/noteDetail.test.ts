import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { createNoteReader } from '../../../electron/deck/noteDetail.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { addNote } from '../../fixtures/deckCards.ts';

let db: Db;
beforeEach(() => void (db = openDeck(':memory:')));
afterEach(() => void db.close());
const reader = () => createNoteReader(db, { cardsOf: createCardStore(db).byNote, historyOf: () => [] });

describe('a note in detail', () => {
  it('has the fields and style of its notetype where it was imported', () => {
    db.prepare(`INSERT INTO notetypes VALUES (7, 'Basic', 'standard', ?, '[]', '.card {}', '{}')`).run(
      JSON.stringify([{ name: 'Front' }, { name: 'Back', rtl: true }]),
    );
    const { uuid } = addNote(
      db,
      { deck: 'A', term: 'x', tags: ['b', 'a'], notetypeId: 7, fields: ['<b>x</b>', 'y', 'z'] },
      { front: '<b>x</b>', back: 'y', flag: 3, suspended: true, memory: { dueMs: 5 } },
    );
    expect(reader().detail(uuid)).toEqual({
      noteId: uuid,
      deck: 'A',
      term: 'x',
      tags: ['a', 'b'],
      cards: [
        {
          cardId: 1,
          noteId: uuid,
          deck: 'A',
          term: 'x',
          type: 'basic',
          format: 'html',
          front: '<b>x</b>',
          back: 'y',
          cloze: null,
          tags: ['a', 'b'],
          status: 'accepted',
          suspended: true,
          flag: 3,
          quote: null,
          place: null,
          warnings: [],
          dueMs: 5,
          createdMs: 0,
          modifiedMs: 0,
          provenance: null,
        },
      ],
      notetype: { name: 'Basic', kind: 'standard', css: '.card {}' },
      fields: [
        { name: 'Front', value: '<b>x</b>', rtl: false },
        { name: 'Back', value: 'y', rtl: true },
        { name: 'Field 3', value: 'z', rtl: false },
      ],
      analysis: null,
      source: null,
      columns: {},
      stages: [],
      history: [],
      createdMs: 0,
      modifiedMs: 0,
    });
    expect(reader().sourceItem(uuid)).toBeNull();
  });

  it('shows the columns of the list that it came from', () => {
    const source = { name: 'list.csv', row: 4, term: 'x', kind: 'term', fields: {}, extra: { Chapter: '3' } };
    const { uuid } = addNote(db, { source: JSON.stringify(source) });
    expect(reader().detail(uuid)).toMatchObject({
      source: { name: 'list.csv', row: 4, place: null },
      columns: { Chapter: '3' },
      notetype: null,
      fields: [],
    });
  });

  it('is not there where all its cards are deleted, or it never was', () => {
    const { uuid } = addNote(db, {}, { status: 'deleted' });
    expect(reader().detail(uuid)).toBeNull();
    expect(reader().detail('nobody')).toBeNull();
  });
});

describe('cards by id', () => {
  it('come in the order asked for, without those that are gone', () => {
    const { cardIds } = addNote(db, {}, {}, { status: 'deleted' }, { status: 'rejected' });
    const [first, deleted, third] = cardIds as [number, number, number];
    const found = createCardStore(db).byIds([third, 99, deleted, first]);
    expect(found.map(({ cardId }) => cardId)).toEqual([third, first]);
  });

  it('have no due date while they are new, buried or not', () => {
    const { cardIds } = addNote(db, {}, { memory: { state: 0, dueMs: 9, buriedUntilMs: 9 } });
    expect(createCardStore(db).byIds(cardIds)[0]?.dueMs).toBeNull();
  });
});
