import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile as readFileAsync } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createTraceFiles, type TraceFileStore } from '../../../electron/traceFiles/traceFiles.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { LogRecord, SpanRecord } from '../../../shared/span.ts';
import type { Found, FoundSpan, FoundTrace, StoredPoint } from '../../../shared/traceQuery.ts';
import { aSpan, byId, OWN, pathFor, writeFile } from './files.ts';
import { randomSpans } from './randomSpans.ts';

const isWindows = process.platform === 'win32';
const workerFile = new URL('../../../electron/traceFiles/fileWorker.ts', import.meta.url);

/** Keeps what is written, and knows what it knew; `busy` refuses so many writes first. */
function memoryStore(initial: readonly SpanRecord[] = [], busy = 0) {
  const spans = new Map(initial.map((span) => [span.traceId + span.spanId, span]));
  const logs: LogRecord[] = [];
  const points: StoredPoint[] = [];
  let refusals = busy;
  const found = <T>(items: readonly T[], limit: number): Found<T> => ({
    items: items.slice(0, limit),
    leftOut: { more: items.length > limit, scanned: items.length, unscanned: 0, prunedBeforeMs: null },
    tookMs: 0,
  });
  const store: TraceFileStore = {
    async writeSpans(bytes) {
      if (refusals > 0) {
        refusals -= 1;
        throw new TracedeckError('transient', 'traces_busy', 'busy');
      }
      const before = spans.size;
      for (const span of decodeSpans(bytes)) spans.set(span.traceId + span.spanId, span);
      return { added: spans.size - before, refused: 0 };
    },
    writeLogs: async (records) => void logs.push(...records),
    writeMetrics: async (more) => void points.push(...more),
    get: async (traceId) => encodeSpans([...spans.values()].filter((span) => span.traceId === traceId)),
    logs: async (traceId, limit) => logs.filter((record) => record.traceId === traceId).slice(-limit),
    metricPoints: async () => ({ points, next: null }),
    async searchTraces({ limit }) {
      const ids = [...new Set([...spans.values()].map(({ traceId }) => traceId))];
      const traces = ids.map((traceId) => ({ traceId }) as FoundTrace);
      return found(traces, limit);
    },
    async searchSpans({ query, limit }) {
      const matching = [...spans.values()].filter(({ name }) => name.includes(query));
      return found(
        matching.map((span) => ({ ...span, service: 's', durationMs: 1 }) satisfies FoundSpan),
        limit,
      );
    },
  };
  return { store, spans, logs, points };
}
const search = (query = '') => ({ query, fromMs: null, toMs: null, order: 'newest' as const, limit: 100 });

/** Progress as it was told, one after the other. */
function progressOf() {
  const told: (readonly [readBytes: number, allBytes: number | null])[] = [];
  return { told, onProgress: (read: number, all: number | null) => void told.push([read, all]) };
}

for (const [where, worker] of [
  ['in a thread', workerFile],
  ['in this thread', null],
] as const) {
  describe(`trace files ${where}`, () => {
    for (const format of ['otlp', 'otlp-jsonl'] as const) {
      it(`write the log records of the traces along where that is wanted (${format})`, async () => {
        const [one, other] = [aSpan(), aSpan({ traceId: 'c'.repeat(32) })];
        const from = memoryStore([one, other]);
        const record: LogRecord = {
          timeMs: 1_790_000_000_000.25,
          level: 'warn',
          message: 'nearly "full"\n',
          attributes: { share: 0.97, tries: 3, of: ['a', 'b'] },
          traceId: one.traceId,
          spanId: one.spanId,
          origin: { resource: { 'service.name': 'shop' }, scope: { name: 'disk', version: '2' } },
        };
        const { origin: _, ...bare } = record;
        const own: LogRecord = { ...bare, level: 'error', eventName: 'exception', spanId: null };
        from.logs.push(record, own, { ...record, traceId: other.traceId }, { ...record, traceId: null });
        const files = createTraceFiles({ store: from.store, own: OWN, workerFile: worker });
        const path = pathFor(`with-logs.${format}`);
        const target = { format, withLogs: true };
        const report = await files.exportFile({ search: search() }, path, target);
        expect(report).toMatchObject({ traces: 2, spans: 2, logs: 3, notes: [] });
        const to = memoryStore();
        const reader = createTraceFiles({ store: to.store, own: OWN, workerFile: worker });
        expect(await reader.importFiles([path])).toMatchObject([{ spans: 2, logs: 3, refused: [] }]);
        expect(to.logs).toStrictEqual(from.logs.slice(0, 3));
        expect(byId([...to.spans.values()])).toStrictEqual(byId([one, other]));
      });
    }

    it('say so where a form has no place for log records', async () => {
      const files = createTraceFiles({ store: memoryStore([aSpan()]).store, own: OWN, workerFile: worker });
      const target = { format: 'csv', withLogs: true } as const;
      const { notes } = await files.exportText({ traceIds: [aSpan().traceId] }, { write() {} }, target);
      expect(notes).toContain('This form has no place for log records.');
    });

    it('bring what was exported back, and say what was known', async () => {
      const spans = randomSpans(7000, 21);
      const from = createTraceFiles({ store: memoryStore(spans).store, own: OWN, workerFile: worker });
      const path = pathFor('out.otlp.json');
      const report = await from.exportFile({ search: search() }, path, { format: 'otlp' });
      expect(report).toMatchObject({ path, format: 'otlp', traces: 3, spans: 7000, notes: [] });
      expect(report.bytes).toBe(readFileSync(path).length);
      const target = memoryStore(spans.slice(0, 100), 3);
      const to = createTraceFiles({ store: target.store, own: OWN, workerFile: worker });
      const [read] = await to.importFiles([path]);
      expect(read).toMatchObject({ spans: 7000, known: 100, traces: 3, refused: [] });
      expect(byId([...target.spans.values()])).toStrictEqual(byId(spans));
    });

    it('take log records and points along', async () => {
      const { store, logs, points } = memoryStore();
      const files = createTraceFiles({ store, own: OWN, workerFile: worker });
      const path = new URL('fixtures/collector.jsonl', import.meta.url).pathname;
      const { told, onProgress } = progressOf();
      expect(await files.importFiles([path, path], { onProgress })).toMatchObject([
        { spans: 4, logs: 2, metricPoints: 1 },
        { known: 4 },
      ]);
      const { size } = statSync(path);
      expect(told).toContainEqual([size, 2 * size]);
      expect(told.at(-1)).toStrictEqual([2 * size, 2 * size]);
      // The store tells spans that come again; the other records of the second reading are told by their number.
      expect([logs.length, points.length]).toStrictEqual([4, 2]);
    });

    it('tell of one bad file among others, and fail where all are bad', async () => {
      const files = createTraceFiles({ store: memoryStore().store, own: OWN, workerFile: worker });
      const good = new URL('fixtures/zipkin.json', import.meta.url).pathname;
      const bad = writeFile('bad.json', '{"no":"trace"}');
      expect(await files.importFiles([bad, good])).toMatchObject([
        {
          file: 'bad.json',
          problem: expect.stringContaining('holds no traces'),
          spans: 0,
          refused: [{ count: 1 }],
        },
        { file: 'zipkin.json', spans: 4 },
      ]);
      await expect(files.importFiles([bad])).rejects.toMatchObject({ code: 'file_unknown' });
    });

    it('replace no file where there is nothing to write, or it cannot be written', async () => {
      const files = createTraceFiles({ store: memoryStore([aSpan()]).store, own: OWN, workerFile: worker });
      const path = writeFile('kept.json', 'precious');
      const missing = { traceIds: ['f'.repeat(32)] };
      await expect(files.exportFile(missing, path, { format: 'jaeger' })).rejects.toMatchObject({
        code: 'trace_unknown',
        category: 'user',
      });
      await expect(
        files.exportFile({ search: search() }, '/nowhere/out.json', { format: 'otlp' }),
      ).rejects.toMatchObject({ code: 'export_failed', category: 'user' });
      expect(readFileSync(path, 'utf8')).toBe('precious');
      expect(readdirSync(pathFor('.')).filter((name) => name.endsWith('.part'))).toStrictEqual([]);
    });

    it('write CSV of a query as the spans that match', async () => {
      const spans = [aSpan(), aSpan({ spanId: '2'.repeat(16), name: 'other' })];
      const files = createTraceFiles({ store: memoryStore(spans).store, own: OWN, workerFile: worker });
      const path = pathFor('found.csv');
      const report = await files.exportFile({ search: search('other') }, path, { format: 'csv' });
      expect(report).toMatchObject({ spans: 1, traces: 1 });
      expect(readFileSync(path, 'utf8').trim().split('\r\n')).toHaveLength(2);
    });

    it('write no more spans than asked for, and say that there are more', async () => {
      const spans = [1, 2, 3].map((digit) => aSpan({ spanId: `${digit}`.repeat(16) }));
      const { store } = memoryStore(spans);
      const files = createTraceFiles({ store, own: OWN, workerFile: worker });
      const path = pathFor('two.csv');
      const report = await files.exportFile({ search: search() }, path, { format: 'csv', maxSpans: 2 });
      expect(report).toMatchObject({
        spans: 2,
        notes: [expect.anything(), expect.stringContaining('more spans')],
      });
      expect(readFileSync(path, 'utf8').trim().split('\r\n')).toHaveLength(3);
      const others = [aSpan(), aSpan({ traceId: '3'.repeat(32) })];
      const two = createTraceFiles({ store: memoryStore(others).store, own: OWN, workerFile: worker });
      const one = { search: { ...search(), limit: 1 } };
      const { notes } = await two.exportFile(one, pathFor('one-of-two.json'), { format: 'otlp' });
      expect(notes.join(' ')).toContain('more traces than were asked for');
    });

    it.skipIf(isWindows)(
      'write to where a link leads, into a pipe, and to one place from two sides',
      async () => {
        const files = createTraceFiles({ store: memoryStore([aSpan()]).store, own: OWN, workerFile: worker });
        const whole = { search: search() };
        const [real, link, pipe] = [writeFile('real.json', ''), pathFor('link.json'), pathFor('pipe.json')];
        rmSync(link, { force: true });
        symlinkSync(real, link);
        await Promise.all([1, 2].map(() => files.exportFile(whole, link, { format: 'otlp' })));
        expect(lstatSync(link).isSymbolicLink()).toBe(true);
        expect(readFileSync(real, 'utf8')).toContain('GET /cart');
        rmSync(pipe, { force: true });
        execFileSync('mkfifo', [pipe]);
        const reading = readFileAsync(pipe, 'utf8');
        await files.exportFile(whole, pipe, { format: 'otlp' });
        expect(await reading).toContain('GET /cart');
        expect(lstatSync(pipe).isFIFO()).toBe(true);
        await expect(files.exportFile(whole, '/tmp', { format: 'otlp' })).rejects.toMatchObject({
          code: 'export_failed',
          message: 'Cannot write /tmp: it is a folder.',
        });
      },
    );

    it('give a text for a language model, and pieces for a stream', async () => {
      const files = createTraceFiles({ store: memoryStore([aSpan()]).store, own: OWN, workerFile: worker });
      expect(await files.textForLlm(aSpan().traceId)).toContain('GET /cart');
      await expect(files.textForLlm('f'.repeat(32))).rejects.toMatchObject({ code: 'trace_unknown' });
      const pieces: string[] = [];
      await files.exportText(
        { traceIds: [aSpan().traceId] },
        { write: (text) => void pieces.push(text) },
        { format: 'jaeger' },
      );
      expect(JSON.parse(pieces.join(''))).toMatchObject({ data: [{ traceID: aSpan().traceId }] });
    });
  });
}

describe('a thread that is busy with a file', () => {
  it('ends when it is told to, and leaves nothing behind', async () => {
    const stop = new AbortController();
    const { store } = memoryStore(randomSpans(3000, 5));
    const slow: TraceFileStore = {
      ...store,
      async get(traceId) {
        setTimeout(() => stop.abort(), 50);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return store.get(traceId);
      },
    };
    const files = createTraceFiles({ store: slow, own: OWN, workerFile });
    const path = pathFor('stopped.json');
    const target = { format: 'otlp' } as const;
    await expect(files.exportFile({ search: search() }, path, target, stop.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(readdirSync(pathFor('.')).filter((name) => name.startsWith('stopped'))).toStrictEqual([]);
    const file = new URL('fixtures/zipkin.json', import.meta.url).pathname;
    await expect(files.importFiles([file], { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('stops in the middle of a file, and keeps what it had read by then', async () => {
    const path = pathFor('long.jsonl');
    const from = createTraceFiles({ store: memoryStore(randomSpans(8000, 9)).store, own: OWN, workerFile });
    await from.exportFile({ search: search() }, path, { format: 'otlp-jsonl' });
    const stop = new AbortController();
    const target = memoryStore();
    const store: TraceFileStore = {
      ...target.store,
      async writeSpans(bytes) {
        const report = await target.store.writeSpans(bytes);
        stop.abort();
        return report;
      },
    };
    const to = createTraceFiles({ store, own: OWN, workerFile });
    await expect(to.importFiles([path], { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
      message: expect.stringMatching(
        /stopped before the end\. What had come in stays: [\d,]+ spans\.$/,
      ) as string,
    });
    expect(target.spans.size).toBeGreaterThan(0);
    expect(target.spans.size).toBeLessThan(8000);
  });

  it('passes on what the store says', async () => {
    const { store } = memoryStore();
    const full: TraceFileStore = {
      ...store,
      writeSpans: async () => {
        throw new TracedeckError('degraded', 'traces_died', 'gone');
      },
    };
    const files = createTraceFiles({ store: full, own: OWN, workerFile });
    const path = pathFor('one.json');
    writeFileSync(path, readFileSync(new URL('fixtures/zipkin.json', import.meta.url)));
    await expect(files.importFiles([path])).rejects.toMatchObject({ code: 'traces_died' });
    expect(existsSync(path)).toBe(true);
  });
});
