/** The thread that reads or writes one file and then ends. Runs from the sources and bundled. */
import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError } from '../errors/tracedeckError.ts';
import { readJob, writeJob } from './fileJobs.ts';
import type { FileJob, FromFileWorker, PackedBatch, ToFileWorker } from './fileMessages.ts';
import type { Stored } from './readTraceFile.ts';
import { exportTraces, type RecordsOf, type TextSink } from './exportTraces.ts';

const port = parentPort;
if (port === null) throw new Error('fileWorker is the entry of a thread.');

let answered: ((answer: ToFileWorker) => void) | null = null;
port.on('message', (answer: ToFileWorker) => {
  const resolve = answered;
  answered = null;
  resolve?.(answer);
});

function ask(message: FromFileWorker, transfer: ArrayBuffer[] = []): Promise<ToFileWorker> {
  return new Promise((resolve) => {
    answered = resolve;
    port!.postMessage(message, transfer);
  });
}

async function* traces(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const answer = await ask({ type: 'next' });
    if (answer.type !== 'trace' || answer.bytes === null) return;
    yield answer.bytes;
  }
}

async function run(job: FileJob): Promise<FromFileWorker> {
  if (job.type === 'read') {
    const store = async (batch: PackedBatch): Promise<Stored> => {
      const transfer = batch.spans === null ? [] : [batch.spans.buffer as ArrayBuffer];
      const answer = await ask({ type: 'batch', batch }, transfer);
      return answer.type === 'stored' ? answer : { known: 0, refused: 0 };
    };
    const tell = (bytes: number) =>
      port!.postMessage({ type: 'progress', bytes } satisfies FromFileWorker, []);
    const report = await readJob(job.path, job.own, store, tell);
    return { type: 'read', report };
  }
  const { target, options } = job;
  const pieces: TextSink = { write: async (text) => void (await ask({ type: 'piece', text })) };
  const recordsOf: RecordsOf = {
    async logs(traceId, limit) {
      const answer = await ask({ type: 'logs', traceId, limit });
      return answer.type === 'logs' ? answer.records : [];
    },
    async metrics(question) {
      const answer = await ask({ type: 'metrics', question });
      return answer.type === 'metrics' ? answer.page : { points: [], next: null };
    },
  };
  const write = (sink: TextSink) => exportTraces(traces(), options, sink, recordsOf);
  const report = target === null ? await write(pieces) : await writeJob(target, write);
  return { type: 'written', report };
}

run(workerData as FileJob)
  .catch((thrown: unknown): FromFileWorker => ({ type: 'failed', error: toPlainError(thrown) }))
  .then((result) => {
    port.postMessage(result);
    port.close();
  });
