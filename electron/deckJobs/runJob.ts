/** One job on a connection of its own, in whatever thread this is. */
import { isMainThread } from 'node:worker_threads';
import { openDeck } from '../deck/openDeck.ts';
import { cancelledError, TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
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
    const own = isMainThread ? context : restful(db, context);
    return await job.run({ db, deckPath, mediaDir }, params as never, own);
  } finally {
    db.close();
  }
}

/** Of the time that a job writes, so much it rests after it, and within which bounds. */
const REST_SHARE = 0.3;
const REST_MIN_MS = 10;
const REST_MAX_MS = 50;

/**
 * A job that writes piece after piece would have the deck for itself: a rating in the window waits for the lock by
 * looking again every few, at the end every 100 ms, and would hardly ever look in the moment between two pieces. So the
 * job rests a while between them, in proportion to what it wrote. Not in the program's own thread, which must never rest.
 */
function restful(db: Db, context: JobContext): JobContext {
  const written = db.prepare<[], number>('SELECT total_changes()').pluck();
  const never = new Int32Array(new SharedArrayBuffer(4));
  let seen = 0;
  let sinceMs = performance.now();
  function rest(): void {
    if (db.inTransaction) return;
    const now = written.get() ?? 0;
    const busyMs = performance.now() - sinceMs;
    // Short pieces count together.
    if (now !== seen && busyMs < REST_MIN_MS) return;
    if (now !== seen)
      Atomics.wait(never, 0, 0, Math.min(REST_MAX_MS, Math.max(REST_MIN_MS, busyMs * REST_SHARE)));
    seen = now;
    sinceMs = performance.now();
  }
  return {
    ...context,
    throwIfCancelled() {
      // First: who is stopped takes back what it wrote, and lets others write meanwhile too.
      rest();
      context.throwIfCancelled();
    },
  };
}

/** `tellLast` tells what was withheld: where the total is not known, nothing else says how much there was in the end. */
export type ThrottledContext = JobContext & { readonly tellLast: () => void };

/** Tells at most ten times a second. */
export function createContext(
  isStopped: () => boolean,
  tell: (done: number, total: number | null) => void,
  clock: () => number = () => performance.now(),
): ThrottledContext {
  let lastMs = Number.NEGATIVE_INFINITY;
  let withheld: readonly [done: number, total: number | null] | null = null;
  return {
    throwIfCancelled() {
      if (isStopped()) throw cancelledError();
    },
    progress(done, total) {
      const nowMs = clock();
      withheld = [done, total];
      if (nowMs - lastMs < PROGRESS_MS) return;
      lastMs = nowMs;
      withheld = null;
      tell(done, total);
    },
    tellLast() {
      if (withheld !== null) tell(...withheld);
      withheld = null;
    },
  };
}
