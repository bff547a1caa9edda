/**
 * The parts of notes, cards and decks that the change log knows: read and written by name, so that a change and its
 * undoing are the same step.
 */
import type { CardStatus, CardType, QualityCode } from '../../shared/card.ts';
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
  readonly memory: MemoryParts | null;
};
export type NoteParts = {
  readonly term: string;
  readonly key: string;
  readonly fields: readonly string[] | null;
  /** In order. */
  readonly tags: readonly string[];
  readonly deck: string;
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
};
const NOTE_COLUMNS: Readonly<Record<Exclude<keyof NoteParts, 'tags'>, string>> = {
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
       cards.deck_id AS deckId, cards.status, cards.suspended, cards.flag, cards.warnings
     FROM cards JOIN notes ON notes.id = cards.note_id WHERE cards.id = ?`,
  );
  const note = db.prepare<[number], NoteRow>(
    'SELECT uuid, term, key, fields, deck_id AS deckId FROM notes WHERE id = ?',
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
  const touchNote = db.prepare('UPDATE notes SET modified_ms = ? WHERE id = ?');
  const updates = new Map<string, Statement>();
  const update = (table: 'cards' | 'notes', columns: readonly string[]): Statement => {
    const key = `${table} ${columns.join(' ')}`;
    let statement = updates.get(key);
    if (!statement) {
      const set = [...columns, 'modified_ms'].map((column) => `${column} = ?`).join(', ');
      statement = db.prepare(`UPDATE ${table} SET ${set} WHERE id = ?`);
      updates.set(key, statement);
    }
    return statement;
  };

  /** Deck names by id while one group of steps runs: most cards are in few decks. */
  let names = new Map<number, string>();
  const nameOf = (deckId: number): string => {
    let name = names.get(deckId);
    if (name === undefined) {
      name = deckById.get(deckId)?.name ?? '';
      names.set(deckId, name);
    }
    return name;
  };
  const idOf = (name: string): number | null => deckByName.get(name)?.id ?? null;

  const store = {
    /** To be called before a group of steps: others may have renamed decks since. */
    begin: () => void (names = new Map()),

    card(cardId: number): FoundCard | null {
      const row = card.get(cardId);
      if (!row) return null;
      const { deckId, suspended, ...rest } = row;
      return { ...rest, deck: nameOf(deckId), suspended: suspended === 1 };
    },
    memory: (cardId: number): MemoryParts | null => memory.get(cardId) ?? null,
    /** @param withTags reading them takes as long as all the rest */
    note(noteId: number, withTags = true): FoundNote | null {
      const row = note.get(noteId);
      if (!row) return null;
      const { uuid, term, key, fields, deckId } = row;
      return {
        uuid,
        term,
        key,
        fields: fields === null ? null : (JSON.parse(fields) as string[]),
        tags: withTags ? tagsOf.all(noteId) : [],
        deck: nameOf(deckId),
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
      update(
        'cards',
        keys.map((key) => CARD_COLUMNS[key]),
      ).run(...values, nowMs, cardId);
      if (remembered === null) forget.run(cardId);
      else if (remembered !== undefined) remember.run({ ...remembered, card_id: cardId });
    },
    writeNote(noteId: number, { tags, ...parts }: Partial<NoteParts>, nowMs: number): void {
      const keys = Object.keys(parts) as (keyof typeof NOTE_COLUMNS)[];
      const values = keys.map((key) => {
        if (key === 'deck') return idOf(parts.deck ?? '') ?? store.addDeck(parts.deck ?? '', nowMs);
        return key === 'fields' && parts.fields ? JSON.stringify(parts.fields) : parts[key];
      });
      update(
        'notes',
        keys.map((key) => NOTE_COLUMNS[key]),
      ).run(...values, nowMs, noteId);
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
    touchNote: (noteId: number, nowMs: number): void => void touchNote.run(nowMs, noteId),
  };
  return store;
}
