/**
 * All exporters, on the far side of the messages: in the export thread, or in this one where none is wanted.
 * Blocks of spans are unpacked once and handed to every exporter.
 */
import { decodeBlock } from '../../../shared/leafCodec.ts';
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { ExporterSettings } from '../../../shared/telemetrySettings.ts';
import { createConsoleExporter } from './consoleExporter.ts';
import type { DeliveryTiming } from './deliveryOptions.ts';
import type { ExportContext, SignalExporter } from './exporter.ts';
import type { FromExportWorker, ToExportWorker } from './exportMessages.ts';
import { createFileExporter } from './fileExporter.ts';
import { createOtlpExporter } from './otlpExporter.ts';
import type { OtlpExporter } from './otlpExporter.ts';
import { createPrometheusExporter } from './prometheusExporter.ts';
import { sweepSpools } from './spoolFolder.ts';
import { within } from '../within.ts';

export interface ExportPool {
  /** Takes a message; answers come by `post`, those with `seq` as `done`. Never throws. */
  receive(message: ToExportWorker): void;
}
export type ExportPoolOptions = {
  readonly post: (message: FromExportWorker) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timing?: DeliveryTiming;
};

/** What a removed exporter has to send what it holds; the rest goes to its spool. */
export const REMOVED_CLOSE_MS = 5000;
const STATUS_MS = 1000;
/** A pull that is not answered, and a queue that gets no emptier, are waited for no longer than this. */
const PULL_TIMEOUT_MS = 5000;
const ROOM_TIMEOUT_MS = 30_000;
const IMPATIENT_MS = 30_000;
/** After so long without the exporter that it belongs to, what waits on disk is removed. */
const ORPHAN_MS = 30 * 24 * 3_600_000;

type Member = {
  readonly settings: ExporterSettings;
  readonly exporter: SignalExporter;
  /** The last block that came before it did: that one and all before it were not meant for it. */
  readonly afterBlock: number;
  /** `performance.now()` of its next push of metrics. */
  metricsDueMs: number;
};

type Block = {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** What is left of it, once it is unpacked. */
  spans?: readonly SpanRecord[];
  done(ok: boolean): void;
};

function createExporter(
  settings: ExporterSettings,
  context: ExportContext,
  timing?: DeliveryTiming,
): SignalExporter {
  switch (settings.kind) {
    case 'otlp':
      return createOtlpExporter(settings, context, timing);
    case 'prometheus':
      return createPrometheusExporter(settings, context);
    case 'console':
      return createConsoleExporter(settings, context);
    case 'file':
      return createFileExporter(settings, context);
  }
}

export function createExportPool({ post, env, timing }: ExportPoolOptions): ExportPool {
  let context: ExportContext | null = null;
  let members: Member[] = [];
  /** Exporters that were removed and still send. */
  const closing = new Map<string, Promise<void>>();
  const pulls = new Map<number, (snapshots: readonly MetricSnapshot[]) => void>();
  let pullCount = 0;
  let intervalMs: number | null = null;
  let statusTimer: NodeJS.Timeout | null = null;
  let lastStatus = '';
  let tail: Promise<unknown> = Promise.resolve();
  /** Blocks for which there was no room yet. */
  const waiting: Block[] = [];
  let blockCount = 0;
  let handingOver: Promise<void> | null = null;
  let impatientUntilMs = 0;

  function receive(message: ToExportWorker): void {
    // Whoever asked for metrics may be what the others wait for.
    if (message.type === 'metrics' && message.pull !== null) {
      pulls.get(message.pull)?.(message.snapshots);
      post({ type: 'done', seq: message.seq, ok: true });
      return;
    }
    const done = (ok: boolean): void => post({ type: 'done', seq: message.seq, ok });
    tail = tail.then(() => handle(message, done)).catch(() => done(false));
  }

  /** Resolves when the next message may be looked at, which may be before this one is done. */
  async function handle(message: ToExportWorker, done: (ok: boolean) => void): Promise<void> {
    switch (message.type) {
      case 'open': {
        const { resource, scope, spoolDir, startedMs } = message;
        const print = (text: string): void => post({ type: 'print', text });
        context = { resource, scope, spoolDir, startedMs, env, pullMetrics, print };
        statusTimer = setInterval(postStatus, STATUS_MS).unref();
        return done(true);
      }
      case 'configure':
        await configure(message.exporters);
        return done(true);
      case 'spans':
        blockCount += 1;
        waiting.push({ number: blockCount, bytes: message.bytes, done });
        handingOver ??= handOver().finally(() => {
          handingOver = null;
        });
        return;
      case 'logs':
        for (const { exporter } of members) guard(() => exporter.logs(message.records));
        return done(true);
      case 'metrics':
        push(message.snapshots, message.timeMs, false);
        return done(true);
      case 'flush':
        void flush(message.timeoutMs).then(done, () => done(false));
        return;
      case 'close':
        await close(message.timeoutMs);
        return done(true);
    }
  }

  async function configure(wanted: readonly ExporterSettings[]): Promise<void> {
    if (context === null) throw new Error('not open');
    const next: Member[] = [];
    const before = new Map(members.map((member) => [member.settings.id, member]));
    for (const settings of wanted) {
      const known = before.get(settings.id);
      if (known === undefined) continue;
      if (JSON.stringify(known.settings) === JSON.stringify(settings)) next.push(known);
      else if (isOtlp(known.exporter) && settings.kind === 'otlp') {
        known.exporter.reconfigure(settings);
        next.push({ ...known, settings, metricsDueMs: Math.min(known.metricsDueMs, dueMs(known.exporter)) });
      } else continue;
      before.delete(settings.id);
    }
    // From here on blocks go to those that stay: whoever leaves takes along what was meant for him.
    members = [...next];
    const leaving = [...before].map(([id, member]) => {
      const ending = finish(member, waiting, REMOVED_CLOSE_MS).finally(() => closing.delete(id));
      closing.set(id, ending);
      return { member, ending };
    });
    for (const { member, ending } of leaving) {
      // Ports and files are free at once; what has a queue sends it while the others go on.
      if (!isOtlp(member.exporter)) await ending;
    }
    for (const settings of wanted) {
      if (next.some((member) => member.settings.id === settings.id)) continue;
      await closing.get(settings.id);
      const exporter = createExporter(settings, context, timing);
      next.push({ settings, exporter, afterBlock: blockCount, metricsDueMs: dueMs(exporter) });
    }
    const order = new Map(wanted.map(({ id }, index) => [id, index]));
    members = next.sort((a, b) => order.get(a.settings.id)! - order.get(b.settings.id)!);

    const intervals = members.flatMap(({ exporter }) => exporter.metricIntervalMs ?? []);
    const shortest = intervals.length === 0 ? null : Math.min(...intervals);
    if (shortest !== intervalMs) post({ type: 'metricInterval', intervalMs: shortest });
    intervalMs = shortest;
    const { spoolDir } = context;
    const ids = new Set([...order.keys(), ...closing.keys()]);
    if (spoolDir !== null) guard(() => sweepSpools(spoolDir, ids, ORPHAN_MS));
    postStatus();
  }

  function dueMs({ metricIntervalMs }: SignalExporter): number {
    return performance.now() + (metricIntervalMs ?? 0);
  }

  /** To each exporter whose turn it is; pushes come at the shortest interval of all. */
  function push(snapshots: readonly MetricSnapshot[], timeMs: number, toAll: boolean): void {
    for (const member of members) {
      const { metricIntervalMs: interval } = member.exporter;
      if (interval === null) continue;
      // Timers are not exact: a tenth early is on time.
      if (!toAll && performance.now() < member.metricsDueMs - interval / 10) continue;
      member.metricsDueMs = dueMs(member.exporter);
      guard(() => member.exporter.metrics(snapshots, timeMs));
    }
  }

  /** In portions for which every exporter has room, as long as it gets on. */
  async function handOver(): Promise<void> {
    for (let block = waiting[0]; block !== undefined; block = waiting[0]) {
      await room();
      // The end may have come meanwhile.
      if (waiting[0] === block) handOverPortion(block);
    }
  }

  function handOverPortion(block: Block): void {
    const all = unpacked(block);
    const count = Math.min(...otlp().map(({ portion }) => portion), Infinity);
    const spans = all === null || count >= all.length ? (all ?? []) : all.slice(0, count);
    for (const { exporter, afterBlock } of members) {
      if (block.number > afterBlock) guard(() => exporter.spans(spans));
    }
    if (all !== null && spans.length < all.length) {
      block.spans = all.slice(spans.length);
      return;
    }
    waiting.shift();
    block.done(all !== null);
  }

  /** What is left of it; `null` for bytes that are no spans. */
  function unpacked(block: Block): readonly SpanRecord[] | null {
    try {
      return (block.spans ??= decodeBlock(block.bytes));
    } catch {
      return null;
    }
  }

  /** Hands an exporter on its way out what was meant for it, and closes it. What is not sent by half-time waits on disk. */
  async function finish(member: Member, blocks: readonly Block[], timeoutMs: number): Promise<void> {
    const { exporter, afterBlock } = member;
    const deadlineMs = performance.now() + timeoutMs;
    const halfTimeMs = deadlineMs - timeoutMs / 2;
    const spans = blocks.flatMap((block) => (block.number > afterBlock ? (unpacked(block) ?? []) : []));
    const portion = isOtlp(exporter) ? exporter.portion : Infinity;
    for (let from = 0; from < spans.length; from += portion) {
      if (isOtlp(exporter)) {
        // A timer may come a little early: what counts is that there was no room.
        const hasRoom = await within(
          exporter.room().then(() => true),
          halfTimeMs - performance.now(),
          false,
        );
        if (!hasRoom) exporter.toDisk();
      }
      guard(() => exporter.spans(spans.slice(from, from + portion)));
    }
    await exporter.close(Math.max(0, deadlineMs - performance.now())).catch(() => undefined);
  }

  const otlp = (): OtlpExporter[] => members.flatMap(({ exporter }) => (isOtlp(exporter) ? [exporter] : []));

  /** Until no exporter that gets on is behind. One that hangs is waited for once in a while. */
  async function room(): Promise<void> {
    if (performance.now() < impatientUntilMs) return;
    const isThere = await within(Promise.all(otlp().map((each) => each.room())), ROOM_TIMEOUT_MS, null);
    if (isThere === null) impatientUntilMs = performance.now() + IMPATIENT_MS;
  }

  async function pushLast(timeoutMs: number): Promise<void> {
    if (intervalMs === null) return;
    const snapshots = await within(pullMetrics(), Math.min(timeoutMs / 4, PULL_TIMEOUT_MS), null).catch(
      () => null,
    );
    if (snapshots !== null) push(snapshots, Date.now(), true);
  }

  async function flush(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    await pushLast(timeoutMs);
    const isHandedOver = await within(
      (handingOver ?? Promise.resolve()).then(() => true),
      deadline - performance.now(),
      false,
    );
    const left = Math.max(0, deadline - performance.now());
    const done = await Promise.all(members.map(({ exporter }) => exporter.flush(left).catch(() => false)));
    await within(Promise.all(closing.values()), Math.max(0, deadline - performance.now()), null);
    postStatus();
    return isHandedOver && done.every((isDone) => isDone);
  }

  async function close(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    await pushLast(timeoutMs);
    const left = Math.max(0, deadline - performance.now());
    const rest = waiting.splice(0);
    await Promise.all(members.map((member) => finish(member, rest, left)));
    for (const block of rest) block.done(unpacked(block) !== null);
    // Those on their way out have a bound of their own.
    await Promise.all(closing.values());
    postStatus();
    if (statusTimer !== null) clearInterval(statusTimer);
    members = [];
  }

  function pullMetrics(): Promise<readonly MetricSnapshot[]> {
    pullCount += 1;
    const pull = pullCount;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        pulls.delete(pull);
        reject(new Error('Metrics could not be collected in time.'));
      }, PULL_TIMEOUT_MS).unref();
      pulls.set(pull, (snapshots) => {
        clearTimeout(timer);
        pulls.delete(pull);
        resolve(snapshots);
      });
      post({ type: 'pullMetrics', pull });
    });
  }

  function postStatus(): void {
    guard(() => {
      const exporters = members.map(({ exporter }) => exporter.status());
      const text = JSON.stringify(exporters);
      if (text === lastStatus) return;
      lastStatus = text;
      post({ type: 'status', exporters });
    });
  }

  return { receive };
}

function isOtlp(exporter: SignalExporter): exporter is OtlpExporter {
  return 'reconfigure' in exporter;
}

/** One exporter that throws all the same is no reason for the others to go without. */
function guard(work: () => void): void {
  try {
    work();
  } catch {
    // Its counts are its own affair.
  }
}
