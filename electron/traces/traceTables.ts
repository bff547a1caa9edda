/** The trace store's SQL: batches in, traces and logs out, the oldest traces pruned. Runs in the store's thread. */
import { decodeBlock } from '../../shared/leafCodec.ts';
import { hexWord, SpanWriter } from '../../shared/spanCodec.ts';
import { ATTR, LOG_LEVELS, SPAN, SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { Attributes, LogRecord, SpanRecord, TraceSummary } from '../../shared/span.ts';
import { openDatabase } from '../sqlite/openDatabase.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createDetailPacker, unpackDetail } from './attributePacking.ts';
import { createSqlSpans } from './sqlSpans.ts';
import type { SqlSpans } from './sqlSpans.ts';
import { createTextTable } from './textTable.ts';
import type { TraceLimits, TraceStats } from './traceMessages.ts';
import { TRACE_MIGRATIONS } from './traceSchema.ts';

export type TraceTables = {
  /** Adds the spans of a packed block (of spans or of rows), all or none; a span that is there already is brought up to date. */
  writeSpans(bytes: Uint8Array): { readonly added: number };
  writeLogs(records: readonly LogRecord[]): void;
  /** Newest first. */
  list(limit: number): readonly TraceSummary[];
  /** All spans of a trace, by time, packed; an empty block for a trace that is not there. */
  get(traceId: string): Uint8Array;
  /** Newest last. */
  logs(traceId: string | null, limit: number): readonly LogRecord[];
  stats(): TraceStats;
  close(): void;
};

const STATUS_ERROR = SPAN_STATUSES.indexOf('error');
/** Pruning goes on to this share of the limits, so that not every batch has to prune. */
const PRUNED_SHARE = 0.9;

/** What a batch adds to one trace. */
type TraceDelta = {
  readonly id: number;
  readonly baseUs: number;
  startUs: number;
  endUs: number;
  name: number;
  nameUs: number;
  /** 2 for a run, 1 for a root, 0 for neither: the highest names the trace. */
  hasRoot: number;
  spans: number;
  errors: number;
  open: number;
  runId: string | null;
};

/** @throws TracedeckError as `openDatabase` does */
export function openTraceTables(
  path: string,
  limits: TraceLimits,
  spans: SqlSpans = createSqlSpans(),
): TraceTables {
  const db = openDatabase(path, TRACE_MIGRATIONS);
  makeShrinkable(db);
  const texts = createTextTable(db);
  const pack = createDetailPacker(texts);
  const sql = watchReads(prepareStatements(db), spans);
  let prunedTraces = 0;
  let refusedSpans = 0;
  /** A trace that fills the store by itself. */
  let fullTrace: number | null = null;

  const idWords = new Uint32Array(2);
  const idInt = new BigInt64Array(idWords.buffer);
  const toInt = (spanId: string): bigint => {
    idWords[0] = hexWord(spanId, 8);
    idWords[1] = hexWord(spanId, 0);
    return idInt[0]!;
  };

  function deltaOf(span: SpanRecord, startUs: number): TraceDelta {
    const traceId = Buffer.from(span.traceId, 'hex');
    const row = sql.findTrace.get(traceId);
    const fresh = { spans: 0, errors: 0, open: 0, runId: null, hasRoot: 0, nameUs: Infinity, name: 0 };
    if (row !== undefined) {
      return { ...fresh, id: row.id, baseUs: row.base_us, startUs: Infinity, endUs: -Infinity };
    }
    const { lastInsertRowid } = sql.addTrace.run(
      traceId,
      startUs,
      startUs,
      startUs,
      texts.name(span.name),
      startUs,
    );
    return { ...fresh, id: Number(lastInsertRowid), baseUs: startUs, startUs, endUs: startUs };
  }

  function addSpan(span: SpanRecord, trace: TraceDelta, startUs: number): boolean {
    const durationUs = span.endMs === null ? null : Math.round(span.endMs * 1000) - startUs;
    const flags = SPAN_KINDS.indexOf(span.kind) | (SPAN_STATUSES.indexOf(span.status) << 3);
    const id = toInt(span.spanId);
    const parent = span.parentSpanId === null ? null : toInt(span.parentSpanId);
    const name = texts.name(span.name);
    const relativeUs = startUs - trace.baseUs;
    const isError = span.status === 'error' ? 1 : 0;
    const isOpen = durationUs === null ? 1 : 0;
    const detail = pack(span);
    const isNew =
      sql.addSpan.run(trace.id, relativeUs, id, parent, name, flags, durationUs, detail).changes > 0;
    if (isNew) {
      trace.spans += 1;
      trace.errors += isError;
      trace.open += isOpen;
    } else {
      const old = sql.findSpan.get(trace.id, relativeUs, id)!;
      // What has ended does not open again: blocks may arrive twice and in any order.
      if (isOpen === 1 && old.duration_us !== null) return false;
      sql.replaceSpan.run(parent, name, flags, durationUs, detail, trace.id, relativeUs, id);
      trace.errors += isError - (old.flags >> 3 === STATUS_ERROR ? 1 : 0);
      trace.open += isOpen - (old.duration_us === null ? 1 : 0);
    }
    trace.startUs = Math.min(trace.startUs, startUs);
    trace.endUs = Math.max(trace.endUs, startUs + (durationUs ?? 0));
    // A run that a click began is not the root, and still what the trace is about.
    const runId = parent === null || span.name === SPAN.run ? span.attributes[ATTR.runId] : undefined;
    const rank = typeof runId === 'string' ? 2 : parent === null ? 1 : 0;
    if (rank > trace.hasRoot || (rank === trace.hasRoot && startUs < trace.nameUs)) {
      trace.hasRoot = rank;
      trace.nameUs = startUs;
      trace.name = name;
    }
    if (typeof runId === 'string') trace.runId = runId;
    return isNew;
  }

  const addAll = db.transaction((spans: readonly SpanRecord[]): number => {
    const traces = new Map<string, TraceDelta>();
    let added = 0;
    for (const span of spans) {
      const startUs = Math.round(span.startMs * 1000);
      let trace = traces.get(span.traceId);
      if (trace === undefined) traces.set(span.traceId, (trace = deltaOf(span, startUs)));
      const isHead = span.parentSpanId === null || span.name === SPAN.run;
      if (trace.id === fullTrace && !isHead) refusedSpans += 1;
      else if (addSpan(span, trace, startUs)) added += 1;
    }
    for (const trace of traces.values()) {
      if (trace.endUs === -Infinity) continue;
      sql.updateTrace.run({
        ...trace,
        nameUs: Number.isFinite(trace.nameUs) ? trace.nameUs : trace.startUs,
      });
    }
    return added;
  });

  const deleteTrace = db.transaction((id: number) => {
    sql.deleteSpans.run(id);
    sql.deleteTrace.run(id);
  });

  function usedBytes(): number {
    const value = (name: string) => db.pragma(name, { simple: true }) as number;
    return (value('page_count') - value('freelist_count')) * value('page_size');
  }

  function prune(): void {
    let traces = sql.countTraces.get()!.count;
    let bytes = usedBytes();
    if (bytes <= limits.maxBytes && traces <= limits.maxTraces) {
      fullTrace = null;
      return;
    }
    while (
      traces > 1 &&
      (bytes > limits.maxBytes * PRUNED_SHARE || traces > limits.maxTraces * PRUNED_SHARE)
    ) {
      deleteTrace.immediate(sql.oldestTrace.get()!.id);
      prunedTraces += 1;
      traces -= 1;
      bytes = usedBytes();
    }
    fullTrace = bytes > limits.maxBytes ? (sql.oldestTrace.get()?.id ?? null) : null;
    db.pragma('incremental_vacuum(2000)');
  }

  return {
    writeSpans(bytes) {
      const spans = decodeBlock(bytes);
      try {
        const added = addAll.immediate(spans);
        prune();
        return { added };
      } catch (error) {
        texts.reload();
        throw error;
      }
    },
    writeLogs(records) {
      db.transaction(() => {
        for (const record of records) {
          sql.addLog.run(
            Math.round(record.timeMs * 1000),
            LOG_LEVELS.indexOf(record.level),
            record.message,
            record.traceId === null ? null : Buffer.from(record.traceId, 'hex'),
            record.spanId === null ? null : Buffer.from(record.spanId, 'hex'),
            Object.keys(record.attributes).length === 0 ? null : JSON.stringify(record.attributes),
          );
        }
        sql.pruneLogs.run(limits.maxLogs);
      }).immediate();
    },
    list: (limit) =>
      sql.list.all(limit).map((row) => ({
        traceId: row.trace_id,
        name: row.name,
        startMs: row.start_us / 1000,
        durationMs: row.has_root > 0 && row.open_count === 0 ? (row.end_us - row.start_us) / 1000 : null,
        spanCount: row.span_count,
        errorCount: row.error_count,
        runId: row.run_id,
      })),
    get(traceId) {
      const writer = new SpanWriter();
      const trace = sql.findTrace.get(Buffer.from(traceId, 'hex'));
      if (trace === undefined) return writer.finish();
      const index = writer.trace(traceId);
      for (const row of sql.spansOf.iterate(trace.id)) {
        const startUs = trace.base_us + row.start_us;
        writer.beginSpan(
          index,
          row.id_high,
          row.id_low,
          row.parent_high ?? 0,
          row.parent_low ?? 0,
          writer.intern(texts.text(row.name)),
          startUs / 1000,
          row.duration_us === null ? null : (startUs + row.duration_us) / 1000,
          row.flags & 7,
          row.flags >> 3,
        );
        const detail = unpackDetail(row.detail, texts);
        writer.attributes(detail.attributes);
        writer.endSpan(detail.statusMessage, detail.events, detail.links);
      }
      return writer.finish();
    },
    logs(traceId, limit) {
      const rows =
        traceId === null ? sql.lastLogs.all(limit) : sql.logsOf.all(Buffer.from(traceId, 'hex'), limit);
      return rows.reverse().map((row) => ({
        timeMs: row.time_us / 1000,
        level: LOG_LEVELS[row.level] ?? 'info',
        message: row.message,
        attributes: row.attributes === null ? {} : (JSON.parse(row.attributes) as Attributes),
        traceId: row.trace_id,
        spanId: row.span_id,
      }));
    },
    stats() {
      const { traces, spans, oldest_us: oldestUs } = sql.totals.get()!;
      return {
        path,
        bytes: usedBytes(),
        traces,
        spans: spans ?? 0,
        logs: sql.countLogs.get()!.count,
        prunedTraces,
        refusedSpans,
        oldestMs: oldestUs === null ? null : oldestUs / 1000,
      };
    },
    close() {
      db.close();
    },
  };
}

/** Pages of pruned traces go back to the system bit by bit; possible only for a file that is made so, empty. */
function makeShrinkable(db: Db): void {
  if (db.pragma('auto_vacuum', { simple: true }) !== 0) return;
  if (db.prepare('SELECT 1 FROM trace').get() !== undefined) return;
  try {
    db.pragma('auto_vacuum = INCREMENTAL');
    db.exec('VACUUM');
  } catch {
    // Another process opens the file at this moment: then it makes it so, or the file only never shrinks.
  }
}

/** Statements that answer questions, under the names their spans have. */
function watchReads(sql: ReturnType<typeof prepareStatements>, { watch }: SqlSpans) {
  return {
    ...sql,
    findTrace: watch('SELECT trace', sql.findTrace),
    spansOf: watch('SELECT span', sql.spansOf),
    list: watch('SELECT trace text', sql.list),
    totals: watch('SELECT trace', sql.totals),
    countLogs: watch('SELECT log', sql.countLogs),
    lastLogs: watch('SELECT log', sql.lastLogs),
    logsOf: watch('SELECT log', sql.logsOf),
  };
}

function prepareStatements(db: Db) {
  type Id = bigint | null;
  type SpanRow = {
    id_high: number;
    id_low: number;
    parent_high: number | null;
    parent_low: number | null;
    name: number;
    flags: number;
    start_us: number;
    duration_us: number | null;
    detail: Uint8Array | null;
  };
  type SummaryRow = {
    trace_id: string;
    name: string;
    start_us: number;
    end_us: number;
    has_root: number;
    span_count: number;
    error_count: number;
    open_count: number;
    run_id: string | null;
  };
  type LogRow = {
    time_us: number;
    level: number;
    message: string;
    trace_id: string | null;
    span_id: string | null;
    attributes: string | null;
  };
  // hex() makes an empty text of NULL.
  const hex = (column: string) =>
    `CASE WHEN ${column} IS NOT NULL THEN lower(hex(${column})) END AS ${column}`;
  const logColumns = `time_us, level, message, ${hex('trace_id')}, ${hex('span_id')}, attributes`;
  return {
    findTrace: db.prepare<[Uint8Array], { id: number; base_us: number }>(
      'SELECT id, base_us FROM trace WHERE trace_id = ?',
    ),
    addTrace: db.prepare<[Uint8Array, number, number, number, number, number]>(
      `INSERT INTO trace (trace_id, base_us, start_us, end_us, name, name_us, has_root, span_count, error_count, open_count)
       VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0)`,
    ),
    // The batch names the trace anew where it brings the root, or an earlier span while there is no root.
    updateTrace: db.prepare<TraceDelta>(
      `UPDATE trace SET
         start_us = min(start_us, $startUs),
         end_us = max(end_us, $endUs),
         name = CASE WHEN $hasRoot > has_root OR ($hasRoot = has_root AND $nameUs <= name_us) THEN $name ELSE name END,
         name_us = CASE WHEN $hasRoot > has_root OR ($hasRoot = has_root AND $nameUs <= name_us) THEN $nameUs ELSE name_us END,
         has_root = max(has_root, $hasRoot),
         span_count = span_count + $spans,
         error_count = error_count + $errors,
         open_count = open_count + $open,
         run_id = coalesce($runId, run_id)
       WHERE id = $id`,
    ),
    addSpan: db.prepare<[number, number, Id, Id, number, number, number | null, Uint8Array | null]>(
      `INSERT INTO span (trace, start_us, span_id, parent, name, flags, duration_us, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    findSpan: db.prepare<[number, number, Id], { flags: number; duration_us: number | null }>(
      'SELECT flags, duration_us FROM span WHERE trace = ? AND start_us = ? AND span_id = ?',
    ),
    replaceSpan: db.prepare<[Id, number, number, number | null, Uint8Array | null, number, number, Id]>(
      `UPDATE span SET parent = ?, name = ?, flags = ?, duration_us = ?, detail = ?
       WHERE trace = ? AND start_us = ? AND span_id = ?`,
    ),
    spansOf: db.prepare<[number], SpanRow>(
      `SELECT (span_id >> 32) & 4294967295 AS id_high, span_id & 4294967295 AS id_low,
         (parent >> 32) & 4294967295 AS parent_high, parent & 4294967295 AS parent_low,
         name, flags, start_us, duration_us, detail
       FROM span WHERE trace = ? ORDER BY start_us`,
    ),
    list: db.prepare<[number], SummaryRow>(
      `SELECT lower(hex(trace_id)) AS trace_id, text.value AS name, start_us, end_us, has_root, span_count,
         error_count, open_count, run_id
       FROM trace JOIN text ON text.id = trace.name ORDER BY start_us DESC, trace.id DESC LIMIT ?`,
    ),
    countTraces: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM trace'),
    oldestTrace: db.prepare<[], { id: number }>('SELECT id FROM trace ORDER BY start_us, id LIMIT 1'),
    deleteSpans: db.prepare<[number]>('DELETE FROM span WHERE trace = ?'),
    deleteTrace: db.prepare<[number]>('DELETE FROM trace WHERE id = ?'),
    totals: db.prepare<[], { traces: number; spans: number | null; oldest_us: number | null }>(
      'SELECT count(*) AS traces, sum(span_count) AS spans, min(start_us) AS oldest_us FROM trace',
    ),
    addLog: db.prepare<[number, number, string, Uint8Array | null, Uint8Array | null, string | null]>(
      'INSERT INTO log (time_us, level, message, trace_id, span_id, attributes) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    pruneLogs: db.prepare<[number]>('DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?'),
    countLogs: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM log'),
    lastLogs: db.prepare<[number], LogRow>(`SELECT ${logColumns} FROM log ORDER BY id DESC LIMIT ?`),
    logsOf: db.prepare<[Uint8Array, number], LogRow>(
      `SELECT ${logColumns} FROM log WHERE trace_id = ? ORDER BY id DESC LIMIT ?`,
    ),
  };
}
