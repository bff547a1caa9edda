import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerPaths } from '../../../electron/deckJobs/jobTypes.ts';
import { serveJobs } from '../../../electron/deckJobs/serveJobs.ts';
import { testJobs } from './testJobs.ts';

serveJobs(parentPort!, testJobs, workerData as WorkerPaths);
