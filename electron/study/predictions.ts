/** What FSRS would have said of reviews that were imported: our own have it from the moment of their rating. */
import { UNWATCHED } from '../deckJobs/job.ts';
import type { JobContext } from '../deckJobs/job.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createStudyDays, offsetOfZone } from '../../shared/studyDays.ts';
import { createDeckSettings } from './deckSettings.ts';
import { readHistories } from './reviewHistory.ts';
import { fsrsOf } from './scheduler.ts';
import type { FSRS } from 'ts-fsrs';
import type { StudySettings } from '../../shared/study.ts';

export type PredictParams = {
  /** The program's. */
  readonly settings: StudySettings;
  /** IANA name; the machine's own where it is `null`. */
  readonly zone?: string | null;
};

/** Rows written in one transaction. */
const BATCH = 20_000;
export const NOT_SEEN = `SELECT DISTINCT card_id FROM reviews INDEXED BY reviews_not_seen WHERE interval_days IS NULL`;

/** Goes through the reviews that were not looked at yet, once; returns how many they were. */
export function predictImported(db: Db, params: PredictParams, context: JobContext = UNWATCHED): number {
  const cardIds = db.prepare<[], number>(NOT_SEEN).pluck().all();
  if (cardIds.length === 0) return 0;
  const days = createStudyDays(offsetOfZone(params.zone ?? null), params.settings.dayStartsAtHour);
  const deckOf = db
    .prepare<[number], string>(
      'SELECT decks.name FROM cards JOIN decks ON decks.id = deck_id WHERE cards.id = ?',
    )
    .pluck();
  const write = db.prepare<[number, number | null, number]>(
    'UPDATE reviews SET interval_days = ?, predicted = ? WHERE id = ? AND interval_days IS NULL',
  );
  // Those that tell nothing, and those before the first that does.
  const rest = db.prepare<[number]>(
    'UPDATE reviews SET interval_days = 0 WHERE card_id = ? AND interval_days IS NULL',
  );
  const decks = createDeckSettings(db, () => params.settings);
  const algorithms = new Map<string, FSRS>();
  const algorithmOf = (cardId: number): FSRS => {
    const deck = deckOf.get(cardId) ?? '';
    let algorithm = algorithms.get(deck);
    if (algorithm === undefined) algorithms.set(deck, (algorithm = fsrsOf(decks.of(deck))));
    return algorithm;
  };

  const wanted = new Set(cardIds);
  let pending: (readonly [intervalDays: number, predicted: number | null, reviewId: number])[] = [];
  let done = 0;
  const flush = db.transaction(() => {
    for (const row of pending) write.run(...row);
    done += pending.length;
    pending = [];
  });
  for (const { cardId, entries, isWhole } of readHistories(db, days, (id) => wanted.has(id), context)) {
    const algorithm = algorithmOf(cardId);
    let state: { stability: number; difficulty: number } | null = null;
    for (const { reviewId, rating, days: since, kind } of entries) {
      const predicted: number | null =
        kind === 2 && state !== null && isWhole ? algorithm.forgetting_curve(since, state.stability) : null;
      pending.push([since, predicted, reviewId]);
      state = algorithm.next_state(state, since, rating);
    }
    if (pending.length >= BATCH) {
      flush.immediate();
      context.progress(done, null);
    }
  }
  flush.immediate();
  db.transaction(() => cardIds.forEach((cardId) => rest.run(cardId))).immediate();
  return done;
}
