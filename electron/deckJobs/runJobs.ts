/** Long work on the deck: one job after the other in a thread of its own, watched, and stopped where the user asks for it. */
import type { JobKind, JobProgress } from '../../shared/job.ts';
import { cancelledError, isAbort, toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { deckJobs, type DeckJobRegistry } from './deckJobs.ts';
import type { JobContext } from './job.ts';
import { startJobThread, type JobThread } from './jobThread.ts';
import type { JobListener, JobRegistry, ParamsOf, ResultOf } from './jobTypes.ts';
import { createPieceTimer, type JobPieces } from './pieces.ts';
import { createContext, runJob } from './runJob.ts';

/** A thread takes some 10 MB; the next job starts another in some 50 ms. */
const IDLE_MS = 30_000;

export type JobsOptions<Jobs extends JobRegistry> = {
  readonly jobs: Jobs;
  /** Entry of the thread. Without one, or where it cannot start, jobs run in this thread. */
  readonly workerFile?: string | URL;
  readonly deckPath: string;
  readonly mediaDir: string;
  /** Every job at its start, at most ten times a second meanwhile, and at its end. */
  readonly onJob?: (progress: JobProgress) => void;
  readonly onNotice?: (about: TracedeckError) => void;
  readonly idleMs?: number;
  /** How long a job that was asked to stop may go on before it is ended with its thread. */
  readonly graceMs?: number;
};

export type JobOptions = {
  /** What is shown: `Import of words.apkg`. */
  readonly label: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
  /** What its time went into, once, before the job's promise settles; not where its thread broke down. */
  readonly onPieces?: (pieces: JobPieces) => void;
};
/** Of work that is not the deck worker's: a push to Anki, an estimate. */
export type WatchedContext = JobContext & { readonly signal: AbortSignal };

export interface Jobs<Registry extends JobRegistry> {
  /** @throws TracedeckError what the job throws; `cancelled`, `deck_thread_ended`, `out_of_memory` */
  run<Name extends keyof Registry & string>(
    name: Name,
    params: ParamsOf<Registry, Name>,
    options: JobOptions,
  ): Promise<ResultOf<Registry, Name>>;
  /** Work in this thread that is shown and stopped as a job is; it waits for no other. */
  watch<T>(kind: JobKind, options: JobOptions, work: (context: WatchedContext) => Promise<T>): Promise<T>;
  /** Nothing where it is over. */
  cancel(jobId: string): void;
  /** Those that run or wait. */
  current(): readonly JobProgress[];
  /** Cancels what runs and waits for its end: no connection of a job is open then. */
  close(): Promise<void>;
}
export type DeckJobs = Jobs<DeckJobRegistry>;

/** The jobs of `deckJobs.ts`. */
export function createDeckJobs(options: Omit<JobsOptions<DeckJobRegistry>, 'jobs'>): DeckJobs {
  return createJobs({ ...options, jobs: deckJobs });
}

export function createJobs<Registry extends JobRegistry>(options: JobsOptions<Registry>): Jobs<Registry> {
  const { jobs, workerFile, deckPath, mediaDir, onJob, onNotice, idleMs = IDLE_MS, graceMs } = options;
  const paths = { deckPath, mediaDir };
  const running = new Map<string, { readonly stop: AbortController; progress: JobProgress }>();
  const ends = new Set<Promise<unknown>>();
  let queue: Promise<unknown> = Promise.resolve();
  let thread: JobThread | null = null;
  let threadFails = workerFile === undefined;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;
  let count = 0;

  async function threadFor(): Promise<JobThread | null> {
    clearTimeout(idle);
    if (thread?.isAlive() === true) return thread;
    thread = null;
    if (threadFails || workerFile === undefined) return null;
    try {
      thread = await startJobThread(workerFile, paths, graceMs);
      return thread;
    } catch (error) {
      threadFails = true;
      onNotice?.(
        new TracedeckError(
          'degraded',
          'deck_thread_missing',
          'Long work on the deck has no thread of its own.',
          {
            cause: error,
            hint: 'Windows may stand still while it goes on.',
          },
        ),
      );
      return null;
    }
  }

  function restLater(): void {
    clearTimeout(idle);
    idle = setTimeout(() => {
      const ended = thread;
      thread = null;
      void ended?.end();
    }, idleMs);
    idle.unref();
  }

  /** Shows the work from its start to its end. */
  async function shown<T>(
    kind: JobKind,
    { label, signal, onProgress }: JobOptions,
    work: (stop: AbortSignal, tell: (done: number, total: number | null) => void) => Promise<T>,
  ): Promise<T> {
    if (closed) throw new TracedeckError('transient', 'cancelled', 'The program is closing.');
    count += 1;
    const jobId = `job-${process.pid}-${count}`;
    const stop = new AbortController();
    const cancel = (): void => stop.abort();
    if (signal?.aborted === true) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const entry = {
      stop,
      progress: {
        jobId,
        kind,
        label,
        state: 'running',
        done: 0,
        total: null,
        message: null,
        startedMs: Date.now(),
      } as JobProgress,
    };
    running.set(jobId, entry);
    const tell = (change: Partial<JobProgress>): void => {
      entry.progress = { ...entry.progress, ...change };
      onJob?.(entry.progress);
      onProgress?.(entry.progress);
    };
    tell({});
    try {
      const result = await work(stop.signal, (done, total) => tell({ done, total }));
      const { done, total } = entry.progress;
      running.delete(jobId);
      tell({ state: 'done', done: total ?? done });
      return result;
    } catch (thrown) {
      // The stop may have come through as whatever the work made of it.
      // Work that says itself what stays of it is believed.
      const isEcho = stop.signal.aborted && isAbort(thrown) && !(thrown instanceof TracedeckError);
      const error = isEcho ? cancelledError(thrown) : toTracedeckError(thrown);
      running.delete(jobId);
      tell({ state: error.code === 'cancelled' ? 'cancelled' : 'failed', message: error.message });
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Without a thread. */
  async function runHere(
    name: string,
    params: unknown,
    signal: AbortSignal,
    { tell, onPieces }: JobListener,
  ): Promise<unknown> {
    const { begin, all } = createPieceTimer();
    const context = createContext(() => signal.aborted, tell);
    try {
      return await runJob(jobs, name, params, paths, { ...context, begin });
    } finally {
      context.tellLast();
      onPieces(all());
    }
  }

  /** So that `close` can wait for it. */
  function kept<T>(work: Promise<T>): Promise<T> {
    const end = work.catch(() => {}).finally(() => ends.delete(end));
    ends.add(end);
    return work;
  }

  return {
    run: (name, params, asked) =>
      kept(
        shown(jobs[name]!.kind, asked, (signal, tell) => {
          let begun = false;
          const turn = queue.then(async () => {
            if (signal.aborted) throw cancelledError();
            begun = true;
            const worker = await threadFor();
            try {
              const { onPieces = () => {} } = asked;
              return worker === null
                ? await runHere(name, params, signal, { tell, onPieces })
                : await worker.run(name, params, signal, { tell, onPieces });
            } finally {
              restLater();
            }
          });
          queue = turn.catch(() => {});
          return new Promise<unknown>((resolve, reject) => {
            // What has begun ends by itself, having taken back what it did; what still waits ends now.
            const stop = (): void => (begun ? undefined : reject(cancelledError()));
            if (signal.aborted) stop();
            signal.addEventListener('abort', stop, { once: true });
            turn.then(resolve, reject);
          });
        }),
      ) as Promise<never>,

    watch: (kind, asked, work) =>
      kept(
        shown(kind, asked, (signal, tell) => {
          const context = createContext(() => signal.aborted, tell);
          return work({ ...context, signal }).finally(context.tellLast);
        }),
      ),

    cancel: (jobId) => running.get(jobId)?.stop.abort(),

    current: () => [...running.values()].map(({ progress }) => progress),

    async close() {
      closed = true;
      clearTimeout(idle);
      for (const { stop } of running.values()) stop.abort();
      await Promise.all(ends);
      clearTimeout(idle);
      const ended = thread;
      thread = null;
      await ended?.end();
    },
  };
}
