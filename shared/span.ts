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

export type SpanEvent = {
  readonly name: string;
  readonly timeMs: number;
  /** As of a span's start. */
  readonly timeRestNs?: number;
  readonly attributes: Attributes;
};
export type SpanLink = { readonly traceId: string; readonly spanId: string; readonly attributes: Attributes };

/** Who recorded a span, a log record or a metric: one object that all of the same origin share. */
export type Origin = {
  /** `service.name`, `service.version` and what else says which program on which machine. */
  readonly resource: Attributes;
  /** The instrumentation that made it. */
  readonly scope: { readonly name: string; readonly version: string | null };
};

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
  /**
   * Nanoseconds from the whole microsecond nearest to `startMs` up to the start, where it was told so finely
   * (nanoseconds.ts). Not given: none.
   */
  readonly startRestNs?: number;
  readonly endRestNs?: number;
  readonly status: SpanStatus;
  /** `null` where the status carries no message. */
  readonly statusMessage: string | null;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** Not given: this program itself. */
  readonly origin?: Origin;
  /** W3C `tracestate`, where the span came with one. */
  readonly traceState?: string;
  /** What its recorder left out because of its own limits. */
  readonly dropped?: { readonly attributes: number; readonly events: number; readonly links: number };
};

/** A reader's place: how many changes of full spans and how many rows it has seen. */
export type SpanCursor = { readonly spans: number; readonly leaves: number };

/** Spans that changed, and rows that were recorded, since the reader's place. */
export type SpanBatch = {
  /**
   * Pass this to `spansSince` to go on after this batch. `spans` grows with every start and end of a span,
   * `leaves` with every row.
   */
  readonly cursor: SpanCursor;
  /** Spans and rows recorded so far that are no longer in memory. */
  readonly evicted: number;
  /** Packed by `shared/spanFormat.ts`; a span appears at most once a batch, in its latest state. */
  readonly bytes: Uint8Array;
  /** Rows, packed by `shared/leafCodec.ts`; empty (no bytes at all) where there are none. */
  readonly leaves: Uint8Array;
};

export type TraceSummary = {
  readonly traceId: string;
  /** Name of its run's span; without a run of the root, or of the earliest span where the root has not arrived. */
  readonly name: string;
  readonly startMs: number;
  /** `null` while any span of it is open. */
  readonly durationMs: number | null;
  /**
   * Of a trace without a duration: when something last came for it. Where that is long ago, its program has ended or
   * lost it, and it will stay as it is.
   */
  readonly silentSinceMs?: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** `tracedeck.run.id` of its run's span, wherever that is in the trace; `null` for a trace without a run. */
  readonly runId: string | null;
  /** `service.name` of the span that names it. */
  readonly service: string;
  /** `service.version` of the same; `null` where it has none. */
  readonly version: string | null;
  /** Kept whatever the limits of the store. */
  readonly pinned: boolean;
};

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogRecord = {
  readonly timeMs: number;
  /** As of a span's start. */
  readonly timeRestNs?: number;
  readonly level: LogLevel;
  readonly message: string;
  /** Of records that are an event of a known kind (`exception`): OpenTelemetry's event name. */
  readonly eventName?: string;
  readonly attributes: Attributes;
  /** `null` outside any span. */
  readonly traceId: string | null;
  readonly spanId: string | null;
  /** `false`: its span was sampled out, and will be found nowhere. */
  readonly sampled?: false;
  /** Not given: this program itself. */
  readonly origin?: Origin;
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
  // Work on the deck beside runs.
  importCards: 'import',
  exportCards: 'export',
  previewFile: 'preview file',
  planExport: 'export preview',
  pushPlan: 'push preview',
  push: 'push',
  ankiStatus: 'anki status',
  backup: 'backup',
  restore: 'restore',
  optimise: 'optimise',
  reschedule: 'reschedule',
  statistics: 'statistics',
  bulkEdit: 'bulk edit',
  undoChange: 'undo change',
  estimate: 'estimate run',
  regenerate: 'regenerate card',
  tryPrompt: 'try prompt',
  testConnection: 'test connection',
} as const;

/** What work on the deck spends its time on: spans below those of `SPAN`. */
export const PIECE = {
  findCards: 'find cards',
  countCards: 'count cards',
  countMedia: 'count media',
  readFile: 'read file',
  readPackage: 'read package',
  takeMedia: 'take media',
  matchNotes: 'match notes',
  writeNotes: 'write notes',
  writeDecks: 'write decks',
  renderCards: 'render cards',
  writeCollection: 'write collection',
  packArchive: 'pack archive',
  writeFile: 'write file',
  changeCards: 'change cards',
  takeBack: 'take back',
  copyDeck: 'copy deck',
  checkCopy: 'check copy',
  packBackup: 'pack backup',
  compareBackup: 'compare backup',
  keepMedia: 'keep media',
  readReviews: 'read reviews',
  fitWeights: 'fit weights',
  judgeWeights: 'judge weights',
  planDates: 'plan dates',
  writeDates: 'write dates',
  predictReviews: 'predict reviews',
  readFigures: 'read figures',
} as const;
export type PieceName = (typeof PIECE)[keyof typeof PIECE];

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
  /** What became of the notes of an import or a push. */
  notesAdded: 'tracedeck.notes.added',
  notesUpdated: 'tracedeck.notes.updated',
  notesUnchanged: 'tracedeck.notes.unchanged',
  notesQueued: 'tracedeck.notes.queued',
  conflictCount: 'tracedeck.conflicts.count',
  /** Things that could not come or go along. */
  leftOutCount: 'tracedeck.left_out.count',
  mediaCount: 'tracedeck.media.count',
  reviewCount: 'tracedeck.reviews.count',
  fileFormat: 'tracedeck.file.format',
  fileBytes: 'tracedeck.file.bytes',
  backupReason: 'tracedeck.backup.reason',
  /** Of a job: pieces beyond those that have spans. */
  piecesLeftOut: 'tracedeck.job.pieces_left_out',
  /** Without the wait for its turn. */
  workMs: 'tracedeck.work.duration_ms',
  lossBefore: 'tracedeck.optimise.loss.before',
  lossAfter: 'tracedeck.optimise.loss.after',
  cacheTier: 'tracedeck.cache.tier',
  cacheOutcome: 'tracedeck.cache.outcome',
  cacheShared: 'tracedeck.cache.shared',
  cacheBytes: 'tracedeck.cache.bytes',
  cacheName: 'tracedeck.cache.name',
  tokensSaved: 'tracedeck.tokens.saved',
  estimateInput: 'tracedeck.tokens.estimate.input',
  estimateOutput: 'tracedeck.tokens.estimate.output',
  cost: 'tracedeck.cost',
  /** On a span that stands for so many operations: none of them took longer than it. */
  operations: 'tracedeck.operations',
  currency: 'tracedeck.currency',
  retryDelay: 'tracedeck.retry.delay',
  retryAttempt: 'tracedeck.retry.attempt',
  breakerState: 'tracedeck.breaker.state',
  limitKind: 'tracedeck.limit.kind',
  tokenKind: 'tracedeck.tokens.kind',
  threadName: 'thread.name',
  /** The W3C header of its baggage, on a span that is handed in from elsewhere; never recorded as such. */
  baggage: 'baggage',
  uiEvent: 'tracedeck.ui.event',
  uiElement: 'tracedeck.ui.element',
  /** The page was left before it was over. */
  uiLeft: 'tracedeck.ui.left',
  rpcMethod: 'rpc.method',
  errorType: 'error.type',
  /** What came of something where an error is one of the answers: nothing failed. */
  outcome: 'tracedeck.outcome',
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
  dbStatus: 'db.response.status_code',
  dbChanges: 'tracedeck.db.changes',
  dbStatements: 'tracedeck.db.statements',
  dbDurationMs: 'tracedeck.db.duration_ms',
  dbPlan: 'tracedeck.db.plan',
  dbOutcome: 'tracedeck.db.transaction.outcome',
  dbPoolName: 'db.client.connection.pool.name',
  dbConnectionState: 'db.client.connection.state',
  genAiOperation: 'gen_ai.operation.name',
  genAiProvider: 'gen_ai.provider.name',
  genAiRequestModel: 'gen_ai.request.model',
  genAiTemperature: 'gen_ai.request.temperature',
  genAiMaxTokens: 'gen_ai.request.max_tokens',
  genAiInputMessages: 'gen_ai.input.messages',
  genAiOutputMessages: 'gen_ai.output.messages',
  genAiResponseId: 'gen_ai.response.id',
  genAiResponseModel: 'gen_ai.response.model',
  genAiFinishReasons: 'gen_ai.response.finish_reasons',
  genAiInputTokens: 'gen_ai.usage.input_tokens',
  genAiOutputTokens: 'gen_ai.usage.output_tokens',
  genAiCacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  genAiCacheCreationTokens: 'gen_ai.usage.cache_creation.input_tokens',
  genAiReasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  genAiTokenType: 'gen_ai.token.type',
} as const;

/** Instrument names; units stand where the instruments are made (electron/observe, electron/telemetry/components). */
export const METRIC = {
  itemCount: 'tracedeck.items',
  cardCount: 'tracedeck.cards',
  itemDuration: 'tracedeck.item.duration',
  cacheLookups: 'tracedeck.cache.lookups',
  cacheEvictions: 'tracedeck.cache.evictions',
  cacheBytes: 'tracedeck.cache.size',
  cacheEntries: 'tracedeck.cache.entries',
  cacheLoad: 'tracedeck.cache.load.duration',
  cacheWaits: 'tracedeck.cache.waits',
  tokensSaved: 'tracedeck.tokens.saved',
  dbDuration: 'db.client.operation.duration',
  dbConnections: 'db.client.connection.count',
  dbConnectionLimit: 'db.client.connection.limit',
  dbPending: 'db.client.connection.pending_requests',
  dbWaitTime: 'db.client.connection.wait_time',
  dbUseTime: 'db.client.connection.use_time',
  dbStatementCache: 'tracedeck.db.statement_cache',
  httpDuration: 'http.client.request.duration',
  genAiTokens: 'gen_ai.client.token.usage',
  genAiDuration: 'gen_ai.client.operation.duration',
  cost: 'tracedeck.cost',
  tokens: 'tracedeck.tokens',
  limitRemaining: 'tracedeck.limit.remaining',
  retries: 'tracedeck.client.retries',
} as const;
