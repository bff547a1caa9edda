/**
 * What can be asked of the trace store, by a window and on the command line: parameters, parsed at the door, and
 * results as plain data. Times are epoch milliseconds, durations milliseconds, unless a name says otherwise.
 */
import { z } from 'zod';
import type { Exemplar, HistogramValue } from './metric.ts';
import type { Attributes, LogRecord, Origin, SpanKind, SpanStatus, TraceSummary } from './span.ts';

export const traceIdSchema = z.string().regex(/^[0-9a-f]{32}$/);
export const spanIdSchema = z.string().regex(/^[0-9a-f]{16}$/);

/** A question in the query language (docs/query-language.md; empty: everything), within a time by start. */
export const searchSchema = z.strictObject({
  query: z.string().max(4000).default(''),
  fromMs: z.number().nullable().default(null),
  toMs: z.number().nullable().default(null),
});
export type Search = z.infer<typeof searchSchema>;

/** Traces with a span that one of these queries finds are left out, before any limit. Unreadable ones leave out nothing. */
const hideSchema = z.array(z.string().max(4000)).max(20).optional();
/** What `hide` did. Not given: nothing was to be hidden. */
export type Hidden = {
  /** Traces that would have been in the answer. */
  readonly traces: number;
  /** Queries of `hide` that cannot be read, by their place in it. */
  readonly faults: readonly { readonly at: number; readonly message: string }[];
};

/** What `hideSpans` did: such spans are left out, and what is below them stands below the nearest that is shown. */
export type HiddenSpans = { readonly spans: number; readonly faults: Hidden['faults'] };

/** What a result is not: every list and every figure says it. */
export type LeftOut = {
  /** More matches than the limit asked for. */
  readonly more: boolean;
  /** Spans (or records) that were looked at. */
  readonly scanned: number;
  /** Within the asked time, not looked at: the limit of time or of spans was reached first. */
  readonly unscanned: number;
  /** Traces before this have been pruned; `null` where none has. */
  readonly prunedBeforeMs: number | null;
  /** Within the asked time, in a damaged part of the file: not looked at. Not given: none. */
  readonly damaged?: number;
};
export type Found<T> = {
  readonly items: readonly T[];
  readonly leftOut: LeftOut;
  /** Spent in the store. */
  readonly tookMs: number;
};

// ── Lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The most of each first; of tokens and cost those that their model calls used. */
export const TRACE_ORDERS = ['newest', 'longest', 'spans', 'errors', 'tokens', 'cost'] as const;
export type TraceOrder = (typeof TRACE_ORDERS)[number];
/** Orders by what model calls used: no summary has it. */
export type UsageOrder = Extract<TraceOrder, 'tokens' | 'cost'>;
export const traceSearchSchema = searchSchema.extend({
  order: z.enum(TRACE_ORDERS).default('newest'),
  limit: z.int().min(1).max(10_000).default(100),
  hide: hideSchema,
});
export type TraceSearch = z.infer<typeof traceSearchSchema>;
/** A trace that has a match; `matched` counts its spans that do (all of them where nothing was asked). */
export type FoundTrace = TraceSummary & {
  readonly matched: number;
  /** Given where the list is in the order of tokens or cost, and the trace has model calls; cost in US dollars. */
  readonly usage?: Pick<TraceTokens, 'tokens' | 'cost'>;
};
export type FoundTraces = Found<FoundTrace> & { readonly hidden?: Hidden };

export const SPAN_ORDERS = ['newest', 'longest'] as const;
export const spanSearchSchema = searchSchema.extend({
  order: z.enum(SPAN_ORDERS).default('newest'),
  limit: z.int().min(1).max(100_000).default(200),
});
export type SpanSearch = z.infer<typeof spanSearchSchema>;
export type FoundSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly service: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly startMs: number;
  /** `null` while it is open. */
  readonly durationMs: number | null;
  readonly attributes: Attributes;
};

export const logSearchSchema = searchSchema.extend({
  traceId: traceIdSchema.nullable().default(null),
  limit: z.int().min(1).max(10_000).default(500),
});
export type LogSearch = z.infer<typeof logSearchSchema>;
/** Newest last. */
export type FoundLogs = Found<LogRecord>;

/** What there is to ask for: feeds the completion. Values are the most frequent ones, at most 50 a field. */
export type FieldCatalog = {
  readonly operations: readonly string[];
  readonly services: readonly string[];
  readonly attributes: readonly {
    readonly key: string;
    readonly types: readonly ('string' | 'number' | 'boolean' | 'list')[];
    readonly values: readonly string[];
  }[];
};

// ── Figures over many spans ─────────────────────────────────────────────────────────────────────────────────────────

/** Counts by duration, cut exponentially: bucket `i` ends at `baseMs * growth ** i`. */
export type DurationBuckets = {
  readonly baseMs: number;
  readonly growth: number;
  readonly first: number;
  readonly counts: readonly number[];
};

export const OPERATION_GROUPS = ['operation', 'version', 'service'] as const;
export const operationsSchema = searchSchema.extend({
  by: z.enum(OPERATION_GROUPS).default('operation'),
  limit: z.int().min(1).max(5000).default(500),
});
export type OperationsSearch = z.infer<typeof operationsSchema>;
/** Spans of one operation (or of one service or version of it), those that ended. Percentiles are within 1 %. */
export type OperationStats = {
  readonly service: string;
  /** `null` where they are not told apart by version, or have none. */
  readonly version: string | null;
  /** `null` where operations are not told apart. */
  readonly name: string | null;
  readonly kind: SpanKind;
  readonly count: number;
  readonly errors: number;
  readonly open: number;
  readonly totalMs: number;
  readonly selfMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Begun a second, from the first start to the last of these spans; `null` where these are less than a second apart. */
  readonly rate: number | null;
  /** How far apart these two starts are. */
  readonly beganOverMs: number;
  readonly buckets: DurationBuckets;
};

export const spanStepsSchema = searchSchema.extend({
  fromMs: z.number(),
  toMs: z.number(),
  /** Into so many steps of equal length. */
  points: z.int().min(1).max(300),
  /** Spans that took longer are counted as slow; `null`: none is. */
  slowMs: z.number().min(0).nullable().default(null),
  /** Of durations, 0 to 1; `null`: none is wanted. */
  percentile: z.number().min(0).max(1).nullable().default(null),
});
export type SpanStepsSearch = z.infer<typeof spanStepsSchema>;
/** Spans that began in a step and have ended. */
export type StepFigures = {
  readonly startMs: number;
  readonly count: number;
  readonly errors: number;
  readonly slow: number;
  /** Within 1 %; `null` where there is no span, or none is wanted. */
  readonly percentileMs: number | null;
};
export type SpanSteps = {
  readonly stepMs: number;
  /** Oldest first. */
  readonly steps: readonly StepFigures[];
  /** All steps as one. */
  readonly whole: StepFigures;
  readonly leftOut: LeftOut;
  /** Spent in the store. */
  readonly tookMs: number;
};

/** Where a duration stands among all of its operation: the share of them that were shorter, 0 to 1. */
export type PercentileBadge = {
  readonly count: number;
  readonly below: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly buckets: DurationBuckets;
};

/** Calls from one service (or store, or model server: what `peer` names) to another. */
export type ServiceMap = {
  readonly nodes: readonly {
    readonly id: string;
    readonly kind: 'service' | 'database' | 'model' | 'server' | 'queue';
    readonly spans: number;
    readonly errors: number;
    readonly p95Ms: number;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly calls: number;
    readonly errors: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
  }[];
  readonly leftOut: LeftOut;
};

/** Failures that are the same fault: error type, operation, and the message without its numbers and ids. */
export type ErrorGroup = {
  readonly errorType: string;
  readonly service: string;
  readonly name: string;
  readonly message: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** How often, in steps of equal length over the time that all groups of the answer cover. */
  readonly trend?: readonly number[];
  /** Newest first, at most five. */
  readonly examples: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly timeMs: number;
  }[];
};

export const LEDGER_GROUPS = ['model', 'stage', 'run', 'day'] as const;
export const ledgerSchema = searchSchema.extend({ by: z.enum(LEDGER_GROUPS).default('model') });
export type LedgerSearch = z.infer<typeof ledgerSchema>;
/**
 * Tokens of model calls. `uncachedInput + cacheRead + cacheWrite + output = total`; reasoning is part of output,
 * and each token is counted once however many spans of a trace repeat it.
 */
export type LedgerRow = {
  readonly key: string;
  readonly calls: number;
  readonly uncachedInput: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  readonly total: number;
  /** Calls that said nothing of their tokens. */
  readonly untold: number;
  /** In US dollars; `null` where no call had a price. */
  readonly cost: number | null;
  /** What answers from our own cache would have cost. */
  readonly savedTokens: number;
  readonly savedCost: number | null;
};

/** What the model calls of a trace used: each token once, answers of our own cache not at all. */
export type TraceTokens = {
  readonly traceId: string;
  readonly calls: number;
  readonly tokens: number;
  /** In US dollars; `null` where no call had a price. */
  readonly cost: number | null;
};
/** Traces without model calls are in neither. */
export type FoundTraceTokens = {
  readonly items: readonly TraceTokens[];
  /** Not looked at: too many spans. */
  readonly unscanned: readonly string[];
};

export const cacheLensSchema = searchSchema.extend({ points: z.int().min(2).max(300).default(60) });
export type CacheLensSearch = z.infer<typeof cacheLensSchema>;
export type CacheLens = {
  /** Length of a step. */
  readonly stepMs: number;
  readonly series: readonly {
    readonly tier: string;
    /** `null` for lookups outside any stage. */
    readonly stage: string | null;
    /** One entry a step, oldest first. */
    readonly startMs: readonly number[];
    readonly hit: readonly number[];
    readonly miss: readonly number[];
    readonly stale: readonly number[];
  }[];
  readonly savedTokens: number;
  readonly savedCost: number | null;
  /** The share of hits fell: from, to (0 to 1), and when. `null` where it did not, or too little is known. */
  readonly drop: { readonly from: number; readonly to: number; readonly atMs: number } | null;
  readonly leftOut: LeftOut;
};

// ── Call trees ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const callTreeSchema = searchSchema.extend({
  /** These traces alone, whatever the search; none: what the search finds. */
  traceIds: z.array(traceIdSchema).max(1000).default([]),
  maxTraces: z.int().min(1).max(100_000).default(10_000),
  hide: hideSchema,
  /** Spans that one of these conditions finds are left out of their traces. Unreadable ones leave out nothing. */
  hideSpans: hideSchema,
  /** Where clocks of services differ, brings them together first. */
  adjustClocks: z.boolean().optional(),
});
export type CallTreeSearch = z.infer<typeof callTreeSchema>;
export type FoundCallTree = {
  readonly tree: CallTree;
  readonly leftOut: LeftOut;
  readonly tookMs: number;
  readonly hidden?: Hidden;
  readonly hiddenSpans?: HiddenSpans;
  /** Traces in which clocks differ, brought together or not; not given: none. */
  readonly skewedTraces?: number;
};

/**
 * Traces merged by call path: spans of the same service and name below the same path are one node. Columns, one
 * entry a node; parents stand before their children.
 */
export type CallTree = {
  readonly nodes: number;
  readonly traces: number;
  readonly strings: readonly string[];
  /** -1 for a root. */
  readonly parent: Int32Array;
  /** Into `strings`, as `service`. */
  readonly name: Uint32Array;
  readonly service: Uint32Array;
  readonly spans: Float64Array;
  readonly errors: Float64Array;
  /** Traces that have it. */
  readonly inTraces: Float64Array;
  /** Durations added up, and their squares, for the spread. */
  readonly totalMs: Float64Array;
  readonly squaresMs: Float64Array;
  /** Time in which no child ran. */
  readonly selfMs: Float64Array;
  /** Time on the critical path of its trace. */
  readonly criticalMs: Float64Array;
  /** A node's own, each token once: what is below it is not in it (nor are errors). */
  readonly inputTokens: Float64Array;
  readonly outputTokens: Float64Array;
  /** US dollars, a node's own. */
  readonly cost: Float64Array;
  /** The longest span of each node: 32 and 16 hex digits. */
  readonly longest: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Spans that stand at another node than that of their path: too deep, or of a name that found no room. */
  readonly folded?: number;
};

// ── Metrics over time ───────────────────────────────────────────────────────────────────────────────────────────────

const METRIC_KINDS = ['counter', 'upDownCounter', 'gauge', 'histogram'] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

/** A point as it is stored: totals since `startMs` (of a gauge, the value at `timeMs`). */
export type StoredPoint = {
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  readonly kind: MetricKind;
  readonly attributes: Attributes;
  /** Not given: this program itself. */
  readonly origin?: Origin;
  /** Totals began to count here: another value means that the program was started again. */
  readonly startMs: number;
  readonly timeMs: number;
  /** As of a span's times. */
  readonly startRestNs?: number;
  readonly timeRestNs?: number;
  /** A histogram has one, and no other kind does. */
  readonly value: number | HistogramValue;
  readonly exemplars: readonly Exemplar[];
};
/** Points within a time, both ends included; `null`: whatever the time, of every service. */
export type MetricPageQuestion = {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly services: readonly string[] | null;
  /** `next` of the page before. */
  readonly after: number | null;
};
/**
 * What had been counted before the time is told by the report before it, so that the first step is no leap. Series
 * are whole: all points of one are in one page, each stream of it in the order of time.
 */
export type MetricPage = { readonly points: readonly StoredPoint[]; readonly next: number | null };
export type MetricInstrument = {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: MetricKind;
  readonly service: string;
  /** Different attribute sets. */
  readonly series: number;
  readonly firstMs: number;
  readonly lastMs: number;
};
/** A record that was made in a span of a trace, and the instrument that it is of. */
export type FoundExemplar = Exemplar &
  Pick<MetricInstrument, 'name' | 'service' | 'kind' | 'unit'> & { readonly attributes: Attributes };
export const metricSeriesSchema = z.strictObject({
  name: z.string().min(1).max(255),
  service: z.string().max(255).nullable().default(null),
  fromMs: z.number().nullable().default(null),
  toMs: z.number().nullable().default(null),
  points: z.int().min(2).max(1000).default(120),
});
export type MetricSeriesSearch = z.infer<typeof metricSeriesSchema>;
/** One attribute set of an instrument, in steps of equal length; `null` in steps without a point. */
export type MetricSeries = {
  readonly attributes: Attributes;
  /** Of counters, what each step added; of the others, the last value in it. */
  readonly values: readonly (number | null)[];
  /** Of histograms: what each step added, by bucket (all steps have the same boundaries), and its p50, p95, p99. */
  readonly histograms: readonly (HistogramValue | null)[];
  readonly exemplars: readonly Exemplar[];
};
export type FoundMetric = {
  readonly instrument: MetricInstrument;
  readonly startMs: readonly number[];
  readonly stepMs: number;
  readonly series: readonly MetricSeries[];
  readonly leftOut: LeftOut;
};

// ── The store itself ────────────────────────────────────────────────────────────────────────────────────────────────

export type TraceStoreStatus = {
  readonly path: string;
  /** Pages in use, in bytes; the limits they are held to. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly traces: number;
  readonly pinnedTraces: number;
  readonly spans: number;
  readonly logs: number;
  readonly metricPoints: number;
  readonly oldestMs: number | null;
  /** Since the file was made. */
  readonly prunedTraces: number;
  readonly prunedSpans: number;
  readonly prunedBeforeMs: number | null;
  /** No room beside the spans of their own trace, since the program started. */
  readonly refusedSpans: number;
  /** Came again and changed nothing. */
  readonly duplicateSpans: number;
  /** Of the traces that are there: spans without the parent they name, spans of another machine that begin before it, or are served after its end, by more than clocks may differ. */
  readonly orphanSpans: number;
  readonly skewedSpans: number;
  /** Arrived more than a minute after their trace's end. */
  readonly lateSpans: number;
  /** In parts of the file that turned out damaged since the program started; not given: none. */
  readonly damagedSpans?: number;
  /** Damaged files that were set aside, newest first. */
  readonly setAside: readonly string[];
};

export const savedQuerySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  signal: z.enum(['traces', 'spans', 'logs', 'sql']),
  query: z.string().max(20_000),
});
export type SavedQuery = z.infer<typeof savedQuerySchema>;

export const sqlSchema = z.strictObject({
  sql: z.string().min(1).max(20_000),
  limit: z.int().min(1).max(10_000).default(1000),
});
export type SqlResult = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** There were more rows than the limit. */
  readonly truncated: boolean;
  readonly tookMs: number;
};

/** A span elsewhere that links to this trace or span. */
export type BackLink = {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly service: string;
  readonly startMs: number;
  /** Which span it links to. */
  readonly toSpanId: string;
};

/** Why a trace is not there. */
export type TraceAbsence =
  { readonly reason: 'unknown' } | { readonly reason: 'pruned'; readonly atMs: number };

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const EXPORT_FORMATS = [
  'otlp',
  'otlp-jsonl',
  'jaeger',
  'chrome',
  'speedscope',
  'csv',
  'html',
  'llm',
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
/** Those that have a place for the log records of their traces. */
export const FORMATS_WITH_LOGS: readonly ExportFormat[] = ['otlp', 'otlp-jsonl', 'html', 'llm'];
/** Those that have a place for metric points. */
export const FORMATS_WITH_METRICS: readonly ExportFormat[] = ['otlp', 'otlp-jsonl'];
const IMPORT_FORMATS = ['otlp', 'otlp-jsonl', 'otlp-protobuf', 'jaeger', 'chrome', 'zipkin'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export type ImportReport = {
  readonly file: string;
  /** Why nothing of it could be read; the format says nothing then. */
  readonly problem?: string;
  readonly format: ImportFormat;
  readonly traces: number;
  readonly spans: number;
  readonly logs: number;
  readonly metricPoints: number;
  /** Spans that were there already. */
  readonly known: number;
  /** What could not be read: how many, why, and where the first one stands. */
  readonly refused: readonly { readonly reason: string; readonly count: number; readonly at: string }[];
  /** What was read otherwise than it is written, in words. */
  readonly notes: readonly string[];
  /** For opening what came in; at most 100. */
  readonly traceIds: readonly string[];
};

/** What an export holds: named traces, or what a search finds. */
export const exportSelectionSchema = z.union([
  z.strictObject({ traceIds: z.array(traceIdSchema).min(1).max(1000) }),
  z.strictObject({ search: traceSearchSchema }),
]);
export type ExportSelection = z.infer<typeof exportSelectionSchema>;
export type ExportReport = {
  readonly path: string;
  readonly format: ExportFormat;
  readonly traces: number;
  readonly spans: number;
  /** Log records that were written along; not given where none were wanted. */
  readonly logs?: number;
  /** The same of metric points. */
  readonly metricPoints?: number;
  readonly bytes: number;
  /** What the format cannot say, or a limit cut, in words. */
  readonly notes: readonly string[];
};

// ── The receiver ────────────────────────────────────────────────────────────────────────────────────────────────────

/** OTLP in, on loopback, off until switched on. Part of the settings. */
export const receiverSettingsSchema = z.object({
  http: z
    .object({ enabled: z.boolean().default(false), port: z.int().min(1).max(65_535).default(4318) })
    .prefault({}),
  grpc: z
    .object({ enabled: z.boolean().default(false), port: z.int().min(1).max(65_535).default(4317) })
    .prefault({}),
  /** A request, as it arrives, and unpacked. */
  maxRequestBytes: z.int().min(1000).max(512_000_000).default(20_000_000),
  maxUnpackedBytes: z.int().min(1000).max(2_000_000_000).default(200_000_000),
  maxSpansPerRequest: z.int().min(1).max(10_000_000).default(500_000),
});
export type ReceiverSettings = z.infer<typeof receiverSettingsSchema>;
export type ReceiverStatus = {
  readonly http: {
    readonly state: 'off' | 'listening' | 'failed';
    readonly url: string | null;
    readonly fault: string | null;
  };
  readonly grpc: {
    readonly state: 'off' | 'listening' | 'failed';
    readonly url: string | null;
    readonly fault: string | null;
  };
  /** Requests must carry `authorization: Bearer …`. */
  readonly hasToken: boolean;
  readonly requests: number;
  readonly refusedRequests: number;
  readonly spans: number;
  readonly logs: number;
  readonly metricPoints: number;
  /** Could not be read, or were not stored. */
  readonly rejected: number;
  readonly lastMs: number | null;
};
