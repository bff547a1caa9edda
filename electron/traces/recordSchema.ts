/**
 * Tables of everything that is no span: logs, metric points, saved queries.
 *
 *   record_origin    who recorded it, once each (JSON of `Origin`); NULL where it is named: this program
 *   log              as it was, with an event name, an origin, and an index for reading by time
 *   rest_ns, start_rest_ns  nanoseconds beyond what a time says (`shared/nanoseconds.ts`); of a point and a stream's last
 *                    report beyond the milliseconds since its start (`metricTimes.ts`)
 *   metric_instrument  name, unit, kind and service: what one chart is about
 *   metric_boundaries  bucket boundaries, once each (JSON)
 *   metric_series    one attribute set of an instrument
 *   metric_stream    totals of one series from one start on. Another origin or start is another stream, and so is
 *                    one whose totals fell (`generation`): within a stream totals of counters never fall
 *   metric_point     a stream's totals at a time, in milliseconds since the stream's start
 *   metric_exemplar  by series and time, whatever becomes of the points around it
 *   record_state     how far pruning and thinning have come
 */
import type { Migration } from '../sqlite/openDatabase.ts';

export const RECORD_MIGRATIONS: readonly Migration[] = [
  {
    name: 'records',
    up(db) {
      db.exec(`
        CREATE TABLE record_origin (
          id INTEGER PRIMARY KEY,
          value TEXT NOT NULL UNIQUE,
          -- Of its metric points; NULL for an origin of logs alone.
          first_ms REAL
        ) STRICT;

        ALTER TABLE log ADD COLUMN event_name TEXT;
        ALTER TABLE log ADD COLUMN origin INTEGER REFERENCES record_origin (id);
        DROP INDEX IF EXISTS log_trace;
        CREATE INDEX log_trace ON log (trace_id, time_us) WHERE trace_id IS NOT NULL;
        CREATE INDEX log_time ON log (time_us);

        CREATE TABLE metric_instrument (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL,
          service TEXT NOT NULL,
          kind TEXT NOT NULL,
          unit TEXT NOT NULL,
          description TEXT NOT NULL,
          first_ms REAL NOT NULL,
          last_ms REAL NOT NULL,
          UNIQUE (name, service, kind, unit)
        ) STRICT;

        CREATE TABLE metric_boundaries (
          id INTEGER PRIMARY KEY,
          value TEXT NOT NULL UNIQUE
        ) STRICT;

        CREATE TABLE metric_series (
          id INTEGER PRIMARY KEY,
          instrument INTEGER NOT NULL REFERENCES metric_instrument (id),
          -- 0 for all kinds but histograms.
          boundaries INTEGER NOT NULL,
          -- JSON, keys in order.
          attributes TEXT NOT NULL,
          UNIQUE (instrument, boundaries, attributes)
        ) STRICT;

        CREATE TABLE metric_stream (
          id INTEGER PRIMARY KEY,
          series INTEGER NOT NULL REFERENCES metric_series (id),
          -- 0: this program.
          origin INTEGER NOT NULL,
          start_ms REAL NOT NULL,
          generation INTEGER NOT NULL,
          -- 1: what the first point tells was counted from 0 since the start; 0: it had been counted before.
          from_zero INTEGER NOT NULL,
          -- Since the start: the last report, changed or not; up to a minute behind.
          last_ms INTEGER NOT NULL,
          UNIQUE (series, origin, start_ms, generation)
        ) STRICT;

        CREATE TABLE metric_point (
          stream INTEGER NOT NULL,
          at_ms INTEGER NOT NULL,
          -- NULL for a histogram, and then there is one.
          value REAL,
          histogram BLOB,
          PRIMARY KEY (stream, at_ms)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE metric_exemplar (
          series INTEGER NOT NULL,
          time_ms REAL NOT NULL,
          value REAL NOT NULL,
          trace_id BLOB NOT NULL,
          span_id BLOB NOT NULL,
          PRIMARY KEY (series, time_ms, span_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE record_state (
          key TEXT PRIMARY KEY,
          value REAL NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE saved_query (
          signal TEXT NOT NULL,
          name TEXT NOT NULL,
          query TEXT NOT NULL,
          PRIMARY KEY (signal, name)
        ) STRICT, WITHOUT ROWID;
      `);
    },
  },
  {
    // What older rows have is as exact as it was kept.
    name: 'nanoseconds',
    up(db) {
      const add = 'INTEGER NOT NULL DEFAULT 0';
      db.exec(`
        ALTER TABLE log ADD COLUMN rest_ns ${add};
        ALTER TABLE metric_stream ADD COLUMN start_rest_ns ${add};
        ALTER TABLE metric_stream ADD COLUMN last_rest_ns ${add};
        ALTER TABLE metric_point ADD COLUMN rest_ns ${add};
        ALTER TABLE metric_exemplar ADD COLUMN rest_ns ${add};
      `);
    },
  },
];
