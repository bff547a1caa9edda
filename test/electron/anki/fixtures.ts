/** A deck in a folder of its own, and ways to fill it without the parts of the program that others test. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { createMediaStore } from '../../../electron/anki/mediaStore.ts';
import { exportPackage } from '../../../electron/anki/exportPackage.ts';
import type { ExportPackage } from '../../../electron/anki/exportPackage.ts';
import { importPackage } from '../../../electron/anki/importPackage.ts';
import type { ImportPackage } from '../../../electron/anki/importPackage.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { foreignBytes } from './foreignPackages.ts';
import type { ForeignPackage, Form } from './foreignPackages.ts';
import { fillDeck } from './samples.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';

const folders: string[] = [];
const open: Db[] = [];
afterEach(() => {
  for (const db of open.splice(0)) db.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-test-anki-'));
  folders.push(folder);
  return folder;
}

/** Writes the package and returns its path. */
export function writeForeign(content: ForeignPackage, form: Form, name = `${form}.apkg`): string {
  const path = join(testFolder(), name);
  writeFileSync(path, foreignBytes(content, form));
  return path;
}

/** Temporary files of the product go into a folder of this test's own. Returns what lies there. */
export function ownTemporaryFolder(): () => readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-test-tmp-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  afterAll(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true, force: true });
  });
  return () => readdirSync(folder).filter((name) => name.startsWith('tracedeck-apkg-'));
}

export type TestDeck = ReturnType<typeof createTestDeck>;

export function createTestDeck(folder = testFolder()) {
  const db = openDeck(join(folder, 'deck.db'));
  open.push(db);
  const mediaDir = join(folder, 'media');
  return {
    ...fillDeck(db),
    db,
    folder,
    mediaDir,
    media: createMediaStore(db, mediaDir),
    export(name: string, options: Partial<ExportPackage> = {}) {
      const path = join(folder, name);
      return exportPackage(
        db,
        { deck: null, runId: null, scheduling: true, media: true, path, mediaDir, ...options },
        UNWATCHED,
      );
    },
    import(path: string, options: Partial<ImportPackage> = {}) {
      return importPackage(db, { path, deck: null, mediaDir, ...options }, UNWATCHED);
    },
  };
}

/** All that is of the user in a deck, without row ids: two decks with the same are the same. */
export function contentOf(db: Db): unknown {
  const notes = db
    .prepare<[], { id: number }>(
      `SELECT notes.id, uuid, guid, term, key, fields, source, notetype_id AS notetypeId, notes.created_ms AS createdMs,
         notes.modified_ms AS modifiedMs, decks.name AS deck
       FROM notes JOIN decks ON decks.id = notes.deck_id ORDER BY uuid`,
    )
    .all();
  return notes.map(({ id, ...note }) => ({
    ...note,
    tags: db
      .prepare('SELECT name FROM note_tags JOIN tags ON tags.id = tag_id WHERE note_id = ? ORDER BY name')
      .pluck()
      .all(id),
    cards: db
      .prepare<[number], { id: number }>(
        `SELECT cards.id, ordinal, type, front, back, cloze, quote, status, suspended, flag, decks.name AS deck
         FROM cards JOIN decks ON decks.id = deck_id WHERE note_id = ? AND status = 'accepted' ORDER BY ordinal`,
      )
      .all(id)
      .map(({ id: cardId, ...card }) => ({
        ...card,
        memory: db
          .prepare(
            `SELECT state, stability, difficulty, reps, lapses, learning_step AS step, scheduled_days AS days,
               last_review_ms AS lastMs FROM memory WHERE card_id = ?`,
          )
          .get(cardId),
        reviews: db
          .prepare(
            'SELECT rating, reviewed_ms AS atMs, duration_ms AS tookMs, kind FROM reviews WHERE card_id = ? ORDER BY id',
          )
          .all(cardId),
      })),
  }));
}
