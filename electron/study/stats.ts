/** Figures of what was studied, and of what is to come. One pass over the cards, one over the reviews' index. */
import { PIECE } from '../../shared/span.ts';
import { inPiece, UNWATCHED } from '../deckJobs/job.ts';
import type { JobContext } from '../deckJobs/job.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { StudySettings, StudyStats } from '../../shared/study.ts';
import { cardsOfDecks, decksWithin } from './cardsOfDeck.ts';
import { createStudyDays, DAY_MS, offsetOfZone } from '../../shared/studyDays.ts';
import { createDeckSettings } from './deckSettings.ts';
import { predictImported } from './predictions.ts';
import { createReviewTally } from './reviewTally.ts';
import { STUDY_SQL } from './studySql.ts';

export type StatsParams = {
  /** With those below it; `null` for all. */
  readonly deck: string | null;
  /** How far back and forward. */
  readonly days: number;
  readonly nowMs: number;
  /** The program's. */
  readonly settings: StudySettings;
  /** IANA name; the machine's own where it is `null`. */
  readonly zone?: string | null;
};

const IN_SCOPE = 'cards.deck_id IN (SELECT value FROM json_each(:deckIds))';
export const STATS_SQL = {
  suspended: `SELECT count(*) FROM cards INDEXED BY cards_by_deck
    WHERE ${IN_SCOPE} AND cards.status = 'accepted' AND cards.suspended = 1`,
  studied: `SELECT count(*) FROM cards INDEXED BY cards_by_deck
    WHERE ${IN_SCOPE} AND cards.status = 'accepted' AND cards.suspended = 0`,
  memories: `SELECT memory.state, memory.due_ms, memory.scheduled_days, memory.stability, memory.difficulty
    FROM cards INDEXED BY cards_by_deck CROSS JOIN memory ON memory.card_id = cards.id
    WHERE ${IN_SCOPE} AND cards.status = 'accepted' AND cards.suspended = 0 AND cards.studied = 1 AND memory.state > 0`,
  answeredNew: STUDY_SQL.answeredToday,
  firstReview: `SELECT min(reviewed_ms) FROM reviews`,
  lastReview: `SELECT max(reviewed_ms) FROM reviews`,
  // One number a row is read several times as fast as a row is. Milliseconds from the first, kind and rating; and how
  // long it took, how likely it was to be remembered in millionths (0 for not known), and whether the card was mature.
  when: `SELECT ((reviewed_ms - :fromMs) * 8 + kind) * 8 + rating FROM reviews INDEXED BY reviews_by_time
    WHERE reviewed_ms >= :fromMs AND reviewed_ms < :toMs AND rating > 0
    ORDER BY reviewed_ms, kind, rating, duration_ms, interval_days, predicted, card_id`,
  what: `SELECT (min(duration_ms, 3600000) * 1048576 + coalesce(CAST(predicted * 1000000 AS INTEGER), 0)) * 2
      + (coalesce(interval_days, 0) >= 21) FROM reviews INDEXED BY reviews_by_time
    WHERE reviewed_ms >= :fromMs AND reviewed_ms < :toMs AND rating > 0
    ORDER BY reviewed_ms, kind, rating, duration_ms, interval_days, predicted, card_id`,
  whose: `SELECT card_id FROM reviews INDEXED BY reviews_by_time
    WHERE reviewed_ms >= :fromMs AND reviewed_ms < :toMs AND rating > 0
    ORDER BY reviewed_ms, kind, rating, duration_ms, interval_days, predicted, card_id`,
} as const;

const MATURE_DAYS = 21;
const DIFFICULTIES = 10;
/** 1 day to 2^14 days, 45 years. */
const STABILITIES = 15;

/**
 * All figures of a deck with those below it. Imported reviews that were not looked at yet are gone through first: that
 * writes, and takes longer the first time.
 */
export function studyStats(db: Db, params: StatsParams, context: JobContext = UNWATCHED): StudyStats {
  inPiece(context, PIECE.predictReviews, () => predictImported(db, params, context));
  return inPiece(context, PIECE.readFigures, () => db.transaction(() => readStats(db, params, context))());
}

function readStats(db: Db, params: StatsParams, context: JobContext): StudyStats {
  const { nowMs } = params;
  const deck = params.deck === null ? null : params.deck.normalize('NFC');
  const days = createStudyDays(offsetOfZone(params.zone ?? null), params.settings.dayStartsAtHour);
  const today = days.dayOf(nowMs);
  const settings = createDeckSettings(db, () => params.settings).of(deck);
  const rows = decksWithin(db, deck);
  const scope = { deckIds: JSON.stringify(rows.map(({ id }) => id)) };
  const count = (sql: string) => db.prepare<[typeof scope], number>(sql).pluck().get(scope) ?? 0;
  const suspended = count(STATS_SQL.suspended);
  const studied = count(STATS_SQL.studied);

  const due = new Array<number>(params.days).fill(0);
  const difficulty = new Array<number>(DIFFICULTIES).fill(0);
  const stability = new Array<number>(STABILITIES).fill(0);
  const states = { learning: 0, young: 0, mature: 0 };
  const dayAfter = createDayFinder(days, nowMs, nowMs + (params.days + 1) * DAY_MS);
  type Memory = [state: number, dueMs: number, scheduledDays: number, stability: number, difficulty: number];
  for (const row of db.prepare<[typeof scope], Memory>(STATS_SQL.memories).raw().iterate(scope)) {
    const [state, dueMs, scheduledDays, stable, hard] = row;
    states[state !== 2 ? 'learning' : scheduledDays >= MATURE_DAYS ? 'mature' : 'young'] += 1;
    // What is overdue waits for today.
    const day = dueMs <= nowMs ? 0 : dayAfter(dueMs) - today;
    if (day < params.days) due[Math.max(0, day)]! += 1;
    difficulty[bounded(Math.round(hard) - 1, DIFFICULTIES)]! += 1;
    stability[bounded(Math.ceil(Math.log2(stable)), STABILITIES)]! += 1;
  }
  context.throwIfCancelled();
  const fresh = studied - states.learning - states.young - states.mature;

  const isOurs = deck === null ? null : cardsOfDecks(db, rows);
  const tally = createReviewTally({ days, today, period: params.days });
  const fromMs = db.prepare<[], number | null>(STATS_SQL.firstReview).pluck().get() ?? nowMs;
  const lastMs = db.prepare<[], number | null>(STATS_SQL.lastReview).pluck().get() ?? nowMs;
  const [when, what, whose] = [STATS_SQL.when, STATS_SQL.what, STATS_SQL.whose].map((sql) =>
    db.prepare<[{ fromMs: number; toMs: number }], number>(sql).pluck(),
  );
  for (const period of days.periods(fromMs, lastMs + 1)) {
    context.throwIfCancelled();
    const range = { fromMs: period.fromMs, toMs: period.toMs };
    const cards = isOurs === null ? null : whose!.all(range);
    tally.add(period, when!.all(range), what!.all(range), cards, isOurs);
  }

  const { answered, ...figures } = tally.result();
  return {
    forecast: forecastOf(due, fresh, settings.newPerDay, answered),
    ...figures,
    states: { new: fresh, ...states, suspended },
    difficulty,
    stability,
  };
}

/** New cards come at the pace of the deck's limit, as long as there are any. */
function forecastOf(
  due: readonly number[],
  fresh: number,
  perDay: number,
  newToday: number,
): StudyStats['forecast'] {
  let left = fresh;
  return due.map((count, day) => {
    const newDue = Math.min(left, Math.max(0, perDay - (day === 0 ? newToday : 0)));
    left -= newDue;
    return { day, due: count, newDue };
  });
}

function bounded(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}

/** The day of a moment, without asking for the offset of each. Beyond `toMs` days are as long as they mostly are. */
function createDayFinder(
  { periods, startsAtHour, offsetMs }: ReturnType<typeof createStudyDays>,
  fromMs: number,
  toMs: number,
): (atMs: number) => number {
  const stretches = periods(fromMs, toMs);
  const lastOffset = offsetMs(toMs);
  const dayOf = (atMs: number, offset: number) =>
    Math.floor((atMs + offset - startsAtHour * 3_600_000) / DAY_MS);
  return (atMs) => {
    for (const { toMs: end, offsetMs: offset } of stretches) if (atMs < end) return dayOf(atMs, offset);
    return dayOf(atMs, lastOffset);
  };
}
