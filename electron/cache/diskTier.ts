/** The lower tier: answers in a SQLite file, shared by every process that uses the data folder. */
import type { Stage } from '../../shared/card.ts';
import { openDatabase, type Db, type Migration } from '../sqlite/openDatabase.ts';

/**
 * A plain rowid table with a unique key: with answers of 1-2 kB, keeping them inside the key's own b-tree
 * (WITHOUT ROWID) doubles file size and write time and makes a changed `used_ms` five times as dear.
 * The triggers keep `totals` right across processes, so that nobody ever has to count the table.
 */
const CACHE_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-init',
    up: (db) =>
      db.exec(`
        CREATE TABLE answers (
          id INTEGER PRIMARY KEY,
          key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
          stage TEXT NOT NULL,
          size INTEGER NOT NULL,
          created_ms INTEGER NOT NULL,
          used_ms INTEGER NOT NULL,
          answer TEXT NOT NULL
        ) STRICT;
        CREATE INDEX answers_by_use ON answers (used_ms);

        CREATE TABLE totals (
          stage TEXT PRIMARY KEY,
          entries INTEGER NOT NULL,
          bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TRIGGER answer_added AFTER INSERT ON answers BEGIN
          INSERT INTO totals VALUES (NEW.stage, 1, NEW.size)
            ON CONFLICT (stage) DO UPDATE SET entries = entries + 1, bytes = bytes + NEW.size;
        END;
        CREATE TRIGGER answer_resized AFTER UPDATE OF size ON answers BEGIN
          UPDATE totals SET bytes = bytes + NEW.size - OLD.size WHERE stage = NEW.stage;
        END;
        CREATE TRIGGER answer_gone AFTER DELETE ON answers BEGIN
          UPDATE totals SET entries = entries - 1, bytes = bytes - OLD.size WHERE stage = OLD.stage;
        END;
      `),
  },
];

const PAGE_BYTES = 4096;
/** Key, numbers and header of a row; what its two index entries take, with their pages two thirds full. */
const ROW_BYTES = 90;
const INDEX_BYTES = 120;
/** One eviction removes at most so many rows: about 2 ms. Whatever is still too much goes with the next writes. */
const EVICT_ROWS = 128;
/** Evict down to this share of the limit, so that a full cache does not evict on every write. */
const LOW_WATER = 0.95;
/** Other processes write the same file: after so many writes of our own look at the totals again. */
const WRITES_PER_CHECK = 64;
const TOUCHES_PER_FLUSH = 256;

export type DiskRow = { readonly answer: string; readonly created_ms: number; readonly used_ms: number };
export type DiskTotals = { readonly stage: Stage; readonly entries: number; readonly bytes: number };
export type DiskTier = ReturnType<typeof createDiskTier>;

/**
 * Opens the cache's file.
 * @throws TracedeckError as `openDatabase` does
 */
export function openCacheDatabase(path: string): Db {
  return openDatabase(path, CACHE_MIGRATIONS);
}

/**
 * Every method throws what SQLite throws; the tiered cache decides what that means. Keys are 64 hex digits,
 * `maxBytes` is compared with what the answers take in the file.
 */
export function createDiskTier(db: Db, maxBytes: number, onEvict: (stage: Stage) => void) {
  const select = db.prepare<[Buffer], DiskRow>(
    'SELECT answer, created_ms, used_ms FROM answers WHERE key = ?',
  );
  const upsert = db.prepare<[Buffer, Stage, number, number, number, string]>(
    `INSERT INTO answers (key, stage, size, created_ms, used_ms, answer) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET size = excluded.size, created_ms = excluded.created_ms,
       used_ms = excluded.used_ms, answer = excluded.answer`,
  );
  const removeOne = db.prepare<[Buffer, number]>('DELETE FROM answers WHERE key = ? AND created_ms = ?');
  const selectTotals = db.prepare<[], DiskTotals>('SELECT stage, entries, bytes FROM totals');
  const selectLeastUsed = db.prepare<[number], { id: number; size: number }>(
    'SELECT id, size FROM answers ORDER BY used_ms, id LIMIT ?',
  );
  const removeMany = db.prepare<[string], { stage: Stage }>(
    'DELETE FROM answers WHERE id IN (SELECT value FROM json_each(?)) RETURNING stage',
  );
  const setUsed = db.prepare<[number, Buffer]>('UPDATE answers SET used_ms = max(used_ms, ?) WHERE key = ?');

  /** Last uses that are not in the file yet; losing them to a killed process only blurs the order of eviction. */
  const touched = new Map<string, number>();
  const writeTouched = db.transaction(() => {
    for (const [key, usedMs] of touched) setUsed.run(usedMs, toBlob(key));
  });
  let bytes = totalBytes();
  let writesSinceCheck = 0;

  function totalBytes(): number {
    return selectTotals.all().reduce((sum, row) => sum + row.bytes, 0);
  }

  function flush(): void {
    if (touched.size === 0) return;
    writeTouched.immediate();
    touched.clear();
  }

  function evictWhereFull(): void {
    writesSinceCheck += 1;
    if (bytes <= maxBytes && writesSinceCheck < WRITES_PER_CHECK) return;
    writesSinceCheck = 0;
    bytes = totalBytes();
    if (bytes <= maxBytes) return;
    flush();
    const victims: number[] = [];
    let excess = bytes - maxBytes * LOW_WATER;
    for (const { id, size } of selectLeastUsed.all(EVICT_ROWS)) {
      if (excess <= 0) break;
      victims.push(id);
      excess -= size;
    }
    for (const { stage } of removeMany.all(JSON.stringify(victims))) onEvict(stage);
    bytes = totalBytes();
  }

  return {
    get: (key: string): DiskRow | undefined => select.get(toBlob(key)),
    /** Durable when it returns: a killed process loses nothing. An answer larger than the whole tier is not kept. */
    put(key: string, stage: Stage, answer: string, nowMs: number): void {
      const size = fileBytes(Buffer.byteLength(answer));
      if (size > maxBytes) return;
      upsert.run(toBlob(key), stage, size, nowMs, nowMs, answer);
      bytes += size;
      evictWhereFull();
    },
    /** Removes the answer of that moment, not one that another process has put there since. */
    remove: (key: string, createdMs: number): boolean => removeOne.run(toBlob(key), createdMs).changes > 0,
    /** Notes a use; written to the file in batches. */
    touch(key: string, usedMs: number): void {
      touched.set(key, usedMs);
      if (touched.size >= TOUCHES_PER_FLUSH) flush();
    },
    flush,
    totals: (): readonly DiskTotals[] => selectTotals.all(),
    /** Removes every answer and gives the file's space back. */
    clear(): void {
      touched.clear();
      db.exec('DELETE FROM answers');
      bytes = 0;
      db.exec('VACUUM');
      db.pragma('wal_checkpoint(TRUNCATE)');
    },
  };
}

/**
 * What an answer makes the file grow by, if all answers had its size: rows do not share a page that has no
 * room for both, so 2 kB can cost a page of 4.
 */
function fileBytes(answerBytes: number): number {
  const row = answerBytes + ROW_BYTES;
  const perPage = Math.floor((PAGE_BYTES - 8) / row);
  const share =
    perPage > 0 ? Math.ceil(PAGE_BYTES / perPage) : Math.ceil(row / (PAGE_BYTES - 4)) * PAGE_BYTES;
  return share + INDEX_BYTES;
}

function toBlob(key: string): Buffer {
  return Buffer.from(key, 'hex');
}
