/** Statements that put imported notes, cards and schedules into the deck, each written down in the import's log. */
import { randomUUID } from 'node:crypto';
import type { CardType } from '../../shared/card.ts';
import { noteChangedMs } from '../sqlite/noteChanged.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { AnkiCard, AnkiReview } from './ankiTypes.ts';
import { changedParts } from './importLog.ts';
import type { ImportLog, LoggedMemory } from './importLog.ts';
import { fromRevlog, keepSchedule, toMemory } from './schedule.ts';
import type { Calendar } from './schedule.ts';

export type StoredNote = {
  readonly id: number;
  readonly uuid: string;
  readonly guid: string | null;
  readonly term: string;
  readonly key: string;
  readonly notetypeId: number | null;
  readonly fields: readonly string[] | null;
  readonly tags: readonly string[];
  readonly modifiedMs: number;
};
export type StoredCard = {
  readonly id: number;
  readonly ordinal: number;
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly quote: string | null;
  readonly deck: string;
  readonly status: string;
};
export type NewNote = {
  readonly uuid: string | null;
  readonly guid: string | null;
  readonly deck: string;
  readonly key: string;
  readonly term: string;
  readonly notetypeId: number | null;
  readonly fields: readonly string[] | null;
  readonly tags: readonly string[];
  readonly source: string | null;
  readonly createdMs: number;
  readonly modifiedMs: number;
};
export type NewCard = {
  readonly ordinal: number;
  readonly deck: string;
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly quote: string | null;
  readonly warnings: string | null;
  readonly suspended: boolean;
  readonly flag: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
};

type NoteRow = Omit<StoredNote, 'fields' | 'tags'> & { fields: string | null; tags: string };

const NOTE = `SELECT id, uuid, guid, term, key, notetype_id AS notetypeId, fields, modified_ms AS modifiedMs,
    (SELECT json_group_array(name) FROM (SELECT tags.name FROM note_tags JOIN tags ON tags.id = note_tags.tag_id
       WHERE note_tags.note_id = notes.id ORDER BY tags.name)) AS tags
  FROM notes`;

export type NoteWriter = ReturnType<typeof createNoteWriter>;

/** Transactions are the caller's. @param calendar of the package */
export function createNoteWriter(db: Db, log: ImportLog, calendar: Calendar, nowMs: number) {
  const byGuid = db.prepare<[string], NoteRow>(`${NOTE} WHERE guid = ?`);
  const byUuid = db.prepare<[string], NoteRow>(`${NOTE} WHERE uuid = ?`);
  const byNotetype = db.prepare<[number, number], NoteRow>(
    `${NOTE} WHERE notetype_id = ? AND id > ? ORDER BY id LIMIT 200`,
  );
  const cardsOf = db.prepare<[number], StoredCard>(
    `SELECT cards.id, ordinal, type, front, back, cloze, quote, decks.name AS deck, status
     FROM cards JOIN decks ON decks.id = cards.deck_id WHERE note_id = ? ORDER BY ordinal`,
  );
  const findDeck = db.prepare<[string], { id: number; removed: 0 | 1 }>(
    'SELECT id, removed FROM decks WHERE name = ?',
  );
  const insertDeck = db.prepare('INSERT INTO decks (name, created_ms) VALUES (?, ?)');
  const restoreDeck = db.prepare('UPDATE decks SET removed = 0 WHERE id = ?');
  const insertNote = db.prepare(
    `INSERT INTO notes (uuid, guid, deck_id, key, term, notetype_id, fields, source, created_ms, modified_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateNote = db.prepare(
    'UPDATE notes SET term = ?, key = ?, fields = ?, modified_ms = ? WHERE id = ?',
  );
  // Other notes of Anki's say what their packages said, at those packages' times.
  const isEdited = db
    .prepare<[string], number>(
      `SELECT EXISTS (SELECT 1 FROM changes WHERE note_uuid = ? AND entity = 'note' AND before IS NOT NULL)`,
    )
    .pluck();
  const touchNote = db.prepare('UPDATE notes SET modified_ms = ? WHERE id = ?');
  const insertCard = db.prepare(
    `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, quote, status, suspended, flag, warnings,
       created_ms, modified_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'accepted', ?, ?, ?, ?, ?)`,
  );
  const updateCard = db.prepare(
    'UPDATE cards SET front = ?, back = ?, quote = ?, status = ?, modified_ms = ? WHERE id = ?',
  );
  const insertMemory = db.prepare(
    `INSERT INTO memory (card_id, state, due_ms, stability, difficulty, reps, lapses, learning_step, scheduled_days,
       last_review_ms, buried_until_ms, imported)
     VALUES (:card_id, :state, :due_ms, :stability, :difficulty, :reps, :lapses, :learning_step, :scheduled_days,
       :last_review_ms, :buried_until_ms, :imported)`,
  );
  const insertReview = db.prepare(
    `INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, imported) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const findTag = db.prepare<[string], number>('SELECT id FROM tags WHERE name = ?').pluck();
  const insertTag = db.prepare('INSERT INTO tags (name) VALUES (?)');
  const tie = db.prepare('INSERT INTO note_tags (note_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const untie = db.prepare(
    'DELETE FROM note_tags WHERE note_id = ? AND tag_id = (SELECT id FROM tags WHERE name = ?)',
  );

  const toNote = (row: NoteRow | undefined): StoredNote | null =>
    row === undefined
      ? null
      : {
          ...row,
          fields: row.fields === null ? null : (JSON.parse(row.fields) as string[]),
          tags: JSON.parse(row.tags) as string[],
        };

  function deckId(name: string): number {
    const there = findDeck.get(name);
    if (there !== undefined) {
      if (there.removed === 1) {
        restoreDeck.run(there.id);
        log.deck(there.id, { removed: true }, { removed: false });
      }
      return there.id;
    }
    const id = Number(insertDeck.run(name, nowMs).lastInsertRowid);
    log.deck(id, null, { name });
    return id;
  }

  function setTags(noteId: number, before: readonly string[], wanted: readonly string[]): void {
    const gone = new Set(before);
    for (const tag of wanted) {
      if (!gone.delete(tag)) tie.run(noteId, findTag.get(tag) ?? insertTag.run(tag).lastInsertRowid);
    }
    for (const tag of gone) untie.run(noteId, tag);
  }

  return {
    /** Where it is there, nothing happens. */
    makeDeck: (name: string): void => void deckId(name),
    findByGuid: (guid: string) => toNote(byGuid.get(guid)),
    findByUuid: (uuid: string) => toNote(byUuid.get(uuid)),
    cardsOf: (noteId: number): readonly StoredCard[] => cardsOf.all(noteId),
    notesOf: (notetypeId: number, afterId: number): readonly StoredNote[] =>
      byNotetype.all(notetypeId, afterId).map((row) => toNote(row)!),

    addNote(note: NewNote): { readonly id: number; readonly uuid: string } {
      const uuid = note.uuid ?? randomUUID();
      const fields = note.fields === null ? null : JSON.stringify(note.fields);
      const { guid, key, term, notetypeId, source, createdMs, modifiedMs, deck } = note;
      const tags = [...note.tags].sort();
      const where = [uuid, guid, deckId(deck), key, term, notetypeId, fields, source];
      const id = Number(insertNote.run(...where, createdMs, modifiedMs).lastInsertRowid);
      setTags(id, [], tags);
      log.note(id, uuid, null, { term, tags, deck });
      return { id, uuid };
    },

    /**
     * Whether anything of it changed; the time of its change is taken over in any case. One that was edited here never
     * goes back in time, though: in one second, by which Anki counts, a note says one thing.
     */
    changeNote(
      note: StoredNote,
      wanted: { term: string; key: string; fields: readonly string[] | null; tags: readonly string[] },
      modifiedMs: number,
    ): boolean {
      const sorted = { ...wanted, tags: [...wanted.tags].sort() };
      const changed = changedParts(note, sorted);
      const fields = wanted.fields === null ? null : JSON.stringify(wanted.fields);
      const isKept = note.notetypeId !== null && isEdited.get(note.uuid) === 0;
      const atMs = isKept ? modifiedMs : noteChangedMs(note.modifiedMs, modifiedMs);
      updateNote.run(wanted.term, wanted.key, fields, atMs, note.id);
      if (changed === null) return false;
      setTags(note.id, note.tags, sorted.tags);
      log.note(note.id, note.uuid, changed.before, changed.after);
      return true;
    },

    /** Says that a note changed by what it got besides. */
    touchNote: (note: StoredNote): void => void touchNote.run(noteChangedMs(note.modifiedMs, nowMs), note.id),

    changeCard(
      note: StoredNote,
      card: StoredCard,
      wanted: { front: string; back: string; quote: string | null; status: string },
    ): boolean {
      const changed = changedParts(card, wanted);
      if (changed === null) return false;
      updateCard.run(wanted.front, wanted.back, wanted.quote, wanted.status, nowMs, card.id);
      log.card(card.id, note.id, note.uuid, changed.before, changed.after);
      return true;
    },

    /** @returns how many reviews came with it */
    addCard(
      note: { readonly id: number; readonly uuid: string },
      card: NewCard,
      schedule: AnkiCard | null,
      reviews: readonly AnkiReview[],
    ): number {
      const { ordinal, deck, type, front, back, cloze, quote, warnings } = card;
      const sides = [note.id, deckId(deck), ordinal, type, front, back, cloze, quote];
      const state = [card.suspended ? 1 : 0, card.flag, warnings, card.createdMs, card.modifiedMs];
      const id = Number(insertCard.run(...sides, ...state).lastInsertRowid);
      const memory = schedule === null ? null : memoryOf(schedule, calendar, reviews);
      if (memory !== null) insertMemory.run({ ...memory, card_id: id });
      for (const [index, row] of reviews.entries()) {
        const { rating, reviewedMs, durationMs, kind, imported } = fromRevlog(row, index === 0);
        insertReview.run(id, rating, reviewedMs, durationMs, kind, imported);
      }
      const parts = { type, front, back, cloze, deck, status: 'accepted', memory };
      log.card(id, note.id, note.uuid, null, parts);
      return reviews.length;
    },
  };
}

function memoryOf(card: AnkiCard, calendar: Calendar, reviews: readonly AnkiReview[]): LoggedMemory | null {
  const last = reviews.findLast(({ ease }) => ease > 0);
  const memory = toMemory(card, calendar, last?.id ?? null);
  if (memory === null) return null;
  return {
    state: memory.state,
    due_ms: Math.round(memory.dueMs),
    stability: memory.stability,
    difficulty: memory.difficulty,
    reps: memory.reps,
    lapses: memory.lapses,
    learning_step: memory.learningStep,
    scheduled_days: memory.scheduledDays,
    last_review_ms: memory.lastReviewMs === null ? null : Math.round(memory.lastReviewMs),
    buried_until_ms: null,
    imported: keepSchedule(card, calendar),
  };
}
