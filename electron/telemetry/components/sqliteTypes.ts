/** What is needed of better-sqlite3's objects, as shapes: telemetry depends on no driver. */
export interface SqliteStatement {
  readonly reader: boolean;
  readonly readonly: boolean;
  readonly source: string;
  readonly database: unknown;
  readonly busy: boolean;
  run(...params: readonly unknown[]): { readonly changes: number };
  get(...params: readonly unknown[]): unknown;
  all(...params: readonly unknown[]): unknown[];
  iterate(...params: readonly unknown[]): IterableIterator<unknown>;
  pluck(...on: readonly boolean[]): unknown;
  expand(...on: readonly boolean[]): unknown;
  raw(...on: readonly boolean[]): unknown;
  safeIntegers(...on: readonly boolean[]): unknown;
  bind(...params: readonly unknown[]): unknown;
}

/** A better-sqlite3 `Database`. */
export interface SqliteDatabase {
  readonly open: boolean;
  readonly inTransaction: boolean;
  prepare(sql: string): object;
  exec(sql: string): unknown;
  pragma(sql: string, options?: object): unknown;
  transaction(fn: (...args: never[]) => unknown): object;
  defaultSafeIntegers(...on: readonly boolean[]): unknown;
  close(): unknown;
}

export type TransactionFunction = (this: unknown, ...args: unknown[]) => unknown;

/** The code that SQLite gave, or the class of what the driver threw. */
export function sqliteErrorType(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return thrown instanceof Error ? thrown.name : typeof thrown;
}
