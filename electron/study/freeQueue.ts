/**
 * Cards that are asked without touching their schedule: those not due yet by how soon they are (`ahead`), or all of the
 * deck in any order (`cram`). Each is asked until it was answered good once since the session began.
 */
import type { StudyMode } from '../../shared/study.ts';
import type { StudyDays } from '../../shared/studyDays.ts';
import type { StudyQueue } from './dueQueue.ts';
import { isLargeScope } from './gatherDue.ts';
import type { StudyStatements } from './statements.ts';
import type { StudyScope } from './studyScope.ts';

const MINUTE_MS = 60_000;
/** Of the cards not due yet, so many are looked up at a time. */
const AHEAD_PAGE = 500;

/** @param afterReviewId the session's own reviews are those after it; also the seed of its order */
export function createFreeQueue(
  sql: StudyStatements,
  scope: StudyScope,
  days: StudyDays,
  mode: Exclude<StudyMode, 'due'>,
  afterReviewId: number,
  builtMs: number,
): StudyQueue {
  const deckIds = JSON.stringify(scope.deckIds);
  const untilMs = days.startOf(days.dayOf(builtMs) + 1);
  const learningMs = builtMs + scope.settings.learnAheadMinutes * MINUTE_MS;
  const passed = new Set<number>();
  /** Not known yet, longest ago first. */
  const again = new Set<number>();
  for (const { cardId, rating } of sql.sessionAnswers.all(afterReviewId) as {
    cardId: number;
    rating: number;
  }[]) {
    note(cardId, rating);
  }
  const dropped = new Set<number>();
  const draw = randomPlaces(afterReviewId);
  let cards = gather();
  let at = 0;
  /** Cramming: so many of the first cards were drawn, the others are in no order yet. */
  let drawn = 0;
  let open = countOpen();

  function note(cardId: number, rating: number): void {
    again.delete(cardId);
    if (rating >= 3) passed.add(cardId);
    else {
      passed.delete(cardId);
      again.add(cardId);
    }
  }

  function gather(): number[] {
    if (mode === 'cram') return JSON.parse(sql.everyCard.get({ deckIds }) as string) as number[];
    const find = isLargeScope(sql, deckIds) ? sql.aheadByDue : sql.aheadByDeck;
    const seen = JSON.stringify([...passed, ...again]);
    return find.all({
      deckIds,
      nowMs: builtMs,
      untilMs,
      learningMs,
      passed: seen,
      limit: AHEAD_PAGE,
    }) as number[];
  }

  function isOpen(cardId: number): boolean {
    return !passed.has(cardId) && !again.has(cardId) && !dropped.has(cardId);
  }

  function countOpen(): number {
    const isUntouched = passed.size === 0 && again.size === 0 && dropped.size === 0;
    return isUntouched ? cards.length : cards.filter(isOpen).length;
  }

  /** The order of all is only made as far as it is asked for: a card from among those that were not drawn. */
  function drawNext(): void {
    const other = drawn + draw(cards.length - drawn);
    [cards[drawn], cards[other]] = [cards[other]!, cards[drawn]!];
    drawn += 1;
  }

  function firstOpen(): number | undefined {
    for (;;) {
      for (; at < cards.length; at += 1) {
        if (mode === 'cram' && at === drawn) drawNext();
        if (isOpen(cards[at]!)) break;
      }
      if (at < cards.length || mode === 'cram' || cards.length < AHEAD_PAGE) return cards[at];
      cards = gather();
      at = 0;
      open = countOpen();
      // A page of nothing but dropped cards would come again and again.
      if (cards.every((cardId) => dropped.has(cardId))) return undefined;
    }
  }

  return {
    peek: () => firstOpen() ?? [...again].find((cardId) => !dropped.has(cardId)) ?? null,
    fits: (row) => row.status === 'accepted' && row.suspended === 0 && scope.has(row.deckId),
    drop(cardId) {
      if (isOpen(cardId)) open -= 1;
      dropped.add(cardId);
    },
    answered({ cardId, rating }) {
      if (isOpen(cardId)) open -= 1;
      note(cardId, rating);
    },
    takenBack: () => false,
    complete: () => {},
    counts() {
      firstOpen();
      return { new: 0, learning: [...again].filter((cardId) => !dropped.has(cardId)).length, review: open };
    },
    nextDueMs: () => null,
  };
}

/** Places below a limit by the numbers of mulberry32: the same seed gives the same ones. */
function randomPlaces(seed: number): (limit: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  };
}
