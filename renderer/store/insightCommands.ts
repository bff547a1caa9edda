/** What the Insight views ask; faults are theirs to show. */
import { decodeSpans } from '../../shared/spanCodec.ts';
import type { SpanRecord } from '../../shared/span.ts';
import type {
  CacheLensSearch,
  LedgerSearch,
  MetricSeriesSearch,
  OperationsSearch,
} from '../../shared/traceQuery.ts';
import { getApi } from '../api.ts';
import type { AskedSearch } from './searchSlice.ts';

export const askOperations = (search: OperationsSearch) => getApi().operations(search);
export const askServiceMap = (search: AskedSearch) => getApi().serviceMap(search);
export const askErrorGroups = (search: AskedSearch) => getApi().errorGroups(search);
export const askLedger = (search: LedgerSearch) => getApi().tokenLedger(search);
export const askCacheLens = (search: CacheLensSearch) => getApi().cacheLens(search);
export const askCacheReport = () => getApi().cacheReport();
export const askInstruments = () => getApi().metricInstruments();
export const askMetric = (search: MetricSeriesSearch) => getApi().metricSeries(search);
export const askSql = (sql: string, limit: number) => getApi().runSql({ sql, limit });

/** All that is known of how recording, storing, sending and receiving go. */
export async function askHealth() {
  const api = getApi();
  const [telemetry, store, receiver] = await Promise.all([
    api.telemetryStatus(),
    api.traceStoreStatus(),
    api.receiverStatus(),
  ]);
  return { telemetry, store, receiver };
}
export type Health = Awaited<ReturnType<typeof askHealth>>;

/** The spans from a trace's root down to one of its spans; empty where it is no longer there. */
export async function askPath(traceId: string, spanId: string): Promise<readonly SpanRecord[]> {
  const byId = new Map(decodeSpans(await getApi().trace({ traceId })).map((span) => [span.spanId, span]));
  const path: SpanRecord[] = [];
  let at = byId.get(spanId);
  while (at !== undefined && path.length < 256) {
    path.unshift(at);
    byId.delete(at.spanId);
    at = at.parentSpanId === null ? undefined : byId.get(at.parentSpanId);
  }
  return path;
}
