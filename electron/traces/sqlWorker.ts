/**
 * The SQL console's process. A process, and not a thread: SQLite cannot be interrupted from JavaScript, so a statement
 * that does not end by itself ends with the process that runs it. A thread in it watches the memory meanwhile.
 */
import { Worker } from 'node:worker_threads';
import { toPlainError } from '../errors/tracedeckError.ts';
import { SQL_READY } from './sqlMessages.ts';
import type { SqlReply, SqlRequest } from './sqlMessages.ts';
import { createSqlSandbox } from './sqlSandbox.ts';
import { openSqlSource } from './sqlSource.ts';
import type { StoredSqlSource } from './sqlSource.ts';
import type { SqlSource } from './sqlRows.ts';

const WATCH_MS = 20;
const WATCH = `
  const { workerData: { maxBytes, everyMs } } = require('node:worker_threads');
  setInterval(() => {
    if (process.memoryUsage.rss() > maxBytes) process.kill(process.pid, 'SIGKILL');
  }, everyMs);`;

let opened: { readonly path: string; readonly source: StoredSqlSource } | null = null;
let current: SqlSource | null = null;
const sandbox = createSqlSandbox(() => current!);
let watched = false;

function sourceOf(path: string): StoredSqlSource {
  if (opened?.path !== path) {
    opened?.source.close();
    opened = null;
    opened = { path, source: openSqlSource(path) };
  }
  return opened.source;
}

function answer({ seq, path, sql, limit, maxBytes }: SqlRequest): SqlReply {
  try {
    if (!watched) {
      new Worker(WATCH, { eval: true, workerData: { maxBytes, everyMs: WATCH_MS } }).unref();
      watched = true;
    }
    const value = sourceOf(path).read((source) => {
      current = source;
      return sandbox.run(sql, limit);
    });
    return { seq, ok: true, value };
  } catch (thrown) {
    const error = toPlainError(thrown);
    // The file may have been set aside for another one: the next statement opens it anew.
    if (error.code === 'internal') {
      opened?.source.close();
      opened = null;
    }
    return { seq, ok: false, error };
  } finally {
    current = null;
  }
}

/** Electron's way to the program, in a utility process. */
type ParentPort = {
  on(event: 'message', listener: (message: { readonly data: SqlRequest }) => void): void;
  postMessage(message: SqlReply | typeof SQL_READY): void;
};
const { parentPort } = process as { readonly parentPort?: ParentPort };

if (parentPort === undefined) {
  process.on('message', (request: SqlRequest) => process.send?.(answer(request)));
  // Whoever asked is gone.
  process.on('disconnect', () => process.exit(0));
  process.send?.(SQL_READY);
} else {
  // A port knows no origins.
  /* oxlint-disable unicorn/require-post-message-target-origin */
  parentPort.on('message', ({ data }) => parentPort.postMessage(answer(data)));
  parentPort.postMessage(SQL_READY);
  /* oxlint-enable unicorn/require-post-message-target-origin */
}
