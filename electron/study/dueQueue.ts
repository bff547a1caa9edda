/**
 * What is to be asked today. Its lists are built from the deck in one go, the first card apart from them where they are
 * long, and kept up to date rating by rating, so that the next card is known at once however large the deck is. What it says is checked against the deck before a card is shown:
 * a queue that is behind can lack cards, never ask for a wrong one.
 */
import type { CardMemory, StudyCounts } from '../../shared/study.ts';
import type { StudyDays } from '../../shared/studyDays.ts';
import { findFirst, isLongDay, isNewNext } from './firstCard.ts';
import { gatherDue, momentOf } from './gatherDue.ts';
import type { DueLists } from './gatherDue.ts';
import type { StudyStatements } from './statements.ts';
import type { StudyScope } from './studyScope.ts';
import type { CardRow, MemoryRow } from './studySql.ts';

const MINUTE_MS = 60_000;
/** Answers that are taken back without building the queue anew. */
const MAX_SNAPSHOTS = 100;

export type Answered = {
  readonly cardId: number;
  readonly rating: number;
  readonly before: MemoryRow | null;
  /** `null` where the schedule was left alone. */
  readonly after: CardMemory | null;
  readonly buried: readonly number[];
};

/** Cards in the order in which they are to be asked. */
export interface StudyQueue {
  /** The next card; `null` for none now. */
  peek(nowMs: number): number | null;
  /** Whether what the deck says of the card still fits. */
  fits(row: CardRow, nowMs: number): boolean;
  drop(cardId: number): void;
  answered(answer: Answered): void;
  /** Back to before the newest answer; `false` where that is not known, and the queue has to be built anew. */
  takenBack(cardId: number): boolean;
  /** `null` until the queue is complete. */
  counts(): StudyCounts | null;
  /** Makes what the first card did not wait for. Before the deck changes: an answer counts since the queue was made. */
  complete(): void;
  nextDueMs(nowMs: number): number | null;
}

export function createDueQueue(
  sql: StudyStatements,
  scope: StudyScope,
  days: StudyDays,
  deck: string | null,
  builtMs: number,
): StudyQueue {
  const moment = momentOf(sql, scope, days, deck, builtMs);
  const { deckIds, untilMs } = moment;
  const learning = [...moment.learning];
  const aheadMs = scope.settings.learnAheadMinutes * MINUTE_MS;
  /** Answered today: with what is left, they say whose turn it is. */
  const done = {
    new: scope.settings.newPerDay - scope.leftOfAll('new'),
    review: scope.settings.reviewsPerDay - scope.leftOfAll('review'),
  };
  let lists = isLongDay(moment) ? null : gatherDue(moment);
  /** What alone is known until the lists are made; `null` where that takes the lists. */
  const first = lists === null ? findFirst(moment, done) : null;
  const made = () => (lists ??= gatherDue(moment));

  /** Before each of the latest answers. Lists are replaced, never changed, but for the short one of learning. */
  const snapshots: {
    readonly cardId: number;
    readonly lists: DueLists;
    readonly learning: readonly (typeof learning)[number][];
    readonly done: { readonly new: number; readonly review: number };
  }[] = [];

  const without = (cardIds: readonly number[], list: readonly number[]) =>
    cardIds.some((cardId) => list.includes(cardId))
      ? list.filter((cardId) => !cardIds.includes(cardId))
      : list;

  function drop(...cardIds: number[]): void {
    const { reviews, news } = made();
    lists = { reviews: without(cardIds, reviews), news: without(cardIds, news) };
    for (const cardId of cardIds) {
      const at = learning.findIndex((card) => card.cardId === cardId);
      if (at >= 0) learning.splice(at, 1);
    }
  }

  return {
    peek(nowMs) {
      const [soonest] = learning;
      if (soonest !== undefined && soonest.dueMs <= nowMs) return soonest.cardId;
      if (lists === null && first !== null) return first;
      const { reviews, news } = made();
      if (news.length > 0 || reviews.length > 0) {
        return (isNewNext(news.length, reviews.length, done) ? news[0] : reviews[0]) ?? null;
      }
      return soonest !== undefined && soonest.dueMs <= nowMs + aheadMs ? soonest.cardId : null;
    },

    fits(row, nowMs) {
      if (row.status !== 'accepted' || row.suspended === 1 || !scope.has(row.deckId)) return false;
      if ((row.buriedUntilMs ?? 0) > nowMs) return false;
      const state = row.state ?? 0;
      const isListed = (kind: keyof DueLists) =>
        (lists === null && row.cardId === first) || made()[kind].includes(row.cardId);
      if (state === 0) return isListed('news');
      if (state === 2) return row.dueMs! < untilMs && isListed('reviews');
      return row.dueMs! <= nowMs + aheadMs && learning.some(({ cardId }) => cardId === row.cardId);
    },

    drop: (cardId) => drop(cardId),

    answered({ cardId, before, after, buried }) {
      snapshots.push({ cardId, lists: made(), learning: [...learning], done: { ...done } });
      if (snapshots.length > MAX_SNAPSHOTS) snapshots.shift();
      drop(cardId, ...buried);
      const state = before?.state ?? 0;
      if (state === 0) done.new += 1;
      if (state === 2) done.review += 1;
      if (after === null || (after.state !== 1 && after.state !== 3) || after.dueMs >= untilMs) return;
      const at = learning.findIndex(({ dueMs }) => dueMs > after.dueMs);
      learning.splice(at < 0 ? learning.length : at, 0, { cardId, noteId: 0, deckId: 0, dueMs: after.dueMs });
    },

    takenBack(cardId) {
      const before = snapshots.pop();
      if (before?.cardId !== cardId) return false;
      lists = before.lists;
      learning.splice(0, learning.length, ...before.learning);
      Object.assign(done, before.done);
      return true;
    },

    counts: () =>
      lists === null
        ? null
        : { new: lists.news.length, learning: learning.length, review: lists.reviews.length },

    complete: () => void made(),

    nextDueMs(nowMs) {
      const waiting: number[] = [];
      const [soonest] = learning;
      if (soonest !== undefined) waiting.push(soonest.dueMs);
      else {
        const where = { deckIds, nowMs };
        const due = (deck === null ? sql.nextDueByDue : sql.nextDueByDeck).get(where) as number | null;
        if (typeof due === 'number') waiting.push(due);
        // Over today's limit, or put off until tomorrow.
        const tomorrow = { deckIds, nowMs: untilMs, untilMs, seed: null, limit: 1 };
        const isMore =
          (scope.everAsks('review') && sql.reviewsByDeck.get(tomorrow) !== undefined) ||
          (scope.everAsks('new') &&
            scope.deckIds.some(
              (deckId) => sql.newCards.get({ deckId, nowMs: untilMs, limit: 1 }) !== undefined,
            ));
        if (isMore) waiting.push(untilMs);
      }
      return waiting.length === 0 ? null : Math.min(...waiting);
    },
  };
}
