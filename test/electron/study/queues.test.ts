import { describe, expect, it } from 'vitest';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { createDueQueue } from '../../../electron/study/dueQueue.ts';
import { findFirst } from '../../../electron/study/firstCard.ts';
import { momentOf } from '../../../electron/study/gatherDue.ts';
import { prepareStudy } from '../../../electron/study/statements.ts';
import { createStudyScope } from '../../../electron/study/studyScope.ts';
import type { DeckRow } from '../../../electron/study/studyScope.ts';
import { createStudyDays } from '../../../shared/studyDays.ts';
import type { StudySettings } from '../../../shared/study.ts';
import { DAY_MS, MINUTE_MS, randomNumbers, START_MS, studySettings, testClock } from './studyFixture.ts';

const NAMES = ['A', 'A::B', 'A::B::C', 'A::D', 'E', 'F'];
const STATUSES = ['accepted', 'accepted', 'accepted', 'accepted', 'proposed', 'rejected', 'deleted'];

/** Notes of up to four cards, some in another deck than the note's first; any status and schedule, buried ones too. */
function randomDeck(db: Db, random: () => number): void {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const deck = db.prepare('INSERT INTO decks (id, name, created_ms, study) VALUES (?, ?, 0, ?)');
  for (const [index, name] of NAMES.entries()) {
    const own = random() < 0.4 ? { newPerDay: below(8), burySiblings: random() < 0.5 } : {};
    const limited = random() < 0.3 ? { ...own, reviewsPerDay: below(12) } : own;
    deck.run(index + 1, name, JSON.stringify(limited));
  }
  const note = db.prepare(
    `INSERT INTO notes (id, uuid, deck_id, key, term, created_ms, modified_ms) VALUES (?, ?, ?, ?, ?, 0, 0)`,
  );
  const card = db.prepare(
    `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, status, suspended, created_ms, modified_ms)
     VALUES (?, ?, ?, 'basic', 'f', 'b', ?, ?, 0, 0)`,
  );
  const memory = db.prepare('INSERT INTO memory VALUES (?, ?, ?, ?, 5, 1, 0, 0, 1, ?, ?, NULL)');
  for (let id = 1; id <= 60 + below(60); id += 1) {
    const deckId = 1 + below(NAMES.length);
    note.run(id, `note-${id}`, deckId, `${id}`, `${id}`);
    for (let ordinal = 0; ordinal <= below(4); ordinal += 1) {
      const where = random() < 0.9 ? deckId : 1 + below(NAMES.length);
      const cardId = card.run(id, where, ordinal, pick(STATUSES), random() < 0.1 ? 1 : 0).lastInsertRowid;
      if (random() < 0.4) continue;
      const state = pick([0, 1, 2, 2, 2, 2, 3]);
      const buried = state === 0 || random() < 0.1 ? START_MS + (below(3) - 1) * DAY_MS : null;
      const dueMs = START_MS + (below(40) - 30) * (state === 2 ? DAY_MS : MINUTE_MS);
      memory.run(cardId, state, dueMs, 1 + below(50), random() < 0.9 ? dueMs - DAY_MS : null, buried);
    }
  }
}

type Row = {
  cardId: number;
  noteId: number;
  deckId: number;
  state: number | null;
  dueMs: number;
  lastMs: number | null;
  stability: number;
};

/** All that may be asked, as reading every card finds it. */
function awake(db: Db): Row[] {
  return db
    .prepare<[number], Row>(
      `SELECT cards.id AS cardId, note_id AS noteId, deck_id AS deckId, state, due_ms AS dueMs,
         last_review_ms AS lastMs, stability
       FROM cards LEFT JOIN memory ON card_id = cards.id
       WHERE status = 'accepted' AND suspended = 0 AND coalesce(buried_until_ms, 0) <= ? ORDER BY note_id, cards.id`,
    )
    .all(START_MS);
}

function scopeOf(db: Db, settings: StudySettings) {
  const rows = db.prepare('SELECT id, name, study FROM decks').all() as DeckRow[];
  return createStudyScope(null, rows, settings, []);
}

/** The session's cards in the order in which they come while each is put aside unanswered. */
function inOrder(db: Db, settings: StudySettings, untilMs: number): { counts: object; asked: number[] } {
  const scope = scopeOf(db, settings);
  const rows = awake(db);
  const learning = rows
    .filter(({ state, dueMs }) => (state === 1 || state === 3) && dueMs < untilMs)
    .sort((a, b) => a.dueMs - b.dueMs || a.cardId - b.cardId);
  const notes = new Set(learning.map(({ noteId }) => noteId));
  const taken = (from: readonly Row[], kind: 'new' | 'review') =>
    from.filter(({ deckId, noteId }) => {
      if ((scope.buriesSiblings(deckId) && notes.has(noteId)) || !scope.take(deckId, kind)) return false;
      notes.add(noteId);
      return true;
    });
  const overdue = ({ lastMs, dueMs, stability }: Row) =>
    -(START_MS - (lastMs ?? dueMs)) / Math.max(stability, 0.001);
  const due = rows
    .filter(({ state, dueMs }) => state === 2 && dueMs < untilMs)
    .sort((a, b) => overdue(a) - overdue(b) || a.cardId - b.cardId);
  const reviews = taken(due, 'review');
  // Each deck offers as many as it may ask for: of a note the first, where its siblings are put off.
  const offered = scope.deckIds.flatMap((deckId) => {
    const buries = scope.buriesSiblings(deckId);
    const seen = new Set<number>();
    return rows
      .filter(({ state, deckId: where, noteId }) => {
        if (where !== deckId || (state ?? 0) !== 0 || (buries && (notes.has(noteId) || seen.has(noteId))))
          return false;
        seen.add(noteId);
        return true;
      })
      .slice(0, scope.left(deckId, 'new'));
  });
  const news = taken(
    offered.sort((a, b) => a.noteId - b.noteId || a.cardId - b.cardId),
    'new',
  );
  const counts = { new: news.length, learning: learning.length, review: reviews.length };
  const asked: number[] = [];
  while (learning[0] !== undefined && learning[0].dueMs <= START_MS) asked.push(learning.shift()!.cardId);
  while (news.length + reviews.length > 0) {
    const isNew = reviews.length === 0 || (news.length > 0 && news.length > reviews.length);
    asked.push((isNew ? news : reviews).shift()!.cardId);
  }
  const ahead = START_MS + settings.learnAheadMinutes * MINUTE_MS;
  asked.push(...learning.filter(({ dueMs }) => dueMs <= ahead).map(({ cardId }) => cardId));
  return { counts, asked };
}

describe('random decks', () => {
  const days = createStudyDays(testClock().offsetMs, 4);
  const untilMs = days.startOf(days.dayOf(START_MS) + 1);

  it('give the very session that reading every card gives', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = randomNumbers(seed * 7919);
      const db = openDeck(':memory:');
      randomDeck(db, random);
      const settings = studySettings({
        newPerDay: seed % 3 === 0 ? 9999 : Math.floor(random() * 30),
        reviewsPerDay: seed % 4 === 0 ? 9999 : Math.floor(random() * 60),
        burySiblings: random() < 0.7,
        learnAheadMinutes: 15,
      });
      const queue = createDueQueue(prepareStudy(db), scopeOf(db, settings), days, null, START_MS);
      queue.complete();
      const found = { counts: queue.counts(), asked: [] as number[] };
      for (let cardId = queue.peek(START_MS); cardId !== null; cardId = queue.peek(START_MS)) {
        found.asked.push(cardId);
        queue.drop(cardId);
      }
      expect(found, `seed ${seed}`).toEqual(inOrder(db, settings, untilMs));
      db.close();
    }
  });

  it('begin with the same card whether or not it waits for the lists', () => {
    const certain = { new: 0, review: 0, learning: 0 };
    let open = 0;
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = randomNumbers(seed * 104_729);
      const below = (limit: number) => Math.floor(random() * limit);
      const db = openDeck(':memory:');
      randomDeck(db, random);
      // Limits of decks below leave it to the lists; so does a card in learning that is due.
      if (random() < 0.9) db.exec('UPDATE decks SET study = NULL');
      if (random() < 0.7) db.exec('DELETE FROM memory WHERE state IN (1, 3) AND card_id % 4 > 0');
      if (random() < 0.5) db.exec(`UPDATE memory SET due_ms = due_ms + ${20 * DAY_MS} WHERE state IN (1, 3)`);
      if (random() < 0.3) db.exec('DELETE FROM memory WHERE card_id % 3 = 0');
      const settings = studySettings({
        newPerDay: random() < 0.3 ? 9999 : below(60),
        reviewsPerDay: random() < 0.3 ? 9999 : below(60),
        burySiblings: random() < 0.7,
        reviewOrder: random() < 0.5 ? 'overdue' : 'random',
      });
      const deck = random() < 0.7 ? null : 'A';
      const rows = db.prepare('SELECT id, name, study FROM decks').all() as DeckRow[];
      const inDeck = rows.filter(
        ({ name }) => deck === null || name === deck || name.startsWith(`${deck}::`),
      );
      const answered = [{ deckId: 1, new: below(8), review: below(8) }];
      const scope = createStudyScope(deck, inDeck, settings, answered);
      const done = {
        new: settings.newPerDay - scope.leftOfAll('new'),
        review: settings.reviewsPerDay - scope.leftOfAll('review'),
      };
      const moment = momentOf(prepareStudy(db), scope, days, deck, START_MS);
      const first = findFirst(moment, done);
      const queue = createDueQueue(
        prepareStudy(db),
        createStudyScope(deck, inDeck, settings, answered),
        days,
        deck,
        START_MS,
      );
      queue.complete();
      if (first === null) open += 1;
      else {
        expect(first, `seed ${seed}`).toBe(queue.peek(START_MS));
        const state = db.prepare('SELECT state FROM memory WHERE card_id = ?').pluck().get(first) ?? 0;
        const kind = state === 0 ? 'new' : state === 2 ? 'review' : 'learning';
        certain[kind] += 1;
      }
      db.close();
    }
    // Each kind often enough for the above to say something.
    expect(Math.min(...Object.values(certain)), JSON.stringify(certain)).toBeGreaterThan(40);
    expect(open).toBeGreaterThan(0);
  });

  it('have the same reviews by their due dates and by their decks, in the same order', () => {
    let found = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomNumbers(seed);
      const db = openDeck(':memory:');
      randomDeck(db, random);
      const sql = prepareStudy(db);
      const deckIds = JSON.stringify(NAMES.flatMap((_, index) => (random() < 0.6 ? [index + 1] : [])));
      for (const order of [null, seed * 31]) {
        const where = { deckIds, nowMs: START_MS, untilMs, seed: order, limit: 1e6 };
        const byDue = sql.reviewsByDue.all(where);
        expect(sql.reviewsByDeck.all(where), `seed ${seed}`).toEqual(byDue);
        found += byDue.length;
        // The first ones of all decks are the first ones by either way.
        const all = { ...where, deckIds: JSON.stringify(NAMES.map((_, index) => index + 1)) };
        const first = sql.reviewsByDeck.all({ ...all, limit: 5 });
        expect(sql.reviewsByDue.all(all).slice(0, 5), `seed ${seed}`).toEqual(first);
      }
      db.close();
    }
    expect(found).toBeGreaterThan(1000);
  });

  it('know of each card whether it was studied, whoever writes its schedule', () => {
    const db = openDeck(':memory:');
    randomDeck(db, randomNumbers(3));
    const wrong = db
      .prepare(
        `SELECT count(*) FROM cards LEFT JOIN memory ON card_id = id WHERE studied <> (coalesce(state, 0) > 0)`,
      )
      .pluck();
    expect(wrong.get()).toBe(0);
    expect(db.prepare('SELECT count(*) FROM cards WHERE studied = 1').pluck().get()).toBeGreaterThan(20);
    db.exec('UPDATE memory SET state = (state + card_id) % 4');
    expect(wrong.get()).toBe(0);
    db.exec(`INSERT OR REPLACE INTO memory
      SELECT id, id % 2 * 2, 1, 1, 5, 1, 0, 0, 1, NULL, NULL, NULL FROM cards WHERE id % 5 < 2`);
    expect(wrong.get()).toBe(0);
    db.exec('DELETE FROM memory WHERE card_id % 3 = 0');
    expect(wrong.get()).toBe(0);
    db.exec('DELETE FROM cards WHERE id % 7 = 0');
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });
});
