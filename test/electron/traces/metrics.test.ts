import { describe, expect, it } from 'vitest';
import { createDeltaAdder } from '../../../electron/traces/metricDeltas.ts';
import { packHistogram, unpackHistogram } from '../../../electron/traces/histogramPacking.ts';
import { openRecords } from '../../../electron/traces/records.ts';
import { stepsOver } from '../../../electron/traces/metricSeries.ts';
import { histogramPercentile } from '../../../shared/metric.ts';
import { metricSeriesSchema } from '../../../shared/traceQuery.ts';
import type { StoredPoint } from '../../../shared/traceQuery.ts';
import { histogram, openRecordsDb, point } from '../../fixtures/recordsDb.ts';

const open = () => openRecords(openRecordsDb());
const service = (name: string, more = {}) => ({
  resource: { 'service.name': name, ...more },
  scope: { name: 'test', version: null },
});

/** Steps of ten seconds over the first minute. */
function overMinute(points: readonly StoredPoint[], name = 'requests', toMs = 60_000) {
  const records = open();
  for (const one of points) records.writeMetrics([one]);
  return records.metricSeries(metricSeriesSchema.parse({ name, fromMs: 0, toMs }));
}
const valuesOf = (points: readonly StoredPoint[], toMs = 60_000) =>
  overMinute(points, 'requests', toMs)!.series.map(({ values }) => values);

describe('counters over time', () => {
  it('tell what each step added', () => {
    expect(valuesOf([point(10, 5), point(20, 5), point(30, 12), point(60, 15)])).toEqual([
      [5, 0, 7, 1, 1, 1],
    ]);
  });

  it('begin, where no time is asked for, with the step in which counting began', () => {
    const records = open();
    records.writeMetrics([point(20.1, 12, { startMs: 19_800 })]);
    const { startMs, series } = records.metricSeries(metricSeriesSchema.parse({ name: 'requests' }))!;
    expect(startMs[0]).toBe(10_000);
    expect(series[0]!.values.reduce<number>((sum, added) => sum + (added ?? 0), 0)).toBe(12);
  });

  it('write nothing while a total stays the same, and one point where it stops being so', () => {
    const records = open();
    expect(records.writeMetrics([point(10, 5)])).toBe(1);
    expect(records.writeMetrics([point(20, 5)])).toBe(0);
    expect(records.writeMetrics([point(50, 5)])).toBe(0);
    expect(records.writeMetrics([point(60, 8)])).toBe(2);
    const { series } = records.metricSeries(
      metricSeriesSchema.parse({ name: 'requests', fromMs: 0, toMs: 60_000 }),
    )!;
    expect(series[0]!.values).toEqual([5, 0, 0, 0, 0, 3]);
  });

  it('know a program that was started again by its start, even when it counts higher than before', () => {
    expect(
      valuesOf([
        point(10, 5),
        point(20, 9),
        point(40, 30, { startMs: 30_000 }),
        point(50, 31, { startMs: 30_000 }),
      ]),
    ).toEqual([[5, 4, null, 30, 1, null]]);
  });

  it('take a total that falls for one that began anew', () => {
    expect(valuesOf([point(10, 100), point(20, 110), point(30, 4), point(40, 6)])).toEqual([
      [100, 10, 4, 2, null, null],
    ]);
  });

  it('add up two processes that count at the same time', () => {
    const app = { startMs: 0 };
    const tool = { startMs: 1000 };
    expect(
      valuesOf([point(10, 5, app), point(11, 2, tool), point(20, 8, app), point(21, 4, tool)])[0]!.slice(
        0,
        3,
      ),
    ).toEqual([5 + 1, 3 + 2, 1]);
  });

  it('do not take what a program counted before it was seen for an increase', () => {
    const dayMs = 86_400_000;
    const seen = { startMs: -dayMs, origin: service('shop') };
    expect(valuesOf([point(10, 9000, seen), point(20, 9003, seen)])[0]).toEqual([
      null,
      3,
      null,
      null,
      null,
      null,
    ]);
    // A route that is called for the first time while the program is watched counts from nothing.
    const late = { ...seen, attributes: { route: '/late' } };
    const both = valuesOf([point(100, 9000, seen), point(110, 9003, seen), point(110, 7, late)], 120_000);
    expect(both.map((values) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).sort()).toEqual(
      [3, 7],
    );
  });

  it('stay whole numbers whose steps add up to the total, wherever steps and points lie', () => {
    const points = Array.from({ length: 40 }, (_, i) => point(3.7 + i * 7.3, Math.floor(i * i * 1.7)));
    const [values] = valuesOf(points, 300_000);
    expect(values!.every((value) => value === null || Number.isInteger(value))).toBe(true);
    expect(values!.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(Math.floor(39 * 39 * 1.7));
  });

  it('put a point that comes late where it belongs', () => {
    expect(valuesOf([point(10, 0), point(30, 10), point(20, 9)])).toEqual([[0, 9, 1, null, null, null]]);
  });

  it('are kept when the store is opened again in between', () => {
    const db = openRecordsDb();
    openRecords(db).writeMetrics([point(10, 5)]);
    openRecords(db).writeMetrics([point(20, 7)]);
    const found = openRecords(db).metricSeries(
      metricSeriesSchema.parse({ name: 'requests', fromMs: 0, toMs: 30_000 }),
    );
    expect(found!.series[0]!.values).toEqual([5, 2, null]);
  });
});

describe('gauges and up-down counters over time', () => {
  const gauge = { kind: 'gauge' } as const;
  const upDown = { kind: 'upDownCounter' } as const;

  it('keep their last value until something else is reported', () => {
    expect(
      valuesOf([point(5, 3, gauge), point(8, 4, gauge), point(38, 4, gauge), point(39, 1, gauge)]),
    ).toEqual([[4, 4, 4, 1, null, null]]);
  });

  it('add up processes of an up-down counter that live at the same time, not those that follow one another', () => {
    const first = { ...upDown, startMs: 0 };
    const second = { ...upDown, startMs: 5000 };
    expect(
      valuesOf([
        point(8, 3, first),
        point(9, 2, second),
        point(18, 4, first),
        point(19, 2, second),
      ])[0]!.slice(0, 2),
    ).toEqual([5, 6]);
    expect(
      valuesOf([point(12, 3, first), point(18, 2, { ...upDown, startMs: 17_000 })])[0]!.slice(0, 2),
    ).toEqual([null, 2]);
  });

  it('leave out a value that is not a number', () => {
    expect(overMinute([point(10, NaN, gauge)])).toBeNull();
  });
});

describe('histograms over time', () => {
  const bounds = [1, 10, 100];

  it('tell what each step added to each bucket, with percentiles', () => {
    const [series] = overMinute([
      point(10, { ...histogram(bounds, [10, 0, 0, 0], 5), min: 0.2, max: 0.9 }),
      point(20, { ...histogram(bounds, [10, 90, 0, 0], 500), min: 0.2, max: 9 }),
    ])!.series;
    const [first, second, third] = series!.histograms;
    expect(first).toMatchObject({ count: 10, counts: [10, 0, 0, 0], sum: 5, min: 0.2, max: 0.9 });
    expect(second).toMatchObject({ count: 90, counts: [0, 90, 0, 0], sum: 495, min: 1, max: 9 });
    expect(third).toBeNull();
    expect(histogramPercentile(second!, 0.5)).toBeCloseTo(5);
    expect(series!.values).toEqual([]);
  });

  it('have percentiles where nobody told the least and the greatest', () => {
    const [series] = overMinute([point(10, histogram(bounds, [2, 0, 0, 2], 900))])!.series;
    expect(series!.histograms[0]).toMatchObject({ min: 0, max: 100 });
  });

  it('are a series of their own once their buckets are cut anew', () => {
    const found = overMinute([
      point(10, histogram([1], [1, 1], 3)),
      point(20, histogram([2], [2, 2], 6)),
      point(30, histogram([2], [2, 5], 15)),
    ]);
    // Totals go on: what the first report of the new cut repeats has been counted.
    expect(found!.series.map(({ histograms }) => histograms.filter((one) => one !== null))).toMatchObject([
      [{ boundaries: [2], counts: [0, 3] }],
      [{ boundaries: [1], counts: [1, 1] }],
    ]);
    expect(found!.instrument.series).toBe(1);
  });

  it('survive packing bit by bit', () => {
    const totals = { counts: [0, 0, 7, 2 ** 40, 0, 0], sum: Math.PI, min: -0.5, max: 1e300 };
    expect(unpackHistogram(packHistogram(totals), 6)).toEqual(totals);
    const unknown = { counts: [0, 0], sum: 0, min: null, max: null };
    expect(unpackHistogram(packHistogram(unknown), 2)).toEqual(unknown);
    expect(() => unpackHistogram(packHistogram(totals), 3)).toThrow(RangeError);
  });
});

describe('one instrument', () => {
  it('is listed with its service, its series and its time', () => {
    const records = open();
    records.writeMetrics([
      point(10, 1),
      point(20, 1, { attributes: { route: '/a' } }),
      point(15, 1, { origin: service('shop') }),
    ]);
    expect(records.metricInstruments()).toEqual([
      {
        name: 'requests',
        unit: '{request}',
        description: 'Requests.',
        kind: 'counter',
        service: 'shop',
        series: 1,
        firstMs: 15_000,
        lastMs: 15_000,
      },
      {
        name: 'requests',
        unit: '{request}',
        description: 'Requests.',
        kind: 'counter',
        service: 'tracedeck',
        series: 2,
        firstMs: 10_000,
        lastMs: 20_000,
      },
    ]);
    const ask = (of: string | null) =>
      records.metricSeries(metricSeriesSchema.parse({ name: 'requests', service: of }))?.instrument.service;
    expect([ask('shop'), ask(null), ask('nobody')]).toEqual(['shop', 'tracedeck', undefined]);
  });

  it('of this program bears the name that this program goes by', () => {
    const records = openRecords(openRecordsDb(), service('cards'));
    records.writeMetrics([point(10, 1)]);
    expect(records.metricInstruments().map((one) => one.service)).toEqual(['cards']);
  });

  it('shows the fifty series that reported last, and says how many there are beside them', () => {
    const records = open();
    records.writeMetrics(Array.from({ length: 60 }, (_, i) => point(i + 1, i, { attributes: { i } })));
    const { series, leftOut } = records.metricSeries(
      metricSeriesSchema.parse({ name: 'requests', fromMs: 0, toMs: 60_000 }),
    )!;
    expect(series).toHaveLength(50);
    expect(series[0]!.attributes).toEqual({ i: 59 });
    expect(leftOut).toMatchObject({ more: true, unscanned: 10 });
  });

  it('shows the greatest exemplars of each step', () => {
    const exemplar = (timeMs: number, value: number) => ({
      timeMs,
      value,
      traceId: 'ab'.repeat(16),
      spanId: timeMs.toString(16).padStart(16, '0'),
    });
    const found = overMinute([
      point(20, histogram([1], [0, 4], 9), {
        exemplars: [exemplar(1000, 1), exemplar(2000, 5), exemplar(3000, 3), exemplar(15_000, 2)],
      }),
    ]);
    expect(found!.series[0]!.exemplars.map(({ value }) => value)).toEqual([5, 3, 2]);
  });
});

describe('records of a trace', () => {
  const exemplar = (trace: string, span: string, timeMs: number, value = 1) => ({
    timeMs,
    value,
    traceId: trace.repeat(32),
    spanId: span.repeat(16),
  });

  it('are found over all instruments and their attributes, those of the span first', () => {
    const records = open();
    records.writeMetrics([
      point(20, histogram([1], [0, 4], 9), {
        name: 'duration',
        unit: 's',
        attributes: { stage: 'write' },
        exemplars: [exemplar('a', '1', 2000, 5), exemplar('b', '1', 1000)],
      }),
      point(20, 3, {
        origin: service('stock'),
        exemplars: [exemplar('a', '2', 3000), exemplar('a', '1', 1000)],
      }),
    ]);
    const found = (spanId: string | null) =>
      records
        .exemplars('a'.repeat(32), spanId)
        .map(({ name, spanId, timeMs }) => `${name} ${spanId[0]} ${timeMs}`);
    expect(found(null)).toEqual(['requests 1 1000', 'duration 1 2000', 'requests 2 3000']);
    expect(found('2'.repeat(16))).toEqual(['requests 2 3000', 'requests 1 1000', 'duration 1 2000']);
    expect(records.exemplars('a'.repeat(32), null)[1]).toEqual({
      name: 'duration',
      service: 'tracedeck',
      kind: 'histogram',
      unit: 's',
      attributes: { stage: 'write' },
      ...exemplar('a', '1', 2000, 5),
    });
    expect(records.exemplars('c'.repeat(32), null)).toEqual([]);
  });

  it('are at most a hundred', () => {
    const records = open();
    const exemplars = Array.from({ length: 130 }, (_, i) => exemplar('a', '1', i));
    records.writeMetrics([point(20, 3, { exemplars })]);
    expect(records.exemplars('a'.repeat(32), null)).toHaveLength(100);
  });
});

describe('steps', () => {
  it('are equal, few enough, and the same for a window that has moved on a little', () => {
    for (const [from, to, points] of [
      [0, 1, 2],
      [0, 60_000, 120],
      [1_000_003, 604_800_000, 120],
      [1_795_341_395_090, 1_795_341_395_091, 1000],
      [0, 1e14, 2],
    ] as const) {
      const { startMs, stepMs, count } = stepsOver(from, to, points);
      expect(count).toBeLessThanOrEqual(points);
      expect(startMs).toBeLessThanOrEqual(from);
      expect(startMs + count * stepMs).toBeGreaterThanOrEqual(to);
    }
    const one = stepsOver(1_000_000, 4_600_000, 60);
    const next = stepsOver(1_011_000, 4_611_000, 60);
    expect((next.startMs - one.startMs) % one.stepMs).toBe(0);
  });
});

describe('deltas', () => {
  it('become totals since the first of them', () => {
    const adder = createDeltaAdder();
    const delta = (startS: number, endS: number, value: number) =>
      adder.add(point(endS, value, { startMs: startS * 1000 }));
    expect([delta(0, 10, 5), delta(10, 20, 2)].map(({ startMs, value }) => [startMs, value])).toEqual([
      [0, 5],
      [0, 7],
    ]);
  });

  it('count from another start once they were forgotten, so that nothing is counted twice', () => {
    const adder = createDeltaAdder(1);
    const of = (route: string, startS: number) =>
      adder.add(point(startS + 10, 4, { startMs: startS * 1000, attributes: { route } }));
    const points = [of('/a', 0), of('/b', 0), of('/a', 10)];
    expect(points.map(({ startMs }) => startMs)).toEqual([0, 0, 10_000]);
    expect(valuesOf(points).map((values) => values.slice(0, 2))).toEqual(expect.arrayContaining([[4, 4]]));
  });

  it('of histograms are added bucket by bucket', () => {
    const adder = createDeltaAdder();
    adder.add(point(10, histogram([1], [1, 2], 8)));
    expect(adder.add(point(20, histogram([1], [3, 4], 9))).value).toMatchObject({
      counts: [4, 6],
      count: 10,
      sum: 17,
    });
  });
});

describe('retention of points', () => {
  const dayMs = 86_400_000;

  it('thins what is older than a day without making a count wrong', () => {
    const records = open();
    for (let s = 10; s <= 7200; s += 10) records.writeMetrics([point(s, s * 3)]);
    const search = metricSeriesSchema.parse({ name: 'requests', fromMs: 0, toMs: 7_200_000, points: 12 });
    const before = records.metricSeries(search)!.series[0]!.values;
    const gone = records.prune({ beforeMs: null, maxLogs: 10, maxPoints: 1e6, nowMs: 2 * dayMs });
    expect(gone.points).toBeGreaterThan(500);
    expect(records.counts().metricPoints).toBe(720 - gone.points);
    expect(records.metricSeries(search)!.series[0]!.values).toEqual(before);
    expect(records.prune({ beforeMs: null, maxLogs: 10, maxPoints: 1e6, nowMs: 2 * dayMs }).points).toBe(0);
  });

  it('removes what is older than asked, says so, and counts on from there', () => {
    const records = open();
    for (let s = 10; s <= 600; s += 10) records.writeMetrics([point(s, s)]);
    records.writeMetrics([point(10, 1, { name: 'gone' })]);
    records.prune({ beforeMs: 300_000, maxLogs: 10, maxPoints: 1e6, nowMs: 600_000 });
    const { series, leftOut } = records.metricSeries(
      metricSeriesSchema.parse({ name: 'requests', fromMs: 0, toMs: 600_000, points: 10 }),
    )!;
    expect(series[0]!.values).toEqual([null, null, null, null, 10, 60, 60, 60, 60, 60]);
    expect(leftOut.prunedBeforeMs).toBe(300_000);
    expect(records.metricInstruments().map(({ name }) => name)).toEqual(['requests']);
    records.writeMetrics([point(610, 700)]);
    expect(records.counts().metricPoints).toBe(33);
  });

  it('removes the oldest hours where there are too many', () => {
    const records = open();
    for (let m = 1; m <= 300; m += 1) records.writeMetrics([point(m * 60, m)]);
    records.prune({ beforeMs: null, maxLogs: 10, maxPoints: 200, nowMs: 300 * 60_000 });
    const { metricPoints } = records.counts();
    expect(metricPoints).toBeLessThanOrEqual(181);
    expect(metricPoints).toBeGreaterThan(100);
  });
});
