/**
 * Watches folders for files that cards can be made of. The system's own events say where to look at once; a slow walk
 * over everything finds what they miss (network drives, files that came while the program was off). A file is taken
 * when it has stopped changing, and by its content: the same text is never started twice, whatever its name.
 */
import { createHash } from 'node:crypto';
import { createReadStream, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { WatchedFile, WatchedFolder, WatchStatus } from '../../shared/source.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import type { KnownFile, WatchedFileStore } from './watchedFiles.ts';

/** What becomes of a file that was handed over. */
export type TakenFile = {
  readonly runId: string | null;
  readonly message?: string | null;
  /** Not all was done, and nothing is wrong with the file: it is handed over again, at the next walk or the next start. */
  readonly waits?: boolean;
};

export type TakeContext = {
  readonly signal: AbortSignal;
  /** The run that works on the file already, where a program was ended before the run was. */
  readonly runId: string | null;
  /** Says which run works on the file, before it has ended. */
  readonly started: (runId: string) => void;
};

export type FolderWatcherOptions = {
  readonly folders: readonly WatchedFolder[];
  readonly store: WatchedFileStore;
  /** Makes cards of one file; called for one after the other. What it throws is kept as the file's message. */
  readonly onFile: (path: string, folder: WatchedFolder, context: TakeContext) => Promise<TakenFile>;
  readonly onChange?: (status: WatchStatus) => void;
  /** What is known of the files could not be read or written; everything is looked at again at the next walk. Told once. */
  readonly onFault?: (thrown: unknown) => void;
  readonly now?: () => number;
  /** A file is taken when its size and time have not changed for so long. */
  readonly settleMs?: number;
  readonly rescanMs?: number;
};

export interface FolderWatcher {
  status(): WatchStatus;
  /** Other folders from now on; what is known of files stays. */
  setFolders(folders: readonly WatchedFolder[]): void;
  /** Walks all folders now; settles when every file that is ready has been handed over. */
  rescan(): Promise<void>;
  close(): Promise<void>;
}

const EXTENSIONS: ReadonlySet<string> = new Set([
  '.csv',
  '.tsv',
  '.tab',
  '.txt',
  '.md',
  '.markdown',
  '.pdf',
  '.epub',
]);
const SETTLE_MS = 2000;
const RESCAN_MS = 60_000;
const MAX_FILES = 10_000;
const MAX_DEPTH = 16;
const STATUS_FILES = 200;

type Seen = { readonly folder: WatchedFolder; size: number; mtimeMs: number; sinceMs: number };

export function createFolderWatcher(options: FolderWatcherOptions): FolderWatcher {
  const { store, onFile, onChange, onFault } = options;
  const { now = Date.now, settleMs = SETTLE_MS, rescanMs = RESCAN_MS } = options;
  let folders = options.folders;
  const problems = new Map<string, string>();
  const watchers = new Map<string, FSWatcher>();
  /** Files that changed and may still change. */
  const waiting = new Map<string, Seen>();
  /** Size and time of files whose content is known, so that a walk reads none of them again. */
  const settled = new Map<string, string>();
  const stop = new AbortController();
  let work: Promise<void> = Promise.resolve();
  let isFaulty = false;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;

  const status = (): WatchStatus => ({
    folders: folders.map((folder) => ({ ...folder, problem: problems.get(folder.path) ?? null })),
    files: store
      .list(STATUS_FILES)
      .map(({ path, state, runId, message, atMs }) => ({ path, state, runId, message, atMs })),
  });
  const changed = (): void => {
    if (!stop.signal.aborted) onChange?.(status());
  };

  function setProblem(path: string, problem: string | null): void {
    if ((problems.get(path) ?? null) === problem) return;
    if (problem === null) problems.delete(path);
    else problems.set(path, problem);
    changed();
  }

  function listen(): void {
    const wanted = new Set(folders.filter(({ enabled }) => enabled).map(({ path }) => path));
    for (const [path, watcher] of watchers) {
      if (wanted.has(path)) continue;
      watcher.close();
      watchers.delete(path);
      problems.delete(path);
    }
    for (const path of wanted) {
      if (watchers.has(path)) continue;
      try {
        const watcher = watch(path, { recursive: true, persistent: false }, () => lookSoon());
        // A folder that is taken away ends its watcher; the walk finds it again when it is back.
        watcher.on('error', () => {
          watcher.close();
          watchers.delete(path);
        });
        watchers.set(path, watcher);
      } catch {
        // Not there, or a system without such events: the walk says which.
      }
    }
  }

  function lookSoon(delayMs = Math.min(settleMs, 300)): void {
    if (stop.signal.aborted || soon !== undefined) return;
    soon = setTimeout(() => {
      soon = undefined;
      void rescan();
    }, delayMs);
    soon.unref();
  }

  function rescan(): Promise<void> {
    work = work.then(look).then(
      () => void (isFaulty = false),
      (thrown: unknown) => {
        if (!isFaulty) onFault?.(thrown);
        isFaulty = true;
      },
    );
    return work;
  }

  async function look(): Promise<void> {
    if (stop.signal.aborted) return;
    listen();
    for (const folder of folders) if (folder.enabled) await walk(folder);
    await takeSettled();
    if (waiting.size > 0) lookSoon(Math.max(50, settleMs / 2));
  }

  async function walk(folder: WatchedFolder): Promise<void> {
    let files = 0;
    const visit = async (path: string, depth: number): Promise<void> => {
      const entries = await readdir(path, { withFileTypes: true });
      for (const entry of entries) {
        if (stop.signal.aborted || files >= MAX_FILES) return;
        // Hidden files are editors' and programs' own; links may lead round in a circle.
        if (entry.name.startsWith('.') || entry.name.startsWith('~$')) continue;
        const full = join(path, entry.name);
        if (entry.isDirectory() && depth < MAX_DEPTH) {
          await visit(full, depth + 1).catch(() => {});
        } else if (entry.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase())) {
          files += 1;
          await notice(full, folder);
        }
      }
    };
    try {
      await visit(folder.path, 0);
      setProblem(folder.path, files >= MAX_FILES ? `Only the first ${MAX_FILES} files are watched.` : null);
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code;
      const why =
        code === 'ENOENT'
          ? 'The folder does not exist.'
          : code === 'EACCES' || code === 'EPERM'
            ? 'The folder may not be read.'
            : code === 'ENOTDIR'
              ? 'This is a file, not a folder.'
              : `The folder cannot be read (${code ?? String(thrown)}).`;
      setProblem(folder.path, why);
    }
  }

  async function notice(path: string, folder: WatchedFolder): Promise<void> {
    const stats = await stat(path).catch(() => null);
    if (stats === null || stats.size === 0) return;
    const { size, mtimeMs } = stats;
    if (settled.get(path) === `${size} ${mtimeMs}`) return;
    const seen = waiting.get(path);
    if (seen && seen.size === size && seen.mtimeMs === mtimeMs) return;
    waiting.set(path, { folder, size, mtimeMs, sinceMs: now() });
  }

  async function takeSettled(): Promise<void> {
    for (const [path, seen] of waiting) {
      if (stop.signal.aborted) return;
      if (now() - seen.sinceMs < settleMs) continue;
      waiting.delete(path);
      const stats = await stat(path).catch(() => null);
      if (stats === null) continue;
      if (stats.size !== seen.size || stats.mtimeMs !== seen.mtimeMs) {
        waiting.set(path, { ...seen, size: stats.size, mtimeMs: stats.mtimeMs, sinceMs: now() });
        continue;
      }
      await take(path, seen);
    }
  }

  async function take(path: string, { folder, size, mtimeMs }: Seen): Promise<void> {
    const hash = await hashOf(path).catch(() => null);
    if (hash === null || stop.signal.aborted) return;
    const known = store.find(path);
    const same = known?.hash === hash ? known : null;
    const isOver = same?.state === 'done' || same?.state === 'failed';
    if (isOver || (await hand(path, hash, folder, same)) !== 'waiting')
      settled.set(path, `${size} ${mtimeMs}`);
  }

  /** @param known what is known of the file as it is now */
  async function hand(
    path: string,
    hash: string,
    folder: WatchedFolder,
    known: KnownFile | null,
  ): Promise<WatchedFile['state']> {
    const save = (state: WatchedFile['state'], runId: string | null, message: string | null) => {
      store.save({ path, hash, runId, state, message, atMs: now() });
      changed();
      return state;
    };
    if (known === null && store.hasContent(hash)) return save('done', null, 'The same text was read before.');
    const before = known?.runId ?? null;
    save('running', before, null);
    try {
      const started = (runId: string): void => void save('running', runId, null);
      const taken = await onFile(path, folder, { signal: stop.signal, runId: before, started });
      return save(taken.waits === true ? 'waiting' : 'done', taken.runId, taken.message ?? null);
    } catch (thrown) {
      const error = toTracedeckError(thrown);
      // Stopped before it began: the next start takes it.
      return save(error.code === 'cancelled' ? 'waiting' : 'failed', before, error.message);
    }
  }

  timer = setInterval(() => void rescan(), rescanMs);
  timer.unref();
  void rescan();

  return {
    status,
    setFolders(next) {
      folders = next;
      changed();
      void rescan();
    },
    rescan,
    async close() {
      stop.abort();
      clearInterval(timer);
      clearTimeout(soon);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
      await work;
    },
  };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
