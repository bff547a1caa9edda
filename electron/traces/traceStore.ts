/**
 * The trace store as the program sees it: promises over a thread. Writes that are not acknowledged are bounded,
 * and a thread that dies is started again; what it had not acknowledged by then is lost, and said so.
 */
import { Worker } from 'node:worker_threads';
import type { LogRecord, SpanRecord, TraceSummary } from '../../shared/span.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import type {
  TraceCallOf,
  TraceLimits,
  TraceReply,
  TraceRequestType,
  TraceStats,
  TraceValues,
} from './traceMessages.ts';

export type { TraceStats } from './traceMessages.ts';

export type TraceStoreOptions = {
  readonly path: string;
  /** Entry of the thread: traceWorker.ts in the sources, traceWorker.cjs in the bundle. */
  readonly workerFile: string | URL;
  readonly limits?: Partial<TraceLimits>;
  /** Batches that may be under way. */
  readonly maxPending?: number;
  /** A damaged file was set aside, or the thread died. */
  readonly onNotice?: (notice: TracedeckError) => void;
  /** W3C traceparent of the span that a read is part of; `null` outside any, or where none is to be recorded. */
  readonly traceParent?: () => string | null;
  /** The statements that such reads ran in the thread. */
  readonly onSpans?: (spans: readonly SpanRecord[]) => void;
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
  writeSpans(bytes: Uint8Array): Promise<{ readonly added: number }>;
  writeLogs(records: readonly LogRecord[]): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<readonly TraceSummary[]>;
  /** All spans of a trace, by time, packed by `encodeSpans`; none for a trace that is not there. */
  get(traceId: string): Promise<Uint8Array>;
  /** Newest last; of all traces with `null`. */
  logs(traceId: string | null, limit: number): Promise<readonly LogRecord[]>;
  stats(): Promise<TraceStats>;
  /** Finishes what is under way and ends the thread. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: TraceLimits = { maxBytes: 512_000_000, maxTraces: 5000, maxLogs: 100_000 };
/** A thread that keeps dying is left alone in the end. */
const MAX_RESTARTS = 3;

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: TracedeckError) => void };

/**
 * The store over its file. The thread starts with the first call; where the file can neither be opened nor set
 * aside every call rejects, and `onNotice` says so once.
 */
export function openTraceStore(options: TraceStoreOptions): TraceStore {
  const { path, workerFile, maxPending = 8, onNotice = () => undefined, onSpans } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const waiting = new Map<number, Waiting>();
  let seq = 0;
  let pending = 0;
  let starts = 0;
  let isClosed = false;
  let worker: Worker | null = null;

  async function start(): Promise<void> {
    const thread = new Worker(workerFile);
    worker = thread;
    // The program must not stay alive for its traces; whoever needs them on disk closes the store.
    thread.unref();
    thread.on('message', receive);
    thread.on('error', (error) => died(thread, error));
    thread.on('exit', () => died(thread, null));
    try {
      await ask({ type: 'open', path, limits });
    } catch (error) {
      if (worker === thread) {
        worker = null;
        void thread.terminate();
        onNotice(toTracedeckError(error));
      }
      throw error;
    }
  }

  function receive(reply: TraceReply): void {
    const caller = waiting.get(reply.seq);
    waiting.delete(reply.seq);
    if (waiting.size === 0) worker?.unref();
    if (!reply.ok) {
      const { category, code, message, hint } = reply.error;
      caller?.reject(new TracedeckError(category, code, message, hint === null ? {} : { hint }));
      return;
    }
    if (reply.notice !== null) {
      const { code, message, hint } = reply.notice;
      onNotice(new TracedeckError('degraded', code, message, hint === null ? {} : { hint }));
    }
    if (reply.spans !== undefined) onSpans?.(reply.spans);
    caller?.resolve(reply.value as never);
  }

  function died(thread: Worker, cause: Error | null): void {
    if (worker !== thread) return;
    worker = null;
    const error = new TracedeckError('degraded', 'traces_died', 'The thread that stores traces ended.', {
      hint: cause === null ? 'It is started again with the next write.' : cause.message,
      ...(cause === null ? {} : { cause }),
    });
    const lost = [...waiting.values()];
    waiting.clear();
    for (const caller of lost) caller.reject(error);
    if (!isClosed) onNotice(error);
  }

  function ask<T extends TraceRequestType>(
    request: TraceCallOf<T>,
    transfer: readonly ArrayBuffer[] = [],
    traceparent: string | null = null,
  ): Promise<TraceValues[T]> {
    return new Promise((resolve, reject) => {
      const thread = worker;
      if (thread === null) {
        reject(new TracedeckError('permanent', 'traces_closed', 'The trace store is closed.'));
        return;
      }
      seq += 1;
      waiting.set(seq, { resolve: resolve as Waiting['resolve'], reject });
      // Somebody waits: the thread has to live until it has answered.
      thread.ref();
      thread.postMessage(
        traceparent === null ? { ...request, seq } : { ...request, seq, traceparent },
        transfer,
      );
    });
  }

  /** The thread, started where there is none yet or no longer one. */
  let starting: Promise<void> | null = null;
  async function running(): Promise<void> {
    if (worker !== null && starting === null) return;
    if (isClosed) throw new TracedeckError('permanent', 'traces_closed', 'The trace store is closed.');
    if (starting === null) {
      if (starts > MAX_RESTARTS) {
        throw new TracedeckError('degraded', 'traces_died', 'The thread that stores traces keeps ending.', {
          hint: 'Traces of this session are kept in memory only. Restart Tracedeck.',
        });
      }
      starts += 1;
      starting = start().finally(() => {
        starting = null;
      });
    }
    await starting;
  }

  async function write<T extends 'writeSpans' | 'writeLogs'>(
    request: TraceCallOf<T>,
    transfer: readonly ArrayBuffer[],
  ): Promise<TraceValues[T]> {
    if (pending >= maxPending) {
      throw new TracedeckError('transient', 'traces_busy', 'The trace store is behind.', {
        hint: 'The disk is slower than the spans come.',
      });
    }
    pending += 1;
    try {
      await running();
      return await ask(request, transfer);
    } finally {
      pending -= 1;
    }
  }

  async function read<T extends 'list' | 'get' | 'logs' | 'stats'>(
    request: TraceCallOf<T>,
  ): Promise<TraceValues[T]> {
    const traceparent = onSpans === undefined ? null : (options.traceParent?.() ?? null);
    await running();
    return ask(request, [], traceparent);
  }

  return {
    get pending() {
      return pending;
    },
    maxPending,
    writeSpans(bytes) {
      // A view into something larger is copied: transferring would take the rest along.
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      return write({ type: 'writeSpans', bytes: own }, [own.buffer as ArrayBuffer]);
    },
    async writeLogs(records) {
      await write({ type: 'writeLogs', records }, []);
    },
    list: (limit) => read({ type: 'list', limit }),
    get: (traceId) => read({ type: 'get', traceId }),
    logs: (traceId, limit) => read({ type: 'logs', traceId, limit }),
    stats: () => read({ type: 'stats' }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await starting?.catch(() => undefined);
      const thread = worker;
      if (thread === null) return;
      await ask({ type: 'close' }).catch(() => undefined);
      worker = null;
      await thread.terminate();
    },
  };
}
