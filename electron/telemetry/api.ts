/**
 * Telemetry's public surface, as types. `initTelemetry` (telemetry.ts) makes a `Telemetry`; index.ts exports all
 * that others may use. Nothing here throws on account of telemetry: its faults are counted.
 */
import type { Meter, Tracer } from '@opentelemetry/api';
import type { MetricSnapshot } from '../../shared/metric.ts';
import type {
  Attributes,
  AttributeValue,
  SpanBatch,
  SpanCursor,
  SpanKind,
  SpanRecord,
} from '../../shared/span.ts';
import type {
  ComponentCounts,
  ComponentMode,
  ComponentSettings,
  Sampling,
  FaultKind,
} from '../../shared/telemetrySettings.ts';
import type { Logger } from './logs/logger.ts';
import type { TailCounts } from './sampling/tailSampler.ts';
import type { SpanHandle, TraceIds } from './tracing/spanHandle.ts';

/** A parent in another process, thread or window; `sampled: false` makes everything beneath it unrecorded too. */
export type RemoteParent = TraceIds & {
  readonly sampled?: boolean;
  readonly traceState?: string;
  readonly baggage?: Readonly<Record<string, string>>;
};
/**
 * With `undecided`, whoever began the trace (a window) left it to this process whether it is recorded at all: the
 * share of head sampling decides, by the trace's id.
 */
export type Origin = {
  readonly undecided?: boolean;
  /** Of a parent: spans of its trace that will be adopted, outermost first; the last one is the parent itself. */
  readonly above?: readonly { readonly spanId?: string; readonly name: string }[];
  /** Of adopted spans: so many more there were, which never came here. */
  readonly lost?: number;
};
/** W3C `traceparent`, `tracestate` and `baggage`, as headers or as fields of any message. */
export type Carrier = Readonly<Record<string, string>>;
/** The same among others, as they arrive. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

export type SpanOptions = {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** `null` starts a trace of its own; not given: whatever span is active. */
  readonly parent?: RemoteParent | null;
  readonly links?: readonly TraceIds[];
  /** The span's id becomes the second half of its trace's: who keeps the trace id alone can link to it. */
  readonly idFromTrace?: boolean;
};

/** Counting on a hot path: one combination of attributes, resolved beforehand. */
export type Cell = { add(value: number): void };
export type GaugeCell = { set(value: number): void };
export type HistogramCell = {
  /** @param count - 1 where not given; so many values are alike, or this one stands for them */
  record(value: number, count?: number): void;
};

export type Counter = {
  add(value: number, attributes?: Attributes): void;
  cell(attributes: Attributes): Cell;
};
export type Gauge = {
  record(value: number, attributes?: Attributes): void;
  cell(attributes: Attributes): GaugeCell;
};
/** Records carry the active span as exemplar of their bucket. */
export type Histogram = {
  record(value: number, attributes?: Attributes): void;
  cell(attributes: Attributes): HistogramCell;
};
export type MetricOptions = {
  /** UCUM: `s`, `By`, `{token}`. */
  readonly unit?: string;
  readonly description?: string;
};
export type HistogramOptions = MetricOptions & {
  /** Inclusive upper ends of the buckets, ascending. */
  readonly boundaries?: readonly number[];
};
export type Observe = (report: (value: number, attributes?: Attributes) => void) => void;
export type MetricKind = 'counter' | 'upDownCounter' | 'gauge' | 'histogram';

/** Asked for the same name twice, each gives the same instrument; the first one's options hold. */
export interface Metrics {
  counter(name: string, options?: MetricOptions): Counter;
  upDownCounter(name: string, options?: MetricOptions): Counter;
  gauge(name: string, options?: MetricOptions): Gauge;
  histogram(name: string, options?: HistogramOptions): Histogram;
  /** Read when metrics are collected, and costing nothing before. Returns the end of it. */
  observableGauge(name: string, options: MetricOptions, observe: Observe): () => void;
  observableCounter(name: string, options: MetricOptions, observe: Observe): () => void;
  /** The OpenTelemetry SDK's, for code written against its API: without exemplars. */
  meter(name: string, version?: string): Meter;
  /** Every instrument's totals as of now, those of meters after the program's own. */
  collect(): Promise<readonly MetricSnapshot[]>;
}

/**
 * One kind of operation of a component, made once. Either `run`, or `begin` before and `end` or `fail` after:
 * `end` may be that of another operation of the same component, where only the outcome says which one it was.
 */
export interface Operation {
  /** What `end` and `fail` want back. */
  begin(): number;
  /** `first` and `second` are the operation's facts, in the order in which they were named. */
  end(token: number, first?: number, second?: number): void;
  fail(token: number, errorType: string, first?: number, second?: number): void;
  /** Around a function or a promise, in any mode. In the mode `full` it is the active span inside. */
  run<T>(fn: () => T): T;
}
export type OperationOptions = {
  readonly kind?: SpanKind;
  /** Of every span of this operation. */
  readonly attributes?: Attributes;
  /** Attribute names of the numbers that `end` and `fail` are given, two at most. `first` keeps 53 bits, `second` 24. */
  readonly facts?: readonly string[];
  /** `begin` and `end` always lie in one turn of the event loop (better-sqlite3, memory): timing costs less. */
  readonly synchronous?: boolean;
  /**
   * Durations of all operations, in seconds, in every mode but `counted` and `off`. In the mode `sampled` those
   * that are timed stand for the others: the histogram's count is exact, its distribution an estimate.
   */
  readonly duration?: HistogramCell;
  /** Gets the seconds of each operation that is timed. */
  readonly onTimed?: (seconds: number) => void;
  /** In the mode `full`, outside any span: a trace of its own (`keep`, where not given), or counted alone. */
  readonly orphans?: 'keep' | 'drop';
  /**
   * In the mode `sampled`: a single operation that was not timed lay in a slow interval of so many milliseconds,
   * which it may have filled or not.
   */
  readonly onSlow?: (atMostMs: number) => void;
};
export type SpanTally = { spans: number; leftOut: number; errors: number };
export interface Component {
  readonly name: string;
  readonly mode: ComponentMode;
  /** At any time; what is under way ends as it began. */
  configure(settings: ComponentSettings): void;
  operation(name: string, options?: OperationOptions): Operation;
  /** Full spans on the component's account that are no operations, counted by whoever begins them. */
  readonly tally: SpanTally;
  counts(): ComponentCounts;
}

export interface Baggage {
  get(key: string): string | undefined;
  all(): Readonly<Record<string, string>>;
  /** From now on in the innermost scope (`withSpan`, `withParent`, `with`), and in all that starts inside it. */
  set(key: string, value: string): void;
  remove(key: string): void;
  clear(): void;
  with<T>(entries: Readonly<Record<string, string>>, fn: () => T): T;
  /** What a carrier brings, whether it names a parent or not: for `with`. */
  extract(carrier: Fields): Readonly<Record<string, string>>;
}

export type SpanCounts = {
  /** Always `held + evicted`, and always `ended + open`; rows included. */
  readonly started: number;
  readonly ended: number;
  /** Started, and no longer in memory. */
  readonly evicted: number;
  readonly held: number;
  readonly open: number;
  /** Had been evicted while open and came back, whole, with their end. */
  readonly readmitted: number;
  readonly headDropped: number;
};

/**
 * A consumer's own place in what was recorded. For each reader: spans ended since it began =
 * read + lost + tailDropped + undecided + those it has not come to.
 */
export interface SpanReader {
  /** The next ended spans, each once, packed (`shared/spanFormat.ts` or `shared/leafCodec.ts`); `null` when there are none. */
  next(maxSpans: number): Uint8Array | null;
  readonly lost: number;
  readonly tailDropped: number;
  readonly undecided: number;
  close(): void;
}

/** What was recorded lately, full spans and rows alike, in bounded memory. */
export interface SpanSource {
  /** All that changed after `cursor`. With `maxSpans` it may stop short: go on from its cursor until that stays. */
  since(cursor: SpanCursor, maxSpans?: number): SpanBatch;
  readonly cursor: SpanCursor;
  /** @param fromNow - leaves out what had ended before; else the reader begins with the oldest that is held */
  reader(fromNow?: boolean): SpanReader;
  /** Called at changes: collect, do not work. Rows call it once a turn of the event loop. Returns its end. */
  onChange(listener: () => void): () => void;
  counts(): SpanCounts;
  /** Spans of windows that were lost there, as those who adopted the others were told. */
  readonly neverCame: number;
  /**
   * Whole spans that a window or a thread recorded, into this process's own, as far as head sampling wants them.
   * An attribute `baggage` (the W3C header) is not kept: the chosen ones of its entries are.
   */
  adopt(spans: readonly SpanRecord[], origin?: Origin): void;
  memory(): { readonly columnBytes: number; readonly textBytes: number; readonly rowBytes: number };
}

export interface Telemetry {
  readonly enabled: boolean;
  /** What identifies this process in everything it records. */
  readonly resource: Attributes;
  readonly spans: SpanSource;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly baggage: Baggage;
  /**
   * Runs `fn` inside a span and ends the span when `fn`, or the promise it returns, is done. What `fn` throws
   * is recorded and thrown on.
   */
  withSpan<T>(name: string, fn: (span: SpanHandle) => T): T;
  withSpan<T>(name: string, options: SpanOptions, fn: (span: SpanHandle) => T): T;
  /** A span around nothing in particular, never the active one. The caller ends it. */
  startSpan(name: string, options?: SpanOptions): SpanHandle;
  /** Runs `fn` with a span of `startSpan` as the active one; the caller still ends it. */
  activate<T>(span: SpanHandle, fn: () => T): T;
  /** The same for a span whose children are steps: never two of them at a time. */
  activateForSteps<T>(span: SpanHandle, fn: () => T): T;
  /**
   * Makes a span of `startSpan` the active one in all of the scope that `activateForSteps` made, until `endStep`: a
   * fraction of what `activate` costs. `false` where it is none or another step is under way: nothing has changed, and
   * `endStep` is not to be called.
   */
  beginStep(span: SpanHandle): boolean;
  endStep(): void;
  /** Runs `fn` under a span of elsewhere; with `null` under none. */
  withParent<T>(parent: RemoteParent | null, fn: () => T): T;
  /** A part of the program whose operations are recorded more or less closely. The same name gives the same. */
  component(name: string): Component;

  /** On the active span; nothing outside any. */
  setAttributes(attributes: Attributes): void;
  setAttribute(key: string, value: AttributeValue): void;
  addEvent(name: string, attributes?: Attributes): void;
  /** States an error on the active span without ending it. */
  recordException(thrown: unknown): void;
  /** Links the active span to another one. */
  link(to: TraceIds, attributes?: Attributes): void;
  recordMetric(name: string, value: number, attributes?: Attributes, kind?: MetricKind): void;

  currentIds(): TraceIds | null;
  currentTraceId(): string | null;
  currentSpanId(): string | null;
  /** What carries the active span and its baggage to another process; empty outside any. */
  inject(): Carrier;
  /**
   * `null` where the carrier holds no valid parent: baggage alone is found by `baggage.extract`. Names are found in
   * any case, as headers are.
   */
  extract(carrier: Fields, origin?: Origin): RemoteParent | null;
  /** For code written against the OpenTelemetry API. */
  tracer(name: string, version?: string): Tracer;

  configureSampling(sampling: Sampling): void;
  /** What the tail rules decided so far, by trace. */
  tailCounts(): TailCounts;
  configureBaggageAttributes(keys: readonly string[]): void;
  /** From now on this text is kept out of spans, logs and exports. */
  protectSecret(secret: string): void;
  /** Runs code that only watches: what it throws is counted as a fault, and `otherwise` stands in its place. */
  safely<T>(work: () => T, otherwise: T): T;
  /** After the machine slept or its clock was set. */
  anchorClock(): void;
  /** Exceptions inside telemetry that were swallowed. */
  readonly faults: number;
  /** Where they were, most frequent first. */
  faultKinds(): readonly FaultKind[];
  /**
   * Runs at shutdown, before the log file is closed; gets the milliseconds that are left. Given after that has begun,
   * it runs at once.
   */
  onShutdown(flush: (timeoutMs: number) => Promise<void>): void;
  /**
   * Ends the spans that are open, each with an event `shutdown`, and flushes everything; `false` where that took longer
   * than allowed or failed. Never throws.
   */
  shutdown(timeoutMs: number): Promise<boolean>;
}
