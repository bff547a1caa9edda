import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { createNearDuplicates } from '../../../electron/deck/nearDuplicates.ts';
import { createRandom } from '../../fixtures/lists.ts';
import { draft, editedDeck, importedNote, runOf, word } from './editedDeck.ts';
import type { EditedDeck } from './editedDeck.ts';

let deck: EditedDeck;
beforeEach(() => (deck = editedDeck()));
afterEach(() => void deck.db.close());
const near = (cardId: number) =>
  deck.nearDuplicates(cardId).map(({ card, similarity }) => [card.term, Number(similarity.toFixed(2))]);

describe('near duplicates', () => {
  it('are notes of nearly the same term and meaning, not homonyms or synonyms', async () => {
    await runOf(deck.db, [
      word('colour', 'the look of light'),
      word('color', 'the look of light'),
      word('Colour!', 'look of light'),
      word('배', 'pear'),
      word(' 배', 'ship'),
      word('집', 'a house'),
      word('주택', 'a house'),
      word('学校', 'school'),
      word('学校 ', 'a school'),
    ]);
    expect(near(1)).toEqual([
      ['Colour!', 1],
      ['color', 0.88],
    ]);
    expect(near(7)).toEqual([]);
    expect(near(11)).toEqual([]);
    expect(near(15)).toEqual([['学校 ', 1]]);
    // By any of the note's cards.
    expect(near(2)).toEqual(near(1));
  });

  it('are told for each question and cloze text of a passage', async () => {
    await runOf(deck.db, [
      {
        term: 'Chapter 1',
        cards: [
          draft('basic', 'What is iron?', 'A metal.'),
          draft('basic', 'Where is Mainz?', 'On the Rhine.'),
        ],
      },
      {
        term: 'Chapter 1 ',
        cards: [
          draft('cloze', 'The {{c1::heart}} of a whale weighs 180 kg.', ''),
          draft('basic', 'Where is Mainz', 'On the Rhine'),
        ],
      },
      { term: 'Chapter 2', cards: [draft('cloze', 'The heart of a whale weighs {{c1::180}} kg', '')] },
    ]);
    expect(near(1)).toEqual([]);
    expect(deck.nearDuplicates(2).map(({ card }) => card.cardId)).toEqual([4]);
    expect(deck.nearDuplicates(3).map(({ card }) => card.cardId)).toEqual([5]);
  });

  it('are found among imported notes too, whatever their HTML', async () => {
    importedNote(deck, ['colour', '<div>the <b>look</b> of light</div>']);
    await runOf(deck.db, [word('color', 'the look of light')]);
    expect(near(3)).toEqual([['colour', 0.88]]);
  });

  it('follow every change', async () => {
    await runOf(deck.db, [word('colour', 'look'), word('color', 'look')]);
    expect(near(1)).toHaveLength(1);
    deck.bulkEdit([3, 4], { kind: 'status', status: 'rejected' });
    expect(near(1)).toEqual([]);
    deck.undoLast();
    expect(near(1)).toHaveLength(1);
    const { noteId } = deck.card(3);
    deck.editNote({ noteId, cards: [{ cardId: 3, front: 'color', back: 'something else' }], cause: 'edit' });
    expect(near(1)).toEqual([]);
    await runOf(deck.db, [word('coloured', 'look')]);
    expect(near(1)).toEqual([['coloured', 0.88]]);
    deck.bulkEdit([5, 6], { kind: 'delete' });
    expect(near(1)).toEqual([]);
    expect(near(5)).toEqual([]);
    expect(near(99)).toEqual([]);
  });

  it('follow what another connection writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracedeck-near-'));
    const here = editedDeck(join(folder, 'deck.db'));
    const there = editedDeck(join(folder, 'deck.db'));
    await runOf(here.db, [word('colour', 'look'), word('other', 'thing')]);
    const found = () => here.nearDuplicates(1).map(({ card }) => card.term);
    expect(found()).toEqual([]);
    await runOf(there.db, [word('color', 'look')]);
    expect(found()).toEqual(['color']);
    // Stamped with the time of day, as every writer but these tests does.
    there.db.prepare("UPDATE cards SET back = 'gaze', modified_ms = ? WHERE id = 5").run(Date.now());
    expect(found()).toEqual([]);
    there.bulkEdit([5, 6], { kind: 'delete' });
    here.db.close();
    there.db.close();
    rmSync(folder, { recursive: true });
  });

  it('follow what runs and imports write on the same connection, once the deck is said to have changed', async () => {
    await runOf(deck.db, [word('colour', 'look'), word('other', 'thing'), word('third', 'one')]);
    expect(near(1)).toEqual([]);
    const before = deck.ownChanges();
    // As an import does it: with the times of its package, and written down in the log of changes.
    deck.db.exec(`UPDATE notes SET term = 'color', modified_ms = 5 WHERE id = 2;
      UPDATE cards SET front = 'color', back = 'look', modified_ms = 5 WHERE id = 3;
      INSERT INTO change_sets (label, at_ms) VALUES ('Import', 5);
      INSERT INTO changes (change_set_id, entity, entity_id, before, after) VALUES (1, 'card', 3, '{}', '{}')`);
    expect(deck.ownChanges()).toBe(before);
    deck.outdated();
    expect(near(1)).toEqual([['color', 0.88]]);
    deck.bulkEdit([3], { kind: 'suspend', suspended: true });
    expect(deck.ownChanges()).toBeGreaterThan(before);
  });

  it('are found among long texts that share most of their letters', async () => {
    const random = createRandom(7);
    const syllable = () => 'ptkmnslr'[Math.floor(random() * 8)]! + 'aeiou'[Math.floor(random() * 5)]!;
    const words = Array.from(
      { length: 300 },
      () => syllable() + syllable() + (random() < 0.5 ? syllable() : ''),
    );
    const pick = () => words[Math.floor(random() * words.length)]!;
    const sentences = Array.from({ length: 600 }, () => Array.from({ length: 12 }, pick));
    const cloze = (text: readonly string[], i: number) => ({
      term: `${i}`,
      cards: [draft('cloze', text.with(3, `{{c1::${text[3]}}}`).join(' '), '')],
    });
    // Every tenth once more, with one word changed.
    const copies = sentences.filter((_, i) => i % 10 === 0).map((text) => text.with(7, 'otherwise'));
    await runOf(deck.db, [...sentences, ...copies].map(cloze));
    for (const [i] of copies.entries()) {
      const found = deck.nearDuplicates(600 + i + 1);
      expect(found[0]).toMatchObject({ card: { cardId: i * 10 + 1 } });
    }
  });

  it('are the same that a look at every pair finds', async () => {
    const random = createRandom(5);
    const pick = (letters: string) => letters[Math.floor(random() * letters.length)]!;
    const text = (letters: string, length: number) => Array.from({ length }, () => pick(letters)).join('');
    const notes = Array.from({ length: 400 }, (_, i) => {
      const term = `${text('가나다라', 2 + Math.floor(random() * 4))}${i % 3 === 0 ? ' 하다' : ''}`;
      return word(`${term}${' '.repeat(i)}`, text('abc', 3 + Math.floor(random() * 4)));
    });
    await runOf(deck.db, notes);
    const grams = (side: string) => {
      const padded = ` ${side.trim().replace(/^a (?=.)/, '')} `;
      return new Set(Array.from({ length: padded.length - 1 }, (_, i) => padded.slice(i, i + 2)));
    };
    const dice = (a: string, b: string) => {
      const [one, two] = [grams(a), grams(b)];
      return (2 * [...one].filter((gram) => two.has(gram)).length) / (one.size + two.size);
    };
    let pairs = 0;
    const nears = createNearDuplicates(deck.db, { readCards: (ids) => createCardStore(deck.db).byIds(ids) });
    const found = nears.nearNotes(
      notes.map((_, i) => i + 1),
      0.8,
    );
    for (const [i, a] of notes.entries()) {
      const expected = notes.flatMap((b, j) => {
        const ofTerm = dice(a.term, b.term);
        const similarity = (ofTerm + dice(a.cards[0]!.back, b.cards[0]!.back)) / 2;
        return i !== j && ofTerm >= 0.5 && similarity >= 0.8 ? [j + 1] : [];
      });
      pairs += expected.length;
      expect(
        found
          .get(i + 1)!
          .map(({ noteId }) => noteId)
          .sort((x, y) => x - y),
      ).toEqual(expected);
    }
    expect(pairs).toBeGreaterThan(20);
  });
});
