/** The trace store's file as the SQL console reads it: over a connection that cannot write. */
import Database from 'better-sqlite3';
import { openBlockTables } from './blockTables.ts';
import { createRetention } from './retention.ts';
import { createSpanReader } from './spanReader.ts';
import { createSqlSpans } from './sqlSpans.ts';
import type { SqlSource } from './sqlRows.ts';
import { openTextTable } from './textTable.ts';
import { openTraceTable } from './traceTable.ts';

export type StoredSqlSource = {
  /** Runs with everything as it is at this moment, whatever the store writes meanwhile. */
  read<T>(work: (source: SqlSource) => T): T;
  close(): void;
};

/** @throws SqliteError for a file that is not there, or that the store has not brought up to date yet */
export function openSqlSource(path: string): StoredSqlSource {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  db.pragma('query_only = ON');
  db.pragma('cache_size = -8000');
  const blocks = openBlockTables(db);
  const texts = openTextTable(db, null);
  const traces = openTraceTable(db, texts, createSqlSpans());
  const retention = createRetention(db, blocks);
  const spans = createSpanReader({ blocks, texts, traces, retention });
  const source: SqlSource = { spans, records: db };
  return {
    read: (work) =>
      db.transaction(() => {
        blocks.refresh();
        return work(source);
      })(),
    close: () => void db.close(),
  };
}
