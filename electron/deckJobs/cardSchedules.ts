/** Schedules and reviews of cards as a file of cards has them. */
import type { CardMemory, MemoryState } from '../../shared/study.ts';
import type { MemoryParts } from '../deck/deckParts.ts';
import type { CardReview, CardSchedule } from '../exchange/incomingNotes.ts';
import type { Db } from '../sqlite/openDatabase.ts';

type MemoryRow = Omit<CardMemory, 'state'> & { state: MemoryState; imported: string | null };

export function createCardSchedules(db: Db) {
  const memoryOf = db.prepare<[number], MemoryRow>(
    `SELECT state, due_ms AS dueMs, stability, difficulty, reps, lapses, learning_step AS learningStep,
       scheduled_days AS scheduledDays, last_review_ms AS lastReviewMs, imported
     FROM memory WHERE card_id = ? AND state > 0`,
  );
  const reviewsOf = db.prepare<[number], CardReview>(
    `SELECT rating, reviewed_ms AS reviewedMs, duration_ms AS durationMs, kind, imported FROM reviews
     WHERE card_id = ? ORDER BY reviewed_ms, id`,
  );
  const insertReview = db.prepare(
    `INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, imported)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );

  return {
    /** `null` for a card that was never studied. */
    find(cardId: number): CardSchedule | null {
      const memory = memoryOf.get(cardId) ?? null;
      const reviews = reviewsOf.all(cardId);
      return memory === null && reviews.length === 0 ? null : { memory, reviews };
    },
    /** Reviews are only added to; transactions are the caller's. */
    addReviews(cardId: number, reviews: readonly CardReview[]): void {
      for (const { rating, reviewedMs, durationMs, kind, imported } of reviews) {
        insertReview.run(cardId, rating, reviewedMs, durationMs, kind, imported);
      }
    },
  };
}

/** As a row of `memory`. */
export function toMemoryParts(memory: NonNullable<CardSchedule['memory']>): MemoryParts {
  return {
    state: memory.state,
    due_ms: memory.dueMs,
    stability: memory.stability,
    difficulty: memory.difficulty,
    reps: memory.reps,
    lapses: memory.lapses,
    learning_step: memory.learningStep,
    scheduled_days: memory.scheduledDays,
    last_review_ms: memory.lastReviewMs,
    buried_until_ms: null,
    imported: memory.imported,
  };
}
