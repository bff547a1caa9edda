/** The thread's side: one job after the other. */
import type { MessagePort } from 'node:worker_threads';
import { toPlainError } from '../errors/tracedeckError.ts';
import type { FromDeckWorker, JobRegistry, ToDeckWorker, WorkerPaths } from './jobTypes.ts';
import { createPieceTimer } from './pieces.ts';
import { createContext, runJob } from './runJob.ts';

export function serveJobs(port: MessagePort, jobs: JobRegistry, paths: WorkerPaths): void {
  const post = (message: FromDeckWorker): void => port.postMessage(message);
  port.on('message', (message: ToDeckWorker) => {
    if (message.type === 'end') {
      port.close();
      return;
    }
    const { name, params, stop } = message;
    const { begin, all } = createPieceTimer();
    const context = createContext(
      () => Atomics.load(stop, 0) !== 0,
      (done, total) => post({ type: 'progress', done, total }),
    );
    runJob(jobs, name, params, paths, { ...context, begin })
      .finally(context.tellLast)
      .then(
        (result) => post({ type: 'done', result, pieces: all() }),
        (error: unknown) => post({ type: 'failed', error: toPlainError(error), pieces: all() }),
      );
  });
  post({ type: 'ready' });
}
