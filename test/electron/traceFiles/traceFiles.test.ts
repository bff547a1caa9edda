import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTraceFiles, type TraceFileStore } from '../../../electron/traceFiles/traceFiles.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { LogRecord, SpanRecord } from '../../../shared/span.ts';
import type { Found, FoundSpan, FoundTrace, StoredPoint } from '../../../shared/traceQuery.ts';
import { aSpan, byId, OWN, pathFor, writeFile } from './files.ts';
import { randomSpans } from './randomSpans.ts';

const workerFile = new URL('../../../electron/traceFiles/fileWorker.ts', import.meta.url);

/** Keeps what is written, and knows what it knew; `busy` refuses so many writes first. */
function memoryStore(initial: readonly SpanRecord[] = [], busy = 0) {
  const spans = new Map(initial.map((span) => [span.traceId + span.spanId, span]));
  const logs: LogRecord[] = [];
  const points: StoredPoint[] = [];
  let refusals = busy;
  const found = <T>(items: readonly T[]): Found<T> => ({
    items,
    leftOut: { more: false, scanned: items.length, unscanned: 0, prunedBeforeMs: null },
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
    async searchTraces({ limit }) {
      const ids = [...new Set([...spans.values()].map(({ traceId }) => traceId))];
      return found(ids.slice(0, limit).map((traceId) => ({ traceId }) as FoundTrace));
    },
    async searchSpans({ query }) {
      const matching = [...spans.values()].filter(({ name }) => name.includes(query));
      return found(matching.map((span) => ({ ...span, service: 's', durationMs: 1 }) satisfies FoundSpan));
    },
  };
  return { store, spans, logs, points };
}
const search = (query = '') => ({ query, fromMs: null, toMs: null, order: 'newest' as const, limit: 100 });

for (const [where, worker] of [
  ['in a thread', workerFile],
  ['in this thread', null],
] as const) {
  describe(`trace files ${where}`, () => {
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
      expect(await files.importFiles([path])).toMatchObject([{ spans: 4, logs: 2, metricPoints: 1 }]);
      expect([logs.length, points.length]).toStrictEqual([2, 1]);
    });

    it('tell of one bad file among others, and fail where all are bad', async () => {
      const files = createTraceFiles({ store: memoryStore().store, own: OWN, workerFile: worker });
      const good = new URL('fixtures/zipkin.json', import.meta.url).pathname;
      const bad = writeFile('bad.json', '{"no":"trace"}');
      expect(await files.importFiles([bad, good])).toMatchObject([
        { file: 'bad.json', spans: 0, refused: [{ count: 1 }] },
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
