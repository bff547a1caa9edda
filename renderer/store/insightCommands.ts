/** What the Insight views ask; faults are theirs to show. */
import { decodeSpans } from '../../shared/spanCodec.ts';
import type { SpanRecord } from '../../shared/span.ts';
import type {
  CacheLensSearch,
  LedgerSearch,
  MetricSeriesSearch,
  OperationsSearch,
  SpanStepsSearch,
} from '../../shared/traceQuery.ts';
import { getApi, toCallError } from '../api.ts';
import { bestExemplar, instrumentFor, metricKey } from '../derive/spanMetrics.ts';
import { getState } from './index.ts';
import type { AskedSearch } from './searchSlice.ts';

export const askOperations = (search: OperationsSearch) => getApi().operations(search);
export const askSpanSteps = (search: SpanStepsSearch) => getApi().spanSteps(search);
export const askServiceMap = (search: AskedSearch) => getApi().serviceMap(search);
export const askErrorGroups = (search: AskedSearch) => getApi().errorGroups(search);
export const askLedger = (search: LedgerSearch) => getApi().tokenLedger(search);
export const askCacheLens = (search: CacheLensSearch) => getApi().cacheLens(search);
export const askCacheReport = () => getApi().cacheReport();
export const askInstruments = () => getApi().metricInstruments();
export const askExemplars = (example: { readonly traceId: string; readonly spanId: string | null }) =>
  getApi().exemplars(example);
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

/** Time around a record in which its neighbours are seen. */
const AROUND_MS = 15 * 60_000;

/**
 * Shows the metric that has a record of the span, that record marked; else of its trace; else the one that measures
 * such operations. What could not be had is said.
 */
export async function goToMetricsOf(span: SpanRecord, service: string): Promise<void> {
  const { traceId, spanId } = span;
  const { navigated, toastAdded } = getState();
  try {
    const [found, instruments] = await Promise.all([askExemplars({ traceId, spanId }), askInstruments()]);
    const best = bestExemplar(found, spanId);
    if (best !== null) {
      const { timeMs } = best;
      if (best.spanId !== spanId)
        toastAdded({
          tone: 'info',
          text: 'No record of this span was kept as an example; this is one of its trace.',
          hint: null,
        });
      navigated({
        view: 'insight',
        tab: 'metrics',
        metric: metricKey(best, instruments),
        example: { traceId, spanId: best.spanId },
        fromMs: timeMs - AROUND_MS,
        toMs: timeMs + AROUND_MS,
      });
      return;
    }
    const kind = instrumentFor(span, service, instruments);
    toastAdded({
      tone: 'info',
      text:
        kind === null
          ? 'No metric has a record of this trace, and none measures such operations.'
          : `No metric has a record of this trace. ${kind.name} measures such operations.`,
      hint: 'Only some records are kept as examples: one a bucket and ten seconds.',
    });
    navigated({
      view: 'insight',
      tab: 'metrics',
      ...(kind !== null && { metric: metricKey(kind, instruments) }),
    });
  } catch (thrown) {
    const { message, hint } = toCallError(thrown);
    toastAdded({ tone: 'bad', text: message, hint });
  }
}
