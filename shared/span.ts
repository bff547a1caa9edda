/**
 * A span as everything outside the OpenTelemetry SDK sees it: plain data, times as epoch milliseconds
 * (fractional), ids as lower-case hex.
 */

export type AttributeValue =
  string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export const SPAN_KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
export type SpanStatus = (typeof SPAN_STATUSES)[number];

export type SpanEvent = { readonly name: string; readonly timeMs: number; readonly attributes: Attributes };
export type SpanLink = { readonly traceId: string; readonly spanId: string; readonly attributes: Attributes };

export type SpanRecord = {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits, unique within the trace. */
  readonly spanId: string;
  /** `null` for a root. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  /** Epoch milliseconds, fractional. */
  readonly startMs: number;
  /** Epoch milliseconds; `null` while the span is open. */
  readonly endMs: number | null;
  readonly status: SpanStatus;
  /** `null` where the status carries no message. */
  readonly statusMessage: string | null;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};

/** A reader's place: how many changes of full spans and how many rows it has seen. */
export type SpanCursor = { readonly spans: number; readonly leaves: number };

/** Spans that changed since the reader's last sequence number, packed by `shared/spanCodec.ts`. */
export type SpanBatch = {
  /** Pass this to `spansSince` to go on after this batch. Grows with every start and end of a span. */
  readonly seq: number;
  /** Spans started so far that the ring no longer holds. */
  readonly evicted: number;
  /** `encodeSpans(...)`; a span appears at most once a batch, in its latest state. */
  readonly bytes: Uint8Array;
};

export type TraceSummary = {
  readonly traceId: string;
  /** Name of the root span, or of the earliest span where the root has not arrived. */
  readonly name: string;
  readonly startMs: number;
  /** `null` while any span of it is open. */
  readonly durationMs: number | null;
  readonly spanCount: number;
  readonly errorCount: number;
  /** `tracedeck.run.id` of the root, `null` for a trace that is no run. */
  readonly runId: string | null;
};

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogRecord = {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly attributes: Attributes;
  /** `null` outside any span. */
  readonly traceId: string | null;
  readonly spanId: string | null;
};

/** The few, constant span names. What varies goes into attributes. A model call is `{operation} {model}`. */
export const SPAN = {
  run: 'run',
  item: 'item',
  analyse: 'stage analyse',
  write: 'stage write',
  cacheGet: 'cache get',
  cacheSet: 'cache set',
  generate: 'generate',
  saveNote: 'deck save note',
  claimItems: 'queue claim',
} as const;

/**
 * Attribute keys: OpenTelemetry semantic conventions 1.45 where they exist, `tracedeck.*` elsewhere.
 * The `gen_ai.*` names are still in development upstream; this file is the one place that spells them.
 */
export const ATTR = {
  runId: 'tracedeck.run.id',
  runSource: 'tracedeck.run.source',
  runState: 'tracedeck.run.state',
  deckName: 'tracedeck.deck.name',
  generator: 'tracedeck.generator',
  itemKey: 'tracedeck.item.key',
  itemRow: 'tracedeck.item.row',
  itemState: 'tracedeck.item.state',
  itemAttempt: 'tracedeck.item.attempt',
  stage: 'tracedeck.stage',
  promptVersion: 'tracedeck.prompt.version',
  cardCount: 'tracedeck.cards.count',
  noteCount: 'tracedeck.notes.count',
  failedCount: 'tracedeck.items.failed',
  termCount: 'tracedeck.terms.count',
  cacheTier: 'tracedeck.cache.tier',
  cacheOutcome: 'tracedeck.cache.outcome',
  cacheShared: 'tracedeck.cache.shared',
  cacheBytes: 'tracedeck.cache.bytes',
  tokensSaved: 'tracedeck.tokens.saved',
  estimateInput: 'tracedeck.tokens.estimate.input',
  estimateOutput: 'tracedeck.tokens.estimate.output',
  cost: 'tracedeck.cost',
  errorType: 'error.type',
  errorCategory: 'tracedeck.error.category',
  exceptionType: 'exception.type',
  exceptionMessage: 'exception.message',
  exceptionStacktrace: 'exception.stacktrace',
  httpMethod: 'http.request.method',
  httpStatus: 'http.response.status_code',
  httpResendCount: 'http.request.resend_count',
  urlFull: 'url.full',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  dbSystem: 'db.system.name',
  dbNamespace: 'db.namespace',
  dbOperation: 'db.operation.name',
  dbCollection: 'db.collection.name',
  dbQuerySummary: 'db.query.summary',
  dbQueryText: 'db.query.text',
  dbBatchSize: 'db.operation.batch.size',
  dbReturnedRows: 'db.response.returned_rows',
  genAiOperation: 'gen_ai.operation.name',
  genAiProvider: 'gen_ai.provider.name',
  genAiRequestModel: 'gen_ai.request.model',
  genAiResponseModel: 'gen_ai.response.model',
  genAiFinishReasons: 'gen_ai.response.finish_reasons',
  genAiInputTokens: 'gen_ai.usage.input_tokens',
  genAiOutputTokens: 'gen_ai.usage.output_tokens',
  genAiCacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  genAiCacheCreationTokens: 'gen_ai.usage.cache_creation.input_tokens',
  genAiReasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  genAiTokenType: 'gen_ai.token.type',
} as const;

/** Instrument names, with their unit in `electron/telemetry/instruments.ts`. */
export const METRIC = {
  itemCount: 'tracedeck.items',
  cardCount: 'tracedeck.cards',
  itemDuration: 'tracedeck.item.duration',
  cacheLookups: 'tracedeck.cache.lookups',
  cacheEvictions: 'tracedeck.cache.evictions',
  cacheBytes: 'tracedeck.cache.size',
  tokensSaved: 'tracedeck.tokens.saved',
  dbDuration: 'db.client.operation.duration',
  httpDuration: 'http.client.request.duration',
  genAiTokens: 'gen_ai.client.token.usage',
  genAiDuration: 'gen_ai.client.operation.duration',
} as const;
