/**
 * Opens one of the program's SQLite files: WAL, foreign keys, versioned migrations. The deck, the cache and
 * the trace store all come through here.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { storageFault } from '../errors/storageFault.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type Db = Database.Database;
export type Statement<Params extends unknown[] = unknown[], Row = unknown> = Database.Statement<Params, Row>;

/** One step of a schema's history. A shipped step is never edited; `up` runs in a transaction of its own. */
export type Migration = { readonly name: string; readonly up: (db: Db) => void };

/** Before a file that holds something is changed from schema `from` to `to`; what it throws leaves the file alone. */
export type BeforeMigrate = (db: Db, from: number, to: number) => void;

/**
 * Opens (and creates where missing) the file at `path` (`:memory:` for a private one), brings it to the
 * newest schema and returns the connection. The file's `user_version` is the number of applied migrations.
 *
 * @param prepare sets the connection up before the steps run: functions of our own that they call
 * @throws TracedeckError `database_newer` for a file of a later version of the program,
 *   `database_unreadable` for one that is no SQLite database or cannot be opened.
 */
export function openDatabase(
  path: string,
  migrations: readonly Migration[],
  prepare: (db: Db) => void = () => {},
  beforeMigrate: BeforeMigrate = () => {},
): Db {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  let db: Db | undefined;
  try {
    db = new Database(path, { timeout: 10_000 });
    db.pragma('journal_mode = WAL');
    // In WAL mode NORMAL loses no committed transaction to a killed process, only to a power cut.
    db.pragma('synchronous = NORMAL');
    // 4 MB of pages, not the driver's 16: the operating system caches the file anyway.
    db.pragma('cache_size = -4000');
    prepare(db);
    migrate(db, path, migrations, beforeMigrate);
    db.pragma('foreign_keys = ON');
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof TracedeckError) throw error;
    const fault = storageFault(error);
    const isDamaged = fault === null || fault.code === 'database_damaged';
    throw new TracedeckError('permanent', 'database_unreadable', `Cannot open the database ${path}.`, {
      cause: error,
      hint: isDamaged
        ? `${error instanceof Error ? error.message : String(error)}. Move the file away to start with an empty one.`
        : `${fault.message} ${fault.hint}`,
    });
  }
}

function migrate(db: Db, path: string, migrations: readonly Migration[], beforeMigrate: BeforeMigrate): void {
  const versionOf = () => db.pragma('user_version', { simple: true }) as number;
  if (versionOf() > migrations.length) {
    throw new TracedeckError('permanent', 'database_newer', `${path} was written by a newer Tracedeck.`, {
      hint: `It has schema ${versionOf()}, this version knows ${migrations.length}. Update Tracedeck, or use another data folder.`,
    });
  }
  const from = versionOf();
  if (from > 0 && from < migrations.length) beforeMigrate(db, from, migrations.length);
  // A step may build a table anew; with foreign keys on, dropping the old one would empty those that refer to it.
  db.pragma('foreign_keys = OFF');
  for (const [index, migration] of migrations.entries()) {
    // Immediate: two processes that open a fresh file at once must not both run a step.
    db.transaction(() => {
      if (versionOf() !== index) return;
      migration.up(db);
      const broken = db.pragma('foreign_key_check') as readonly { readonly table: string }[];
      if (broken.length > 0)
        throw new Error(`${migration.name} leaves ${broken.length} references to nothing`);
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
}
