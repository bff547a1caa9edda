/** A deck of a lifetime's studying, the same in every process. */
import type { Card } from '../../shared/card.ts';
import type { Db } from '../../electron/sqlite/openDatabase.ts';

/** The moment at which it is studied. */
export const STUDY_NOW_MS = Date.UTC(2026, 5, 1, 9);
const DAY_MS = 86_400_000;
const DECKS = 20;

export function cardReader(db: Db): (cardIds: readonly number[]) => readonly Card[] {
  const read = db.prepare<[number], object>('SELECT id AS cardId, front, back FROM cards WHERE id = ?');
  return (cardIds) => cardIds.flatMap((cardId) => (read.get(cardId) ?? []) as Card);
}

/** Half of the cards are studied, most of them overdue. */
export function fillStudyDeck(db: Db, cards: number, reviews: number): void {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const studied = Math.floor(cards / 2);
  const insertDeck = db.prepare('INSERT INTO decks (id, name, created_ms) VALUES (?, ?, 0)');
  const insertNote = db.prepare(
    `INSERT INTO notes (id, uuid, deck_id, key, term, created_ms, modified_ms) VALUES (?, ?, ?, ?, ?, 0, 0)`,
  );
  const insertCard = db.prepare(
    `INSERT INTO cards (id, note_id, deck_id, ordinal, type, front, back, created_ms, modified_ms)
     VALUES (?, ?, ?, ?, 'recognition', ?, ?, 0, 0)`,
  );
  const insertMemory = db.prepare('INSERT INTO memory VALUES (?, 2, ?, ?, ?, ?, 0, 0, ?, ?, NULL, NULL)');
  const insertReview = db.prepare(
    `INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, before, interval_days, predicted)
     VALUES (?, ?, ?, ?, ?, NULL, ?, ?)`,
  );
  const text = 'x'.repeat(200);
  db.transaction(() => {
    for (let deck = 0; deck < DECKS; deck += 1) insertDeck.run(deck + 1, `Deck ${deck}`);
    for (let index = 0; index < cards; index += 1) {
      const note = Math.floor(index / 3);
      const deck = (note % DECKS) + 1;
      if (index % 3 === 0) insertNote.run(note + 1, `uuid ${note}`, deck, `key ${note}`, `term ${note}`);
      insertCard.run(index + 1, note + 1, deck, index % 3, `front ${index} ${text}`, `back ${index} ${text}`);
    }
    const perCard = Math.floor(reviews / studied);
    const rows: [number, number, number, number, number, number, number | null][] = [];
    for (let card = 1; card <= studied; card += 1) {
      const spanDays = 400 + random() * 3000;
      let atMs = STUDY_NOW_MS - spanDays * DAY_MS;
      let interval = 0;
      let before = 0;
      for (let step = 0; step < perCard; step += 1) {
        const isKnown = random() < 0.88;
        rows.push([
          ...([card, isKnown ? 3 : 1, Math.floor(atMs), 2000 + Math.floor(random() * 8000)] as const),
          ...([step === 0 ? 0 : 2, before, step === 0 ? null : 0.8 + random() * 0.19] as const),
        ]);
        // Longer and longer, all of them together no longer than the card has been known.
        before = interval;
        interval = Math.max(
          1,
          Math.floor(((2 * (step + 1) * spanDays) / perCard / (perCard + 1)) * (0.3 + 0.6 * random())),
        );
        atMs += interval * DAY_MS + Math.floor(random() * 3_600_000);
      }
      const dueMs = STUDY_NOW_MS + Math.floor((random() - 0.4) * 200) * DAY_MS;
      insertMemory.run(
        card,
        dueMs,
        1 + random() * 300,
        1 + random() * 9,
        perCard,
        interval,
        Math.floor(atMs - interval * DAY_MS),
      );
    }
    // As they come in life: by time.
    rows.sort((a, b) => a[2] - b[2]);
    for (const each of rows) insertReview.run(...each);
  })();
}
