/** One job on a trace file in a thread of its own. */
import { Worker } from 'node:worker_threads';
import { cancelledError, fromPlainError, TracedeckError } from '../errors/tracedeckError.ts';
import type { FileJob, FromFileWorker, ToFileWorker } from './fileMessages.ts';

/** A thread that needs more ends, and with it the file; the program goes on. */
const MAX_HEAP_MB = 4096;

type Result = Extract<FromFileWorker, { readonly type: 'read' | 'written' }>;

/**
 * Starts the thread; `answer` answers whatever it asks on the way. When this settles the thread has ended or is
 * about to, and has no file open for writing.
 *
 * @param watch `signal` ends the thread at once; `onRead` is told how many bytes of a file have been read
 * @throws TracedeckError what the job throws; `file_too_large` where its memory did not suffice; `cancelled`
 */
export function runThread(
  workerFile: string | URL,
  job: FileJob,
  answer: (message: FromFileWorker) => Promise<ToFileWorker>,
  {
    signal,
    onRead,
  }: { readonly signal?: AbortSignal | undefined; readonly onRead?: (bytes: number) => void } = {},
): Promise<Result> {
  if (signal?.aborted === true) return Promise.reject(cancelledError());
  return new Promise((resolve, reject) => {
    const thread = new Worker(workerFile, {
      workerData: job,
      name: 'trace file',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    let failure: unknown = new TracedeckError(
      'permanent',
      'file_thread_ended',
      'The thread that works on the file ended.',
    );
    const fail = (error: unknown): void => {
      failure = error;
      void thread.terminate();
    };
    const stop = (): void => fail(cancelledError());
    signal?.addEventListener('abort', stop, { once: true });
    thread.on('message', (message: FromFileWorker) => {
      if (message.type === 'read' || message.type === 'written') resolve(message);
      else if (message.type === 'progress') onRead?.(message.bytes);
      else if (message.type === 'failed') reject(fromPlainError(message.error));
      else {
        answer(message).then(
          (reply) =>
            thread.postMessage(
              reply,
              reply.type === 'trace' && reply.bytes !== null ? transferOf(reply.bytes) : [],
            ),
          fail,
        );
      }
    });
    thread.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(job) : error),
    );
    thread.on('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(failure);
    });
  });
}

function outOfMemory(job: FileJob): TracedeckError {
  const what = job.type === 'read' ? `${job.path} cannot be read` : 'The traces cannot be written';
  return new TracedeckError('user', 'file_too_large', `${what} within ${MAX_HEAP_MB / 1024} GB of memory.`, {
    hint: 'OTLP JSON lines take little memory whatever their size.',
  });
}

function transferOf(bytes: Uint8Array): ArrayBuffer[] {
  return bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer as ArrayBuffer] : [];
}
