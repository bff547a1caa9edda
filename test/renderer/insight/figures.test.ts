import { describe, expect, it } from 'vitest';
import type { FoundMetric } from '../../../shared/traceQuery.ts';
import { binsOf, extentOf, placeOf } from '../../../renderer/charts/distributionBins.ts';
import { heatRows } from '../../../renderer/charts/drawHeatMap.ts';
import { stackedValues } from '../../../renderer/charts/lineData.ts';
import { hitRates, stageRows, tiersOf } from '../../../renderer/views/insight/cacheFigures.ts';
import { formatRate, rateFormat, shortNumber } from '../../../shared/formatRate.ts';
import {
  componentGap,
  exporterFindings,
  recordingFindings,
  signalGap,
  storeFindings,
  wellText,
} from '../../../renderer/views/insight/healthFigures.ts';
import { faultName } from '../../../renderer/views/insight/faultName.ts';
import { searchNow } from '../../../renderer/views/insight/insightRoute.ts';
import { ledgerGap, ledgerTotal } from '../../../renderer/views/insight/ledgerFigures.ts';
import { findInstrument, metricKey } from '../../../renderer/derive/spanMetrics.ts';
import {
  exemplarsOf,
  greatestValue,
  metricFormat,
  mergedHistograms,
  percentileValues,
  shownValues,
  unitName,
} from '../../../renderer/views/insight/metricFigures.ts';
import { nextOrder, sortRows } from '../../../renderer/views/insight/sortRows.ts';
import type { Column } from '../../../renderer/views/insight/sortRows.ts';
import { cellText, columnWidths, toCsv, toJson } from '../../../renderer/views/insight/sqlText.ts';
import { compareVersions, FEW_SPANS, versionsOf } from '../../../renderer/views/insight/versionChange.ts';
import { anOperation, bucketsAround, fakeInsight } from './fakeInsight.ts';

const NOW_MS = Date.parse('2026-05-05T12:00:00Z');
const fake = fakeInsight(NOW_MS);
const ALL = { query: '', fromMs: null, toMs: null } as const;

describe('tables', () => {
  type Row = { readonly name: string; readonly ms: number | null };
  const columns: readonly Column<Row>[] = [
    { id: 'name', label: 'Name', value: ({ name }) => name, cell: ({ name }) => name },
    { id: 'ms', label: 'ms', value: ({ ms }) => ms, cell: () => '' },
  ];
  const rows: readonly Row[] = [
    { name: 'v0.10', ms: 2 },
    { name: 'v0.9', ms: null },
    { name: 'v0.2', ms: 7 },
  ];
  const names = (id: string, isDown: boolean) =>
    sortRows(rows, columns, { id, isDown }).map(({ name }) => name);

  it('puts unknown values last in either direction', () => {
    expect(names('ms', true)).toEqual(['v0.2', 'v0.10', 'v0.9']);
    expect(names('ms', false)).toEqual(['v0.10', 'v0.2', 'v0.9']);
  });
  it('reads the numbers in names', () => {
    expect(names('name', false)).toEqual(['v0.2', 'v0.9', 'v0.10']);
  });
  it('begins numbers with the greatest and names with the first', () => {
    const order = { id: '', isDown: false };
    expect(nextOrder(order, columns[1]!, rows[0])).toEqual({ id: 'ms', isDown: true });
    expect(nextOrder(order, columns[0]!, rows[0])).toEqual({ id: 'name', isDown: false });
    expect(nextOrder({ id: 'ms', isDown: true }, columns[1]!, rows[0])).toEqual({ id: 'ms', isDown: false });
  });
});

describe('numbers', () => {
  it('tells rates in the unit that keeps digits before the point', () => {
    expect([12.44, 0.61, 0.05, 0.0001, 0].map(formatRate)).toEqual([
      '12.4/s',
      '0.61/s',
      '3/min',
      '0.36/h',
      '0/s',
    ]);
  });
  it('tells rates that stand together in one unit, that of the greatest', () => {
    expect([0, 0.05, 0.2].map(rateFormat(0.2))).toEqual(['0/s', '0.05/s', '0.2/s']);
    expect([0, 0.01, 0.05].map(rateFormat(0.05))).toEqual(['0/min', '0.6/min', '3/min']);
    expect([0, 0.0001].map(rateFormat(0.0001))).toEqual(['0/h', '0.36/h']);
    const instrument = {
      name: 'a',
      description: '',
      unit: '{item}',
      kind: 'counter',
      service: 's',
      series: 2,
    };
    const series = [
      { attributes: {}, values: [6, null, 12], histograms: [], exemplars: [] },
      { attributes: {}, values: [1, 0, 0], histograms: [], exemplars: [] },
    ];
    const found = {
      instrument,
      series,
      startMs: [0, 60_000, 120_000],
      stepMs: 60_000,
    } as unknown as FoundMetric;
    const shown = found.series.slice(0, 1);
    expect([greatestValue(found.series, found), greatestValue([], found)]).toEqual([0.2, 0]);
    const format = metricFormat(found.instrument, greatestValue(shown, found));
    expect([...shownValues(series[1]!, found), 0.2].map((value) => format(value!))).toEqual([
      '0.017/s',
      '0/s',
      '0/s',
      '0.2/s',
    ]);
    const alone = metricFormat(found.instrument, greatestValue(found.series.slice(1), found));
    expect(alone(1 / 60)).toBe('1/min');
  });
  it('names units in words', () => {
    expect(['s', 'By', '{connection}', '1', ''].map(unitName)).toEqual([
      'seconds',
      'bytes',
      'connection',
      '',
      '',
    ]);
  });
  it('shortens large numbers and keeps small ones', () => {
    expect([950, 5210, 48_100, 2_214_600, 0.042, 999_950].map(shortNumber)).toEqual([
      '950',
      '5,210',
      '48.1k',
      '2.2M',
      '0.042',
      '1.0M',
    ]);
  });
});

describe('faults', () => {
  const fault = (errorType: string, message: string) =>
    faultName({
      errorType,
      message,
      service: 'shop',
      name: 'pay',
      count: 1,
      firstMs: 0,
      lastMs: 0,
      examples: [],
    });
  it('are called by their type, else by where they happen and how their message begins', () => {
    expect(fault('TimeoutError', 'no answer')).toBe('TimeoutError');
    expect(fault('', 'card refused by the bank of the buyer')).toBe('pay: card refused by the bank …');
    expect(fault('', 'no  answer\n')).toBe('pay: no answer');
    expect(fault('', ' ')).toBe('pay, no type');
  });
});

describe('distributions', () => {
  it('loses no span when buckets are gathered', () => {
    const buckets = bucketsAround(400, 0.5, 5000, 0.05);
    const extent = extentOf([buckets])!;
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    for (const bins of [7, 32, 400]) {
      expect(sum(binsOf(buckets, extent, bins).counts)).toBeCloseTo(sum(buckets.counts), 6);
    }
  });
  it('gives a single bucket some width and a place within it', () => {
    const extent = extentOf([{ baseMs: 1, growth: 1.02, first: 100, counts: [5] }])!;
    expect(extent.toMs / extent.fromMs).toBeCloseTo(1.5);
    expect(placeOf(Math.sqrt(extent.fromMs * extent.toMs), extent)).toBeCloseTo(0.5);
  });
  it('has no extent without spans', () => {
    expect(extentOf([{ baseMs: 1, growth: 1.02, first: 0, counts: [0, 0] }])).toBeNull();
  });
  it('draws the buckets of a heat map that hold anything, and one on either side', () => {
    const rows = heatRows([1, 2, 3, 4, 5], [[0, 0, 3, 0, 0, 0], null, [0, 0, 0, 1, 0, 0]]);
    expect(rows.map(({ from, to }) => [from, to])).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    expect(heatRows([1], [null, [0, 0]])).toEqual([]);
  });
});

describe('versions', () => {
  const rows = [
    anOperation('a', 100, 500, { version: '1.9.0' }),
    anOperation('a', 150, 400, { version: '1.10.0' }),
    anOperation('b', 10, FEW_SPANS - 1, { version: '1.9.0' }),
    anOperation('b', 20, 400, { version: '1.10.0' }),
    anOperation('c', 5, 900, { version: '1.10.0' }),
    anOperation('a', 1, 9),
  ];
  const versions = versionsOf(rows);

  it('stand in the order of their numbers, without spans that have none', () => {
    expect(versions.map(({ label }) => label)).toEqual(['tracedeck 1.9.0', 'tracedeck 1.10.0']);
  });
  it('are compared where both have enough spans, and nothing is told where not', () => {
    const compared = compareVersions(rows, versions[0]!.id, versions[1]!.id);
    const of = (name: string) => compared.find((row) => row.name === name)!;
    expect(of('a').p50Change).toBeCloseTo(0.5);
    expect(of('b')).toMatchObject({ isThin: true, p50Change: null, p95Change: null, errorChange: null });
    expect(of('c')).toMatchObject({ a: null, isThin: true, p50Change: null });
  });
});

describe('the cache lens', () => {
  it('takes the tier that is asked most for the first, and counts each lookup once', async () => {
    const lens = await fake.cacheLens({ ...ALL, points: 60 });
    expect(tiersOf(lens)).toEqual(['memory', 'disk']);
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    const write = lens.series.find(({ tier, stage }) => tier === 'memory' && stage === 'write');
    const row = stageRows(lens).find(({ stage }) => stage === 'write')!;
    expect(row.lookups).toBe(total(write!.hit) + total(write!.miss) + total(write!.stale));
    expect(row.hits).toBeLessThanOrEqual(row.lookups);
  });
  it('has no rate in steps without lookups, and none above one', async () => {
    const lens = await fake.cacheLens({ ...ALL, points: 10 });
    const first = lens.series.map((each) => ({
      ...each,
      hit: each.hit.with(0, 0),
      miss: each.miss.with(0, 0),
      stale: each.stale.with(0, 0),
    }));
    for (const { values } of hitRates({ ...lens, series: first }, undefined)) {
      expect(values[0]).toBeNull();
      for (const value of values.slice(1))
        expect(value).toSatisfy((share: number) => share >= 0 && share <= 1);
    }
  });
  it('stacks layers, a gap as nothing where another layer has something', () => {
    const series = (values: (number | null)[]) => ({ name: '', colour: '--chart-1' as const, values });
    expect(stackedValues([series([1, null, null]), series([2, 3, null])])).toEqual([
      [1, 0, null],
      [3, 3, null],
    ]);
  });
});

describe('the token ledger', () => {
  it('adds up by row and in all, with no price where nothing has one', async () => {
    const { items } = await fake.tokenLedger({ ...ALL, by: 'model' });
    expect(items.map(ledgerGap)).toEqual(items.map(() => 0));
    expect(ledgerGap(ledgerTotal(items))).toBe(0);
    expect(ledgerTotal(items).cost).toBeCloseTo(3.31);
    expect(ledgerTotal(items.filter(({ cost }) => cost === null)).cost).toBeNull();
    expect(ledgerGap({ ...items[0]!, total: items[0]!.total + 5 })).toBe(5);
  });
});

describe('metrics', () => {
  it('turns what a counter added into a rate and leaves gauges as they are', async () => {
    const items = (await fake.metricSeries({
      name: 'tracedeck.items',
      service: null,
      fromMs: null,
      toMs: null,
      points: 50,
    }))!;
    const size = (await fake.metricSeries({
      name: 'tracedeck.cache.size',
      service: null,
      fromMs: null,
      toMs: null,
      points: 50,
    }))!;
    expect(shownValues(items.series[0]!, items)[0]).toBeCloseTo(items.series[0]!.values[0]! / 60);
    expect(shownValues(size.series[0]!, size)).toBe(size.series[0]!.values);
  });
  it('adds the histograms of series up step by step; steps without any stay empty', async () => {
    const found = (await fake.metricSeries({
      name: 'tracedeck.item.duration',
      service: null,
      fromMs: null,
      toMs: null,
      points: 120,
    }))!;
    const merged = mergedHistograms(found.series, found.startMs.length);
    const [a, b] = found.series;
    expect(merged[0]!.count).toBe(a!.histograms[0]!.count + b!.histograms[0]!.count);
    expect(merged[54]).toBeNull();
    const p95 = percentileValues(merged, 0.95);
    expect(p95[54]).toBeNull();
    expect(p95[0]).toBeGreaterThan(percentileValues(merged, 0.5)[0]!);
  });
  it('has the examples that were come for before the greatest, each once', async () => {
    const found = (await fake.metricSeries({
      name: 'tracedeck.item.duration',
      service: null,
      fromMs: null,
      toMs: null,
      points: 120,
    }))!;
    const all = exemplarsOf(found.series, []);
    expect(all.length).toBeGreaterThan(3);
    const least = all.at(-1)!;
    const marked = exemplarsOf(found.series, [least]);
    expect(marked[0]).toEqual({ ...least, isMarked: true });
    expect(marked.filter(({ isMarked }) => isMarked)).toHaveLength(1);
    expect(marked).toHaveLength(all.length);
  });
  it('names an instrument by its service only where two share the name', async () => {
    const all = await fake.metricInstruments();
    const twin = { ...all[0]!, service: 'other' };
    expect(metricKey(all[0]!, all)).toBe('tracedeck.items');
    expect(findInstrument(metricKey(twin, [...all, twin]), [...all, twin])).toBe(twin);
    expect(findInstrument('gone', all)).toBeUndefined();
  });
});

describe('the self-check', () => {
  it('says nothing where nothing was lost, and what to do where something was', async () => {
    const well = await fake.telemetryStatus();
    const quiet = { ...well, spans: { ...well.spans, evicted: 0 } };
    expect(recordingFindings(quiet)).toEqual([]);
    const lost = recordingFindings({ ...quiet, store: { ...quiet.store, lost: 12 } });
    expect(lost).toMatchObject([{ id: 'lost', tone: 'bad', advice: expect.stringContaining('sampled') }]);
  });
  it('calls all well only as far as it can know', async () => {
    const store = await fake.traceStoreStatus();
    expect(wellText(storeFindings({ ...store, orphanSpans: 0 }))).toBe('Nothing was lost.');
    expect(wellText(storeFindings({ ...store, orphanSpans: 3 }))).toBe('Nothing that arrived was lost.');
    expect(wellText(storeFindings({ ...store, refusedSpans: 1 }))).toBe(null);
  });
  it('sees sums that do not add up', async () => {
    const { components, exporters } = await fake.telemetryStatus();
    expect(componentGap(components['database']!)).toBe(0);
    expect(componentGap(components['client']!)).toBe(2);
    expect(signalGap(exporters[0]!.signals.traces!)).toBe(0);
    expect(signalGap({ ...exporters[0]!.signals.traces!, sent: 47_000 })).toBe(100);
  });
  it('names waiting exporters, a store that is nearly full and files that were set aside', async () => {
    const { exporters } = await fake.telemetryStatus();
    expect(exporterFindings(exporters).map(({ id }) => id)).toEqual([
      'collector waiting',
      'collector rejected',
    ]);
    const store = await fake.traceStoreStatus();
    const ids = storeFindings({ ...store, bytes: store.maxBytes, setAside: ['traces.db.1'] }).map(
      ({ id }) => id,
    );
    expect(ids).toEqual(expect.arrayContaining(['full', 'aside', 'pruned']));
    const full = { ...store, bytes: store.maxBytes, pinnedTraces: store.traces };
    expect(storeFindings(full).map(({ id }) => id)).toContain('pinned');
    expect(storeFindings(full).map(({ id }) => id)).not.toContain('full');
  });
});

describe('SQL results', () => {
  const result = {
    columns: ['a', 'b', 'a'],
    rows: [
      ['x,"y"', 1.5, null],
      ['two\nlines', 0.1 + 0.2, 3],
    ] as const,
    truncated: false,
    tookMs: 1,
  };
  it('are CSV by RFC 4180 and JSON that keeps columns of one name apart', () => {
    expect(toCsv(result)).toBe('a,b,a\r\n"x,""y""",1.5,\r\n"two\nlines",0.30000000000000004,3\r\n');
    expect(JSON.parse(toJson(result))).toEqual([
      { a: 'x,"y"', b: 1.5, 'a 2': null },
      { a: 'two\nlines', b: 0.1 + 0.2, 'a 2': 3 },
    ]);
    expect(toJson({ ...result, rows: [] })).toBe('[]');
  });
  it('show fractions without their noise and columns as wide as what is in them', () => {
    expect(cellText(0.1 + 0.2)).toBe('0.3');
    expect(cellText(null)).toBe('NULL');
    expect(columnWidths(result)).toEqual([9, 3, 4]);
  });
});

describe('a length of time that ends now', () => {
  it('moves along; another start does not', () => {
    const search = { query: '', fromMs: 1000, toMs: null };
    expect(searchNow(search, { lengthMs: 500, fromMs: 1000 }, 9000).fromMs).toBe(8500);
    expect(searchNow(search, { lengthMs: 500, fromMs: 999 }, 9000)).toBe(search);
    expect(searchNow({ ...search, toMs: 2000 }, { lengthMs: 500, fromMs: 1000 }, 9000).fromMs).toBe(1000);
  });
});
