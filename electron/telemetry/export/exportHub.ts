/**
 * Carries what is recorded from memory to the exporters, which have a thread as long as there is an enabled one:
 * applies their settings, says how they are, and sees to it that all is sent before they change or end.
 */
import type { ExporterSettings, ExporterStatus } from '../../../shared/telemetrySettings.ts';
import type { Telemetry } from '../api.ts';
import { within } from '../within.ts';
import type { DeliveryTiming } from './deliveryOptions.ts';
import { ExportCarrier } from './exportCarrier.ts';
import { openExportLink } from './exportLink.ts';
import { ExportTally } from './exportTally.ts';
import { ExportThread } from './exportThread.ts';
import { MetricFeed } from './metricFeed.ts';

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

/** What exporters have to finish when the last of them is switched off; the thread gets a little more. */
const REMOVED_CLOSE_MS = 5000;
const DRAIN_BEFORE_CHANGE_MS = 2000;

/** Starts carrying. Ends with the telemetry's shutdown. */
export function startExports(telemetry: ExportSource, options: ExportsOptions): Exports {
  const { timing = {}, onStatus = () => undefined, print = (text) => console.log(text) } = options;
  const { intervalMs = 250, restartMs = 500 } = timing;
  let settings = options.exporters;
  let changes: Promise<unknown> = Promise.resolve();
  /** The thread before this one, as long as it finishes its work. */
  let ending: Promise<void> = Promise.resolve();
  let isFirst = true;
  let isClosed = false;
  const enabled = (): readonly ExporterSettings[] => settings.filter((each) => each.enabled);

  const tally = new ExportTally(() => carrier.readerLost);
  const thread = new ExportThread({
    open: (listeners) =>
      openExportLink({
        workerFile: options.workerFile,
        env: options.env,
        ...(timing.delivery === undefined ? {} : { timing: timing.delivery }),
        ...listeners,
      }),
    onStarted() {
      const { resource } = telemetry;
      const { scope, spoolDir, startedMs = performance.timeOrigin } = options;
      void thread.send({ type: 'open', resource, scope, spoolDir, startedMs });
      void thread.send({ type: 'configure', exporters: enabled() });
      carrier.wake();
    },
    onMessage(message) {
      switch (message.type) {
        case 'status':
          tally.heard(message.exporters);
          return publish();
        case 'print':
          try {
            print(message.text);
          } catch {
            // A terminal that is gone.
          }
          return;
        case 'pullMetrics':
          return void metrics.send(message.pull);
        case 'metricInterval':
          return metrics.pushEvery(message.intervalMs);
      }
    },
    onSettled: (cargo, isDone) => tally.settled(cargo, isDone),
    onGone(mayReturn) {
      metrics.pushEvery(null);
      tally.threadGone();
      if (!mayReturn) carrier.closeReader();
      publish();
    },
    isWanted: () => !isClosed && enabled().length > 0,
    restartMs,
  });
  const metrics = new MetricFeed(telemetry.metrics, thread);
  // What the program recorded before it came to its exporters is theirs; who is added later begins then.
  const carrier = new ExportCarrier({
    telemetry,
    thread,
    lose: (signal, items) => tally.lose(signal, items),
    intervalMs,
    wantsLogs: isWanted('logs', options.exporters),
  });

  async function apply(next: readonly ExporterSettings[]): Promise<void> {
    if (isClosed) return;
    if (!isFirst && !thread.hasFailed && JSON.stringify(next) === JSON.stringify(settings)) return;
    if (thread.isThere) await carrier.drain(performance.now() + DRAIN_BEFORE_CHANGE_MS);
    settings = next;
    thread.forgive();
    carrier.want({ spans: isWanted('traces', settings), logs: isWanted('logs', settings) }, !isFirst);
    isFirst = false;
    tally.follow(enabled());
    // The next thread may need what this one still holds: ports, and folders on disk.
    await ending;
    if (enabled().length === 0) ending = end(REMOVED_CLOSE_MS, 1000);
    else if (thread.isThere) await thread.send({ type: 'configure', exporters: enabled() });
    else if (!isClosed) thread.start();
    publish();
  }

  async function end(timeoutMs: number, graceMs: number): Promise<void> {
    await thread.end(timeoutMs, graceMs);
    metrics.pushEvery(null);
  }

  function status(): readonly ExporterStatus[] {
    return settings.map((each) => ({ ...tally.status(each), ...(each.enabled ? thread.fault() : null) }));
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
    const isDrained = await carrier.drain(deadlineMs);
    const leftMs = Math.max(0, deadlineMs - performance.now());
    const isSent = await within(thread.send({ type: 'flush', timeoutMs: leftMs }), leftMs + 250, false);
    return isDrained && isSent;
  }

  async function closeAll(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    await within(changes, timeoutMs / 2, null);
    await carrier.drain(performance.now() + timeoutMs / 3);
    carrier.pumpLast();
    isClosed = true;
    carrier.close();
    thread.stayAway();
    const leftMs = Math.max(0, deadlineMs - performance.now());
    // A part of the time is for putting on disk what did not get out.
    await Promise.all([end(leftMs * 0.8, Math.max(250, leftMs * 0.2)), within(ending, leftMs, null)]);
    carrier.closeReader();
    publish();
  }
  let closed: Promise<void> | null = null;
  const close = (timeoutMs: number): Promise<void> => (closed ??= closeAll(timeoutMs));

  telemetry.onShutdown(close);
  void configure(options.exporters);
  return { configure, status, flush, close };
}

/** Totals are asked for by exporters themselves; spans and logs are carried where one of them wants them. */
function isWanted(signal: 'traces' | 'logs', settings: readonly ExporterSettings[]): boolean {
  return settings.some((each) => each.enabled && each.kind !== 'prometheus' && each.signals.includes(signal));
}
