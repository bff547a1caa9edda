/** The reviews and the new cards of a day, in their order, up to its limits. */
import type { StudyDays } from '../../shared/studyDays.ts';
import type { StudyStatements } from './statements.ts';
import type { StudyScope } from './studyScope.ts';

/** Up to so many due reviews of all decks are looked at; with more, only for decks of so many cards. */
const FEW_DUE = 2000;
const LARGE_SCOPE = 15_000;

export type Found = { readonly cardId: number; readonly noteId: number; readonly deckId: number };
export type DueLists = { readonly reviews: readonly number[]; readonly news: readonly number[] };

/** What is studied, and when. */
export type StudyMoment = {
  readonly sql: StudyStatements;
  readonly scope: StudyScope;
  readonly isAllDecks: boolean;
  /** A JSON array. */
  readonly deckIds: string;
  readonly nowMs: number;
  /** The end of the day. */
  readonly untilMs: number;
  /** `null` for the most overdue first, or the day's order. */
  readonly seed: number | null;
  /** Of the cards in learning: the others of these notes would be put off by their answers. */
  readonly learningNotes: ReadonlySet<number>;
  /** By when they come. */
  readonly learning: readonly (Found & { readonly dueMs: number })[];
};

export function momentOf(
  sql: StudyStatements,
  scope: StudyScope,
  days: StudyDays,
  deck: string | null,
  nowMs: number,
): StudyMoment {
  const today = days.dayOf(nowMs);
  const untilMs = days.startOf(today + 1);
  const inLearning = sql.learning.all({ untilMs, nowMs }) as StudyMoment['learning'];
  const learning = inLearning.filter(({ deckId }) => scope.has(deckId));
  return {
    sql,
    scope,
    isAllDecks: deck === null,
    deckIds: JSON.stringify(scope.deckIds),
    nowMs,
    untilMs,
    seed: scope.settings.reviewOrder === 'random' ? today * 7919 : null,
    learning,
    learningNotes: new Set(learning.map(({ noteId }) => noteId)),
  };
}

export function gatherDue(moment: StudyMoment): DueLists {
  const { sql, scope, deckIds, nowMs, untilMs, seed } = moment;
  // Of each note only one card a day.
  const notes = new Set(moment.learningNotes);

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
    const isLarge = moment.isAllDecks || isLargeScope(sql, deckIds);
    const due = isLarge || !isMuchDue(moment) ? (sql.dueCount.get({ nowMs, untilMs }) as number) : Infinity;
    const taken: number[] = [];
    // More than wanted, as siblings and limits of decks below leave some out; and more again where that was not enough.
    for (let limit = wanted * 2 + 100, seen = 0; ; limit *= 8) {
      const where = { deckIds: JSON.stringify(open), nowMs, untilMs, seed, limit };
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
    const found = scope.deckIds.flatMap((deckId) => newOf(moment, deckId, scope.left(deckId, 'new'), notes));
    // As they were added, whatever deck they are in.
    found.sort(byAge);
    return found.filter((row) => take(row, 'new')).map(({ cardId }) => cardId);
  }

  return { reviews: gatherReviews(), news: gatherNew() };
}

/** The first new cards of one deck, where siblings are put off without those of these notes. */
export function newOf(
  { sql, scope, nowMs }: StudyMoment,
  deckId: number,
  wanted: number,
  notes: ReadonlySet<number>,
): Found[] {
  const buries = scope.buriesSiblings(deckId);
  const find = buries ? sql.newNotes : sql.newCards;
  const found: Found[] = [];
  // Once more for those whose note is asked for by another card today.
  for (let afterNoteId = 0; found.length < wanted;) {
    const limit = wanted - found.length;
    const rows = find.all({ deckId, nowMs, afterNoteId, limit }) as Found[];
    found.push(...(buries ? rows.filter(({ noteId }) => !notes.has(noteId)) : rows));
    if (rows.length < limit) break;
    afterNoteId = rows.at(-1)!.noteId;
  }
  return found;
}

/** In the order in which their notes were added. */
export function byAge(a: Found, b: Found): number {
  return a.noteId - b.noteId || a.cardId - b.cardId;
}

/** Whether looking at every due review of all decks would take long. */
export function isMuchDue({ sql, nowMs, untilMs }: StudyMoment): boolean {
  return sql.moreDueThan.get({ nowMs, untilMs, few: FEW_DUE }) !== undefined;
}

/** Whether going through the decks' cards would take longer than through what is due. */
export function isLargeScope(sql: StudyStatements, deckIds: string): boolean {
  return (sql.cardsInScope.get({ deckIds, limit: LARGE_SCOPE + 1 }) as number) > LARGE_SCOPE;
}
