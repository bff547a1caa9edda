/**
 * What can still be read of a damaged file, as a file of its own: table by table, with all numbers as they were. A row
 * on a damaged page is passed over, so that no more is lost than lay there; a block with damaged bytes comes along and
 * is left out of answers as it was.
 */
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { openDatabase, type Db } from '../sqlite/openDatabase.ts';
import { BlockDamaged, openBlockTables } from './blockTables.ts';
import type { StoredBlock } from './blocks/storedBlock.ts';
import { TRACE_MIGRATIONS } from './traceSchema.ts';

export type Salvaged = { readonly traces: number; readonly rows: number };

/** Rows that are passed over at once, doubled as long as nothing can be read. */
const FIRST_STEP = 1;
const LARGEST_STEP = 2 ** 40;
const ROWS_AT_ONCE = 5000;

/**
 * @param into - must not be there; is taken away again where nothing could be read
 * @returns `null` where the file is no database, or of another version
 */
export function salvage(path: string, into: string): Salvaged | null {
  let old: Db | null = null;
  let fresh: Db | null = null;
  try {
    old = new Database(path, { fileMustExist: true });
    // Nothing is written; but without it SQLite opens no file that is shorter than its header says.
    old.unsafeMode(true);
    old.pragma('writable_schema = ON');
    if (old.pragma('user_version', { simple: true }) !== TRACE_MIGRATIONS.length) return null;
    removeDatabase(into);
    fresh = openDatabase(into, TRACE_MIGRATIONS);
    fresh.pragma('foreign_keys = OFF');
    let rows = 0;
    for (const table of tablesOf(fresh)) rows += copyTable(old, fresh, table);
    countAnew(fresh);
    reconcile(fresh);
    const traces = fresh.prepare<[], { count: number }>('SELECT count(*) AS count FROM trace').get()!.count;
    fresh.pragma('wal_checkpoint(TRUNCATE)');
    fresh.close();
    fresh = null;
    if (rows > 0) return { traces, rows };
    removeDatabase(into);
    return null;
  } catch {
    // Not to be read at all, or no room for a second file.
    return null;
  } finally {
    try {
      old?.close();
    } catch {
      // What is damaged may not even close.
    }
    if (fresh !== null) {
      fresh.close();
      removeDatabase(into);
    }
  }
}

export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

type Table = { readonly name: string; readonly hasRowid: boolean; readonly columns: readonly string[] };

function tablesOf(db: Db): Table[] {
  const tables = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .all();
  return tables.map(({ name, sql }) => ({
    name,
    hasRowid: !/WITHOUT\s+ROWID/i.test(sql),
    columns: (db.pragma(`table_info("${name}")`) as { name: string }[]).map((column) => column.name),
  }));
}

function copyTable(from: Db, to: Db, table: Table): number {
  const { name, columns, hasRowid } = table;
  const list = columns.map((column) => `"${column}"`).join(', ');
  const add = to.prepare<unknown[]>(
    `INSERT OR REPLACE INTO "${name}" (${list}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  return to.transaction(() => {
    let copied = 0;
    try {
      const put = (row: unknown[]): void => {
        try {
          copied += add.run(...row).changes;
        } catch (error) {
          if (!isUnreadable(error)) throw error;
        }
      };
      if (hasRowid) copyByRowid(from, name, list, put);
      else
        for (const direction of ['ASC', 'DESC'])
          copyAll(from, `SELECT ${list} FROM "${name}" ${orderOf(from, table, direction)}`, put);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    return copied;
  })();
}

/** From the front until something cannot be read, and from the back. */
function copyAll(from: Db, sql: string, put: (row: unknown[]) => void): void {
  try {
    for (const row of from.prepare<[], unknown[]>(sql).raw().iterate()) put(row);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
}

function orderOf(db: Db, { name }: Table, direction: string): string {
  const key = (db.pragma(`table_info("${name}")`) as { name: string; pk: number }[])
    .filter(({ pk }) => pk > 0)
    .sort((a, b) => a.pk - b.pk);
  return key.length === 0
    ? ''
    : `ORDER BY ${key.map((column) => `"${column.name}" ${direction}`).join(', ')}`;
}

function copyByRowid(from: Db, name: string, list: string, put: (row: unknown[]) => void): void {
  const read = from
    .prepare<[number, number], unknown[]>(
      `SELECT rowid, ${list} FROM "${name}" NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT ?`,
    )
    .raw();
  let last = 0;
  let step = FIRST_STEP;
  while (step < LARGEST_STEP) {
    let met = 0;
    try {
      for (const [rowid, ...row] of read.iterate(last, ROWS_AT_ONCE)) {
        last = rowid as number;
        put(row);
        met += 1;
      }
      if (met < ROWS_AT_ONCE) return;
      step = FIRST_STEP;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      step = met > 0 ? FIRST_STEP : step * 2;
      last += step;
    }
  }
}

/** Numbers that are given out next must be above all that are there. */
function countAnew(db: Db): void {
  db.exec(`
    INSERT OR IGNORE INTO fact VALUES ('next_chunk', 1), ('next_trace', 1), ('pruned_traces', 0), ('pruned_spans', 0);
    UPDATE fact SET value = max(value, (SELECT coalesce(max(id), 0) + 1 FROM chunk),
      (SELECT coalesce(max(id), 0) + 1 FROM block)) WHERE name = 'next_chunk';
    UPDATE fact SET value = max(value, (SELECT coalesce(max(id), 0) + 1 FROM trace),
      (SELECT coalesce(max(max_trace), 0) + 1 FROM block)) WHERE name = 'next_trace';
    INSERT INTO fact VALUES ('text_epoch', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
  `);
}

/** Blocks without all of their bytes go, spans without their trace's row as well, and traces have the spans that are there. */
function reconcile(db: Db): void {
  const blocks = openBlockTables(db);
  const known = new Set(db.prepare<[], number>('SELECT id FROM trace').pluck().all());
  const counts = new Map<number, number>();
  db.transaction(() => {
    for (const row of blocks.rows().slice()) {
      let block: StoredBlock;
      try {
        block = blocks.loaded(row);
        for (const slot of block.columns.slots) block.columns.read(slot);
      } catch (error) {
        if (!(error instanceof BlockDamaged)) throw error;
        blocks.setDamaged(row.id);
        continue;
      }
      const lost: number[] = [];
      for (const { trace, from, to } of block.columns.runs) {
        for (let at = from; at < to; at += 1) {
          if (block.dead?.[at] === 1) continue;
          if (known.has(trace)) counts.set(trace, (counts.get(trace) ?? 0) + 1);
          else lost.push(at);
        }
      }
      if (lost.length > 0) blocks.markDead(row, lost);
    }
    blocks.removeDamaged(() => false);
    const update = db.prepare<[{ id: number; count: number }]>(
      `UPDATE trace SET span_count = $count, error_count = min(error_count, $count), open_count = min(open_count, $count)
       WHERE id = $id AND span_count <> $count`,
    );
    const remove = db.prepare<[number]>('DELETE FROM trace WHERE id = ?');
    for (const id of known) {
      const count = counts.get(id) ?? 0;
      if (count === 0) remove.run(id);
      else update.run({ id, count });
    }
  })();
}

/** A row that breaks a rule of its table (an empty key, another type) is damage as well. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^SQLITE_(CORRUPT|NOTADB|IOERR|CONSTRAINT|MISMATCH|TOOBIG|ERROR|RANGE)/.test(String(error.code));
