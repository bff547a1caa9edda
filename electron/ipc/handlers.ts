/** What the windows can ask for: each handler is a few lines over the program's parts. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { BrowserWindow, dialog, type OpenDialogOptions, type SaveDialogOptions } from 'electron';
import type { AppInfo, Handlers, SourceRef } from '../../shared/ipc.ts';
import type { CacheReport } from '../../shared/run.ts';
import type { Program } from '../compose.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { OpenedList } from '../exchange/readList.ts';
import { adoptWindowSpans } from './callTrace.ts';
import { traceFileHandlers } from './traceFileHandlers.ts';

/** How many opened lists are remembered; an older one has to be chosen again. */
const MAX_SOURCES = 4;
/** Packed and copied in some 20 ms; a window goes on asking until it has all. */
const MAX_SPANS_AT_ONCE = 50_000;

const LIST_FILES: OpenDialogOptions = {
  title: 'Choose a list',
  properties: ['openFile'],
  filters: [
    { name: 'Lists and notes', extensions: ['csv', 'tsv', 'txt', 'md'] },
    { name: 'All files', extensions: ['*'] },
  ],
};
const CARD_FILES: SaveDialogOptions = {
  title: 'Export cards',
  defaultPath: 'cards.csv',
  filters: ['csv', 'tsv', 'json', 'md'].map((extension) => ({
    name: extension.toUpperCase(),
    extensions: [extension],
  })),
};

export type HandlerTools = {
  readonly program: Program;
  readonly sampleList: string;
  readonly info: AppInfo;
  readonly openWindow: () => void;
  readonly startLink: () => string | null;
};

export function createHandlers(tools: HandlerTools): Handlers {
  const { program, sampleList, info, openWindow, startLink } = tools;
  const sources = new Map<string, OpenedList>();
  const { runs, cards, traces, telemetry, settings, keys } = program;

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
  const cacheReport = (): CacheReport => {
    const { memory, disk, byStage } = program.cache.stats();
    return { memory, disk, byStage, degraded: program.cache.degraded()?.message ?? null };
  };
  const previewFile = async (path: string) => remember(await program.openList({ kind: 'file', path }));

  return {
    async chooseList() {
      const parent = BrowserWindow.getFocusedWindow();
      const chosen = parent
        ? await dialog.showOpenDialog(parent, LIST_FILES)
        : await dialog.showOpenDialog(LIST_FILES);
      const path = chosen.filePaths[0];
      return path === undefined ? null : previewFile(path);
    },
    previewFile: ({ path }) => previewFile(path),
    previewText: async ({ text }) =>
      remember(await program.openList({ kind: 'text', text, name: 'Pasted text' })),
    previewSample: () => previewFile(sampleList),

    async startRun({ sourceId, settings: runSettings }) {
      const list = sources.get(sourceId);
      if (!list)
        throw new TracedeckError('user', 'source_forgotten', 'Choose the list again: it is no longer open.');
      return { runId: await program.startRun(list, runSettings) };
    },
    pauseRun: ({ runId }) => runs.pause(runId),
    resumeRun: ({ runId }) => runs.resume(runId),
    cancelRun: ({ runId }) => runs.cancel(runId),
    retryFailed: ({ runId }) => runs.resume(runId, { retryFailed: true }),
    runs: () => runs.list(200),
    runErrors: ({ runId, limit }) => runs.errors(runId, limit),

    decks: () => cards.decks(),
    cards: (filter) => cards.page({ ...filter, listOfRun: null }),
    async exportCards({ deck, runId, search }) {
      const parent = BrowserWindow.getFocusedWindow();
      const chosen = parent
        ? await dialog.showSaveDialog(parent, CARD_FILES)
        : await dialog.showSaveDialog(CARD_FILES);
      if (chosen.canceled || chosen.filePath === '') return null;
      const count = await program.exportCards(chosen.filePath, {
        deck,
        runId: null,
        listOfRun: runId,
        search,
      });
      return { path: basename(chosen.filePath), count };
    },

    async trace({ traceId }) {
      // What has just ended may still be on its way to the store.
      await program.flush();
      return traces.get(traceId);
    },
    traceAbsence: (ref) => traces.ask('traceAbsence', ref),
    searchTraces: (search) => traces.ask('searchTraces', search),
    searchSpans: (search) => traces.ask('searchSpans', search),
    searchLogs: (search) => traces.ask('searchLogs', search),
    fieldCatalog: () => traces.ask('fieldCatalog'),
    operations: (search) => traces.ask('operations', search),
    percentile: (question) => traces.ask('percentile', question),
    serviceMap: (search) => traces.ask('serviceMap', search),
    errorGroups: (search) => traces.ask('errorGroups', search),
    tokenLedger: (search) => traces.ask('tokenLedger', search),
    cacheLens: (search) => traces.ask('cacheLens', search),
    callTree: (search) => traces.ask('callTree', search),
    backLinks: (ref) => traces.ask('backLinks', ref),
    pinTrace: (pin) => traces.ask('pinTrace', pin),
    metricInstruments: () => traces.ask('metricInstruments'),
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
    ...traceFileHandlers(program.traceFiles, () => program.flush()),

    receiverStatus: () => program.receiver.status(),
    setReceiverToken: ({ token }) => program.receiver.setToken(token),

    settings: () => ({ settings: settings.current(), apiKey: apiKeySource() }),
    saveSettings: (next) => settings.save(next),
    setApiKey({ key }) {
      keys.set(key);
      return apiKeySource();
    },
    testConnection: () => program.testConnection(),
    cacheReport,
    clearCache() {
      program.cache.clear();
      return cacheReport();
    },
    appInfo: () => info,
    openWindow,
    startLink,
  };
}
