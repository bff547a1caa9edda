/**
 * The trace store: how fast spans go in, how large they lie there, how fast questions are answered, quiet and while
 * spans come in. `run([spans, tracesOf])`: 1,000,000 spans in traces of 10,000 where not given.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { decodeSpans, encodeSpans } from '../../shared/spanCodec.ts';
import { spanCountOf } from '../../shared/spanFormat.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { openSpanStore } from '../../electron/traces/spanStore.ts';
import { openTraceStore, type TraceStore } from '../../electron/traces/traceStore.ts';
import { pipelineSpans } from '../electron/telemetry/pipelineSpans.ts';

const WORKER = pathToFileURL(join(import.meta.dirname, '../../electron/traces/traceWorker.ts'));
const SETTINGS = { maxBytes: 8e9, maxDays: 36_500, prices: [] };
const BATCH = 4096;
/** What was stored beforehand; what comes in while questions are asked begins earlier, so that it is no answer. */
const EVERYTHING = { query: '', fromMs: 1_790_000_050_000, toMs: null };
/** Spans a second that come in while questions are asked. */
const LIVE_RATE = 20_000;
const LIVE_EVERY_MS = 100;

export async function run(args: string[]): Promise<void> {
  const count = Number(args[0] ?? 1_000_000);
  const perTrace = Number(args[1] ?? 10_000);
  const dir = mkdtempSync(join(tmpdir(), 'tracedeck-bench-'));
  try {
    const path = join(dir, 'traces.db');
    console.log(`${count.toLocaleString('en')} spans of the pipeline’s own form, ${perTrace} a trace`);
    benchDirect(join(dir, 'direct.db'), Math.min(count, 200_000), perTrace);
    const store = openTraceStore({ path, workerFile: WORKER, settings: SETTINGS });
    await benchThread(store, count, perTrace);
    console.log(`${'file'.padEnd(44)} ${(statSync(path).size / 1e6).toFixed(1)} MB`);
    const quiet = await benchQuestions(store, 'quiet', 15);
    await benchLive(store, quiet);
    await store.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function* tracesOf(count: number, perTrace: number): Generator<readonly SpanRecord[]> {
  for (let made = 0, seed = 1; made < count; seed += 1) {
    const spans = pipelineSpans(Math.min(perTrace, count - made), seed).map((span) => ({
      ...span,
      startMs: span.startMs + seed * 60_000,
      endMs: span.endMs! + seed * 60_000,
    }));
    made += spans.length;
    yield spans;
  }
}

function* batchesOf(count: number, perTrace: number): Generator<Uint8Array> {
  let held: SpanRecord[] = [];
  for (const spans of tracesOf(count, perTrace)) {
    held.push(...spans);
    while (held.length >= BATCH) yield encodeSpans(held.splice(0, BATCH));
  }
  if (held.length > 0) yield encodeSpans(held);
}

function benchDirect(path: string, count: number, perTrace: number): void {
  const store = openSpanStore(path, { limits: { maxBytes: 8e9, maxAgeMs: 1e15 } });
  const batches = [...batchesOf(count, perTrace)];
  const total = batches.reduce((sum, batch) => sum + spanCountOf(batch), 0);
  const each: number[] = [];
  for (const batch of batches) {
    const startMs = performance.now();
    store.writeSpans(batch);
    each.push(((performance.now() - startMs) * 1000) / spanCountOf(batch));
  }
  line(
    'written, alone in its thread',
    each.map((us) => 1e6 / us),
    'spans/s',
  );
  const before = store.status().bytes / total;
  const steps: number[] = [];
  const startMs = performance.now();
  for (let isMore = true; isMore;) {
    const stepMs = performance.now();
    isMore = store.maintain(8);
    steps.push(performance.now() - stepMs);
  }
  const tookMs = performance.now() - startMs;
  line('put together afterwards', [(total / tookMs) * 1000], 'spans/s');
  line('  longest step', [Math.max(...steps)], 'ms');
  line('  p95 step', [steps.toSorted((a, b) => a - b)[Math.floor(steps.length * 0.95)]!], 'ms');
  line('stored, as it came', [before], 'B/span');
  line('stored, put together', [store.status().bytes / total], 'B/span');
  store.close();
}

async function benchThread(store: TraceStore, count: number, perTrace: number): Promise<void> {
  const underway = new Set<Promise<unknown>>();
  let written = 0;
  let writingMs = 0;
  // In rounds: what is written is made before the clock runs.
  let round: Uint8Array[] = [];
  const flush = async () => {
    const startMs = performance.now();
    for (const batch of round) {
      while (store.pending >= store.maxPending) await Promise.race(underway);
      written += spanCountOf(batch);
      const writing = store.writeSpans(batch).finally(() => underway.delete(writing));
      underway.add(writing);
    }
    await Promise.all(underway);
    writingMs += performance.now() - startMs;
    round = [];
  };
  await store.ask('savedQueries');
  for (const batch of batchesOf(count, perTrace)) {
    round.push(batch);
    if (round.length === 24) await flush();
  }
  await flush();
  line('written, through the thread', [(written / writingMs) * 1000], 'spans/s');
  for (let before = -1, bytes = 0; bytes !== before;) {
    before = bytes;
    await sleep(1500);
    ({ bytes } = await store.ask('traceStoreStatus'));
  }
}

type Question = readonly [name: string, boundMs: number | null, ask: (turn: number) => Promise<unknown>];

async function questionsOf(store: TraceStore): Promise<readonly Question[]> {
  const newest = async (limit: number) =>
    (await store.ask('searchTraces', { ...EVERYTHING, order: 'newest', limit })).items;
  const traces = await newest(50);
  const of = (turn: number) => traces[turn % traces.length]!.traceId;
  return [
    ['newest 100 traces', 20, () => newest(100)],
    ['one trace', 60, async (turn) => decodeSpans(await store.get(of(turn)))],
    [
      'by attribute and duration',
      150,
      () =>
        store.ask('searchSpans', {
          ...EVERYTHING,
          query: '{ .tracedeck.stage = "write" && duration > 11ms }',
          order: 'longest',
          limit: 200,
        }),
    ],
    [
      'p50, p95, p99 by operation',
      300,
      () => store.ask('operations', { ...EVERYTHING, by: 'operation', limit: 500 }),
    ],
    [
      'percentile of one span',
      null,
      () => store.ask('percentile', { service: 'tracedeck', name: 'stage write', durationMs: 5 }),
    ],
    ['token ledger', null, () => store.ask('tokenLedger', { ...EVERYTHING, by: 'stage' })],
    [
      'call tree over all',
      500,
      () => store.ask('callTree', { ...EVERYTHING, traceIds: [], maxTraces: 10_000 }),
    ],
    ['status', null, () => store.ask('traceStoreStatus')],
  ];
}

async function benchQuestions(store: TraceStore, how: string, times: number): Promise<Map<string, number>> {
  const p95 = new Map<string, number>();
  for (const [name, boundMs, ask] of await questionsOf(store)) {
    const took: number[] = [];
    try {
      await ask(0);
      for (let turn = 1; turn <= times; turn += 1) {
        const startMs = performance.now();
        await ask(turn);
        took.push(performance.now() - startMs);
        if (how !== 'quiet') await sleep(37);
      }
    } catch (error) {
      console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    p95.set(name, took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)]!);
    line(`${name}, ${how}`, took, boundMs === null ? 'ms' : `ms (<= ${boundMs})`);
  }
  return p95;
}

/** The same while spans come in at a steady rate. */
async function benchLive(store: TraceStore, quiet: ReadonlyMap<string, number>): Promise<void> {
  const perBatch = (LIVE_RATE * LIVE_EVERY_MS) / 1000;
  const batches: Uint8Array[] = [];
  let seed = 1_000_000;
  for (; batches.length < 600; seed += 1) {
    const spans = pipelineSpans(perBatch * 3 - 1, seed);
    for (let at = 0; at < spans.length; at += perBatch)
      batches.push(encodeSpans(spans.slice(at, at + perBatch)));
  }
  let refused = 0;
  let written = 0;
  const startMs = performance.now();
  // By the clock: what a busy main thread came too late for is made up.
  const timer = setInterval(() => {
    while (written < ((performance.now() - startMs) / 1000) * LIVE_RATE && store.pending < store.maxPending) {
      const batch = batches.pop();
      if (batch === undefined) return;
      written += spanCountOf(batch);
      store.writeSpans(batch).catch(() => (refused += 1));
    }
  }, LIVE_EVERY_MS / 2);
  const live = await benchQuestions(store, 'while spans come in', 25);
  clearInterval(timer);
  const rate = (written / (performance.now() - startMs)) * 1000;
  line('spans came in at', [rate], `spans/s, ${refused} batches refused, ${batches.length} left`);
  for (const [name, ms] of live) {
    line(`  ${name}: p95 against quiet`, [ms / quiet.get(name)!], 'times (<= 2)');
  }
}

/** Median and the middle half. */
function line(what: string, values: readonly number[], unit: string): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const show = (value: number) => (value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  const spread = values.length > 1 ? `  (${show(at(0.25))} to ${show(at(0.75))})` : '';
  console.log(`${what.padEnd(44)} ${show(at(0.5)).padStart(10)} ${unit}${spread}`);
}
