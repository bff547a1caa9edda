/** Sessions that go on: each the queue of a place, built anew where it no longer fits. */
import type { StudyPlace, StudySettings } from '../../shared/study.ts';
import type { StudyDays } from '../../shared/studyDays.ts';
import type { createDeckSettings } from './deckSettings.ts';
import { createDueQueue } from './dueQueue.ts';
import type { StudyQueue } from './dueQueue.ts';
import { createFreeQueue } from './freeQueue.ts';
import type { StudyStatements } from './statements.ts';
import { createStudyScope } from './studyScope.ts';
import type { DeckRow } from './studyScope.ts';

/** Sessions that are kept ready: one for each deck and mode. */
const MAX_SESSIONS = 4;
/** After changes by others a queue is built anew at most so often, or it would be with every card of a running run. */
const REFRESH_MS = 2000;

export type Session = {
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

export type SessionTools = {
  readonly sql: StudyStatements;
  readonly decks: Pick<ReturnType<typeof createDeckSettings>, 'of'>;
  /** Asked each time: the hour at which a day begins may change. */
  readonly days: () => StudyDays;
  readonly refreshMs?: number | undefined;
};

/** The names of places come in NFC. */
export function createSessions({ sql, decks, days, refreshMs = REFRESH_MS }: SessionTools) {
  const sessions = new Map<string, Session>();

  function build({ deck, mode }: StudyPlace, afterReviewId: number, nowMs: number): Session {
    const startedAt = performance.now();
    const settings = decks.of(deck);
    const rows = (deck === null ? sql.allDecks.all() : sql.decksWithin.all({ deck })) as DeckRow[];
    const today = days().dayOf(nowMs);
    const answered =
      mode === 'due'
        ? (sql.answeredToday.all({ fromMs: days().startOf(today), untilMs: days().startOf(today + 1) }) as {
            deckId: number;
            new: number;
            review: number;
          }[])
        : [];
    const scope = createStudyScope(deck, rows, settings, answered);
    const queue =
      mode === 'due'
        ? createDueQueue(sql, scope, days(), deck, nowMs)
        : createFreeQueue(sql, scope, days(), mode, afterReviewId, nowMs);
    const tookMs = performance.now() - startedAt;
    return {
      key: keyOf({ deck, mode }),
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

  /** After which review a session begins. The number of one that was taken back since is given to the next. */
  function startOf(session: Session | undefined): number {
    return Math.min(session?.afterReviewId ?? Infinity, sql.lastReviewId.get() as number);
  }

  /** @param isOpening the window asks for the first card, and did not just rate one */
  function at(place: StudyPlace, nowMs: number, isOpening: boolean): Session {
    const { deck, mode } = place;
    const key = keyOf(place);
    let session = sessions.get(key);
    const begins = session === undefined || (isOpening && session.isOver && mode !== 'due');
    if (session !== undefined && !begins) {
      const isOtherDay = session.day !== days().dayOf(nowMs) && mode === 'due';
      const isOther = !isSame(session.settings, decks.of(deck));
      const wait = refreshMs * Math.max(1, session.tookMs / 100);
      const isDueAnew = session.isStale && performance.now() - session.builtAt >= wait;
      const isEmpty = session.isStale && session.queue.peek(nowMs) === null;
      if (!isOtherDay && !isOther && !isDueAnew && !isEmpty) return session;
    }
    session = build(place, startOf(begins ? undefined : session), nowMs);
    sessions.delete(key);
    sessions.set(key, session);
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MAX_SESSIONS) break;
      sessions.delete(oldest);
    }
    return session;
  }

  return {
    at,
    get: (place: StudyPlace): Session | undefined => sessions.get(keyOf(place)),
    /** Builds the queue of a session that is there anew; its own answers still count as such. */
    renew(place: StudyPlace, nowMs: number): void {
      const session = sessions.get(keyOf(place));
      if (session !== undefined) sessions.set(session.key, build(place, startOf(session), nowMs));
    },
    /** The deck was changed: what is known of it here is behind, but for the session that knows. */
    outdate(but: StudyPlace | null): void {
      const known = but === null ? null : keyOf(but);
      for (const session of sessions.values()) if (session.key !== known) session.isStale = true;
    },
    /** Another place is studied now: coming back to one begins anew. */
    endAllBut(place: StudyPlace): void {
      for (const session of sessions.values()) if (session.key !== keyOf(place)) session.isOver = true;
    },
    clear: () => sessions.clear(),
  };
}

/** The same for the same deck and mode. */
export function keyOf({ deck, mode }: StudyPlace): string {
  return `${mode} ${deck ?? ''}`;
}

function isSame(a: StudySettings, b: StudySettings): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
