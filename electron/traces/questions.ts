/**
 * Everything that can be asked of the store's thread, by name: a line each. Names are those of the window's calls where
 * there is one. Parameters and results are cloned on their way, so both are plain data.
 */
import type { ModelPrice } from '../../shared/run.ts';
import type { LogRecord, Origin, TraceSummary } from '../../shared/span.ts';
import type {
  CacheLensSearch,
  CallTreeSearch,
  LedgerSearch,
  LogSearch,
  MetricPageQuestion,
  MetricSeriesSearch,
  OperationsSearch,
  SavedQuery,
  Search,
  SpanSearch,
  SpanStepsSearch,
  StoredPoint,
  TraceSearch,
  TraceStoreStatus,
} from '../../shared/traceQuery.ts';
import { cacheLens } from './analyses/cacheLens.ts';
import { callTree } from './analyses/callTree.ts';
import { errorGroups } from './analyses/errorGroups.ts';
import { operations } from './analyses/operations.ts';
import { percentile, type PercentileQuestion } from './analyses/percentile.ts';
import { serviceMap } from './analyses/serviceMap.ts';
import { spanSteps } from './analyses/spanSteps.ts';
import { tokenLedger } from './analyses/tokenLedger.ts';
import { traceTokens } from './analyses/traceTokens.ts';
import { searchSpans, searchTraces } from './query/search.ts';
import { searchLogs } from './query/searchLogs.ts';
import type { LogTables } from './logTables.ts';
import type { Records } from './records.ts';
import type { SpanStore } from './spanStore.ts';

/** What may be changed while the store is open. */
export type StoreSettings = {
  readonly maxBytes: number;
  readonly maxDays: number;
  /** For model calls that do not state their cost. */
  readonly prices: readonly ModelPrice[];
};
export type Asked = {
  readonly spans: SpanStore;
  readonly records: Records;
  readonly logs: Pick<LogTables, 'each' | 'count'>;
  /** Of what comes without an origin: this program; `null` where that is not known. */
  readonly own: Origin | null;
  readonly prices: readonly ModelPrice[];
  /** Damaged files that were set aside, newest first. */
  setAside(): readonly string[];
  configure(settings: StoreSettings): void;
};

type TraceRef = { readonly traceId: string };

export const QUESTIONS = {
  writeSpans: ({ spans }: Asked, bytes: Uint8Array) => spans.writeSpans(bytes),
  writeLogs: ({ records }: Asked, logs: readonly LogRecord[]) => records.writeLogs(logs),
  writeMetrics: ({ records }: Asked, points: readonly StoredPoint[]) => records.writeMetrics(points),
  configure: (asked: Asked, settings: StoreSettings) => asked.configure(settings),
  pinTrace: ({ spans }: Asked, { traceId, pinned }: TraceRef & { readonly pinned: boolean }) =>
    spans.pin(traceId, pinned),

  get: ({ spans }: Asked, { traceId }: TraceRef) => spans.get(traceId),
  traceAbsence: ({ spans }: Asked, { traceId }: TraceRef) => spans.absence(traceId),
  backLinks: ({ spans }: Asked, { traceId, spanId }: TraceRef & { readonly spanId: string | null }) =>
    spans.backLinks(traceId, spanId),
  /** The trace of a run; `null` where it is not there. */
  runInfo: ({ spans }: Asked, { runId }: { readonly runId: string }): TraceSummary | null =>
    spans.ofRun(runId),
  traceStoreStatus({ spans, records, setAside }: Asked): TraceStoreStatus {
    return { ...spans.status(), ...records.counts(), setAside: setAside() };
  },

  searchTraces: ({ spans, prices }: Asked, search: TraceSearch) =>
    searchTraces(spans.reader, search, { prices }),
  searchSpans: ({ spans }: Asked, search: SpanSearch) => searchSpans(spans.reader, search),
  searchLogs: ({ spans, logs, own }: Asked, search: LogSearch) =>
    searchLogs(logs, search, { own, prunedBeforeMs: spans.reader.prunedBeforeMs }),
  fieldCatalog: ({ spans, records }: Asked) => records.fieldCatalog(spans.reader),
  operations: ({ spans }: Asked, search: OperationsSearch) => operations(spans.reader, search),
  spanSteps: ({ spans }: Asked, search: SpanStepsSearch) => spanSteps(spans.reader, search),
  percentile: ({ spans }: Asked, question: PercentileQuestion) => percentile(spans.reader, question),
  serviceMap: ({ spans }: Asked, search: Search) => serviceMap(spans.reader, search),
  errorGroups: ({ spans }: Asked, search: Search) => errorGroups(spans.reader, search),
  tokenLedger: ({ spans, prices }: Asked, search: LedgerSearch) =>
    tokenLedger(spans.reader, search, { prices }),
  traceTokens: ({ spans, prices }: Asked, { traceIds }: { readonly traceIds: readonly string[] }) =>
    traceTokens(spans.reader, traceIds, { prices }),
  cacheLens: ({ spans, prices }: Asked, search: CacheLensSearch) =>
    cacheLens(spans.reader, search, { prices }),
  callTree: ({ spans, prices }: Asked, search: CallTreeSearch) => callTree(spans.reader, search, { prices }),

  /** Newest last; of all traces, and of none, with `null`. */
  logs: (
    { records }: Asked,
    { traceId, limit }: { readonly traceId: string | null; readonly limit: number },
  ) => records.logs(traceId, limit),
  metricInstruments: ({ records }: Asked) => records.metricInstruments(),
  exemplars: ({ records }: Asked, { traceId, spanId }: TraceRef & { readonly spanId: string | null }) =>
    records.exemplars(traceId, spanId),
  metricSeries: ({ records }: Asked, search: MetricSeriesSearch) => records.metricSeries(search),
  metricPoints: ({ records }: Asked, question: MetricPageQuestion) => records.metricPoints(question),
  savedQueries: ({ records }: Asked) => records.savedQueries(),
  saveQuery: ({ records }: Asked, query: SavedQuery) => records.saveQuery(query),
  removeQuery: ({ records }: Asked, key: Pick<SavedQuery, 'name' | 'signal'>) => records.removeQuery(key),
} as const;

export type Questions = typeof QUESTIONS;
export type Method = keyof Questions;
export type ParamsOf<M extends Method> = Parameters<Questions[M]>[1];
export type AnswerOf<M extends Method> = ReturnType<Questions[M]>;

/** What stands for the statements of a question where they are not told one by one: operation and tables. */
export const SUMMARIES: { readonly [M in Method]?: string } = {
  logs: 'SELECT log',
  searchLogs: 'SELECT log',
  metricInstruments: 'SELECT metric_instrument',
  exemplars: 'SELECT metric_exemplar',
  metricSeries: 'SELECT metric_point',
  metricPoints: 'SELECT metric_point',
  savedQueries: 'SELECT saved_query',
  traceStoreStatus: 'SELECT trace block',
  searchSpans: 'SELECT block chunk',
  fieldCatalog: 'SELECT block chunk',
  operations: 'SELECT block chunk',
  spanSteps: 'SELECT block chunk',
  percentile: 'SELECT block chunk',
  serviceMap: 'SELECT block chunk',
  errorGroups: 'SELECT block chunk',
  tokenLedger: 'SELECT block chunk',
  traceTokens: 'SELECT block chunk',
  cacheLens: 'SELECT block chunk',
  callTree: 'SELECT block chunk',
};
