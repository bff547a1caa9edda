/**
 * The one contract between the main process and its windows. preload.ts and ipc/register.ts loop over its
 * keys: a new call is one line here and one handler; forgetting the handler does not compile.
 */
import { z } from 'zod';
import type { JudgedGoal } from './analysis/judgeGoal.ts';
import { MAX_BAGGAGE_BYTES } from './baggage.ts';
import { pushSchema } from './anki.ts';
import type { AnkiStatus, PushPlan, PushReport } from './anki.ts';
import type { Card, DeckSummary } from './card.ts';
import {
  bulkEditSchema,
  cardIdSchema,
  cardSearchSchema,
  deckNameSchema,
  exportChoiceSchema,
  exportScopeSchema,
  newNoteSchema,
  noteEditSchema,
  noteIdSchema,
  reviewFilterSchema,
} from './deck.ts';
import type {
  BackupEntry,
  RestoreOutcome,
  ChangeSet,
  DeckExportReport,
  ExportPlan,
  DeckImportReport,
  DeckNode,
  FoundCards,
  NoteDetail,
  PackagePreview,
  ReviewPage,
  TagCount,
} from './deck.ts';
import type { JobProgress } from './job.ts';
import { promptDraftSchema } from './prompt.ts';
import type { PromptPreview, PromptTemplate, PromptTrial, RegeneratedCard } from './prompt.ts';
import { GENERATORS, runSettingsSchema } from './run.ts';
import type { RunEstimate, WatchStatus } from './source.ts';
import { deckStudySchema, ratingSchema, statsSchema, studyPlaceSchema } from './study.ts';
import type { DeckStudy, Optimised, StudyCounts, StudySettings, StudyStats, StudyTurn } from './study.ts';
import type { MetricSnapshot } from './metric.ts';
import type { CacheReport, LeftRow, ListPreview, RunProgress } from './run.ts';
import { settingsSchema } from './settings.ts';
import type { Settings } from './settings.ts';
import type { TelemetryStatus } from './telemetrySettings.ts';
import type { LogRecord, SpanBatch, TraceSummary } from './span.ts';
import {
  cacheLensSchema,
  callTreeSchema,
  EXPORT_FORMATS,
  exportSelectionSchema,
  ledgerSchema,
  logSearchSchema,
  metricSeriesSchema,
  operationsSchema,
  savedQuerySchema,
  searchSchema,
  spanIdSchema,
  spanStepsSchema,
  sqlSchema,
  traceIdSchema,
  traceSearchSchema,
} from './traceQuery.ts';
import type {
  BackLink,
  CacheLens,
  ErrorGroup,
  ExportReport,
  FieldCatalog,
  Found,
  FoundCallTree,
  FoundExemplar,
  FoundLogs,
  FoundMetric,
  FoundTraces,
  FoundTraceTokens,
  ImportReport,
  LedgerRow,
  MetricInstrument,
  OperationStats,
  PercentileBadge,
  ReceiverStatus,
  SavedQuery,
  ServiceMap,
  SpanSteps,
  SqlResult,
  TraceAbsence,
  TraceStoreStatus,
} from './traceQuery.ts';

type Call<In, Out> = { readonly kind: 'call'; readonly parse: (input: unknown) => In; readonly out?: Out };
type Event<Payload> = { readonly kind: 'event'; readonly payload?: Payload };

/** A call from a window; `schema` parses what arrives, `Out` is what the handler promises. */
function call<Out>() {
  return <Schema extends z.ZodType>(schema: Schema): Call<z.infer<Schema>, Out> => ({
    kind: 'call',
    parse: (input) => schema.parse(input),
  });
}
/** A push to every window. */
function event<Payload>(): Event<Payload> {
  return { kind: 'event' };
}

const nothing = z.undefined();

/** What a call brings along from the user's action that it is part of: W3C trace context, and nothing else. */
export const carrierSchema = z.strictObject({
  traceparent: z.string().regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
  tracestate: z.string().max(512).optional(),
  baggage: z.string().max(MAX_BAGGAGE_BYTES).optional(),
  /** The span of the user's action above the call's own; both are handed in when they are over. */
  action: z
    .strictObject({ spanId: z.string().regex(/^[0-9a-f]{16}$/), name: z.string().max(128) })
    .optional(),
});
export type CallCarrier = z.infer<typeof carrierSchema>;

/** A window hands over at most 500 small spans at once. */
const MAX_SPAN_BYTES = 1_000_000;
const runRef = z.object({ runId: z.string().max(64) });
/** A template, and the item it is tried on: the first of an open source, or one of the program's own. */
const promptTrialSchema = promptDraftSchema.extend({
  sourceId: z.string().max(64).nullable(),
  row: z.int().min(1).nullable(),
  termLanguage: z.string().min(2).max(35),
  meaningLanguage: z.string().min(2).max(35),
  generator: z.enum(GENERATORS),
});

export type SourceRef = { readonly sourceId: string; readonly preview: ListPreview };
export type CardPage = { readonly cards: readonly Card[]; readonly total: number };
export type AppInfo = {
  readonly version: string;
  readonly electron: string;
  readonly chrome: string;
  readonly node: string;
  readonly dataDir: string;
  /** Why this is not the Electron the project names, where it is another one. */
  readonly electronNote: string | null;
};
/** Where the key for the settings' server comes from; the environment goes before the settings. */
export type ApiKeySource = 'environment' | 'file' | null;
export type ConnectionTest = {
  readonly model: string;
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly traceId: string;
};
/** What a failed call carries across the bridge. */
export type CallError = { readonly code: string; readonly message: string; readonly hint: string | null };

export const contract = {
  /** Opens the system's file dialog for lists and documents; `null` when the user cancels. */
  chooseList: call<SourceRef | null>()(nothing),
  /** A file dropped on the window. */
  previewFile: call<SourceRef>()(z.object({ path: z.string().min(1).max(4096) })),
  /** Pasted text. */
  previewText: call<SourceRef>()(
    z.object({
      text: z.string().max(5_000_000),
      /** `notes`: Markdown, cut into passages; `list`: one row a line. Left to the text where it is not given. */
      as: z.enum(['list', 'notes']).optional(),
    }),
  ),
  /** What a run would take, and what of it is there already. */
  estimateRun: call<RunEstimate>()(z.object({ sourceId: z.string().max(64), settings: runSettingsSchema })),
  /** The bundled sample list. */
  previewSample: call<SourceRef>()(nothing),
  startRun: call<{ readonly runId: string }>()(
    z.object({ sourceId: z.string().max(64), settings: runSettingsSchema }),
  ),
  pauseRun: call<void>()(runRef),
  /** With another budget where one is given. */
  resumeRun: call<void>()(runRef.extend({ budget: runSettingsSchema.shape.budget })),
  cancelRun: call<void>()(runRef),
  /** Puts the failed rows back into the queue and goes on. */
  retryFailed: call<void>()(runRef),
  /** Newest first. */
  runs: call<readonly RunProgress[]>()(nothing),
  /** The first failed and skipped rows; how many there are is in `RunProgress`. */
  runErrors: call<readonly LeftRow[]>()(runRef.extend({ limit: z.int().min(1).max(100_000) })),
  decks: call<readonly DeckSummary[]>()(nothing),
  /** Newest first; `total` counts all that match. */
  cards: call<CardPage>()(
    z.object({
      deck: z.string().max(200).nullable(),
      runId: z.string().max(64).nullable(),
      search: z.string().max(500).nullable(),
      offset: z.int().min(0),
      limit: z.int().min(1).max(1000),
    }),
  ),

  /** Decks by name, with what is due in each; a deck above others counts theirs. */
  deckTree: call<readonly DeckNode[]>()(nothing),
  createDeck: call<void>()(z.object({ name: deckNameSchema })),
  /** Those below it go along. */
  renameDeck: call<ChangeSet>()(z.object({ name: deckNameSchema, to: deckNameSchema })),
  /** With all its notes and the decks below it; can be taken back. */
  removeDeck: call<ChangeSet>()(z.object({ name: deckNameSchema })),
  tags: call<readonly TagCount[]>()(nothing),
  findCards: call<FoundCards>()(cardSearchSchema),
  /** In the order of `cardIds`; those that are gone are left out. */
  cardsById: call<readonly Card[]>()(z.object({ cardIds: z.array(cardIdSchema).max(1000) })),
  note: call<NoteDetail | null>()(z.object({ noteId: noteIdSchema })),
  addNote: call<NoteDetail>()(newNoteSchema),
  /** `null` where nothing changed. */
  editNote: call<ChangeSet | null>()(noteEditSchema),
  bulkEdit: call<ChangeSet>()(bulkEditSchema),
  /** Takes the newest change back that still stands; `null` where there is none. */
  undoChange: call<ChangeSet | null>()(nothing),
  /** Newest first. */
  changes: call<readonly ChangeSet[]>()(z.object({ limit: z.int().min(1).max(500) })),
  reviewPage: call<ReviewPage>()(reviewFilterSchema),
  /** Of one run, or all that wait. */
  acceptAll: call<ChangeSet>()(
    z.object({ runId: z.string().max(64).nullable(), withoutWarnings: z.boolean() }),
  ),
  /** One model call; nothing is saved. */
  regenerateCard: call<RegeneratedCard>()(
    z.object({ cardId: cardIdSchema, wish: z.string().trim().max(2000) }),
  ),
  /** Nobody waits for it any more: a call that is under way is broken off. */
  stopRegenerating: call<void>()(z.object({ cardId: cardIdSchema })),

  promptTemplates: call<readonly PromptTemplate[]>()(nothing),
  savePromptTemplate: call<PromptTemplate>()(promptDraftSchema),
  previewPrompt: call<PromptPreview>()(promptTrialSchema),
  /** One item through the stage; nothing is saved. */
  tryPrompt: call<PromptTrial>()(promptTrialSchema.extend({ trialId: z.uuid() })),
  /** Nobody waits for it any more: a call that is under way is broken off. */
  stopTrying: call<void>()(z.object({ trialId: z.uuid() })),

  nextCard: call<StudyTurn>()(studyPlaceSchema),
  /** Where the first card came without them. */
  studyCounts: call<StudyCounts>()(studyPlaceSchema),
  rateCard: call<StudyTurn>()(ratingSchema),
  /** The rated card comes back as it was; `null` where nothing can be taken back. */
  undoRating: call<StudyTurn | null>()(studyPlaceSchema),
  /** Until tomorrow. */
  buryCard: call<StudyTurn>()(studyPlaceSchema.extend({ cardId: cardIdSchema })),
  /** What a deck says of its own about studying, and what holds for it with all that is above it. */
  deckStudy: call<{ readonly own: DeckStudy; readonly inForce: StudySettings }>()(
    z.object({ name: deckNameSchema }),
  ),
  setDeckStudy: call<void>()(z.object({ name: deckNameSchema, own: deckStudySchema })),
  /** Due dates as the settings of now would have them; can be taken back. */
  reschedule: call<ChangeSet>()(z.object({ deck: z.string().max(200).nullable() })),
  studyStats: call<StudyStats>()(statsSchema),
  optimiseStudy: call<Optimised>()(z.object({ deck: z.string().max(200).nullable() })),

  /** Opens the system's file dialog for packages; `null` when the user cancels. */
  choosePackage: call<PackagePreview | null>()(nothing),
  previewPackage: call<PackagePreview>()(z.object({ path: z.string().min(1).max(4096) })),
  importPackage: call<DeckImportReport>()(
    z.object({
      path: z.string().min(1).max(4096),
      /** Everything into this deck; each note into its own where it is `null`. */
      deck: deckNameSchema.nullable(),
    }),
  ),
  exportPlan: call<ExportPlan>()(exportScopeSchema),
  /** Opens the save dialog; `null` when the user cancels. */
  exportDeck: call<DeckExportReport | null>()(exportChoiceSchema),
  ankiStatus: call<AnkiStatus>()(nothing),
  pushPlan: call<PushPlan>()(z.object({ deck: z.string().max(200).nullable() })),
  push: call<PushReport>()(pushSchema),
  watchStatus: call<WatchStatus>()(nothing),
  /** Opens the system's folder dialog; `null` when the user cancels. */
  chooseFolder: call<string | null>()(nothing),
  /** Newest first. */
  backups: call<readonly BackupEntry[]>()(nothing),
  backUpNow: call<BackupEntry>()(nothing),
  /** The deck as it is is backed up first. */
  restoreBackup: call<BackupEntry>()(z.object({ name: z.string().min(1).max(255) })),
  cancelJob: call<void>()(z.object({ jobId: z.string().max(64) })),

  /** A stored trace, packed by `encodeSpans`; no spans where it is not there (`traceAbsence` says why). */
  trace: call<Uint8Array>()(z.object({ traceId: traceIdSchema })),
  traceAbsence: call<TraceAbsence>()(z.object({ traceId: traceIdSchema })),
  searchTraces: call<FoundTraces>()(traceSearchSchema),
  searchLogs: call<FoundLogs>()(logSearchSchema),
  fieldCatalog: call<FieldCatalog>()(nothing),
  operations: call<Found<OperationStats>>()(operationsSchema),
  spanSteps: call<SpanSteps>()(spanStepsSchema),
  /** `null` where no span of that operation has ended. */
  percentile: call<PercentileBadge | null>()(
    z.object({ service: z.string().max(255), name: z.string().max(10_000), durationMs: z.number() }),
  ),
  serviceMap: call<ServiceMap>()(searchSchema),
  errorGroups: call<Found<ErrorGroup>>()(searchSchema),
  tokenLedger: call<Found<LedgerRow>>()(ledgerSchema),
  traceTokens: call<FoundTraceTokens>()(z.object({ traceIds: z.array(traceIdSchema).max(200) })),
  cacheLens: call<CacheLens>()(cacheLensSchema),
  callTree: call<FoundCallTree>()(callTreeSchema),
  /** Spans of other traces that link to this trace, or to one span of it. */
  backLinks: call<readonly BackLink[]>()(
    z.object({ traceId: traceIdSchema, spanId: spanIdSchema.nullable() }),
  ),
  pinTrace: call<void>()(z.object({ traceId: traceIdSchema, pinned: z.boolean() })),
  metricInstruments: call<readonly MetricInstrument[]>()(nothing),
  /** Of a trace, those of the span first; at most 100. */
  exemplars: call<readonly FoundExemplar[]>()(
    z.object({ traceId: traceIdSchema, spanId: spanIdSchema.nullable() }),
  ),
  /** `null` for an instrument that is not there. */
  metricSeries: call<FoundMetric | null>()(metricSeriesSchema),
  traceStoreStatus: call<TraceStoreStatus>()(nothing),
  savedQueries: call<readonly SavedQuery[]>()(nothing),
  /** One of the same name and signal is replaced. */
  saveQuery: call<readonly SavedQuery[]>()(savedQuerySchema),
  removeQuery: call<readonly SavedQuery[]>()(savedQuerySchema.pick({ name: true, signal: true })),
  /** One statement that reads; stopped after five seconds. */
  runSql: call<SqlResult>()(sqlSchema),
  /** Opens the system's file dialog; `null` when the user cancels. */
  chooseTraceFiles: call<readonly ImportReport[] | null>()(nothing),
  /** Files dropped on the window. */
  importTraceFiles: call<readonly ImportReport[]>()(
    z.object({ paths: z.array(z.string().min(1).max(4096)).min(1).max(100) }),
  ),
  /** Opens the save dialog; `null` when the user cancels. */
  exportTraces: call<ExportReport | null>()(
    z.object({
      selection: exportSelectionSchema,
      format: z.enum(EXPORT_FORMATS),
      /** Log records of the traces as well, where the form has a place for them. */
      withLogs: z.boolean().default(false),
      /** Metric points of their time and services, where the form has a place for them. */
      withMetrics: z.boolean().default(false),
    }),
  ),
  /** A trace as text for a language model: redacted and bounded. */
  textForLlm: call<string>()(z.object({ traceId: traceIdSchema })),
  receiverStatus: call<ReceiverStatus>()(nothing),
  /** `null` removes the token. */
  setReceiverToken: call<ReceiverStatus>()(z.object({ token: z.string().min(8).max(512).nullable() })),
  /** What changed after that place (zeros: all that is held). May stop short: go on from the batch's cursor. */
  spansSince: call<SpanBatch>()(z.object({ spans: z.number().min(0), leaves: z.number().min(0) })),
  /** Spans that ended in the window, packed by `encodeSpans`. */
  recordSpans: call<void>()(
    z.object({
      bytes: z.custom<Uint8Array>(
        (bytes) => bytes instanceof Uint8Array && bytes.byteLength <= MAX_SPAN_BYTES,
        'no bytes, or too many',
      ),
      /** Spans that the window had no room for, or could not hand over, since it said so last. */
      dropped: z.int().min(0).optional(),
    }),
  ),
  /** What telemetry recorded, left out, stored and sent since the program started. */
  telemetryStatus: call<TelemetryStatus>()(nothing),
  /** Every instrument's totals since the program started. */
  metrics: call<readonly MetricSnapshot[]>()(nothing),
  /** Newest last. */
  logs: call<readonly LogRecord[]>()(
    z.object({ traceId: z.string().nullable(), limit: z.int().min(1).max(10_000) }),
  ),
  settings: call<{ settings: Settings; apiKey: ApiKeySource; anthropicKey: ApiKeySource }>()(nothing),
  saveSettings: call<Settings>()(settingsSchema),
  /** `null` removes the key. Refused where the system cannot encrypt it. */
  setApiKey: call<ApiKeySource>()(
    z.object({ key: z.string().min(1).max(4096).nullable(), for: z.enum(['openai', 'anthropic']) }),
  ),
  /** One tiny call; its trace is in the answer. */
  testConnection: call<ConnectionTest>()(z.object({ generator: z.enum(GENERATORS) })),
  /** Opens the system's file dialog for a GGUF file; `null` when the user cancels. */
  chooseModelFile: call<string | null>()(nothing),
  cacheReport: call<CacheReport>()(nothing),
  /** Forgets every kept answer; resolves to what is there then. */
  clearCache: call<CacheReport>()(nothing),
  appInfo: call<AppInfo>()(nothing),
  openWindow: call<void>()(nothing),
  /** The `tracedeck://` link that the program was started with: told to the first window that asks. */
  startLink: call<string | null>()(nothing),
  /** What became of a restore, for which the program started anew: told to the first window that asks. */
  restoreOutcome: call<RestoreOutcome | null>()(nothing),

  spansAdded: event<SpanBatch>(),
  /** Traces that the store wrote to since the last push, at most four times a second. */
  tracesChanged: event<readonly TraceSummary[]>(),
  /** A `tracedeck://` link was opened while the program runs. */
  linkOpened: event<{ readonly url: string }>(),
  runChanged: event<RunProgress>(),
  cardsAdded: event<{ readonly runId: string; readonly cards: readonly Card[] }>(),
  logsAdded: event<readonly LogRecord[]>(),
  /** Notes, cards or schedules changed, by whatever hand; at most four times a second. */
  deckChanged: event<null>(),
  jobChanged: event<JobProgress>(),
  watchChanged: event<WatchStatus>(),
  /** A goal is missed that was not before, or its budget burns at a higher level. */
  goalWarning: event<JudgedGoal>(),
} as const;

export type Contract = typeof contract;
export type CallName = {
  [K in keyof Contract]: Contract[K]['kind'] extends 'call' ? K : never;
}[keyof Contract];
export type EventName = Exclude<keyof Contract, CallName>;
export type Input<K extends CallName> = Contract[K] extends Call<infer In, infer _Out> ? In : never;
export type Output<K extends CallName> = Contract[K] extends Call<infer _In, infer Out> ? Out : never;
export type Payload<K extends EventName> = Contract[K] extends Event<infer P> ? P : never;

/** `window.api`: every call as a function, every event as a subscription that returns its own end. */
export type Api = {
  readonly [K in CallName]: (...args: undefined extends Input<K> ? [] : [Input<K>]) => Promise<Output<K>>;
} & {
  readonly [K in EventName as `on${Capitalize<K>}`]: (listener: (payload: Payload<K>) => void) => () => void;
} & {
  /** The path of a file that the user dropped on the window. */
  readonly pathOfDroppedFile: (file: unknown) => string;
};

/** What the main process implements: one function a call. */
export type Handlers = { readonly [K in CallName]: (input: Input<K>) => Promise<Output<K>> | Output<K> };

export type Reply<Out> =
  { readonly ok: true; readonly value: Out } | { readonly ok: false; readonly error: CallError };
