/**
 * The first card of a long day, without the lists of all that waits. Whose turn it is, a review's or a new card's,
 * depends on how many of each there are; mostly it is certain before they are counted to the last, and where it is not,
 * the lists are made.
 */
import type { Statement } from '../sqlite/openDatabase.ts';
import { byAge, isLargeScope, isMuchDue, newOf } from './gatherDue.ts';
import type { Found, StudyMoment } from './gatherDue.ts';

/** Up to so many cards a day the lists take no longer, where few are due. */
const SHORT_DAY = 500;
/** Of the reviews that come first, so many are looked at for one that may be asked. */
const FIRST_REVIEWS = 64;
/** And of new cards. */
const FIRST_NEW = 16;

type Numbers = { readonly new: number; readonly review: number };

/**
 * The place of new cards among reviews is even, counted from the day's beginning.
 *
 * @param done answered today
 */
export function isNewNext(news: number, reviews: number, done: Numbers): boolean {
  if (news === 0 || reviews === 0) return news > 0;
  const share = (answered: number, left: number) => (answered + 1) / (answered + left + 1);
  return share(done.new, news) < share(done.review, reviews);
}

/** Whether making the lists would keep the first card waiting. */
export function isLongDay(moment: StudyMoment): boolean {
  const { sql, scope, isAllDecks, deckIds } = moment;
  const mayAsk = scope.leftOfAll('new') + scope.leftOfAll('review');
  return (mayAsk > SHORT_DAY || isMuchDue(moment)) && (isAllDecks || isLargeScope(sql, deckIds));
}

/**
 * The card that the lists would begin with, or one in learning that comes before them; `null` where only the lists can
 * tell.
 */
export function findFirst(moment: StudyMoment, done: Numbers): number | null {
  const { sql, scope, deckIds, isAllDecks, nowMs, untilMs, learning, learningNotes } = moment;
  if (learning[0] !== undefined && learning[0].dueMs <= nowMs) return learning[0].cardId;
  if (!scope.isOneLimit) return null;
  const left = { new: scope.leftOfAll('new'), review: scope.leftOfAll('review') };
  const buries = scope.settings.burySiblings;
  const where = { deckIds, isAllDecks: isAllDecks ? 1 : 0, nowMs, untilMs };

  const mostNew = count(sql.newCount, left.new, where);
  // Of a note one, where siblings are put off. Counted until it is their turn, however many new cards there are.
  const enough = Math.min(left.review, leastForTurn(mostNew, done.review, done.new));
  const reviews = buries
    ? count(sql.dueNotes, enough, { ...where, learningNotes: JSON.stringify([...learningNotes]) })
    : count(sql.dueCards, enough, where);
  if (!isNewNext(mostNew, reviews, done)) {
    if (reviews === 0) return null;
    const rows = sql.reviewsByDue.all({ ...where, seed: moment.seed, limit: FIRST_REVIEWS }) as Found[];
    return rows.find(({ noteId }) => !buries || !learningNotes.has(noteId))?.cardId ?? null;
  }
  if (buries) {
    const others = learningNotes.size + reviews;
    const wanted = Math.min(left.new, leastForTurn(reviews, done.new, done.review));
    const leastNew = Math.max(0, count(sql.newNotesCount, wanted + others, where) - others);
    if (!isNewNext(leastNew, reviews, done)) return null;
  }
  const skipped = new Set(learningNotes);
  let asked: ReadonlySet<number> | null | undefined;
  for (let tries = 0; tries < FIRST_NEW; tries += 1) {
    const [first] = scope.deckIds.flatMap((deckId) => newOf(moment, deckId, 1, skipped)).sort(byAge);
    if (first === undefined) return null;
    if (!buries || sql.dueOfNote.get({ ...where, noteId: first.noteId }) === undefined) return first.cardId;
    if (reviews === left.review) {
      // Not all reviews come today: which notes do?
      asked ??= notesAsked(moment, left.review);
      if (asked === null) return null;
      if (!asked.has(first.noteId)) return first.cardId;
    }
    skipped.add(first.noteId);
  }
  return null;
}

/** The notes of so many reviews that come first; `null` where it takes the list to say. */
function notesAsked(moment: StudyMoment, reviews: number): ReadonlySet<number> | null {
  const { sql, deckIds, nowMs, untilMs, seed, learningNotes } = moment;
  if (reviews > SHORT_DAY) return null;
  const rows = sql.reviewsByDue.all({
    deckIds,
    nowMs,
    untilMs,
    seed,
    limit: reviews * 2 + FIRST_REVIEWS,
  }) as Found[];
  const asked = new Set<number>();
  for (const { noteId } of rows) {
    if (asked.size === reviews) break;
    if (!learningNotes.has(noteId)) asked.add(noteId);
  }
  return asked.size === reviews ? asked : null;
}

/** No further than to a limit. */
function count(statement: Statement, limit: number, where: object): number {
  return limit === 0 ? 0 : (statement.get({ ...where, limit }) as number);
}

/** So many of one kind make it their turn, whatever the other's right to an even place: by how many each has had. */
function leastForTurn(others: number, done: number, othersDone: number): number {
  return Math.floor(((done + 1) * others) / (othersDone + 1)) + 1;
}
