/**
 * One statement that reads, run where nothing can be changed: on a database in memory that holds nothing but the
 * console's tables. The file of the trace store is behind another, read-only connection that no SQL of the user's
 * ever sees.
 */
import Database from 'better-sqlite3';
import { SQL_FUNCTIONS, SQL_TABLES } from '../../shared/sqlTables.ts';
import type { SqlTableName } from '../../shared/sqlTables.ts';
import type { SqlResult } from '../../shared/traceQuery.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { columnsOf, parametersOf } from './sqlRows.ts';
import type { SqlSource, Wanted } from './sqlRows.ts';
import { ROWS_OF } from './sqlTables.ts';

export type SqlSandbox = {
  /** @throws TracedeckError `bad_sql`, `sql_not_reading` */
  run(sql: string, limit: number): SqlResult;
  close(): void;
};

/** A cell is shown, not exported: beyond this it is cut. */
const MAX_CELL_LENGTH = 20_000;
/** All cells together. Rows beyond it are cut off like rows beyond the limit. */
const MAX_RESULT_LENGTH = 16_000_000;

const NAMES = SQL_TABLES.map(({ name }) => name);
type Used = Map<SqlTableName, Set<string>>;

/** @param open - gives what the rows are made of; asked once a statement */
export function createSqlSandbox(open: () => SqlSource): SqlSandbox {
  const db = new Database(':memory:');
  // What a join copies and a sort needs; the process that runs this has an end to its memory.
  db.pragma('temp_store = MEMORY');
  db.pragma('trusted_schema = OFF');
  let used: Used = new Map();
  let source: SqlSource | null = null;
  // A statement that has its rows (LIMIT, EXISTS) leaves a table where it stands, which keeps the store's file busy.
  const unfinished = new Set<Generator>();
  for (const name of NAMES) defineTable(name);
  defineFunctions(db);
  db.pragma('query_only = ON');

  function defineTable(name: SqlTableName): void {
    db.table(name, {
      columns: columnsOf(name),
      parameters: parametersOf(name),
      *rows(...parameters: unknown[]) {
        const rows = ROWS_OF[name](source!, used.get(name) ?? NOTHING, ...parameters);
        unfinished.add(rows);
        yield* rows;
        unfinished.delete(rows);
      },
    });
  }

  function run(sql: string, limit: number): SqlResult {
    const startMs = performance.now();
    source = open();
    const plan = isExplain(sql) ? null : planOf(db, sql);
    used = plan?.used ?? new Map();
    const copied = plan?.inLoop ?? [];
    try {
      copy(copied);
      const statement = db.prepare(sql).raw().safeIntegers();
      const { rows, truncated } = take(statement.iterate() as IterableIterator<unknown[]>, limit);
      const columns = statement.columns().map(({ name }) => name);
      return { columns, rows, truncated, tookMs: performance.now() - startMs };
    } finally {
      for (const rows of unfinished) rows.return(undefined);
      unfinished.clear();
      drop(copied);
      source = null;
    }
  }

  /**
   * SQLite builds no index over rows that are made on demand: a join would make all of them anew for each row of
   * the other side. So it gets a real table, of the columns that the statement reads; it then finds its own indexes.
   */
  function copy(tables: readonly SqlTableName[]): void {
    if (tables.length === 0) return;
    db.pragma('query_only = OFF');
    for (const name of tables) {
      const columns = columnsOf(name).map((column) =>
        used.get(name)?.has(column) === true ? column : `NULL AS ${column}`,
      );
      db.exec(`CREATE TEMP TABLE ${name} AS SELECT ${columns.join(', ')} FROM ${name}`);
    }
    db.pragma('query_only = ON');
  }
  function drop(tables: readonly SqlTableName[]): void {
    if (tables.length === 0) return;
    db.pragma('query_only = OFF');
    for (const name of tables) db.exec(`DROP TABLE IF EXISTS temp.${name}`);
    db.pragma('query_only = ON');
  }

  return {
    run(sql, limit) {
      try {
        assertReads(db, sql);
        return run(sql, limit);
      } catch (thrown) {
        throw thrown instanceof TracedeckError ? thrown : badSql(thrown);
      }
    },
    close: () => void db.close(),
  };
}

const NOTHING: Wanted = new Set();

/** Statements that only begin like a read are found by SQLite itself: `WITH … DELETE` is none. */
function assertReads(db: Db, sql: string): void {
  const [, first = ''] = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([a-z]*)/i.exec(sql) ?? [];
  if (!/^(select|with|values|explain)$/i.test(first)) {
    // Words of other languages, and slips, are told by the parser.
    if (
      !/^(alter|analyze|attach|begin|commit|create|delete|detach|drop|end|insert|pragma|reindex|release|replace|rollback|savepoint|update|vacuum)$/i.test(
        first,
      )
    )
      db.prepare(sql);
    throw notReading();
  }
  const { reader, readonly } = db.prepare(sql);
  if (!reader || !readonly) throw notReading();
}

function notReading(): TracedeckError {
  return new TracedeckError('user', 'sql_not_reading', 'Only statements that read can be run here.', {
    hint: 'Begin with SELECT, WITH, VALUES or EXPLAIN.',
  });
}

const isExplain = (sql: string) => /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*explain\b/i.test(sql);

type Step = { addr: number; opcode: string; p1: number; p2: number; p3: number; p4: string | null };
type Plan = {
  /** Columns that are read of each table. */
  readonly used: Used;
  /** Tables that are scanned once for each row of another. */
  readonly inLoop: readonly SqlTableName[];
};

/**
 * What SQLite is going to do, by its own program for the statement (sqlite.org/opcode.html): `VOpen` names the table
 * behind a cursor, `VColumn` reads a column of it, `VFilter` begins a scan, and a jump back is a loop.
 */
function planOf(db: Db, sql: string): Plan {
  const explain = db.prepare<[], Step>(`EXPLAIN ${sql}`).all();
  const tables = new Map<string, SqlTableName>();
  for (const name of NAMES) {
    const opened = db.prepare<[], Step>(`EXPLAIN SELECT 1 FROM ${name}`).all();
    const at = opened.find(({ opcode }) => opcode === 'VOpen')?.p4;
    if (typeof at === 'string') tables.set(at, name);
  }
  const cursors = new Map<number, SqlTableName>();
  const used: Used = new Map();
  const registers = new Map<number, number>();
  const loops = explain.filter(
    ({ opcode, addr, p2 }) => /^(V?Next|Prev|SorterNext)$/.test(opcode) && p2 < addr,
  );
  const inLoop = new Set<SqlTableName>();
  for (const { addr, opcode, p1, p2, p3, p4 } of explain) {
    const name = cursors.get(p1);
    if (opcode === 'VOpen') {
      const opened = tables.get(p4 ?? '');
      if (opened !== undefined) cursors.set(p1, opened);
    } else if (opcode === 'Integer') registers.set(p2, p1);
    else if (opcode === 'VColumn' && name !== undefined) {
      const column = columnsOf(name)[p2 - parametersOf(name).length];
      let columns = used.get(name);
      if (columns === undefined) used.set(name, (columns = new Set()));
      if (column !== undefined) columns.add(column);
    } else if (opcode === 'VFilter' && name !== undefined) {
      // With arguments (`spans(t.trace_id)`) each scan is a small one.
      const hasArguments = (registers.get(p3 + 1) ?? 0) > 0;
      const isInner = loops.some((loop) => loop.p1 !== p1 && loop.p2 <= addr && addr < loop.addr);
      if (isInner && !hasArguments) inLoop.add(name);
    }
  }
  // One table may be read with arguments in one place and without in another: a copy has none.
  for (const { opcode, p1, p3 } of explain) {
    const name = cursors.get(p1);
    if (opcode === 'VFilter' && name !== undefined && (registers.get(p3 + 1) ?? 0) > 0) inLoop.delete(name);
  }
  return { used, inLoop: [...inLoop] };
}

function take(rows: Iterable<unknown[]>, limit: number): Pick<SqlResult, 'rows' | 'truncated'> {
  const taken: (string | number | null)[][] = [];
  let length = 0;
  for (const row of rows) {
    if (taken.length >= limit || length > MAX_RESULT_LENGTH) return { rows: taken, truncated: true };
    const cells = row.map(toCell);
    for (const cell of cells) length += typeof cell === 'string' ? cell.length : 8;
    taken.push(cells);
  }
  return { rows: taken, truncated: false };
}

/** Numbers that neither a double nor JSON can tell are text: whole ones beyond 2^53 by their digits, and infinity. */
function toCell(value: unknown): string | number | null {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'string':
      return cut(value);
    default:
      if (value instanceof Uint8Array) {
        return cut(`x'${Buffer.from(value.subarray(0, MAX_CELL_LENGTH)).toString('hex')}'`);
      }
      return value === null || value === undefined ? null : String(value);
  }
}

function cut(text: string): string {
  return text.length > MAX_CELL_LENGTH ? `${text.slice(0, MAX_CELL_LENGTH)}…` : text;
}

function badSql(thrown: unknown): TracedeckError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TracedeckError('user', 'bad_sql', message, { hint: hintFor(message), cause: thrown });
}

function hintFor(message: string): string {
  if (message.includes('no such table')) return `There are ${NAMES.join(', ')}.`;
  if (message.includes('no such column')) {
    return "An attribute is in JSON: attributes ->> 'http.route'. Text stands in single quotes.";
  }
  if (message.includes('no such function')) {
    return `Beside SQLite's own there are ${Object.keys(SQL_FUNCTIONS).join('; ')}.`;
  }
  if (message.includes('more than one statement')) return 'Run them one at a time.';
  if (message.includes('can only be constrained')) return 'Use start_ms (or time_ms) for other comparisons.';
  if (message.includes('malformed JSON'))
    return 'The right side of ->> is a key or a path that begins with $.';
  return 'The dialect is that of SQLite: sqlite.org/lang_select.html';
}

function defineFunctions(db: Db): void {
  let pattern: RegExp | null = null;
  let source: string | null = null;
  db.function('regexp', { deterministic: true }, (of: unknown, text: unknown) => {
    if (of === null || text === null) return null;
    if (source !== String(of)) {
      source = null;
      pattern = new RegExp(String(of), 'u');
      source = String(of);
    }
    return pattern!.test(String(text)) ? 1 : 0;
  });
  type Collected = { values: number[]; share: number };
  const quantile = (fixed: number | null) => ({
    start: (): Collected => ({ values: [], share: fixed ?? 0.5 }),
    step(collected: Collected, value: unknown, share?: unknown) {
      if (typeof share === 'number') collected.share = share;
      if (typeof value === 'number') collected.values.push(value);
      return collected;
    },
    result: ({ values, share }: Collected) => quantileOf(values, share),
  });
  db.aggregate('quantile', { ...quantile(null), varargs: false, step: quantile(null).step as never });
  for (const percent of [50, 95, 99]) {
    const { start, step, result } = quantile(percent / 100);
    db.aggregate(`p${percent}`, {
      start,
      result,
      step: ((all: Collected, value: unknown) => step(all, value)) as never,
    });
  }
}

/** Linear interpolation between the closest ranks (type 7 of Hyndman and Fan, 1996). */
function quantileOf(values: number[], share: number): number | null {
  if (values.length === 0 || !(share >= 0 && share <= 1)) return null;
  const sorted = Float64Array.from(values).sort();
  const rank = (sorted.length - 1) * share;
  const low = sorted[Math.floor(rank)]!;
  return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
}
