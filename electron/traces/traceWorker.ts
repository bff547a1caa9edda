/**
 * The trace store's thread: it alone has the connection. Runs from the sources and bundled. A file that SQLite
 * calls damaged is set aside, whenever that shows, and the store goes on with an empty one.
 */
import { existsSync, renameSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { SpanCodecError } from '../../shared/spanCodec.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import type { TraceLimits, TraceNotice, TraceReply, TraceRequest, TraceValues } from './traceMessages.ts';
import { createSqlSpans } from './sqlSpans.ts';
import { openTraceTables } from './traceTables.ts';
import type { TraceTables } from './traceTables.ts';

type Opened = { readonly path: string; readonly limits: TraceLimits; tables: TraceTables };
let opened: Opened | null = null;
let notice: TraceNotice | null = null;
const sqlSpans = createSqlSpans();

function open(path: string, limits: TraceLimits): TraceTables {
  try {
    return openTraceTables(path, limits, sqlSpans);
  } catch (error) {
    if (!isDamage(error)) throw error;
    setAside(path);
    return openTraceTables(path, limits, sqlSpans);
  }
}

function setAside(path: string): void {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const aside = `${path}.corrupt-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  notice = {
    code: 'traces_set_aside',
    message: 'The file of stored traces was damaged. A new one was started.',
    hint: `The damaged file is kept as ${aside}.`,
  };
}

/** SQLite's own verdict, wherever in the chain of causes it stands; a full disk or a lock is none. */
function isDamage(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^SQLITE_(CORRUPT|NOTADB)/.test(at.code)) return true;
  }
  return false;
}

function answer(request: TraceRequest): TraceValues[TraceRequest['type']] {
  if (request.type === 'open') {
    opened = { path: request.path, limits: request.limits, tables: open(request.path, request.limits) };
    return null;
  }
  if (request.type === 'close') {
    opened?.tables.close();
    opened = null;
    return null;
  }
  if (opened === null) throw new TracedeckError('permanent', 'traces_closed', 'The trace store is closed.');
  try {
    return perform(opened.tables, request);
  } catch (error) {
    if (!isDamage(error)) throw error;
    try {
      opened.tables.close();
    } catch {
      // What is damaged may not even close.
    }
    setAside(opened.path);
    opened.tables = openTraceTables(opened.path, opened.limits, sqlSpans);
    return perform(opened.tables, request);
  }
}

type Work = Exclude<TraceRequest, { type: 'open' | 'close' }>;

function perform(tables: TraceTables, request: Work): TraceValues[Work['type']] {
  switch (request.type) {
    case 'writeSpans':
      return tables.writeSpans(request.bytes);
    case 'writeLogs':
      tables.writeLogs(request.records);
      return null;
    case 'list':
      return tables.list(request.limit);
    case 'get':
      return tables.get(request.traceId);
    case 'logs':
      return tables.logs(request.traceId, request.limit);
    case 'stats':
      return tables.stats();
  }
}

const port = parentPort;
if (port === null) throw new Error('traceWorker is the entry of a thread.');
port.on('message', (request: TraceRequest) => {
  const startMs = performance.now();
  let reply: TraceReply;
  const transfer: ArrayBuffer[] = [];
  try {
    const { value, spans } = sqlSpans.record(request.traceparent, () => answer(request));
    if (value instanceof Uint8Array) transfer.push(value.buffer as ArrayBuffer);
    const durationMs = performance.now() - startMs;
    reply = { seq: request.seq, ok: true, value, durationMs, notice, ...(spans.length > 0 ? { spans } : {}) };
    notice = null;
  } catch (thrown) {
    reply = { seq: request.seq, ok: false, error: toReplyError(thrown) };
  }
  port.postMessage(reply, transfer);
  if (request.type === 'close') port.close();
});

function toReplyError(thrown: unknown): Extract<TraceReply, { ok: false }>['error'] {
  if (thrown instanceof SpanCodecError) {
    return { category: 'permanent', code: 'invalid_spans', message: thrown.message, hint: null };
  }
  const { category, code, message, hint } = toTracedeckError(thrown);
  return { category, code, message, hint };
}
