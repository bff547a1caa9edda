/** The thread that reads one document and then ends. Runs from the sources and bundled. */
import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError } from '../errors/tracedeckError.ts';
import { readSource } from './readSource.ts';
import type { DocumentJob, FromSourceWorker } from './sourceMessages.ts';
import { packPassages } from './passageStore.ts';

const port = parentPort;
if (port === null) throw new Error('sourceWorker is the entry of a thread.');

const PROGRESS_MS = 100;
let lastMs = 0;
const send = (message: FromSourceWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

readSource(workerData as DocumentJob, {
  context: {
    // The thread is ended from outside.
    throwIfStopped: () => {},
    progress(done, total) {
      if (Date.now() - lastMs < PROGRESS_MS) return;
      lastMs = Date.now();
      send({ type: 'progress', done, total });
    },
  },
  passages(batch) {
    const bytes = packPassages(batch);
    send({ type: 'passages', bytes, count: batch.length }, [bytes.buffer as ArrayBuffer]);
  },
})
  .then((report): FromSourceWorker => ({ type: 'done', report }))
  .catch((thrown: unknown): FromSourceWorker => ({ type: 'failed', error: toPlainError(thrown) }))
  .then((message) => {
    send(message);
    port.close();
  });
