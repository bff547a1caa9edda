/** A real deck with cards to study, a clock that is set by hand, and the study over them. */
import type { Card, CardType } from '../../../shared/card.ts';
import { studySettingsSchema } from '../../../shared/study.ts';
import type { StudyPlace, StudySettings } from '../../../shared/study.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { offsetOfZone } from '../../../shared/studyDays.ts';
import type { StudyClock } from '../../../shared/studyDays.ts';
import { createStudy } from '../../../electron/study/study.ts';
import type { Study } from '../../../electron/study/study.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** Monday, 10 in the morning in Seoul. */
export const START_MS = Date.UTC(2026, 2, 2, 1);
export const DUE: StudyPlace = { deck: null, mode: 'due' };

export type TestClock = StudyClock & { atMs: number };

export function testClock(zone = 'Asia/Seoul', atMs = START_MS): TestClock {
  return {
    atMs,
    nowMs() {
      return this.atMs;
    },
    offsetMs: offsetOfZone(zone),
  };
}

export function studySettings(settings: Partial<StudySettings> = {}): StudySettings {
  return studySettingsSchema.parse(settings);
}

type NewNote = {
  readonly deck?: string;
  readonly term?: string;
  readonly cards?: readonly {
    readonly type?: CardType;
    readonly front?: string;
    readonly back?: string;
    readonly cloze?: number;
  }[];
};

export function addDeck(db: Db, name: string): number {
  db.prepare('INSERT INTO decks (name, created_ms) VALUES (?, 0) ON CONFLICT DO NOTHING').run(name);
  return db.prepare('SELECT id FROM decks WHERE name = ?').pluck().get(name) as number;
}

/** The ids of its cards. */
export function addNote(db: Db, { deck = 'A', term = 'term', cards = [{}] }: NewNote = {}): number[] {
  const deckId = addDeck(db, deck);
  const noteId = db
    .prepare(
      `INSERT INTO notes (uuid, deck_id, key, term, created_ms, modified_ms)
       VALUES (lower(hex(randomblob(16))), ?, ?, ?, 0, 0)`,
    )
    .run(deckId, term, term).lastInsertRowid;
  const insert = db.prepare(
    `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, created_ms, modified_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)`,
  );
  return cards.map(({ type = 'recognition', front = 'front', back = 'back', cloze = null }, index) =>
    Number(insert.run(noteId, deckId, index, type, front, back, cloze).lastInsertRowid),
  );
}

export function addNotes(db: Db, count: number, note: NewNote = {}): number[] {
  return db.transaction(() => Array.from({ length: count }, () => addNote(db, note)).flat())();
}

/** As much of the cards as studying passes on. */
function readCardsOf(db: Db): (cardIds: readonly number[]) => readonly Card[] {
  const read = db.prepare<[number], { cardId: number; front: string; back: string; deck: string }>(
    `SELECT cards.id AS cardId, front, back, decks.name AS deck
     FROM cards JOIN decks ON decks.id = cards.deck_id WHERE cards.id = ?`,
  );
  return (cardIds) => cardIds.flatMap((cardId) => (read.get(cardId) ?? []) as unknown as Card);
}

export type Fixture = {
  readonly db: Db;
  readonly clock: TestClock;
  readonly study: Study;
  readonly settings: { value: StudySettings };
};

export function openStudy(
  options: { settings?: Partial<StudySettings>; path?: string; zone?: string; refreshMs?: number } = {},
): Fixture {
  const db = openDeck(options.path ?? ':memory:');
  const clock = testClock(options.zone);
  const settings = { value: studySettings(options.settings) };
  const study = createStudy({
    db,
    clock,
    settings: () => settings.value,
    readCards: readCardsOf(db),
    refreshMs: options.refreshMs ?? 0,
  });
  return { db, clock, study, settings };
}

/** All that studying may write, row by row. */
export function wholeState(db: Db): unknown {
  return {
    memory: db.prepare('SELECT * FROM memory ORDER BY card_id').all(),
    reviews: db.prepare('SELECT * FROM reviews ORDER BY id').all(),
    cards: db.prepare('SELECT * FROM cards ORDER BY id').all(),
    tags: db.prepare('SELECT * FROM tags ORDER BY id').all(),
    noteTags: db.prepare('SELECT * FROM note_tags ORDER BY note_id, tag_id').all(),
    notes: db.prepare('SELECT id, modified_ms FROM notes ORDER BY id').all(),
  };
}

/** The same numbers on every run, 0 to 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
