/** Ways to fill a deck without the parts of the program that others test, and one of everything to fill it with. */
import { randomUUID } from 'node:crypto';
import type { CardType } from '../../../shared/card.ts';
import type { CardMemory } from '../../../shared/study.ts';
import type { Db, Statement } from '../../../electron/sqlite/openDatabase.ts';

export type TestCard = {
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze?: number;
  readonly quote?: string;
  readonly deck?: string;
  readonly status?: string;
  readonly suspended?: boolean;
  readonly flag?: number;
  readonly memory?: CardMemory;
  readonly reviews?: readonly { rating: number; atMs: number; kind: number; intervalDays: number }[];
};
export type TestNote = {
  readonly uuid?: string;
  readonly deck?: string;
  readonly term: string;
  readonly tags?: readonly string[];
  readonly createdMs?: number;
  readonly modifiedMs?: number;
  readonly source?: object;
  readonly cards: readonly TestCard[];
};

export const MADE_MS = Date.UTC(2025, 9, 1, 12);

/** Adds notes to an open deck. */
export function fillDeck(db: Db) {
  const statements = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const id = (sql: string, make: string, name: string): number =>
    (prepare(sql).pluck().get(name) as number | undefined) ?? Number(prepare(make).run(name).lastInsertRowid);
  const deckId = (name: string) =>
    id('SELECT id FROM decks WHERE name = ?', 'INSERT INTO decks (name, created_ms) VALUES (?, 0)', name);
  const tagId = (name: string) =>
    id('SELECT id FROM tags WHERE name = ?', 'INSERT INTO tags (name) VALUES (?)', name);

  return {
    add(note: TestNote): string {
      const {
        uuid = randomUUID(),
        deck = 'Deck',
        term,
        tags = [],
        createdMs = MADE_MS,
        source = null,
      } = note;
      const modifiedMs = note.modifiedMs ?? createdMs;
      const noteId = Number(
        prepare(
          `INSERT INTO notes (uuid, deck_id, key, term, source, created_ms, modified_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ).run(
          uuid,
          deckId(deck),
          term.toLowerCase(),
          term,
          source === null ? null : JSON.stringify(source),
          createdMs,
          modifiedMs,
        ).lastInsertRowid,
      );
      for (const tag of tags) prepare('INSERT INTO note_tags VALUES (?, ?)').run(noteId, tagId(tag));
      for (const [ordinal, card] of note.cards.entries()) {
        const { type, front, back, cloze = null, quote = null, status = 'accepted', flag = 0 } = card;
        const cardId = Number(
          prepare(
            `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, quote, status, suspended, flag,
                 created_ms, modified_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ).run(
            noteId,
            deckId(card.deck ?? deck),
            ordinal,
            type,
            front,
            back,
            cloze,
            quote,
            status,
            card.suspended === true ? 1 : 0,
            flag,
            createdMs,
            modifiedMs,
          ).lastInsertRowid,
        );
        if (card.memory) {
          prepare(
            `INSERT INTO memory (card_id, state, due_ms, stability, difficulty, reps, lapses, learning_step,
               scheduled_days, last_review_ms) VALUES (:id, :state, :dueMs, :stability, :difficulty, :reps, :lapses,
               :learningStep, :scheduledDays, :lastReviewMs)`,
          ).run({ ...card.memory, id: cardId });
        }
        for (const { rating, atMs, kind, intervalDays } of card.reviews ?? []) {
          prepare(
            `INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, interval_days)
             VALUES (?, ?, ?, 4200, ?, ?)`,
          ).run(cardId, rating, atMs, kind, intervalDays);
        }
      }
      return uuid;
    },
  };
}
export type Filler = ReturnType<typeof fillDeck>;

const DAY = 86_400_000;

/** One of everything that a note of ours can be. */
export function addSamples(deck: Filler, nowMs = Date.now()): void {
  const today = new Date(nowMs);
  today.setHours(4, 0, 0, 0);
  const last = nowMs - 10 * DAY;
  deck.add({
    uuid: '11111111-1111-4111-8111-111111111111',
    deck: 'Korean::Verbs',
    term: '먹다',
    tags: ['verb', 'level::1'],
    cards: [
      {
        type: 'recognition',
        front: '먹다',
        back: 'to eat\n<b>not</b> bold & "quoted"',
        flag: 3,
        memory: {
          state: 2,
          dueMs: today.getTime() + 5 * DAY,
          stability: 12.345678,
          difficulty: 5.4321,
          reps: 4,
          lapses: 1,
          learningStep: 0,
          scheduledDays: 15,
          lastReviewMs: last,
        },
        reviews: [
          { rating: 3, atMs: last - 20 * DAY, kind: 0, intervalDays: 0 },
          { rating: 3, atMs: last - 20 * DAY + 600_000, kind: 1, intervalDays: 0 },
          { rating: 1, atMs: last - 12 * DAY, kind: 2, intervalDays: 8 },
          { rating: 3, atMs: last, kind: 3, intervalDays: 12 },
        ],
      },
      { type: 'production', front: 'to eat', back: '먹다', suspended: true },
      {
        type: 'cloze',
        front: '밥을 {{c1::먹는다::to eat}}, {{c2::물}}을 마신다 <5',
        back: 'He eats.',
        cloze: 1,
      },
      {
        type: 'cloze',
        front: '밥을 {{c1::먹는다::to eat}}, {{c2::물}}을 마신다 <5',
        back: 'He drinks.',
        cloze: 2,
      },
      { type: 'usage', front: 'honorific of 먹다?', back: '드시다', quote: '진지를 드시다' },
      { type: 'production', front: 'to have (a meal)', back: '먹다', status: 'rejected' },
      { type: 'production', front: 'to take in', back: '먹다', deck: 'Korean::Extra' },
      { type: 'basic', front: 'not yet', back: 'looked at', status: 'proposed' },
    ],
  });
  deck.add({
    uuid: '22222222-2222-4222-8222-222222222222',
    deck: 'Book',
    term: 'Photosynthesis',
    source: {
      name: 'biology.pdf',
      row: 7,
      term: 'Photosynthesis',
      kind: 'passage',
      place: { headings: ['Plants', 'Energy'], page: 12 },
    },
    cards: [
      {
        type: 'basic',
        front: 'Where does it happen?',
        back: 'in chloroplasts',
        quote: 'takes place in chloroplasts',
      },
      {
        type: 'basic',
        front: 'What does it give?',
        back: 'oxygen\nand sugar',
        quote: 'gives oxygen and sugar',
      },
      { type: 'cloze', front: 'Plants take in {{c1::CO₂ {{c2::gas}}}}.', back: 'x', cloze: 1 },
      { type: 'cloze', front: 'Plants take in {{c1::CO₂ {{c2::gas}}}}.', back: 'x', cloze: 2 },
    ],
  });
  deck.add({
    uuid: '33333333-3333-4333-8333-333333333333',
    deck: 'عربي',
    term: 'كتاب',
    tags: ['ملاحظة'],
    cards: [
      { type: 'recognition', front: 'كتاب [sound:kitab.mp3]', back: 'book\n  two spaces  kept' },
      { type: 'basic', front: 'a < b && c > d', back: '{{not a field}}' },
    ],
  });
}
