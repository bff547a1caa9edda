/** A thread that runs jobs, as the program sees it. */
import { Worker } from 'node:worker_threads';
import { cancelledError, fromPlainError, TracedeckError } from '../errors/tracedeckError.ts';
import { DECK_THREAD } from './pieces.ts';
import type { FromDeckWorker, JobListener, ToDeckWorker, WorkerPaths } from './jobTypes.ts';

/** A thread that needs more ends, and with it the job; the program goes on. */
const MAX_HEAP_MB = 4096;
/** A job that has been asked to stop and does not look is ended with its thread; SQLite rolls back what it had not committed. */
const STOP_GRACE_MS = 10_000;

export interface JobThread {
  /** One at a time. @throws TracedeckError what the job throws, `deck_thread_ended`, `out_of_memory`, `cancelled` */
  run(name: string, params: unknown, signal: AbortSignal, listener: JobListener): Promise<unknown>;
  /** Whether it can run another job. */
  isAlive(): boolean;
  /** Resolves when the thread is gone; a job that is still running is ended with it. */
  end(): Promise<void>;
}

/** Resolves when the thread is up. @throws what kept it from starting */
export async function startJobThread(
  workerFile: string | URL,
  paths: WorkerPaths,
  graceMs = STOP_GRACE_MS,
): Promise<JobThread> {
  const thread = new Worker(workerFile, {
    workerData: paths,
    name: DECK_THREAD,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  let alive = true;
  let failure: unknown = null;
  let onMessage: (message: FromDeckWorker) => void = () => {};
  let onEnd: () => void = () => {};
  const exited = new Promise<void>((resolve) => {
    thread.once('exit', () => {
      alive = false;
      onEnd();
      resolve();
    });
  });
  thread.on('message', (message: FromDeckWorker) => onMessage(message));
  // An exit follows.
  thread.on('error', (error) => (failure = error));
  await new Promise<void>((resolve, reject) => {
    onMessage = () => resolve();
    onEnd = () => reject(failure instanceof Error ? failure : new Error('the thread ended at its start'));
  });

  const post = (message: ToDeckWorker): void => thread.postMessage(message, []);
  return {
    isAlive: () => alive,

    run(name, params, signal, { tell, onPieces }) {
      const stop = new Int32Array(new SharedArrayBuffer(4));
      let grace: NodeJS.Timeout | undefined;
      const cancel = (): void => {
        Atomics.store(stop, 0, 1);
        grace = setTimeout(() => {
          failure = cancelledError();
          void thread.terminate();
        }, graceMs);
      };
      return new Promise<unknown>((resolve, reject) => {
        onMessage = (message) => {
          if (message.type === 'ready') return;
          if (message.type === 'progress') {
            tell(message.done, message.total);
            return;
          }
          onPieces(message.pieces);
          if (message.type === 'done') resolve(message.result);
          else reject(fromPlainError(message.error));
        };
        onEnd = () => reject(endOf(failure));
        if (!alive) onEnd();
        else post({ type: 'run', name, params, stop });
        if (signal.aborted) cancel();
        else signal.addEventListener('abort', cancel, { once: true });
      }).finally(() => {
        clearTimeout(grace);
        signal.removeEventListener('abort', cancel);
        onMessage = () => {};
        onEnd = () => {};
      });
    },

    async end() {
      if (alive) post({ type: 'end' });
      const grace = setTimeout(() => void thread.terminate(), graceMs);
      await exited;
      clearTimeout(grace);
    },
  };
}

function endOf(failure: unknown): TracedeckError {
  if (failure instanceof TracedeckError) return failure;
  if ((failure as NodeJS.ErrnoException | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new TracedeckError(
      'permanent',
      'out_of_memory',
      `The job needs more than ${MAX_HEAP_MB / 1024} GB of memory.`,
      {
        cause: failure,
        hint: 'Choose a part of the deck. The deck is sound; an import that had begun can be taken back with undo.',
      },
    );
  }
  return new TracedeckError('permanent', 'deck_thread_ended', 'The thread that works on the deck ended.', {
    cause: failure,
    hint: 'The deck is sound; an import that had begun can be taken back with undo. Try again.',
  });
}
