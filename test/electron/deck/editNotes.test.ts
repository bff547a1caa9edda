import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNoteReader } from '../../../electron/deck/noteDetail.ts';
import { NO_TOKENS } from '../../../shared/run.ts';
import { noteKey } from '../../../electron/exchange/noteKey.ts';
import { anItem } from '../../fixtures/items.ts';
import { draft, editedDeck, importedNote, runOf, study, word } from './editedDeck.ts';
import type { EditedDeck } from './editedDeck.ts';

let deck: EditedDeck;
beforeEach(() => (deck = editedDeck()));
afterEach(() => void deck.db.close());

const sides = () => deck.cards().map(({ front, back, cloze }) => [front, back, cloze]);
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};
const noteRow = (uuid: string) =>
  deck.db.prepare('SELECT term, key, modified_ms AS modifiedMs FROM notes WHERE uuid = ?').get(uuid) as {
    term: string;
    key: string;
    modifiedMs: number;
  };

describe('a note written by hand', () => {
  it('has one card, two of them the other way round, or one for each gap', () => {
    deck.addNote({ deck: 'A::B', kind: 'basic', front: ' q ', back: 'a', tags: ['x y', 'X y', 'b'] });
    deck.addNote({ deck: 'A::B', kind: 'reverse', front: 'cat', back: 'Katze', tags: [] });
    deck.addNote({ deck: 'A::B', kind: 'cloze', front: '{{c1::one}} and {{c3::three}}', back: '', tags: [] });
    expect(sides()).toEqual([
      ['q', 'a', null],
      ['cat', 'Katze', null],
      ['Katze', 'cat', null],
      ['{{c1::one}} and {{c3::three}}', '', 1],
      ['{{c1::one}} and {{c3::three}}', '', 3],
    ]);
    expect(deck.card(1)).toMatchObject({
      deck: 'A::B',
      term: 'q',
      tags: ['b', 'x-y'],
      status: 'accepted',
      provenance: null,
    });
    expect(new Set(deck.cards().map(({ noteId }) => noteId)).size).toBe(3);
  });

  it('is kept as NFC', () => {
    deck.addNote({
      deck: 'A',
      kind: 'basic',
      front: '학교'.normalize('NFD'),
      back: 'é'.normalize('NFD'),
      tags: [],
    });
    expect(sides()).toEqual([['학교', 'é', null]]);
  });

  it('is told to repeat another of the deck, and not refused', () => {
    const first = deck.addNote({ deck: 'A', kind: 'basic', front: 'Cat', back: 'Katze', tags: [] });
    expect(
      deck.addNote({ deck: 'B', kind: 'basic', front: 'cat', back: 'Katze', tags: [] }).duplicates,
    ).toEqual([]);
    expect(
      deck.addNote({ deck: 'A', kind: 'basic', front: 'cat', back: 'Kater', tags: [] }).duplicates,
    ).toEqual([]);
    const again = deck.addNote({ deck: 'A', kind: 'basic', front: ' cat', back: 'KATZE', tags: [] });
    expect(again.duplicates).toEqual([first.noteId]);
    expect(deck.cards().at(-1)?.warnings).toEqual(['near_duplicate']);
  });

  it('has the key that a row of a list would have', () => {
    const { noteId } = deck.addNote({ deck: 'A', kind: 'basic', front: 'Big  Cat', back: 'Katze', tags: [] });
    expect(noteRow(noteId).key).toBe(noteKey(anItem('big cat', { fields: { meaning: 'katze' } })));
    const cloze = deck.addNote({ deck: 'A', kind: 'cloze', front: 'A {{c1::Cat}}', back: 'x', tags: [] });
    expect(noteRow(cloze.noteId).key).toBe(noteKey(anItem('a {{c1::cat}}')));
  });

  it.each([
    ['basic', '  ', 'a', 'empty_front'],
    ['basic', 'q', '', 'empty_back'],
    ['cloze', 'no gap', '', 'no_gap'],
  ] as const)('is refused where it is empty: %s %j %j', (kind, front, back, code) => {
    expect(codeOf(() => deck.addNote({ deck: 'A', kind, front, back, tags: [] }))).toBe(code);
    expect(deck.cards()).toEqual([]);
  });

  it('is named by its question, which may change', () => {
    const { noteId } = deck.addNote({ deck: 'A', kind: 'basic', front: 'cat', back: 'Katze', tags: [] });
    const { modifiedMs } = noteRow(noteId);
    deck.editNote({ noteId, cards: [{ cardId: 1, front: 'tom\ncat', back: 'Kater' }], cause: 'edit' });
    expect(noteRow(noteId)).toMatchObject({ term: 'tom', key: 'tom cat\u001fkater' });
    expect(noteRow(noteId).modifiedMs).toBeGreaterThan(modifiedMs);
    deck.undoLast();
    expect(noteRow(noteId)).toMatchObject({ term: 'cat', key: 'cat\u001fkatze' });
  });
});

describe('a note of a run', () => {
  it('keeps its name, and has its warnings looked at anew', async () => {
    await runOf(deck.db, [word('사과', 'apple')], { termLanguage: 'ko', meaningLanguage: 'en' });
    const { noteId } = deck.card(1);
    const edit = (front: string, back: string) =>
      deck.editNote({ noteId, cards: [{ cardId: 1, front, back }], cause: 'edit' });
    edit('sagwa', '');
    expect(deck.card(1)).toMatchObject({ term: '사과', warnings: ['empty_side', 'wrong_script'] });
    edit('사과', 'apple');
    expect(deck.card(1).warnings).toEqual([]);
    expect(edit('사과', 'apple')).toBeNull();
    expect(deck.card(1).provenance).not.toBeNull();
  });

  it('says in its history what a text was made anew for', async () => {
    await runOf(deck.db, [word('사과', 'apple')]);
    const { noteId } = deck.card(1);
    deck.editNote({ noteId, cards: [{ cardId: 1, front: '사과', back: 'an apple' }], cause: 'regenerate' });
    expect(deck.history(noteId)[0]).toMatchObject({
      label: 'Regenerated text',
      parts: [{ part: 'card 1: back', before: 'apple', after: 'an apple' }],
    });
  });

  it('is not written over where it is another by now', async () => {
    await runOf(deck.db, [word('사과', 'apple')]);
    const { noteId } = deck.card(1);
    const was = { front: '사과', back: 'apple' };
    const edit = (back: string) => () =>
      deck.editNote({ noteId, cards: [{ cardId: 1, front: '사과', back, was }], cause: 'edit' });
    edit('an apple')();
    expect(codeOf(edit('the apple'))).toBe('note_changed');
    expect(deck.card(1).back).toBe('an apple');
  });

  it('refuses what would not be a card any more, and changes nothing then', async () => {
    await runOf(deck.db, [word('사과', 'apple')]);
    const { noteId } = deck.card(1);
    const good = { cardId: 1, front: 'new', back: 'new' };
    const edit =
      (front: string, cardId = 2) =>
      () =>
        deck.editNote({ noteId, cards: [good, { cardId, front, back: 'x' }], cause: 'edit' });
    expect(codeOf(edit(' \n'))).toBe('empty_front');
    expect(codeOf(edit('x', 99))).toBe('card_unknown');
    expect(codeOf(() => deck.editNote({ noteId: 'nobody', tags: [], cause: 'edit' }))).toBe('note_unknown');
    expect(codeOf(() => deck.editNote({ noteId, fields: ['a'], cause: 'edit' }))).toBe('edit_mismatch');
    expect(sides()).toEqual([
      ['사과', 'apple', null],
      ['apple', '사과', null],
    ]);
  });
});

describe('a quote', () => {
  it('is edited with the sides of its card or alone, is in the history, and comes back', async () => {
    await runOf(deck.db, [word('사과', 'apple')]);
    const { noteId, front, back } = deck.card(1);
    const edit = (quote: string | null | undefined) =>
      deck.editNote({ noteId, cards: [{ cardId: 1, front, back, quote }], cause: 'edit' });
    const quote = () => deck.card(1).quote;
    const first = quote();
    edit(' 사과가 달다. ');
    expect(quote()).toBe('사과가 달다.');
    expect(deck.history(noteId)[0]!.parts).toEqual([
      { part: 'card 1: quote', before: first, after: '사과가 달다.' },
    ]);
    edit(undefined);
    expect(quote()).toBe('사과가 달다.');
    edit(null);
    expect(quote()).toBeNull();
    deck.undoLast();
    deck.undoLast();
    expect(quote()).toBe(first);
  });
});

describe('the cards of a cloze text', () => {
  const LIST = '{{c1::iron}}, {{c2::tin}}, {{c3::lead}}';
  beforeEach(() =>
    runOf(deck.db, [
      { term: 'metals', cards: [draft('cloze', LIST, 'b'), draft('cloze', '{{c1::gold}} shines', 'g')] },
    ]),
  );
  const edit = (cardId: number, front: string, back = 'b') =>
    deck.editNote({ noteId: deck.card(1).noteId, cards: [{ cardId, front, back }], cause: 'edit' });

  it('change together, and those of another text of the note do not', () => {
    edit(2, `Metals: ${LIST}`, 'B');
    expect(sides()).toEqual([
      [`Metals: ${LIST}`, 'B', 1],
      [`Metals: ${LIST}`, 'B', 2],
      [`Metals: ${LIST}`, 'B', 3],
      ['{{c1::gold}} shines', 'g', 1],
    ]);
  });

  it('come and go with the gaps; those that stay keep their schedule', () => {
    study(deck.db, 1, 111);
    study(deck.db, 3, 333);
    edit(1, '{{c1::iron}}, tin, {{c3::lead}}, {{c4::zinc}}');
    expect(deck.cards().map(({ cardId, cloze, dueMs }) => [cardId, cloze, dueMs])).toEqual([
      [1, 1, 111],
      [3, 3, 333],
      [4, 1, null],
      [5, 4, null],
    ]);
    expect(deck.card(5).provenance).toEqual(deck.card(1).provenance);
    deck.undoLast();
    expect(sides().slice(0, 3)).toEqual([1, 2, 3].map((gap) => [LIST, 'b', gap]));
    expect(deck.cards()).toHaveLength(4);
  });

  it('are not all taken away by an edit', () => {
    expect(codeOf(() => edit(1, 'iron, tin, lead'))).toBe('no_gap');
    expect(deck.cards()).toHaveLength(4);
  });

  it('keep backs of their own where they have them', () => {
    deck.db.prepare("UPDATE cards SET back = 'own' WHERE id = 2").run();
    edit(1, LIST, 'new');
    expect(deck.cards().map(({ back }) => back)).toEqual(['new', 'own', 'b', 'g']);
  });

  it('begin where a text without a gap gets some', async () => {
    await runOf(deck.db, [{ term: 'broken', cards: [draft('cloze', 'no gap here', 'b')] }]);
    const card = deck.cards().at(-1)!;
    expect(card.warnings).toEqual(['no_gap']);
    deck.editNote({
      noteId: card.noteId,
      cards: [{ cardId: card.cardId, front: '{{c1::no}} {{c2::gap}} here', back: 'b' }],
      cause: 'edit',
    });
    expect(
      deck
        .cards()
        .slice(-2)
        .map(({ cardId, cloze, warnings }) => [cardId, cloze, warnings]),
    ).toEqual([
      [card.cardId, 1, []],
      [card.cardId + 1, 2, []],
    ]);
  });
});

describe('a note with a notetype', () => {
  it('has its cards rendered anew from its fields', () => {
    const { noteId, cardIds } = importedNote(deck, ['cat', 'Katze']);
    study(deck.db, cardIds[0]!, 5);
    deck.editNote({ noteId, fields: ['<b>tom</b>', ''], cause: 'edit' });
    expect(
      deck.cards().map(({ cardId, term, front, back, format }) => [cardId, term, front, back, format]),
    ).toEqual([[cardIds[0], 'tom', '<b>tom</b>', '', 'html']]);
    deck.editNote({ noteId, fields: ['tom', 'Kater'], cause: 'edit' });
    // The card that comes back is the one that was there.
    expect(deck.cards().map(({ cardId, front, dueMs }) => [cardId, front, dueMs])).toEqual([
      [cardIds[0], 'tom', 5],
      [cardIds[1], 'Kater', null],
    ]);
    deck.undoLast();
    deck.undoLast();
    expect(sides()).toEqual([
      ['cat', 'Katze', null],
      ['Katze', 'cat', null],
    ]);
  });

  it('follows the gaps of a cloze field', () => {
    const { noteId } = importedNote(deck, ['{{c1::a}} {{c2::b}}', 'x'], { kind: 'cloze' });
    deck.editNote({ noteId, fields: ['{{c2::b}} {{c3::c}}', 'x'], cause: 'edit' });
    expect(deck.cards().map(({ cloze, type }) => [cloze, type])).toEqual([
      [2, 'basic'],
      [3, 'cloze'],
    ]);
  });

  it('shows its tags where its templates do', () => {
    const templates = [{ name: 'A', front: '{{Front}}', back: '{{Tags}}' }];
    const { noteId } = importedNote(deck, ['cat', ''], { templates, tags: ['old'] });
    expect(sides()).toEqual([['cat', 'old', null]]);
    deck.editNote({ noteId, tags: ['new'], cause: 'edit' });
    expect(sides()).toEqual([['cat', 'new', null]]);
    deck.bulkEdit([deck.cards()[0]!.cardId], { kind: 'addTags', tags: ['more'] });
    expect(sides()).toEqual([['cat', 'more new', null]]);
  });

  it('is not written over where its fields are others by now', () => {
    const { noteId } = importedNote(deck, ['cat', 'Katze']);
    const edit = (fields: string[]) => () =>
      deck.editNote({ noteId, fields, fieldsWere: ['cat', 'Katze'], cause: 'edit' });
    edit(['tom', 'Katze'])();
    expect(codeOf(edit(['tabby', 'Katze']))).toBe('note_changed');
    expect(sides()[0]).toEqual(['tom', 'Katze', null]);
  });

  it('refuses fields that are not its own, or give no card', () => {
    const { noteId } = importedNote(deck, ['cat', 'Katze']);
    const edit = (fields: string[]) => codeOf(() => deck.editNote({ noteId, fields, cause: 'edit' }));
    expect(edit(['cat'])).toBe('fields_mismatch');
    expect(edit(['', ''])).toBe('no_cards');
    expect(codeOf(() => deck.editNote({ noteId, cards: [], cause: 'edit' }))).toBe('edit_mismatch');
    expect(deck.cards()).toHaveLength(2);
  });
});

describe('where a note is from', () => {
  const BOOK = { name: 'Grammar', place: { headings: ['Verbs', 'Past'], page: 14, chapter: 'Two' } };
  const sourceOf = (noteId: string) =>
    deck.db.prepare('SELECT source FROM notes WHERE uuid = ?').pluck().get(noteId);
  const reader = () =>
    createNoteReader(deck.db, {
      cardsOf: (noteId) => deck.cards().filter((card) => card.noteId === noteId),
      historyOf: deck.history,
    });

  it('is written, changed and taken away, each in the history and with a way back', () => {
    const { noteId } = deck.addNote({ deck: 'A', kind: 'reverse', front: 'q', back: 'a', tags: [] });
    const { modifiedMs } = noteRow(noteId);
    expect(deck.editNote({ noteId, from: BOOK, cause: 'edit' })).toMatchObject({ notes: 1, cards: 0 });
    expect(deck.cards().map(({ place }) => place)).toEqual([BOOK.place, BOOK.place]);
    expect(reader().detail(noteId)?.source).toEqual({ ...BOOK, row: 0 });
    expect(noteRow(noteId).modifiedMs).toBeGreaterThan(modifiedMs);
    expect(deck.editNote({ noteId, from: BOOK, cause: 'edit' })).toBeNull();
    deck.editNote({ noteId, from: { name: 'Notes', place: { headings: [], chapter: '' } }, cause: 'edit' });
    expect(reader().detail(noteId)?.source).toEqual({ name: 'Notes', row: 0, place: null });
    deck.editNote({ noteId, from: null, cause: 'edit' });
    expect(sourceOf(noteId)).toBeNull();
    expect(
      deck
        .history(noteId)
        .slice(0, 3)
        .map(({ parts }) => parts),
    ).toEqual([
      [{ part: 'source', before: 'Notes', after: null }],
      [{ part: 'source', before: 'Grammar: Two › Verbs › Past, page 14', after: 'Notes' }],
      [{ part: 'source', before: null, after: 'Grammar: Two › Verbs › Past, page 14' }],
    ]);
    deck.undoLast();
    expect(reader().detail(noteId)?.source).toMatchObject({ name: 'Notes' });
    deck.undoLast();
    expect(reader().detail(noteId)?.source).toEqual({ ...BOOK, row: 0 });
    deck.undoLast();
    expect(sourceOf(noteId)).toBeNull();
  });

  it('leaves the row alone that a run made it from', async () => {
    const place = { headings: ['Old'], page: 3 };
    await runOf(deck.db, [word('ebb', 'to flow back')]);
    deck.db
      .prepare("UPDATE notes SET source = json_set(source, '$.place', json(?))")
      .run(JSON.stringify(place));
    const [{ noteId } = { noteId: '' }] = deck.cards();
    const before = reader().sourceItem(noteId);
    expect(before).toMatchObject({ place });
    const { name } = reader().detail(noteId)!.source!;
    deck.editNote({ noteId, from: BOOK, cause: 'edit' });
    expect(reader().sourceItem(noteId)).toEqual({ ...before, place: BOOK.place });
    deck.editNote({ noteId, from: null, cause: 'edit' });
    expect(reader().detail(noteId)?.source).toBeNull();
    expect(reader().sourceItem(noteId)?.term).toBe(before?.term);
    deck.undoLast();
    deck.undoLast();
    expect(reader().sourceItem(noteId)).toEqual(before);
    expect(reader().detail(noteId)?.source).toMatchObject({ name, place });
  });
});

describe('the quote of a card', () => {
  it('is edited beside its sides, in the history and with a way back', () => {
    const { noteId } = deck.addNote({ deck: 'A', kind: 'basic', front: 'q', back: 'a', tags: [] });
    const [{ cardId } = { cardId: 0 }] = deck.cards();
    const edit = (quote: string | null) =>
      deck.editNote({ noteId, cards: [{ cardId, front: 'q', back: 'a', quote }], cause: 'edit' });
    expect(edit(' It is so. ')).toMatchObject({ cards: 1 });
    expect(deck.card(cardId).quote).toBe('It is so.');
    expect(deck.history(noteId)[0]?.parts).toEqual([
      { part: 'card 1: quote', before: null, after: 'It is so.' },
    ]);
    edit(null);
    expect(deck.card(cardId).quote).toBeNull();
    deck.undoLast();
    expect(deck.card(cardId).quote).toBe('It is so.');
  });
});

describe('a card that a model made anew', () => {
  const made = {
    traceId: 'b'.repeat(32),
    atMs: 77,
    identity: { generator: 'openai', model: 'large', promptVersion: 'rewrite-1', parameters: '{}' },
    usage: { ...NO_TOKENS, outputTokens: 9 },
    exchange: { prompt: 'Once more.', answer: '{"cards":[]}' },
  };
  const edit = (noteId: string, cardId: number) => ({
    noteId,
    cards: [{ cardId, front: 'anew', back: 'better' }],
    cause: 'regenerate' as const,
  });

  it('leads to that call, its prompt and its answer, until it is taken back', async () => {
    await runOf(deck.db, [word('school', 'Schule')]);
    const [first, second] = deck.cards();
    deck.editNote(edit(first!.noteId, first!.cardId), made);
    expect(deck.card(first!.cardId).provenance).toEqual({
      ...first!.provenance,
      ...made.identity,
      traceId: made.traceId,
    });
    expect(deck.card(second!.cardId).provenance).toEqual(second!.provenance);
    const reader = createNoteReader(deck.db, { cardsOf: () => deck.cards(), historyOf: () => [] });
    expect(reader.detail(first!.noteId)!.stages.at(-1)).toMatchObject({
      ...made.identity,
      ...made.exchange,
      stage: 'write',
      traceId: made.traceId,
      atMs: 77,
      cached: false,
    });
    deck.undoLast();
    expect(deck.card(first!.cardId)).toMatchObject({ front: 'school', provenance: first!.provenance });
  });

  it('stays without a run where no run made it', () => {
    deck.addNote({ deck: 'A', kind: 'basic', front: 'q', back: 'a', tags: [] });
    const [card] = deck.cards();
    deck.editNote(edit(card!.noteId, card!.cardId), made);
    expect(deck.card(card!.cardId)).toMatchObject({ front: 'anew', provenance: null });
  });
});
