/**
 * A thread of the trace store: the one that writes, which answers questions as well, or one that only reads, beside it.
 * Runs from the sources and bundled. A file that SQLite calls damaged is set aside by the one that writes, whenever that
 * shows, and the store goes on with an empty one. What can wait is done in small steps while no request is there.
 */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { SpanCodecError } from '../../shared/spanFormat.ts';
import { toPlainError, TracedeckError } from '../errors/tracedeckError.ts';
import type { PlainError } from '../errors/tracedeckError.ts';
import { BUSY_FAN_IN, FAN_IN } from './compaction.ts';
import { QUESTIONS, SUMMARIES } from './questions.ts';
import type { Asked, StoreSettings } from './questions.ts';
import { DEFAULT_RECORD_LIMITS, openRecords, type Records } from './records.ts';
import { openSpanStore, type SpanStore } from './spanStore.ts';
import { createLogTables, type LogTables } from './logTables.ts';
import { createRecordOrigins } from './recordOrigins.ts';
import { removeDatabase, salvage } from './salvage.ts';
import { createSqlSpans } from './sqlSpans.ts';
import { COUNTS, WRITES } from './traceMessages.ts';
import type {
  OpenStore,
  StoreThreadData,
  TraceNews,
  TraceNotice,
  TraceReply,
  TraceRequest,
} from './traceMessages.ts';

const DAY_MS = 86_400_000;
const NEWS_EVERY_MS = 250;
const MAX_CHANGED = 500;
/** Work that can wait: begins when nothing was asked for so long, and is done in steps of so long. */
const QUIET_MS = 30;
const STEP_MS = 8;
const BETWEEN_MS = 3;
/** Spans that came so lately are followed by more. */
const BUSY_MS = 1000;
/** When there was nothing left to do, how long until it is looked again. */
const REST_MS = 10_000;
const PRUNE_RECORDS_EVERY_MS = 60_000;
const ALONE_WITHIN_MS = 5000;

let writtenMs = -Infinity;

const port = parentPort;
if (port === null) throw new Error('traceWorker is the entry of a thread.');
const given = workerData as StoreThreadData;
const waiting = new Int32Array(given.waiting);
const counts = new Int32Array(given.counts);

type File = { spans: SpanStore; records: Records; logs: LogTables };
type Opened = { readonly params: OpenStore; settings: StoreSettings } & File;
let opened: Opened | null = null;
let notice: TraceNotice | null = null;
const sqlSpans = createSqlSpans();

const limitsOf = ({ maxBytes, maxDays }: StoreSettings) => ({ maxBytes, maxAgeMs: maxDays * DAY_MS });

function openFile({ path, ownOrigin, isReader }: OpenStore, settings: StoreSettings): File {
  const attempt = () => {
    const limits = limitsOf(settings);
    const spans = openSpanStore(path, { limits, ownOrigin, isReader, sqlSpans, counts, onDamage });
    const logs = createLogTables(spans.db, createRecordOrigins(spans.db));
    return { spans, records: openRecords(spans.db, ownOrigin), logs };
  };
  if (isReader) return attempt();
  // Killed after the damaged file was moved away: what was salvaged is whole by then, and still to take its place.
  if (!existsSync(path) && existsSync(salvageOf(path))) renameSync(salvageOf(path), path);
  try {
    return attempt();
  } catch (error) {
    if (!isDamage(error)) throw error;
    setAside(path);
    return attempt();
  }
}

const salvageOf = (path: string): string => `${path}.salvage`;

/**
 * What can still be read goes into a new file first, and that takes the damaged one's place in the end: who is killed in
 * between finds the damaged one again.
 */
function setAside(path: string): void {
  waitAlone();
  const fresh = salvageOf(path);
  const saved = salvage(path, fresh);
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const aside = `${path}.corrupt-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  if (saved === null) removeDatabase(fresh);
  else renameSync(fresh, path);
  notice = {
    code: 'traces_set_aside',
    message:
      saved === null
        ? 'The file of stored traces was damaged. A new one was started.'
        : `The file of stored traces was damaged. What could be read of it, ${saved.traces} traces, is in a new one.`,
    hint: `The damaged file is kept as ${aside}.`,
  };
}

/** Until no other thread of this store has the file open: not everywhere can an open one be moved. */
function waitAlone(): void {
  Atomics.store(counts, COUNTS.isAlone, 0);
  port?.postMessage({ wantsAlone: true } satisfies TraceNews);
  Atomics.wait(counts, COUNTS.isAlone, 0, ALONE_WITHIN_MS);
}

function onDamage(spans: number): void {
  notice ??= {
    code: 'traces_damaged',
    message: `A part of the file of stored traces is damaged: ${spans} spans cannot be read.`,
    hint: 'All others can. Answers say how many spans they had to leave out.',
  };
}

/** Newest first. */
function filesSetAside(path: string): string[] {
  const folder = dirname(path);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.corrupt-`) && !/-(wal|shm)$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

/** SQLite's own verdict, wherever in the chain of causes it stands; a full disk or a lock is none. */
function isDamage(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^SQLITE_(CORRUPT|NOTADB)/.test(at.code)) return true;
  }
  return false;
}

/** Runs `work`; where the file shows damage, the one that writes does so once more over a new one. */
function withFile<T>(work: (at: Opened) => T): T {
  const at = opened;
  if (at === null) throw new TracedeckError('permanent', 'traces_closed', 'The trace store is closed.');
  try {
    return work(at);
  } catch (error) {
    if (!isDamage(error) || at.params.isReader) throw error;
    try {
      at.spans.close();
    } catch {
      // What is damaged may not even close.
    }
    setAside(at.params.path);
    Object.assign(at, openFile(at.params, at.settings));
    return work(at);
  }
}

function answer(request: TraceRequest): unknown {
  if (request.method === 'open') {
    const { settings } = request.params;
    opened = { params: request.params, settings, ...openFile(request.params, settings) };
    return null;
  }
  if (request.method === 'close') {
    opened?.spans.close();
    opened = null;
    return null;
  }
  return withFile((at) => {
    const { method, params } = request;
    const asked: Asked = {
      spans: at.spans,
      records: at.records,
      logs: at.logs,
      own: at.params.ownOrigin,
      prices: at.settings.prices,
      setAside: () => filesSetAside(at.params.path),
      configure(settings) {
        at.settings = settings;
        at.spans.setLimits(limitsOf(settings));
      },
    };
    const ask = () => (QUESTIONS[method] as (asked: Asked, params: unknown) => unknown)(asked, params);
    if (WRITES.has(method)) return ask();
    const summary = SUMMARIES[method];
    return at.spans.consistently(summary === undefined ? ask : () => asStatement(summary, ask));
  });
}

/** A question as one statement: its columns are read as they are needed, in hundreds of small reads. */
function asStatement(summary: string, ask: () => unknown): unknown {
  let value: unknown;
  const statement = sqlSpans.watch(summary, {
    all(): unknown[] {
      value = ask();
      return Array.isArray(value) ? value : isFound(value) ? value.items : [value];
    },
    get: () => undefined,
    iterate: () => [].values(),
  });
  statement.all();
  return value;
}
const isFound = (value: unknown): value is { readonly items: unknown[] } =>
  typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items);

/** What changes something and was not begun: one after the other, and reads that come meanwhile before the next one. */
const changes: TraceRequest[] = [];
const isWaitedFor = (): boolean => Atomics.load(waiting, 0) > 0 || changes.length > 0;
port.on('message', (request: TraceRequest) => {
  Atomics.sub(waiting, 0, 1);
  if (isReading(request)) handle(request);
  else if (changes.push(request) === 1) setImmediate(changeNext);
});

function changeNext(): void {
  handle(changes[0]!);
  changes.shift();
  if (changes.length > 0) setImmediate(changeNext);
}

const isReading = ({ method }: TraceRequest): boolean =>
  method !== 'open' && method !== 'close' && !WRITES.has(method);

function handle(request: TraceRequest): void {
  if (port === null) return;
  const startMs = performance.now();
  const { seq, method } = request;
  let reply: TraceReply;
  const transfer: ArrayBuffer[] = [];
  const isRead = isReading(request);
  const sql = () => {
    if (!isRead) return {};
    const { spans, counts } = sqlSpans.recorded();
    return { ...(spans.length > 0 ? { spans } : {}), counts };
  };
  try {
    const value = isRead
      ? sqlSpans.record(request.traceparent, () => answer(request), request.recording).value
      : answer(request);
    if (value instanceof Uint8Array) transfer.push(value.buffer as ArrayBuffer);
    const durationMs = performance.now() - startMs;
    reply = { seq, ok: true, value, durationMs, notice, ...sql() };
    notice = null;
  } catch (thrown) {
    const isLeft = opened?.params.isReader === true && isDamage(thrown);
    reply = { seq, ok: false, error: toReplyError(thrown), ...(isLeft ? { isDamage: true } : {}), ...sql() };
  }
  port.postMessage(reply, transfer);
  if (method === 'close') {
    clearTimeout(working);
    clearTimeout(telling);
    port.close();
    return;
  }
  if (!isRead) {
    writtenMs = performance.now();
    tellLater();
  }
  workAfter(QUIET_MS);
}

function toReplyError(thrown: unknown): PlainError {
  if (thrown instanceof SpanCodecError) {
    return { category: 'permanent', code: 'invalid_spans', message: thrown.message, hint: null };
  }
  return toPlainError(thrown);
}

let telling: NodeJS.Timeout | undefined;
let toldMs = -Infinity;

function tellLater(): void {
  if (telling !== undefined || opened === null) return;
  const waitMs = Math.max(0, toldMs + NEWS_EVERY_MS - performance.now());
  telling = setTimeout(() => {
    telling = undefined;
    toldMs = performance.now();
    const changed = opened?.spans.takeChanged(MAX_CHANGED) ?? [];
    if (changed.length > 0) port?.postMessage({ changed } satisfies TraceNews);
  }, waitMs);
}

let working: NodeJS.Timeout | undefined;
let workMs = Infinity;
let prunedMs = 0;

/** Later requests do not put it off for ever: what is due stays due. */
function workAfter(delayMs: number): void {
  if (opened === null || !opened.params.compacts) return;
  const atMs = performance.now() + delayMs;
  if (atMs >= workMs) return;
  clearTimeout(working);
  workMs = atMs;
  working = setTimeout(work, delayMs);
}

function work(): void {
  workMs = Infinity;
  if (opened === null) return;
  const isBusy = performance.now() - writtenMs < BUSY_MS;
  try {
    const isMore = withFile((at) => {
      const nowMs = Date.now();
      if (nowMs - prunedMs > PRUNE_RECORDS_EVERY_MS) {
        prunedMs = nowMs;
        const keepLogsOf = at.spans.pinned();
        // What is told of a trace that is here stays as well, however old an imported one is.
        const oldestMs = at.spans.oldestMs() ?? Infinity;
        const beforeMs = Math.min(nowMs - at.settings.maxDays * DAY_MS, oldestMs);
        at.records.prune({ ...DEFAULT_RECORD_LIMITS, beforeMs, nowMs, keepLogsOf });
      }
      return at.spans.maintain(STEP_MS, isWaitedFor, isBusy ? BUSY_FAN_IN : FAN_IN);
    });
    workAfter(isMore ? BETWEEN_MS : isBusy ? BUSY_MS : REST_MS);
  } catch {
    // Another process holds the file, or the disk is full: whoever asks for something is told.
    workAfter(REST_MS);
  }
  tellLater();
  if (notice !== null) {
    port?.postMessage({ notice } satisfies TraceNews);
    notice = null;
  }
}
