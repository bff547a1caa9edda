import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attributesKey } from '../../../../electron/telemetry/metrics/attributeCells.ts';
import { createMetrics } from '../../../../electron/telemetry/metrics/metrics.ts';
import { createRedactor } from '../../../../shared/redact.ts';
import type { TraceIds } from '../../../../electron/telemetry/tracing/spanHandle.ts';
import type { HistogramValue, MetricSnapshot } from '../../../../shared/metric.ts';
import type { Attributes } from '../../../../shared/span.ts';

const RESOURCE = { 'service.name': 'tracedeck' };
const spans = new AsyncLocalStorage<TraceIds>();
const span = (n: number): TraceIds => ({
  traceId: `${n}`.padStart(32, '0'),
  spanId: `${n}`.padStart(16, '0'),
});

let faults = 0;
let metrics: ReturnType<typeof createMetrics>;
beforeEach(() => {
  faults = 0;
  metrics = createMetrics({
    resource: RESOURCE,
    currentIds: () => spans.getStore() ?? null,
    onFault: () => (faults += 1),
  });
});
afterEach(() => metrics.shutdown());

const collected = async (name: string): Promise<MetricSnapshot | undefined> =>
  (await metrics.collect()).find((snapshot) => snapshot.name === name);
const numbers = async (name: string) =>
  ((await collected(name))?.points ?? []).map(({ attributes, value }) => [attributes, value]);
const histogramOf = async (name: string) => {
  const snapshot = await collected(name);
  if (snapshot?.kind !== 'histogram') throw new Error(`${name} is no histogram`);
  return snapshot.points[0]!;
};

describe('own instruments', () => {
  it('count per combination of attributes, in whatever order these are given', async () => {
    const counter = metrics.counter('cards', { unit: '{card}', description: 'Cards.' });
    counter.add(2, { deck: 'a', kind: 'basic' });
    counter.add(3, { kind: 'basic', deck: 'a' });
    counter.cell({ deck: 'a', kind: 'basic' }).add(4);
    counter.add(1, { deck: 'b' });
    counter.add(0.5);
    counter.add(0.25, {});
    expect(await collected('cards')).toEqual({
      name: 'cards',
      unit: '{card}',
      description: 'Cards.',
      kind: 'counter',
      points: [
        { attributes: { deck: 'a', kind: 'basic' }, value: 9 },
        { attributes: { deck: 'b' }, value: 1 },
        { attributes: {}, value: 0.75 },
      ],
    });
  });

  it('are the same when asked for again, with the first options', async () => {
    metrics.counter('cards', { unit: '{card}' }).add(1);
    metrics.counter('Cards', { unit: 'By' }).add(1);
    expect(await metrics.collect()).toMatchObject([
      { name: 'cards', unit: '{card}', points: [{ value: 2 }] },
    ]);
    expect(faults).toBe(0);
  });

  it('go up and down, hold a latest value, and fill inclusive buckets', async () => {
    const open = metrics.upDownCounter('open');
    const cell = open.cell({ pool: 'a' });
    expect(await numbers('open')).toEqual([[{ pool: 'a' }, 0]]);
    cell.add(3);
    open.add(-3, { pool: 'a' });
    open.add(-1.5, { pool: 'b' });
    expect(await numbers('open')).toEqual([
      [{ pool: 'a' }, 0],
      [{ pool: 'b' }, -1.5],
    ]);

    const gauge = metrics.gauge('level');
    gauge.cell({ tier: 'unset' });
    gauge.record(4, { tier: 'disk' });
    gauge.cell({ tier: 'disk' }).set(-7);
    expect(await numbers('level')).toEqual([[{ tier: 'disk' }, -7]]);

    const histogram = metrics.histogram('wait', { boundaries: [1, 2, 5] });
    for (const value of [0, 1, 1.5, 2, 5, 5.1, 100]) histogram.record(value, { q: 'x' });
    histogram.cell({ q: 'x' }).record(3);
    histogram.cell({ q: 'never' });
    expect(await collected('wait')).toEqual({
      name: 'wait',
      unit: '',
      description: '',
      kind: 'histogram',
      points: [
        {
          attributes: { q: 'x' },
          value: { count: 8, sum: 117.6, min: 0, max: 100, boundaries: [1, 2, 5], counts: [2, 2, 2, 2] },
        },
      ],
    });
  });

  it('are not reported before something was counted, except a 0 that was added by name', async () => {
    metrics.counter('quiet').cell({ a: 1 });
    metrics.histogram('empty').cell({});
    metrics.counter('nought').add(0, { a: 1 });
    expect(await metrics.collect()).toMatchObject([{ name: 'nought', points: [{ value: 0 }] }]);
  });

  it('refuse what cannot be summed, count it as a fault and go on', async () => {
    const counter = metrics.counter('up');
    const upDown = metrics.upDownCounter('both');
    const gauge = metrics.gauge('level');
    const histogram = metrics.histogram('wait', { boundaries: [1] });
    // Whoever is not checked by a compiler gives texts and what cannot be added to a number at all.
    const others = ['5', 1n, true, null, undefined, {}] as unknown as number[];
    for (const value of [Number.NaN, Infinity, -Infinity, ...others]) {
      counter.add(value);
      upDown.add(value);
      gauge.record(value);
      histogram.record(value);
    }
    counter.add(-1);
    histogram.record(-1);
    expect(faults).toBe(38);
    counter.add(1);
    upDown.add(-1);
    gauge.record(-1);
    histogram.record(1);
    expect(faults).toBe(38);
    expect((await collected('up'))?.points).toEqual([{ attributes: {}, value: 1 }]);
    expect((await metrics.collect()).map(({ points }) => points.length)).toEqual([1, 1, 1, 1]);
    expect((await histogramOf('wait')).value).toMatchObject({ count: 1, sum: 1 });
  });

  it('of a taken or impossible name take everything and report nothing', async () => {
    metrics.counter('cards').add(1);
    const gauge = metrics.gauge('cards');
    gauge.record(5);
    gauge.cell({}).set(5);
    metrics.histogram('9 lives').record(1);
    metrics.histogram('9 lives').cell({}).record(1);
    metrics.upDownCounter('').add(1);
    metrics.counter('x'.repeat(256)).cell({}).add(1);
    metrics.observableCounter('cards', {}, (report) => report(7))();
    metrics.counter(undefined as never).add(1);
    expect(await metrics.collect()).toMatchObject([
      { name: 'cards', kind: 'counter', points: [{ value: 1 }] },
    ]);
    expect(faults).toBe(7);
  });

  it('with options that are none report nothing either', async () => {
    metrics.counter('a', null as never).add(1);
    metrics.histogram('b', { boundaries: 5 as never }).record(1);
    metrics.observableGauge('c', null as never, (report) => report(1))();
    expect(await metrics.collect()).toEqual([]);
    expect(faults).toBe(3);
  });

  it('are 2,000 at the most, names made up at run time being a mistake', async () => {
    for (let i = 0; i < 2100; i += 1) metrics.counter(`made.up.${i}`).add(1);
    expect(await metrics.collect()).toHaveLength(2000);
    expect(faults).toBe(100);
    metrics.counter('made.up.7').add(1);
    expect(await numbers('made.up.7')).toEqual([[{}, 2]]);
  });

  it('put boundaries in order, count that as a fault, and have sensible ones of their own', async () => {
    metrics.histogram('mixed', { boundaries: [5, 1, Number.NaN, 5, 2] }).record(1.5);
    expect(faults).toBe(1);
    metrics.histogram('seconds', { unit: 's' }).record(3e-5);
    metrics.histogram('plain').record(3000);
    expect((await histogramOf('mixed')).value).toMatchObject({ boundaries: [1, 2, 5], counts: [0, 1, 0, 0] });
    const inOwnBucket = ({ boundaries, counts }: HistogramValue) => {
      const at = counts.indexOf(1);
      return [boundaries[at - 1], boundaries[at]];
    };
    expect(inOwnBucket((await histogramOf('seconds')).value)).toEqual([2e-5, 5e-5]);
    expect(inOwnBucket((await histogramOf('plain')).value)).toEqual([2500, 5000]);
  });

  it('tell 2,000 combinations apart and count the rest together, losing nothing', async () => {
    const counter = metrics.counter('many');
    for (let i = 0; i < 2500; i += 1) counter.add(1, { i });
    counter.add(1, { i: 7 });
    counter.cell({ i: 9999 }).add(1);
    const points = await numbers('many');
    expect(points).toHaveLength(2000);
    expect(points[7]).toEqual([{ i: 7 }, 2]);
    expect(points.at(-1)).toEqual([{ 'otel.metric.overflow': true }, 502]);
  });

  it('keep their own copy of the attributes, without what is no value', async () => {
    const attributes: Record<string, unknown> = {
      a: ['x', 'y'],
      b: null,
      c: { d: 1 },
      e: undefined,
      f: true,
    };
    const cell = metrics.counter('copied').cell(attributes as Attributes);
    attributes['f'] = false;
    cell.add(1);
    metrics.counter('copied').add(1, { f: true, a: ['x', 'y'] });
    expect(await numbers('copied')).toEqual([[{ a: ['x', 'y'], f: true }, 2]]);
  });

  it('find a combination again whichever orders, kinds of values and names it is mixed with', async () => {
    const counter = metrics.counter('mixed');
    const combinations: Attributes[] = [
      { a: 1, b: 2 },
      { a: 1, b: '2' },
      { a: 1 },
      { b: 2 },
      { a: true, b: 2 },
      { a: [1], b: 2 },
      { c: 1, a: 1, b: 2 },
    ];
    for (let round = 0; round < 3; round += 1) {
      for (const attributes of combinations) {
        counter.add(1, attributes);
        counter.add(1, Object.fromEntries(Object.entries(attributes).reverse()));
      }
    }
    expect(await numbers('mixed')).toEqual(combinations.map((attributes) => [attributes, 6]));
  });

  it('forget the way to a combination that is given in ever new orders, and count it all the same', async () => {
    const counter = metrics.counter('orders');
    const names = Array.from({ length: 12 }, (_, i) => `k${i}`);
    for (let i = 0; i < 2000; i += 1) {
      const place = (name: string) =>
        (Math.sin(i * 12.9898 + Number(name.slice(1)) * 78.233) * 43_758.5453) % 1;
      const order = names.toSorted((a, b) => place(a) - place(b));
      counter.add(1, Object.fromEntries(order.map((name) => [name, 'x'])));
    }
    expect(await numbers('orders')).toEqual([[Object.fromEntries(names.map((name) => [name, 'x'])), 2000]]);
  });

  it('count what has unreadable attributes with the overflow', async () => {
    const circular: unknown[] = [];
    circular.push(circular);
    metrics.counter('odd').add(2, { list: circular } as unknown as Attributes);
    metrics.counter('odd').add(1, { plain: 'x' });
    // Found by the way that the one before it went.
    const unreadable = {
      get plain(): string {
        throw new Error('unreadable');
      },
    };
    metrics.counter('odd').add(3, unreadable);
    expect(await numbers('odd')).toEqual([
      [{ plain: 'x' }, 1],
      [{ 'otel.metric.overflow': true }, 5],
    ]);
    expect(faults).toBe(2);
  });

  it('are gone after the shutdown, and may still be used', async () => {
    const counter = metrics.counter('cards');
    await metrics.shutdown();
    counter.add(1);
    expect(await metrics.collect()).toEqual([]);
    expect(faults).toBe(0);
  });
});

describe('attribute keys', () => {
  it('differ wherever attributes differ', () => {
    const different: Attributes[] = [
      {},
      { a: '' },
      { a: 'b' },
      { ab: '' },
      { a: 'b', c: 'd' },
      { a: 'b1:cs1:d' },
      { a: 1 },
      { a: '1' },
      { a: true },
      { a: 'true' },
      { a: 1, b: 2 },
      { a: [1, 2] },
      { a: ['1', '2'] },
      { a: '[1,2]' },
      { a: ['1,2'] },
    ];
    expect(new Set(different.map(attributesKey)).size).toBe(different.length);
    expect(attributesKey({ c: 1, a: 2, b: 3 })).toBe(attributesKey({ a: 2, b: 3, c: 1 }));
  });
});

describe('redaction', () => {
  const canary = 'sk-canary0123456789abcdef';

  it('keeps secrets out of attributes, and gives their variants one cell', async () => {
    const redactor = createRedactor();
    const redacting = createMetrics({
      resource: RESOURCE,
      currentIds: () => null,
      redactText: redactor.text,
      isSecretKey: redactor.isSecretKey,
      onFault: () => (faults += 1),
    });
    const counter = redacting.counter('calls');
    for (let i = 0; i < 3; i += 1) counter.add(1, { server: `https://u:${canary}${i}@host/`, n: i % 1 });
    counter.add(1, { api_key: 'whatever' });
    counter.add(1, { list: ['plain', `Bearer ${canary}`] });
    redacting.observableGauge('seen', {}, (report) => report(1, { token: `Bearer ${canary}` }));
    const snapshots = await redacting.collect();
    expect(JSON.stringify(snapshots)).not.toContain('canary');
    expect(snapshots[0]!.points.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ server: 'https://[redacted]@host/', n: 0 }, 3],
      [{ api_key: '[redacted]' }, 1],
      [{ list: ['plain', 'Bearer [redacted]'] }, 1],
    ]);
    expect(faults).toBe(0);
  });
});

describe('exemplars', () => {
  it('are the latest record of each bucket with the span it was made in', async () => {
    const cell = metrics.histogram('wait', { boundaries: [1, 10] }).cell({});
    const from = Date.now();
    spans.run(span(1), () => cell.record(0.5));
    spans.run(span(2), () => cell.record(5));
    spans.run(span(3), () => cell.record(6));
    cell.record(7);
    const { exemplars = [] } = await histogramOf('wait');
    expect(exemplars).toEqual([
      { value: 0.5, timeMs: expect.any(Number), ...span(1) },
      { value: 6, timeMs: expect.any(Number), ...span(3) },
    ]);
    expect(exemplars[0]!.timeMs).toBeGreaterThanOrEqual(from);
  });

  it('are missing where no span was active', async () => {
    metrics.histogram('wait').record(1);
    expect(await histogramOf('wait')).not.toHaveProperty('exemplars');
  });

  it('of a rare bucket are found within a burst that is hardly looked at', async () => {
    let asked = 0;
    const watched = createMetrics({
      resource: RESOURCE,
      currentIds: () => {
        asked += 1;
        return span(asked);
      },
      onFault: () => undefined,
    });
    const cell = watched.histogram('wait', { boundaries: [1] }).cell({});
    for (let i = 0; i < 100_000; i += 1) cell.record(i === 50_000 ? 9 : 0.5);
    expect(asked).toBeLessThan(2000);
    const before = asked;
    const [snapshot] = await watched.collect();
    expect(snapshot!.points[0]!.exemplars!.map(({ value }) => value)).toEqual([0.5, 9]);
    // After a collection the next record is looked at, however long the burst had the skips grow.
    cell.record(0.25);
    expect(asked).toBe(before + 1);
    const [again] = await watched.collect();
    expect(again!.points[0]!.exemplars!.map(({ value }) => value)).toEqual([0.25, 9]);
  });

  it('cost a fault and not the record when the span cannot be told', async () => {
    const broken = createMetrics({
      resource: RESOURCE,
      currentIds: () => {
        throw new Error('no context');
      },
      onFault: () => (faults += 1),
    });
    broken.histogram('wait').record(1);
    expect(faults).toBe(1);
    expect(await broken.collect()).toMatchObject([{ points: [{ value: { count: 1 } }] }]);
  });
});

describe('observed instruments', () => {
  it('are read at each collection, until they are ended', async () => {
    let size = 10;
    const end = metrics.observableGauge('size', { unit: 'By' }, (report) => {
      report(size, { tier: 'memory' });
      report(size * 2, { tier: 'disk' });
    });
    metrics.observableCounter('evictions', {}, (report) => report(3));
    expect(await metrics.collect()).toMatchObject([
      { name: 'size', unit: 'By', kind: 'gauge', points: [{ value: 10 }, { value: 20 }] },
      { name: 'evictions', kind: 'counter', points: [{ attributes: {}, value: 3 }] },
    ]);
    size = 11;
    expect(await numbers('size')).toEqual([
      [{ tier: 'memory' }, 11],
      [{ tier: 'disk' }, 22],
    ]);
    end();
    end();
    expect((await metrics.collect()).map(({ name }) => name)).toEqual(['evictions']);
  });

  it('of one name are read together, the later report of the same attributes holding', async () => {
    const read = (report: (value: number, attributes?: Attributes) => void) => report(1, { a: 1 });
    const end = metrics.observableGauge('size', {}, read);
    metrics.observableGauge('size', {}, read);
    metrics.observableGauge('size', {}, (report) => report(5, { a: 1 }));
    expect(await numbers('size')).toEqual([[{ a: 1 }, 5]]);
    end();
    expect(await numbers('size')).toEqual([[{ a: 1 }, 5]]);
  });

  it('that throw are a fault and spoil no others', async () => {
    metrics.observableGauge('bad', {}, (report) => {
      report(1);
      throw new Error('broken');
    });
    metrics.observableGauge('good', {}, (report) => report(2));
    metrics.observableCounter('odd', {}, (report) => {
      report(Number.NaN, { a: 1 });
      report(-1, { a: 2 });
      report(4, { a: 3 });
    });
    metrics.counter('plain').add(1);
    expect((await metrics.collect()).map(({ name, points }) => [name, points[0]!.value])).toEqual([
      ['bad', 1],
      ['good', 2],
      ['odd', 4],
      ['plain', 1],
    ]);
    expect(faults).toBe(3);
  });

  it('report no more than 2,000 combinations, counters adding up', async () => {
    metrics.observableCounter('counted', {}, (report) => {
      for (let i = 0; i < 2100; i += 1) report(2, { i });
    });
    metrics.observableGauge('held', {}, (report) => {
      for (let i = 0; i < 2100; i += 1) report(i, { i });
    });
    const counted = await numbers('counted');
    expect(counted).toHaveLength(2000);
    expect(counted.at(-1)).toEqual([{ 'otel.metric.overflow': true }, 202]);
    expect((await numbers('held')).at(-1)).toEqual([{ 'otel.metric.overflow': true }, 2099]);
  });

  it('that never end are given up, and what they say later is ignored', async () => {
    let late: (() => void) | undefined;
    metrics.observableGauge('slow', {}, async (report) => {
      report(1, { a: 1 });
      late = () => report(2, { a: 2 });
      await new Promise(() => undefined);
    });
    metrics.observableGauge('failing', {}, () => Promise.reject(new Error('broken')));
    metrics.observableGauge('fine', {}, async (report) => {
      await Promise.resolve();
      report(3);
    });
    const snapshots = await metrics.collect();
    late!();
    expect(snapshots.map(({ name, points }) => [name, points.length])).toEqual([
      ['slow', 1],
      ['fine', 1],
    ]);
    expect(faults).toBe(2);
  });

  it('may observe anew while they are read: that begins with the next collection', async () => {
    const observe = () => void metrics.observableGauge('growing', {}, observe);
    observe();
    metrics.observableGauge('creating', {}, () => metrics.counter('created').add(1));
    expect(await metrics.collect()).toEqual([]);
    expect(await metrics.collect()).toMatchObject([{ name: 'created', points: [{ value: 2 }] }]);
  });
});
