import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { draft, editedDeck, runOf, word } from './editedDeck.ts';
import type { EditedDeck } from './editedDeck.ts';

let deck: EditedDeck;
beforeEach(() => (deck = editedDeck()));
afterEach(() => void deck.db.close());

const review = { review: true, termLanguage: 'ko', meaningLanguage: 'en' };
const page = (over: Partial<Parameters<EditedDeck['reviewPage']>[0]> = {}) =>
  deck.reviewPage({ runId: null, show: 'all', offset: 0, limit: 50, ...over });
const terms = (found: ReturnType<typeof page>) => found.notes.map(({ term }) => term);

describe('the review queue', () => {
  it('shows the cards that wait, note by note, oldest first', async () => {
    await runOf(deck.db, [word('하나', 'one')]);
    const first = await runOf(deck.db, [word('둘', 'two'), word('셋', 'three'), word('넷', 'four')], review);
    await runOf(deck.db, [word('다섯', 'five')], review);
    expect(page()).toMatchObject({ total: 4, waiting: 8, withWarnings: 0 });
    expect(terms(page())).toEqual(['둘', '셋', '넷', '다섯']);
    expect(terms(page({ runId: first, offset: 1, limit: 1 }))).toEqual(['셋']);
    expect(page({ runId: first })).toMatchObject({ total: 3, waiting: 6 });
    expect(page().notes[0]!.cards.map(({ front, status }) => [front, status])).toEqual([
      ['둘', 'proposed'],
      ['two', 'proposed'],
    ]);
  });

  it('lets each card go by a decision, which can be taken back', async () => {
    await runOf(deck.db, [word('둘', 'two'), word('셋', 'three')], review);
    deck.bulkEdit([1], { kind: 'status', status: 'accepted' });
    expect(deck.bulkEdit([2], { kind: 'status', status: 'rejected' }).label).toBe('Rejected 1 card');
    expect(terms(page())).toEqual(['셋']);
    deck.undoLast();
    expect(page().notes[0]!.cards.map(({ cardId }) => cardId)).toEqual([2]);
  });

  it('makes a note one that changed, since what goes out of it is another then', async () => {
    await runOf(deck.db, [word('둘', 'two')], review);
    const modified = () => deck.db.prepare('SELECT modified_ms FROM notes').pluck().get() as number;
    deck.db.exec('UPDATE notes SET modified_ms = 1');
    deck.bulkEdit([1, 2], { kind: 'status', status: 'accepted' });
    expect(modified()).toBeGreaterThan(1);
    deck.db.exec('UPDATE notes SET modified_ms = 1');
    deck.undoLast();
    expect(modified()).toBeGreaterThan(1);
  });

  it('looks again at what waits when something else has written to the deck', async () => {
    await runOf(deck.db, [word('학교', 'a school')], review);
    expect(page({ show: 'duplicates' }).total).toBe(0);
    await runOf(deck.db, [word('학교!', 'a school')]);
    expect(page({ show: 'duplicates' }).total).toBe(0);
    deck.outdated();
    expect(terms(page({ show: 'duplicates' }))).toEqual(['학교']);
  });

  it('shows what something was found about', async () => {
    await runOf(
      deck.db,
      [
        word('둘', 'two'),
        { term: 'set', cards: [draft('recognition', 'set', 'three'), draft('production', 'three', '셋')] },
      ],
      review,
    );
    expect(page({ show: 'warnings' })).toMatchObject({ total: 1, waiting: 4, withWarnings: 1 });
    expect(page({ show: 'warnings' }).notes[0]!.cards.map(({ warnings }) => warnings)).toEqual([
      ['wrong_script'],
      [],
    ]);
  });

  it('tells near duplicates of the deck and of the run, as long as they are ones', async () => {
    await runOf(deck.db, [word('학교', 'school')]);
    await runOf(
      deck.db,
      [
        word('학교!', 'a school'),
        word('물', 'water'),
        word('물 한 잔', 'a glass of water'),
        word('물 한잔', 'a glass of water'),
      ],
      review,
    );
    const found = page({ show: 'duplicates' });
    expect(found).toMatchObject({ total: 3, waiting: 8, withWarnings: 6 });
    expect(
      found.notes.map(({ term, duplicates }) => [term, duplicates.map(({ card }) => card.term)]),
    ).toEqual([
      ['학교!', ['학교']],
      ['물 한 잔', ['물 한잔']],
      ['물 한잔', ['물 한 잔']],
    ]);
    expect(found.notes[0]!.cards[0]!.warnings).toEqual(['near_duplicate']);
    deck.bulkEdit([9, 10], { kind: 'status', status: 'rejected' });
    expect(terms(page({ show: 'duplicates' }))).toEqual(['학교!']);
    expect(page()).toMatchObject({ withWarnings: 2 });
  });

  it('accepts all of a run, or what nothing was found about', async () => {
    const run = await runOf(
      deck.db,
      [word('학교', 'school'), word('학교!', 'school'), word('물', 'water')],
      review,
    );
    await runOf(deck.db, [word('불', 'fire')], review);
    const acceptAll = (withoutWarnings: boolean) =>
      deck.bulkEdit(deck.waitingCards(run, { withoutWarnings }), { kind: 'status', status: 'accepted' });
    expect(acceptAll(true)).toMatchObject({
      label: 'Accepted 2 cards',
      cards: 2,
    });
    expect(terms(page())).toEqual(['학교', '학교!', '불']);
    expect(acceptAll(false).cards).toBe(4);
    expect(terms(page())).toEqual(['불']);
    deck.undoLast();
    deck.undoLast();
    expect(page()).toMatchObject({ total: 4, waiting: 8 });
  });

  it('is made ready in short pieces', async () => {
    await runOf(deck.db, [word('학교', 'school'), word('학교!', 'school')], review);
    await deck.prepareReview(null);
    expect(deck.cards().every(({ warnings }) => warnings.includes('near_duplicate'))).toBe(true);
  });
});
