/** The composition root: builds every part once and wires them. This folder alone sees all of them. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JudgedGoal } from '../../shared/analysis/judgeGoal.ts';
import type { Card } from '../../shared/card.ts';
import type { RunProgress, RunSettings } from '../../shared/run.ts';
import type { JobProgress } from '../../shared/job.ts';
import type { Settings } from '../../shared/settings.ts';
import type { RunEstimate, WatchStatus } from '../../shared/source.ts';
import { ATTR, type LogRecord, type TraceSummary } from '../../shared/span.ts';
import type { TelemetryStatus } from '../../shared/telemetrySettings.ts';
import type { SqlResult } from '../../shared/traceQuery.ts';
import { createTieredCache, type TieredCache } from '../cache/tieredCache.ts';
import { prepareDataDir, type DataPaths } from '../config/dataFolder.ts';
import { ENVIRONMENT_NAMES } from '../config/environment.ts';
import { createKeyStore, type Encryption, type KeyStore } from '../config/keyStore.ts';
import { createSettingsStore, type SettingsStore } from '../config/settingsStore.ts';
import type { CardFilter } from '../deck/cardStore.ts';
import { openDeck } from '../deck/openDeck.ts';
import { toTracedeckError, type TracedeckError } from '../errors/tracedeckError.ts';
import type { ListSource, OpenedList } from '../exchange/readList.ts';
import { writeCards } from '../exchange/writeCards.ts';
import { composeBackups } from './composeBackups.ts';
import { composeDeck, type DeckSide, type PrintSheet } from './composeDeck.ts';
import { createGenerators, type Generators } from './composeGenerators.ts';
import { tellLoops, type ProgramReceiver } from './composeReceiver.ts';
import { composeRuns } from './composeRuns.ts';
import {
  applyTelemetrySettings,
  createTelemetryPlan,
  protectHeaders,
  telemetryStatusOf,
} from './composeTelemetry.ts';
import { composeTraces } from './composeTraces.ts';
import { startGoalWatch } from './goalWatch.ts';
import { BUILT_IN_TEXTS, BUILT_IN_VERSIONS } from '../generators/builtInPrompts.ts';
import type { SourceOptions } from './openSource.ts';
import { recordKilledRun } from '../observe/killedRun.ts';
import type { RunManager } from '../pipeline/runManager.ts';
import { createPromptStore, type PromptStore } from '../prompts/promptStore.ts';
import type { Watch } from '../deckJobs/job.ts';
import type { Telemetry } from '../telemetry/api.ts';
import { instrumentDatabase, type DatabaseInstrumentation } from '../telemetry/components/database.ts';
import { startExports } from '../telemetry/export/exportHub.ts';
import { initTelemetry } from '../telemetry/telemetry.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { TraceFiles } from '../traceFiles/traceFiles.ts';
import type { StartSqlProcess } from '../traces/sqlProcess.ts';
import type { TraceStore } from '../traces/traceStore.ts';

const DAY_MS = 86_400_000;
const SHUTDOWN_MS = 5000;

export type ComposeOptions = {
  readonly dataDir: string;
  readonly files: {
    /** Dictionary of the offline generator. */
    readonly wordNet: string;
    /** Entry of the trace store's thread. */
    readonly traceWorker: string;
    /** Entry of the SQL console's process; without one it cannot be used. */
    readonly sqlWorker?: string;
    /** Entry of the exporters' thread; without one they live in this thread. */
    readonly exportWorker?: string;
    /** Entry of the thread that reads or writes a trace file; without one it is done in this thread. */
    readonly fileWorker?: string;
    /** Entry of the receiver's thread; without one it receives in this thread. */
    readonly receiverWorker?: string;
    /** Entry of the deck's thread; without one long work on it is done in this thread. */
    readonly deckWorker?: string;
    /** Entry of the thread that reads documents; without one they are read in this thread. */
    readonly sourceWorker?: string;
    /** Entry of the local model's thread; without one no model runs here. */
    readonly localWorker?: string;
    /** pdf.js's character maps; without them older Chinese, Japanese and Korean PDFs lose text. */
    readonly cMaps?: string;
    /** Where node-llama-cpp may be installed; the user is told to install it into the last one. */
    readonly llamaFolders?: readonly string[];
  };
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The system's encryption for the API key; `null` where there is none. */
  readonly encryption: Encryption | null;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onCards?: (runId: string, cards: readonly Card[]) => void;
  readonly onLogs?: (records: readonly LogRecord[]) => void;
  /** Traces that were stored, at most four times a second. */
  readonly onTraces?: (traces: readonly TraceSummary[]) => void;
  /** Long work besides runs. */
  readonly onJob?: (progress: JobProgress) => void;
  /** The deck was changed, by whatever hand or process. */
  readonly onDeck?: () => void;
  readonly onWatch?: (status: WatchStatus) => void;
  readonly onGoalWarning?: (judged: JudgedGoal) => void;
  /** What of settings and environment is of no use, and what works less well than it should: one line each. */
  readonly onNotice?: (text: string) => void;
  /**
   * The app, and not one command: it receives, watches folders, makes the daily backup and sends what waits for Anki.
   */
  readonly stays?: boolean;
  readonly printSheet?: PrintSheet;
  /** How the SQL console's process is started; as a plain Node where not given. */
  readonly startSqlProcess?: StartSqlProcess;
  /** Lines of the console exporter; to standard error where not given. */
  readonly print?: (text: string) => void;
};

export interface Program {
  readonly paths: DataPaths;
  readonly runs: RunManager;
  readonly deck: DeckSide;
  readonly prompts: PromptStore;
  readonly generators: Pick<
    Generators,
    'testConnection' | 'regenerate' | 'previewPrompt' | 'tryPrompt' | 'modelServer'
  >;
  readonly cache: TieredCache;
  readonly traces: TraceStore;
  readonly traceFiles: TraceFiles;
  readonly receiver: ProgramReceiver;
  readonly telemetry: Telemetry;
  readonly settings: SettingsStore;
  readonly keys: KeyStore;
  /** A list, or a document cut into passages. */
  openList(source: ListSource, options?: SourceOptions): Promise<OpenedList>;
  /** What a run would take; nothing is asked of a model and nothing written. */
  estimateRun(list: OpenedList, settings: RunSettings, watch?: Partial<Watch>): Promise<RunEstimate>;
  watchStatus(): WatchStatus;
  /** Queues a list and starts its run. */
  startRun(list: OpenedList, settings: RunSettings): Promise<string>;
  /** Writes cards to a file, its form by extension; returns how many. */
  exportCards(path: string, filter: CardFilter): Promise<number>;
  /** Records of this process and those that the trace store keeps, newest last; of one trace where an id is given. */
  logs(traceId: string | null, limit: number): Promise<readonly LogRecord[]>;
  /** What telemetry recorded, left out, stored and sent so far. */
  telemetryStatus(): TelemetryStatus;
  /** One statement that reads, over all that the trace store has by then: docs/sql-console.md. */
  runSql(statement: { readonly sql: string; readonly limit: number }): Promise<SqlResult>;
  /** Puts everything recorded so far into the trace store. */
  flush(): Promise<void>;
  /** Tells of traces that are written to, at most four times a second; returns what ends that. */
  followTraces(listener: (traces: readonly TraceSummary[]) => void): () => void;
  /** Interrupts runs so that they can be resumed, flushes and closes everything, within a few seconds. */
  close(): Promise<void>;
}

/** Builds the program on a data folder. Throws TracedeckError where folder or deck cannot be used. */
export async function compose(options: ComposeOptions): Promise<Program> {
  const { env, files, onLogs } = options;
  const paths = prepareDataDir(options.dataDir);
  // The settings come first: they say what is recorded. What is to be told about them waits for the logger.
  const early: TracedeckError[] = [];
  let notice = (about: TracedeckError): void => void early.push(about);
  const settings = createSettingsStore({
    path: paths.settings,
    env,
    onNotice: (about) => notice(about),
  });
  const planTelemetry = createTelemetryPlan(env, paths.folder, (about) => notice(about));
  let plan = planTelemetry(settings.current().telemetry);
  const telemetry = initTelemetry({
    enabled: plan.enabled,
    version: options.version,
    logFile: `${paths.logs}/tracedeck.log`,
    resource: plan.resource,
    sampling: plan.settings.sampling,
    components: plan.settings.components,
    baggageAttributes: plan.settings.baggageAttributes,
    ...(plan.serviceName === null ? {} : { serviceName: plan.serviceName }),
    ...(plan.logLevel === null ? {} : { logLevel: plan.logLevel }),
  });
  const { logger } = telemetry;
  protectHeaders(telemetry, plan.settings.exporters, env);
  for (const name of [...ENVIRONMENT_NAMES.apiKey, ...ENVIRONMENT_NAMES.anthropicKey, 'TRACEDECK_ANKI_KEY'])
    telemetry.protectSecret(env[name]?.trim() ?? '');
  logger.onRecord((record) => onLogs?.([record]));
  notice = ({ code, message, hint }) => {
    // What nobody foresaw may quote what it could not read.
    const told = code === 'internal' ? 'Something went wrong that nobody foresaw.' : message;
    const text = hint === null ? told : `${told} ${hint}`;
    logger.warn(text, { [ATTR.errorType]: code });
    options.onNotice?.(text);
  };
  for (const about of early) notice(about);

  const databases: DatabaseInstrumentation<Db>[] = [];
  const watchDatabase = (namespace: string) => (db: Db) => {
    const { slowQueryMs } = plan.settings;
    databases.push(instrumentDatabase(telemetry, db, { namespace, slowQueryMs }));
  };
  const db = openDeck(paths.deck, (old) => {
    // Whatever the new schema may do to it: the deck as it was can be had again.
    const { keep } = settings.current().backups;
    composeBackups(paths, keep).backUpNow(old, 'migration');
  });
  watchDatabase('deck')(db);
  const keys = createKeyStore({
    path: paths.keys,
    env,
    mayGoTo(source, serverUrl, provider) {
      const { server, anthropic } = settings.current();
      if (source === 'stored') return serverUrl === (provider === 'openai' ? server : anthropic).baseUrl;
      const home = provider === 'openai' ? 'api.openai.com' : 'api.anthropic.com';
      return (
        new URL(serverUrl).hostname === home ||
        (provider === 'openai' && serverUrl === settings.overrides().baseUrl)
      );
    },
    ...(options.encryption === null ? {} : { encrypt: options.encryption }),
  });
  const limits = settings.current().cache;
  const cache = createTieredCache({
    db: paths.cache,
    memoryBytes: limits.memoryBytes,
    diskBytes: limits.diskBytes,
    ttlMs: limits.ttlDays * DAY_MS,
    onOpen: watchDatabase('cache'),
    onDegraded: notice,
  });
  const traceListeners = new Set<(traces: readonly TraceSummary[]) => void>();
  const traces = composeTraces({
    telemetry,
    paths,
    settings: settings.current(),
    databaseMode: () => plan.settings.components.database,
    files,
    version: options.version,
    env,
    encryption: options.encryption,
    notice: (about) => notice(about),
    readsApart: options.stays === true,
    onTraces(changed) {
      goalWatch?.changed();
      options.onTraces?.(changed);
      for (const listener of traceListeners) listener(changed);
    },
    ...(options.startSqlProcess === undefined ? {} : { startSqlProcess: options.startSqlProcess }),
  });
  const goalWatch =
    options.stays !== true
      ? null
      : startGoalWatch({
          goals: () => settings.current().goals,
          traces: traces.store,
          logger,
          ...(options.onGoalWarning === undefined ? {} : { onWarning: options.onGoalWarning }),
        });
  const exports = startExports(telemetry, {
    workerFile: files.exportWorker ?? null,
    spoolDir: paths.spool,
    env,
    exporters: telemetry.enabled ? plan.settings.exporters : [],
    scope: { name: 'tracedeck', version: options.version },
    print: options.print ?? ((text) => void process.stderr.write(`${text}\n`)),
  });
  settings.onChange((changed) => {
    void traces.configure(changed).catch(notice);
    plan = planTelemetry(changed.telemetry);
    applyTelemetrySettings({ telemetry, exports, databases: () => databases, env }, plan.settings);
    if (options.stays === true) receive(changed);
    runs.watcher?.setFolders(changed.watchedFolders);
  });
  function receive(saved: Settings): void {
    tellLoops(saved, plan.settings.exporters, notice);
    void traces.receiver.listen(saved.receiver).catch((error: unknown) => notice(toTracedeckError(error)));
  }
  if (options.stays === true) receive(settings.current());
  const prompts = createPromptStore(db, {
    builtIn: { texts: BUILT_IN_TEXTS, versions: BUILT_IN_VERSIONS },
  });
  const generators = createGenerators({
    telemetry,
    settings,
    keys,
    prompts,
    wordNetPath: files.wordNet,
    recordText: () => plan.settings.recordText,
    localWorker: files.localWorker ?? '',
    llamaFolders: files.llamaFolders ?? [join(paths.folder, 'llama')],
  });
  const deck = composeDeck({
    telemetry,
    db,
    paths,
    settings,
    env,
    workerFile: files.deckWorker ?? null,
    printSheet: options.printSheet ?? null,
    wrapAttempt: generators.wrapAttempt,
    notice: (about) => notice(about),
    keeps: options.stays === true,
    ...(options.onJob === undefined ? {} : { onJob: options.onJob }),
    ...(options.onDeck === undefined ? {} : { onChanged: options.onDeck }),
  });

  const runs = composeRuns({
    telemetry,
    db,
    cache,
    generators,
    settings,
    hasNote: deck.cards.hasNote,
    files,
    watchesFolders: options.stays === true,
    notice: (about) => notice(about),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.onCards === undefined ? {} : { onCards: options.onCards }),
    ...(options.onWatch === undefined ? {} : { onWatch: options.onWatch }),
  });
  const killedRuns = Promise.all(
    runs.killed.map((run) => recordKilledRun(telemetry, traces.store, run)),
  ).catch((error: unknown) => notice(toTracedeckError(error)));

  return {
    paths,
    runs: runs.manager,
    deck,
    prompts,
    generators,
    cache,
    traces: traces.store,
    traceFiles: traces.files,
    receiver: traces.receiver,
    telemetry,
    settings,
    keys,
    openList: runs.openList,
    watchStatus: () => runs.watcher?.status() ?? { folders: [], files: [] },
    estimateRun: runs.estimate,
    startRun: runs.start,
    exportCards: (path, filter) => writeCards(path, deck.cards.all(filter)),
    logs: traces.logs,
    telemetryStatus: () => telemetryStatusOf(telemetry, traces.flusher, exports, plan),
    runSql: traces.runSql,
    flush: () => traces.flusher.flush(),
    followTraces(listener) {
      traceListeners.add(listener);
      return () => void traceListeners.delete(listener);
    },
    async close() {
      goalWatch?.close();
      await runs.close();
      await deck.close();
      await killedRuns;
      await traces.quiesce();
      await telemetry.shutdown(SHUTDOWN_MS);
      await Promise.race([traces.store.close(), sleep(SHUTDOWN_MS, undefined, { ref: false })]);
      await generators.close();
      cache.close();
      db.close();
    },
  };
}
