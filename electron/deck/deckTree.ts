/** Decks as a tree with what is to be studied in each, and the tags. */
import { setImmediate } from 'node:timers/promises';
import type { DeckNode, TagCount } from '../../shared/deck.ts';
import type { StudySettings } from '../../shared/study.ts';
import { studyDayOf } from '../../shared/studyDays.ts';
import type { Db } from '../sqlite/openDatabase.ts';

export type DeckTreeOptions = {
  readonly nowMs: number;
  readonly dayStartsAtHour: number;
  /** Of a deck as it is studied: its own settings, those of the decks above it, the program's. */
  readonly settingsOf: (deck: string) => Pick<StudySettings, 'newPerDay' | 'reviewsPerDay' | 'burySiblings'>;
};

type Totals = { noteCount: number; cardCount: number; proposedCount: number };
type Due = { deckId: number; noteId: number; state: number };
type Answered = { deckId: number; new: number; review: number };
type Node = {
  totals: Totals;
  learning: number;
  /** Of the deck and those below it, before this deck's own limits. */
  new: number;
  review: number;
  answered: { new: number; review: number };
  below: string[];
};

const FEW_DUE = 2000;
const STUDIED = `cards.status = 'accepted' AND cards.suspended = 0`;
const AWAKE = '(memory.buried_until_ms IS NULL OR memory.buried_until_ms <= :nowMs)';

/** Reads over an open connection. */
export function createDeckTree(db: Db) {
  type OfDeck<T> = T & { deckId: number };
  const decks = db.prepare<[], { id: number; name: string }>('SELECT id, name FROM decks WHERE removed = 0');
  const totals = db.prepare<[], OfDeck<Totals>>(
    `SELECT deck_id AS deckId, count(*) AS cardCount, count(DISTINCT note_id) AS noteCount,
       count(*) FILTER (WHERE status = 'proposed') AS proposedCount
     FROM cards INDEXED BY cards_by_deck WHERE status IN ('accepted', 'proposed') GROUP BY deck_id`,
  );
  type Moment = { nowMs: number; untilMs: number };
  const isDue = `memory.due_ms < :untilMs AND memory.state > 0 AND ${AWAKE}`;
  const dueCount = db
    .prepare<[Moment], number>(`SELECT count(*) FROM memory INDEXED BY memory_by_due WHERE ${isDue}`)
    .pluck();
  const found = 'cards.deck_id AS deckId, cards.note_id AS noteId, memory.state';
  /** Each card is read. */
  const fewDue = db.prepare<[Moment], Due>(
    `SELECT ${found} FROM memory INDEXED BY memory_by_due CROSS JOIN cards ON cards.id = memory.card_id
     WHERE ${isDue} AND ${STUDIED}`,
  );
  /** No card is read, but all that come again are gone through. */
  const manyDue = db.prepare<[Moment], Due>(
    `SELECT ${found} FROM cards INDEXED BY cards_reviewed CROSS JOIN memory ON memory.card_id = cards.id
     WHERE ${STUDIED} AND cards.studied = 1 AND ${isDue}`,
  );
  const newNotes = db
    .prepare<[{ deckId: number; nowMs: number }], number>(
      `SELECT cards.note_id FROM cards INDEXED BY cards_by_deck
       WHERE cards.deck_id = :deckId AND ${STUDIED} AND cards.studied = 0 AND cards.id NOT IN (
         SELECT card_id FROM memory INDEXED BY memory_buried WHERE state = 0 AND buried_until_ms > :nowMs)
       ORDER BY cards.note_id`,
    )
    .pluck();
  const answered = db.prepare<[{ fromMs: number; untilMs: number }], Answered>(
    `SELECT cards.deck_id AS deckId, count(*) FILTER (WHERE reviews.kind = 0) AS new,
       count(*) FILTER (WHERE reviews.kind = 2) AS review
     FROM reviews CROSS JOIN cards ON cards.id = reviews.card_id
     WHERE reviews.reviewed_ms >= :fromMs AND reviews.reviewed_ms < :untilMs AND reviews.rating > 0
       AND reviews.kind IN (0, 2)
     GROUP BY cards.deck_id`,
  );
  // Notes without cards are few: leaving them out takes less than looking for the cards of all others.
  const tags = db.prepare<[], TagCount>(
    `WITH gone AS MATERIALIZED (
       SELECT note_id FROM cards WHERE status IN ('rejected', 'deleted') AND NOT EXISTS (
         SELECT 1 FROM cards AS other
         WHERE other.note_id = cards.note_id AND other.status IN ('accepted', 'proposed')))
     SELECT tags.name AS tag, counts.notes FROM tags JOIN (
       SELECT tag_id, count(*) AS notes FROM note_tags WHERE note_id NOT IN gone GROUP BY tag_id
     ) AS counts ON counts.tag_id = tags.id ORDER BY tags.name COLLATE NOCASE`,
  );

  return {
    /**
     * All decks by name, those between them that have no cards of their own included; each counts those below it. What
     * is due keeps to each deck's daily limits, of which today's answers are taken off. Read in turns of their own, some
     * 20 ms each for 100,000 cards, so that nothing else waits for all of it.
     */
    async deckTree({ nowMs, dayStartsAtHour, settingsOf }: DeckTreeOptions): Promise<DeckNode[]> {
      const { dayStartMs, dayEndMs: untilMs } = studyDayOf(nowMs, dayStartsAtHour);
      const moment = { nowMs, untilMs };
      const nodes = new Map<string, Node>();
      const names = new Map<number, string>();
      const nodeOf = (name: string): Node => {
        let node = nodes.get(name);
        if (node === undefined) {
          node = {
            totals: { noteCount: 0, cardCount: 0, proposedCount: 0 },
            learning: 0,
            new: 0,
            review: 0,
            answered: { new: 0, review: 0 },
            below: [],
          };
          nodes.set(name, node);
          const end = name.lastIndexOf('::');
          if (end > 0) nodeOf(name.slice(0, end)).below.push(name);
        }
        return node;
      };
      for (const { id, name } of decks.all()) {
        names.set(id, name);
        nodeOf(name);
      }
      // A deck that was removed and still has cards would be a fault elsewhere; it is not made one here.
      const ofDeck = (deckId: number) => nodes.get(names.get(deckId) ?? '');
      for (const { deckId, ...own } of totals.all()) {
        const node = ofDeck(deckId);
        if (node) node.totals = own;
      }
      await setImmediate();
      const settings = new Map([...nodes.keys()].map((name) => [name, settingsOf(name)]));
      const settingsOfDeck = (deckId: number) => settings.get(names.get(deckId) ?? '');

      // As a session would ask: what is in learning first, then reviews, then new cards; of a note only the first.
      const rows = ((dueCount.get(moment) ?? 0) > FEW_DUE ? manyDue : fewDue).all(moment);
      const asked = new Set<number>();
      for (const { deckId, noteId, state } of rows) {
        const node = state === 2 ? undefined : ofDeck(deckId);
        if (node === undefined) continue;
        node.learning += 1;
        asked.add(noteId);
      }
      for (const { deckId, noteId, state } of rows) {
        const node = state === 2 ? ofDeck(deckId) : undefined;
        if (node === undefined || (settingsOfDeck(deckId)?.burySiblings === true && asked.has(noteId)))
          continue;
        node.review += 1;
        asked.add(noteId);
      }
      await setImmediate();
      for (const deckId of names.keys()) {
        const node = ofDeck(deckId)!;
        const { newPerDay, burySiblings } = settingsOfDeck(deckId)!;
        if (newPerDay === 0) continue;
        for (const noteId of newNotes.iterate({ deckId, nowMs })) {
          if (burySiblings && asked.has(noteId)) continue;
          node.new += 1;
          asked.add(noteId);
          // More would not be asked, and counting them would read the whole deck.
          if (node.new >= newPerDay) break;
        }
      }
      for (const { deckId, ...counts } of answered.all({ fromMs: dayStartMs, untilMs })) {
        const node = ofDeck(deckId);
        if (node) node.answered = counts;
      }

      // Deepest names first: a deck takes over what those below it come to.
      const depth = (name: string) => name.split('::').length;
      for (const name of [...nodes.keys()].sort((a, b) => depth(b) - depth(a))) {
        const node = nodes.get(name)!;
        for (const other of node.below) {
          const { totals: theirs, learning: waiting, answered: done, new: fresh, review } = nodes.get(other)!;
          node.totals.noteCount += theirs.noteCount;
          node.totals.cardCount += theirs.cardCount;
          node.totals.proposedCount += theirs.proposedCount;
          node.learning += waiting;
          node.new += fresh;
          node.review += review;
          node.answered = {
            new: node.answered.new + done.new,
            review: node.answered.review + done.review,
          };
        }
        const { newPerDay, reviewsPerDay } = settings.get(name)!;
        node.new = Math.min(node.new, Math.max(0, newPerDay - node.answered.new));
        node.review = Math.min(node.review, Math.max(0, reviewsPerDay - node.answered.review));
      }
      return [...nodes]
        .map(([name, node]) => ({
          name,
          ...node.totals,
          newCount: node.new,
          learningCount: node.learning,
          reviewCount: node.review,
        }))
        .sort((a, b) => compareDecks(a.name, b.name));
    },

    /** Tags of notes that have cards, by name. */
    tags: (): TagCount[] => tags.all(),
  };
}

/** Level by level, so that a deck stands right before those below it; numbers by their size. */
function compareDecks(a: string, b: string): number {
  const left = a.split('::');
  const right = b.split('::');
  for (let level = 0; level < Math.min(left.length, right.length); level += 1) {
    const order = COLLATOR.compare(left[level]!, right[level]!);
    if (order !== 0) return order;
  }
  return left.length - right.length || (a < b ? -1 : 1);
}
const COLLATOR = new Intl.Collator('en', { numeric: true });
