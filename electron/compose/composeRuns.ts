/** Runs in the program: lists and documents become rows, rows become a run, and watched folders start runs by themselves. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Card } from '../../shared/card.ts';
import { runSettingsSchema, type RunProgress, type RunSettings } from '../../shared/run.ts';
import type { RunEstimate, WatchStatus } from '../../shared/source.ts';
import { ATTR } from '../../shared/span.ts';
import type { TieredCache } from '../cache/tieredCache.ts';
import type { SettingsStore } from '../config/settingsStore.ts';
import { createRunStore } from '../deck/runStore.ts';
import { storageFault } from '../errors/storageFault.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { noteKey } from '../exchange/noteKey.ts';
import { isProblem, type ListSource, type OpenedList } from '../exchange/readList.ts';
import { createRunObserver, traceQueue } from '../observe/pipelinePorts.ts';
import { traceCache } from '../observe/stageCache.ts';
import type { NewRow, StoredRun } from '../pipeline/ports.ts';
import { createRunManager, type RunManager } from '../pipeline/runManager.ts';
import { createFolderWatcher, type FolderWatcher, type TakenFile } from '../sources/folderWatcher.ts';
import { createWatchedFileStore } from '../sources/watchedFiles.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { Telemetry } from '../telemetry/api.ts';
import type { Watch } from '../deckJobs/job.ts';
import type { Generators } from './composeGenerators.ts';
import { openSource, type SourceOptions } from './openSource.ts';

export type RunParts = {
  readonly telemetry: Telemetry;
  readonly db: Db;
  readonly cache: TieredCache;
  readonly generators: Generators;
  readonly settings: SettingsStore;
  readonly hasNote: (deck: string, noteKey: string) => boolean;
  readonly files: { readonly sourceWorker?: string; readonly cMaps?: string };
  readonly watchesFolders: boolean;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onCards?: (runId: string, cards: readonly Card[]) => void;
  readonly onWatch?: (status: WatchStatus) => void;
  readonly notice: (about: TracedeckError) => void;
};

export type RunSide = {
  readonly manager: RunManager;
  /** Those whose process had died. */
  readonly killed: readonly StoredRun[];
  /** A list, or a document cut into passages. */
  openList(source: ListSource, options?: SourceOptions): Promise<OpenedList>;
  /** What a run would take; nothing is asked of a model and nothing written. */
  estimate(list: OpenedList, settings: RunSettings, watch?: Partial<Watch>): Promise<RunEstimate>;
  /** Queues a list and starts its run. */
  start(list: OpenedList, settings: RunSettings): Promise<string>;
  /** `null` where none are watched. */
  readonly watcher: FolderWatcher | null;
  close(): Promise<void>;
};

export function composeRuns(parts: RunParts): RunSide {
  const { telemetry, db, cache, generators, settings, files } = parts;
  const store = createRunStore(db);
  const killed = store.markInterrupted().map((runId) => store.get(runId));
  for (const { runId } of killed) telemetry.logger.info('A run was interrupted.', { [ATTR.runId]: runId });
  const manager = createRunManager({
    ledger: store,
    queue: traceQueue(store, telemetry),
    cache: traceCache(cache, telemetry),
    observer: createRunObserver(telemetry),
    generatorFor: generators.forRun,
    costOf: generators.costOf,
    ...(parts.onProgress === undefined ? {} : { onProgress: parts.onProgress }),
    ...(parts.onCards === undefined ? {} : { onCards: parts.onCards }),
  });

  const sourceFiles = { sourceWorker: files.sourceWorker ?? null, cMaps: files.cMaps ?? null };
  const openList = (source: ListSource, options?: SourceOptions) => openSource(source, sourceFiles, options);

  /** The run's settings as they are kept: nothing of them follows later changes. */
  function settle(list: OpenedList, asked: RunSettings): RunSettings {
    const parsed = runSettingsSchema.safeParse(asked);
    if (!parsed.success) {
      const places = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      throw new TracedeckError('user', 'bad_run_settings', `The run cannot start: ${places.join('; ')}.`);
    }
    const { termLanguage, generator } = parsed.data;
    const modelServer = generators.modelServer(generator);
    return {
      ...parsed.data,
      termLanguage: termLanguage === 'auto' ? list.preview.termLanguage : termLanguage,
      ...(modelServer === undefined ? {} : { modelServer }),
    };
  }

  async function start(list: OpenedList, asked: RunSettings): Promise<string> {
    const runSettings = settle(list, asked);
    return manager.start(runSettings, list.preview.sourceName, newRows(list, runSettings.limit));
  }

  const watcher = !parts.watchesFolders
    ? null
    : createFolderWatcher({
        folders: settings.current().watchedFolders,
        store: createWatchedFileStore(db),
        ...(parts.onWatch === undefined ? {} : { onChange: parts.onWatch }),
        onFault: (thrown) => parts.notice(toTracedeckError(thrown)),
        async onFile(path, folder, { signal, runId, started }) {
          // A run that the user started goes first.
          while (manager.isWorking()) await sleep(1000, undefined, { signal, ref: false });
          const { generator, termLanguage, meaningLanguage, concurrency, review } = settings.current();
          const { deck } = folder;
          const asked = { generator, termLanguage, meaningLanguage, concurrency, review, deck, limit: null };
          try {
            manager.requireReady(runId === null ? asked : manager.settings(runId));
          } catch (thrown) {
            return later(runId, thrown);
          }
          try {
            if (runId !== null) return await goOn(runId, signal);
            return await takeFile(path, asked, signal, started);
          } catch (thrown) {
            if (storageFault(thrown) !== null) return later(runId, thrown);
            throw thrown;
          }
        },
      });

  async function takeFile(
    path: string,
    asked: RunSettings,
    signal: AbortSignal,
    started: (runId: string) => void,
  ): Promise<TakenFile> {
    const list = await openList({ kind: 'file', path }, { signal });
    try {
      const runId = await start(list, asked);
      started(runId);
      return await worked(runId, signal);
    } finally {
      await list.close();
    }
  }

  /** With the run that an earlier program began on a file; what its user has ended or paused stays as it is. */
  async function goOn(runId: string, signal: AbortSignal): Promise<TakenFile> {
    if (manager.progress(runId).state === 'interrupted') await manager.resume(runId);
    return worked(runId, signal);
  }

  async function worked(runId: string, signal: AbortSignal): Promise<TakenFile> {
    let isPaused = false;
    signal.addEventListener('abort', () => (isPaused = manager.progress(runId).state === 'paused'));
    await manager.finished(runId);
    const { state, problem } = manager.progress(runId);
    return { runId, waits: state === 'interrupted' && !isPaused, message: problem?.message ?? null };
  }

  return {
    manager,
    killed,
    openList,
    estimate: (list, asked, watch) =>
      generators.estimateRun(
        list,
        settle(list, asked),
        {
          noteKey,
          noteExists: parts.hasNote,
          look: cache.look,
          past: manager.list(50).flatMap((run) => run.stages),
        },
        watch?.signal,
      ),
    start,
    watcher,
    async close() {
      // Together: the watcher waits for the run that works on its file.
      await Promise.all([watcher?.close(), manager.close()]);
    },
  };
}

async function* newRows(list: OpenedList, limit: number | null): AsyncGenerator<readonly NewRow[]> {
  for await (const batch of list.items({ limit })) {
    yield batch.map((entry) => (isProblem(entry) ? entry : { item: entry, noteKey: noteKey(entry) }));
  }
}

/** Nothing is wrong with the file: it waits until the settings, or the disk, are in order. */
function later(runId: string | null, thrown: unknown): TakenFile {
  const { message, hint } = toTracedeckError(thrown);
  return { runId, waits: true, message: hint === null ? message : `${message} ${hint}` };
}
