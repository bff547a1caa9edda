/** Starts the workers that draw; one may be started before there is anything to draw, as starting it takes a while. */
import { lendRoom } from '../derive/batchRoom.ts';
import type { WorkerLine } from './workerClient.ts';
import type { FromWorker, ToWorker } from './workerMessages.ts';

/**
 * Spans from which a trace is drawn in a worker. Below, the window draws a frame in about 2 ms, and a worker would
 * take longer to start than the window to place the spans.
 */
export const WORKER_SPANS = 150_000;
/** Tries that failed: after that the window draws for good. */
const MAX_FAILURES = 2;
/** How long a worker waits for its trace. */
const SPARE_MS = 20_000;

let failures = 0;
let spare: { readonly worker: Worker; readonly timer: ReturnType<typeof setTimeout> } | null = null;

/** Whether the browser has workers that draw, and they have not failed. */
export function hasWorkers(): boolean {
  return (
    failures < MAX_FAILURES &&
    typeof Worker !== 'undefined' &&
    'transferControlToOffscreen' in HTMLCanvasElement.prototype
  );
}

export function countFailure(): void {
  failures += 1;
}

/** A trace of so many spans is on its way: where a worker will draw it, that starts now. */
export function prepareWorker(spans: number): void {
  if (spans < WORKER_SPANS || spare !== null || !hasWorkers()) return;
  try {
    const worker = startWorker();
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (spare?.worker === worker && data.kind === 'room') lendRoom(data.room);
    });
    worker.addEventListener('error', (event) => {
      if (spare?.worker !== worker) return;
      event.preventDefault();
      countFailure();
      takeSpare();
    });
    const font = getComputedStyle(document.body).fontFamily;
    const message: ToWorker = { kind: 'prepare', font, spans };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has one peer, and no origin to name
    worker.postMessage(message);
    spare = { worker, timer: setTimeout(() => takeSpare()?.terminate(), SPARE_MS) };
  } catch {
    // Whoever needs one tries again, and says that it failed.
  }
}

/** Whether a worker waits for a trace that is on its way. */
export function isWorkerReady(): boolean {
  return spare !== null;
}

/** Opens a line to a worker: the one that waits, else a new one. Throws what starting it throws. */
export function openWorker(onMessage: (message: FromWorker) => void, onFailed: () => void): WorkerLine {
  const worker = takeSpare() ?? startWorker();
  const onError = (event: Event) => {
    event.preventDefault();
    countFailure();
    onFailed();
  };
  worker.addEventListener('message', (event: MessageEvent<FromWorker>) => onMessage(event.data));
  worker.addEventListener('error', onError);
  worker.addEventListener('messageerror', onError);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    close: () => worker.terminate(),
  };
}

function startWorker(): Worker {
  return new Worker(new URL('./flameWorker.ts', import.meta.url), { type: 'module', name: 'flame' });
}

function takeSpare(): Worker | null {
  if (spare === null) return null;
  const { worker, timer } = spare;
  clearTimeout(timer);
  spare = null;
  // The trace has been built by now, or will not come.
  lendRoom(null);
  return worker;
}
