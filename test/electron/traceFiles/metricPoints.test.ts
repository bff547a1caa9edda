import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTraceFiles, type TraceFileStore } from '../../../electron/traceFiles/traceFiles.ts';
import { openRecords, type Records } from '../../../electron/traces/records.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { FoundTrace, StoredPoint } from '../../../shared/traceQuery.ts';
import { histogram, openRecordsDb } from '../../fixtures/recordsDb.ts';
import { aSpan, OWN, pathFor, writeFile } from './files.ts';

const BEGAN = 1_790_000_000_000;
const origin = (name: string) => ({
  resource: { 'service.name': name, 'host.name': 'h' },
  scope: { name: 'meter', version: '2' },
});
const SPAN = aSpan({ startMs: BEGAN, endMs: BEGAN + 30_000, origin: origin('shop') });

/** Real tables of metrics beside one span. */
function storeOf(records: Records, spans: readonly SpanRecord[] = [SPAN]): TraceFileStore {
  const leftOut = { more: false, scanned: 0, unscanned: 0, prunedBeforeMs: null };
  return {
    writeSpans: async () => ({ added: 1, refused: 0 }),
    writeLogs: async () => undefined,
    writeMetrics: async (points) => records.writeMetrics(points),
    get: async () => encodeSpans([...spans]),
    logs: async () => [],
    metricPoints: async (question) => records.metricPoints(question),
    searchTraces: async () => ({ items: [{ traceId: SPAN.traceId } as FoundTrace], leftOut, tookMs: 0 }),
    searchSpans: async () => ({ items: [], leftOut, tookMs: 0 }),
  };
}
const filesOf = (records: Records, worker: URL | null = null) =>
  createTraceFiles({ store: storeOf(records), own: OWN, workerFile: worker });
const open = () => openRecords(openRecordsDb());

/** In the order of name, attributes and time. */
function allOf(records: Records, fromMs: number | null = null, toMs: number | null = null): StoredPoint[] {
  const points: StoredPoint[] = [];
  for (let after: number | null = null; ;) {
    const page = records.metricPoints({ fromMs, toMs, services: null, after });
    points.push(...page.points);
    if (page.next === null) return points;
    after = page.next;
  }
}
const search = (query: string, fromMs: number | null = null, toMs: number | null = null) => ({
  search: { query, fromMs, toMs, order: 'newest' as const, limit: 100 },
});

/** Five reports of every kind of metric, ten seconds apart. */
function everyKind() {
  const nanos = (ms: number) => `${ms}000000`;
  const reports = (make: (n: number) => object, start = BEGAN) =>
    [1, 2, 3, 4, 5].map((n) => ({
      attributes: [{ key: 'route', value: { stringValue: '/cart' } }],
      startTimeUnixNano: nanos(start),
      timeUnixNano: nanos(BEGAN + n * 10_000),
      exemplars: [
        {
          asDouble: n / 4,
          timeUnixNano: nanos(BEGAN + n * 10_000 - 5),
          traceId: SPAN.traceId,
          spanId: SPAN.spanId,
        },
      ],
      ...make(n),
    }));
  const temporality = { aggregationTemporality: 2 };
  const metrics = [
    {
      name: 'gauge',
      unit: 'By',
      gauge: { dataPoints: reports((n) => ({ asDouble: n % 2 === 0 ? -0.5 : n })) },
    },
    {
      name: 'sum',
      sum: { ...temporality, isMonotonic: true, dataPoints: reports((n) => ({ asInt: `${n * n}` })) },
    },
    { name: 'up and down', sum: { ...temporality, dataPoints: reports((n) => ({ asDouble: 10.25 - n })) } },
    {
      name: 'histogram',
      description: 'How long',
      histogram: {
        ...temporality,
        dataPoints: reports((n) => ({
          count: `${n + 1}`,
          sum: n * 1.5,
          min: 0.25,
          max: n,
          explicitBounds: [1, 10],
          bucketCounts: ['1', `${n}`, '0'],
        })),
      },
    },
    {
      name: 'exponential',
      exponentialHistogram: {
        ...temporality,
        dataPoints: reports((n) => ({
          count: `${2 * n + 1}`,
          sum: n,
          scale: 1,
          zeroCount: '1',
          positive: { offset: -2, bucketCounts: [`${n}`] },
          negative: { offset: 1, bucketCounts: ['0', `${n}`] },
        })),
      },
    },
    {
      name: 'summary',
      summary: {
        dataPoints: reports((n) => ({
          count: `${n}`,
          sum: n * 2,
          quantileValues: [
            { quantile: 0, value: 1 },
            { quantile: 1, value: n + 1 },
          ],
        })),
      },
    },
  ];
  const { resource, scope } = origin('shop');
  const attributes = Object.entries(resource).map(([key, value]) => ({ key, value: { stringValue: value } }));
  return { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope, metrics }] }] };
}

describe('metric points in exports', () => {
  for (const format of ['otlp', 'otlp-jsonl'] as const) {
    it(`come back point by point, of all five kinds, with their exemplars (${format})`, async () => {
      const thread = new URL('../../../electron/traceFiles/fileWorker.ts', import.meta.url);
      const from = open();
      const first = await filesOf(from).importFiles([writeFile('kinds.json', JSON.stringify(everyKind()))]);
      expect(first).toMatchObject([{ metricPoints: 30, refused: [] }]);
      const path = pathFor(`metrics.${format}`);
      const target = { format, withMetrics: true };
      const report = await filesOf(from, thread).exportFile(search(''), path, target);
      expect(report).toMatchObject({ spans: 1, metricPoints: 30, notes: [] });
      const to = open();
      const second = await filesOf(to, thread).importFiles([path]);
      expect(second).toMatchObject([{ spans: 1, metricPoints: 30, refused: [], notes: [] }]);
      const points = allOf(to);
      expect(points).toStrictEqual(allOf(from));
      // What was in the first file, but for what the store tells by buckets.
      const values = (name: string) =>
        points.filter((point) => point.name === name).map(({ value }) => value);
      expect(values('gauge')).toEqual([1, -0.5, 3, -0.5, 5]);
      expect(values('sum')).toEqual([1, 4, 9, 16, 25]);
      expect(values('up and down')).toEqual([9.25, 8.25, 7.25, 6.25, 5.25]);
      expect(values('histogram')[4]).toEqual({
        count: 6,
        sum: 7.5,
        min: 0.25,
        max: 5,
        boundaries: [1, 10],
        counts: [1, 5, 0],
      });
      expect(values('summary')[2]).toEqual({ count: 3, sum: 6, min: 1, max: 4, boundaries: [], counts: [3] });
      expect(points.map(({ exemplars }) => exemplars.length)).toEqual(points.map(() => 1));
      const summary = points.find(({ name }) => name === 'summary')!;
      expect(summary).toMatchObject({
        origin: origin('shop'),
        attributes: { route: '/cart' },
        startMs: BEGAN,
        timeMs: BEGAN + 10_000,
        exemplars: [{ value: 0.25, timeMs: BEGAN + 9995, traceId: SPAN.traceId, spanId: SPAN.spanId }],
      });
      expect(points.find(({ name }) => name === 'histogram')!.description).toBe('How long');
    });
  }

  it('are left out unless they are asked for', async () => {
    const from = open();
    await filesOf(from).importFiles([writeFile('kinds.json', JSON.stringify(everyKind()))]);
    const path = pathFor('without.json');
    const report = await filesOf(from).exportFile(search(''), path, { format: 'otlp' });
    expect(report.metricPoints).toBeUndefined();
    expect(readFileSync(path, 'utf8')).not.toContain('resourceMetrics');
  });

  it('are said to have no place in other forms', async () => {
    const target = { format: 'jaeger', withMetrics: true } as const;
    const { notes } = await filesOf(open()).exportText(search(''), { write() {} }, target);
    expect(notes).toContain('This form has no place for metrics.');
  });

  const point = (name: string, atS: number, value: StoredPoint['value'], service = 'shop'): StoredPoint => ({
    name,
    unit: '',
    description: '',
    kind: typeof value === 'number' ? 'counter' : 'histogram',
    attributes: {},
    origin: origin(service),
    startMs: BEGAN - 10_000_000,
    timeMs: BEGAN + atS * 1000,
    value,
    exemplars: [],
  });
  const exportedPoints = async (records: Records, selection: Parameters<typeof search>) => {
    const path = pathFor('part.json');
    await filesOf(records).exportFile(search(...selection), path, { format: 'otlp', withMetrics: true });
    const to = open();
    expect((await filesOf(to).importFiles([path]))[0]!.refused).toEqual([]);
    return to;
  };

  it('are those of a trace’s services, from a minute before it to a minute after it', async () => {
    const from = open();
    for (let atS = -300; atS <= 300; atS += 30)
      from.writeMetrics([point('requests', atS, 1000 + atS), point('other', atS, 1000 + atS, 'bank')]);
    const to = await exportedPoints(from, ['name = x']);
    const found = allOf(to);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['requests']));
    // The report before them says what had been counted already.
    expect(found.map(({ timeMs }) => (timeMs - BEGAN) / 1000)).toEqual([-90, -60, -30, 0, 30, 60, 90]);
    const ofTime = await exportedPoints(from, ['', BEGAN, BEGAN + 60_000]);
    expect(allOf(ofTime).map(({ name, timeMs }) => [name, (timeMs - BEGAN) / 1000])).toEqual(
      ['requests', 'other'].flatMap((name) => [-30, 0, 30, 60].map((atS) => [name, atS])),
    );
  });

  it('do not count again what had been counted before their time, of totals that rested as well', async () => {
    const from = open();
    for (let atS = -300; atS <= 300; atS += 30) {
      from.writeMetrics([
        point('busy', atS, 1000 + atS),
        point('resting', atS, atS < 40 ? 7 : 9),
        point('buckets', atS, histogram([1], [atS < 40 ? 5 : 6, 0], 5)),
      ]);
    }
    const to = await exportedPoints(from, ['', BEGAN, BEGAN + 90_000]);
    const added = (name: string) => {
      const search = { name, service: null, fromMs: BEGAN, toMs: BEGAN + 90_000, points: 20 };
      const [series] = to.metricSeries(search)!.series;
      return series!.histograms.length > 0
        ? series!.histograms.reduce((sum, step) => sum + (step?.count ?? 0), 0)
        : series!.values.reduce<number>((sum, step) => sum + (step ?? 0), 0);
    };
    expect([added('busy'), added('resting'), added('buckets')]).toEqual([90, 2, 1]);
  });

  it('come in pages of whole series', () => {
    const records = open();
    for (let series = 0; series < 3; series += 1) {
      const points = Array.from({ length: 4000 }, (_, i) => point(`c${series}`, i, i));
      records.writeMetrics(points);
    }
    const first = records.metricPoints({ fromMs: null, toMs: null, services: null, after: null });
    expect(first.points.map(({ name }) => name).at(-1)).toBe('c1');
    const second = records.metricPoints({ fromMs: null, toMs: null, services: null, after: first.next });
    expect([first.points.length, second.points.length, second.next]).toEqual([8000, 4000, null]);
  });
});
