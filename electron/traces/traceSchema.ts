/**
 * The trace store's tables.
 *
 *   text   every name, and values that repeat, under numbers; `kind` 0 for names, else the number of the key
 *   trace  one row a trace, its summary kept up to date by every batch
 *   span   times in whole microseconds, relative to `trace.base_us`, which never changes. The key begins with
 *          trace and time: spans of one trace lie together and in order, so a trace is read in one sweep.
 *          A span that is written twice has the same key. `duration_us` is NULL for a span that was still open
 *          when the program ended. `flags`: kind in bits 0-2, status in bits 3-4.
 */
import type { Migration } from '../sqlite/openDatabase.ts';

export const TRACE_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-init',
    up(db) {
      db.exec(`
        CREATE TABLE text (
          id INTEGER PRIMARY KEY,
          kind INTEGER NOT NULL,
          value TEXT NOT NULL,
          UNIQUE (kind, value)
        ) STRICT;

        CREATE TABLE trace (
          id INTEGER PRIMARY KEY,
          trace_id BLOB NOT NULL UNIQUE,
          base_us INTEGER NOT NULL,
          start_us INTEGER NOT NULL,
          end_us INTEGER NOT NULL,
          -- The span that gives the trace its name: its run (has_root 2), else its root (1), else the earliest (0).
          name INTEGER NOT NULL,
          name_us INTEGER NOT NULL,
          has_root INTEGER NOT NULL,
          span_count INTEGER NOT NULL,
          error_count INTEGER NOT NULL,
          open_count INTEGER NOT NULL,
          run_id TEXT
        ) STRICT;
        CREATE INDEX trace_start ON trace (start_us);

        CREATE TABLE span (
          trace INTEGER NOT NULL,
          start_us INTEGER NOT NULL,
          span_id INTEGER NOT NULL,
          parent INTEGER,
          name INTEGER NOT NULL,
          flags INTEGER NOT NULL,
          duration_us INTEGER,
          detail BLOB,
          PRIMARY KEY (trace, start_us, span_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE log (
          id INTEGER PRIMARY KEY,
          time_us INTEGER NOT NULL,
          level INTEGER NOT NULL,
          message TEXT NOT NULL,
          trace_id BLOB,
          span_id BLOB,
          attributes TEXT
        ) STRICT;
        CREATE INDEX log_trace ON log (trace_id, id) WHERE trace_id IS NOT NULL;
      `);
    },
  },
];
