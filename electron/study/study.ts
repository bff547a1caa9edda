/** Studying a deck: the next card, its rating, and the way back. Time comes from the clock. */
import type { Db } from '../sqlite/openDatabase.ts';
import type { Card } from '../../shared/card.ts';
import type {
  RatingInput,
  StudyCard,
  StudyMode,
  StudyPlace,
  StudySettings,
  StudyTurn,
} from '../../shared/study.ts';
import type { BeforeRating } from './beforeRating.ts';
import { createStudyDays, systemClock } from '../../shared/studyDays.ts';
import type { StudyClock } from '../../shared/studyDays.ts';
import { createDeckSettings } from './deckSettings.ts';
import type { StudyOverride } from './deckSettings.ts';
import { createDueQueue } from './dueQueue.ts';
import type { StudyQueue } from './dueQueue.ts';
import { expectedAnswer } from './expectedAnswer.ts';
import { createFreeQueue } from './freeQueue.ts';
import { createRatings, toMemory } from './ratings.ts';
import { createScheduler } from './scheduler.ts';
import type { Scheduler } from './scheduler.ts';
import { prepareStudy } from './statements.ts';
import { createStudyScope } from './studyScope.ts';
import type { DeckRow } from './studyScope.ts';
import { memoryRowOf } from './studySql.ts';
import type { CardRow } from './studySql.ts';

/** Sessions that are kept ready: one for each deck and mode. */
const MAX_SESSIONS = 4;
/** After changes by others a queue is built anew at most so often, or it would be with every card of a running run. */
const REFRESH_MS = 2000;

export type StudyOptions = {
  readonly db: Db;
  /** The program's; asked each time, as they may change. */
  readonly settings: () => StudySettings;
  /** In the order of the ids; those that are gone are left out. */
  readonly readCards: (cardIds: readonly number[]) => readonly Card[];
  readonly clock?: StudyClock;
  readonly refreshMs?: number;
};
export type Study = ReturnType<typeof createStudy>;

type Session = {
  readonly key: string;
  readonly queue: StudyQueue;
  readonly day: number;
  /** What it was built with: other limits, another queue. */
  readonly settings: StudySettings;
  /** Of a session that leaves the schedule alone. */
  readonly afterReviewId: number;
  readonly builtAt: number;
  readonly tookMs: number;
  isStale: boolean;
  /** Its end was told: who asks again begins again. */
  isOver: boolean;
};

/** A card that was put off by hand. */
type PutOff = BeforeRating['buried'][number] & {
  readonly untilMs: number;
  /** The newest rating of then. */
  readonly afterReviewId: number;
};

export function createStudy(options: StudyOptions) {
  const { db, readCards, clock = systemClock, refreshMs = REFRESH_MS } = options;
  const sql = prepareStudy(db);
  const decks = createDeckSettings(db, options.settings);
  const changesHere = db.prepare<[], number>('SELECT total_changes()').pluck();
  const sessions = new Map<string, Session>();
  const schedulers = new Map<string, Scheduler>();
  let days = createStudyDays((atMs) => clock.offsetMs(atMs), options.settings().dayStartsAtHour);
  const ratings = createRatings({ db, sql, decks, schedulerOf, days: () => days });
  let undoable: number | null = null;
  /** Oldest first. They are not written down: tomorrow the cards are back by themselves. */
  let putOff: readonly PutOff[] = [];
  /** The card that an undone rating brought back: it comes first, whatever the queue says. */
  let broughtBack: { readonly key: string; readonly cardId: number } | null = null;
  let seen = changes();

  /** Another number for each change of the deck, through this connection or another. */
  function changes(): string {
    return `${changesHere.get()} ${db.pragma('data_version', { simple: true })}`;
  }

  /** Notes what others did since the last call. */
  function notice(): void {
    const { dayStartsAtHour } = options.settings();
    if (days.startsAtHour !== dayStartsAtHour) {
      days = createStudyDays((atMs) => clock.offsetMs(atMs), dayStartsAtHour);
      schedulers.clear();
      sessions.clear();
    }
    const now = changes();
    if (now === seen) return;
    seen = now;
    undoable = null;
    for (const session of sessions.values()) session.isStale = true;
  }

  function schedulerOf(deck: string): Scheduler {
    const settings = decks.of(deck);
    const { desiredRetention, learningSteps, relearningSteps, maximumIntervalDays, weights } = settings;
    const key = JSON.stringify([
      desiredRetention,
      learningSteps,
      relearningSteps,
      maximumIntervalDays,
      weights,
    ]);
    let scheduler = schedulers.get(key);
    if (scheduler === undefined) {
      if (schedulers.size >= 32) schedulers.clear();
      scheduler = createScheduler(settings, days);
      schedulers.set(key, scheduler);
    }
    return scheduler;
  }

  function buildSession(deck: string | null, mode: StudyMode, afterReviewId: number, nowMs: number): Session {
    const startedAt = performance.now();
    const settings = decks.of(deck);
    const rows = (deck === null ? sql.allDecks.all() : sql.decksWithin.all({ deck })) as DeckRow[];
    const today = days.dayOf(nowMs);
    const answered =
      mode === 'due'
        ? (sql.answeredToday.all({ fromMs: days.startOf(today), untilMs: days.startOf(today + 1) }) as {
            deckId: number;
            new: number;
            review: number;
          }[])
        : [];
    const scope = createStudyScope(deck, rows, settings, answered);
    const queue =
      mode === 'due'
        ? createDueQueue(sql, scope, days, deck, nowMs)
        : createFreeQueue(sql, scope, days, mode, afterReviewId, nowMs);
    const tookMs = performance.now() - startedAt;
    const key = keyOf({ deck, mode });
    return {
      key,
      queue,
      day: today,
      settings,
      afterReviewId,
      builtAt: startedAt + tookMs,
      tookMs,
      isStale: false,
      isOver: false,
    };
  }

  /** @param isOpening the window asks for the first card, and did not just rate one */
  function sessionAt(place: StudyPlace, nowMs: number, isOpening: boolean): Session {
    const deck = place.deck === null ? null : place.deck.normalize('NFC');
    const { mode } = place;
    const key = keyOf({ deck, mode });
    let session = sessions.get(key);
    const begins = session === undefined || (isOpening && session.isOver && mode !== 'due');
    if (session !== undefined && !begins) {
      const isOtherDay = session.day !== days.dayOf(nowMs) && mode === 'due';
      const isOther = !isSame(session.settings, decks.of(deck));
      const wait = refreshMs * Math.max(1, session.tookMs / 100);
      const isDueAnew = session.isStale && performance.now() - session.builtAt >= wait;
      const isEmpty = session.isStale && session.queue.peek(nowMs) === null;
      if (!isOtherDay && !isOther && !isDueAnew && !isEmpty) return session;
    }
    const afterReviewId =
      session !== undefined && !begins ? session.afterReviewId : (sql.lastReviewId.get() as number);
    session = buildSession(deck, mode, afterReviewId, nowMs);
    sessions.delete(key);
    sessions.set(key, session);
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MAX_SESSIONS) break;
      sessions.delete(oldest);
    }
    return session;
  }

  function turn(place: StudyPlace, nowMs: number, isOpening: boolean): StudyTurn {
    // What stands for another place is over: coming back begins anew.
    if (isOpening) {
      const key = keyOf({ ...place, deck: place.deck?.normalize('NFC') ?? null });
      for (const session of sessions.values()) if (session.key !== key) session.isOver = true;
      if (broughtBack !== null && broughtBack.key !== key) broughtBack = null;
    }
    const session = sessionAt(place, nowMs, isOpening);
    const next = bringBack(place, session, nowMs) ?? nextOf(session, place.mode, nowMs);
    if (next === null) session.isOver = true;
    undoable ??= sql.undoable.get() as number;
    return {
      next,
      counts: session.queue.counts(),
      nextDueMs: next === null ? session.queue.nextDueMs(nowMs) : null,
      undoable: undoable + putOffAt(nowMs).length,
    };
  }

  function putOffAt(nowMs: number): readonly PutOff[] {
    if (putOff.some(({ untilMs }) => untilMs <= nowMs))
      putOff = putOff.filter(({ untilMs }) => untilMs > nowMs);
    return putOff;
  }

  function bringBack({ mode }: StudyPlace, session: Session, nowMs: number): StudyCard | null {
    if (broughtBack === null || broughtBack.key !== session.key) return null;
    const row = sql.card.get(broughtBack.cardId) as CardRow | undefined;
    if (row !== undefined && row.status === 'accepted' && row.suspended === 0) {
      const card = toStudyCard(row, mode, nowMs);
      if (card !== null) return card;
    }
    broughtBack = null;
    return null;
  }

  function nextOf({ queue }: Session, mode: StudyMode, nowMs: number): StudyCard | null {
    for (;;) {
      const cardId = queue.peek(nowMs);
      if (cardId === null) return null;
      const row = sql.card.get(cardId) as CardRow | undefined;
      const card = row !== undefined && queue.fits(row, nowMs) ? toStudyCard(row, mode, nowMs) : null;
      if (card !== null) return card;
      queue.drop(cardId);
    }
  }

  function toStudyCard(row: CardRow, mode: StudyMode, nowMs: number): StudyCard | null {
    const [card] = readCards([row.cardId]);
    if (card === undefined) return null;
    const settings = decks.of(row.deck);
    const scheduler = schedulerOf(row.deck);
    const memory = toMemory(memoryRowOf(row));
    const untilDue = memory === null ? 0 : Math.max(0, memory.dueMs - nowMs);
    const intervals =
      mode === 'due'
        ? scheduler.outlooks(row.cardId, memory, nowMs).map(({ intervalMs }) => intervalMs)
        : // Whatever is answered, it comes when it would have come; in this session, once more.
          [0, 0, untilDue, untilDue];
    const notetype =
      row.notetypeId === null
        ? null
        : (sql.notetype.get(row.notetypeId) as { css: string; fields: string } | undefined);
    const fieldNames = notetype
      ? (JSON.parse(notetype.fields) as readonly { readonly name: string }[]).map(({ name }) => name)
      : [];
    return {
      card,
      memory,
      intervals: intervals as unknown as StudyCard['intervals'],
      retrievability: memory === null ? null : scheduler.retrievability(memory, nowMs),
      isLeech: settings.leechLapses > 0 && (memory?.lapses ?? 0) >= settings.leechLapses,
      css: notetype?.css ?? '',
      typed: expectedAnswer(row, fieldNames),
    };
  }

  /** Own changes are known: they make no queue stale but those of other places. */
  function own<T>(change: () => T, key: string): T {
    notice();
    const result = change();
    seen = changes();
    for (const session of sessions.values()) if (session.key !== key) session.isStale = true;
    return result;
  }

  return {
    next(place: StudyPlace): StudyTurn {
      notice();
      return turn(place, clock.nowMs(), true);
    },

    /**
     * @throws TracedeckError `card_not_studied` for a card that is suspended, not accepted or gone, `card_not_due` for one
     *   that was rated already
     */
    rate(input: RatingInput): StudyTurn {
      const nowMs = clock.nowMs();
      const key = keyOf({ ...input, deck: input.deck?.normalize('NFC') ?? null });
      // The queue of the place first: it counts this rating among those since it was built.
      notice();
      const session = sessionAt(input, nowMs, false);
      const answer = own(() => ratings.write(input, nowMs), key);
      broughtBack = null;
      if (undoable !== null) undoable += 1;
      session.queue.answered(answer);
      return turn(input, nowMs, false);
    },

    /**
     * Takes back the newest rating, of whatever deck and session it was, or what was put off by hand since; its card
     * comes next. `null` for none.
     */
    undo(place: StudyPlace): StudyTurn | null {
      const nowMs = clock.nowMs();
      const key = keyOf({ ...place, deck: place.deck?.normalize('NFC') ?? null });
      const last = putOffAt(nowMs).at(-1);
      const wasPutOff = last !== undefined && ratings.newestId() <= last.afterReviewId;
      const cardId = own(() => {
        if (!wasPutOff) return ratings.takeBack();
        ratings.digUp(last, last.untilMs);
        return last.cardId;
      }, key);
      if (cardId === null) return null;
      if (wasPutOff) putOff = putOff.slice(0, -1);
      else if (undoable !== null) undoable -= 1;
      broughtBack = { key, cardId };
      const session = sessions.get(key);
      if (session !== undefined && (session.isStale || wasPutOff || !session.queue.takenBack(cardId))) {
        const deck = place.deck?.normalize('NFC') ?? null;
        sessions.set(key, buildSession(deck, place.mode, session.afterReviewId, nowMs));
      }
      return turn(place, nowMs, false);
    },

    /** Puts one card off until tomorrow. It can be taken back while the program runs. */
    bury({ cardId, ...place }: StudyPlace & { readonly cardId: number }): StudyTurn {
      const nowMs = clock.nowMs();
      const key = keyOf({ ...place, deck: place.deck?.normalize('NFC') ?? null });
      own(() => {
        const row = sql.card.get(cardId) as CardRow | undefined;
        if (row === undefined) return;
        const untilMs = days.startOf(days.dayOf(nowMs) + 1);
        const hadMemory = row.hasMemory === 1;
        (hadMemory ? sql.bury : sql.buryNew).run({ cardId, untilMs });
        const afterReviewId = ratings.newestId();
        putOff = [...putOff, { cardId, hadMemory, beforeMs: row.buriedUntilMs, untilMs, afterReviewId }];
      }, key);
      if (broughtBack?.cardId === cardId) broughtBack = null;
      sessions.get(key)?.queue.drop(cardId);
      return turn(place, nowMs, false);
    },

    /** What holds for a deck, those above it considered. */
    settingsOf: (deck: string | null): StudySettings => decks.of(deck),
    override: (deck: string): StudyOverride => decks.override(deck),
    setOverride(deck: string, override: StudyOverride): void {
      decks.setOverride(deck, override);
      sessions.clear();
    },
  };
}

function keyOf({ deck, mode }: StudyPlace): string {
  return `${mode} ${deck ?? ''}`;
}

function isSame(a: StudySettings, b: StudySettings): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
