/**
 * The statements of studying. Every one goes through an index: a test asks SQLite for the plan of each.
 * Lists of ids and names are JSON arrays.
 */
import type { CardMemory } from '../../shared/study.ts';

const STUDIED = `cards.status = 'accepted' AND cards.suspended = 0`;
const AWAKE = `(memory.buried_until_ms IS NULL OR memory.buried_until_ms <= :nowMs)`;
const MEMORY = `
  memory.state, memory.due_ms AS dueMs, memory.stability, memory.difficulty, memory.reps, memory.lapses,
  memory.learning_step AS learningStep, memory.scheduled_days AS scheduledDays,
  memory.last_review_ms AS lastReviewMs, memory.buried_until_ms AS buriedUntilMs`;
const IN_SCOPE = `cards.deck_id IN (SELECT value FROM json_each(:deckIds))`;
/** How far a review is overdue for the memory it has; or a number that is another for each card and day. */
const ORDER = `
  CASE WHEN :seed IS NULL
    THEN -(:nowMs - coalesce(memory.last_review_ms, memory.due_ms)) / max(memory.stability, 0.001)
    ELSE ((memory.card_id + :seed) * 2654435761) % 4294967296
  END`;
const DUE_REVIEW = `memory.due_ms < :untilMs AND memory.state = 2 AND ${AWAKE}`;

/** Where it is asked of thousands of rows: a list is gone through for each, so it is not where all decks count. */
const IN_WIDE_SCOPE = `(:isAllDecks = 1 OR ${IN_SCOPE})`;
const DUE_CARDS = `cards INDEXED BY cards_reviewed CROSS JOIN memory ON memory.card_id = cards.id
    WHERE ${STUDIED} AND cards.studied = 1 AND ${DUE_REVIEW}`;

const NEW = `${STUDIED} AND cards.studied = 0 AND cards.id NOT IN (
      SELECT card_id FROM memory INDEXED BY memory_buried WHERE state = 0 AND buried_until_ms > :nowMs)`;

export const STUDY_SQL = {
  decksWithin: `SELECT id, name, study FROM decks
    WHERE name = :deck OR (name >= :deck || '::' AND name < :deck || ':;')`,
  allDecks: `SELECT id, name, study FROM decks`,

  card: `SELECT cards.id AS cardId, cards.note_id AS noteId, cards.deck_id AS deckId, decks.name AS deck,
      cards.status, cards.suspended, cards.type, cards.front, cards.back, cards.cloze, notes.term, notes.fields,
      notes.notetype_id AS notetypeId, memory.card_id IS NOT NULL AS hasMemory, ${MEMORY}
    FROM cards JOIN notes ON notes.id = cards.note_id JOIN decks ON decks.id = cards.deck_id
      LEFT JOIN memory ON memory.card_id = cards.id
    WHERE cards.id = ?`,
  notetype: `SELECT css, fields FROM notetypes WHERE id = ?`,

  /** Cards in learning, by when they come. */
  learning: `SELECT cards.id AS cardId, cards.note_id AS noteId, cards.deck_id AS deckId, memory.due_ms AS dueMs
    FROM memory INDEXED BY memory_learning CROSS JOIN cards ON cards.id = memory.card_id
    WHERE memory.state IN (1, 3) AND memory.due_ms < :untilMs AND ${STUDIED} AND ${AWAKE}
    ORDER BY memory.due_ms, cards.id`,
  /** How many are due of all decks. */
  dueCount: `SELECT count(*) FROM memory INDEXED BY memory_by_due WHERE ${DUE_REVIEW}`,
  moreDueThan: `SELECT 1 FROM memory INDEXED BY memory_by_due WHERE ${DUE_REVIEW} LIMIT 1 OFFSET :few`,
  /**
   * Reviews through the due dates, whose index has all that orders them: good where most that is due lies within the
   * decks. The limit is before what else a card has to be.
   */
  reviewsByDue: `SELECT cards.id AS cardId, cards.note_id AS noteId, cards.deck_id AS deckId
    FROM (
      SELECT memory.card_id, ${ORDER} AS place FROM memory INDEXED BY memory_by_due
      WHERE ${DUE_REVIEW} ORDER BY place, memory.card_id LIMIT :limit
    ) AS due CROSS JOIN cards ON cards.id = due.card_id
    WHERE ${STUDIED} AND ${IN_SCOPE} ORDER BY due.place, due.card_id`,
  /** Reviews through the decks, whose index has all that is read of a card: good for few cards of many. */
  reviewsByDeck: `SELECT cards.id AS cardId, cards.note_id AS noteId, cards.deck_id AS deckId
    FROM cards INDEXED BY cards_by_deck CROSS JOIN memory ON memory.card_id = cards.id
    WHERE ${IN_SCOPE} AND ${STUDIED} AND cards.studied = 1 AND ${DUE_REVIEW}
    ORDER BY ${ORDER}, cards.id LIMIT :limit`,
  /** Counted no further than needed: cards whose review is due, and notes that have one. */
  dueCards: `SELECT count(*) FROM (SELECT 1 FROM ${DUE_CARDS} AND ${IN_WIDE_SCOPE} LIMIT :limit)`,
  dueNotes: `SELECT count(*) FROM (
    SELECT DISTINCT cards.note_id FROM ${DUE_CARDS} AND ${IN_WIDE_SCOPE}
      AND (:learningNotes = '[]' OR cards.note_id NOT IN (SELECT value FROM json_each(:learningNotes)))
    LIMIT :limit)`,
  dueOfNote: `SELECT 1 FROM ${DUE_CARDS} AND cards.note_id = :noteId AND ${IN_SCOPE}`,
  /** New cards of one deck in the order in which their notes were added. */
  newCards: `SELECT cards.id AS cardId, cards.note_id AS noteId, cards.deck_id AS deckId
    FROM cards INDEXED BY cards_by_deck WHERE cards.deck_id = :deckId AND ${NEW} ORDER BY cards.note_id, cards.id LIMIT :limit`,
  /** The same, of each note the first; of the notes that come after one. */
  newNotes: `SELECT min(cards.id) AS cardId, cards.note_id AS noteId, cards.deck_id AS deckId
    FROM cards INDEXED BY cards_by_deck WHERE cards.deck_id = :deckId AND ${NEW} AND cards.note_id > :afterNoteId
    GROUP BY cards.note_id ORDER BY cards.note_id LIMIT :limit`,
  /** Counted no further than needed: new cards, and notes that have one. */
  newCount: `SELECT count(*) FROM (
    SELECT 1 FROM cards INDEXED BY cards_by_deck WHERE ${IN_SCOPE} AND ${NEW} LIMIT :limit)`,
  newNotesCount: `SELECT count(*) FROM (
    SELECT DISTINCT note_id FROM cards INDEXED BY cards_by_deck WHERE ${IN_SCOPE} AND ${NEW} LIMIT :limit)`,
  answeredToday: `SELECT cards.deck_id AS deckId, count(*) FILTER (WHERE reviews.kind = 0) AS new,
      count(*) FILTER (WHERE reviews.kind = 2) AS review
    FROM reviews INDEXED BY reviews_by_time CROSS JOIN cards ON cards.id = reviews.card_id
    WHERE reviews.reviewed_ms >= :fromMs AND reviews.reviewed_ms < :untilMs
      AND reviews.kind IN (0, 2) AND reviews.rating > 0
    GROUP BY cards.deck_id`,

  /** All of the decks that may be studied, as one JSON array: read in less than half the time that rows take. */
  everyCard: `SELECT json_group_array(cards.id) FROM cards INDEXED BY cards_by_deck WHERE ${IN_SCOPE} AND ${STUDIED}`,
  /** Not due yet, soonest first; of what lies within the decks. */
  aheadByDeck: `SELECT cards.id FROM cards INDEXED BY cards_by_deck CROSS JOIN memory ON memory.card_id = cards.id
    WHERE ${IN_SCOPE} AND ${STUDIED} AND cards.studied = 1 AND ${AWAKE}
      AND memory.due_ms >= CASE WHEN memory.state = 2 THEN :untilMs ELSE :learningMs END AND memory.state > 0
      AND cards.id NOT IN (SELECT value FROM json_each(:passed))
    ORDER BY memory.due_ms, cards.id LIMIT :limit`,
  aheadByDue: `SELECT cards.id FROM memory INDEXED BY memory_by_due CROSS JOIN cards ON cards.id = memory.card_id
    WHERE memory.due_ms >= :learningMs AND memory.state > 0 AND (memory.state <> 2 OR memory.due_ms >= :untilMs)
      AND ${AWAKE} AND ${STUDIED} AND ${IN_SCOPE} AND cards.id NOT IN (SELECT value FROM json_each(:passed))
    ORDER BY memory.due_ms, cards.id LIMIT :limit`,
  /** Counted no further than needed. */
  cardsInScope: `SELECT count(*) FROM (
    SELECT 1 FROM cards INDEXED BY cards_by_deck WHERE ${IN_SCOPE} AND ${STUDIED} LIMIT :limit)`,
  /** Answers of a session that leaves the schedule alone: its reviews are those since it began. */
  sessionAnswers: `SELECT card_id AS cardId, rating FROM reviews WHERE id > ? AND kind = 4 ORDER BY id`,
  lastReviewId: `SELECT coalesce(max(id), 0) FROM reviews`,

  /** When something comes again that is not for now. */
  nextDueByDue: `SELECT memory.due_ms
    FROM memory INDEXED BY memory_by_due CROSS JOIN cards ON cards.id = memory.card_id
    WHERE memory.due_ms >= :nowMs AND memory.state > 0 AND ${STUDIED} AND ${IN_SCOPE}
    ORDER BY memory.due_ms LIMIT 1`,
  nextDueByDeck: `SELECT min(memory.due_ms)
    FROM cards INDEXED BY cards_by_deck CROSS JOIN memory ON memory.card_id = cards.id
    WHERE ${IN_SCOPE} AND ${STUDIED} AND cards.studied = 1 AND memory.state > 0 AND memory.due_ms >= :nowMs`,

  /** Other cards of the note that would come today. The note's index alone is of use. */
  siblings: `SELECT cards.id AS cardId, memory.card_id IS NOT NULL AS hasMemory,
      memory.buried_until_ms AS buriedUntilMs
    FROM cards LEFT JOIN memory ON memory.card_id = cards.id
    WHERE cards.note_id = :noteId AND cards.id <> :cardId AND +cards.status = 'accepted' AND +cards.suspended = 0
      AND (memory.card_id IS NULL OR (${AWAKE} AND (memory.state = 0 OR (memory.state = 2 AND memory.due_ms < :untilMs))))`,
  bury: `UPDATE memory SET buried_until_ms = :untilMs WHERE card_id = :cardId`,
  buryNew: `INSERT INTO memory (card_id, state, due_ms, stability, difficulty, reps, lapses, learning_step,
      scheduled_days, buried_until_ms)
    VALUES (:cardId, 0, :untilMs, 0, 0, 0, 0, 0, 0, :untilMs)`,
  /** Only as it was buried: what another hand did since stays. */
  digUp: `UPDATE memory SET buried_until_ms = :beforeMs WHERE card_id = :cardId AND buried_until_ms = :untilMs`,
  digUpNew: `DELETE FROM memory WHERE card_id = :cardId AND state = 0 AND buried_until_ms = :untilMs`,

  writeMemory: `INSERT INTO memory (card_id, state, due_ms, stability, difficulty, reps, lapses, learning_step,
      scheduled_days, last_review_ms, buried_until_ms)
    VALUES (:cardId, :state, :dueMs, :stability, :difficulty, :reps, :lapses, :learningStep, :scheduledDays,
      :lastReviewMs, :buriedUntilMs)
    ON CONFLICT (card_id) DO UPDATE SET state = :state, due_ms = :dueMs, stability = :stability,
      difficulty = :difficulty, reps = :reps, lapses = :lapses, learning_step = :learningStep,
      scheduled_days = :scheduledDays, last_review_ms = :lastReviewMs, buried_until_ms = :buriedUntilMs`,
  removeMemory: `DELETE FROM memory WHERE card_id = ?`,
  writeReview: `INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, before, interval_days, predicted)
    VALUES (:cardId, :rating, :nowMs, :durationMs, :kind, :before, :intervalDays, :predicted)`,
  newestReview: `SELECT id, card_id AS cardId, reviewed_ms AS reviewedMs, kind, before
    FROM reviews INDEXED BY reviews_to_undo WHERE before IS NOT NULL ORDER BY id DESC LIMIT 1`,
  removeReview: `DELETE FROM reviews WHERE id = ?`,
  undoable: `SELECT count(*) FROM reviews INDEXED BY reviews_to_undo WHERE before IS NOT NULL`,

  suspend: `UPDATE cards SET suspended = 1 WHERE id = ? AND suspended = 0`,
  resume: `UPDATE cards SET suspended = 0 WHERE id = ?`,
  tagId: `SELECT id FROM tags WHERE name = ?`,
  addTag: `INSERT INTO tags (name) VALUES (?)`,
  removeTag: `DELETE FROM tags WHERE id = :tagId AND NOT EXISTS (SELECT 1 FROM note_tags WHERE tag_id = :tagId)`,
  tagNote: `INSERT INTO note_tags (note_id, tag_id) VALUES (:noteId, :tagId) ON CONFLICT DO NOTHING`,
  untagNote: `DELETE FROM note_tags WHERE note_id = :noteId AND tag_id = :tagId`,
} as const;

/** What `card` returns. */
export type CardRow = {
  readonly cardId: number;
  readonly noteId: number;
  readonly deckId: number;
  readonly deck: string;
  readonly status: string;
  readonly suspended: 0 | 1;
  readonly type: string;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly term: string;
  readonly fields: string | null;
  readonly notetypeId: number | null;
  readonly hasMemory: 0 | 1;
} & ({ readonly [K in keyof MemoryRow]: MemoryRow[K] } | { readonly [K in keyof MemoryRow]: null });

/** A memory row without what an import left in it, which studying never touches. */
export type MemoryRow = CardMemory & { readonly buriedUntilMs: number | null };

export function memoryRowOf(row: CardRow): MemoryRow | null {
  if (row.hasMemory === 0) return null;
  const { state, dueMs, stability, difficulty, reps, lapses } = row as MemoryRow;
  const { learningStep, scheduledDays, lastReviewMs, buriedUntilMs } = row as MemoryRow;
  return {
    state,
    dueMs,
    stability,
    difficulty,
    reps,
    lapses,
    learningStep,
    scheduledDays,
    lastReviewMs,
    buriedUntilMs,
  };
}
