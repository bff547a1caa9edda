/** The thread of long work on the deck. Runs from the sources and bundled. */
import { parentPort, workerData } from 'node:worker_threads';
import { deckJobs } from './deckJobs.ts';
import type { WorkerPaths } from './jobTypes.ts';
import { serveJobs } from './serveJobs.ts';

if (parentPort === null) throw new Error('deckWorker is the entry of a thread.');
serveJobs(parentPort, deckJobs, workerData as WorkerPaths);
