import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { ComponentMode } from '../../../shared/telemetrySettings.ts';
import { createSqlSpans } from '../../../electron/traces/sqlSpans.ts';
import type { SqlRecording } from '../../../electron/traces/sqlSpans.ts';
import { openTraceStore } from '../../../electron/traces/traceStore.ts';
import type { TraceStore } from '../../../electron/traces/traceStore.ts';
import { pipelineSpans, span } from '../telemetry/pipelineSpans.ts';

const workerFile = new URL('../../../electron/traces/traceWorker.ts', import.meta.url);
const caller = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) };
const header = `00-${caller.traceId}-${caller.spanId}-01`;

let dir = '';
let store: TraceStore;
let traceParent: string | null;
let recorded: SpanRecord[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-sql-'));
  traceParent = null;
  recorded = [];
  store = openTraceStore({
    path: join(dir, 'traces.db'),
    workerFile,
    traceParent: () => traceParent,
    onSpans: (spans) => recorded.push(...spans),
  });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const newest = async (limit: number, of = store) =>
  (await of.ask('searchTraces', { query: '', fromMs: null, toMs: null, order: 'newest', limit })).items;

describe('the SQL of a read', () => {
  it('is in the trace of its caller', async () => {
    const spans = pipelineSpans(200);
    await store.writeSpans(encodeSpans(spans));
    traceParent = header;
    const before = Date.now();
    expect(decodeSpans(await store.get(spans[0]!.traceId))).toHaveLength(spans.length);
    expect(recorded.map(({ name }) => name)).toEqual(['SELECT trace', 'SELECT chunk']);
    for (const one of recorded) {
      expect(one).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId, kind: 'client' });
      expect(one.spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(Math.abs(one.startMs - before)).toBeLessThan(60_000);
      expect(one.endMs!).toBeGreaterThanOrEqual(one.startMs);
    }
    expect(recorded[1]!.attributes).toEqual({
      'db.system.name': 'sqlite',
      'db.namespace': 'traces',
      'db.operation.name': 'SELECT',
      'db.query.summary': 'SELECT chunk',
      // Blocks that hold spans of it.
      'db.response.returned_rows': 1,
      'thread.name': 'traces',
    });
    recorded.length = 0;
    await newest(10);
    await store.logs(null, 10);
    await store.logs(caller.traceId, 10);
    await store.ask('traceStoreStatus');
    expect(recorded.map(({ name, attributes }) => [name, attributes['db.response.returned_rows']])).toEqual([
      ['SELECT trace', 1],
      ['SELECT log', 0],
      ['SELECT log', 0],
      ['SELECT trace block', 1],
    ]);
    // They can be packed, as everything that is stored.
    expect(decodeSpans(encodeSpans(recorded))).toHaveLength(4);
  });

  it('is not recorded outside a trace, nor for a caller that is not sampled', async () => {
    await newest(10);
    for (traceParent of ['', 'x', `00-${caller.traceId}-${caller.spanId}-00`]) await newest(10);
    expect(recorded).toEqual([]);
  });

  it('is never that of a write: storing a trace makes no spans', async () => {
    traceParent = header;
    await store.writeSpans(encodeSpans([span()]));
    await store.writeLogs([
      { timeMs: 1, level: 'info', message: 'm', attributes: {}, traceId: null, spanId: null },
    ]);
    expect(recorded).toEqual([]);
  });

  it('says what a statement failed with', () => {
    const { record, watch } = createSqlSpans();
    const fault = Object.assign(new Error('disk image is malformed'), { code: 'SQLITE_CORRUPT' });
    const fail = (thrown: unknown) => () => {
      throw thrown;
    };
    const seen: SpanRecord[] = [];
    const failing = (thrown: unknown) =>
      watch('SELECT span', { get: fail(thrown), all: fail(thrown), iterate: fail(thrown) });
    const { spans } = record(header, () => {
      for (const read of [
        () => failing(fault).all(),
        () => [...failing(fault).iterate()],
        () => failing(new Error('odd')).get(),
      ])
        expect(read).toThrow();
    });
    seen.push(...spans);
    expect(seen.map(({ status, statusMessage }) => [status, statusMessage])).toEqual([
      ['error', 'SQLITE_CORRUPT'],
      ['error', 'SQLITE_CORRUPT'],
      ['error', 'error'],
    ]);
    expect(seen[0]!.attributes['error.type']).toBe('SQLITE_CORRUPT');
    expect(seen[0]!.attributes['db.response.returned_rows']).toBeUndefined();
  });

  it('of one read is no more than fifty spans', () => {
    const { record, watch } = createSqlSpans();
    const one = watch('SELECT trace', {
      get: () => undefined,
      all: () => [1, 2],
      iterate: () => [1].values(),
    });
    const { spans, value } = record(header, () => {
      for (let i = 0; i < 80; i += 1) one.get();
      return [...one.iterate()];
    });
    expect(value).toEqual([1]);
    expect(spans).toHaveLength(50);
    expect(spans[0]!.attributes['db.response.returned_rows']).toBe(0);
  });
});

describe('the mode of a read', () => {
  const how = (mode: ComponentMode, more: Partial<SqlRecording> = {}) => ({
    mode,
    every: 8,
    slowMs: 20,
    ...more,
  });
  // A clock that stands still unless something takes time.
  let nowMs = 1000;
  beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => nowMs));
  afterEach(() => void vi.restoreAllMocks());

  /** Ten reads of four quick statements each, a slow one and one that fails. */
  function reads(recording: SqlRecording, traceparent: string | undefined = header) {
    const { record, recorded, watch } = createSqlSpans();
    const quick = watch('SELECT trace', { get: () => 1, all: () => [1, 2], iterate: () => [1].values() });
    const slow = watch('SELECT span', {
      get() {
        nowMs += 25;
        return 1;
      },
      all: () => [],
      iterate: () => [].values(),
    });
    const failing = watch('SELECT log', {
      get() {
        throw new Error('no');
      },
      all: () => [],
      iterate: () => [].values(),
    });
    const all: SpanRecord[] = [];
    const sum = { spans: 0, leftOut: 0, errors: 0 };
    for (let read = 0; read < 10; read += 1) {
      const work = () => {
        quick.get();
        quick.all();
        quick.get();
        for (const _row of quick.iterate()) void _row;
        if (read === 5) slow.get();
        if (read === 6 || read === 0) slow.all();
        if (read === 7) failing.get();
      };
      try {
        record(traceparent, work, recording);
      } catch {
        // What there was until then is told all the same.
      }
      const { spans, counts } = recorded();
      all.push(...spans);
      for (const key of ['spans', 'leftOut', 'errors'] as const) sum[key] += counts[key];
    }
    const names = (name: string) => all.filter((one) => one.name === name).length;
    return { all, sum, named: [names('SELECT trace'), names('SELECT span'), names('SELECT log')] };
  }

  it('decides what becomes a span, and the counts add up to all statements', () => {
    const told = (['full', 'leaf', 'sampled', 'counted', 'off'] as const).map((mode) => {
      const { sum, named } = reads(how(mode));
      return [mode, named, sum];
    });
    expect(told).toEqual([
      ['full', [40, 3, 1], { spans: 44, leftOut: 0, errors: 1 }],
      ['leaf', [40, 3, 1], { spans: 44, leftOut: 0, errors: 1 }],
      // One in eight, the slow one and the failed one.
      ['sampled', [5, 2, 1], { spans: 8, leftOut: 36, errors: 1 }],
      ['counted', [0, 0, 1], { spans: 1, leftOut: 43, errors: 1 }],
      ['off', [0, 0, 0], { spans: 0, leftOut: 0, errors: 0 }],
    ]);
  });

  it('counts alone what has no caller that is recorded', () => {
    for (const traceparent of [undefined, 'x', `00-${caller.traceId}-${caller.spanId}-00`]) {
      const { record } = createSqlSpans();
      expect(record(traceparent, () => 1, how('full')).spans).toEqual([]);
      const { sum } = reads(how('full'), traceparent ?? '');
      expect(sum).toEqual({ spans: 0, leftOut: 44, errors: 1 });
    }
  });

  it('takes the baggage of its caller along', () => {
    const { all } = reads(how('full', { baggage: 'lesson=12' }));
    expect(new Set(all.map(({ attributes }) => attributes['baggage']))).toEqual(new Set(['lesson=12']));
    expect(reads(how('full')).all[0]!.attributes).not.toHaveProperty('baggage');
  });
});

describe('a run that a click began', () => {
  const traceId = 'e'.repeat(32);
  const at = (offset: number) => 1_790_000_000_000 + offset;
  const click = span({ traceId, spanId: '1'.repeat(16), name: 'ui Generate', startMs: at(0), endMs: at(40) });
  const run = span({
    traceId,
    spanId: '2'.repeat(16),
    parentSpanId: '3'.repeat(16),
    name: 'run',
    startMs: at(20),
    endMs: at(5000),
    attributes: { 'tracedeck.run.id': 'run-7' },
  });
  const item = span({
    traceId,
    spanId: '4'.repeat(16),
    parentSpanId: run.spanId,
    name: 'item',
    endMs: at(30),
  });

  it('names its trace, whichever comes first, and is as long as all of it', async () => {
    for (const order of [
      [click, item, run],
      [run, item, click],
      [item, run, click],
    ]) {
      const store2 = openTraceStore({ path: join(dir, `${order[0]!.name}.db`), workerFile });
      for (const one of order) await store2.writeSpans(encodeSpans([one]));
      expect(await newest(1, store2)).toMatchObject([
        { name: 'run', runId: 'run-7', startMs: at(0), durationMs: 5000, spanCount: 3 },
      ]);
      await store2.close();
    }
  });

  it('is not told from an attribute that was copied to another span', async () => {
    await store.writeSpans(encodeSpans([click, { ...item, attributes: { 'tracedeck.run.id': 'run-7' } }]));
    expect(await newest(1)).toMatchObject([{ name: 'ui Generate', runId: null }]);
  });
});
