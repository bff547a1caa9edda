/**
 * Lists of traces that used most tokens or money first, over spans of which two in nine are paid model calls.
 * `run([spans, tracesOf])` for this part of the store's figures alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTR, type SpanRecord } from '../../shared/span.ts';
import { encodeSpans } from '../../shared/spanCodec.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { openTraceStore, type TraceStore } from '../../electron/traces/traceStore.ts';
import { pipelineSpans } from '../electron/telemetry/pipelineSpans.ts';
import { halves, line, table, type Row } from './storeTable.ts';

const WORKER = pathToFileURL(join(import.meta.dirname, '../../electron/traces/traceWorker.ts'));
const { prices } = settingsSchema.parse({});
const SETTINGS = { maxBytes: 8e9, maxDays: 36_500, prices };
const TIMES = 15;
const COLD_TIMES = 3;
const BOUND_MS = 300;

const ALL = { query: '', fromMs: null, toMs: null };
const FILTER = '{ tracedeck.stage = "write" && duration > 11ms }';
const QUESTIONS = (['tokens', 'cost'] as const).flatMap((order) =>
  [
    { name: `traces by ${order}`, query: '' },
    { name: `traces by ${order}, of a search`, query: FILTER },
  ].map(({ name, query }) => ({
    name,
    async ask(store: TraceStore): Promise<void> {
      const { items } = await store.ask('searchTraces', { ...ALL, query, order, limit: 100 });
      if (!(items[0]?.usage?.[order] ?? 0)) throw new Error(`Nothing was used: ${name}`);
    },
  })),
);

export async function run(args: string[]): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tracedeck-bench-'));
  const rows: Row[] = [];
  try {
    await benchUsage(dir, Number(args[0] ?? 1_000_000), rows, Number(args[1] ?? 90));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  table(rows);
}

/** Of a store of its own in the folder. */
export async function benchUsage(dir: string, count: number, rows: Row[], perTrace = 90): Promise<void> {
  const on = `${(count / 1e6).toLocaleString('en')} M spans with model calls, ${perTrace} a trace`;
  console.log(`\n${on}; load ${loadavg()[0]!.toFixed(1)}`);
  const options = { path: join(dir, 'usage.db'), workerFile: WORKER, settings: SETTINGS };
  const store = openTraceStore(options);
  for (const batch of paidBatches(count, perTrace)) await store.writeSpans(batch);
  for (let before = -1, bytes = 0; bytes !== before;) {
    before = bytes;
    await sleep(1500);
    ({ bytes } = await store.ask('traceStoreStatus'));
  }
  const note = (what: string, values: number[], isWarm: boolean): void => {
    line(what, values, `ms (<= ${BOUND_MS})`);
    const spread = isWarm ? { spread: halves(values) } : {};
    rows.push({ what, values, bound: BOUND_MS, unit: 'ms', on, ...spread });
  };
  for (const { name, ask } of QUESTIONS) {
    const took: number[] = [];
    for (let time = 0; time <= TIMES; time += 1) {
      const tookMs = await timeOf(() => ask(store));
      if (time > 0) took.push(tookMs);
    }
    note(name, took, true);
  }
  await store.close();
  const { name, ask } = QUESTIONS[0]!;
  const cold: number[] = [];
  for (let time = 0; time < COLD_TIMES; time += 1) {
    const opened = openTraceStore(options);
    await opened.ask('savedQueries');
    cold.push(await timeOf(() => ask(opened)));
    await opened.close();
  }
  note(`${name}, first time`, cold, false);
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** As a run with a model server records them: every generated answer is a call with what it used. */
function* paidBatches(count: number, perTrace: number): Generator<Uint8Array> {
  let held: SpanRecord[] = [];
  for (let made = 0, seed = 1; made < count; seed += 1) {
    const spans = pipelineSpans(perTrace, seed).map((span) => paid(span, seed * 60_000));
    made += spans.length;
    held.push(...spans);
    if (held.length < 4096) continue;
    yield encodeSpans(held);
    held = [];
  }
  if (held.length > 0) yield encodeSpans(held);
}

function paid(span: SpanRecord, laterMs: number): SpanRecord {
  const moved = { ...span, startMs: span.startMs + laterMs, endMs: span.endMs! + laterMs };
  if (span.name !== 'generate') return moved;
  const { attributes } = span;
  return {
    ...moved,
    attributes: {
      ...attributes,
      [ATTR.genAiOperation]: 'chat',
      [ATTR.genAiRequestModel]: 'gpt-4o-mini',
      [ATTR.genAiInputTokens]: attributes['tracedeck.tokens.estimate.input']!,
      [ATTR.genAiOutputTokens]: attributes['tracedeck.tokens.estimate.output']!,
    },
  };
}
