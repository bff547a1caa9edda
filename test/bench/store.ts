/**
 * The trace store: how fast spans go in, how large they lie there, how fast questions are answered, quiet and while
 * spans come in. `run([spans, tracesOf])`: 1,000,000 spans in traces of 10,000 where not given, and once more in small
 * traces. Ends with a row for each bound.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { decodeSpans, encodeSpans } from '../../shared/spanCodec.ts';
import { spanCountOf } from '../../shared/spanFormat.ts';
import { askGoal } from '../../shared/analysis/judgeGoal.ts';
import type { GoalMeasure } from '../../shared/goals.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { openSpanStore } from '../../electron/traces/spanStore.ts';
import { openTraceStore, type TraceStore } from '../../electron/traces/traceStore.ts';
import { pipelineSpans } from '../electron/telemetry/pipelineSpans.ts';
import { at, halves, line, show, table, type Row } from './storeTable.ts';
import { benchUsage } from './storeUsage.ts';

const WORKER = pathToFileURL(join(import.meta.dirname, '../../electron/traces/traceWorker.ts'));
const SETTINGS = { maxBytes: 8e9, maxDays: 36_500, prices: [] };
/** As the app has it. */
const openStore = (path: string): TraceStore =>
  openTraceStore({ path, workerFile: WORKER, settings: SETTINGS, readsApart: true });
const BATCH = 4096;
/** What was stored beforehand; what comes in while questions are asked begins earlier, so that it is no answer. */
const EVERYTHING = { query: '', fromMs: 1_790_000_050_000, toMs: null };
/** Spans a second that come in while questions are asked. */
const LIVE_RATE = 20_000;
const LIVE_EVERY_MS = 100;
/** Until the code that writes blocks and puts them together has run often enough to be compiled. */
const UNSTEADY_MS = 10_000;
/** Turns of a question: without a pause, and now and then. */
const TIMES = 15;
const LIVE_TIMES = 30;
/** Of a short question: 18 answers are beyond its p95. */
const SHORT_TIMES = 360;
const PAUSE_MS = 37;
const SHORT_MS = 5;

/** Small traces: 11,000 of them in a million spans. */
const SMALL_TRACE = 90;
/** Stores that are opened anew for figures of the first time that a question is asked. */
const COLD_TIMES = 5;

export async function run(args: string[]): Promise<void> {
  const count = Number(args[0] ?? 1_000_000);
  const perTrace = Number(args[1] ?? 10_000);
  const dir = mkdtempSync(join(tmpdir(), 'tracedeck-bench-'));
  const rows: Row[] = [];
  try {
    benchDirect(join(dir, 'direct.db'), Math.min(count, 200_000), perTrace, rows);
    for (const each of [perTrace, SMALL_TRACE]) {
      const path = join(dir, `traces-${each}.db`);
      const on = `${(count / 1e6).toLocaleString('en')} M spans, ${each.toLocaleString('en')} a trace`;
      console.log(`\n${on}; load ${loadavg()[0]!.toFixed(1)}`);
      const store = openStore(path);
      await benchThread(store, count, each, on, rows);
      line('file', [statSync(path).size / 1e6], 'MB');
      await benchQuestions(store, on, rows);
      if (each === perTrace) {
        await benchLive(store, on, rows);
        await benchBursts(store, on, rows);
      }
      await store.close();
      await benchCold(path, on, rows);
    }
    await benchUsage(dir, count, rows);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  table(rows);
}

function* tracesOf(count: number, perTrace: number): Generator<readonly SpanRecord[]> {
  for (let made = 0, seed = 1; made < count; seed += 1) {
    const spans = pipelineSpans(perTrace, seed).map((span) => ({
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

function benchDirect(path: string, count: number, perTrace: number, rows: Row[]): void {
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
  const on = `${total.toLocaleString('en')} spans, ${perTrace.toLocaleString('en')} a trace, batches of ${BATCH}`;
  const rates = each.map((us) => 1e6 / us);
  rows.push({ what: 'ingest, one core', values: rates, bound: 100_000, unit: 'spans/s', isLeast: true, on });
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
  const bytes = store.status().bytes / total;
  line('stored, put together', [bytes], 'B/span');
  rows.push({ what: 'size of a span, indexes included', values: [bytes], bound: 120, unit: 'B', on });
  store.close();
}

async function benchThread(
  store: TraceStore,
  count: number,
  perTrace: number,
  on: string,
  rows: Row[],
): Promise<void> {
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
  const rate = (written / writingMs) * 1000;
  line('written, through the thread', [rate], 'spans/s');
  rows.push({
    what: 'ingest, through the thread',
    values: [rate],
    bound: 100_000,
    unit: 'spans/s',
    isLeast: true,
    on,
  });
  for (let before = -1, bytes = 0; bytes !== before;) {
    before = bytes;
    await sleep(1500);
    ({ bytes } = await store.ask('traceStoreStatus'));
  }
}

const FILTER = '{ tracedeck.stage = "write" && duration > 11ms }';
/** A question that finds nothing measures nothing. */
function some<T extends { readonly items: readonly unknown[] }>(found: T): T {
  if (found.items.length === 0) throw new Error('It found nothing.');
  return found;
}

type Question = readonly [name: string, boundMs: number | null, ask: (turn: number) => Promise<unknown>];

async function questionsOf(store: TraceStore): Promise<readonly Question[]> {
  const newest = async (limit: number) =>
    (await store.ask('searchTraces', { ...EVERYTHING, order: 'newest', limit })).items;
  const traces = await newest(50);
  const of = (turn: number) => traces[turn % traces.length]!.traceId;
  const spansBy = async (query: string, order: 'newest' | 'longest') =>
    some(await store.ask('searchSpans', { ...EVERYTHING, query, order, limit: 200 }));
  const tracesBy = async (query: string, order: 'newest' | 'longest') =>
    some(await store.ask('searchTraces', { ...EVERYTHING, query, order, limit: 100 }));
  const statsBy = async (query: string) =>
    some(await store.ask('operations', { ...EVERYTHING, query, by: 'operation', limit: 500 }));
  const nowMs = (traces[0]?.startMs ?? 0) + 60_000;
  const windowMinutes = (nowMs - EVERYTHING.fromMs) / 60_000;
  /** Its figures over 48 steps of its time, and over 72 of the last six hours. */
  const goalBy = async (measure: GoalMeasure, query: string) => {
    const goal = { name: measure, query, measure, bound: 12, windowMinutes, enabled: true };
    const { count } = await askGoal(goal, (search) => store.ask('spanSteps', search), nowMs);
    if (count === 0) throw new Error('It found nothing.');
  };
  return [
    ['newest 100 traces', 20, () => newest(100)],
    ['one trace', 60, async (turn) => decodeSpans(await store.get(of(turn)))],
    ['by attribute and duration', 150, () => spansBy(FILTER, 'newest')],
    ['the same, longest first', 150, () => spansBy(FILTER, 'longest')],
    ['traces by the same, longest first', 150, () => tracesBy(FILTER, 'longest')],
    ['p50, p95, p99 by operation', 300, () => statsBy('')],
    ['the same, of one stage', 300, () => statsBy('{ tracedeck.stage = "write" }')],
    ['a goal: p95 of all spans', null, () => goalBy('p95', '')],
    ['a goal: errors of one stage', null, () => goalBy('errors', '{ tracedeck.stage = "write" }')],
    [
      'percentile of one span',
      null,
      () => store.ask('percentile', { service: 'tracedeck', name: 'stage write', durationMs: 5 }),
    ],
    ['text in any attribute', null, () => spansBy('"0a1"', 'longest')],
    [
      'structure',
      null,
      () => tracesBy('{ name = "item" } >> { name = "generate" && duration > 11.9ms }', 'longest'),
    ],
    ['self time', null, () => spansBy('{ self > 11ms }', 'longest')],
    ['token ledger', null, () => store.ask('tokenLedger', { ...EVERYTHING, by: 'stage' })],
    [
      'call tree over 10,000 traces at most',
      500,
      () => store.ask('callTree', { ...EVERYTHING, traceIds: [], maxTraces: 10_000 }),
    ],
    ['status', null, () => store.ask('traceStoreStatus')],
  ];
}

/** Each question again and again, without a pause. */
async function benchQuestions(store: TraceStore, on: string, rows: Row[]): Promise<void> {
  for (const [name, boundMs, ask] of await questionsOf(store)) {
    const took = await askTimes(ask, TIMES, 0);
    line(`${name}, quiet`, took, boundMs === null ? 'ms' : `ms (<= ${boundMs})`);
    if (boundMs !== null)
      rows.push({ what: name, values: took, bound: boundMs, unit: 'ms', on, spread: halves(took) });
  }
}

/** Milliseconds of each turn but the first. */
async function askTimes(ask: Question[2], times: number, pauseMs: number): Promise<number[]> {
  const took: number[] = [];
  for (let turn = 0; turn <= times; turn += 1) {
    const startMs = performance.now();
    await ask(turn);
    if (turn > 0) took.push(performance.now() - startMs);
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return took;
}

/**
 * All questions now and then, as a user asks: after a pause even a quiet machine answers later, so figures with and
 * without spans that come in are of the same pace. Short ones are asked more often, for the sake of their p95.
 */
async function askNowAndThen(store: TraceStore): Promise<Map<string, number[]>> {
  const all = new Map<string, number[]>();
  for (const [name, , ask] of await questionsOf(store)) {
    const [first] = await askTimes(ask, 1, 0);
    all.set(name, await askTimes(ask, first! < SHORT_MS ? SHORT_TIMES : LIVE_TIMES, PAUSE_MS));
  }
  return all;
}

/** Questions that a store is asked that was opened just now: nothing of it is decoded. */
async function benchCold(path: string, on: string, rows: Row[]): Promise<void> {
  const took = new Map<string, number[]>();
  for (let time = 0; time < COLD_TIMES; time += 1) {
    for (const [name, boundMs] of [
      ['p50, p95, p99 by operation', 300],
      ['call tree over 10,000 traces at most', 500],
      ['the same, longest first', 150],
    ] as const) {
      const store = openStore(path);
      const question = (await questionsOf(store)).find(([each]) => each === name)!;
      const startMs = performance.now();
      await question[2](0);
      const values = took.get(name) ?? [];
      values.push(performance.now() - startMs);
      await store.close();
      if (took.has(name)) continue;
      took.set(name, values);
      rows.push({ what: `${name}, first time`, values, bound: boundMs, unit: 'ms', on });
    }
  }
}

/** Questions now and then, first on a quiet machine, then while spans come in at a steady rate. */
async function benchLive(store: TraceStore, on: string, rows: Row[]): Promise<void> {
  const quiet = await askNowAndThen(store);
  const batches = newBatches((LIVE_RATE * LIVE_EVERY_MS) / 1000, 1800);
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
  await sleep(UNSTEADY_MS);
  const live = await askNowAndThen(store);
  clearInterval(timer);
  const rate = (written / (performance.now() - startMs)) * 1000;
  line('spans came in at', [rate], `spans/s, ${refused} batches refused, ${batches.length} left`);
  const bounds = new Map((await questionsOf(store)).map(([name, boundMs]) => [name, boundMs]));
  for (const [name, values] of live) {
    const before = quiet.get(name)!;
    const boundMs = bounds.get(name) ?? null;
    const ratio = at(values, 0.95) / at(before, 0.95);
    line(`${name}, live`, values, `ms, p95 ${show(at(values, 0.95))}; quiet p95 ${show(at(before, 0.95))}`);
    if (boundMs !== null)
      rows.push({ what: `${name}, live`, values, bound: boundMs, unit: 'ms', on, spread: halves(values) });
    rows.push({ what: `${name}: p95 live over quiet`, values: [ratio], bound: 2, unit: 'times', on });
  }
}

/** The shortest question while as many spans come in as the store takes. */
async function benchBursts(store: TraceStore, on: string, rows: Row[]): Promise<void> {
  const batches = newBatches(BATCH, 150);
  const total = batches.reduce((sum, batch) => sum + spanCountOf(batch), 0);
  const underway = new Set<Promise<unknown>>();
  const took: number[] = [];
  const startMs = performance.now();
  let isWriting = true;
  const asking = (async () => {
    while (isWriting) {
      const askedMs = performance.now();
      await store.ask('searchTraces', { ...EVERYTHING, order: 'newest', limit: 100 });
      took.push(performance.now() - askedMs);
      await sleep(LIVE_EVERY_MS / 10);
    }
  })();
  for (const batch of batches) {
    while (store.pending >= store.maxPending) await Promise.race(underway);
    const writing = store.writeSpans(batch).finally(() => underway.delete(writing));
    underway.add(writing);
  }
  await Promise.all(underway);
  const rate = (total / (performance.now() - startMs)) * 1000;
  isWriting = false;
  await asking;
  line('newest 100 traces, beside full ingest', took, `ms, p95 ${show(at(took, 0.95))}`);
  rows.push({ what: 'newest 100 traces, beside full ingest', values: took, bound: 20, unit: 'ms', on });
  rows.push({
    what: 'ingest beside it',
    values: [rate],
    bound: 100_000,
    unit: 'spans/s',
    isLeast: true,
    on,
  });
}

/** Of traces that are not stored yet. */
let newSeed = 1_000_000;
function newBatches(perBatch: number, count: number): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (; batches.length < count; newSeed += 1) {
    const spans = pipelineSpans(perBatch * 3 - 1, newSeed);
    for (let at = 0; at < spans.length; at += perBatch)
      batches.push(encodeSpans(spans.slice(at, at + perBatch)));
  }
  return batches;
}
