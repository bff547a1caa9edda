/** The export thread: spans become OTLP, text and files here. Runs from the sources and bundled. */
import { parentPort } from 'node:worker_threads';
import { createExportPool } from './exportPool.ts';
import type { ToExportWorker } from './exportMessages.ts';

const port = parentPort;
if (port !== null) {
  const pool = createExportPool({ post: (message) => port.postMessage(message), env: process.env });
  port.on('message', (message: ToExportWorker) => pool.receive(message));
}
