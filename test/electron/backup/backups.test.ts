import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackups, type Backups } from '../../../electron/backup/backups.ts';
import { deckMigrations, openDeck, registerDeckFunctions } from '../../../electron/deck/openDeck.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { openDatabase, type BeforeMigrate } from '../../../electron/sqlite/openDatabase.ts';
import { addNotes, deckOf, noteCount } from './decks.ts';

const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 4, 1, 12);

let home: string;
let deckPath: string;
let folder: string;
let mediaDir: string;
let nowMs: number;
let backups: Backups;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tracedeck-backup-'));
  deckPath = join(home, 'deck.db');
  folder = join(home, 'backups');
  mediaDir = join(home, 'media');
  nowMs = NOON_MS;
  backups = createBackups({ deckPath, folder, mediaDir, keep: 3, now: () => nowMs });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function countIn(path: string): number {
  const db = new Database(path, { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    return db.prepare<[], number>('SELECT count(*) FROM notes').pluck().get()!;
  } finally {
    db.close();
  }
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof TracedeckError) return error.code;
    throw error;
  }
  return 'done';
};

function addMedia(db: Database.Database, name: string, text: string): string {
  const sha256 = createHash('sha256').update(text).digest('hex');
  mkdirSync(mediaDir, { recursive: true });
  writeFileSync(join(mediaDir, sha256), text);
  db.prepare('INSERT INTO media (name, sha256, bytes, added_ms) VALUES (?, ?, ?, 1)').run(
    name,
    sha256,
    Buffer.byteLength(text),
  );
  return join(mediaDir, sha256);
}

describe('a backup', () => {
  it('is the deck as any gunzip unpacks it, with what it holds said at its beginning', async () => {
    deckOf(deckPath, 40).close();
    const entry = await backups.backUp('manual');
    expect(entry).toEqual({
      name: '2026-05-01T12-00-00-000Z-manual.db.gz',
      atMs: NOON_MS,
      reason: 'manual',
      bytes: statSync(join(folder, entry!.name)).size,
      notes: 40,
      cards: 120,
      verified: true,
    });
    expect(backups.list()).toEqual([entry]);
    writeFileSync(join(home, 'out.db'), gunzipSync(readFileSync(join(folder, entry!.name))));
    expect(countIn(join(home, 'out.db'))).toBe(40);
    expect(readdirSync(folder)).toEqual([entry!.name]);
  });

  it('is one moment of a deck that another connection is writing to', () => {
    const db = deckOf(deckPath, 10);
    const writer = openDeck(deckPath);
    writer.exec('BEGIN IMMEDIATE');
    writer.prepare(`UPDATE notes SET term = 'half'`).run();
    const entry = backups.backUpNow(db, 'manual')!;
    writer.exec('COMMIT');
    writer.close();
    db.close();
    writeFileSync(join(home, 'out.db'), gunzipSync(readFileSync(join(folder, entry.name))));
    const copy = new Database(join(home, 'out.db'));
    expect(copy.prepare(`SELECT count(*) FROM notes WHERE term = 'half'`).pluck().get()).toBe(0);
    copy.close();
  });

  it('is not made of a deck without notes, unless by hand', async () => {
    openDeck(deckPath).close();
    expect(await backups.backUp('daily')).toBeNull();
    expect(await backups.backUp('manual')).toMatchObject({ notes: 0, cards: 0 });
  });

  it('spans several pieces of a deck that is larger than one', async () => {
    deckOf(deckPath, 1500).close();
    expect(statSync(deckPath).size).toBeGreaterThan(4_100_000);
    const done: number[] = [];
    const entry = await backups.backUp('manual', {
      throwIfCancelled: () => {},
      progress: (now, total) => void (total !== null && done.push(now / total)),
    });
    expect(done.length).toBeGreaterThan(3);
    expect(done.at(-1)).toBe(1);
    writeFileSync(join(home, 'out.db'), gunzipSync(readFileSync(join(folder, entry!.name))));
    expect(countIn(join(home, 'out.db'))).toBe(1500);
  });

  it('leaves nothing where it is cancelled, and removes no older one', async () => {
    deckOf(deckPath, 1500).close();
    const first = await backups.backUp('daily');
    let asked = 0;
    const cancelled = backups.backUp('daily', {
      progress: () => {},
      throwIfCancelled() {
        asked += 1;
        if (asked > 2) throw new TracedeckError('transient', 'cancelled', 'Stopped.');
      },
    });
    expect(await codeOf(cancelled)).toBe('cancelled');
    expect(readdirSync(folder)).toEqual([first!.name]);
  });

  it('is refused of a damaged deck, which is said so', async () => {
    deckOf(deckPath, 500).close();
    const bytes = readFileSync(deckPath);
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 8192);
    writeFileSync(deckPath, bytes);
    expect(await codeOf(backups.backUp('daily'))).toBe('deck_damaged');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is told as damaged in the list where its beginning is gone, and never removed', async () => {
    deckOf(deckPath, 5).close();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'old.db.gz'), 'nothing');
    for (let day = 0; day < 6; day += 1) {
      nowMs += DAY_MS;
      await backups.backUp('daily');
    }
    expect(backups.list().filter(({ verified }) => !verified)).toMatchObject([{ name: 'old.db.gz' }]);
    expect(backups.list()).toHaveLength(4);
  });
});

describe('a daily backup', () => {
  it('is due where there is none, then a day later, and only if the deck was written to', async () => {
    expect(backups.due()).toBe(false);
    const db = deckOf(deckPath, 3);
    expect(backups.due()).toBe(true);
    nowMs = Date.now();
    backups.backUpNow(db, 'daily');
    expect(backups.due()).toBe(false);
    db.close();
    nowMs += DAY_MS;
    utimesSync(deckPath, new Date(nowMs - DAY_MS - 60_000), new Date(nowMs - DAY_MS - 60_000));
    expect(backups.due()).toBe(false);
    utimesSync(deckPath, new Date(nowMs), new Date(nowMs));
    expect(backups.due()).toBe(true);
  });

  it('is due in spite of one from a clock that was years ahead', async () => {
    deckOf(deckPath, 3).close();
    nowMs += 3000 * DAY_MS;
    await backups.backUp('daily');
    nowMs -= 3000 * DAY_MS;
    expect(backups.due()).toBe(true);
  });
});

describe('a restore', () => {
  it('puts the deck back, and what was there before is a backup of its own', async () => {
    const db = deckOf(deckPath, 20);
    const { name } = backups.backUpNow(db, 'manual')!;
    addNotes(db, 5);
    db.close();
    nowMs += 1000;
    const told: (readonly [done: number, total: number | null])[] = [];
    expect(
      await backups.restore(name, {
        throwIfCancelled: () => {},
        progress: (...now) => void told.push(now),
      }),
    ).toMatchObject({ name, notes: 20, missingMedia: 0 });
    expect(told.at(-1)![0]).toBe(told.at(-1)![1]);
    expect(countIn(deckPath)).toBe(20);
    const [before] = backups.list();
    expect(before).toMatchObject({ reason: 'restore', notes: 25 });
    nowMs += 1000;
    await backups.restore(before!.name);
    expect(countIn(deckPath)).toBe(25);
    expect(readdirSync(home).toSorted()).toEqual(['backups', 'deck.db']);
  });

  it('is refused while a connection has the deck open, in this process or another', async () => {
    const db = deckOf(deckPath, 2);
    const { name } = backups.backUpNow(db, 'manual')!;
    expect(await codeOf(backups.restore(name))).toBe('deck_busy');
    db.close();
    const holder = spawn(process.execPath, [join(import.meta.dirname, 'holdDeck.ts'), deckPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    expect(await codeOf(backups.restore(name))).toBe('deck_busy');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await codeOf(backups.restore(name))).toBe('done');
  });

  it('reads the backup whole before it touches the deck', async () => {
    const db = deckOf(deckPath, 1500);
    const { name, bytes } = backups.backUpNow(db, 'manual')!;
    addNotes(db, 1);
    db.close();
    const path = join(folder, name);
    const whole = readFileSync(path);
    const cut = [bytes - 1, Math.trunc(bytes / 2), 40];
    for (const length of cut) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      expect(await codeOf(backups.restore(name))).toBe('backup_damaged');
      // Nor does it count as the backup of its day.
      expect(backups.list().map(({ verified }) => verified)).toEqual([false]);
      expect(backups.due()).toBe(true);
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from('x')]));
    expect(backups.list().map(({ verified }) => verified)).toEqual([false]);
    writeFileSync(path, whole);
    expect(backups.list().map(({ verified }) => verified)).toEqual([true]);
    const flipped = Buffer.from(whole);
    flipped[Math.trunc(bytes / 2)]! ^= 0x10;
    writeFileSync(path, flipped);
    expect(await codeOf(backups.restore(name))).toBe('backup_damaged');
    expect(countIn(deckPath)).toBe(1501);
    expect(await codeOf(backups.restore('../deck.db'))).toBe('backup_unknown');
  });

  it('brings a deck back that is gone, or damaged, and keeps the damaged file', async () => {
    const db = deckOf(deckPath, 30);
    const { name } = backups.backUpNow(db, 'manual')!;
    db.close();
    rmSync(deckPath);
    await backups.restore(name);
    expect(countIn(deckPath)).toBe(30);
    const sound = readFileSync(deckPath);
    const torn = Buffer.from(sound);
    torn.fill(0xff, 4096 * 8);
    for (const bytes of [Buffer.from('no database at all'), torn]) {
      nowMs += 1000;
      writeFileSync(deckPath, bytes);
      await backups.restore(name);
      expect(countIn(deckPath)).toBe(30);
      const kept = readdirSync(folder).filter((file) => file.endsWith('-damaged.db'));
      expect(readFileSync(join(folder, kept.toSorted().at(-1)!)).equals(bytes)).toBe(true);
    }
  });

  it('refuses the deck of a newer program', async () => {
    const db = deckOf(deckPath, 2);
    const { name } = backups.backUpNow(db, 'manual')!;
    db.close();
    const older = createBackups({ deckPath, folder, keep: 3, newestSchema: 1 });
    expect(await codeOf(older.restore(name))).toBe('database_newer');
  });

  it('brings pictures back that are gone from the deck folder, and counts those that are nowhere', async () => {
    const db = deckOf(deckPath, 2);
    const picture = addMedia(db, 'cat.png', 'a cat');
    const sound = addMedia(db, 'cat.mp3', 'a sound');
    const lost = addMedia(db, 'dog.png', 'a dog');
    rmSync(lost);
    const { name } = backups.backUpNow(db, 'manual')!;
    db.close();
    expect(statSync(picture).nlink).toBe(2);
    rmSync(picture);
    const kept = join(folder, 'media', sound.slice(mediaDir.length + 1));
    rmSync(sound);
    writeFileSync(kept, 'a SOUND');
    expect(await backups.restore(name)).toMatchObject({ missingMedia: 2 });
    expect(readFileSync(picture, 'utf8')).toBe('a cat');
    expect(existsSync(sound)).toBe(false);
  });
});

describe('a kill', () => {
  /** Starts the work in a process of its own and kills it after `afterMs`; whether it came too late. */
  async function killed(work: string, name: string, afterMs: number): Promise<boolean> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'runBackup.ts'), home, work, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const ended = once(child, 'exit');
    await sleep(afterMs);
    child.kill('SIGKILL');
    const [code] = (await ended) as [number | null];
    return code === 0;
  }

  it('leaves whole backups or none, and what it left is swept away', async () => {
    deckOf(deckPath, 3000).close();
    let late = 0;
    for (const afterMs of [20, 60, 110, 170, 240]) {
      if (await killed('backUp', '-', afterMs)) late += 1;
      for (const { name, verified } of backups.list()) {
        expect(verified).toBe(true);
        expect(gunzipSync(readFileSync(join(folder, name))).length).toBeGreaterThan(1_000_000);
      }
    }
    expect(late).toBeLessThan(5);
    await backups.backUp('manual');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('in the middle of a restore leaves the old deck or the new one, whole', async () => {
    const db = deckOf(deckPath, 3000);
    const { name } = backups.backUpNow(db, 'manual')!;
    db.exec('DELETE FROM notes WHERE id % 2 = 0');
    backups.backUpNow(db, 'import');
    db.close();
    const present = readFileSync(deckPath);
    const seen = new Set<number>();
    for (const afterMs of [40, 90, 140, 180, 220, 260, 300, 350, 400, 500]) {
      writeFileSync(deckPath, present);
      await killed('restore', name, afterMs);
      const open = openDeck(deckPath);
      expect(open.pragma('integrity_check', { simple: true })).toBe('ok');
      const notes = noteCount(open);
      open.close();
      expect([1500, 3000]).toContain(notes);
      seen.add(notes);
    }
    expect(seen).toContain(1500);
    await backups.restore(name);
    expect(countIn(deckPath)).toBe(3000);
    expect(readdirSync(home).filter((file) => file.startsWith('.'))).toEqual([]);
  });
});

describe('a migration', () => {
  /** The deck of the first version, as it was shipped, with one note. */
  function oldDeck(): void {
    const db = openDatabase(deckPath, deckMigrations.slice(0, 1));
    db.exec(`INSERT INTO decks (name, created_ms) VALUES ('Words', 1);
      INSERT INTO runs (id, deck_id, settings, source_name, state, trace_id, stages, started_ms)
        VALUES ('r', 1, '{}', 's', 'done', 't', '[]', 1);
      INSERT INTO stage_identities (generator, model, prompt_version, parameters) VALUES ('o', 'm', '1', '{}');
      INSERT INTO notes (uuid, deck_id, key, term, analysis, source, run_id, created_ms)
        VALUES ('u', 1, 'k', 'term', '{}', '{}', 'r', 1);
      INSERT INTO stage_results (note_id, run_id, source_row, stage, identity_id, trace_id, cached, created_ms)
        VALUES (1, 'r', 1, 'write', 1, 't', 0, 1);
      INSERT INTO cards (note_id, ordinal, type, front, back, stage_result_id, created_ms)
        VALUES (1, 0, 'recognition', 'f', 'b', 1, 1);`);
    db.close();
  }
  const migrate = (beforeMigrate: BeforeMigrate) =>
    openDatabase(deckPath, deckMigrations, registerDeckFunctions, beforeMigrate);

  it('comes after a backup of the deck as it was, which the newer program restores', async () => {
    oldDeck();
    const steps: (readonly [number, number])[] = [];
    const open = migrate((db, from, to) => {
      steps.push([from, to]);
      backups.backUpNow(db, 'migration');
    });
    expect(steps).toEqual([[1, deckMigrations.length]]);
    const [entry] = backups.list();
    expect(entry).toMatchObject({ reason: 'migration', notes: 1, cards: 1 });
    open.exec('DELETE FROM cards');
    open.close();
    await backups.restore(entry!.name);
    expect(countIn(deckPath)).toBe(1);
    const again = migrate((db) => void backups.backUpNow(db, 'migration'));
    expect(again.prepare('SELECT status FROM cards').pluck().all()).toEqual(['accepted']);
    again.close();
  });

  it('does not come where there can be no backup, and none is made of a new or a current deck', () => {
    oldDeck();
    writeFileSync(folder, 'a file where the folder should be');
    expect(() => migrate((db) => void backups.backUpNow(db, 'migration'))).toThrow(
      expect.objectContaining({ code: 'backup_failed' }),
    );
    const db = new Database(deckPath, { readonly: true });
    expect(db.pragma('user_version', { simple: true })).toBe(1);
    db.close();
    let asked = 0;
    rmSync(deckPath);
    migrate(() => void (asked += 1)).close();
    migrate(() => void (asked += 1)).close();
    expect(asked).toBe(0);
  });
});
