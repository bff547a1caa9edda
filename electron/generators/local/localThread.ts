/** The local model's thread, as a function: a question, an answer. */
import { Worker } from 'node:worker_threads';
import { fromPlainError, toTracedeckError, TracedeckError } from '../../errors/tracedeckError.ts';
import type {
  FromLocalWorker,
  LocalAnswer,
  LocalModelOptions,
  LocalQuestion,
  ToLocalWorker,
} from './localMessages.ts';

export interface LocalThread {
  /** Throws what the model's thread throws, `cancelled`, and `local_model_failed` where the thread ends. */
  ask(question: LocalQuestion, signal: AbortSignal): Promise<LocalAnswer>;
  /** Ends the thread and gives the model's memory back; the next question starts it again. */
  close(): Promise<void>;
}

/** How long the library may take to let go. */
const CLOSE_MS = 5000;

type Waiting = {
  readonly resolve: (answer: LocalAnswer) => void;
  readonly reject: (error: unknown) => void;
};

/** The thread starts, and the model is loaded, with the first question. */
export function createLocalThread(workerFile: string | URL, options: LocalModelOptions): LocalThread {
  let thread: { readonly worker: Worker; readonly waiting: Map<number, Waiting> } | null = null;
  /** Resolves when the thread that was told to end has ended. */
  let ending: Promise<void> = Promise.resolve();
  let count = 0;

  function start(): NonNullable<typeof thread> {
    const waiting = new Map<number, Waiting>();
    const worker = new Worker(workerFile, { workerData: options, name: 'local model' });
    let fault: unknown = null;
    worker.on('message', (message: FromLocalWorker) => {
      const asker = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.type === 'answer') asker?.resolve(message.answer);
      else asker?.reject(fromPlainError(message.error));
      // A program may end while the model is idle.
      if (waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => (fault = error));
    worker.on('exit', () => {
      if (thread?.worker === worker) thread = null;
      const ended = new TracedeckError(
        'permanent',
        'local_model_failed',
        'The thread of the local model ended.',
        {
          hint: fault === null ? 'Load a smaller model or context.' : toTracedeckError(fault).message,
        },
      );
      for (const { reject } of waiting.values()) reject(ended);
      waiting.clear();
    });
    return { worker, waiting };
  }

  return {
    ask(question, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(new TracedeckError('transient', 'cancelled', 'Cancelled.'));
          return;
        }
        const { worker, waiting } = (thread ??= start());
        worker.ref();
        const id = (count += 1);
        const post = (message: ToLocalWorker) => worker.postMessage(message, []);
        const abort = () => post({ type: 'abort', id });
        const end = () => signal.removeEventListener('abort', abort);
        signal.addEventListener('abort', abort, { once: true });
        waiting.set(id, {
          resolve: (answer) => (end(), resolve(answer)),
          reject: (error) => (end(), reject(error)),
        });
        post({ type: 'ask', id, question });
      });
    },
    close() {
      if (thread === null) return ending;
      const { worker: closing } = thread;
      thread = null;
      closing.ref();
      ending = new Promise((resolve) => {
        // The last resort: it may abort the program, which ends anyway, but a hanging model must not keep it alive.
        const patience = setTimeout(() => void closing.terminate(), CLOSE_MS);
        closing.once('exit', () => (clearTimeout(patience), resolve()));
      });
      closing.postMessage({ type: 'close' } satisfies ToLocalWorker, []);
      return ending;
    },
  };
}
