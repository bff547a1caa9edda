/**
 * What is to be asked today. Built from the deck in one go, then kept up to date rating by rating, so that the next
 * card is known at once however large the deck is. What it says is checked against the deck before a card is shown:
 * a queue that is behind can lack cards, never ask for a wrong one.
 */
import type { CardMemory, StudyCounts } from '../../shared/study.ts';
import type { StudyDays } from '../../shared/studyDays.ts';
import type { StudyStatements } from './statements.ts';
import type { StudyScope } from './studyScope.ts';
import type { CardRow, MemoryRow } from './studySql.ts';

const MINUTE_MS = 60_000;
/** Up to so many due reviews of all decks are looked at; with more, only for decks of so many cards. */
const FEW_DUE = 2000;
const LARGE_SCOPE = 15_000;
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
  counts(): StudyCounts;
  nextDueMs(nowMs: number): number | null;
}

type Found = { readonly cardId: number; readonly noteId: number; readonly deckId: number };

export function createDueQueue(
  sql: StudyStatements,
  scope: StudyScope,
  days: StudyDays,
  deck: string | null,
  builtMs: number,
): StudyQueue {
  const today = days.dayOf(builtMs);
  const untilMs = days.startOf(today + 1);
  const aheadMs = scope.settings.learnAheadMinutes * MINUTE_MS;
  const deckIds = JSON.stringify(scope.deckIds);
  const seed = scope.settings.reviewOrder === 'random' ? today * 7919 : null;

  const learning = (sql.learning.all({ untilMs, nowMs: builtMs }) as (Found & { dueMs: number })[]).filter(
    ({ deckId }) => scope.has(deckId),
  );
  // Of each note only one card a day: the others would be put off by its answer.
  const notes = new Set(learning.map(({ noteId }) => noteId));
  let reviews = gatherReviews();
  let news = gatherNew();
  const limits = { new: scope.settings.newPerDay, review: scope.settings.reviewsPerDay };
  /** Answered today: with what is left, they say whose turn it is. */
  const done = {
    new: Math.max(0, limits.new - scope.leftOfAll('new') - news.length),
    review: Math.max(0, limits.review - scope.leftOfAll('review') - reviews.length),
  };

  /** Before each of the latest answers. Lists are replaced, never changed, but for the short one of learning. */
  const snapshots: {
    readonly cardId: number;
    readonly reviews: number[];
    readonly news: number[];
    readonly learning: readonly (typeof learning)[number][];
    readonly done: { readonly new: number; readonly review: number };
  }[] = [];

  function take({ deckId, noteId }: Found, kind: 'new' | 'review'): boolean {
    if (scope.buriesSiblings(deckId) && notes.has(noteId)) return false;
    if (!scope.take(deckId, kind)) return false;
    notes.add(noteId);
    return true;
  }

  function gatherReviews(): number[] {
    const open = scope.deckIds.filter((deckId) => scope.left(deckId, 'review') > 0);
    const wanted = scope.leftOfAll('review');
    if (open.length === 0 || wanted === 0) return [];
    const due = sql.dueCount.get({ nowMs: builtMs, untilMs }) as number;
    const isLarge = deck === null || isLargeScope(sql, deckIds);
    const taken: number[] = [];
    // More than wanted, as siblings and limits of decks below leave some out; and more again where that was not enough.
    for (let limit = wanted * 2 + 100, seen = 0; ; limit *= 8) {
      const where = { deckIds: JSON.stringify(open), nowMs: builtMs, untilMs, seed, limit };
      // Each card that is found by its due date is read, in the end all of them.
      const isByDue = due <= FEW_DUE || (isLarge && limit < due / 4);
      const rows = (isByDue ? sql.reviewsByDue : sql.reviewsByDeck).all(where) as Found[];
      for (const row of rows.slice(seen)) if (take(row, 'review')) taken.push(row.cardId);
      seen = rows.length;
      const isAll = limit >= due || (!isByDue && rows.length < limit);
      if (isAll || open.every((deckId) => scope.left(deckId, 'review') === 0)) return taken;
    }
  }

  function gatherNew(): number[] {
    const found = scope.deckIds.flatMap(newOf);
    // As they were added, whatever deck they are in.
    found.sort((a, b) => a.noteId - b.noteId || a.cardId - b.cardId);
    return found.filter((row) => take(row, 'new')).map(({ cardId }) => cardId);
  }

  /** As many new cards as one deck may ask for. */
  function newOf(deckId: number): Found[] {
    const wanted = scope.left(deckId, 'new');
    const buries = scope.buriesSiblings(deckId);
    const find = buries ? sql.newNotes : sql.newCards;
    const found: Found[] = [];
    // Once more for those whose note is asked for by another card today.
    for (let afterNoteId = 0; found.length < wanted;) {
      const limit = wanted - found.length;
      const rows = find.all({ deckId, nowMs: builtMs, afterNoteId, limit }) as Found[];
      found.push(...(buries ? rows.filter(({ noteId }) => !notes.has(noteId)) : rows));
      if (rows.length < limit) break;
      afterNoteId = rows.at(-1)!.noteId;
    }
    return found;
  }

  /** The place of new cards among reviews is even, counted from the day's beginning. */
  function isNewNext(): boolean {
    if (news.length === 0 || reviews.length === 0) return news.length > 0;
    const share = (answered: number, left: number) => (answered + 1) / (answered + left + 1);
    return share(done.new, news.length) < share(done.review, reviews.length);
  }

  const without = (cardIds: readonly number[], list: number[]) =>
    cardIds.some((cardId) => list.includes(cardId))
      ? list.filter((cardId) => !cardIds.includes(cardId))
      : list;

  function drop(...cardIds: number[]): void {
    reviews = without(cardIds, reviews);
    news = without(cardIds, news);
    for (const cardId of cardIds) {
      const at = learning.findIndex((card) => card.cardId === cardId);
      if (at >= 0) learning.splice(at, 1);
    }
  }

  return {
    peek(nowMs) {
      const [first] = learning;
      if (first !== undefined && first.dueMs <= nowMs) return first.cardId;
      if (news.length > 0 || reviews.length > 0) return (isNewNext() ? news[0] : reviews[0]) ?? null;
      return first !== undefined && first.dueMs <= nowMs + aheadMs ? first.cardId : null;
    },

    fits(row, nowMs) {
      if (row.status !== 'accepted' || row.suspended === 1 || !scope.has(row.deckId)) return false;
      if ((row.buriedUntilMs ?? 0) > nowMs) return false;
      const state = row.state ?? 0;
      if (state === 0) return news.includes(row.cardId);
      if (state === 2) return row.dueMs! < untilMs && reviews.includes(row.cardId);
      return row.dueMs! <= nowMs + aheadMs && learning.some(({ cardId }) => cardId === row.cardId);
    },

    drop: (cardId) => drop(cardId),

    answered({ cardId, before, after, buried }) {
      snapshots.push({ cardId, reviews, news, learning: [...learning], done: { ...done } });
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
      ({ reviews, news } = before);
      learning.splice(0, learning.length, ...before.learning);
      Object.assign(done, before.done);
      return true;
    },

    counts: () => ({ new: news.length, learning: learning.length, review: reviews.length }),

    nextDueMs(nowMs) {
      const waiting: number[] = [];
      const [first] = learning;
      if (first !== undefined) waiting.push(first.dueMs);
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

/** Whether going through the decks' cards would take longer than through what is due. */
export function isLargeScope(sql: StudyStatements, deckIds: string): boolean {
  return (sql.cardsInScope.get({ deckIds, limit: LARGE_SCOPE + 1 }) as number) > LARGE_SCOPE;
}
