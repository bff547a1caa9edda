/**
 * The parts of notes, cards and decks that the change log knows: read and written by name, so that a change and its
 * undoing are the same step.
 */
import type { CardStatus, CardType, QualityCode } from '../../shared/card.ts';
import type { NoteFrom } from '../../shared/deck.ts';
import type { SourcePlace } from '../../shared/source.ts';
import { NOTE_CHANGED_MS } from '../sqlite/noteChanged.ts';
import type { Db, Statement } from '../sqlite/openDatabase.ts';

/** A row of `memory` without its card. */
export type MemoryParts = Readonly<Record<(typeof MEMORY_COLUMNS)[number], string | number | null>>;
const MEMORY_COLUMNS = [
  'state',
  'due_ms',
  'stability',
  'difficulty',
  'reps',
  'lapses',
  'learning_step',
  'scheduled_days',
  'last_review_ms',
  'buried_until_ms',
  'imported',
] as const;

export type CardParts = {
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  /** The words of the source that it rests on. */
  readonly quote: string | null;
  /** Name of the deck. */
  readonly deck: string;
  readonly status: CardStatus | 'deleted';
  readonly suspended: boolean;
  readonly flag: number;
  /** As stored; see `packWarnings`. */
  readonly warnings: string | null;
  /** Row id of the stage result that made its text. */
  readonly stageResultId: number | null;
  readonly memory: MemoryParts | null;
};
export type NoteParts = {
  readonly term: string;
  readonly key: string;
  readonly fields: readonly string[] | null;
  /** In order. */
  readonly tags: readonly string[];
  readonly deck: string;
  readonly from: NoteFrom | null;
};
export type DeckParts = { readonly name: string; readonly removed: boolean };

export type FoundCard = { readonly noteId: number; readonly uuid: string } & Omit<CardParts, 'memory'>;
export type FoundNote = { readonly uuid: string } & NoteParts;

type CardRow = Omit<FoundCard, 'deck' | 'suspended'> & { deckId: number; suspended: 0 | 1 };
type NoteRow = { uuid: string; term: string; key: string; fields: string | null; deckId: number };

/** Column of each part that is one. */
const CARD_COLUMNS: Readonly<Record<Exclude<keyof CardParts, 'memory'>, string>> = {
  type: 'type',
  front: 'front',
  back: 'back',
  cloze: 'cloze',
  quote: 'quote',
  deck: 'deck_id',
  status: 'status',
  suspended: 'suspended',
  flag: 'flag',
  warnings: 'warnings',
  stageResultId: 'stage_result_id',
};
const NOTE_COLUMNS: Readonly<Record<Exclude<keyof NoteParts, 'tags' | 'from'>, string>> = {
  term: 'term',
  key: 'key',
  fields: 'fields',
  deck: 'deck_id',
};

/** As `cards.warnings` keeps them. */
export function packWarnings(codes: readonly QualityCode[]): string | null {
  return codes.length === 0 ? null : ` ${codes.join(' ')} `;
}
export function readWarnings(packed: string | null): readonly QualityCode[] {
  return packed === null ? [] : (packed.trim().split(' ') as QualityCode[]);
}

/** NFC, without spaces (Anki parts tags at them), each once whatever its case, in order. */
export function cleanTags(tags: readonly string[]): string[] {
  const byFold = new Map<string, string>();
  for (const tag of tags) {
    const clean = tag.normalize('NFC').trim().replace(/\s+/gu, '-');
    if (clean !== '' && !byFold.has(clean.toLowerCase())) byFold.set(clean.toLowerCase(), clean);
  }
  return [...byFold.values()].sort();
}

export type DeckPartStore = ReturnType<typeof createDeckPartStore>;

/** Statements over an open deck; transactions are the caller's. */
export function createDeckPartStore(db: Db) {
  const card = db.prepare<[number], CardRow>(
    `SELECT cards.note_id AS noteId, notes.uuid, cards.type, cards.front, cards.back, cards.cloze, cards.quote,
       cards.deck_id AS deckId, cards.status, cards.suspended, cards.flag, cards.warnings, cards.stage_result_id AS stageResultId
     FROM cards JOIN notes ON notes.id = cards.note_id WHERE cards.id = ?`,
  );
  const note = db.prepare<[number], NoteRow>(
    'SELECT uuid, term, key, fields, deck_id AS deckId FROM notes WHERE id = ?',
  );
  const fromOf = db.prepare<[number], { name: string | null; place: string | null }>(
    `SELECT source ->> '$.name' AS name, source ->> '$.place' AS place FROM notes WHERE id = ?`,
  );
  // What else a run knows of the row that it made the note from stays.
  const setFrom = db.prepare(
    `UPDATE notes SET source = json_set(json_remove(coalesce(source, '{"row":0}'), '$.place'), '$.name', :name)
     WHERE id = :noteId`,
  );
  const setPlace = db.prepare("UPDATE notes SET source = json_set(source, '$.place', json(?)) WHERE id = ?");
  const clearFrom = db.prepare(
    `UPDATE notes SET source = nullif(json_remove(source, '$.name', '$.place'), '{"row":0}') WHERE id = ?`,
  );
  const tagsOf = db
    .prepare<[number], string>(
      'SELECT name FROM note_tags JOIN tags ON tags.id = tag_id WHERE note_id = ? ORDER BY name',
    )
    .pluck();
  const memory = db.prepare<[number], MemoryParts>(
    `SELECT ${MEMORY_COLUMNS.join(', ')} FROM memory WHERE card_id = ?`,
  );
  const forget = db.prepare('DELETE FROM memory WHERE card_id = ?');
  const remember = db.prepare(
    `INSERT OR REPLACE INTO memory (card_id, ${MEMORY_COLUMNS.join(', ')})
     VALUES (:card_id, ${MEMORY_COLUMNS.map((name) => `:${name}`).join(', ')})`,
  );
  const deckById = db.prepare<[number], { name: string; removed: 0 | 1 }>(
    'SELECT name, removed FROM decks WHERE id = ?',
  );
  const deckByName = db.prepare<[string], { id: number; removed: 0 | 1 }>(
    'SELECT id, removed FROM decks WHERE name = ?',
  );
  const addDeck = db.prepare('INSERT INTO decks (name, created_ms) VALUES (?, ?)');
  const renameDeck = db.prepare('UPDATE decks SET name = ? WHERE id = ?');
  const setRemoved = db.prepare('UPDATE decks SET removed = ? WHERE id = ?');
  const findTag = db.prepare<[string], number>('SELECT id FROM tags WHERE name = ?').pluck();
  const addTag = db.prepare('INSERT INTO tags (name) VALUES (?)');
  const tie = db.prepare('INSERT INTO note_tags (note_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const untie = db.prepare(
    'DELETE FROM note_tags WHERE note_id = ? AND tag_id = (SELECT id FROM tags WHERE name = ?)',
  );
  const touchNote = db.prepare(`UPDATE notes SET modified_ms = ${NOTE_CHANGED_MS} WHERE id = :noteId`);
  const updates = new Map<string, Statement>();
  const update = (table: 'cards' | 'notes', columns: readonly string[]): Statement => {
    const key = `${table} ${columns.join(' ')}`;
    let statement = updates.get(key);
    if (!statement) {
      const set = columns.map((column) => `${column} = ?`).join(', ');
      statement = db.prepare(`UPDATE ${table} SET ${set} WHERE id = ?`);
      updates.set(key, statement);
    }
    return statement;
  };

  /** Deck names by id while one group of steps runs: most cards are in few decks. */
  let names = new Map<number, string>();
  /** Notes whose time this group of steps has set: nobody sees what lies between two of its steps. */
  let touched = new Set<number>();
  const nameOf = (deckId: number): string => {
    let name = names.get(deckId);
    if (name === undefined) {
      name = deckById.get(deckId)?.name ?? '';
      names.set(deckId, name);
    }
    return name;
  };
  const idOf = (name: string): number | null => deckByName.get(name)?.id ?? null;

  function readFrom(noteId: number): NoteFrom | null {
    const { name = null, place = null } = fromOf.get(noteId) ?? {};
    return name === null ? null : { name, place: place === null ? null : (JSON.parse(place) as SourcePlace) };
  }
  function writeFrom(noteId: number, from: NoteFrom | null): void {
    if (from === null) clearFrom.run(noteId);
    else {
      setFrom.run({ noteId, name: from.name });
      if (from.place !== null) setPlace.run(JSON.stringify(from.place), noteId);
    }
  }

  const store = {
    /** To be called before a group of steps: others may have renamed decks since. */
    begin(): void {
      names = new Map();
      touched = new Set();
    },

    card(cardId: number): FoundCard | null {
      const row = card.get(cardId);
      if (!row) return null;
      const { deckId, suspended, ...rest } = row;
      return { ...rest, deck: nameOf(deckId), suspended: suspended === 1 };
    },
    memory: (cardId: number): MemoryParts | null => memory.get(cardId) ?? null,
    /** @param wanted what takes as long to read as all the rest, and is not always needed */
    note(
      noteId: number,
      wanted: { tags: boolean; from: boolean } = { tags: true, from: true },
    ): FoundNote | null {
      const row = note.get(noteId);
      if (!row) return null;
      const { uuid, term, key, fields, deckId } = row;
      return {
        uuid,
        term,
        key,
        fields: fields === null ? null : (JSON.parse(fields) as string[]),
        tags: wanted.tags ? tagsOf.all(noteId) : [],
        deck: nameOf(deckId),
        from: wanted.from ? readFrom(noteId) : null,
      };
    },
    deck(deckId: number): DeckParts | null {
      const row = deckById.get(deckId);
      return row ? { name: row.name, removed: row.removed === 1 } : null;
    },
    deckNamed(name: string): { readonly id: number; readonly removed: boolean } | null {
      const row = deckByName.get(name);
      return row ? { id: row.id, removed: row.removed === 1 } : null;
    },
    addDeck: (name: string, nowMs: number): number => Number(addDeck.run(name, nowMs).lastInsertRowid),

    writeCard(cardId: number, { memory: remembered, ...parts }: Partial<CardParts>, nowMs: number): void {
      const keys = Object.keys(parts) as (keyof typeof CARD_COLUMNS)[];
      const values = keys.map((key) => {
        if (key === 'deck') return idOf(parts.deck ?? '') ?? store.addDeck(parts.deck ?? '', nowMs);
        const value = parts[key];
        return typeof value === 'boolean' ? Number(value) : value;
      });
      update('cards', [...keys.map((key) => CARD_COLUMNS[key]), 'modified_ms']).run(...values, nowMs, cardId);
      if (remembered === null) forget.run(cardId);
      else if (remembered !== undefined) remember.run({ ...remembered, card_id: cardId });
    },
    writeNote(noteId: number, { tags, from, ...parts }: Partial<NoteParts>, nowMs: number): void {
      const keys = Object.keys(parts) as (keyof typeof NOTE_COLUMNS)[];
      const values = keys.map((key) => {
        if (key === 'deck') return idOf(parts.deck ?? '') ?? store.addDeck(parts.deck ?? '', nowMs);
        return key === 'fields' && parts.fields ? JSON.stringify(parts.fields) : parts[key];
      });
      if (keys.length > 0) {
        update(
          'notes',
          keys.map((key) => NOTE_COLUMNS[key]),
        ).run(...values, noteId);
      }
      if (from !== undefined) writeFrom(noteId, from);
      store.touchNote(noteId, nowMs);
      if (tags === undefined) return;
      const now = new Set(tagsOf.all(noteId));
      for (const tag of tags) {
        if (!now.delete(tag)) tie.run(noteId, findTag.get(tag) ?? addTag.run(tag).lastInsertRowid);
      }
      for (const tag of now) untie.run(noteId, tag);
    },
    writeDeck(deckId: number, { name, removed }: Partial<DeckParts>): void {
      if (name !== undefined) renameDeck.run(name, deckId);
      if (removed !== undefined) setRemoved.run(Number(removed), deckId);
      names.delete(deckId);
    },
    /** Says that a note changed; of a group of steps, once. */
    touchNote(noteId: number, nowMs: number): void {
      if (touched.has(noteId)) return;
      touched.add(noteId);
      touchNote.run({ nowMs, noteId });
    },
    /** Of a note that this group of steps made: its time is right already. */
    made: (noteId: number): void => void touched.add(noteId),
  };
  return store;
}
