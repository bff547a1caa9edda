import type { BatchObservableCallback, ObservableCallback } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attributesKey } from '../../../../electron/telemetry/metrics/attributeCells.ts';
import { createMetrics } from '../../../../electron/telemetry/metrics/metrics.ts';
import { createRedactor } from '../../../../shared/redact.ts';
import type { MetricSnapshot } from '../../../../shared/metric.ts';
import type { Attributes } from '../../../../shared/span.ts';

const redactor = createRedactor();
let faults = 0;
let metrics: ReturnType<typeof createMetrics>;
beforeEach(() => {
  faults = 0;
  metrics = createMetrics({
    resource: { 'service.name': 'tracedeck' },
    currentIds: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16) }),
    redactText: redactor.text,
    isSecretKey: redactor.isSecretKey,
    onFault: () => (faults += 1),
  });
});
afterEach(() => metrics.shutdown());

const collected = async (name: string): Promise<MetricSnapshot | undefined> =>
  (await metrics.collect()).find((snapshot) => snapshot.name === name);
const numbers = async (name: string) =>
  ((await collected(name))?.points ?? []).map(({ attributes, value }) => [attributes, value]);

describe('meters of the OpenTelemetry API', () => {
  it('count what the program counts with its own instruments, point for point', async () => {
    const meter = metrics.meter('library', '2');
    const options = { unit: '{request}', description: 'Requests.' };
    const boundaries = [0.1, 1, 10];
    const advised = { unit: 's', advice: { explicitBucketBoundaries: boundaries } };
    const pairs = [
      [metrics.counter('requests', options), meter.createCounter('requests', options)],
      [metrics.upDownCounter('in.flight'), meter.createUpDownCounter('in.flight')],
    ] as const;
    const recorders = [
      [metrics.gauge('level', { unit: 'By' }), meter.createGauge('level', { unit: 'By' })],
      [metrics.histogram('wait', { unit: 's', boundaries }), meter.createHistogram('wait', advised)],
    ] as const;
    const read = (observe: (value: number, attributes: { read: string }) => void) =>
      observe(4, { read: 'yes' });
    metrics.observableCounter('observed', {}, read);
    metrics.observableGauge('observed.level', {}, read);
    const callback: ObservableCallback = (result) => read(result.observe.bind(result));
    meter.createObservableCounter('observed').addCallback(callback);
    meter.createObservableGauge('observed.level').addCallback(callback);
    let seed = 1;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let i = 0; i < 500; i += 1) {
      const attributes = { route: `/${Math.floor(random() * 5)}`, ok: random() < 0.5, list: ['a', 'b'] };
      const count = Math.floor(random() * 10);
      const value = Math.floor(random() * 1000) / 64;
      for (const adder of pairs.flat()) adder.add(count, attributes);
      for (const recorder of recorders.flat()) recorder.record(value, attributes);
    }
    for (const adder of pairs.flat()) adder.add(1);

    for (let round = 0; round < 2; round += 1) {
      const snapshots = await metrics.collect();
      const sorted = (isOwn: boolean) =>
        snapshots
          .filter(({ scope }) => (scope === undefined) === isOwn)
          .map(({ scope: _scope, points, ...rest }) => ({
            ...rest,
            points: (points as readonly { attributes: Attributes; value: unknown }[])
              .map(({ attributes, value }) => ({ attributes, value }))
              .sort((a, b) => (attributesKey(a.attributes) < attributesKey(b.attributes) ? -1 : 1)),
          }));
      expect(sorted(true)).toHaveLength(6);
      expect(sorted(false)).toEqual(expect.arrayContaining(sorted(true)));
      expect(sorted(true)).toEqual(expect.arrayContaining(sorted(false)));
    }
    expect(faults).toBe(0);
  });

  it('bear their scope and share instruments by name and version', async () => {
    metrics.meter('library', '2').createCounter('calls').add(1);
    metrics.meter('library', '2').createCounter('calls').add(1);
    metrics.meter('library', '3').createCounter('calls').add(5);
    metrics.meter('library').createCounter('calls').add(6);
    metrics.counter('calls').add(1);
    const snapshots = await metrics.collect();
    expect(snapshots.map(({ name, scope, points }) => [name, scope, points[0]!.value])).toEqual([
      ['calls', undefined, 1],
      ['calls', { name: 'library', version: '2' }, 2],
      ['calls', { name: 'library', version: '3' }, 5],
      ['calls', { name: 'library', version: '' }, 6],
    ]);
  });

  it('read several instruments at once, and only those that were named', async () => {
    const meter = metrics.meter('library');
    const upDown = meter.createObservableUpDownCounter('both');
    const gauge = meter.createObservableGauge('level');
    const foreign = meter.createObservableGauge('not');
    let open = 2;
    const batch: BatchObservableCallback = (result) => {
      result.observe(upDown, open);
      result.observe(gauge, 1.5, { b: 'c', a: true });
      result.observe(foreign, 1);
    };
    meter.addBatchObservableCallback(batch, [upDown, gauge]);
    expect(await metrics.collect()).toMatchObject([
      { name: 'both', kind: 'upDownCounter', points: [{ attributes: {}, value: 2 }] },
      { name: 'level', kind: 'gauge', points: [{ attributes: { a: true, b: 'c' }, value: 1.5 }] },
    ]);
    open = -1;
    expect(await numbers('both')).toEqual([[{}, -1]]);
    open = 7;
    meter.removeBatchObservableCallback(batch, [gauge, upDown]);
    expect(await numbers('both')).toEqual([[{}, -1]]);
  });

  it('tell 2,000 combinations apart and count the rest together, losing nothing', async () => {
    const counter = metrics.meter('library').createCounter('many');
    for (let i = 0; i < 2500; i += 1) counter.add(1, { i });
    const points = await numbers('many');
    expect(points).toHaveLength(2000);
    expect(points.at(-1)).toEqual([{ 'otel.metric.overflow': true }, 501]);
  });

  it('are silent after the shutdown, and may still be used', async () => {
    const counter = metrics.meter('library').createCounter('calls');
    counter.add(1);
    await metrics.shutdown();
    counter.add(1);
    metrics.meter('library').createCounter('calls').add(1);
    expect(await metrics.collect()).toEqual([]);
    await metrics.shutdown();
    expect(faults).toBe(0);
  });
});

describe('secrets in attributes', () => {
  const canary = 'sk-canary0123456789abcdef';

  it('are kept out of what is collected, and their variants are one point', async () => {
    const meter = metrics.meter('library');
    const counter = meter.createCounter('calls');
    const upDown = meter.createUpDownCounter('open');
    const gauge = meter.createGauge('level');
    const wait = meter.createHistogram('wait', { advice: { explicitBucketBoundaries: [1] } });
    for (let i = 0; i < 3; i += 1) {
      const attributes = { server: `https://u:${canary}${i}@host/`, n: 0 };
      counter.add(1, attributes);
      upDown.add(-1, attributes);
      gauge.record(i, attributes);
      wait.record(i, attributes);
    }
    counter.add(1, { api_key: 'whatever' });
    counter.add(1, { list: ['plain', `Bearer ${canary}`] });
    meter.createObservableGauge('seen').addCallback((result) => result.observe(1, { a: `Bearer ${canary}` }));
    const snapshots = await metrics.collect();
    expect(JSON.stringify(snapshots)).not.toContain('canary');
    const attributes = { server: 'https://[redacted]@host/', n: 0 };
    expect(snapshots.map(({ points }) => points)).toEqual([
      [
        { attributes, value: 3 },
        { attributes: { api_key: '[redacted]' }, value: 1 },
        { attributes: { list: ['plain', 'Bearer [redacted]'] }, value: 1 },
      ],
      [{ attributes, value: -3 }],
      [{ attributes, value: 2 }],
      [
        {
          attributes,
          value: { count: 3, sum: 3, min: 0, max: 2, boundaries: [1], counts: [2, 1] },
        },
      ],
      [{ attributes: { a: 'Bearer [redacted]' }, value: 1 }],
    ]);
  });

  it('that are named later are kept out of what was counted before', async () => {
    metrics.meter('library').createCounter('calls').add(1, { user: 'hunter-two' });
    redactor.protect('hunter-two');
    expect(await numbers('calls')).toEqual([[{ user: '[redacted]' }, 1]]);
  });
});

describe('callbacks', () => {
  it('that throw, reject or never end are faults and spoil no others', async () => {
    const meter = metrics.meter('library');
    let late: (() => void) | undefined;
    const slow = meter.createObservableGauge('slow');
    slow.addCallback(async (result) => {
      result.observe(1);
      late = () => result.observe(2);
      await new Promise(() => undefined);
    });
    meter.createObservableGauge('throwing').addCallback(() => {
      throw new Error('broken');
    });
    meter.createObservableGauge('failing').addCallback(() => Promise.reject(new Error('broken')));
    meter.createObservableGauge('fine').addCallback(async (result) => {
      await Promise.resolve();
      result.observe(3);
    });
    meter.addBatchObservableCallback(() => {
      throw new Error('broken');
    }, [slow]);
    metrics.meter('other').createCounter('counted').add(1);
    metrics.counter('own').add(1);
    const snapshots = await metrics.collect();
    late!();
    expect(snapshots.map(({ name, points }) => [name, points[0]!.value])).toEqual(
      expect.arrayContaining([
        ['own', 1],
        ['counted', 1],
        ['fine', 3],
      ]),
    );
    expect(snapshots).toHaveLength(3);
    expect(faults).toBe(4);
  });

  it('may ask for all metrics themselves', async () => {
    let inner: readonly MetricSnapshot[] = [];
    let isFirst = true;
    metrics
      .meter('library')
      .createObservableGauge('asking')
      .addCallback(async (result) => {
        if (isFirst) {
          isFirst = false;
          inner = await metrics.collect();
        }
        result.observe(5);
      });
    expect(await numbers('asking')).toEqual([[{}, 5]]);
    expect(inner).toMatchObject([{ name: 'asking' }]);
  });
});

it('attributes that cannot be read cost the meters this collection and the program nothing', async () => {
  let isGone = false;
  const attributes = {
    get state() {
      if (isGone) throw new Error('gone');
      return 'open';
    },
  };
  metrics.meter('library').createCounter('calls').add(1, attributes);
  isGone = true;
  metrics.counter('own').add(1);
  expect(await metrics.collect()).toMatchObject([{ name: 'own' }]);
  expect(faults).toBe(1);
});
