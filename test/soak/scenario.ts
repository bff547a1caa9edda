/**
 * Telemetry under a load with nobody able to keep up: bursts of spans and rows, a window that takes its time, a
 * disk that acknowledges late, endpoints that are dead. What was asked for and what every consumer says became of
 * it must add up, to the last span.
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHistogram } from 'node:perf_hooks';
import type { RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpanReader, SpanSource, Telemetry } from '../../electron/telemetry/api.ts';
import { initTelemetry, startExports, startSpanFlusher } from '../../electron/telemetry/index.ts';
import { blockCountOf } from '../../shared/leafCodec.ts';
import type { SpanCursor } from '../../shared/span.ts';
import { componentSettingsSchema, exporterSchema, samplingSchema } from '../../shared/telemetrySettings.ts';
import type { ExporterStatus } from '../../shared/telemetrySettings.ts';
import { openDeadEndpoints } from './deadEndpoints.ts';
import { createLoad, NOISE } from './load.ts';
import type { FromWindow, ToWindow } from './windowProcess.ts';

export type SoakOptions = {
  readonly spans: number;
  readonly bursts: number;
  readonly pauseMs: number;
  /** Between two looks of the window. */
  readonly windowMs: number;
  /** Until the disk acknowledges a batch. */
  readonly diskMs: number;
  /** Spans, and rows, that are held in memory; not given: as many as in the app. */
  readonly capacity?: number;
  /** Of the limited span name, that the head sampler records. */
  readonly noisePerSecond?: number;
  /** The thread of the exporters; `null` for this one. */
  readonly exportThread: URL | null;
  readonly onBurst?: (sample: SoakSample) => void;
};
export type SoakSample = {
  readonly started: number;
  readonly rssBytes: number;
  /** After a collection, where Node was started with `--expose-gc`. */
  readonly heapBytes: number;
  readonly arrayBufferBytes: number;
};
/** `total` is to be the sum of `parts`. */
export type Balance = {
  readonly name: string;
  readonly total: number;
  readonly parts: Readonly<Record<string, number>>;
};
export type SoakResult = {
  readonly durationMs: number;
  readonly samples: readonly SoakSample[];
  readonly loopMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly balances: readonly Balance[];
  readonly exporters: readonly ExporterStatus[];
  readonly spoolLimitBytes: number;
  readonly faults: number;
  readonly isComplete: boolean;
};

const SPOOL_BYTES = 8_000_000;
const SPANS_A_LOOK = 20_000;

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-soak-'));
  const endpoints = await openDeadEndpoints();
  try {
    return await soak(options, folder, endpoints);
  } finally {
    await endpoints.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function soak(
  options: SoakOptions,
  folder: string,
  endpoints: { refusing: string; hanging: string; failing: string },
): Promise<SoakResult> {
  const sampling = samplingSchema.parse({
    perSecond: { [NOISE]: options.noisePerSecond ?? 2000 },
    tail: { keepRatio: 0.3, waitMs: 1000 },
  });
  const telemetry = initTelemetry({
    version: 'soak',
    serviceName: 'soak',
    ringCapacity: options.capacity,
    leafCapacity: options.capacity,
  });
  telemetry.configureSampling(sampling);
  const cache = telemetry.component('cache');
  const database = telemetry.component('database');
  cache.configure(componentSettingsSchema.parse({ mode: 'leaf' }));
  // Nothing is slow: a row that stands for a slow interval has no number of its own.
  database.configure(componentSettingsSchema.parse({ mode: 'sampled', every: 4, slowMs: 600_000 }));

  const store = counted(telemetry);
  const disk = slowDisk(options.diskMs);
  const flusher = startSpanFlusher(store.telemetry, disk);
  const sent = counted(telemetry);
  const common = { kind: 'otlp', signals: ['traces'], spoolBytes: SPOOL_BYTES, timeoutMs: 1000 };
  const exports = startExports(sent.telemetry, {
    workerFile: options.exportThread,
    spoolDir: join(folder, 'spool'),
    env: {},
    scope: { name: 'soak', version: '0.0.0' },
    exporters: [
      { ...common, id: 'refused', endpoint: endpoints.refusing },
      { ...common, id: 'hanging', endpoint: endpoints.hanging, protocol: 'http/json' },
      { ...common, id: 'failing', endpoint: endpoints.failing },
      { ...common, id: 'grpc', endpoint: endpoints.refusing, protocol: 'grpc', spoolBytes: 0 },
    ].map((settings) => exporterSchema.parse(settings)),
  });
  const window = openWindow(telemetry, options.windowMs);
  const load = createLoad(telemetry, cache, database);

  const begunMs = performance.now();
  const samples: SoakSample[] = [];
  const loop = createHistogram();
  for (let burst = 1; burst <= options.bursts; burst += 1) {
    const endDelay = beginDelay(loop);
    await load.burst(Math.ceil((options.spans * burst) / options.bursts));
    await sleep(options.pauseMs);
    // The collection that follows is not what is being measured.
    endDelay();
    const sample = sampleMemory(telemetry);
    samples.push(sample);
    options.onBurst?.(sample);
  }
  load.end();
  const endDelay = beginDelay(loop);
  await sleep(sampling.tail!.waitMs + 500);
  await flusher.flush();
  await exports.flush(2000);
  const seen = await window.close(endDelay);
  const durationMs = performance.now() - begunMs;

  const counts = telemetry.spans.counts();
  const { operations, leftOut } = sumOf([cache.counts(), database.counts()]);
  const asked = load.asked();
  const status = exports.status();
  const flushed = flusher.counts();
  const balances: Balance[] = [
    {
      name: 'asked for',
      total: asked.spans + asked.cache + asked.database,
      parts: { recorded: counts.started, 'left out at the start': counts.headDropped, counted: leftOut },
    },
    { name: 'operations', total: asked.cache + asked.database, parts: { operations } },
    { name: 'recorded', total: counts.started, parts: { ended: counts.ended, open: counts.open } },
    { name: 'in memory', total: counts.started, parts: { held: counts.held, evicted: counts.evicted } },
    ...[
      { name: 'disk', reader: store },
      { name: 'exporters', reader: sent },
    ].map(({ name, reader }) => ({
      name,
      total: counts.ended,
      parts: {
        read: reader.read(),
        lost: reader.sum('lost'),
        'sampled out': reader.sum('tailDropped'),
        undecided: reader.sum('undecided'),
      },
    })),
    {
      name: 'disk, of those read',
      total: store.read(),
      parts: { written: flushed.writtenSpans, failed: flushed.failedSpans },
    },
    { name: 'disk, as it counted', total: flushed.writtenSpans, parts: { spans: disk.spans() } },
    ...status.flatMap(({ id, signals: { traces } }): Balance[] => {
      if (traces === undefined) return [];
      const { taken, ...parts } = traces;
      return [
        // What the exporters' reader lost counts as dropped by each of them.
        {
          name: `exporter ${id}, of those read or lost`,
          total: sent.read() + sent.sum('lost'),
          parts: { taken },
        },
        { name: `exporter ${id}, of those taken`, total: taken, parts },
      ];
    }),
    {
      name: 'window',
      total: counts.ended,
      parts: { seen: seen.seen, 'gone unseen': counts.ended - seen.seen },
    },
    { name: 'window, of those in memory', total: counts.held, parts: { seen: seen.held - seen.missing } },
  ];

  await exports.close(2000);
  const isComplete = await telemetry.shutdown(3000);
  const ms = (microseconds: number) => microseconds / 1000;
  return {
    durationMs,
    samples,
    loopMs: { p50: ms(loop.percentile(50)), p99: ms(loop.percentile(99)), max: ms(loop.max) },
    balances,
    exporters: status,
    spoolLimitBytes: SPOOL_BYTES,
    faults: telemetry.faults,
    isComplete,
  };
}

export function differenceOf({ total, parts }: Balance): number {
  return total - Object.values(parts).reduce((sum, part) => sum + part, 0);
}

function sumOf(all: readonly { operations: number; leftOut: number }[]) {
  return {
    operations: all.reduce((sum, { operations }) => sum + operations, 0),
    leftOut: all.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

/** The same telemetry, with a count of what its readers are handed. */
function counted(telemetry: Telemetry) {
  const readers: SpanReader[] = [];
  let read = 0;
  function open(): SpanReader {
    const reader = telemetry.spans.reader();
    readers.push(reader);
    return {
      next(maxSpans) {
        const bytes = reader.next(maxSpans);
        if (bytes !== null) read += blockCountOf(bytes);
        return bytes;
      },
      get lost() {
        return reader.lost;
      },
      get tailDropped() {
        return reader.tailDropped;
      },
      get undecided() {
        return reader.undecided;
      },
      close: () => reader.close(),
    };
  }
  const spans: SpanSource = Object.create(telemetry.spans, { reader: { value: open } });
  return {
    telemetry: Object.create(telemetry, { spans: { value: spans } }) as Telemetry,
    read: () => read,
    sum: (what: 'lost' | 'tailDropped' | 'undecided') =>
      readers.reduce((sum, reader) => sum + reader[what], 0),
  };
}

function slowDisk(acknowledgeMs: number) {
  let pending = 0;
  let spans = 0;
  return {
    maxPending: 2,
    get pending() {
      return pending;
    },
    spans: () => spans,
    async writeSpans(bytes: Uint8Array) {
      pending += 1;
      spans += blockCountOf(bytes);
      await sleep(acknowledgeMs);
      pending -= 1;
    },
    writeLogs: () => sleep(acknowledgeMs),
  };
}

/**
 * Records what passes between two turns of a timer of 1 ms, in microseconds, as `monitorEventLoopDelay` does; that one
 * cannot be interrupted: what passes while it is off counts as delay once it is on again.
 */
function beginDelay(into: RecordableHistogram): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    into.record(Math.max(1, Math.round((now - last) * 1000)));
    last = now;
  }, 1);
  return () => clearInterval(timer);
}

function sampleMemory(telemetry: Telemetry): SoakSample {
  globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    started: telemetry.spans.counts().started,
    rssBytes: rss,
    heapBytes: heapUsed,
    arrayBufferBytes: arrayBuffers,
  };
}

/** A window that asks for what changed, unpacks it, and takes its time before it asks again. */
function openWindow(telemetry: Telemetry, waitMs: number) {
  const child = fork(join(import.meta.dirname, 'windowProcess.ts'), {
    serialization: 'advanced',
    execArgv: [],
  });
  let answered: (answer: FromWindow) => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  child.on('message', (answer: FromWindow) => answered(answer));
  child.on('error', (error) => failed(error));
  child.on('exit', (code) => failed(new Error(`The window ended with ${code}.`)));
  /** One question at a time. */
  const ask = (message: ToWindow): Promise<FromWindow> =>
    new Promise((resolve, reject) => {
      answered = resolve;
      failed = reject;
      child.send(message);
    });
  let cursor: SpanCursor = { spans: 0, leaves: 0 };
  let isClosing = false;

  /** `false` when there was nothing new. */
  async function look(): Promise<boolean> {
    const batch = telemetry.spans.since(cursor, SPANS_A_LOOK);
    if (batch.cursor.spans === cursor.spans && batch.cursor.leaves === cursor.leaves) return false;
    cursor = batch.cursor;
    await ask({ type: 'batch', blocks: [batch.bytes, batch.leaves] });
    return true;
  }
  const looking = (async () => {
    while (!isClosing) {
      await look();
      await sleep(waitMs);
    }
    while (await look());
  })();

  return {
    /** @param caughtUp - called before the last question, which no window asks */
    async close(caughtUp: () => void) {
      isClosing = true;
      await looking;
      caughtUp();
      const blocks: Uint8Array[] = [];
      let at: SpanCursor = { spans: 0, leaves: 0 };
      for (;;) {
        const { cursor: next, bytes, leaves } = telemetry.spans.since(at, SPANS_A_LOOK);
        blocks.push(bytes, leaves);
        await sleep(1);
        if (next.spans === at.spans && next.leaves === at.leaves) break;
        at = next;
      }
      const result = await ask({ type: 'held', blocks });
      if (result.type !== 'result') throw new Error('The window answered something else.');
      return result;
    },
  };
}
