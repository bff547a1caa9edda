/** Two programs on one file, as the app and the command line are: each writes, puts blocks together, prunes and asks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operations } from '../../../electron/traces/analyses/operations.ts';
import { searchSpans, searchTraces } from '../../../electron/traces/query/search.ts';
import { openSpanStore, type SpanStore } from '../../../electron/traces/spanStore.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import { pipelineSpans } from '../telemetry/pipelineSpans.ts';

const writer = fileURLToPath(new URL('writeForever.ts', import.meta.url));
const EVERYTHING = { query: '', fromMs: null, toMs: null };
let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-two-'));
  path = join(dir, 'traces.db');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs another process at the file; returns what it was told is stored: the spans of each trace. */
async function besides(
  seed: number,
  mode: string[],
  work: () => Promise<void>,
): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [writer, path, String(seed), ...mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await once(child.stdout, 'data');
  try {
    await work();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  const acknowledged = new Map<string, number>();
  // The last line may be half of one.
  for (const line of out.slice(0, out.lastIndexOf('\n')).split('\n')) {
    const [traceId, spans] = line.split(' ') as [string, string];
    acknowledged.set(traceId, Math.max(acknowledged.get(traceId) ?? 0, Number(spans)));
  }
  return acknowledged;
}

/** Everything that the store says of itself is true. */
function expectWhole(store: SpanStore): void {
  store.consistently(() => {
    const found = searchTraces(store.reader, { ...EVERYTHING, order: 'newest', limit: 100_000 }).items;
    let spans = 0;
    for (const { traceId, spanCount } of found) {
      expect(new Set(decodeSpans(store.get(traceId)).map(({ spanId }) => spanId)).size).toBe(spanCount);
      spans += spanCount;
    }
    expect(store.status()).toMatchObject({ spans, traces: found.length, damagedSpans: 0 });
    const stats = operations(store.reader, { ...EVERYTHING, by: 'operation', limit: 100 });
    expect(stats.items.reduce((sum, { count }) => sum + count, 0)).toBe(spans);
  });
  expect(store.db.pragma('integrity_check', { simple: true })).toBe('ok');
  const chunks = store.db
    .prepare<[], { least: number; count: number }>('SELECT min(id) AS least, count(*) AS count FROM chunk')
    .get()!;
  const blocks = store.db.prepare<[], { id: number }>('SELECT id FROM block').all();
  // No block without its chunks, none of which is nobody's.
  expect(blocks.length === 0 ? 0 : Math.min(...blocks.map(({ id }) => id))).toBe(chunks.least ?? 0);
}

describe('two processes', () => {
  it.each([
    ['writes in batches through its thread', []],
    ['puts blocks together all the time', ['compact']],
  ])('lose nothing while the other %s', async (_, mode) => {
    const store = openSpanStore(path, { limits: { maxBytes: 1e9, maxAgeMs: 1e13 } });
    const mine = new Map<string, number>();
    const acknowledged = await besides(5000, mode, async () => {
      for (let seed = 1; seed <= 25; seed += 1) {
        const spans = pipelineSpans(400, seed);
        for (let at = 0; at < spans.length; at += 80) {
          store.writeSpans(encodeSpans(spans.slice(at, at + 80)));
          store.maintain(4);
        }
        mine.set(spans[0]!.traceId, spans.length);
        store.consistently(() => {
          const ofSearch = searchSpans(store.reader, {
            ...EVERYTHING,
            query: '{ root = true }',
            order: 'newest',
            limit: 1000,
          });
          expect(ofSearch.leftOut.damaged).toBeUndefined();
        });
        await sleep(5);
      }
    });
    expect(acknowledged.size).toBeGreaterThan(0);
    const stored = (traceId: string) => decodeSpans(store.get(traceId)).length;
    for (const [traceId, spans] of mine) expect(stored(traceId)).toBe(spans);
    for (const [traceId, spans] of acknowledged) expect(stored(traceId)).toBeGreaterThanOrEqual(spans);
    expectWhole(store);
    while (store.maintain(50));
    expectWhole(store);
    store.close();
  });

  it('add up while one of them prunes what the other writes', async () => {
    const store = openSpanStore(path, { limits: { maxBytes: 1e9, maxAgeMs: 1e13 } });
    await besides(9000, ['compact'], async () => {
      for (let round = 0; round < 25; round += 1) {
        store.setLimits({ maxBytes: round % 2 === 0 ? 600_000 : 300_000, maxAgeMs: 1e13 });
        store.writeSpans(encodeSpans(pipelineSpans(500, 100 + round)));
        for (let step = 0; step < 5; step += 1) store.maintain(4);
        await sleep(10);
      }
    });
    expectWhole(store);
    expect(store.status().prunedTraces).toBeGreaterThan(0);
    store.close();
  });
});
