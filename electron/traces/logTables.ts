/** Log records in and out, by time. */
import { LOG_LEVELS } from '../../shared/span.ts';
import type { Attributes, LogLevel, LogRecord } from '../../shared/span.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createRecordOrigins } from './recordOrigins.ts';
import type { RecordOrigins } from './recordOrigins.ts';

export type LogRange = {
  /** Both ends included; `null`: from the first, to the last. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Of one trace; `null`: of all, and of none. */
  readonly traceId: string | null;
  /** That level and those above it; not given: all. */
  readonly minLevel?: LogLevel;
};

export type LogTables = {
  /** Takes part in whatever transaction is open. */
  add(records: readonly LogRecord[]): void;
  /** The last ones, newest last. */
  last(range: LogRange, limit: number): readonly LogRecord[];
  /** Records one at a time. Do not write through the same connection before the iteration has ended. */
  each(range: LogRange, newestFirst: boolean): IterableIterator<LogRecord>;
  prune(limits: {
    readonly beforeMs: number | null;
    readonly maxLogs: number;
    readonly keep: readonly string[];
  }): number;
  count(): number;
};

type LogRow = {
  time_us: number;
  rest_ns: number;
  level: number;
  message: string;
  event_name: string | null;
  attributes: string | null;
  trace_id: string | null;
  span_id: string | null;
  origin: string | null;
};

/** Pruning goes on to this share of the limit, so that not every batch has to prune. */
const PRUNED_SHARE = 0.9;

// hex() makes an empty text of NULL.
const hex = (column: string) => `CASE WHEN ${column} IS NOT NULL THEN lower(hex(${column})) END AS ${column}`;
const SELECT = `SELECT time_us, rest_ns, level, message, event_name, attributes, ${hex('trace_id')}, ${hex('span_id')},
  record_origin.value AS origin
  FROM log LEFT JOIN record_origin ON record_origin.id = log.origin`;
const WITHIN = 'time_us BETWEEN $fromUs AND $toUs AND level >= $level';
const NEWEST_FIRST = 'ORDER BY time_us DESC, log.id DESC';
const OLDEST_FIRST = 'ORDER BY time_us, log.id';

type Params = { fromUs: number; toUs: number; level: number; traceId?: Uint8Array };
type LastParams = Params & { limit: number };

export function createLogTables(db: Db, origins: RecordOrigins = createRecordOrigins(db)): LogTables {
  const insert = db.prepare<
    [
      number,
      number,
      number,
      string,
      string | null,
      number | null,
      Uint8Array | null,
      Uint8Array | null,
      string | null,
    ]
  >(
    `INSERT INTO log (time_us, rest_ns, level, message, event_name, origin, trace_id, span_id, attributes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const last = db.prepare<[LastParams], LogRow>(`${SELECT} WHERE ${WITHIN} ${NEWEST_FIRST} LIMIT $limit`);
  const lastOf = db.prepare<[LastParams], LogRow>(
    `${SELECT} WHERE trace_id = $traceId AND ${WITHIN} ${NEWEST_FIRST} LIMIT $limit`,
  );
  const count = db.prepare<[], { count: number }>('SELECT count(*) AS count FROM log');
  const kept = 'trace_id IS NOT NULL AND lower(hex(trace_id)) IN (SELECT value FROM json_each($keep))';
  const deleteBefore = db.prepare<[{ timeUs: number; keep: string }]>(
    `DELETE FROM log WHERE time_us < $timeUs AND NOT (${kept})`,
  );
  const deleteOldest = db.prepare<[{ many: number; keep: string }]>(
    `DELETE FROM log WHERE id IN (SELECT id FROM log WHERE NOT (${kept}) ORDER BY time_us LIMIT $many)`,
  );

  const toRecord = (row: LogRow): LogRecord => {
    const origin = origins.parse(row.origin);
    return {
      timeMs: row.time_us / 1000,
      ...(row.rest_ns === 0 ? {} : { timeRestNs: row.rest_ns }),
      level: LOG_LEVELS[row.level] ?? 'info',
      message: row.message,
      ...(row.event_name === null ? {} : { eventName: row.event_name }),
      attributes: row.attributes === null ? {} : (JSON.parse(row.attributes) as Attributes),
      traceId: row.trace_id,
      spanId: row.span_id,
      ...(origin === undefined ? {} : { origin }),
    };
  };

  return {
    add(records) {
      for (const record of records) {
        insert.run(
          Math.round(record.timeMs * 1000),
          record.timeRestNs ?? 0,
          Math.max(0, LOG_LEVELS.indexOf(record.level)),
          record.message,
          record.eventName ?? null,
          origins.number(record.origin),
          toBytes(record.traceId),
          toBytes(record.spanId),
          Object.keys(record.attributes).length === 0 ? null : JSON.stringify(record.attributes),
        );
      }
    },
    last(range, limit) {
      const params = { ...toParams(range), limit };
      return (range.traceId === null ? last : lastOf).all(params).reverse().map(toRecord);
    },
    *each(range, newestFirst) {
      const ofTrace = range.traceId === null ? '' : 'trace_id = $traceId AND ';
      // A statement of its own: an iteration holds it until its end.
      const statement = db.prepare<[Params], LogRow>(
        `${SELECT} WHERE ${ofTrace}${WITHIN} ${newestFirst ? NEWEST_FIRST : OLDEST_FIRST}`,
      );
      for (const row of statement.iterate(toParams(range))) yield toRecord(row);
    },
    prune({ beforeMs, maxLogs, keep }) {
      const kept = JSON.stringify(keep);
      let gone = 0;
      if (beforeMs !== null)
        gone += deleteBefore.run({ timeUs: Math.round(beforeMs * 1000), keep: kept }).changes;
      const logs = count.get()!.count;
      if (logs > maxLogs) {
        gone += deleteOldest.run({ many: logs - Math.floor(maxLogs * PRUNED_SHARE), keep: kept }).changes;
      }
      return gone;
    },
    count: () => count.get()!.count,
  };
}

/** Stored log records one at a time, over any connection that has the tables. */
export function eachLog(db: Db, range: LogRange, newestFirst: boolean): IterableIterator<LogRecord> {
  return createLogTables(db).each(range, newestFirst);
}

function toParams({ fromMs, toMs, traceId, minLevel }: LogRange): Params {
  return {
    fromUs: toUs(fromMs, Number.MIN_SAFE_INTEGER),
    toUs: toUs(toMs, Number.MAX_SAFE_INTEGER),
    level: minLevel === undefined ? 0 : LOG_LEVELS.indexOf(minLevel),
    ...(traceId === null ? {} : { traceId: Buffer.from(traceId, 'hex') }),
  };
}

function toUs(ms: number | null, otherwise: number): number {
  if (ms === null) return otherwise;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, Math.round(ms * 1000)));
}

function toBytes(id: string | null): Uint8Array | null {
  return id === null ? null : Buffer.from(id, 'hex');
}
