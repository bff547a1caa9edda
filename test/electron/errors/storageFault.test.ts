import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storageFault } from '../../../electron/errors/storageFault.ts';
import { toTracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { openDatabase } from '../../../electron/sqlite/openDatabase.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-storage-'));
  path = join(folder, 'file.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('Nothing was thrown.');
}

function filled(): Database.Database {
  const db = new Database(path, { timeout: 0 });
  db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  return db;
}

describe('what SQLite says of the disk', () => {
  it('is told in words that help', () => {
    const db = filled();
    db.pragma('max_page_count = 2');
    const full = thrownBy(() => db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000)));
    expect(toTracedeckError(full)).toMatchObject({
      code: 'disk_full',
      message: 'The disk is full.',
      hint: expect.stringMatching(/^Make room/),
      cause: full,
    });

    const reader = new Database(path, { readonly: true });
    expect(storageFault(thrownBy(() => reader.exec('DELETE FROM t')))?.code).toBe('disk_read_only');
    reader.close();

    const other = new Database(path, { timeout: 0 });
    db.exec('BEGIN IMMEDIATE');
    expect(storageFault(thrownBy(() => other.exec('DELETE FROM t')))?.code).toBe('database_busy');
    other.close();
    db.close();

    writeFileSync(path, 'no database '.repeat(100));
    const damaged = new Database(path);
    expect(storageFault(thrownBy(() => damaged.pragma('user_version')))?.code).toBe('database_damaged');
    damaged.close();
  });

  it('is not taken for what it is not', () => {
    const db = filled();
    const wrong = thrownBy(() => db.exec('SELECT nothing FROM nowhere'));
    expect(storageFault(wrong)).toBeNull();
    expect(toTracedeckError(wrong)).toMatchObject({ code: 'internal', hint: null });
    db.close();
    expect(storageFault('SQLITE_FULL')).toBeNull();
  });

  it('is the reason where a database cannot be opened', () => {
    const small = (db: Database.Database) => db.pragma('max_page_count = 1');
    const up = (db: Database.Database) => db.exec('CREATE TABLE a (x); CREATE TABLE b (x)');
    expect(thrownBy(() => openDatabase(path, [{ name: 'first', up }], small))).toMatchObject({
      code: 'database_unreadable',
      hint: 'The disk is full. Make room on it, then go on: what was saved before is kept.',
    });
    writeFileSync(path, 'no database '.repeat(100));
    expect(thrownBy(() => openDatabase(path, []))).toMatchObject({
      code: 'database_unreadable',
      hint: 'file is not a database. Move the file away to start with an empty one.',
    });
  });
});
