/**
 * The receiver as the program sees it: OTLP from other programs on this machine, into the trace store. It runs in a
 * thread that is there as long as something is switched on; one that dies is started again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { LogRecord } from '../../shared/span.ts';
import type { ReceiverSettings, ReceiverStatus, StoredPoint } from '../../shared/traceQuery.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import type {
  FromReceiver,
  PackedRecords,
  ReceiverAccess,
  ReceiverConfig,
  StoreOutcome,
  ToReceiver,
} from './receiverMessages.ts';

/** What is asked of the trace store. */
export interface ReceiverStore {
  readonly pending: number;
  readonly maxPending: number;
  /** Takes the bytes over, unless it says `traces_busy`. */
  writeSpans(bytes: Uint8Array): Promise<{ readonly refused: number }>;
  writeLogs(records: readonly LogRecord[]): Promise<unknown>;
  writeMetrics(points: readonly StoredPoint[]): Promise<unknown>;
}

export type ReceiverOptions = {
  readonly store: ReceiverStore;
  /** Makes a running total of what was added; called once for each delta, in their order. */
  readonly addDelta: (point: StoredPoint) => StoredPoint;
  /** Entry of the thread: receiverWorker.ts in the sources, receiverWorker.cjs in the bundle; `null` for no thread. */
  readonly workerFile: string | URL | null;
  /** `service.instance.id` of this process. */
  readonly ownInstance: string | null;
  /** The thread ended by itself. */
  readonly onNotice?: (notice: TracedeckError) => void;
};

export interface Receiver {
  /** From now on. Resolves when it listens, or it is known that it cannot: `status` says which. */
  configure(settings: ReceiverSettings, access: ReceiverAccess): Promise<void>;
  /** As of a fifth of a second ago at most. */
  status(): ReceiverStatus;
  /** Takes nothing new, and waits for what is under way. */
  close(): Promise<void>;
}

/** So long a request waits for a store that is behind before its client is asked to come again. */
const BUSY_MS = 3000;
const BUSY_STEP_MS = 15;
const RESTART_MS = 1000;
const CLOSE_MS = 4000;
/** A thread that needs more ends, and is started again; the program goes on. */
const MAX_HEAP_MB = 2048;

const OFF: ReceiverStatus = {
  http: { state: 'off', url: null, fault: null },
  grpc: { state: 'off', url: null, fault: null },
  hasToken: false,
  requests: 0,
  refusedRequests: 0,
  spans: 0,
  logs: 0,
  metricPoints: 0,
  rejected: 0,
  lastMs: null,
};
const COUNTS = ['requests', 'refusedRequests', 'spans', 'logs', 'metricPoints', 'rejected'] as const;

interface Link {
  post(message: ToReceiver): void;
  /** Whether somebody waits for an answer: only then the thread keeps the process alive. */
  hold(isAwaited: boolean): void;
  end(): Promise<void>;
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const { store, addDelta, workerFile, ownInstance, onNotice = () => undefined } = options;
  let link: Link | null = null;
  let config: ReceiverConfig | null = null;
  let latest = OFF;
  /** Of threads that are gone. */
  let past = OFF;
  let seq = 0;
  let isClosed = false;
  const waiting = new Map<number, () => void>();

  function receive(from: Link, message: FromReceiver): void {
    if (from !== link) return;
    switch (message.type) {
      case 'done':
        waiting.get(message.seq)?.();
        waiting.delete(message.seq);
        return from.hold(waiting.size > 0);
      case 'status':
        latest = message.status;
        return;
      case 'write':
        void put(message.records).then((outcome) => {
          if (from === link) from.post({ type: 'outcome', seq: message.seq, outcome });
        });
    }
  }

  async function put(records: PackedRecords): Promise<StoreOutcome> {
    let hasAdded = false;
    try {
      const deadlineMs = performance.now() + BUSY_MS;
      let refused = 0;
      for (const bytes of records.spans)
        refused += (await whenFree(() => store.writeSpans(bytes), deadlineMs)).refused;
      if (records.logs.length > 0) await whenFree(() => store.writeLogs(records.logs), deadlineMs);
      const { points, deltas } = records;
      if (points.length + deltas.length > 0) {
        // A delta counts once: it is added up only where the store takes it at once.
        await whenFree(() => {
          if (store.pending >= store.maxPending) throw busy();
          hasAdded = deltas.length > 0;
          return store.writeMetrics(deltas.length === 0 ? points : [...points, ...deltas.map(addDelta)]);
        }, deadlineMs);
      }
      return { type: 'stored', refused };
    } catch (thrown) {
      const { message, category } = toTracedeckError(thrown);
      // A delta that is in the totals by now would be there twice; the next point has it.
      return { type: 'failed', canRetry: !hasAdded && category !== 'permanent', message };
    }
  }

  function start(): void {
    if (workerFile === null) {
      link = openHere(receive);
      return;
    }
    link = openThread(workerFile, receive, (from, reason) => {
      if (from !== link) return;
      link = null;
      past = counted();
      latest = { ...OFF, hasToken: latest.hasToken, lastMs: latest.lastMs };
      for (const resolve of waiting.values()) resolve();
      waiting.clear();
      if (isClosed) return;
      onNotice(
        new TracedeckError(
          'degraded',
          'receiver_died',
          `The thread that receives traces ended (${reason}).`,
          {
            hint: 'It is started again. What it had not acknowledged, clients send again.',
          },
        ),
      );
      setTimeout(() => {
        if (config !== null && link === null && !isClosed) void apply(config);
      }, RESTART_MS).unref();
    });
  }

  function counted(): ReceiverStatus {
    const sums = Object.fromEntries(COUNTS.map((name) => [name, past[name] + latest[name]]));
    return { ...latest, ...sums, lastMs: latest.lastMs ?? past.lastMs };
  }

  function ask(make: (seq: number) => ToReceiver): Promise<void> {
    const to = link;
    if (to === null) return Promise.resolve();
    seq += 1;
    const own = seq;
    return new Promise((resolve) => {
      waiting.set(own, resolve);
      to.hold(true);
      to.post(make(own));
    });
  }

  async function apply(next: ReceiverConfig): Promise<void> {
    const { http, grpc } = next.settings;
    if (link === null) {
      if (!http.enabled && !grpc.enabled) return;
      start();
    }
    await ask((own) => ({ type: 'configure', seq: own, config: next }));
  }

  return {
    async configure(settings, access) {
      if (isClosed) return;
      config = { settings, access, ownInstance };
      await apply(config);
    },
    status() {
      const { token = null, isLocked = false } = config?.access ?? {};
      return { ...counted(), hasToken: token !== null || isLocked };
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      const closing = ask((own) => ({ type: 'close', seq: own }));
      await Promise.race([closing, sleep(CLOSE_MS, undefined, { ref: false })]);
      const open = link;
      past = counted();
      latest = OFF;
      link = null;
      await open?.end();
    },
  };
}

function busy(): TracedeckError {
  return new TracedeckError('transient', 'traces_busy', 'The trace store is behind.');
}

/** The store takes so many writes at once and no more: then it is asked again, for a while. */
async function whenFree<T>(write: () => Promise<T>, deadlineMs: number): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof TracedeckError) || error.code !== 'traces_busy') throw error;
      if (performance.now() >= deadlineMs) throw error;
      await sleep(BUSY_STEP_MS);
    }
  }
}

function openHere(receive: (from: Link, message: FromReceiver) => void): Link {
  const host = import('./receiverHost.ts').then(({ createReceiverHost }) =>
    createReceiverHost({ post: (message) => receive(link, message) }),
  );
  const link: Link = {
    post: (message) => void host.then((opened) => opened.receive(message)),
    hold: () => undefined,
    end: async () => undefined,
  };
  return link;
}

function openThread(
  workerFile: string | URL,
  receive: (from: Link, message: FromReceiver) => void,
  gone: (from: Link, reason: string) => void,
): Link {
  const thread = new Worker(workerFile, {
    name: 'receiver',
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  // Nobody stays alive in order to be sent something.
  thread.unref();
  const link: Link = {
    post: (message) => thread.postMessage(message, []),
    hold(isAwaited) {
      if (isAwaited) thread.ref();
      else thread.unref();
    },
    end: async () => void (await thread.terminate()),
  };
  thread.on('message', (message: FromReceiver) => receive(link, message));
  // Its message may quote what was sent.
  thread.on('error', (error: NodeJS.ErrnoException) => gone(link, error.code ?? error.name));
  thread.on('exit', (code) => gone(link, `exit code ${code}`));
  return link;
}
