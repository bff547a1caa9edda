/** What the reviews of cards say to FSRS: ratings, and whole local days between them. */
import type { Db } from '../sqlite/openDatabase.ts';
import type { Rating } from '../../shared/study.ts';
import type { JobContext } from '../deckJobs/job.ts';
import type { StudyDays } from '../../shared/studyDays.ts';

export type HistoryEntry = {
  readonly reviewId: number;
  readonly rating: Rating;
  readonly kind: number;
  /** Since the entry before; 0 for the first. */
  readonly days: number;
};
/** From the first time that a card was seen, or seen again after it was forgotten, oldest first. */
export type History = {
  readonly cardId: number;
  readonly entries: readonly HistoryEntry[];
  /** Whether the beginning is there: an import may bring the later reviews alone. */
  readonly isWhole: boolean;
};

type Row = [cardId: number, reviewId: number, reviewedMs: number, rating: number, kind: number];

/** Ratings of 0 (a date set by hand) and those that left the schedule alone tell nothing, and are left out. */
const OF_CARDS = `SELECT reviews.card_id, reviews.id, reviews.reviewed_ms, reviews.rating, reviews.kind
  FROM reviews INDEXED BY reviews_by_card
  WHERE reviews.card_id > :afterId AND reviews.card_id <= :toId AND reviews.rating > 0 AND reviews.kind < 4
  ORDER BY reviews.card_id, reviews.reviewed_ms, reviews.id`;
/** Cards that are gone through in one piece, between two looks at whether to stop. */
const CARDS_AT_ONCE = 2000;

export const HISTORY_SQL = { OF_CARDS } as const;

/** The histories of all cards that `wants` names, or of all, in the order of their ids. */
export function* readHistories(
  db: Db,
  days: StudyDays,
  wants: ((cardId: number) => boolean) | null,
  context: JobContext,
): Generator<History> {
  const rowsOf = db.prepare<[{ afterId: number; toId: number }], Row>(OF_CARDS).raw();
  const last = db.prepare<[], number | null>('SELECT max(card_id) FROM reviews').pluck().get() ?? 0;
  for (let afterId = 0; afterId < last; afterId += CARDS_AT_ONCE) {
    context.throwIfCancelled();
    let entries: HistoryEntry[] = [];
    let current = 0;
    let before = 0;
    const done = (): History | null =>
      entries.length === 0 ? null : { cardId: current, entries, isWhole: (entries[0]?.kind ?? 2) < 2 };
    for (const [cardId, reviewId, reviewedMs, rating, kind] of rowsOf.all({
      afterId,
      toId: afterId + CARDS_AT_ONCE,
    })) {
      if (wants !== null && !wants(cardId)) continue;
      const day = days.dayOf(reviewedMs);
      // A new card again: whatever came before was forgotten, by the user's wish.
      if (cardId !== current || kind === 0) {
        const history = done();
        if (history !== null) yield history;
        entries = [];
        current = cardId;
      }
      const since = entries.length === 0 ? 0 : Math.max(0, day - before);
      entries.push({ reviewId, rating: rating as Rating, kind, days: since });
      before = day;
    }
    const history = done();
    if (history !== null) yield history;
  }
}
