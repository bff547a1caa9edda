import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBulkEditor } from '../../../electron/deck/bulkEdit.ts';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { createNoteEditor } from '../../../electron/deck/editNotes.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import type { BulkAction } from '../../../shared/deck.ts';
import { fillLargeDeck } from '../../fixtures/largeDeck.ts';
import { simpleRenderer } from './editedDeck.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-pieces-'));
  path = join(folder, 'deck.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened(at = path) {
  const db = openDeck(at);
  let nowMs = Date.UTC(2026, 0, 1);
  const log = createChangeLog(db, { now: () => (nowMs += 1) });
  const notes = createNoteEditor(db, { log, renderer: simpleRenderer });
  return { db, log, ...createBulkEditor(db, { log, notes }) };
}

/** All that changes touch, but for when. */
function stateOf(db: Db): unknown {
  const all = (sql: string) => db.prepare(sql).all();
  return {
    cards: all(
      `SELECT id, note_id, deck_id, front, back, status, suspended, flag, warnings, studied FROM cards ORDER BY id`,
    ),
    notes: all('SELECT id, deck_id, key, term FROM notes ORDER BY id'),
    tags: all('SELECT note_id, name FROM note_tags JOIN tags ON tags.id = tag_id ORDER BY note_id, name'),
    memory: all('SELECT * FROM memory ORDER BY card_id'),
    decks: all('SELECT name, removed FROM decks WHERE removed = 0 ORDER BY name'),
  };
}
const idsOf = (db: Db) => db.prepare<[], number>('SELECT id FROM cards ORDER BY id').pluck().all();
const nothing = () => {};

const ACTIONS: readonly BulkAction[] = [
  { kind: 'move', deck: 'Elsewhere' },
  { kind: 'suspend', suspended: true },
  { kind: 'flag', flag: 3 },
  { kind: 'status', status: 'rejected' },
  { kind: 'delete' },
  { kind: 'forget' },
  { kind: 'addTags', tags: ['many'] },
  { kind: 'replace', find: 'river', with: 'stream', matchCase: false },
];

describe('a change in pieces', () => {
  it.each(ACTIONS)('does what it does in one go, and is one change that is taken back: $kind', (action) => {
    const whole = opened();
    const pieces = opened(join(folder, 'other.db'));
    for (const { db } of [whole, pieces]) fillLargeDeck(db, 700);
    const before = stateOf(pieces.db);
    // Some of them, in no order, and some that are not there.
    const cardIds = [
      ...idsOf(whole.db)
        .filter((id) => id % 7 > 0)
        .reverse(),
      1e6,
      1e6 + 1,
    ];
    const said = whole.bulkEdit(cardIds, action);
    const dones: number[] = [];
    const set = pieces.bulkEditInPieces(cardIds, action, (done) => {
      expect(pieces.db.inTransaction).toBe(false);
      dones.push(done);
    });
    expect(dones.length).toBeGreaterThan(1);
    expect({ ...set, atMs: 0 }).toEqual({ ...said, atMs: 0 });
    expect(stateOf(pieces.db)).toEqual(stateOf(whole.db));
    expect(pieces.log.list(5)).toHaveLength(1);

    const undone = pieces.log.undoLastInPieces(nothing);
    expect({ ...undone, atMs: 0 }).toEqual({ ...whole.log.undoLast(), atMs: 0 });
    expect(stateOf(pieces.db)).toEqual(before);
    expect(stateOf(whole.db)).toEqual(before);
    expect(pieces.log.undoLastInPieces(nothing)).toBeNull();
    for (const { db } of [whole, pieces]) db.close();
  });

  it('that is stopped leaves the deck as it was', () => {
    const { db, log, bulkEditInPieces } = opened();
    fillLargeDeck(db, 700);
    const before = stateOf(db);
    let looks = 0;
    const between = () => {
      looks += 1;
      if (looks > 2) throw new Error('stopped');
    };
    expect(() => bulkEditInPieces(idsOf(db), { kind: 'flag', flag: 5 }, between)).toThrow('stopped');
    expect(looks).toBeGreaterThan(3);
    expect(stateOf(db)).toEqual(before);
    expect(log.list(5)).toMatchObject([{ undone: true }]);
    db.close();
  });

  it('whose taking back is stopped is taken back by the next', () => {
    const { db, log, bulkEdit } = opened();
    fillLargeDeck(db, 700);
    const before = stateOf(db);
    bulkEdit(idsOf(db), { kind: 'suspend', suspended: true });
    let looks = 0;
    const between = () => {
      looks += 1;
      if (looks > 2) throw new Error('stopped');
    };
    expect(() => log.undoLastInPieces(between)).toThrow('stopped');
    const suspended = db.prepare('SELECT count(*) FROM cards WHERE suspended = 1').pluck();
    expect(suspended.get()).toBeLessThan(1500);
    expect(log.newest()).toMatchObject({ undone: false });
    // What somebody does in between stays.
    db.prepare('UPDATE cards SET flag = 7 WHERE id = 1').run();
    expect(log.undoLast()).toMatchObject({ undone: true, leftAlone: [] });
    db.prepare('UPDATE cards SET flag = (SELECT 0) WHERE id = 1').run();
    const flag = (before as { cards: { flag: number }[] }).cards[0]!.flag;
    db.prepare('UPDATE cards SET flag = ? WHERE id = 1').run(flag);
    expect(stateOf(db)).toEqual(before);
    db.close();
  });

  it('lets others write between the pieces, and ends where one of them takes it back', () => {
    const { db, bulkEditInPieces } = opened();
    fillLargeDeck(db, 700);
    const before = stateOf(db);
    const window = opened();
    // Held at all times, the lock would be refused at once.
    window.db.pragma('busy_timeout = 0');
    const between = (done: number) => {
      if (done > 0) window.log.undoLast();
    };
    expect(() => bulkEditInPieces(idsOf(db), { kind: 'flag', flag: 5 }, between)).toThrow(
      expect.objectContaining({ code: 'cancelled' }),
    );
    expect(stateOf(db)).toEqual(before);
    window.db.close();
    db.close();
  });

  it.each(['change', 'undo'])(
    'of a process that is killed in the middle can be taken back: %s',
    async (what) => {
      const first = opened();
      fillLargeDeck(first.db, 700);
      const before = stateOf(first.db);
      if (what === 'undo') first.bulkEdit(idsOf(first.db), { kind: 'flag', flag: 5 });
      first.db.close();
      const child = spawn(process.execPath, [join(import.meta.dirname, 'editInPieces.ts'), path, what], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const { db, log } = opened();
      const flagged = db.prepare('SELECT count(*) FROM cards WHERE flag = 5').pluck().get() as number;
      expect(flagged).toBeGreaterThan(500);
      expect(flagged).toBeLessThan(2100);
      expect(log.newest()).toMatchObject({ undone: false });
      expect(log.undoLast()).toMatchObject({ leftAlone: [] });
      expect(stateOf(db)).toEqual(before);
      db.close();
    },
  );
});
