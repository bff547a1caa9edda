/** What a rating writes, and how it is taken back: each is one transaction. */
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { CardMemory, RatingInput, StudyMode } from '../../shared/study.ts';
import type { StudyDays } from '../../shared/studyDays.ts';
import { NOTHING_BEFORE, packBefore, unpackBefore } from './beforeRating.ts';
import type { BeforeRating } from './beforeRating.ts';
import type { createDeckSettings } from './deckSettings.ts';
import type { Answered } from './dueQueue.ts';
import type { Scheduler } from './scheduler.ts';
import type { StudyStatements } from './statements.ts';
import { memoryRowOf } from './studySql.ts';
import type { CardRow, MemoryRow } from './studySql.ts';

const LEECH_TAG = 'leech';
const MINUTE_MS = 60_000;

type NewestReview = {
  readonly id: number;
  readonly cardId: number;
  readonly reviewedMs: number;
  readonly kind: number;
  readonly before: string;
};

export type RatingTools = {
  readonly db: Db;
  readonly sql: StudyStatements;
  readonly decks: Pick<ReturnType<typeof createDeckSettings>, 'of'>;
  readonly schedulerOf: (deck: string) => Scheduler;
  /** Asked each time: the hour at which a day begins may change. */
  readonly days: () => StudyDays;
};

export function createRatings({ db, sql, decks, schedulerOf, days }: RatingTools) {
  const isStudied = (row: CardRow | undefined): row is CardRow =>
    row !== undefined && row.status === 'accepted' && row.suspended === 0;

  function isDue(row: CardRow, mode: StudyMode, nowMs: number): boolean {
    if (mode !== 'due' || row.state === null || row.state === 0) return true;
    const untilMs =
      row.state === 2
        ? days().startOf(days().dayOf(nowMs) + 1)
        : nowMs + decks.of(row.deck).learnAheadMinutes * MINUTE_MS + 1;
    return row.dueMs < untilMs;
  }

  /** Another window, or a second click, may have rated the card already. */
  function checkDue(row: CardRow | undefined, mode: StudyMode, nowMs: number): asserts row is CardRow {
    if (!isStudied(row)) {
      throw new TracedeckError('user', 'card_not_studied', 'This card is not studied.', {
        hint: 'It was suspended, rejected or deleted. Go on with the next card.',
      });
    }
    if (isDue(row, mode, nowMs)) return;
    throw new TracedeckError('user', 'card_not_due', 'This card is not due any more.', {
      hint: 'It was rated already, perhaps in another window. Go on with the next card.',
    });
  }

  /** Puts the note's other cards of today off until tomorrow. */
  function burySiblings(row: CardRow, nowMs: number, untilMs: number): BeforeRating['buried'] {
    const siblings = sql.siblings.all({ noteId: row.noteId, cardId: row.cardId, nowMs, untilMs }) as {
      cardId: number;
      hasMemory: 0 | 1;
      buriedUntilMs: number | null;
    }[];
    return siblings.map(({ cardId, hasMemory, buriedUntilMs }) => {
      (hasMemory === 1 ? sql.bury : sql.buryNew).run({ cardId, untilMs });
      return { cardId, hadMemory: hasMemory === 1, beforeMs: buriedUntilMs };
    });
  }

  /** Tags the note, and suspends the card where the user wants it. */
  function markLeech(
    row: CardRow,
    suspends: boolean,
  ): Pick<BeforeRating, 'suspended' | 'tagged' | 'madeTag'> {
    let tagId = sql.tagId.get(LEECH_TAG) as number | undefined;
    const madeTag = tagId === undefined;
    tagId ??= Number(sql.addTag.run(LEECH_TAG).lastInsertRowid);
    const tagged = sql.tagNote.run({ noteId: row.noteId, tagId }).changes === 1;
    const suspended = suspends && sql.suspend.run(row.cardId).changes === 1;
    return { suspended, tagged, madeTag };
  }

  const write = db.transaction((input: RatingInput, nowMs: number): Answered => {
    const { cardId, rating, mode } = input;
    const row = sql.card.get(cardId) as CardRow | undefined;
    checkDue(row, mode, nowMs);
    const before = memoryRowOf(row);
    const review = { cardId, rating, nowMs, durationMs: input.durationMs };
    if (mode !== 'due') {
      const packed = packBefore(NOTHING_BEFORE);
      sql.writeReview.run({ ...review, kind: 4, before: packed, intervalDays: 0, predicted: null });
      return { cardId, rating, before, after: null, buried: [] };
    }
    const settings = decks.of(row.deck);
    const scheduler = schedulerOf(row.deck);
    const memory = toMemory(before);
    const after = scheduler.outlooks(cardId, memory, nowMs)[rating - 1]!.memory;
    sql.writeMemory.run({ cardId, ...after, buriedUntilMs: null });
    const untilMs = days().startOf(days().dayOf(nowMs) + 1);
    const buried = settings.burySiblings ? burySiblings(row, nowMs, untilMs) : [];
    const leech = isLeechNow(memory, after, settings.leechLapses)
      ? markLeech(row, settings.suspendLeeches)
      : NOTHING_BEFORE;
    const { suspended, tagged, madeTag } = leech;
    sql.writeReview.run({
      ...review,
      kind: before?.state ?? 0,
      before: packBefore({
        memory: before,
        buried,
        buriedUntilMs: buried.length > 0 ? untilMs : null,
        suspended,
        tagged,
        madeTag,
      }),
      intervalDays: before?.scheduledDays ?? 0,
      predicted: scheduler.predicted(memory, nowMs),
    });
    return {
      cardId,
      rating,
      before,
      after: suspended ? null : after,
      buried: buried.map((each) => each.cardId),
    };
  });

  function digUp(
    { cardId, hadMemory, beforeMs }: BeforeRating['buried'][number],
    untilMs: number | null,
  ): void {
    if (hadMemory) sql.digUp.run({ cardId, untilMs, beforeMs });
    else sql.digUpNew.run({ cardId, untilMs });
  }

  const newestReview = () => sql.newestReview.get() as NewestReview | undefined;

  const takeBack = db.transaction((): number | null => {
    const newest = newestReview();
    if (newest === undefined) return null;
    const { id, cardId, reviewedMs, kind } = newest;
    const before = unpackBefore(newest.before);
    const row = sql.card.get(cardId) as CardRow;
    // A schedule that was forgotten or imported since is not this rating's any more.
    if (kind !== 4 && row.lastReviewMs === reviewedMs) {
      if (before.memory === null) sql.removeMemory.run(cardId);
      else sql.writeMemory.run({ cardId, ...before.memory });
    }
    for (const sibling of before.buried) digUp(sibling, before.buriedUntilMs);
    if (before.suspended) sql.resume.run(cardId);
    if (before.tagged) {
      const tagId = sql.tagId.get(LEECH_TAG) as number | undefined;
      if (tagId !== undefined) {
        sql.untagNote.run({ noteId: row.noteId, tagId });
        if (before.madeTag) sql.removeTag.run({ tagId });
      }
    }
    sql.removeReview.run(id);
    return cardId;
  });

  return {
    /** @throws TracedeckError `card_not_studied`, `card_not_due` */
    write: (input: RatingInput, nowMs: number): Answered => write.immediate(input, nowMs),
    /** Whether a rating now would be taken. */
    mayRate: (row: CardRow | undefined, mode: StudyMode, nowMs: number): row is CardRow =>
      isStudied(row) && isDue(row, mode, nowMs),
    /** The newest of all; its card, or `null` for none. */
    takeBack: (): number | null => takeBack.immediate(),
    /** Of those that can be taken back; 0 for none. */
    newestId: (): number => newestReview()?.id ?? 0,
    /** Lets a card come again that was put off until then, as far as nobody changed that since. */
    digUp,
  };
}

/** As the rest of the program sees it: a new card that is only buried has none. */
export function toMemory(row: MemoryRow | null): CardMemory | null {
  if (row === null || row.state === 0) return null;
  const { buriedUntilMs: _buried, ...memory } = row;
  return memory;
}

/** At so many lapses, and then after every half as many again. */
function isLeechNow(before: CardMemory | null, after: CardMemory, threshold: number): boolean {
  const { lapses } = after;
  if (threshold === 0 || lapses === (before?.lapses ?? 0) || lapses < threshold) return false;
  return (lapses - threshold) % Math.max(1, Math.ceil(threshold / 2)) === 0;
}
