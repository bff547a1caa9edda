/** One job on a connection of its own, in whatever thread this is. */
import { openDeck } from '../deck/openDeck.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { JobContext } from './job.ts';
import { PROGRESS_MS, type JobRegistry, type WorkerPaths } from './jobTypes.ts';

/** @throws TracedeckError what the job throws; `database_newer` and the like where the deck cannot be opened */
export async function runJob(
  jobs: JobRegistry,
  name: string,
  params: unknown,
  { deckPath, mediaDir }: WorkerPaths,
  context: JobContext,
): Promise<unknown> {
  const job = jobs[name];
  if (job === undefined) throw new TracedeckError('permanent', 'internal', `There is no job ${name}.`);
  context.throwIfCancelled();
  const db = openDeck(deckPath);
  // 64 MB of pages, as far as they are needed: writing many cards touches every index, and takes half as long again without.
  db.pragma('cache_size = -64000');
  try {
    return await job.run({ db, deckPath, mediaDir }, params as never, context);
  } finally {
    db.close();
  }
}

/** Tells at most ten times a second. */
export function createContext(
  isStopped: () => boolean,
  tell: (done: number, total: number | null) => void,
  clock: () => number = () => performance.now(),
): JobContext {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    throwIfCancelled() {
      if (isStopped()) throw new TracedeckError('transient', 'cancelled', 'Stopped before the end.');
    },
    progress(done, total) {
      const nowMs = clock();
      if (nowMs - lastMs < PROGRESS_MS) return;
      lastMs = nowMs;
      tell(done, total);
    },
  };
}
