/**
 * What can be set about telemetry: how much is recorded, what of it is kept, where it is sent. One schema for
 * the settings window, `settings.json`, a file named by TRACEDECK_TELEMETRY_CONFIG and the OTEL_* variables.
 */
import { z } from 'zod';

/** The parts of the program that can be recorded more or less closely. */
export const COMPONENTS = ['pipeline', 'generator', 'cache', 'database', 'client', 'ipc'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/**
 * How an operation of a component is recorded; counts are exact in every mode but `off`.
 * - `full`: a span of its own, with attributes, events and children
 * - `leaf`: a row of numbers that becomes a span when something reads it
 * - `sampled`: a row for one operation in `every`, for every slow one and for every failed one
 * - `counted`: no row unless it fails
 * - `off`: nothing
 */
export const COMPONENT_MODES = ['full', 'leaf', 'sampled', 'counted', 'off'] as const;
export type ComponentMode = (typeof COMPONENT_MODES)[number];

export const componentSettingsSchema = z.object({
  mode: z.enum(COMPONENT_MODES),
  /** One operation in so many, in the mode `sampled`. */
  every: z.int().min(1).max(1_000_000).default(8),
  /** From here on an operation is slow. */
  slowMs: z.number().min(1).max(600_000).default(100),
});
export type ComponentSettings = z.infer<typeof componentSettingsSchema>;

export const tailSamplingSchema = z.object({
  /** Keep every trace that holds an error. */
  errors: z.boolean().default(true),
  /** Keep traces slower than this share of their kind (same root name); `null` for no such rule. */
  slowerThan: z.number().min(0.5).max(0.9999).nullable().default(0.95),
  /** Keep every trace with a span that has one of these attributes; `value: null` for any value. */
  attributes: z
    .array(z.object({ key: z.string().min(1).max(256), value: z.string().max(1024).nullable() }))
    .max(50)
    .default([]),
  /** Share of all other traces that is kept as well. */
  keepRatio: z.number().min(0).max(1).default(0.1),
  /** A trace that has grown so large is kept without waiting for its end. */
  maxHeldSpans: z.int().min(10).max(1_000_000).default(10_000),
  /** After so long a trace is kept without waiting for its end. */
  waitMs: z.int().min(100).max(3_600_000).default(30_000),
});
export type TailSampling = z.infer<typeof tailSamplingSchema>;

export const samplingSchema = z.object({
  /** Share of the traces begun here that is recorded at all; a trace begun elsewhere follows its parent. */
  ratio: z.number().min(0).max(1).default(1),
  /** Spans a second that are recorded at most, by span name. */
  perSecond: z.record(z.string().max(256), z.number().min(0).max(1e6)).default({}),
  /** Decides per finished trace what is stored and sent; `null`: everything is. */
  tail: tailSamplingSchema.nullable().default(null),
});
export type Sampling = z.infer<typeof samplingSchema>;

export const SIGNALS = ['traces', 'metrics', 'logs'] as const;
export type Signal = (typeof SIGNALS)[number];

const common = {
  /** Names the exporter in messages and its folder for what waits on disk. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  enabled: z.boolean().default(true),
  signals: z
    .array(z.enum(SIGNALS))
    .min(1)
    .default([...SIGNALS]),
};
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

export const otlpExporterSchema = z.object({
  ...common,
  kind: z.literal('otlp'),
  protocol: z.enum(OTLP_PROTOCOLS).default('http/protobuf'),
  /** For HTTP without `/v1/traces` and its like, which are added; for gRPC scheme, host and port. */
  endpoint: z.url({ protocol: /^https?$/ }),
  /** Full addresses that go before `endpoint`. */
  endpoints: z.partialRecord(z.enum(SIGNALS), z.url({ protocol: /^https?$/ })).default({}),
  /** `${NAME}` in a value stands for an environment variable. */
  headers: z.record(z.string().max(256), z.string().max(8192)).default({}),
  gzip: z.boolean().default(true),
  timeoutMs: z.int().min(100).max(600_000).default(10_000),
  /** Paths of PEM files, relative ones to the data folder. */
  tls: z
    .object({
      ca: z.string().max(4096).nullable().default(null),
      cert: z.string().max(4096).nullable().default(null),
      key: z.string().max(4096).nullable().default(null),
    })
    .prefault({}),
  /** Spans (and log records) that wait in memory at most. */
  maxQueue: z.int().min(1).max(1_000_000).default(20_000),
  /** Spans (and log records) in one request at most. */
  maxBatch: z.int().min(1).max(100_000).default(2048),
  /** What may wait on disk while the endpoint is away; 0 for none. */
  spoolBytes: z.int().min(0).max(1e11).default(256_000_000),
  metricIntervalMs: z.int().min(500).max(3_600_000).default(60_000),
});
export const prometheusExporterSchema = z.object({
  ...common,
  kind: z.literal('prometheus'),
  host: z.enum(['127.0.0.1', '::1']).default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(9464),
});
export const consoleExporterSchema = z.object({ ...common, kind: z.literal('console') });
export const FILE_FORMATS = ['otlp-jsonl', 'jaeger'] as const;
export const fileExporterSchema = z.object({
  ...common,
  kind: z.literal('file'),
  /** A relative one is relative to the data folder. */
  path: z.string().trim().min(1).max(4096),
  /** `jaeger`: one JSON document as Jaeger's query API answers, traces alone, rewritten as a whole. */
  format: z.enum(FILE_FORMATS).default('otlp-jsonl'),
  /** Where the file is put away as `<path>.1` and a new one begun. */
  maxBytes: z.int().min(10_000).max(1e12).default(100_000_000),
});
export const exporterSchema = z.discriminatedUnion('kind', [
  otlpExporterSchema,
  prometheusExporterSchema,
  consoleExporterSchema,
  fileExporterSchema,
]);
export type OtlpExporterSettings = z.infer<typeof otlpExporterSchema>;
export type PrometheusExporterSettings = z.infer<typeof prometheusExporterSchema>;
export type ConsoleExporterSettings = z.infer<typeof consoleExporterSchema>;
export type FileExporterSettings = z.infer<typeof fileExporterSchema>;
export type ExporterSettings = z.infer<typeof exporterSchema>;

const component = (mode: ComponentMode, every = 8) => componentSettingsSchema.prefault({ mode, every });

export const telemetrySettingsSchema = z.object({
  sampling: samplingSchema.prefault({}),
  components: z
    .object({
      pipeline: component('full'),
      generator: component('leaf'),
      cache: component('leaf'),
      // Some 35 statements an item: one in 64 still shows each kind of them in every run.
      database: component('sampled', 64),
      client: component('full'),
      ipc: component('full'),
    } satisfies Record<ComponentName, unknown>)
    .prefault({}),
  /** Records prompts and answers of models on their spans. Off: they never leave the pipeline. */
  recordText: z.boolean().default(false),
  /** Baggage entries that every span carries as attributes of the same name. */
  baggageAttributes: z.array(z.string().min(1).max(256)).max(20).default([]),
  /** Where a statement takes this long, its plan goes to the log. */
  slowQueryMs: z.number().min(1).max(600_000).default(100),
  exporters: z
    .array(exporterSchema)
    .max(8)
    .default([])
    .refine(
      (all) => new Set(all.map(({ id }) => id)).size === all.length,
      'Every exporter needs an id of its own.',
    ),
});
export type TelemetrySettings = z.infer<typeof telemetrySettingsSchema>;

export type ExporterState =
  /** Nothing to send so far. */
  | 'idle'
  /** The last request arrived (Prometheus: the endpoint listens). */
  | 'ok'
  /** The endpoint is away; what comes waits in memory or on disk. */
  | 'waiting'
  /** The last request was refused for good, or none can be made until something is put right. */
  | 'failed'
  | 'off';

/** Spans, metric points or log records since the exporter started; `taken` is the sum of all the others. */
export type SignalCounts = {
  readonly taken: number;
  readonly sent: number;
  /** Refused by the endpoint: by a partial success or for good. */
  readonly rejected: number;
  /** Given up for room. */
  readonly dropped: number;
  readonly queued: number;
  readonly spooled: number;
};
export type ExporterStatus = {
  readonly id: string;
  readonly kind: ExporterSettings['kind'];
  readonly state: ExporterState;
  /** Where it sends to, listens or writes, without credentials. */
  readonly target: string;
  readonly signals: Readonly<Partial<Record<Signal, SignalCounts>>>;
  readonly spoolBytes: number;
  readonly requests: number;
  readonly retries: number;
  /** Of the last request that arrived; `null` before. */
  readonly latencyMs: number | null;
  readonly lastSentMs: number | null;
  readonly lastError: { readonly message: string; readonly timeMs: number } | null;
};

/** What a component counted and what of it was recorded; `operations` is the sum of the three below it. */
export type ComponentCounts = {
  readonly operations: number;
  /** As spans of their own. */
  readonly spans: number;
  /** As rows. */
  readonly rows: number;
  /** Counted alone. */
  readonly leftOut: number;
  readonly errors: number;
  /** Recorded because they were slow, not because it was their turn. */
  readonly slow: number;
};

/** Who brings an exporter: the settings, the file of TRACEDECK_TELEMETRY_CONFIG or the OTEL_* variables. */
export type ExporterSource = 'settings' | 'file' | 'environment';

export type TelemetryStatus = {
  readonly components: Readonly<Record<string, ComponentCounts & { readonly mode: ComponentMode }>>;
  readonly exporters: readonly (ExporterStatus & { readonly source: ExporterSource })[];
  /** What goes before the settings. */
  readonly above: {
    /** A variable switches telemetry off. */
    readonly isOff: boolean;
    /** The file that stands for all of these settings; `null` where they hold. */
    readonly file: string | null;
    /** Share of traces by OTEL_TRACES_SAMPLER; `null` where it says nothing. */
    readonly ratio: number | null;
  };
  readonly spans: {
    readonly started: number;
    readonly ended: number;
    readonly held: number;
    readonly evicted: number;
    /** Never recorded: decided at the start, by ratio or rate. */
    readonly headDropped: number;
    /** Recorded, and neither stored nor sent: decided at the trace's end. */
    readonly tailDropped: number;
    readonly tailDroppedTraces: number;
    /** Waiting for their trace's end. */
    readonly undecided: number;
    /** Recorded in a window that had no room for them or could not hand them over. */
    readonly windowDropped: number;
  };
  readonly store: {
    readonly written: number;
    readonly failed: number;
    readonly lost: number;
    readonly writtenLogs: number;
    readonly lostLogs: number;
  };
  readonly memory: { readonly columnBytes: number; readonly textBytes: number; readonly rowBytes: number };
  /** Exceptions inside telemetry that were swallowed. */
  readonly faults: number;
  readonly faultKinds: readonly FaultKind[];
};
/** A place in telemetry's own code where something went wrong. */
export type FaultKind = { readonly what: string; readonly count: number };
