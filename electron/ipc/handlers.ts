/** What the windows can ask for: each handler is a few lines over the program's parts. */
import { randomUUID } from 'node:crypto';
import type { OpenDialogOptions } from 'electron';
import type { SourceItem } from '../../shared/card.ts';
import type { AppInfo, Handlers, Input, SourceRef } from '../../shared/ipc.ts';
import type { PromptKind } from '../../shared/prompt.ts';
import type { CacheReport } from '../../shared/run.ts';
import type { Program } from '../compose/compose.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { guessLanguage } from '../exchange/guessLanguage.ts';
import { isProblem, type OpenedList } from '../exchange/readList.ts';
import { SAMPLE_ITEMS } from '../generators/previewPrompt.ts';
import { promptKindOf } from '../generators/prompts.ts';
import { adoptWindowSpans } from './callTrace.ts';
import { deckHandlers } from './deckHandlers.ts';
import { askForPath } from './dialogs.ts';
import { createStoppable } from './stoppable.ts';
import { traceFileHandlers } from './traceFileHandlers.ts';

/** How many opened lists are remembered; an older one has to be chosen again. */
const MAX_SOURCES = 4;
/** Packed and copied in some 20 ms; a window goes on asking until it has all. */
const MAX_SPANS_AT_ONCE = 50_000;

const SOURCE_FILES: OpenDialogOptions = {
  title: 'Choose a list or notes',
  properties: ['openFile'],
  filters: [
    { name: 'Lists and notes', extensions: ['csv', 'tsv', 'txt', 'md', 'markdown', 'pdf', 'epub'] },
    { name: 'All files', extensions: ['*'] },
  ],
};
const MODEL_FILES: OpenDialogOptions = {
  title: 'Choose a model',
  properties: ['openFile'],
  filters: [
    { name: 'GGUF', extensions: ['gguf'] },
    { name: 'All files', extensions: ['*'] },
  ],
};

type PromptTrialInput = Input<'previewPrompt'>;

export type HandlerTools = {
  readonly program: Program;
  readonly sampleList: string;
  readonly info: AppInfo;
  readonly openWindow: () => void;
  readonly startLink: () => string | null;
  /** Ends the program, puts the deck back to what a backup has, and starts it anew. */
  readonly restore: Handlers['restoreBackup'];
  readonly restoreOutcome: Handlers['restoreOutcome'];
};

export function createHandlers(tools: HandlerTools): Handlers {
  const { program, sampleList, info, openWindow, startLink, restore, restoreOutcome } = tools;
  const sources = new Map<string, OpenedList>();
  const trials = createStoppable<string>();
  const { runs, traces, telemetry, settings, keys, prompts, generators } = program;

  function remember(list: OpenedList): SourceRef {
    const sourceId = randomUUID();
    sources.set(sourceId, list);
    for (const oldest of sources.keys()) {
      if (sources.size <= MAX_SOURCES) break;
      void sources.get(oldest)?.close();
      sources.delete(oldest);
    }
    return { sourceId, preview: list.preview };
  }
  const apiKeySource = () => keys.source(settings.current().server.baseUrl);
  const anthropicKeySource = () => keys.source(settings.current().anthropic.baseUrl, 'anthropic');
  function opened(sourceId: string): OpenedList {
    const list = sources.get(sourceId);
    if (list !== undefined) return list;
    throw new TracedeckError('user', 'source_forgotten', 'Choose the file again: it is no longer open.');
  }
  /** What a template is tried on: a row of the open source, or an item of the program's own. */
  async function trialOf({ sourceId, row, kind, ...draft }: PromptTrialInput) {
    const item = await itemOf(sourceId === null ? undefined : sources.get(sourceId), kind, row);
    const { termLanguage, meaningLanguage, generator, ...text } = draft;
    const spoken = termLanguage === 'auto' ? guessLanguage([item.term], []) : termLanguage;
    return { draft: { ...text, kind }, item, termLanguage: spoken, meaningLanguage, generator };
  }
  const cacheReport = (): CacheReport => {
    const { memory, disk, byStage } = program.cache.stats();
    return { memory, disk, byStage, degraded: program.cache.degraded()?.message ?? null };
  };
  const previewFile = async (path: string) => remember(await program.openList({ kind: 'file', path }));

  return {
    async chooseList() {
      const path = await askForPath(SOURCE_FILES);
      return path === null ? null : previewFile(path);
    },
    previewFile: ({ path }) => previewFile(path),
    previewText: async ({ text, as }) => {
      const how = as === undefined ? {} : { as };
      return remember(await program.openList({ kind: 'text', text, name: 'Pasted text' }, how));
    },
    previewSample: () => previewFile(sampleList),

    startRun: async ({ sourceId, settings: runSettings }) => ({
      runId: await program.startRun(opened(sourceId), runSettings),
    }),
    estimateRun: ({ sourceId, settings: runSettings }) => program.estimateRun(opened(sourceId), runSettings),
    pauseRun: ({ runId }) => runs.pause(runId),
    resumeRun: ({ runId, budget }) => runs.resume(runId, budget === undefined ? {} : { budget }),
    cancelRun: ({ runId }) => runs.cancel(runId),
    retryFailed: ({ runId }) => runs.resume(runId, { retryFailed: true }),
    runs: () => runs.list(200),
    runErrors: ({ runId, limit }) => runs.errors(runId, limit),

    async trace({ traceId }) {
      // What has just ended may still be on its way to the store.
      await program.flush();
      return traces.get(traceId);
    },
    traceAbsence: (ref) => traces.ask('traceAbsence', ref),
    searchTraces: (search) => traces.ask('searchTraces', search),
    searchLogs: (search) => traces.ask('searchLogs', search),
    fieldCatalog: () => traces.ask('fieldCatalog'),
    operations: (search) => traces.ask('operations', search),
    spanSteps: (search) => traces.ask('spanSteps', search),
    percentile: (question) => traces.ask('percentile', question),
    serviceMap: (search) => traces.ask('serviceMap', search),
    errorGroups: (search) => traces.ask('errorGroups', search),
    tokenLedger: (search) => traces.ask('tokenLedger', search),
    cacheLens: (search) => traces.ask('cacheLens', search),
    traceTokens: (ref) => traces.ask('traceTokens', ref),
    callTree: (search) => traces.ask('callTree', search),
    backLinks: (ref) => traces.ask('backLinks', ref),
    pinTrace: (pin) => traces.ask('pinTrace', pin),
    metricInstruments: () => traces.ask('metricInstruments'),
    exemplars: (ref) => traces.ask('exemplars', ref),
    metricSeries: (search) => traces.ask('metricSeries', search),
    traceStoreStatus: () => traces.ask('traceStoreStatus'),
    savedQueries: () => traces.ask('savedQueries'),
    saveQuery: (query) => traces.ask('saveQuery', query),
    removeQuery: (query) => traces.ask('removeQuery', query),
    spansSince: (cursor) => telemetry.spans.since(cursor, MAX_SPANS_AT_ONCE),
    recordSpans: ({ bytes, dropped }) => adoptWindowSpans(telemetry, bytes, dropped),
    telemetryStatus: () => program.telemetryStatus(),
    metrics: () => telemetry.metrics.collect(),
    logs: ({ traceId, limit }) => program.logs(traceId, limit),
    runSql: (statement) => program.runSql(statement),
    ...traceFileHandlers(program.traceFiles, () => program.flush(), program.deck.watch),

    receiverStatus: () => program.receiver.status(),
    setReceiverToken: ({ token }) => program.receiver.setToken(token),

    settings: () => ({
      settings: settings.current(),
      apiKey: apiKeySource(),
      anthropicKey: anthropicKeySource(),
    }),
    saveSettings: (next) => settings.save(next),
    setApiKey({ key, for: provider }) {
      keys.set(key, provider);
      return provider === 'openai' ? apiKeySource() : anthropicKeySource();
    },
    testConnection: (which) => generators.testConnection(which),
    chooseModelFile: () => askForPath(MODEL_FILES),
    chooseFolder: () => askForPath({ title: 'Choose a folder', properties: ['openDirectory'] }),
    watchStatus: () => program.watchStatus(),

    promptTemplates: () => prompts.list(),
    savePromptTemplate: (draft) => prompts.save(draft),
    previewPrompt: async (trial) => generators.previewPrompt(await trialOf(trial)),
    tryPrompt: ({ trialId, ...trial }) =>
      trials.run(trialId, async (signal) => generators.tryPrompt(await trialOf(trial), signal)),
    stopTrying: ({ trialId }) => trials.stop(trialId),

    ...deckHandlers(program),
    restoreBackup: restore,
    cacheReport,
    clearCache() {
      program.cache.clear();
      return cacheReport();
    },
    appInfo: () => info,
    openWindow,
    startLink,
    restoreOutcome,
  };
}

/** The wanted row of a source, else its first of that kind, else a sample. */
async function itemOf(
  list: OpenedList | undefined,
  kind: PromptKind,
  row: number | null,
): Promise<SourceItem> {
  if (list === undefined) return SAMPLE_ITEMS[kind];
  for await (const batch of list.items()) {
    for (const entry of batch) {
      if (isProblem(entry) || promptKindOf(entry.kind) !== kind) continue;
      if (row === null || entry.row >= row) return entry;
    }
  }
  return SAMPLE_ITEMS[kind];
}
