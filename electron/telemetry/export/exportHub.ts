/**
 * Carries what is recorded from memory to the exporters. The ring of spans is the buffer: while the exporters are
 * behind nothing is read, and what the ring gives up meanwhile is counted as dropped. The exporters' thread
 * lives as long as there is an enabled exporter.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { blockCountOf } from '../../../shared/leafCodec.ts';
import type { LogRecord } from '../../../shared/span.ts';
import type { ExporterSettings, ExporterStatus, Signal } from '../../../shared/telemetrySettings.ts';
import type { SpanReader, Telemetry } from '../api.ts';
import type { DeliveryTiming } from './deliveryOptions.ts';
import { openExportLink } from './exportLink.ts';
import type { ExportLink } from './exportLink.ts';
import type { FromExportWorker, ToExportWorker } from './exportMessages.ts';
import { afterThread, beginPast, emptyStatus, NO_SIGNALS, wholeStatus } from './exportStatus.ts';
import type { ExporterPast, PerSignal } from './exportStatus.ts';
import { within } from '../within.ts';

export type ExportSource = Pick<Telemetry, 'spans' | 'logger' | 'metrics' | 'resource' | 'onShutdown'>;
export type ExportsOptions = {
  /** Entry of the thread: exportWorker.ts in the sources, exportWorker.cjs in the bundle; `null`: in this thread. */
  readonly workerFile: string | URL | null;
  /** Folder for what waits on disk; `null` for memory alone. */
  readonly spoolDir: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exporters: readonly ExporterSettings[];
  readonly scope: { readonly name: string; readonly version: string };
  /** Once a second while something changes. */
  readonly onStatus?: (all: readonly ExporterStatus[]) => void;
  /** Lines of console exporters. */
  readonly print?: (text: string) => void;
  /** Epoch milliseconds since when metrics count; not given: since the process began. */
  readonly startedMs?: number;
  readonly timing?: ExportTiming;
};
export type ExportTiming = {
  readonly intervalMs?: number;
  readonly restartMs?: number;
  /** In this thread only. */
  readonly delivery?: DeliveryTiming;
};

export interface Exports {
  /** The exporters as they shall be from now on. What was recorded before goes to those that were there. */
  configure(exporters: readonly ExporterSettings[]): Promise<void>;
  status(): readonly ExporterStatus[];
  /** Sends all that was recorded before; `false` where some of it is left. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Sends or spools what is left and ends the thread. */
  close(timeoutMs: number): Promise<void>;
}

const SPANS_A_BATCH = 2048;
/** Batches on their way; further ones stay in the ring. */
const MAX_UNDERWAY = 4;
/** At the end, when there is no later. */
const MAX_LAST = 50;
const MAX_WAITING_LOGS = 5000;
/** A thread that keeps ending is left alone in the end, until somebody changes the exporters. */
const MAX_RESTARTS = 5;
const STEADY_MS = 300_000;
/** What exporters have to finish when the last of them is switched off; the thread gets a little more. */
const REMOVED_CLOSE_MS = 5000;
const DRAIN_BEFORE_CHANGE_MS = 2000;

/** Starts carrying. Ends with the telemetry's shutdown. */
export function startExports(telemetry: ExportSource, options: ExportsOptions): Exports {
  const { timing = {}, onStatus = () => undefined, print = (text) => console.log(text) } = options;
  const { intervalMs = 250, restartMs = 500 } = timing;
  let settings: readonly ExporterSettings[] = [];
  let reader: SpanReader | null = null;
  let link: ExportLink | null = null;
  let linkSinceMs = 0;
  /** The thread before this one, as long as it finishes its work. */
  let ending: Promise<void> = Promise.resolve();
  let isEnding = false;
  let restarts = 0;
  let restartTimer: NodeJS.Timeout | null = null;
  let failure: { readonly message: string; readonly timeMs: number } | null = null;
  let seq = 0;
  const answers = new Map<number, Awaited>();
  /** Batches of spans and logs among them, and the others. */
  let underway = 0;
  let asked = 0;
  let wakeTimer: NodeJS.Timeout | null = null;
  let metricTimer: NodeJS.Timeout | null = null;
  let isCollecting = false;
  let isClosed = false;
  let isFirst = true;
  let wantsLogs = logExporters(options.exporters).length > 0;
  // What the program recorded before it came to its exporters is theirs; who is added later begins then.
  let logs: LogRecord[] = wantsLogs ? [...telemetry.logger.recent(null, MAX_WAITING_LOGS)] : [];
  let changes: Promise<unknown> = Promise.resolve();

  /** Lost between memory and the exporters, beside what the present reader counts. */
  let lost: PerSignal = NO_SIGNALS;
  /** Reached the thread after its latest word. */
  let unconfirmed: PerSignal = NO_SIGNALS;
  let latest = new Map<string, ExporterStatus>();
  const pasts = new Map<string, ExporterPast>();

  const ends = [
    telemetry.spans.onChange(wake),
    telemetry.logger.onRecord((record) => {
      if (!wantsLogs || isClosed) return;
      logs.push(record);
      if (logs.length > MAX_WAITING_LOGS) {
        const kept = logs.slice(-Math.ceil(MAX_WAITING_LOGS / 2));
        lose('logs', logs.length - kept.length);
        logs = kept;
      }
      wake();
    }),
  ];

  const enabled = (): readonly ExporterSettings[] => settings.filter((each) => each.enabled);

  const wantsSpans = (): boolean =>
    enabled().some((each) => each.kind !== 'prometheus' && each.signals.includes('traces'));

  function lose(signal: Signal, items: number): void {
    lost = { ...lost, [signal]: lost[signal] + items };
  }

  function lostSoFar(): PerSignal {
    return { ...lost, traces: lost.traces + (reader?.lost ?? 0) };
  }

  // Messages

  function send(
    message: DistributedOmit<ToExportWorker, 'seq'>,
    signal: Awaited['signal'] = null,
    items = 0,
  ): Promise<boolean> {
    const to = link;
    if (to === null) return Promise.resolve(false);
    seq += 1;
    const own = seq;
    const count = (by: number): void => {
      if (signal === null) asked += by;
      else underway += by;
      if (link === to) to.hold(asked > 0);
    };
    return new Promise((resolve) => {
      count(1);
      const done = (ok: boolean): void => {
        count(-1);
        resolve(ok);
      };
      answers.set(own, { signal, items, done });
      to.post({ ...message, seq: own } as ToExportWorker);
    });
  }

  /** Nobody answers these any more. */
  function abandon(): void {
    const waiting = [...answers.values()];
    answers.clear();
    for (const { signal, items, done } of waiting) {
      if (signal !== null) lose(signal, items);
      done(false);
    }
  }

  function receive(message: FromExportWorker): void {
    switch (message.type) {
      case 'done': {
        const answer = answers.get(message.seq);
        answers.delete(message.seq);
        if (answer === undefined) return;
        if (answer.signal !== null) {
          if (message.ok) {
            unconfirmed = { ...unconfirmed, [answer.signal]: unconfirmed[answer.signal] + answer.items };
          } else lose(answer.signal, answer.items);
        }
        return answer.done(message.ok);
      }
      case 'status':
        latest = new Map(message.exporters.map((status) => [status.id, status]));
        unconfirmed = NO_SIGNALS;
        return publish();
      case 'print':
        try {
          print(message.text);
        } catch {
          // A terminal that is gone.
        }
        return;
      case 'pullMetrics':
        return void sendMetrics(message.pull);
      case 'metricInterval': {
        if (metricTimer !== null) clearInterval(metricTimer);
        const { intervalMs: every } = message;
        metricTimer = every === null ? null : setInterval(() => void sendMetrics(null), every).unref();
      }
    }
  }

  async function sendMetrics(pull: number | null): Promise<void> {
    // Pushes do not pile up; whoever asks gets an answer of his own.
    if (pull === null && isCollecting) return;
    if (pull === null) isCollecting = true;
    try {
      const snapshots = await telemetry.metrics.collect();
      await send({ type: 'metrics', pull, snapshots, timeMs: Date.now() });
    } catch {
      // Without totals there is nothing to send; the exporters wait in vain, and not for long.
    } finally {
      if (pull === null) isCollecting = false;
    }
  }

  // Carrying

  function wake(): void {
    if (wakeTimer !== null || link === null || isClosed) return;
    wakeTimer = setTimeout(() => {
      wakeTimer = null;
      pump();
    }, intervalMs);
    wakeTimer.unref();
  }

  /** Hands over what the exporters have room for; `false` when there is more than that. */
  function pump(): boolean {
    if (link === null || isEnding) return false;
    while (reader !== null) {
      if (underway >= MAX_UNDERWAY) return false;
      const bytes = reader.next(SPANS_A_BATCH);
      if (bytes === null) break;
      carry({ type: 'spans', bytes }, 'traces', blockCountOf(bytes));
    }
    if (logs.length === 0) return true;
    if (underway >= MAX_UNDERWAY) return false;
    const records = logs;
    logs = [];
    carry({ type: 'logs', records }, 'logs', records.length);
    return true;
  }

  /** Whether there is room or not: at the end what cannot be sent goes to disk. */
  function pumpLast(): void {
    if (link === null || isEnding) return;
    for (let blocks = 0; reader !== null && blocks < MAX_LAST; blocks += 1) {
      const bytes = reader.next(SPANS_A_BATCH);
      if (bytes === null) break;
      carry({ type: 'spans', bytes }, 'traces', blockCountOf(bytes));
    }
    if (logs.length > 0) carry({ type: 'logs', records: logs }, 'logs', logs.length);
    logs = [];
  }

  function carry(
    message: DistributedOmit<ToExportWorker, 'seq'>,
    signal: 'traces' | 'logs',
    items: number,
  ): void {
    void send(message, signal, items).then(() => {
      if (underway === MAX_UNDERWAY - 1 && !isClosed) pump();
    });
  }

  /** Until all that is recorded by now has reached the exporters; `false` where the time was too short. */
  async function drain(deadlineMs: number): Promise<boolean> {
    while (link !== null && !isEnding) {
      if (pump() && underway === 0) return true;
      if (performance.now() >= deadlineMs) return false;
      await sleep(underway === 0 ? 1 : 5);
    }
    return false;
  }

  // The thread

  function start(): void {
    linkSinceMs = performance.now();
    try {
      const opened: ExportLink = openExportLink({
        workerFile: options.workerFile,
        env: options.env,
        ...(timing.delivery === undefined ? {} : { timing: timing.delivery }),
        onMessage: (message) => {
          if (link === opened) receive(message);
        },
        onGone: (reason) => {
          if (link === opened) gone(reason);
        },
      });
      link = opened;
    } catch (error) {
      return gone(error instanceof Error ? error.name : 'unknown');
    }
    const { resource } = telemetry;
    const { scope, spoolDir, startedMs = performance.timeOrigin } = options;
    void send({ type: 'open', resource, scope, spoolDir, startedMs });
    void send({ type: 'configure', exporters: enabled() });
    wake();
  }

  /** The thread ended by itself: what it had in memory is lost, and counted. */
  function gone(reason: string): void {
    if (performance.now() - linkSinceMs > STEADY_MS) restarts = 0;
    forget();
    restarts += 1;
    const isLast = restarts > MAX_RESTARTS;
    const next = isLast ? 'It is not started again until the exporters are changed.' : 'It is started again.';
    failure = { message: `The thread of the exporters ended (${reason}). ${next}`, timeMs: Date.now() };
    if (isLast) closeReader();
    else if (!isClosed) {
      const delayMs = Math.min(30_000, restartMs * 2 ** (restarts - 1));
      restartTimer = setTimeout(() => {
        restartTimer = null;
        if (!isClosed && enabled().length > 0) start();
      }, delayMs).unref();
    }
    publish();
  }

  function forget(): void {
    link = null;
    if (metricTimer !== null) clearInterval(metricTimer);
    metricTimer = null;
    for (const { id } of settings) {
      const past = pasts.get(id);
      if (past !== undefined) pasts.set(id, afterThread(past, latest.get(id)));
    }
    latest = new Map();
    lose('traces', unconfirmed.traces);
    lose('logs', unconfirmed.logs);
    unconfirmed = NO_SIGNALS;
    abandon();
  }

  /** Lets the exporters finish, then ends the thread. */
  async function end(timeoutMs: number, graceMs: number): Promise<void> {
    const old = link;
    if (old === null) return;
    isEnding = true;
    await within(send({ type: 'close', timeoutMs }), timeoutMs + graceMs, false);
    if (link === old) {
      link = null;
      abandon();
      if (metricTimer !== null) clearInterval(metricTimer);
      metricTimer = null;
    }
    isEnding = false;
    await old.end();
  }

  function closeReader(): void {
    if (reader === null) return;
    lose('traces', reader.lost);
    reader.close();
    reader = null;
  }

  // What others call

  async function apply(next: readonly ExporterSettings[]): Promise<void> {
    if (isClosed) return;
    if (!isFirst && failure === null && JSON.stringify(next) === JSON.stringify(settings)) return;
    if (link !== null) await drain(performance.now() + DRAIN_BEFORE_CHANGE_MS);
    settings = next;
    failure = null;
    restarts = 0;
    if (restartTimer !== null) clearTimeout(restartTimer);
    restartTimer = null;
    if (wantsSpans()) reader ??= telemetry.spans.reader(!isFirst);
    else closeReader();
    isFirst = false;
    wantsLogs = logExporters(settings).length > 0;
    if (!wantsLogs) logs = [];
    for (const id of pasts.keys()) {
      if (!enabled().some((each) => each.id === id)) pasts.delete(id);
    }
    for (const { id } of enabled()) {
      if (!pasts.has(id)) pasts.set(id, beginPast(lostSoFar()));
    }
    // The next thread may need what this one still holds: ports, and folders on disk.
    await ending;
    if (enabled().length === 0) ending = end(REMOVED_CLOSE_MS, 1000);
    else if (link !== null) await send({ type: 'configure', exporters: enabled() });
    else if (!isClosed) start();
    publish();
  }

  function status(): readonly ExporterStatus[] {
    return settings.map((each) => {
      if (!each.enabled) return emptyStatus(each, 'off');
      const whole = wholeStatus(
        each,
        latest.get(each.id),
        pasts.get(each.id) ?? beginPast(NO_SIGNALS),
        lostSoFar(),
      );
      if (link !== null || failure === null) return whole;
      return { ...whole, state: restartTimer === null ? 'failed' : 'waiting', lastError: failure };
    });
  }

  function publish(): void {
    try {
      onStatus(status());
    } catch {
      // Whoever looks on is no reason to stop.
    }
  }

  function configure(next: readonly ExporterSettings[]): Promise<void> {
    const change = changes.then(() => apply(next));
    changes = change.catch(() => undefined);
    return change;
  }

  async function flush(timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    await within(changes, timeoutMs, null);
    if (enabled().length === 0) return true;
    const isDrained = await drain(deadlineMs);
    const leftMs = Math.max(0, deadlineMs - performance.now());
    const isSent = await within(send({ type: 'flush', timeoutMs: leftMs }), leftMs + 250, false);
    return isDrained && isSent;
  }

  async function closeAll(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    await within(changes, timeoutMs / 2, null);
    if (!(await drain(performance.now() + timeoutMs / 3))) pumpLast();
    isClosed = true;
    for (const timer of [wakeTimer, restartTimer]) {
      if (timer !== null) clearTimeout(timer);
    }
    for (const stop of ends) stop();
    const leftMs = Math.max(0, deadlineMs - performance.now());
    // A part of the time is for putting on disk what did not get out.
    await Promise.all([end(leftMs * 0.8, Math.max(250, leftMs * 0.2)), within(ending, leftMs, null)]);
    closeReader();
    publish();
  }
  let closed: Promise<void> | null = null;
  const close = (timeoutMs: number): Promise<void> => (closed ??= closeAll(timeoutMs));

  telemetry.onShutdown(close);
  void configure(options.exporters);
  return { configure, status, flush, close };
}

function logExporters(settings: readonly ExporterSettings[]): ExporterSettings[] {
  return settings.filter(
    (each) => each.enabled && each.kind !== 'prometheus' && each.signals.includes('logs'),
  );
}

/** Of a batch, what it holds: totals of metrics that get lost are in the next ones. */
type Awaited = {
  readonly signal: 'traces' | 'logs' | null;
  readonly items: number;
  readonly done: (ok: boolean) => void;
};
type DistributedOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;
