/** Deck files to back up. */
import { randomUUID } from 'node:crypto';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';

/** A deck with so many more notes of three cards each, some kilobytes a note; returns its open connection. */
export function deckOf(path: string, notes: number): Db {
  const db = openDeck(path);
  addNotes(db, notes);
  return db;
}

export function addNotes(db: Db, notes: number): void {
  const words = (seed: number) =>
    Array.from({ length: 40 }, (_, at) => ((seed * 7919 + at * 104_729) % 99_991).toString(36)).join(' ');
  db.transaction(() => {
    db.exec(`INSERT OR IGNORE INTO decks (id, name, created_ms) VALUES (1, 'Words', 1)`);
    const addNote = db.prepare(
      `INSERT INTO notes (uuid, deck_id, key, term, analysis, created_ms, modified_ms) VALUES (?, 1, ?, ?, ?, 1, 1)`,
    );
    const addCard = db.prepare(
      `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, created_ms, modified_ms)
       VALUES (?, 1, ?, 'basic', ?, ?, 1, 1)`,
    );
    for (let at = 0; at < notes; at += 1) {
      const { lastInsertRowid: note } = addNote.run(randomUUID(), `key ${at}`, words(at), words(at + 1));
      for (let card = 0; card < 3; card += 1) addCard.run(note, card, words(at + card), words(at - card));
    }
  }).immediate();
}

export function noteCount(db: Db): number {
  return db.prepare<[], number>('SELECT count(*) FROM notes').pluck().get()!;
}
