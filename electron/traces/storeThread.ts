/**
 * One thread of the trace store, seen from outside: started with its first call, started again when it died, left
 * alone when it keeps dying. What it had not answered by then is told that it died.
 */
import { Worker } from 'node:worker_threads';
import { fromPlainError, toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import type {
  OpenStore,
  StoreThreadData,
  TraceCall,
  TraceNews,
  TraceNotice,
  TraceReply,
  TraceRequest,
} from './traceMessages.ts';

export type StoreThreadOptions = {
  readonly workerFile: string | URL;
  /** Shared by the threads of a store. */
  readonly counts: SharedArrayBuffer;
  /** Asked with each start. */
  readonly open: () => OpenStore;
  /** What it does, for an error: 'stores traces'. */
  readonly does: string;
  /** How long a file that could not be opened is left alone. */
  readonly reopenAfterMs: number;
  /** The file cannot be opened, for another reason than last time. */
  readonly onRefused?: (error: TracedeckError) => void;
  /** The thread died, or tells of damage. */
  readonly onNotice: (notice: TracedeckError) => void;
  readonly onNews?: (news: TraceNews) => void;
  /** Of each reply, before its caller has it. */
  readonly onReply: (reply: TraceReply) => void;
};

export interface StoreThread {
  /** Whether it was started and is there. */
  readonly isRunning: boolean;
  /** Whether it has opened the file as well. */
  readonly isReady: boolean;
  /**
   * Starts it where it is not running.
   * @throws TracedeckError `traces_closed`, `traces_died` where it keeps dying, or why the file cannot be opened
   */
  start(): Promise<void>;
  /**
   * Of a thread that runs.
   * @throws FileDamaged from one that only reads; TracedeckError `traces_closed`, `traces_died`, or what it answers
   */
  send(call: TraceCall, transfer?: readonly ArrayBuffer[], recorded?: Recorded): Promise<unknown>;
  /** Ends it as it is. What it has not answered is told FileDamaged. It may be started again. */
  drop(): Promise<void>;
  /** Finishes what is under way and ends it for good. */
  close(): Promise<void>;
}
type Recorded = Pick<TraceRequest, 'traceparent' | 'recording'>;

/** A thread that only reads has met damage, or the file goes from under it: the one that writes has to answer. */
export class FileDamaged extends Error {
  constructor() {
    super('The file of stored traces is damaged.');
    this.name = 'FileDamaged';
  }
}

/** A thread that keeps dying is left alone in the end. */
const MAX_DEATHS = 3;

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

export function openStoreThread(options: StoreThreadOptions): StoreThread {
  const { workerFile, counts, does, reopenAfterMs, onNotice } = options;
  const waiting = new Map<number, Waiting>();
  let seq = 0;
  let deaths = 0;
  let refused: { readonly error: TracedeckError; readonly untilMs: number } | null = null;
  let isClosed = false;
  let worker: Worker | null = null;
  let starting: Promise<void> | null = null;
  let sent = new Int32Array(new SharedArrayBuffer(4));

  const closed = () => new TracedeckError('permanent', 'traces_closed', 'The trace store is closed.');
  const tell = ({ code, message, hint }: TraceNotice): void =>
    onNotice(new TracedeckError('degraded', code, message, hint === null ? {} : { hint }));

  async function begin(): Promise<void> {
    // One that died may have left calls uncounted.
    sent = new Int32Array(new SharedArrayBuffer(4));
    const workerData: StoreThreadData = { waiting: sent.buffer, counts };
    const thread = new Worker(workerFile, { workerData });
    worker = thread;
    // The program must not stay alive for its traces; whoever needs them on disk closes the store.
    thread.unref();
    thread.on('message', receive);
    thread.on('error', (error) => died(thread, error));
    thread.on('exit', () => died(thread, null));
    try {
      await send({ method: 'open', params: options.open() });
      refused = null;
    } catch (thrown) {
      if (worker === thread) {
        worker = null;
        void thread.terminate();
        const error = toTracedeckError(thrown);
        if (refused?.error.hint !== error.hint) options.onRefused?.(error);
        refused = { error, untilMs: performance.now() + reopenAfterMs };
      }
      throw thrown;
    }
  }

  function receive(message: TraceReply | TraceNews): void {
    if (!('seq' in message)) {
      if (message.notice !== undefined) tell(message.notice);
      options.onNews?.(message);
      return;
    }
    const caller = waiting.get(message.seq);
    waiting.delete(message.seq);
    if (waiting.size === 0) worker?.unref();
    options.onReply(message);
    if (!message.ok) {
      caller?.reject(message.isDamage === true ? new FileDamaged() : fromPlainError(message.error));
      return;
    }
    if (message.notice !== null) tell(message.notice);
    caller?.resolve(message.value);
  }

  function died(thread: Worker, cause: Error | null): void {
    if (worker !== thread) return;
    worker = null;
    deaths += 1;
    const error = new TracedeckError('degraded', 'traces_died', `The thread that ${does} ended.`, {
      hint: cause === null ? 'It is started again with the next call.' : cause.message,
      ...(cause === null ? {} : { cause }),
    });
    rejectAll(error);
    if (!isClosed) onNotice(error);
  }

  function rejectAll(error: Error): void {
    const lost = [...waiting.values()];
    waiting.clear();
    for (const caller of lost) caller.reject(error);
  }

  function send(
    call: TraceCall,
    transfer: readonly ArrayBuffer[] = [],
    recorded: Recorded = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const thread = worker;
      // What comes behind the word to close is answered by nobody.
      if (thread === null || (isClosed && call.method !== 'close')) {
        reject(closed());
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

  return {
    get isRunning() {
      return worker !== null;
    },
    get isReady() {
      return worker !== null && starting === null && !isClosed;
    },
    async start() {
      if (isClosed) throw closed();
      if (worker !== null && starting === null) return;
      if (starting === null) {
        if (refused !== null && performance.now() < refused.untilMs) throw refused.error;
        if (deaths > MAX_DEATHS) {
          throw new TracedeckError('degraded', 'traces_died', `The thread that ${does} keeps ending.`, {
            hint: 'Traces of this session are kept in memory only. Restart Tracedeck.',
          });
        }
        starting = begin().finally(() => {
          starting = null;
        });
      }
      await starting;
    },
    send,
    async drop() {
      const thread = worker;
      worker = null;
      rejectAll(new FileDamaged());
      await thread?.terminate();
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
