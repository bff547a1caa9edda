/**
 * Anki's scheduling columns and our memory of a card.
 *
 * Anki counts days from the day of its collection (`crt`), which begin at 4 in the morning: a review is due on day n,
 * a card in learning at a second. FSRS keeps its own in `data`: s (days), d (1..10), lrt (second of the last review).
 */
import type { CardMemory, MemoryState } from '../../shared/study.ts';
import type { AnkiCard, AnkiReview, AnkiSchedule } from './ankiTypes.ts';

/** Which local day is day 0, as days since 1970. */
export type Calendar = { readonly firstDay: number };

const DAY_MS = 86_400_000;
const ROLLOVER_HOUR = 4;
/** Larger values of `due` of a card in learning are seconds, smaller ones days. */
const DUE_IS_SECONDS = 1_000_000_000;
const MAX_MS = 8.6e15;
const MAX_DAYS = 1_000_000;

/** The day of a package's collection. @param minutesWest of UTC, where it was made; our own zone where it says none */
export function calendarOf(crtSeconds: number, minutesWest: number | null): Calendar {
  const atMs = crtSeconds * 1000;
  if (minutesWest === null) return { firstDay: localDay(atMs) };
  return { firstDay: Math.floor((atMs - minutesWest * 60_000 - ROLLOVER_HOUR * 3_600_000) / DAY_MS) };
}

/** The day that begins at 4 in the morning of local time, as days since 1970. */
export function localDay(atMs: number): number {
  const date = new Date(atMs);
  date.setHours(date.getHours() - ROLLOVER_HOUR);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
}

/** When a local day begins. */
export function dayStartMs(day: number): number {
  const date = new Date(day * DAY_MS);
  return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), ROLLOVER_HOUR).getTime();
}

/** FSRS 6's published weights that turn a schedule of SM-2 into one of FSRS: w8, w9, w10. */
const [W8, W9, W10] = [1.8722, 0.1666, 0.796];

/**
 * Stability and difficulty of a card that was studied with SM-2: its interval is how long it is remembered at 90 %,
 * and its ease is what a review at that time would add (the FSRS optimiser's own conversion).
 */
export function fromSm2(factor: number, intervalDays: number): { stability: number; difficulty: number } {
  const stability = Math.max(intervalDays, 0.01);
  const ease = factor > 0 ? factor / 1000 : 2.5;
  const gain = Math.exp(W8) * stability ** -W9 * Math.expm1(0.1 * W10);
  return { stability, difficulty: clamp(11 - (ease - 1) / gain, 1, 10) };
}

/** `null` for a new card. @param lastReviewMs its latest review, where reviews came along */
export function toMemory(
  card: AnkiSchedule,
  calendar: Calendar,
  lastReviewMs: number | null,
): CardMemory | null {
  if (card.type < 1 || card.type > 3) return null;
  const state = card.type as MemoryState;
  const own = readData(card.data);
  // Seconds are negative and belong to steps of learning.
  const intervalDays = card.ivl > 0 ? card.ivl : 0;
  const isSeconds = state !== 2 && Math.abs(card.due) >= DUE_IS_SECONDS;
  const dueMs = clamp(
    isSeconds ? card.due * 1000 : dayStartMs(calendar.firstDay + clamp(card.due, -MAX_DAYS, MAX_DAYS)),
    0,
    MAX_MS,
  );
  const lrtMs = own.lrt === null ? null : own.lrt * 1000;
  const lastMs =
    // The review says it to the millisecond.
    lastReviewMs !== null && (lrtMs === null || Math.abs(lastReviewMs - lrtMs) < 1000)
      ? lastReviewMs
      : (lrtMs ?? (state === 2 ? Math.max(0, dueMs - intervalDays * DAY_MS) : null));
  const sm2 = fromSm2(card.factor, state === 1 ? 0.5 : Math.max(1, intervalDays));
  return {
    state,
    dueMs,
    stability: own.s ?? sm2.stability,
    difficulty: own.d ?? sm2.difficulty,
    reps: Math.max(0, card.reps),
    lapses: Math.max(0, card.lapses),
    learningStep: state === 2 ? 0 : Math.max(0, 2 - (card.left % 1000 || 1)),
    scheduledDays: intervalDays,
    lastReviewMs: lastMs,
  };
}

function readData(data: string): { s: number | null; d: number | null; lrt: number | null } {
  const nothing = { s: null, d: null, lrt: null };
  if (data.length < 3 || data.length > 10_000) return nothing;
  try {
    const value = JSON.parse(data) as Record<string, unknown> | null;
    const positive = (key: string, most: number) => {
      const number = value?.[key];
      return typeof number === 'number' && number > 0 && number <= most ? number : null;
    };
    return { s: positive('s', 1e6), d: positive('d', 10), lrt: positive('lrt', MAX_MS / 1000) };
  } catch {
    return nothing;
  }
}

export const NEW_SCHEDULE: AnkiSchedule = {
  type: 0,
  queue: 0,
  due: 0,
  ivl: 0,
  factor: 0,
  reps: 0,
  lapses: 0,
  left: 0,
  data: '{}',
};

/** The columns as they came, for `memory.imported`. */
export function keepSchedule(card: AnkiCard, calendar: Calendar): string {
  const { type, queue, due, ivl, factor, reps, lapses, left, data } = card;
  return JSON.stringify({ type, queue, due, ivl, factor, reps, lapses, left, data, day: calendar.firstDay });
}

/**
 * Columns of a card of ours. One that was not studied since it was imported gets those back that it came with.
 * @param desiredRetention of its deck
 */
export function fromMemory(
  memory: CardMemory,
  imported: string | null,
  calendar: Calendar,
  desiredRetention: number,
): AnkiSchedule {
  const kept = imported === null ? null : keptSchedule(memory, imported, calendar);
  if (memory.state === 0) return NEW_SCHEDULE;
  if (kept !== null) return kept;
  const dayOfDue = localDay(memory.dueMs) - calendar.firstDay;
  const dueSeconds = Math.floor(memory.dueMs / 1000);
  const isReview = memory.state === 2;
  // A step of a day and more is due on a day, as Anki has it.
  const isLongStep =
    !isReview && memory.lastReviewMs !== null && memory.dueMs - memory.lastReviewMs >= DAY_MS && dayOfDue > 0;
  const data = {
    s: memory.stability,
    d: memory.difficulty,
    dr: desiredRetention,
    decay: 0.1542,
    ...(memory.lastReviewMs === null ? {} : { lrt: Math.floor(memory.lastReviewMs / 1000) }),
  };
  return {
    type: memory.state,
    queue: isReview ? 2 : isLongStep ? 3 : 1,
    due: isReview || isLongStep ? dayOfDue : dueSeconds,
    ivl: memory.state === 1 ? 0 : Math.max(1, Math.round(memory.scheduledDays)),
    factor: 2500,
    reps: memory.reps,
    lapses: memory.lapses,
    left: isReview ? 0 : Math.max(1, 2 - memory.learningStep),
    data: JSON.stringify(data),
  };
}

function keptSchedule(memory: CardMemory, imported: string, calendar: Calendar): AnkiSchedule | null {
  const { day, ...columns } = JSON.parse(imported) as AnkiSchedule & { day: number };
  const before = toMemory(columns, { firstDay: day }, memory.lastReviewMs);
  const isSame =
    before !== null &&
    before.state === memory.state &&
    before.dueMs === memory.dueMs &&
    before.stability === memory.stability &&
    before.difficulty === memory.difficulty &&
    before.reps === memory.reps;
  if (!isSame) return null;
  const isSeconds = columns.type !== 2 && Math.abs(columns.due) >= DUE_IS_SECONDS;
  return { ...columns, due: isSeconds ? columns.due : columns.due + day - calendar.firstDay };
}

export type OwnReview = {
  readonly rating: number;
  readonly reviewedMs: number;
  readonly durationMs: number;
  /** State before it; 4 for cramming. */
  readonly kind: number;
  readonly imported: string | null;
  /** Days of the interval that it ended, where that is known. */
  readonly intervalDays: number | null;
};

/** What Anki's log calls a review of a card in each state. */
const REVLOG_TYPES = [0, 0, 1, 2, 3];

/**
 * Log rows of a card's reviews, oldest first. The interval that a review led to is the one that the next review ended;
 * of the last one, what the card has now. Below a day Anki counts seconds, and writes them as negative numbers.
 * @param current the card's memory, `null` where it was forgotten
 * @param nextId a free id at or after a time
 */
export function toRevlog(
  cardId: number,
  reviews: readonly OwnReview[],
  current: Pick<CardMemory, 'dueMs' | 'scheduledDays'> | null,
  nextId: (wantedMs: number) => number,
): AnkiReview[] {
  let lastIvl = 0;
  return reviews.map((review, index) => {
    const id = nextId(review.reviewedMs);
    if (review.imported !== null) {
      const { ease, ivl, lastIvl: last, factor, type } = JSON.parse(review.imported) as AnkiReview;
      lastIvl = ivl;
      return { id, cardId, ease, ivl, lastIvl: last, factor, timeMs: review.durationMs, type };
    }
    const next = reviews[index + 1];
    const days = (next === undefined ? current?.scheduledDays : next.intervalDays) ?? 0;
    const untilMs = (next?.reviewedMs ?? current?.dueMs ?? review.reviewedMs) - review.reviewedMs;
    const seconds = Math.min(Math.max(1, Math.round(untilMs / 1000)), DAY_MS / 1000);
    // Cramming leads to no interval.
    const ivl = review.kind === 4 ? lastIvl : days >= 1 ? Math.round(days) : -seconds;
    const row = {
      id,
      cardId,
      ease: review.rating,
      ivl,
      lastIvl,
      factor: 0,
      timeMs: review.durationMs,
      type: REVLOG_TYPES[review.kind] ?? 1,
    };
    lastIvl = ivl;
    return row;
  });
}

/**
 * A log row as a review of ours. What nobody answered, such as a due date set by hand, counts as cramming: it moves no
 * schedule. @param isFirst of its card
 */
export function fromRevlog(row: AnkiReview, isFirst: boolean): OwnReview {
  const { id, ease, ivl, lastIvl, factor, timeMs, type } = row;
  const learning = isFirst ? 0 : 1;
  return {
    rating: clamp(ease, 0, 4),
    reviewedMs: id,
    durationMs: clamp(timeMs, 0, 3_600_000),
    kind: [learning, 2, 3][type] ?? 4,
    imported: JSON.stringify({ ease, ivl, lastIvl, factor, type }),
    intervalDays: null,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
