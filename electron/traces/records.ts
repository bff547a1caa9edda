/**
 * Everything in the trace store that is no span: logs, metric points, saved queries, and what there is to ask for.
 * Works on the store's connection, in its thread; tables: recordSchema.ts.
 */
import type { LogLevel, LogRecord, Origin } from '../../shared/span.ts';
import type {
  FieldCatalog,
  FoundExemplar,
  FoundMetric,
  MetricPage,
  MetricPageQuestion,
  MetricInstrument,
  MetricSeriesSearch,
  SavedQuery,
  StoredPoint,
} from '../../shared/traceQuery.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { SpanReader } from './blockTypes.ts';
import { createFieldCatalog } from './fieldCatalog.ts';
import { createLogTables } from './logTables.ts';
import { createExemplarSearch } from './metricExemplars.ts';
import { createMetricPoints } from './metricPoints.ts';
import { createMetricRetention } from './metricRetention.ts';
import { createMetricReader } from './metricSeries.ts';
import { createMetricTables } from './metricTables.ts';
import { createRecordOrigins } from './recordOrigins.ts';
import { createSavedQueries } from './savedQueries.ts';

export { RECORD_MIGRATIONS } from './recordSchema.ts';
export { eachLog } from './logTables.ts';
export type { LogRange } from './logTables.ts';

export type RecordLimits = {
  /** Older logs, points and exemplars go; `null`: age does not matter. */
  readonly beforeMs: number | null;
  readonly maxLogs: number;
  readonly maxPoints: number;
  /** Traces whose logs stay whatever the limits: the pinned ones. */
  readonly keepLogsOf?: readonly string[];
  /** Not given: now. */
  readonly nowMs?: number;
};
/** What a store keeps that is told nothing else: some 20 MB of logs, 30 MB of points. */
export const DEFAULT_RECORD_LIMITS = { maxLogs: 100_000, maxPoints: 1_000_000 } as const;

export interface Records {
  writeLogs(records: readonly LogRecord[]): void;
  /** Newest last; of all traces, and of none, with `null`. */
  logs(traceId: string | null, limit: number, minLevel?: LogLevel): readonly LogRecord[];
  /**
   * Running totals; what has not changed is not written again. Deltas have to be added up before
   * (`createDeltaAdder`). Returns how many rows were written.
   */
  writeMetrics(points: readonly StoredPoint[]): number;
  metricInstruments(): readonly MetricInstrument[];
  /** Of a trace, those of the span first. */
  exemplars(traceId: string, spanId: string | null): readonly FoundExemplar[];
  /** `null` for an instrument that is not there. */
  metricSeries(search: MetricSeriesSearch): FoundMetric | null;
  /** As they were reported, a page of series at a time. */
  metricPoints(question: MetricPageQuestion): MetricPage;
  savedQueries(): readonly SavedQuery[];
  saveQuery(query: SavedQuery): readonly SavedQuery[];
  removeQuery(key: Pick<SavedQuery, 'name' | 'signal'>): readonly SavedQuery[];
  /** Of the newest blocks; the same object until others come. */
  fieldCatalog(reader: SpanReader): FieldCatalog;
  /** To be called now and then; a few milliseconds where nothing has to go. */
  prune(limits: RecordLimits): { readonly logs: number; readonly points: number };
  counts(): { readonly logs: number; readonly metricPoints: number };
}

/**
 * @param db - with RECORD_MIGRATIONS applied
 * @param own - this program, of records that come without an origin
 */
export function openRecords(db: Db, own: Origin | null = null): Records {
  const origins = createRecordOrigins(db);
  const logs = createLogTables(db, origins);
  const metrics = createMetricTables(db, origins, own);
  const reader = createMetricReader(db, metrics.reportOf);
  const exemplars = createExemplarSearch(db);
  const points = createMetricPoints(db, origins, metrics);
  const retention = createMetricRetention(db);
  const queries = createSavedQueries(db);
  const catalog = createFieldCatalog();

  /** All or nothing; numbers that a rollback took back are forgotten. */
  function write<T>(work: () => T): T {
    try {
      return db.inTransaction ? work() : db.transaction(work).immediate();
    } catch (error) {
      metrics.forget();
      throw error;
    }
  }

  return {
    writeLogs: (records) => write(() => logs.add(records)),
    logs: (traceId, limit, minLevel) =>
      logs.last(
        { fromMs: null, toMs: null, traceId, ...(minLevel === undefined ? {} : { minLevel }) },
        limit,
      ),
    writeMetrics: (points) => write(() => metrics.add(points)),
    metricInstruments: metrics.instruments,
    exemplars,
    metricSeries: (search) => reader.series(search, retention.prunedBeforeMs()),
    metricPoints: points,
    savedQueries: queries.list,
    saveQuery: queries.save,
    removeQuery: queries.remove,
    fieldCatalog: catalog.of,
    prune({ beforeMs, maxLogs, maxPoints, keepLogsOf = [], nowMs = Date.now() }) {
      return write(() => {
        const gone = {
          logs: logs.prune({ beforeMs, maxLogs, keep: keepLogsOf }),
          points: retention.prune({ beforeMs, maxPoints, nowMs }),
        };
        if (gone.points > 0) metrics.forget();
        return gone;
      });
    },
    counts: () => ({ logs: logs.count(), metricPoints: metrics.count() }),
  };
}
