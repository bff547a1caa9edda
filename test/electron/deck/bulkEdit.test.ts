import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { draft, editedDeck, importedNote, runOf, study, word } from './editedDeck.ts';
import type { EditedDeck } from './editedDeck.ts';

let deck: EditedDeck;
beforeEach(() => (deck = editedDeck()));
afterEach(() => void deck.db.close());
const ids = () => deck.cards().map(({ cardId }) => cardId);

describe('a bulk edit', () => {
  beforeEach(() => runOf(deck.db, [word('사과', 'apple'), word('배', 'pear')], { deck: 'Fruit' }));

  it('tags notes once each, whatever the case, and takes tags away', () => {
    const set = deck.bulkEdit([1, 2, 3], { kind: 'addTags', tags: ['TEST', 'new tag', 'New Tag'] });
    expect(set).toMatchObject({ label: 'Tagged 2 notes: TEST new-tag', notes: 2, cards: 0 });
    expect(deck.cards().map(({ tags }) => tags.join(' '))).toEqual(Array(4).fill('new-tag test'));
    deck.bulkEdit([4], { kind: 'removeTags', tags: ['Test'] });
    expect(deck.cards().map(({ tags }) => tags.join(' '))).toEqual([
      'new-tag test',
      'new-tag test',
      'new-tag',
      'new-tag',
    ]);
  });

  it('groups the digits of a large count', async () => {
    const words = Array.from({ length: 1200 }, (_, at) => word(`word ${at}`, `meaning ${at}`));
    await runOf(deck.db, words, { deck: 'Large' });
    const all = deck.db.prepare<[], number>('SELECT id FROM cards').pluck().all();
    expect(deck.bulkEdit(all, { kind: 'addTags', tags: ['many'] }).label).toBe('Tagged 1,202 notes: many');
  });

  it('moves cards to a deck that it makes, and the note with its first card', () => {
    const deckOfNote = () =>
      deck.db
        .prepare('SELECT decks.name FROM notes JOIN decks ON decks.id = deck_id ORDER BY notes.id')
        .pluck()
        .all();
    expect(deck.bulkEdit([2], { kind: 'move', deck: 'New::One' })).toMatchObject({
      label: 'Moved 1 card to New::One',
      notes: 1,
      cards: 1,
    });
    expect(deckOfNote()).toEqual(['Fruit', 'Fruit']);
    deck.bulkEdit([1], { kind: 'move', deck: 'New::One' });
    expect(deckOfNote()).toEqual(['New::One', 'Fruit']);
    deck.undoLast();
    deck.undoLast();
    expect(deckOfNote()).toEqual(['Fruit', 'Fruit']);
    expect(deck.db.prepare("SELECT removed FROM decks WHERE name = 'New::One'").pluck().get()).toBe(1);
    // What was taken back can be done again.
    deck.bulkEdit([2], { kind: 'move', deck: 'New::One' });
    expect(deck.card(2).deck).toBe('New::One');
    expect(deck.db.prepare("SELECT removed FROM decks WHERE name = 'New::One'").pluck().get()).toBe(0);
  });

  it('suspends, flags and decides', () => {
    deck.bulkEdit([1, 2], { kind: 'suspend', suspended: true });
    deck.bulkEdit([2, 3], { kind: 'flag', flag: 7 });
    deck.bulkEdit([3, 4], { kind: 'status', status: 'rejected' });
    expect(deck.cards().map(({ suspended, flag, status }) => [suspended, flag, status])).toEqual([
      [true, 0, 'accepted'],
      [true, 7, 'accepted'],
      [false, 7, 'rejected'],
      [false, 0, 'rejected'],
    ]);
  });

  it('leaves alone what is gone, and says so', () => {
    deck.bulkEdit([1], { kind: 'delete' });
    expect(deck.bulkEdit([1, 2, 2, 99], { kind: 'flag', flag: 1 })).toMatchObject({
      cards: 1,
      leftAlone: [
        { cardId: 1, reason: 'The card is gone.' },
        { cardId: 99, reason: 'The card is gone.' },
      ],
    });
  });

  it('deletes so that schedules come back with the cards', () => {
    study(deck.db, 1, 777);
    expect(deck.bulkEdit([1, 2, 3], { kind: 'delete' }).label).toBe('Deleted 3 cards');
    expect(ids()).toEqual([4]);
    deck.undoLast();
    expect(deck.cards().map(({ dueMs }) => dueMs)).toEqual([777, null, null, null]);
  });

  it('forgets schedules and brings them back whole', () => {
    study(deck.db, 1, 777);
    const memory = () => deck.db.prepare('SELECT * FROM memory').all();
    const before = memory();
    expect(deck.bulkEdit([1, 2], { kind: 'forget' })).toMatchObject({
      label: 'Forgot the schedule of 1 card',
    });
    expect(memory()).toEqual([]);
    deck.undoLast();
    expect(memory()).toEqual(before);
  });

  it('takes many alike back at once, but for those that were changed since', async () => {
    await runOf(
      deck.db,
      Array.from({ length: 200 }, (_, i) => word(`term ${i}`, `meaning ${i}`)),
      { deck: 'Many' },
    );
    const before = deck.cards().map(({ modifiedMs: _changed, ...card }) => card);
    deck.bulkEdit(ids(), { kind: 'move', deck: 'Moved' });
    deck.db
      .prepare("UPDATE cards SET deck_id = (SELECT id FROM decks WHERE name = 'Many') WHERE id = 20")
      .run();
    deck.db
      .prepare("UPDATE cards SET deck_id = (SELECT id FROM decks WHERE name = 'Fruit') WHERE id = 30")
      .run();
    expect(deck.undoLast()).toMatchObject({ leftAlone: [{ cardId: 30, reason: 'Changed since: deck.' }] });
    const after = deck.cards().map(({ modifiedMs: _changed, ...card }) => card);
    expect(
      after
        .filter((card, i) => JSON.stringify(card) !== JSON.stringify(before[i]))
        .map(({ cardId }) => cardId),
    ).toEqual([30]);
  });
});

describe('replacing text', () => {
  const replace = (find: string, by: string, matchCase = false) =>
    deck.bulkEdit(ids(), { kind: 'replace', find, with: by, matchCase });
  const sides = () => deck.cards().map(({ front, back }) => `${front} / ${back}`);

  it('is literal, on both sides, in any case unless that counts', async () => {
    await runOf(deck.db, [word('Cat (x)', 'katze $1'), word('concat', 'K')]);
    expect(replace('CAT', '$&')).toMatchObject({
      label: 'Replaced text in 2 notes',
      cards: 4,
      leftAlone: [],
    });
    expect(sides()).toEqual(['$& (x) / katze $1', 'katze $1 / $& (x)', 'con$& / K', 'K / con$&']);
    expect(replace('k', 'c', true).cards).toBe(2);
    expect(replace('(x)', '').cards).toBe(2);
    expect(sides().slice(0, 2)).toEqual(['$& / catze $1', 'catze $1 / $&']);
  });

  it('touches the picked cards alone, but the whole of a cloze text', async () => {
    await runOf(deck.db, [
      word('cat', 'Katze'),
      { term: 'list', cards: [draft('cloze', 'cats: {{c1::a}} {{c2::b}}', 'cat')] },
    ]);
    deck.bulkEdit([1, 3], { kind: 'replace', find: 'cat', with: 'dog', matchCase: true });
    expect(sides()).toEqual([
      'dog / Katze',
      'Katze / cat',
      'dogs: {{c1::a}} {{c2::b}} / dog',
      'dogs: {{c1::a}} {{c2::b}} / dog',
    ]);
  });

  it('leaves alone what would be no card any more', async () => {
    await runOf(deck.db, [
      word('cat', 'Katze'),
      { term: 'list', cards: [draft('cloze', '{{c1::a}} cat', '')] },
    ]);
    expect(replace('cat', '').leftAlone).toEqual([
      { cardId: 1, reason: 'The question would be empty.' },
      { cardId: 2, reason: 'The answer would be empty.' },
    ]);
    expect(replace('{{c1::', '{{c2::').leftAlone).toEqual([
      { cardId: 3, reason: 'A gap would be lost or made.' },
    ]);
    expect(sides()).toEqual(['cat / Katze', 'Katze / cat', '{{c1::a}} / ']);
  });

  it('changes what a reader sees of HTML, and not its tags', () => {
    importedNote(deck, ['<b class="b">b &amp; B</b>', 'a &lt; b']);
    expect(replace('b', 'x').cards).toBe(2);
    expect(deck.card(1)).toMatchObject({ front: '<b class="b">x &amp; x</b>', back: 'a &lt; x' });
    replace('amp', 'y');
    expect(deck.card(1).front).toBe('<b class="b">x &amp; x</b>');
    replace('x & x', '<i>');
    expect(deck.card(1).front).toBe('<b class="b">&lt;i&gt;</b>');
    expect(replace('<b', 'q').cards).toBe(0);
  });

  it('leaves an imported note alone whose gaps or questions would go', () => {
    importedNote(deck, ['{{c1::a}} b', ''], { kind: 'cloze' });
    importedNote(deck, ['zz', ''], {});
    expect(replace('c1', 'c2').leftAlone.map(({ reason }) => reason)).toEqual([
      'A gap would be lost or made.',
    ]);
    expect(replace('zz', '').leftAlone.map(({ reason }) => reason)).toEqual(['The question would be empty.']);
    expect(deck.cards()).toHaveLength(2);
  });
});
