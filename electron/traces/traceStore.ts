/**
 * The trace store as the program sees it: promises over a thread. Writes that are not acknowledged are bounded,
 * and a thread that dies is started again; what it had not acknowledged by then is lost, and said so.
 */
import { Worker } from 'node:worker_threads';
import type { LogRecord, Origin, SpanRecord, TraceSummary } from '../../shared/span.ts';
import type { StoredPoint } from '../../shared/traceQuery.ts';
import { fromPlainError, toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import type { AnswerOf, Method, ParamsOf, StoreSettings } from './questions.ts';
import type { SqlCounts, SqlRecording } from './sqlSpans.ts';
import { WRITES } from './traceMessages.ts';
import type { StoreThread, TraceCall, TraceNews, TraceNotice, TraceReply } from './traceMessages.ts';
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
/** A thread that keeps dying is left alone in the end. */
const MAX_DEATHS = 3;
/** A file that could not be opened is tried again so much later: a full disk gets room, a lock ends. */
const REOPEN_AFTER_MS = 10_000;
const BOUNDED: ReadonlySet<Method> = new Set<Method>(['writeSpans', 'writeLogs', 'writeMetrics']);

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: TracedeckError) => void };

/**
 * The store over its file. The thread starts with the first call; where the file can neither be opened nor set
 * aside every call rejects, `onNotice` says so once, and a later call tries again.
 */
export function openTraceStore(options: TraceStoreOptions): TraceStore {
  const { path, workerFile, maxPending = 8, onNotice = () => undefined, onSpans } = options;
  const { reopenAfterMs = REOPEN_AFTER_MS } = options;
  let settings: StoreSettings = { ...DEFAULT_STORE_SETTINGS, ...options.settings };
  const waiting = new Map<number, Waiting>();
  let seq = 0;
  let pending = 0;
  let deaths = 0;
  let refused: { readonly error: TracedeckError; readonly untilMs: number } | null = null;
  let isClosed = false;
  let worker: Worker | null = null;
  let sent = new Int32Array(new SharedArrayBuffer(4));

  async function start(): Promise<void> {
    // One that died may have left calls uncounted.
    sent = new Int32Array(new SharedArrayBuffer(4));
    const workerData: StoreThread = { waiting: sent.buffer };
    const thread = new Worker(workerFile, { workerData });
    worker = thread;
    // The program must not stay alive for its traces; whoever needs them on disk closes the store.
    thread.unref();
    thread.on('message', receive);
    thread.on('error', (error) => died(thread, error));
    thread.on('exit', () => died(thread, null));
    try {
      const { ownOrigin = null, compacts = true } = options;
      await send({ method: 'open', params: { path, settings, ownOrigin, compacts } });
      refused = null;
    } catch (thrown) {
      if (worker === thread) {
        worker = null;
        void thread.terminate();
        const error = toTracedeckError(thrown);
        if (refused?.error.hint !== error.hint) onNotice(error);
        refused = { error, untilMs: performance.now() + reopenAfterMs };
      }
      throw thrown;
    }
  }

  const tell = ({ code, message, hint }: TraceNotice): void =>
    onNotice(new TracedeckError('degraded', code, message, hint === null ? {} : { hint }));

  function receive(message: TraceReply | TraceNews): void {
    if (!('seq' in message)) {
      if (message.notice !== undefined) tell(message.notice);
      if (message.changed !== undefined) options.onChanged?.(message.changed);
      return;
    }
    const caller = waiting.get(message.seq);
    waiting.delete(message.seq);
    if (waiting.size === 0) worker?.unref();
    if (message.spans !== undefined) onSpans?.(message.spans);
    if (message.counts !== undefined) options.onStatements?.(message.counts);
    if (!message.ok) {
      caller?.reject(fromPlainError(message.error));
      return;
    }
    if (message.notice !== null) tell(message.notice);
    caller?.resolve(message.value as never);
  }

  function died(thread: Worker, cause: Error | null): void {
    if (worker !== thread) return;
    worker = null;
    deaths += 1;
    const error = new TracedeckError('degraded', 'traces_died', 'The thread that stores traces ended.', {
      hint: cause === null ? 'It is started again with the next write.' : cause.message,
      ...(cause === null ? {} : { cause }),
    });
    const lost = [...waiting.values()];
    waiting.clear();
    for (const caller of lost) caller.reject(error);
    if (!isClosed) onNotice(error);
  }

  function send(
    call: TraceCall,
    transfer: readonly ArrayBuffer[] = [],
    recorded: { readonly traceparent?: string; readonly recording?: SqlRecording } = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const thread = worker;
      if (thread === null) {
        reject(new TracedeckError('permanent', 'traces_closed', 'The trace store is closed.'));
        return;
      }
      seq += 1;
      waiting.set(seq, { resolve, reject });
      // Somebody waits: the thread has to live until it has answered.
      thread.ref();
      Atomics.add(sent, 0, 1);
      thread.postMessage({ ...call, seq, ...recorded }, transfer);
    });
  }

  /** The thread, started where there is none yet or no longer one. */
  let starting: Promise<void> | null = null;
  async function running(): Promise<void> {
    if (worker !== null && starting === null) return;
    if (isClosed) throw new TracedeckError('permanent', 'traces_closed', 'The trace store is closed.');
    if (starting === null) {
      if (refused !== null && performance.now() < refused.untilMs) throw refused.error;
      if (deaths > MAX_DEATHS) {
        throw new TracedeckError('degraded', 'traces_died', 'The thread that stores traces keeps ending.', {
          hint: 'Traces of this session are kept in memory only. Restart Tracedeck.',
        });
      }
      starting = start().finally(() => {
        starting = null;
      });
    }
    await starting;
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
    // As it is now: what the thread is waited for is not part of the read.
    const traceparent =
      WRITES.has(method) || onSpans === undefined ? null : (options.traceParent?.() ?? null);
    const recording = WRITES.has(method) ? undefined : options.recording?.();
    if (isBounded) pending += 1;
    try {
      await running();
      return (await send({ method, params } as TraceCall, transfer, {
        ...(traceparent === null ? {} : { traceparent }),
        ...(recording === undefined ? {} : { recording }),
      })) as AnswerOf<M>;
    } finally {
      if (isBounded) pending -= 1;
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
      if (worker !== null) await call('configure', next);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await starting?.catch(() => undefined);
      const thread = worker;
      if (thread === null) return;
      await send({ method: 'close', params: null }).catch(() => undefined);
      worker = null;
      await thread.terminate();
    },
  };
}
