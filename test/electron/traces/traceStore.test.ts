import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeBlock } from '../../../shared/leafCodec.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { LogRecord, SpanRecord, TraceSummary } from '../../../shared/span.ts';
import type { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { createLeafParent } from '../../fixtures/leafParent.ts';
import { LeafRing } from '../../../electron/telemetry/spans/leafRing.ts';
import { openSpanStore } from '../../../electron/traces/spanStore.ts';
import { openTraceStore } from '../../../electron/traces/traceStore.ts';
import type { TraceStore, TraceStoreOptions } from '../../../electron/traces/traceStore.ts';
import { openDatabase } from '../../../electron/sqlite/openDatabase.ts';
import { TRACE_MIGRATIONS } from '../../../electron/traces/traceSchema.ts';
import { hexId, pipelineSpans, randomFrom, span } from '../telemetry/pipelineSpans.ts';

const workerFile = new URL('../../../electron/traces/traceWorker.ts', import.meta.url);
let dir = '';
let path = '';
let readsApart = false;
const open: TraceStore[] = [];
const notices: TracedeckError[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-traces-'));
  path = join(dir, 'traces.db');
  notices.length = 0;
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function openStore(options: Partial<TraceStoreOptions> = {}): Promise<TraceStore> {
  const store = openTraceStore({
    path,
    workerFile,
    readsApart,
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  open.push(store);
  return store;
}
const write = (store: TraceStore, spans: readonly SpanRecord[]) => store.writeSpans(encodeSpans(spans));
const read = async (store: TraceStore, traceId: string) => decodeSpans(await store.get(traceId));
const newest = async (store: TraceStore, limit: number) =>
  (await store.ask('searchTraces', { query: '', fromMs: null, toMs: null, order: 'newest', limit })).items;
const byId = (spans: readonly SpanRecord[]) => spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
const traceOf = (number: number, part: Partial<SpanRecord> = {}) =>
  span({
    traceId: hexId(randomFrom(number), 32),
    startMs: 1_790_000_000_000 + number,
    endMs: 1_790_000_000_005 + number,
    ...part,
  });

describe.each([
  ['one thread', false],
  ['a thread that reads beside it', true],
] as const)('trace store: %s', (_, apart) => {
  beforeEach(() => {
    readsApart = apart;
  });

  it('gives a trace back as it was written, in order of time, after a restart as well', async () => {
    const spans = pipelineSpans(1000);
    const first = await openStore();
    for (let at = 0; at < spans.length; at += 137) await write(first, spans.slice(at, at + 137));
    await first.close();
    const store = await openStore();
    const stored = await read(store, spans[0]!.traceId);
    expect(stored.map(({ startMs }) => startMs)).toStrictEqual(
      stored.map(({ startMs }) => startMs).toSorted((a, b) => a - b),
    );
    expect(byId(stored)).toStrictEqual(byId(spans));
  });

  it('keeps rows as the spans they stand for, beside full ones, and refuses what is neither', async () => {
    const store = await openStore();
    const root = traceOf(1);
    const ring = new LeafRing({ capacity: 100, epochMs: (ms) => root.startMs + ms });
    const parent = createLeafParent(root.traceId, root.spanId, true);
    const no = ring.operationNo({
      name: 'cache get',
      kind: 'internal',
      attributes: { a: 'b' },
      facts: ['n'],
    });
    for (let i = 0; i < 50; i += 1) ring.add(parent, no, 1 + i / 8, 0.5, 0, i, NaN);
    const block = ring.pack(0, 50);
    const rows = decodeBlock(block);
    await expect(store.writeSpans(block.slice(0, 100))).rejects.toMatchObject({ code: 'invalid_spans' });
    expect(await store.writeSpans(block)).toMatchObject({ added: 50 });
    await write(store, [root]);
    expect(byId(await read(store, root.traceId))).toStrictEqual(byId([root, ...rows]));
    expect((await newest(store, 10))[0]).toMatchObject({ spanCount: 51, errorCount: 0 });
  });

  it('keeps attributes of every type, events, links, messages and negative durations', async () => {
    const store = await openStore();
    const many = Array.from({ length: 1000 }, (_, i) =>
      traceOf(1, { spanId: hexId(randomFrom(i + 10), 16), attributes: { unique: `value ${i}`, same: 'x' } }),
    );
    const odd = traceOf(1, {
      name: '이름 😀',
      parentSpanId: 'ffffffffffffffff',
      spanId: '8000000000000001',
      kind: 'consumer',
      startMs: 1_790_000_000_001.25,
      endMs: 1_789_999_999_990,
      status: 'error',
      statusMessage: '메시지',
      attributes: {
        text: '낱말'.repeat(50),
        int: -5,
        float: 0.1,
        big: 2 ** 40,
        zero: -0,
        yes: true,
        no: false,
        texts: ['a', '', 'ü'],
        numbers: [1, 2.5, NaN],
        flags: [true, false],
        none: [],
      },
      events: [{ name: 'exception', timeMs: 1_790_000_000_002.5, attributes: { a: 'b' } }],
      links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: { c: 1 } }],
    });
    await write(store, [...many, odd]);
    expect(byId(await read(store, odd.traceId))).toStrictEqual(byId([...many, odd]));
  });

  it('stores a span once, however often it comes, and its end replaces it open', async () => {
    const store = await openStore();
    const ended = traceOf(1, { status: 'error' });
    await write(store, [{ ...ended, endMs: null, status: 'unset' }]);
    expect((await newest(store, 1))[0]).toMatchObject({ durationMs: null, spanCount: 1, errorCount: 0 });
    expect(await write(store, [ended])).toStrictEqual({ added: 0, duplicates: 0, refused: 0 });
    expect(await write(store, [ended, ended])).toStrictEqual({ added: 0, duplicates: 2, refused: 0 });
    await write(store, [{ ...ended, endMs: null, status: 'unset' }]);
    expect(await read(store, ended.traceId)).toStrictEqual([ended]);
    expect((await newest(store, 1))[0]).toMatchObject({ durationMs: 5, spanCount: 1, errorCount: 1 });
  });

  it('lists the newest traces first, named by the root wherever it arrives', async () => {
    const store = await openStore();
    const child = (number: number, part: Partial<SpanRecord>) =>
      traceOf(number, {
        spanId: hexId(randomFrom(number + 500), 16),
        parentSpanId: '0123456789abcdef',
        ...part,
      });
    await write(store, [
      child(1, { name: 'early', startMs: 1_790_000_000_000 }),
      child(1, { name: 'late', spanId: 'a'.repeat(16) }),
    ]);
    expect(await newest(store, 10)).toMatchObject([
      { name: 'early', durationMs: null, spanCount: 2, runId: null },
    ]);
    await write(store, [
      traceOf(1, { name: 'run', endMs: 1_790_000_000_101, attributes: { 'tracedeck.run.id': 'run-9' } }),
    ]);
    await write(store, [traceOf(2, { name: 'second' }), traceOf(3, { name: 'third' })]);
    const list = await newest(store, 2);
    expect(list.map(({ name }) => name)).toStrictEqual(['third', 'second']);
    expect((await newest(store, 10)).at(-1)).toStrictEqual({
      traceId: traceOf(1).traceId,
      name: 'run',
      startMs: 1_790_000_000_000,
      durationMs: 101,
      spanCount: 3,
      errorCount: 0,
      runId: 'run-9',
      service: 'tracedeck',
      version: null,
      pinned: false,
      matched: 3,
    });
  });

  it('has an empty block for a trace that it does not know', async () => {
    expect(await read(await openStore(), 'ab'.repeat(16))).toStrictEqual([]);
  });

  it('stays below its size, and gives the room of pruned traces back to the system', async () => {
    const maxBytes = 700_000;
    const store = await openStore({ settings: { maxBytes } });
    for (let seed = 1; seed <= 40; seed += 1) await write(store, pipelineSpans(2000, seed));
    const status = await store.ask('traceStoreStatus');
    expect(status.bytes).toBeLessThanOrEqual(maxBytes);
    expect(status.prunedTraces).toBeGreaterThan(10);
    expect(status.traces).toBeGreaterThan(3);
    expect(status.traces + status.prunedTraces).toBe(40);
    expect(status.prunedSpans + status.spans).toBe(40 * pipelineSpans(2000, 1).length);
    const latest = pipelineSpans(2000, 40);
    expect(await read(store, latest[0]!.traceId)).toHaveLength(latest.length);
    const gone = pipelineSpans(2000, 1)[0]!.traceId;
    expect(await read(store, gone)).toStrictEqual([]);
    expect(await store.ask('traceAbsence', { traceId: gone })).toMatchObject({ reason: 'pruned' });
    expect(await store.ask('traceAbsence', { traceId: 'f'.repeat(32) })).toEqual({ reason: 'unknown' });
    await store.close();
    expect(statSync(path).size).toBeLessThan(maxBytes * 1.5);
  });

  it('refuses more of a trace that alone fills the store, counts that, and still takes its root', async () => {
    const store = await openStore({ settings: { maxBytes: 400_000 } });
    const spans = pipelineSpans(30_000);
    for (let at = 0; at < spans.length; at += 500) await write(store, spans.slice(at, at + 500));
    const status = await store.ask('traceStoreStatus');
    expect(status.refusedSpans).toBeGreaterThan(1000);
    expect(status.spans + status.refusedSpans).toBe(spans.length);
    expect((await newest(store, 1))[0]).toMatchObject({ name: 'run' });
    await write(store, [traceOf(999_999, { name: 'next' })]);
    expect((await newest(store, 1))[0]).toMatchObject({ name: 'next' });
  });

  it('takes other limits while it is open', async () => {
    const store = await openStore();
    for (let seed = 1; seed <= 30; seed += 1) await write(store, pipelineSpans(2000, seed));
    expect(await store.ask('traceStoreStatus')).toMatchObject({ traces: 30, prunedTraces: 0 });
    await store.configure({ maxBytes: 600_000, maxDays: 30, prices: [] });
    await write(store, pipelineSpans(100, 99));
    const { bytes, maxBytes, traces } = await store.ask('traceStoreStatus');
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(maxBytes).toBe(600_000);
    expect(traces).toBeLessThan(30);
  });

  it('tells which traces were written to, a few times a second at most', async () => {
    const told: TraceSummary[][] = [];
    const store = await openStore({ onChanged: (traces) => told.push([...traces]) });
    const spans = pipelineSpans(400);
    for (let at = 0; at < spans.length; at += 20) await write(store, spans.slice(at, at + 20));
    await write(store, [traceOf(2, { name: 'other' })]);
    while (!told.flat().some(({ name }) => name === 'other')) await sleep(10);
    while (told.flat().findLast(({ name }) => name === 'run')?.spanCount !== spans.length) await sleep(10);
    expect(told.length).toBeLessThan(12);
  });

  it('keeps logs by trace, newest last', async () => {
    const store = await openStore();
    const nowMs = Date.now();
    const record = (number: number): LogRecord => ({
      timeMs: nowMs + number,
      level: number % 2 ? 'info' : 'error',
      message: `메시지 ${number}`,
      attributes: number % 3 ? { row: number } : {},
      traceId: number % 2 ? 'ab'.repeat(16) : null,
      spanId: number % 2 ? 'cd'.repeat(8) : null,
    });
    const records = Array.from({ length: 80 }, (_, i) => record(i));
    await store.writeLogs(records.slice(0, 40));
    await store.writeLogs(records.slice(40));
    expect(await store.logs(null, 10)).toStrictEqual(records.slice(-10));
    expect(await store.logs('ab'.repeat(16), 3)).toStrictEqual([record(75), record(77), record(79)]);
    expect((await store.ask('traceStoreStatus')).logs).toBe(80);
  });

  it('refuses bytes that are no spans, and goes on', async () => {
    const store = await openStore();
    await expect(store.writeSpans(new Uint8Array(100))).rejects.toMatchObject({ code: 'invalid_spans' });
    await write(store, [traceOf(1)]);
    expect(await newest(store, 10)).toHaveLength(1);
  });

  it('refuses more writes at a time than allowed', async () => {
    const store = await openStore({ maxPending: 2 });
    const writes = [1, 2, 3].map((number) =>
      write(store, [traceOf(number)]).then(
        () => 'ok',
        (error: TracedeckError) => error.code,
      ),
    );
    expect(store.pending).toBe(2);
    expect(await Promise.all(writes)).toStrictEqual(['ok', 'ok', 'traces_busy']);
    expect(store.pending).toBe(0);
  });

  it('answers a question before writes that were sent earlier and are not begun, and those in their order', async () => {
    const store = await openStore();
    await newest(store, 1);
    const settled: string[] = [];
    const writes = [1, 2, 3, 4, 5, 6].map((seed) =>
      write(store, pipelineSpans(3000, seed)).then(() => settled.push(`write ${seed}`)),
    );
    await newest(store, 10).then(() => settled.push('question'));
    expect(settled).not.toContain('write 6');
    // What was sent before it is done first.
    await store.close();
    await Promise.all(writes);
    expect(settled.filter((each) => each !== 'question')).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `write ${n}`),
    );
    expect(await newest(await openStore(), 10)).toHaveLength(6);
  });

  it('sets a file aside that is no database, says so, and starts a new one', async () => {
    writeFileSync(path, 'this is no database, and it is longer than a header of sqlite would be'.repeat(50));
    const store = await openStore();
    await write(store, [traceOf(1)]);
    expect(await newest(store, 10)).toHaveLength(1);
    expect(notices).toMatchObject([{ code: 'traces_set_aside', category: 'degraded' }]);
    const aside = readdirSync(dir).find((name) => name.startsWith('traces.db.corrupt-'))!;
    expect(readFileSync(join(dir, aside), 'utf8')).toContain('this is no database');
  });

  it('sets a file aside whose damage shows only when it is used', async () => {
    const first = await openStore();
    for (let seed = 1; seed < 6; seed += 1) await write(first, pipelineSpans(1000, seed));
    await first.close();
    const { size } = statSync(path);
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 3 * 4096, size - (size % 4096));
    writeFileSync(path, bytes);
    const store = await openStore();
    for (let seed = 1; seed < 6; seed += 1) {
      await write(store, pipelineSpans(1000, seed));
      await newest(store, 10);
    }
    expect(notices.map(({ code }) => code)).toContain('traces_set_aside');
    expect(await read(store, pipelineSpans(1000, 5)[0]!.traceId)).not.toHaveLength(0);
  });

  it('survives a file cut short', async () => {
    const first = await openStore();
    await write(first, pipelineSpans(5000));
    await first.close();
    truncateSync(path, 5000);
    const store = await openStore();
    await write(store, [traceOf(1)]);
    expect((await newest(store, 10)).length).toBeGreaterThan(0);
  });

  it('leaves a file alone that a newer version wrote', async () => {
    const db = openDatabase(path, [...TRACE_MIGRATIONS, { name: 'later', up: () => undefined }]);
    db.close();
    const store = await openStore();
    await expect(newest(store, 1)).rejects.toMatchObject({ code: 'database_newer' });
    expect(readdirSync(dir).some((name) => name.includes('corrupt'))).toBe(false);
  });

  it('starts its thread again when it died, and keeps what was committed', async () => {
    writeFileSync(
      join(dir, 'dying.ts'),
      `import ${JSON.stringify(workerFile.href)};
       import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ params }) => { if (params?.limit === 666) process.exit(1); });`,
    );
    const store = await openStore({ workerFile: join(dir, 'dying.ts') });
    await write(store, [traceOf(1)]);
    // It answers first and dies then; what is asked next goes to the next thread or is told that it died.
    const [dying] = await Promise.allSettled([newest(store, 666)]);
    expect(['fulfilled', 'rejected']).toContain(dying.status);
    while (notices.length === 0) await sleep(5);
    await write(store, [traceOf(2)]);
    expect(await newest(store, 10)).toHaveLength(2);
    expect(notices[0]).toMatchObject({ code: 'traces_died' });
  });

  it('says that it is closed after it was closed', async () => {
    const store = await openStore();
    await store.close();
    await store.close();
    await expect(newest(store, 1)).rejects.toMatchObject({ code: 'traces_closed' });
    await expect(write(store, [traceOf(1)])).rejects.toMatchObject({ code: 'traces_closed' });
  });

  it('takes 100,000 spans at no more than 40 bytes each', async () => {
    const store = await openStore();
    const spans = pipelineSpans(100_000);
    for (let at = 0; at < spans.length; at += 4096) await write(store, spans.slice(at, at + 4096));
    const stats = await store.ask('traceStoreStatus');
    expect(stats).toMatchObject({ traces: 1, spans: spans.length });
    expect(stats.bytes / spans.length).toBeLessThanOrEqual(40);
    expect((await newest(store, 1))[0]).toMatchObject({ spanCount: spans.length, name: 'run' });
    expect(await read(store, spans[0]!.traceId)).toHaveLength(spans.length);
  });
});

describe('a process that is killed', () => {
  it('loses nothing that was acknowledged when the process is killed, again and again', async () => {
    const promised: (readonly [traceId: string, spans: number])[] = [];
    for (let round = 0; round < 4; round += 1) {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'writeForever.ts'), path, String(round * 1000)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      while (output.split('\n').length < 4 + round * 3) await sleep(3);
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const line of output.split('\n').slice(0, -1)) {
        const [traceId, spans] = line.split(' ');
        promised.push([traceId!, Number(spans)]);
      }
      const store = await openStore();
      for (const [traceId, spans] of promised) expect(await read(store, traceId)).toHaveLength(spans);
      const { spans } = await store.ask('traceStoreStatus');
      // A trace that was under way is there whole or not at all.
      const listed = await newest(store, 1000);
      expect(listed.reduce((sum, trace) => sum + trace.spanCount, 0)).toBe(spans);
      for (const { traceId, spanCount } of listed) expect(await read(store, traceId)).toHaveLength(spanCount);
      await store.close();
    }
    expect(notices).toStrictEqual([]);
  });

  it('adds up after a kill in the middle of putting blocks together', async () => {
    const promised = new Map<string, number>();
    const random = randomFrom(11);
    let merged = 0;
    for (let round = 0; round < 6; round += 1) {
      const script = join(import.meta.dirname, 'writeForever.ts');
      const child = spawn(process.execPath, [script, path, String(round * 1000), 'compact'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      while (output.split('\n').length < 15) await sleep(1);
      await sleep(random() * 120);
      child.kill('SIGKILL');
      await once(child, 'exit');
      // A line that was cut off is no promise.
      for (const line of output.split('\n').slice(0, -1)) {
        const [traceId, spans] = line.split(' ');
        promised.set(traceId!, Number(spans));
      }
      const store = openSpanStore(path, { limits: { maxBytes: 1e9, maxAgeMs: 1e12 } });
      const { spans, traces } = store.status();
      expect(traces).toBeGreaterThanOrEqual(promised.size);
      let found = 0;
      for (const [traceId, count] of promised) {
        const held = decodeSpans(store.get(traceId));
        expect(held.length).toBeGreaterThanOrEqual(count);
        expect(new Set(held.map(({ spanId }) => spanId)).size).toBe(held.length);
      }
      for (const block of store.reader.blocks(-Infinity, Infinity)) {
        found += block.count - (block.dead?.reduce((sum, dead) => sum + dead, 0) ?? 0);
        if (block.count > 60) merged += 1;
      }
      expect(found).toBe(spans);
      const chunks = store.db
        .prepare('SELECT count(*) AS n FROM chunk WHERE id < (SELECT min(id) FROM block)')
        .get();
      expect(chunks).toEqual({ n: 0 });
      expect(store.db.pragma('integrity_check', { simple: true })).toBe('ok');
      store.close();
    }
    expect(merged).toBeGreaterThan(0);
  });
});
