/** The row that each trace has: found, begun, brought up to date, told as a summary. */
import type { TraceSummary } from '../../shared/span.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { SummaryOrder } from './blockTypes.ts';
import { FAR_US } from './blocks/packedColumns.ts';
import { durationOf, emptyHead, type TraceHead } from './blocks/traceHeads.ts';
import type { SqlSpans } from './sqlSpans.ts';
import type { TextTable } from './textTable.ts';

export type TraceRow = TraceHead & {
  readonly id: number;
  readonly traceId: string;
  lastUs: number;
  late: number;
  writtenMs: number;
  readonly pinned: boolean;
};

export type TraceTable = {
  find(traceId: string): TraceRow | null;
  get(id: number): TraceRow | null;
  /** The same of many, in their order; those that are not there are left out. */
  getAll(ids: readonly number[]): TraceRow[];
  /** A row that is not in the table yet. Needs a transaction, as `add` and `update` do. */
  begin(traceId: string, nowMs: number): TraceRow;
  add(row: TraceRow): void;
  update(row: TraceRow): void;
  summaryOf(row: TraceRow): TraceSummary;
  /** Numbers of the traces that begin within the time (epoch microseconds). */
  ordered(order: SummaryOrder, fromUs: number, toUs: number, limit: number): number[];
  countWithin(fromUs: number, toUs: number): number;
};

type SqlRow = {
  id: number;
  trace_id: string;
  start_us: number;
  last_us: number;
  end_us: number;
  rank: number;
  name_us: number;
  name: number;
  origin: number;
  span_count: number;
  error_count: number;
  open_count: number;
  late_count: number;
  written_ms: number;
  pinned: number;
  run_id: string | null;
};

const COLUMNS = `id, lower(hex(trace_id)) AS trace_id, start_us, last_us, end_us, rank, name_us, name, origin, span_count,
  error_count, open_count, late_count, written_ms, pinned, run_id`;

export function openTraceTable(db: Db, texts: TextTable, { watch }: SqlSpans): TraceTable {
  const within = 'FROM trace WHERE start_us >= ? AND start_us <= ?';
  const orders: Record<SummaryOrder, string> = {
    newest: 'start_us DESC, id DESC',
    longest:
      'CASE WHEN rank > 0 AND open_count = 0 THEN end_us - start_us ELSE -1 END DESC, start_us DESC, id DESC',
    errors: 'error_count DESC, start_us DESC, id DESC',
    spans: 'span_count DESC, start_us DESC, id DESC',
  };
  const listing = (order: SummaryOrder) =>
    watch(
      'SELECT trace',
      db.prepare<[number, number, number], { id: number }>(
        `SELECT id ${within} ORDER BY ${orders[order]} LIMIT ?`,
      ),
    );
  const sql = {
    find: watch(
      'SELECT trace',
      db.prepare<[Uint8Array], SqlRow>(`SELECT ${COLUMNS} FROM trace WHERE trace_id = ?`),
    ),
    get: db.prepare<[number], SqlRow>(`SELECT ${COLUMNS} FROM trace WHERE id = ?`),
    getAll: db.prepare<[string], SqlRow>(
      `SELECT ${COLUMNS} FROM trace WHERE id IN (SELECT value FROM json_each(?))`,
    ),
    next: db.prepare<[], { value: number }>(
      "UPDATE fact SET value = value + 1 WHERE name = 'next_trace' RETURNING value",
    ),
    add: db.prepare<[Omit<SqlRow, 'trace_id'> & { trace_id: Uint8Array }]>(
      `INSERT INTO trace VALUES ($id, $trace_id, $start_us, $last_us, $end_us, $rank, $name_us, $name, $origin,
         $span_count, $error_count, $open_count, $late_count, $written_ms, $pinned, $run_id)`,
    ),
    update: db.prepare<[Omit<SqlRow, 'trace_id' | 'pinned'>]>(
      `UPDATE trace SET start_us = $start_us, last_us = $last_us, end_us = $end_us, rank = $rank, name_us = $name_us,
         name = $name, origin = $origin, span_count = $span_count, error_count = $error_count,
         open_count = $open_count, late_count = $late_count, written_ms = $written_ms, run_id = $run_id
       WHERE id = $id`,
    ),
    newest: listing('newest'),
    longest: listing('longest'),
    errors: listing('errors'),
    spans: listing('spans'),
    count: db.prepare<[number, number], { count: number }>(`SELECT count(*) AS count ${within}`),
  };
  const far = (us: number): number => Math.max(-FAR_US, Math.min(FAR_US, us));

  const fromSql = (row: SqlRow): TraceRow => ({
    id: row.id,
    traceId: row.trace_id,
    startUs: row.start_us,
    lastUs: row.last_us,
    endUs: row.end_us,
    rank: row.rank,
    nameUs: row.name_us,
    name: row.name,
    origin: row.origin,
    spans: row.span_count,
    errors: row.error_count,
    open: row.open_count,
    late: row.late_count,
    writtenMs: row.written_ms,
    pinned: row.pinned === 1,
    runId: row.run_id,
  });
  const toSql = (row: TraceRow) => ({
    id: row.id,
    start_us: row.startUs,
    last_us: row.lastUs,
    end_us: row.endUs,
    rank: row.rank,
    name_us: row.nameUs,
    name: row.name,
    origin: row.origin,
    span_count: row.spans,
    error_count: row.errors,
    open_count: row.open,
    late_count: row.late,
    written_ms: row.writtenMs,
    run_id: row.runId,
  });

  return {
    find(traceId) {
      const row = sql.find.get(Buffer.from(traceId, 'hex'));
      return row === undefined ? null : fromSql(row);
    },
    get(id) {
      const row = sql.get.get(id);
      return row === undefined ? null : fromSql(row);
    },
    getAll(ids) {
      const rows = new Map<number, TraceRow>();
      for (const row of sql.getAll.all(JSON.stringify(ids))) rows.set(row.id, fromSql(row));
      return ids.flatMap((id) => rows.get(id) ?? []);
    },
    begin(traceId, nowMs) {
      const id = sql.next.get()!.value - 1;
      return { ...emptyHead(), id, traceId, lastUs: -Infinity, late: 0, writtenMs: nowMs, pinned: false };
    },
    add(row) {
      sql.add.run({ ...toSql(row), trace_id: Buffer.from(row.traceId, 'hex'), pinned: 0 });
    },
    update(row) {
      sql.update.run(toSql(row));
    },
    summaryOf(row) {
      const { service, version } = texts.origin(row.origin);
      return {
        traceId: row.traceId,
        name: texts.text(row.name),
        startMs: row.startUs / 1000,
        durationMs: durationOf(row),
        ...(durationOf(row) === null ? { silentSinceMs: row.writtenMs } : {}),
        spanCount: row.spans,
        errorCount: row.errors,
        runId: row.runId,
        service,
        version,
        pinned: row.pinned,
      };
    },
    ordered: (order, fromUs, toUs, limit) =>
      sql[order].all(far(fromUs), far(toUs), limit).map(({ id }) => id),
    countWithin: (fromUs, toUs) => sql.count.get(far(fromUs), far(toUs))!.count,
  };
}
