/** The line to the exporters: a thread of their own, or the same messages within this one. */
import { Worker } from 'node:worker_threads';
import type { FromExportWorker, ToExportWorker } from './exportMessages.ts';
import type { DeliveryTiming } from './deliveryOptions.ts';

export interface ExportLink {
  /** The bytes of spans are taken over. */
  post(message: ToExportWorker): void;
  /** Whether somebody waits for an answer: only then the thread keeps the process alive. */
  hold(isAwaited: boolean): void;
  /** Nothing comes any more after this. */
  end(): Promise<void>;
}
export type ExportLinkOptions = {
  /** Entry of the thread: exportWorker.ts in the sources, exportWorker.cjs in the bundle; `null` for no thread. */
  readonly workerFile: string | URL | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timing?: DeliveryTiming;
  readonly onMessage: (message: FromExportWorker) => void;
  /** The thread ended by itself. */
  readonly onGone: (reason: string) => void;
};

export function openExportLink(options: ExportLinkOptions): ExportLink {
  return options.workerFile === null ? openHere(options) : openThread(options.workerFile, options);
}

function openHere({ env, timing, onMessage, onGone }: ExportLinkOptions): ExportLink {
  let isEnded = false;
  // Loaded with the first exporter, as a thread would be.
  const pool = import('./exportPool.ts').then(({ createExportPool }) =>
    createExportPool({
      env,
      ...(timing === undefined ? {} : { timing }),
      post: (message) => {
        if (!isEnded) onMessage(message);
      },
    }),
  );
  pool.catch((error: unknown) => {
    if (!isEnded) onGone(reasonOf(error));
  });
  return {
    post: (message) => void pool.then(({ receive }) => receive(message)).catch(() => undefined),
    hold: () => undefined,
    async end() {
      isEnded = true;
    },
  };
}

function openThread(workerFile: string | URL, { env, onMessage, onGone }: ExportLinkOptions): ExportLink {
  let isEnded = false;
  const thread = new Worker(workerFile, { env: { ...env }, name: 'exports' });
  // Nobody stays alive for his telemetry; whoever wants it sent closes the exports.
  thread.unref();
  const gone = (reason: string): void => {
    if (isEnded) return;
    isEnded = true;
    void thread.terminate();
    onGone(reason);
  };
  thread.on('message', (message: FromExportWorker) => {
    if (!isEnded) onMessage(message);
  });
  thread.on('error', (error) => gone(reasonOf(error)));
  thread.on('messageerror', (error) => gone(reasonOf(error)));
  thread.on('exit', (code) => gone(`exit code ${code}`));
  return {
    post(message) {
      if (isEnded) return;
      if (message.type !== 'spans') return thread.postMessage(message, []);
      const { bytes } = message;
      const isWhole = bytes.byteLength === bytes.buffer.byteLength;
      const own = isWhole ? bytes : bytes.slice();
      thread.postMessage({ ...message, bytes: own }, [own.buffer as ArrayBuffer]);
    },
    hold(isAwaited) {
      if (isAwaited) thread.ref();
      else thread.unref();
    },
    async end() {
      isEnded = true;
      await thread.terminate();
    },
  };
}

/** Its message may quote anything. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return (error as NodeJS.ErrnoException).code ?? error.name;
}
