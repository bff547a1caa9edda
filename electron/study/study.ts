/** Studying a deck: the next card, its rating, and the way back. Time comes from the clock. */
import type { Db } from '../sqlite/openDatabase.ts';
import { createWriteMark } from '../sqlite/writeMark.ts';
import type { Card } from '../../shared/card.ts';
import type {
  RatingInput,
  StudyCard,
  StudyCounts,
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
import { createRatings } from './ratings.ts';
import { createSchedulers } from './schedulers.ts';
import { createSessions, keyOf } from './sessions.ts';
import type { Session } from './sessions.ts';
import { prepareStudy } from './statements.ts';
import { createStudyCards } from './studyCard.ts';
import type { CardRow } from './studySql.ts';

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

/** A card that was put off by hand. */
type PutOff = BeforeRating['buried'][number] & {
  readonly untilMs: number;
  /** The newest rating of then. */
  readonly afterReviewId: number;
};

export function createStudy(options: StudyOptions) {
  const { db, readCards, clock = systemClock } = options;
  const sql = prepareStudy(db);
  const decks = createDeckSettings(db, options.settings);
  const changes = createWriteMark(db);
  let days = createStudyDays((atMs) => clock.offsetMs(atMs), options.settings().dayStartsAtHour);
  const schedulers = createSchedulers(decks, () => days);
  const ratings = createRatings({ db, sql, decks, schedulerOf: schedulers.of, days: () => days });
  const toStudyCard = createStudyCards({ sql, decks, schedulerOf: schedulers.of, readCards });
  const sessions = createSessions({ sql, decks, days: () => days, refreshMs: options.refreshMs });
  let undoable: number | null = null;
  /** Oldest first. They are not written down: tomorrow the cards are back by themselves. */
  let putOff: readonly PutOff[] = [];
  /** The card that an undone rating brought back: it comes first, whatever the queue says. */
  let broughtBack: { readonly key: string; readonly cardId: number } | null = null;
  let seen = changes();

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
    sessions.outdate(null);
  }

  function turn(place: StudyPlace, nowMs: number, isOpening: boolean): StudyTurn {
    if (isOpening) {
      sessions.endAllBut(place);
      if (broughtBack !== null && broughtBack.key !== keyOf(place)) broughtBack = null;
    }
    const session = sessions.at(place, nowMs, isOpening);
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
    // It is not due where what was taken back had left the schedule alone.
    if (ratings.mayRate(row, mode, nowMs)) {
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

  /** Own changes are known: they make no queue stale but those of other places. */
  function own<T>(place: StudyPlace, change: () => T): T {
    notice();
    const result = change();
    seen = changes();
    sessions.outdate(place);
    return result;
  }

  return {
    next(asked: StudyPlace): StudyTurn {
      notice();
      return turn(inNfc(asked), clock.nowMs(), true);
    },

    /** How many cards wait, where the first one came without. */
    counts(place: StudyPlace): StudyCounts {
      notice();
      const { queue } = sessions.at(inNfc(place), clock.nowMs(), false);
      queue.complete();
      return queue.counts()!;
    },

    /**
     * @throws TracedeckError `card_not_studied` for a card that is suspended, not accepted or gone, `card_not_due` for one
     *   that was rated already
     */
    rate(rating: RatingInput): StudyTurn {
      const nowMs = clock.nowMs();
      const input = inNfc(rating);
      // The queue of the place first: it counts this rating among those since it was built.
      notice();
      const session = sessions.at(input, nowMs, false);
      session.queue.complete();
      const answer = own(input, () => ratings.write(input, nowMs));
      broughtBack = null;
      if (undoable !== null) undoable += 1;
      session.queue.answered(answer);
      return turn(input, nowMs, false);
    },

    /**
     * Takes back the newest rating, of whatever deck and session it was, or what was put off by hand since; its card
     * comes next if it may be rated there. `null` for none.
     */
    undo(asked: StudyPlace): StudyTurn | null {
      const nowMs = clock.nowMs();
      const place = inNfc(asked);
      sessions.get(place)?.queue.complete();
      const last = putOffAt(nowMs).at(-1);
      const wasPutOff = last !== undefined && ratings.newestId() <= last.afterReviewId;
      const cardId = own(place, () => {
        if (!wasPutOff) return ratings.takeBack();
        ratings.digUp(last, last.untilMs);
        return last.cardId;
      });
      if (cardId === null) return null;
      if (wasPutOff) putOff = putOff.slice(0, -1);
      else if (undoable !== null) undoable -= 1;
      broughtBack = { key: keyOf(place), cardId };
      const session = sessions.get(place);
      if (session !== undefined && (session.isStale || wasPutOff || !session.queue.takenBack(cardId))) {
        sessions.renew(place, nowMs);
      }
      return turn(place, nowMs, false);
    },

    /** Puts one card off until tomorrow. It can be taken back while the program runs. */
    bury({ cardId, ...asked }: StudyPlace & { readonly cardId: number }): StudyTurn {
      const nowMs = clock.nowMs();
      const place = inNfc(asked);
      sessions.get(place)?.queue.complete();
      own(place, () => {
        const row = sql.card.get(cardId) as CardRow | undefined;
        if (row === undefined) return;
        const untilMs = days.startOf(days.dayOf(nowMs) + 1);
        const hadMemory = row.hasMemory === 1;
        (hadMemory ? sql.bury : sql.buryNew).run({ cardId, untilMs });
        const afterReviewId = ratings.newestId();
        putOff = [...putOff, { cardId, hadMemory, beforeMs: row.buriedUntilMs, untilMs, afterReviewId }];
      });
      if (broughtBack?.cardId === cardId) broughtBack = null;
      sessions.get(place)?.queue.drop(cardId);
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

/** As the deck has the names of decks. */
function inNfc<P extends StudyPlace>(place: P): P {
  return { ...place, deck: place.deck?.normalize('NFC') ?? null };
}
