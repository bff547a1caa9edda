import { afterAll, describe, expect, it } from 'vitest';
import { NOTE_CHANGED_MS, noteChangedMs } from '../../../electron/sqlite/noteChanged.ts';
import { openDatabase } from '../../../electron/sqlite/openDatabase.ts';

const db = openDatabase(':memory:', []);
db.exec('CREATE TABLE notes (modified_ms INTEGER NOT NULL); INSERT INTO notes VALUES (0)');
afterAll(() => db.close());

describe('the time of a note’s change', () => {
  it.each([
    [0, 0, 1000],
    [1000, 1999, 2000],
    [1999, 1999, 2000],
    [1999, 2000, 2000],
    [1000, 2001, 2001],
    [9000, 5, 10_000],
  ])('of one changed at %d ms is, at %d ms, %d ms: in SQL and outside', (modifiedMs, nowMs, changedMs) => {
    db.prepare('UPDATE notes SET modified_ms = ?').run(modifiedMs);
    expect(db.prepare(`SELECT ${NOTE_CHANGED_MS} FROM notes`).pluck().get({ nowMs })).toBe(changedMs);
    expect(noteChangedMs(modifiedMs, nowMs)).toBe(changedMs);
  });
});
