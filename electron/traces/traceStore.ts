/**
 * The trace store as the program sees it: promises over one thread, or two. Writes that are not acknowledged are bounded,
 * and a thread that dies is started again; what it had not acknowledged by then is lost, and said so.
 */
import type { LogRecord, Origin, SpanRecord, TraceSummary } from '../../shared/span.ts';
import type { StoredPoint } from '../../shared/traceQuery.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { AnswerOf, Method, ParamsOf, StoreSettings } from './questions.ts';
import type { SqlCounts, SqlRecording } from './sqlSpans.ts';
import { FileDamaged, openStoreThread, type StoreThread } from './storeThread.ts';
import { COUNTS, KNOWN_TO_WRITER, WRITES } from './traceMessages.ts';
import type { TraceCall, TraceNews, TraceReply } from './traceMessages.ts';
import type { WriteReport } from './writeSpans.ts';

export type { StoreSettings } from './questions.ts';
export type { WriteReport } from './writeSpans.ts';

export type TraceStoreOptions = {
  readonly path: string;
  /** Entry of the thread: traceWorker.ts in the sources, traceWorker.cjs in the bundle. */
  readonly workerFile: string | URL;
  readonly settings?: Partial<StoreSettings>;
  /** Of spans that come without an origin: this program. */
  readonly ownOrigin?: Origin;
  /** Batches that may be under way. */
  readonly maxPending?: number;
  /** How long a file that could not be opened is left alone: 10 s where nothing is given. */
  readonly reopenAfterMs?: number;
  /** Whether small batches are put together in the background: not worth it for a process that ends at once. */
  readonly compacts?: boolean;
  /** Whether questions get a thread of their own, which no write holds up: worth it where both come again and again. */
  readonly readsApart?: boolean;
  /** A damaged file was set aside, or the thread died. */
  readonly onNotice?: (notice: TracedeckError) => void;
  /** Traces that were written to, at most four times a second, newest first. */
  readonly onChanged?: (traces: readonly TraceSummary[]) => void;
  /** W3C traceparent of the span that a read is part of; `null` outside any, or where none is to be recorded. */
  readonly traceParent?: () => string | null;
  /** How closely the statements of reads are recorded; not given: each of them. */
  readonly recording?: () => SqlRecording;
  /** The statements that such reads ran in the thread. */
  readonly onSpans?: (spans: readonly SpanRecord[]) => void;
  /** Of each read: all its statements, recorded or not. */
  readonly onStatements?: (counts: SqlCounts) => void;
};

export interface TraceStore {
  /** Writes that are not acknowledged. */
  readonly pending: number;
  readonly maxPending: number;
  /**
   * Takes the bytes over (their buffer is transferred). Resolves once they are committed.
   * @throws TracedeckError `traces_busy` where too many writes are under way, `traces_died`, `traces_closed`,
   *   `invalid_spans`, or what SQLite says
   */
  writeSpans(bytes: Uint8Array): Promise<WriteReport>;
  writeLogs(records: readonly LogRecord[]): Promise<void>;
  /** Running totals. */
  writeMetrics(points: readonly StoredPoint[]): Promise<void>;
  /** All spans of a trace, by start, packed by `encodeSpans`; none for a trace that is not there. */
  get(traceId: string): Promise<Uint8Array>;
  /** Newest last; of all traces, and of none, with `null`. */
  logs(traceId: string | null, limit: number): Promise<readonly LogRecord[]>;
  /** Any other question, by its name in questions.ts. */
  ask<M extends Method>(method: M, ...params: ParamsArg<M>): Promise<AnswerOf<M>>;
  /** Other limits or prices, from now on. */
  configure(settings: StoreSettings): Promise<void>;
  /** Finishes what is under way and ends the thread. */
  close(): Promise<void>;
}
type ParamsArg<M extends Method> = undefined extends ParamsOf<M> ? [] : [ParamsOf<M>];

const DEFAULT_STORE_SETTINGS: StoreSettings = { maxBytes: 2_000_000_000, maxDays: 30, prices: [] };
/** A file that could not be opened is tried again so much later: a full disk gets room, a lock ends. */
const REOPEN_AFTER_MS = 10_000;
/** So long after an answer it is looked whether a pause has come in which the thread that reads may start. */
const PAUSE_MS = 50;
const BOUNDED: ReadonlySet<Method> = new Set<Method>(['writeSpans', 'writeLogs', 'writeMetrics']);

/**
 * The store over its file. The thread starts with the first call; where the file can neither be opened nor set
 * aside every call rejects, `onNotice` says so once, and a later call tries again.
 */
export function openTraceStore(options: TraceStoreOptions): TraceStore {
  const { path, workerFile, maxPending = 8, onNotice = () => undefined, onSpans } = options;
  const { reopenAfterMs = REOPEN_AFTER_MS, ownOrigin = null, compacts = true } = options;
  let settings: StoreSettings = { ...DEFAULT_STORE_SETTINGS, ...options.settings };
  let pending = 0;
  const counts = new Int32Array(new SharedArrayBuffer(4 * Object.keys(COUNTS).length));
  /** Both threads may meet the same damage: who told of it first. */
  const told = new Map<string, 'writer' | 'reader'>();

  const threadOf = (role: 'writer' | 'reader', onNews?: (news: TraceNews) => void): StoreThread =>
    openStoreThread({
      workerFile,
      counts: counts.buffer,
      open: () => ({
        path,
        settings,
        ownOrigin,
        compacts: compacts && role === 'writer',
        isReader: role === 'reader',
      }),
      does: role === 'writer' ? 'stores traces' : 'reads stored traces',
      reopenAfterMs,
      ...(role === 'writer' ? { onRefused: onNotice } : {}),
      onNotice(notice) {
        const key = `${notice.code} ${notice.message}`;
        if ((told.get(key) ?? role) !== role) return;
        told.set(key, role);
        onNotice(notice);
      },
      ...(onNews === undefined ? {} : { onNews }),
      onReply,
    });
  const reader = options.readsApart === true ? threadOf('reader') : null;
  const writer = threadOf('writer', (news) => {
    if (news.changed !== undefined) options.onChanged?.(news.changed);
    if (news.wantsAlone === true) void leaveAlone();
  });

  function onReply({ spans, counts: statements }: TraceReply): void {
    if (spans !== undefined) onSpans?.(spans);
    if (statements !== undefined) options.onStatements?.(statements);
  }

  let reading = 0;
  let starting: NodeJS.Timeout | undefined;
  /**
   * Starts the thread that reads in a pause, as its start would slow down what is asked meanwhile; and only after an
   * answer of the one that writes: by then that has made the file, and mended it where it had to.
   */
  function startReader(): void {
    if (reader === null || reader.isRunning || starting !== undefined) return;
    starting = setTimeout(() => {
      starting = undefined;
      if (reading > 0) startReader();
      // Where it cannot be read apart, all goes on as it is.
      else reader.start().catch(() => undefined);
    }, PAUSE_MS).unref();
  }

  async function leaveAlone(): Promise<void> {
    clearTimeout(starting);
    starting = undefined;
    await reader?.drop();
    Atomics.store(counts, COUNTS.isAlone, 1);
    Atomics.notify(counts, COUNTS.isAlone);
  }

  async function call<M extends Method>(
    method: M,
    params: ParamsOf<M>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<AnswerOf<M>> {
    const isBounded = BOUNDED.has(method);
    if (isBounded && pending >= maxPending) {
      throw new TracedeckError('transient', 'traces_busy', 'The trace store is behind.', {
        hint: 'The disk is slower than the spans come.',
      });
    }
    const isRead = !WRITES.has(method);
    // As it is now: what the thread is waited for is not part of the read.
    const traceparent = !isRead || onSpans === undefined ? null : (options.traceParent?.() ?? null);
    const recording = isRead ? options.recording?.() : undefined;
    const ask = (thread: StoreThread) =>
      thread.send({ method, params } as TraceCall, transfer, {
        ...(traceparent === null ? {} : { traceparent }),
        ...(recording === undefined ? {} : { recording }),
      }) as Promise<AnswerOf<M>>;
    if (isBounded) pending += 1;
    if (isRead) reading += 1;
    try {
      await writer.start();
      if (reader === null || !isRead || KNOWN_TO_WRITER.has(method)) return await ask(writer);
      try {
        if (reader.isReady) return await ask(reader);
      } catch (thrown) {
        if (!(thrown instanceof FileDamaged)) throw thrown;
        await reader.drop();
      }
      const answer = await ask(writer);
      startReader();
      return answer;
    } finally {
      if (isBounded) pending -= 1;
      if (isRead) reading -= 1;
    }
  }

  return {
    get pending() {
      return pending;
    },
    maxPending,
    writeSpans(bytes) {
      // A view into something larger is copied: transferring would take the rest along.
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      return call('writeSpans', own, [own.buffer as ArrayBuffer]);
    },
    async writeLogs(records) {
      await call('writeLogs', records);
    },
    async writeMetrics(points) {
      await call('writeMetrics', points);
    },
    get: (traceId) => call('get', { traceId }),
    logs: (traceId, limit) => call('logs', { traceId, limit }),
    ask: (method, ...params) => call(method, params[0] as ParamsOf<typeof method>),
    async configure(next) {
      settings = next;
      // A thread that is not there yet begins with them.
      for (const thread of [writer, reader]) {
        if (thread?.isRunning !== true) continue;
        await thread.start();
        await thread.send({ method: 'configure', params: next });
      }
    },
    async close() {
      clearTimeout(starting);
      await reader?.close();
      await writer.close();
    },
  };
}
