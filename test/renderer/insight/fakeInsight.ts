/** Answers to what the Insight views ask: made up, the same every time for the same moment, shaped like the real ones. */
import { BUCKET_BASE_MS, BUCKET_GROWTH } from '../../../shared/analysis/durationBuckets.ts';
import type { Api } from '../../../shared/ipc.ts';
import type { HistogramValue } from '../../../shared/metric.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import type { TelemetryStatus } from '../../../shared/telemetrySettings.ts';
import type {
  CacheLens,
  DurationBuckets,
  ErrorGroup,
  FoundMetric,
  LedgerRow,
  LeftOut,
  MetricInstrument,
  MetricSeries,
  OperationStats,
  ReceiverStatus,
  ServiceMap,
  SpanSteps,
  SpanStepsSearch,
  StepFigures,
  TraceStoreStatus,
} from '../../../shared/traceQuery.ts';

type Answers = Pick<
  Api,
  | 'operations'
  | 'spanSteps'
  | 'serviceMap'
  | 'errorGroups'
  | 'tokenLedger'
  | 'cacheLens'
  | 'metricInstruments'
  | 'exemplars'
  | 'metricSeries'
  | 'traceStoreStatus'
  | 'telemetryStatus'
  | 'receiverStatus'
  | 'runSql'
  | 'trace'
  | 'fieldCatalog'
>;

const HOUR = 3_600_000;
const FAILED_TRACE = '0af7651916cd43dd8448eb211c80319c';
const LEFT_OUT: LeftOut = { more: false, scanned: 182_400, unscanned: 0, prunedBeforeMs: null };

/** The same numbers for the same seed, 0 to 1 (mulberry32, public domain). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A lognormal hump with a tail, in buckets that grow by 2 %. */
export function bucketsAround(
  medianMs: number,
  spread: number,
  spans: number,
  tailShare = 0,
): DurationBuckets {
  const growth = BUCKET_GROWTH;
  const middle = Math.round(Math.log(medianMs / BUCKET_BASE_MS) / Math.log(growth));
  const reach = Math.ceil((3 * spread) / Math.log(growth));
  const counts = Array.from({ length: reach * 2 + 1 }, (_, index) => {
    const z = ((index - reach) * Math.log(growth)) / spread;
    const tail = ((index - reach * 1.7) * Math.log(growth)) / (spread * 0.25);
    const share = Math.exp(-z * z * 0.5) + tailShare * 4 * Math.exp(-tail * tail * 0.5);
    return Math.round((spans * share * Math.log(growth)) / (spread * 2.5)) + (index === reach ? 1 : 0);
  });
  return { baseMs: BUCKET_BASE_MS, growth, first: middle - reach, counts };
}

export function anOperation(
  name: string | null,
  medianMs: number,
  count: number,
  more: Partial<OperationStats> = {},
): OperationStats {
  const p95Ms = medianMs * 2.4;
  return {
    service: 'tracedeck',
    version: null,
    name,
    kind: 'internal',
    count,
    errors: 0,
    open: 0,
    totalMs: medianMs * count * 1.15,
    selfMs: medianMs * count * 0.3,
    p50Ms: medianMs,
    p95Ms,
    p99Ms: medianMs * 4.1,
    maxMs: medianMs * 7,
    rate: count / 3600,
    beganOverMs: 3_600_000,
    buckets: bucketsAround(medianMs, 0.45, count, 0.03),
    ...more,
  };
}

const OPERATIONS: readonly OperationStats[] = [
  anOperation('run', 184_000, 6),
  anOperation('item', 412, 4180, { errors: 38, open: 4 }),
  anOperation('stage analyse', 220, 4180),
  anOperation('stage write', 181, 4142, { errors: 21 }),
  anOperation('chat gpt-4o-mini', 640, 2210, { kind: 'client', errors: 17, selfMs: 1_400_000 }),
  anOperation('POST', 610, 2260, { kind: 'client', errors: 52 }),
  anOperation('cache get', 0.061, 16_720),
  anOperation('cache set', 0.11, 4420),
  anOperation('save note', 1.4, 4100),
  anOperation('SELECT cards', 0.24, 9300, { kind: 'client' }),
  anOperation('GET /api/words/{id}', 38, 5210, { service: 'dictionary', kind: 'server', errors: 3 }),
  anOperation('GET /health', 0.9, 720, { service: 'dictionary', kind: 'server' }),
  anOperation('render card preview with a name that goes on for much longer than others do', 12, 310, {
    service: 'preview',
  }),
];

const VERSIONS: readonly OperationStats[] = OPERATIONS.filter(
  ({ service }) => service === 'tracedeck',
).flatMap((row, index) => [
  { ...row, version: '0.9.4' },
  {
    ...row,
    version: '0.10.0',
    count: index === 0 ? 3 : Math.round(row.count * 0.4),
    p50Ms: row.p50Ms * [1, 0.82, 0.97, 1.31, 1.02][index % 5]!,
    p95Ms: row.p95Ms * [1, 0.7, 1.01, 1.62, 0.9][index % 5]!,
    buckets: bucketsAround(row.p50Ms * [1, 0.82, 0.97, 1.31, 1.02][index % 5]!, 0.4, row.count * 0.4),
  },
]);

export const SERVICE_MAP: ServiceMap = {
  nodes: [
    { id: 'tracedeck', kind: 'service', spans: 48_100, errors: 111, p95Ms: 980 },
    { id: 'dictionary', kind: 'service', spans: 5930, errors: 3, p95Ms: 92 },
    { id: 'preview', kind: 'service', spans: 310, errors: 0, p95Ms: 31 },
    { id: 'sqlite deck', kind: 'database', spans: 9300, errors: 0, p95Ms: 0.6 },
    { id: 'sqlite cache', kind: 'database', spans: 21_140, errors: 0, p95Ms: 0.3 },
    { id: 'openai api.openai.com:443', kind: 'model', spans: 2210, errors: 170, p95Ms: 1540 },
    { id: 'kafka cards', kind: 'queue', spans: 310, errors: 0, p95Ms: 4 },
    { id: 'postgresql words', kind: 'database', spans: 5210, errors: 0, p95Ms: 21 },
  ],
  edges: [
    { from: 'tracedeck', to: 'dictionary', calls: 5210, errors: 3, p50Ms: 38, p95Ms: 92 },
    { from: 'tracedeck', to: 'sqlite deck', calls: 9300, errors: 0, p50Ms: 0.2, p95Ms: 0.6 },
    { from: 'tracedeck', to: 'sqlite cache', calls: 21_140, errors: 0, p50Ms: 0.1, p95Ms: 0.3 },
    { from: 'tracedeck', to: 'openai api.openai.com:443', calls: 2210, errors: 170, p50Ms: 640, p95Ms: 1540 },
    { from: 'tracedeck', to: 'kafka cards', calls: 310, errors: 0, p50Ms: 1, p95Ms: 4 },
    { from: 'kafka cards', to: 'preview', calls: 310, errors: 0, p50Ms: 12, p95Ms: 31 },
    { from: 'dictionary', to: 'postgresql words', calls: 5210, errors: 0, p50Ms: 9, p95Ms: 21 },
    { from: 'preview', to: 'tracedeck', calls: 40, errors: 0, p50Ms: 9, p95Ms: 21 },
  ],
  leftOut: LEFT_OUT,
};

const errorGroupsAt = (nowMs: number): readonly ErrorGroup[] =>
  (
    [
      ['rate_limited', 'chat gpt-4o-mini', 'The server asks to wait # s: too many requests.', 112, 14],
      ['timeout', 'POST', 'No answer from <url> within # ms.', 38, 20],
      ['answer_truncated', 'stage write', 'The model stopped in the middle of its answer.', 21, 6],
      ['SQLITE_BUSY', 'save note', 'database is locked', 4, 2],
      ['', 'render card preview', '', 1, 22],
    ] as const
  ).map(([errorType, name, message, count, peak], index) => ({
    errorType,
    service: 'tracedeck',
    name,
    message,
    count,
    firstMs: nowMs - (5 - index) * HOUR,
    lastMs: nowMs - index * 600_000 - 4000,
    trend: Array.from({ length: 24 }, (_, step) =>
      Math.round((count * Math.exp(-((step - peak) ** 2) / 14)) / 6),
    ),
    examples: [0, 1, 2].map((at) => ({
      traceId: FAILED_TRACE,
      spanId: 'b9c7c989f97918e4',
      timeMs: nowMs - index * 600_000 - 4000 - at * 61_000,
    })),
  }));

const urlOf = (name: string): SpanRecord['attributes'] =>
  name === 'POST' ? { 'url.full': 'https://api.openai.com/v1/chat/completions' } : {};

function failedTrace(nowMs: number): readonly SpanRecord[] {
  const span = (
    spanId: string,
    parentSpanId: string | null,
    name: string,
    startMs: number,
    ms: number,
    isFailed = false,
  ) =>
    ({
      traceId: FAILED_TRACE,
      spanId,
      parentSpanId,
      name,
      kind: 'internal',
      startMs: nowMs - 9000 + startMs,
      endMs: nowMs - 9000 + startMs + ms,
      status: isFailed ? 'error' : 'unset',
      statusMessage: isFailed ? 'The server asks to wait 20 s: too many requests.' : null,
      attributes: urlOf(name),
      events: [],
      links: [],
    }) satisfies SpanRecord;
  return [
    span('00000000000000a1', null, 'run', 0, 8800),
    span('00000000000000a2', '00000000000000a1', 'item', 5100, 2300, true),
    span('00000000000000a3', '00000000000000a2', 'stage write', 5300, 2000, true),
    span('00000000000000a4', '00000000000000a3', 'chat gpt-4o-mini', 5320, 1900, true),
    span('b9c7c989f97918e4', '00000000000000a4', 'POST', 5330, 1880, true),
  ];
}

const LEDGER: Readonly<Record<string, readonly LedgerRow[]>> = {
  model: [
    ledgerRow('gpt-4o-mini', 2210, [410_200, 1_204_000, 88_000, 512_400], 61_000, 0.91, 310_000, 0.12),
    ledgerRow('claude-sonnet-4', 310, [96_000, 402_000, 120_000, 88_000], 0, 2.4, 41_000, 0.09),
    ledgerRow('qwen3:8b', 1240, [310_000, 0, 0, 98_000], 22_000, null, 12_000, null, 40),
    ledgerRow('', 3, [0, 0, 0, 0], 0, null, 0, null, 3),
  ],
  stage: [
    ledgerRow('write', 2420, [510_200, 1_404_000, 188_000, 612_400], 71_000, 2.61, 300_000, 0.18),
    ledgerRow('analyse', 1343, [306_000, 202_000, 20_000, 86_000], 12_000, 0.7, 63_000, 0.03, 43),
  ],
};
function ledgerRow(
  key: string,
  calls: number,
  [uncachedInput, cacheRead, cacheWrite, output]: readonly [number, number, number, number],
  reasoning: number,
  cost: number | null,
  savedTokens: number,
  savedCost: number | null,
  untold = 0,
): LedgerRow {
  const total = uncachedInput + cacheRead + cacheWrite + output;
  return {
    key,
    calls,
    uncachedInput,
    cacheRead,
    cacheWrite,
    output,
    reasoning,
    total,
    untold,
    cost,
    savedTokens,
    savedCost,
  };
}
const dayRows = (nowMs: number): readonly LedgerRow[] =>
  Array.from({ length: 9 }, (_, at) => {
    const date = new Date(nowMs - at * 24 * HOUR);
    const key = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
      .map((n) => String(n).padStart(2, '0'))
      .join('-');
    const times = 1 + Math.sin(at * 2.1) * 0.6;
    return ledgerRow(
      key,
      Math.round(300 * times),
      [60_000 * times, 140_000 * times, 12_000 * times, 66_000 * times].map(
        Math.round,
      ) as unknown as readonly [number, number, number, number],
      Math.round(8000 * times),
      0.2 * times,
      30_000,
      0.02,
    );
  });

function lensOf(points: number, nowMs: number): CacheLens {
  const stepMs = (2 * HOUR) / points;
  const startMs = Array.from({ length: points }, (_, step) => nowMs - 2 * HOUR + step * stepMs);
  const random = randomOf(7);
  const series = (['memory', 'disk'] as const).flatMap((tier) =>
    ['analyse', 'write'].map((stage) => {
      const asked = startMs.map((_, step) =>
        Math.round((tier === 'memory' ? 46 : 22) * (0.8 + 0.4 * random()) * (step < 6 ? 0.2 : 1)),
      );
      const rate = (step: number) => (step > points * 0.7 ? 0.28 : 0.66) * (tier === 'memory' ? 0.7 : 1);
      const hit = asked.map((count, step) => Math.round(count * rate(step) * (0.9 + 0.2 * random())));
      const stale = asked.map((count) => Math.round(count * 0.04));
      return {
        tier,
        stage,
        startMs,
        hit,
        stale,
        miss: asked.map((count, step) => Math.max(0, count - hit[step]! - stale[step]!)),
      };
    }),
  );
  return {
    stepMs,
    series,
    savedTokens: 363_000,
    savedCost: 0.21,
    drop: { from: 0.81, to: 0.42, atMs: nowMs - 0.6 * HOUR },
    leftOut: LEFT_OUT,
  };
}

const instrumentsAt = (nowMs: number): readonly MetricInstrument[] =>
  (
    [
      ['tracedeck.items', '{item}', 'Finished rows, by state.', 'counter', 4],
      ['tracedeck.item.duration', 's', 'From taking a row to its end.', 'histogram', 2],
      ['tracedeck.cache.lookups', '{lookup}', 'Lookups by tier and outcome.', 'counter', 12],
      ['tracedeck.cache.size', 'By', 'What a tier holds.', 'gauge', 2],
      ['tracedeck.tokens', '{token}', 'Tokens by kind, each once.', 'counter', 5],
      ['tracedeck.limit.remaining', '', 'Left of the rate limit.', 'gauge', 2],
      ['gen_ai.client.operation.duration', 's', 'Model calls.', 'histogram', 3],
      ['http.client.request.duration', 's', 'Requests.', 'histogram', 3],
      ['db.client.operation.duration', 's', 'Statements.', 'histogram', 8],
      ['process.cpu.time', 's', 'CPU seconds by state.', 'counter', 2],
    ] as const
  ).map(([name, unit, description, kind, series]) => ({
    name,
    unit,
    description,
    kind,
    series,
    service: name.startsWith('process') ? 'dictionary' : 'tracedeck',
    firstMs: nowMs - 3 * HOUR,
    lastMs: nowMs,
  }));

const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
function histogramAt(step: number, random: () => number): HistogramValue {
  const middle = 5.5 + Math.sin(step / 14) * 1.6;
  const counts = [...BOUNDARIES, 0].map((_, index) =>
    Math.round(60 * random() * Math.exp(-((index - middle) ** 2) / 3.2)),
  );
  const count = counts.reduce((sum, each) => sum + each, 0);
  return { count, sum: count * 0.2, min: 0.004, max: 3.1, boundaries: BOUNDARIES, counts };
}

function metricOf(instrument: MetricInstrument, points: number, nowMs: number): FoundMetric {
  const stepMs = 60_000;
  const steps = Math.min(points, 120);
  const startMs = Array.from({ length: steps }, (_, step) => nowMs - (steps - step) * stepMs);
  const series = Array.from({ length: instrument.series }, (_, at): MetricSeries => {
    const random = randomOf(instrument.name.length * 31 + at);
    const isHistogram = instrument.kind === 'histogram';
    const size =
      instrument.unit === 'By'
        ? 3_000_000
        : instrument.name.includes('limit')
          ? [480, 92_000][at]!
          : 400 / (at + 1);
    const values = startMs.map((_, step) => {
      if (step > 50 && step < 58) return null;
      return size * (0.7 + 0.3 * Math.sin(step / 9 + at) + 0.15 * random());
    });
    return {
      attributes: instrument.name.includes('limit')
        ? { 'server.address': 'api.openai.com', 'tracedeck.limit.kind': ['requests', 'tokens'][at]! }
        : { 'tracedeck.stage': at % 2 === 0 ? 'analyse' : 'write', 'tracedeck.series': `s${at}` },
      values: isHistogram ? startMs.map(() => null) : values,
      histograms: startMs.map((_, step) =>
        isHistogram && values[step] !== null ? histogramAt(step + at * 9, random) : null,
      ),
      exemplars: startMs
        .filter((_, step) => step % 11 === at)
        .map((timeMs, index) => ({
          value: isHistogram ? 0.1 + (index % 5) * 0.55 : 3 + index,
          timeMs: timeMs + 20_000,
          traceId: FAILED_TRACE,
          spanId: 'b9c7c989f97918e4',
        })),
    };
  });
  return {
    instrument,
    startMs,
    stepMs,
    series,
    leftOut: { ...LEFT_OUT, unscanned: instrument.series > 10 ? 6 : 0 },
  };
}

const storeAt = (nowMs: number): TraceStoreStatus => ({
  path: '/home/me/.config/Tracedeck/traces.db',
  bytes: 1_412_000_000,
  maxBytes: 2_000_000_000,
  traces: 18_204,
  pinnedTraces: 3,
  spans: 11_904_112,
  logs: 41_200,
  metricPoints: 312_000,
  oldestMs: nowMs - 12 * 24 * HOUR,
  prunedTraces: 1204,
  prunedSpans: 802_000,
  prunedBeforeMs: nowMs - 12 * 24 * HOUR,
  refusedSpans: 0,
  duplicateSpans: 412,
  orphanSpans: 88,
  skewedSpans: 12,
  lateSpans: 0,
  setAside: [],
});

const counts = { operations: 4180, spans: 4180, rows: 0, leftOut: 0, errors: 38, slow: 0 };
const signal = { taken: 48_000, sent: 47_100, rejected: 40, dropped: 0, queued: 260, spooled: 600 };
const telemetryAt = (nowMs: number): TelemetryStatus => ({
  components: {
    pipeline: { mode: 'full', ...counts },
    generator: { mode: 'leaf', ...counts, spans: 0, rows: 4180 },
    cache: { mode: 'leaf', ...counts, operations: 21_140, spans: 0, rows: 21_140, errors: 0 },
    database: {
      mode: 'sampled',
      ...counts,
      operations: 140_200,
      spans: 0,
      rows: 2204,
      leftOut: 137_996,
      slow: 14,
    },
    client: { mode: 'full', ...counts, operations: 2260, spans: 2258, errors: 52 },
    ipc: { mode: 'full', ...counts, operations: 914, spans: 914, errors: 0 },
  },
  exporters: [
    {
      id: 'collector',
      kind: 'otlp',
      source: 'settings',
      state: 'waiting',
      target: 'http://127.0.0.1:4318',
      signals: {
        traces: signal,
        metrics: { ...signal, taken: 900, sent: 900, rejected: 0, queued: 0, spooled: 0 },
      },
      spoolBytes: 41_200_000,
      requests: 412,
      retries: 12,
      latencyMs: 18,
      lastSentMs: nowMs - 90_000,
      lastError: { message: 'connect ECONNREFUSED 127.0.0.1:4318', timeMs: nowMs - 4000 },
    },
  ],
  above: { isOff: false, file: null, ratio: null },
  spans: {
    started: 12_400,
    ended: 12_396,
    held: 10_000,
    evicted: 2400,
    headDropped: 0,
    tailDropped: 0,
    tailDroppedTraces: 0,
    undecided: 0,
    windowDropped: 0,
  },
  store: { written: 40_100, failed: 0, lost: 0, writtenLogs: 410, lostLogs: 0 },
  memory: { columnBytes: 22_000_000, textBytes: 400_000, rowBytes: 8_000_000 },
  faults: 0,
  faultKinds: [],
});

const receiverAt = (nowMs: number): ReceiverStatus => ({
  http: { state: 'listening', url: 'http://127.0.0.1:4318', fault: null },
  grpc: { state: 'off', url: null, fault: null },
  hasToken: false,
  requests: 812,
  refusedRequests: 0,
  spans: 6240,
  logs: 120,
  metricPoints: 3400,
  rejected: 0,
  lastMs: nowMs - 3000,
});

/** Steady for the most part, worse for a while, silent for a while; durations in one bad step far beyond the rest. */
function stepsOf({ fromMs, toMs, points, slowMs, percentile, query }: SpanStepsSearch): SpanSteps {
  const stepMs = (toMs - fromMs) / points;
  const isWorse = query.includes('item');
  const steps = Array.from({ length: points }, (_, at): StepFigures => {
    const place = at / points;
    const count = place > 0.3 && place < 0.38 ? 0 : 20 + ((at * 7) % 13);
    const isBad = isWorse ? place > 0.6 && place < 0.75 : place > 0.9;
    const errors = count === 0 ? 0 : isBad ? 4 + (at % 3) : at % 6 === 0 ? 1 : 0;
    const slow = slowMs === null || count === 0 ? 0 : isBad ? 6 : at % 4 === 0 ? 1 : 0;
    const usual = (slowMs ?? 1000) * (0.5 + ((at * 5) % 11) / 40);
    return {
      startMs: fromMs + at * stepMs,
      count,
      errors,
      slow,
      percentileMs:
        percentile === null || count === 0 ? null : isBad ? usual * (at % 5 === 0 ? 9 : 2) : usual,
    };
  });
  const sum = (key: 'count' | 'errors' | 'slow') => steps.reduce((total, step) => total + step[key], 0);
  return {
    stepMs,
    steps,
    whole: {
      startMs: fromMs,
      count: sum('count'),
      errors: sum('errors'),
      slow: sum('slow'),
      percentileMs: percentile === null ? null : (slowMs ?? 1000) * 0.9,
    },
    leftOut: LEFT_OUT,
    tookMs: 4,
  };
}

/** `nowMs` stands for the moment at which all of it is asked. */
export function fakeInsight(nowMs: number): Answers {
  const found = <T>(items: readonly T[]) => ({ items, leftOut: LEFT_OUT, tookMs: 12 });
  return {
    operations: async ({ by }) =>
      found(
        by === 'version'
          ? VERSIONS
          : by === 'operation'
            ? OPERATIONS
            : [...new Set(OPERATIONS.map(({ service }) => service))].map((service) =>
                anOperation(null, 60, 5200, { service, errors: 12 }),
              ),
      ),
    spanSteps: async (search) => stepsOf(search),
    serviceMap: async () => SERVICE_MAP,
    errorGroups: async () => found(errorGroupsAt(nowMs)),
    tokenLedger: async ({ by }) => found(by === 'day' ? dayRows(nowMs) : (LEDGER[by] ?? LEDGER['model']!)),
    cacheLens: async ({ points }) => lensOf(points, nowMs),
    metricInstruments: async () => instrumentsAt(nowMs),
    exemplars: async ({ traceId }) => {
      const instrument = instrumentsAt(nowMs).find(({ kind }) => kind === 'histogram')!;
      const { name, service, kind, unit } = instrument;
      const [series] = metricOf(instrument, 120, nowMs).series;
      const [exemplar] = traceId === FAILED_TRACE ? series!.exemplars : [];
      return exemplar === undefined
        ? []
        : [{ ...exemplar, name, service, kind, unit, attributes: series!.attributes }];
    },
    metricSeries: async ({ name, points }) => {
      const instrument = instrumentsAt(nowMs).find((each) => each.name === name);
      return instrument === undefined ? null : metricOf(instrument, points, nowMs);
    },
    traceStoreStatus: async () => storeAt(nowMs),
    telemetryStatus: async () => telemetryAt(nowMs),
    receiverStatus: async () => receiverAt(nowMs),
    runSql: async ({ sql, limit }) => {
      if (/nope/.test(sql)) {
        throw Object.assign(new Error('no such table: nope'), {
          code: 'sql_failed',
          hint: 'There are spans, traces, logs and others: see the list beside the editor.',
        });
      }
      const random = randomOf(3);
      const rows = Array.from(
        { length: Math.min(limit, 5000) },
        (_, at): readonly (string | number | null)[] => [
          OPERATIONS[at % OPERATIONS.length]!.name,
          Math.round(random() * 9000),
          random() * 100,
          at % 9 === 0 ? null : random() * 1000,
          FAILED_TRACE,
        ],
      );
      return {
        columns: ['name', 'calls', 'p50(duration_ms)', 'p95', 'trace_id'],
        rows,
        truncated: true,
        tookMs: 84,
      };
    },
    trace: async () => encodeSpans([...failedTrace(nowMs)]),
    fieldCatalog: async () => ({
      operations: OPERATIONS.flatMap(({ name }) => (name === null ? [] : [name])),
      services: ['tracedeck', 'dictionary', 'preview'],
      attributes: [{ key: 'http.route', types: ['string'], values: ['/api/words/{id}'] }],
    }),
  };
}
