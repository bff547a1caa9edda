/**
 * The trace store's tables of spans (all others: recordSchema.ts).
 *
 *   text    names of spans and keys of attributes, under numbers
 *   origin  who recorded spans: JSON of `Origin`, NULL where nobody said
 *   trace   one row a trace, its summary kept up to date by every batch. Numbers grow and are never used again
 *   block   spans as columns, ordered by trace and start. A block is never changed but for `dead`, a bitmap of rows
 *           that no longer count. `directory`: slot and bytes of each column; block `id` is its first chunk's.
 *           `sums`: a checksum of each chunk
 *   chunk   the bytes: one row a column, or one row for all of them (`is_whole`) where they are few
 *   link    spans by what they link to
 *   pruned  traces that were here, the latest of them
 *   fact    counters: next_chunk, next_trace, pruned_traces, pruned_spans, pruned_before_us,
 *           text_swept, origin_swept, text_epoch (textSweep.ts)
 *
 * Times are epoch microseconds where a name says `us`.
 */
import type { Db, Migration } from '../sqlite/openDatabase.ts';
import { RECORD_MIGRATIONS } from './recordSchema.ts';

/** Takes the first version's tables away. */
export function dropRowSpans(db: Db): void {
  db.exec('DROP TABLE row_span; DROP TABLE row_trace; DROP TABLE row_text;');
}

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
  {
    // Spans in blocks. What a row a span has been is converted bit by bit (rowSpans.ts), and dropped then.
    name: '0002-blocks',
    up(db) {
      db.exec(`
        DROP INDEX trace_start;
        ALTER TABLE text RENAME TO row_text;
        ALTER TABLE trace RENAME TO row_trace;
        ALTER TABLE span RENAME TO row_span;

        CREATE TABLE text (
          id INTEGER PRIMARY KEY,
          value TEXT NOT NULL UNIQUE
        ) STRICT;

        CREATE TABLE origin (
          id INTEGER PRIMARY KEY,
          value TEXT UNIQUE
        ) STRICT;

        CREATE TABLE trace (
          id INTEGER PRIMARY KEY,
          trace_id BLOB NOT NULL UNIQUE,
          start_us INTEGER NOT NULL,
          -- The latest start, and the latest end.
          last_us INTEGER NOT NULL,
          end_us INTEGER NOT NULL,
          -- The span that gives the trace its name: its run (rank 2), else its root (1), else the earliest (0).
          rank INTEGER NOT NULL,
          name_us INTEGER NOT NULL,
          name INTEGER NOT NULL,
          origin INTEGER NOT NULL,
          span_count INTEGER NOT NULL,
          error_count INTEGER NOT NULL,
          open_count INTEGER NOT NULL,
          late_count INTEGER NOT NULL,
          -- When its latest batch came: what retention goes by.
          written_ms INTEGER NOT NULL,
          pinned INTEGER NOT NULL,
          run_id TEXT
        ) STRICT;
        CREATE INDEX trace_start ON trace (start_us);
        CREATE INDEX trace_written ON trace (written_ms) WHERE pinned = 0;

        CREATE INDEX trace_run ON trace (run_id) WHERE run_id IS NOT NULL;
        CREATE INDEX trace_pinned ON trace (id) WHERE pinned = 1;

        CREATE TABLE block (
          id INTEGER PRIMARY KEY,
          count INTEGER NOT NULL,
          first_us INTEGER NOT NULL,
          last_us INTEGER NOT NULL,
          min_trace INTEGER NOT NULL,
          max_trace INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          is_whole INTEGER NOT NULL,
          directory BLOB NOT NULL,
          dead_count INTEGER NOT NULL,
          dead BLOB
        ) STRICT;

        CREATE TABLE chunk (
          id INTEGER PRIMARY KEY,
          data BLOB NOT NULL
        ) STRICT;

        CREATE TABLE link (
          to_trace BLOB NOT NULL,
          to_span BLOB NOT NULL,
          trace INTEGER NOT NULL,
          span_id BLOB NOT NULL,
          name INTEGER NOT NULL,
          origin INTEGER NOT NULL,
          start_us INTEGER NOT NULL,
          PRIMARY KEY (to_trace, to_span, trace, span_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX link_trace ON link (trace);

        CREATE TABLE pruned (
          id INTEGER PRIMARY KEY,
          trace_id BLOB NOT NULL UNIQUE,
          at_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE fact (
          name TEXT PRIMARY KEY,
          value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO fact VALUES
          ('next_chunk', 1), ('next_trace', 1), ('pruned_traces', 0), ('pruned_spans', 0);
      `);
      if (db.prepare('SELECT 1 FROM row_trace').get() === undefined) dropRowSpans(db);
    },
  },
  ...RECORD_MIGRATIONS.slice(0, 1),
  {
    // CRC-32 of each of a block's chunks.
    name: 'block-sums',
    up: (db) => void db.exec('ALTER TABLE block ADD COLUMN sums BLOB'),
  },
  // With these, blocks may have rests of times as well, which programs before them cannot read.
  ...RECORD_MIGRATIONS.slice(1),
];
