/**
 * New dates for cards that are known already, after the weights or the desired retention changed. Never done unasked, and
 * nothing is written here: the rows go into a change set, which is taken back as a whole.
 */
import { UNWATCHED } from '../deckJobs/job.ts';
import type { JobContext } from '../deckJobs/job.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { StudySettings } from '../../shared/study.ts';
import { cardsOfDecks, decksWithin } from './cardsOfDeck.ts';
import { createStudyDays, offsetOfZone } from '../../shared/studyDays.ts';
import { createDeckSettings } from './deckSettings.ts';
import { readHistories } from './reviewHistory.ts';
import { fsrsOf } from './scheduler.ts';

export type RescheduleParams = {
  /** With those below it; `null` for all. */
  readonly deck: string | null;
  /** The program's. */
  readonly settings: StudySettings;
  /** IANA name; the machine's own where it is `null`. */
  readonly zone?: string | null;
};
/** A whole row of `memory` but for its card, by column. */
export type MemoryColumns = Readonly<Record<string, string | number | null>>;

export const REVIEWED_CARD = `SELECT decks.name AS deck, memory.state, memory.due_ms, memory.stability,
    memory.difficulty, memory.reps, memory.lapses, memory.learning_step, memory.scheduled_days,
    memory.last_review_ms, memory.buried_until_ms, memory.imported
  FROM cards JOIN decks ON decks.id = cards.deck_id JOIN memory ON memory.card_id = cards.id
  WHERE cards.id = ? AND cards.status = 'accepted' AND memory.state = 2 AND memory.last_review_ms IS NOT NULL`;

/** The cards whose date changes, each with its new row. Cards in learning, and those without a whole history, stay. */
export function* rescheduled(
  db: Db,
  { deck, settings: program, zone = null }: RescheduleParams,
  context: JobContext = UNWATCHED,
): Generator<{ readonly cardId: number; readonly memory: MemoryColumns }> {
  const days = createStudyDays(offsetOfZone(zone), program.dayStartsAtHour);
  const decks = createDeckSettings(db, () => program);
  const isOurs = deck === null ? null : cardsOfDecks(db, decksWithin(db, deck));
  const read = db.prepare<[number], Record<string, string | number | null>>(REVIEWED_CARD);
  const algorithms = new Map<string, ReturnType<typeof fsrsOf>>();
  // Only the last of a card's histories counts: the others were forgotten.
  const latest = new Map<number, { readonly stability: number; readonly difficulty: number } | null>();
  const algorithmOf = (name: string) => {
    let algorithm = algorithms.get(name);
    if (algorithm === undefined) algorithms.set(name, (algorithm = fsrsOf(decks.of(name))));
    return algorithm;
  };
  const wants = isOurs === null ? null : (cardId: number) => isOurs[cardId] === 1;
  for (const { cardId, entries, isWhole } of readHistories(db, days, wants, context)) {
    const deckName = read.get(cardId)?.['deck'];
    if (typeof deckName !== 'string') continue;
    const algorithm = algorithmOf(deckName);
    let state: { stability: number; difficulty: number } | null = null;
    for (const { rating, days: since } of isWhole ? entries : []) {
      state = algorithm.next_state(state, since, rating);
    }
    latest.set(cardId, state);
  }
  for (const [cardId, state] of latest) {
    const row = read.get(cardId);
    if (state === null || row === undefined) continue;
    const { deck: deckName, ...memory } = row;
    const algorithm = algorithmOf(deckName as string);
    // As when it was rated: the same settings give the same random part.
    algorithm.seed = `${cardId} ${Number(memory['reps']) - 1}`;
    const interval: number = algorithm.next_interval(state.stability, 0);
    const dueMs = days.startOf(days.dayOf(Number(memory['last_review_ms'])) + interval);
    const isSame =
      dueMs === memory['due_ms'] &&
      Math.abs(state.stability - Number(memory['stability'])) < 1e-6 &&
      Math.abs(state.difficulty - Number(memory['difficulty'])) < 1e-6;
    if (!isSame) yield { cardId, memory: { ...memory, ...state, due_ms: dueMs, scheduled_days: interval } };
  }
}
