/**
 * The trace store as a window sees it, in memory: the very questions of the store, over spans that are made up the same
 * way each time.
 */
import { cacheLens } from '../../electron/traces/analyses/cacheLens.ts';
import { callTree } from '../../electron/traces/analyses/callTree.ts';
import { errorGroups } from '../../electron/traces/analyses/errorGroups.ts';
import { operations } from '../../electron/traces/analyses/operations.ts';
import { percentile } from '../../electron/traces/analyses/percentile.ts';
import { serviceMap } from '../../electron/traces/analyses/serviceMap.ts';
import { spanSteps } from '../../electron/traces/analyses/spanSteps.ts';
import { tokenLedger } from '../../electron/traces/analyses/tokenLedger.ts';
import type { SpanReader } from '../../electron/traces/blockTypes.ts';
import { createFieldCatalog } from '../../electron/traces/fieldCatalog.ts';
import { traceTokens } from '../../electron/traces/analyses/traceTokens.ts';
import { searchTraces } from '../../electron/traces/query/search.ts';
import { searchLogs } from '../../electron/traces/query/searchLogs.ts';
import type { LogTables } from '../../electron/traces/logTables.ts';
import { LOG_LEVELS } from '../../shared/span.ts';
import type { Api } from '../../shared/ipc.ts';
import type { Attributes, LogRecord, Origin, SpanRecord } from '../../shared/span.ts';
import type { ImportReport, SavedQuery } from '../../shared/traceQuery.ts';
import { memoryReader } from '../fixtures/spanReader.ts';

export type FakeStoreOptions = {
  readonly spans: () => Iterable<SpanRecord>;
  readonly logs: () => readonly LogRecord[];
  /** Grows with every change of the spans. */
  readonly version: () => number;
  /** Takes spans in, as a file's. */
  readonly add: (spans: readonly SpanRecord[]) => void;
};

type StoreCalls = Pick<
  Api,
  | 'searchTraces'
  | 'searchLogs'
  | 'fieldCatalog'
  | 'operations'
  | 'spanSteps'
  | 'percentile'
  | 'serviceMap'
  | 'errorGroups'
  | 'tokenLedger'
  | 'traceTokens'
  | 'cacheLens'
  | 'callTree'
  | 'backLinks'
  | 'pinTrace'
  | 'traceAbsence'
  | 'savedQueries'
  | 'saveQuery'
  | 'removeQuery'
  | 'chooseTraceFiles'
  | 'importTraceFiles'
  | 'exportTraces'
  | 'textForLlm'
>;

/** A trace that was there once, for links that lead to what is gone. */
const PRUNED_TRACE = '0000000000000000000000000000dead';
const PRUNED_MS = Date.UTC(2026, 9, 1, 12);

export function createFakeStore({ spans, logs, version, add }: FakeStoreOptions): StoreCalls {
  const catalog = createFieldCatalog();
  const pinned = new Set<string>();
  let queries: SavedQuery[] = [];
  let read: { readonly version: number; readonly reader: SpanReader } | null = null;
  const reader = (): SpanReader => {
    if (read === null || read.version !== version()) {
      read = { version: version(), reader: memoryReader([...spans()].sort((a, b) => a.startMs - b.startMs)) };
    }
    return read.reader;
  };
  const table: Pick<LogTables, 'each' | 'count'> = {
    *each({ fromMs, toMs, traceId, minLevel = 'debug' }, newestFirst) {
      const least = LOG_LEVELS.indexOf(minLevel);
      const all = logs().toSorted((a, b) => a.timeMs - b.timeMs);
      for (const log of newestFirst ? all.reverse() : all) {
        if (log.timeMs < (fromMs ?? -Infinity) || log.timeMs > (toMs ?? Infinity)) continue;
        if (traceId !== null && traceId !== log.traceId) continue;
        if (LOG_LEVELS.indexOf(log.level) >= least) yield log;
      }
    },
    count: () => logs().length,
  };
  const others = (key: Pick<SavedQuery, 'name' | 'signal'>) =>
    queries.filter(({ name, signal }) => name !== key.name || signal !== key.signal);
  const report = (file: string): ImportReport => {
    const made = shopTrace(`${file} ${version()}`, Date.now() - 60_000, '1.2', false);
    add(made);
    return {
      file,
      format: 'otlp',
      traces: 1,
      spans: made.length,
      logs: 0,
      metricPoints: 0,
      known: 2,
      refused: [{ reason: 'a span without an id', count: 1, at: 'resourceSpans[0].scopeSpans[0].spans[7]' }],
      notes: ['Times were cut to microseconds.'],
      traceIds: [made[0]!.traceId],
    };
  };
  return {
    searchTraces: async (search) => {
      const found = searchTraces(reader(), search);
      return {
        ...found,
        items: found.items.map((trace) => ({ ...trace, pinned: pinned.has(trace.traceId) })),
      };
    },
    searchLogs: async (search) => searchLogs(table, search),
    fieldCatalog: async () => catalog.of(reader()),
    operations: async (search) => operations(reader(), search),
    spanSteps: async (search) => spanSteps(reader(), search),
    percentile: async (question) => percentile(reader(), question),
    serviceMap: async (search) => serviceMap(reader(), search),
    errorGroups: async (search) => errorGroups(reader(), search),
    tokenLedger: async (search) => tokenLedger(reader(), search, { prices: [] }),
    traceTokens: async ({ traceIds }) => traceTokens(reader(), traceIds, { prices: [] }),
    cacheLens: async (search) => cacheLens(reader(), search, { prices: [] }),
    callTree: async (search) => callTree(reader(), search, { prices: [] }),
    backLinks: async () => [],
    pinTrace: async ({ traceId, pinned: isPinned }) => {
      if (isPinned) pinned.add(traceId);
      else pinned.delete(traceId);
    },
    traceAbsence: async ({ traceId }) =>
      traceId === PRUNED_TRACE ? { reason: 'pruned', atMs: PRUNED_MS } : { reason: 'unknown' },
    savedQueries: async () => queries,
    saveQuery: async (query) => (queries = [...others(query), query]),
    removeQuery: async (key) => (queries = others(key)),
    chooseTraceFiles: async () => [report('shop.json')],
    importTraceFiles: async ({ paths }) => paths.map((path) => report(path)),
    exportTraces: async ({ selection, format }) => ({
      path: `traces.${format}`,
      format,
      traces: 'traceIds' in selection ? selection.traceIds.length : 1,
      spans: 120,
      bytes: 48_000,
      notes: [],
    }),
    textForLlm: async ({ traceId }) => `trace ${traceId}\nPOST /checkout 84 ms`,
  };
}

const hash = (text: string): number => {
  let value = 2166136261;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  return value >>> 0;
};
const hex = (text: string, digits: number): string => {
  let made = '';
  for (let part = 0; made.length < digits; part += 1)
    made += hash(`${text} ${part}`).toString(16).padStart(8, '0');
  return made.slice(0, digits);
};
const originOf = (name: string, version: string): Origin => ({
  resource: { 'service.name': name, 'service.version': version, 'host.name': 'demo' },
  scope: { name: 'demo', version: null },
});

/** A request to a small shop; all of it follows from `seed`. */
function shopTrace(seed: string, startMs: number, version: string, isFailing: boolean): SpanRecord[] {
  const traceId = hex(`trace ${seed}`, 32);
  const random = (what: string) => (hash(`${seed} ${what}`) % 1000) / 1000;
  const kind =
    random('kind') < 0.55 ? 'POST /checkout' : random('kind') < 0.85 ? 'GET /items' : 'GET /search';
  const slow = (version === '1.1' ? 1.35 : 1) * (random('slow') < 0.06 ? 14 : 1);
  const spans: SpanRecord[] = [];
  const span = (
    parent: SpanRecord | null,
    name: string,
    service: string,
    atMs: number,
    ms: number,
    attributes: Attributes = {},
    failed = false,
  ): SpanRecord => {
    const made: SpanRecord = {
      traceId,
      spanId: hex(`${seed} span ${spans.length}`, 16),
      parentSpanId: parent?.spanId ?? null,
      name,
      kind: parent === null ? 'server' : 'client',
      startMs: atMs,
      endMs: atMs + ms,
      status: failed ? 'error' : 'unset',
      statusMessage: failed ? 'upstream timed out after 30 s' : null,
      attributes,
      events: [],
      links: [],
      origin: originOf(service, service === 'shop' ? version : '3.4'),
    };
    spans.push(made);
    return made;
  };
  const total = (20 + 90 * random('total')) * slow;
  const root = span(
    null,
    kind,
    'shop',
    startMs,
    total,
    {
      'http.request.method': kind.split(' ')[0]!,
      'http.route': kind.split(' ')[1]!,
      'http.response.status_code': isFailing ? 504 : 200,
    },
    isFailing,
  );
  const auth = span(root, 'auth check', 'shop', startMs + 0.4, total * 0.08);
  span(auth, 'SELECT session', 'shop', startMs + 0.6, total * 0.05, { 'db.system.name': 'postgresql' });
  const call = span(
    root,
    'POST',
    'shop',
    startMs + total * 0.12,
    total * 0.7,
    { 'server.address': 'pay' },
    isFailing,
  );
  const pay = span(call, 'charge card', 'pay', startMs + total * 0.16, total * 0.6, {}, isFailing);
  const rows = version === '1.1' ? 9 : 3;
  for (let row = 0; row < rows; row += 1) {
    span(pay, 'SELECT account', 'pay', startMs + total * (0.2 + (0.5 * row) / rows), (total * 0.45) / rows, {
      'db.system.name': 'postgresql',
      'db.query.text': 'SELECT * FROM account WHERE id = ?',
    });
  }
  if (kind === 'GET /search')
    span(root, 'chat gpt-4o-mini', 'shop', startMs + total * 0.83, total * 0.12, {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.usage.input_tokens': 400 + Math.round(2000 * random('asked')),
      'gen_ai.usage.output_tokens': 40 + Math.round(300 * random('answered')),
      'tracedeck.cost': 0.0004 + 0.002 * random('asked'),
    });
  if (version === '1.1') span(root, 'publish receipt', 'shop', startMs + total * 0.85, total * 0.1);
  return spans;
}

/** What other programs did in the last two hours before `nowMs`. */
export function shopTraces(nowMs: number, count = 160): SpanRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const startMs = nowMs - 7_200_000 + (7_100_000 * index) / count + (hash(`jitter ${index}`) % 20_000);
    return shopTrace(`shop ${index}`, startMs, index < count * 0.6 ? '1.0' : '1.1', index % 17 === 5);
  }).flat();
}
