import { describe, expect, it } from 'vitest';
import { createMetricChanges, startMetricSampler } from '../../../electron/compose/metricSampler.ts';
import { openRecords } from '../../../electron/traces/records.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import type { MetricSnapshot } from '../../../shared/metric.ts';
import { metricSeriesSchema } from '../../../shared/traceQuery.ts';
import type { StoredPoint } from '../../../shared/traceQuery.ts';
import { openRecordsDb } from '../../fixtures/recordsDb.ts';

const counter = (value: number, name = 'items'): MetricSnapshot => ({
  name,
  unit: '{item}',
  description: '',
  kind: 'counter',
  points: [{ attributes: {}, value }],
});
const told = (points: readonly StoredPoint[]) =>
  points.map(({ name, startMs, timeMs, value }) => [name, startMs, timeMs, value]);

describe('what changed between samples', () => {
  it('is all that is told, with where it stood still before', () => {
    const changes = createMetricChanges(0);
    expect(told(changes.since([counter(1)], 10))).toEqual([['items', 0, 10, 1]]);
    expect(told(changes.since([counter(1)], 20))).toEqual([]);
    expect(told(changes.since([counter(1)], 30))).toEqual([]);
    expect(told(changes.since([counter(4)], 40))).toEqual([
      ['items', 0, 30, 1],
      ['items', 0, 40, 4],
    ]);
    expect(told(changes.since([counter(5)], 50))).toEqual([['items', 0, 50, 5]]);
  });

  it('counts from the sample before for what was not there then', () => {
    const changes = createMetricChanges(0);
    changes.since([counter(1)], 10);
    expect(told(changes.since([counter(1), counter(2, 'late')], 20))).toEqual([['late', 10, 20, 2]]);
  });

  it('is told again where it did not arrive', () => {
    const changes = createMetricChanges(0);
    changes.since([counter(1)], 10);
    changes.forgetWritten();
    expect(told(changes.since([counter(1)], 20))).toEqual([['items', 0, 20, 1]]);
  });

  it('brings an exemplar once', () => {
    const changes = createMetricChanges(0);
    const exemplar = { value: 1, timeMs: 5, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    const histogram = (count: number): MetricSnapshot => ({
      name: 'time',
      unit: 's',
      description: '',
      kind: 'histogram',
      points: [
        {
          attributes: {},
          value: { count, sum: count, min: 1, max: 1, boundaries: [], counts: [count] },
          exemplars: [exemplar],
        },
      ],
    });
    expect(changes.since([histogram(1)], 10)[0]!.exemplars).toEqual([exemplar]);
    expect(changes.since([histogram(2)], 20)[0]!.exemplars).toEqual([]);
  });
});

describe('the sampler', () => {
  it('writes once more when the program ends, however short it lived', async () => {
    const telemetry = initTelemetry({ version: '1' });
    const records = openRecords(openRecordsDb());
    const sampler = startMetricSampler(telemetry, {
      writeMetrics: async (points) => records.writeMetrics(points),
    });
    telemetry.metrics.counter('words', { unit: '{word}' }).add(3, { language: 'ko' });
    telemetry.metrics.meter('library').createCounter('words').add(5);
    await telemetry.shutdown(1000);
    const { series } = records.metricSeries(metricSeriesSchema.parse({ name: 'words' }))!;
    expect(series).toHaveLength(1);
    expect(records.metricInstruments().filter(({ name }) => name === 'words')).toHaveLength(2);
    expect(sampler.counts().failed).toBe(0);
    expect(sampler.counts().written).toBeGreaterThanOrEqual(2);
  });

  it('tries again when the store is busy at the end', async () => {
    const telemetry = initTelemetry({ version: '1' });
    let refusals = 2;
    const seen: StoredPoint[] = [];
    startMetricSampler(telemetry, {
      async writeMetrics(points) {
        if (refusals-- > 0) throw new Error('busy');
        seen.push(...points);
      },
    });
    telemetry.metrics.counter('words').add(3);
    await telemetry.shutdown(5000);
    expect(seen.find(({ name }) => name === 'words')).toMatchObject({ value: 3 });
  });

  it('tells a store that refused it the same again, and counts that', async () => {
    const telemetry = initTelemetry({ version: '1' });
    let isBroken = true;
    const seen: StoredPoint[] = [];
    const sampler = startMetricSampler(telemetry, {
      async writeMetrics(points) {
        if (isBroken) throw new Error('full');
        seen.push(...points);
      },
    });
    telemetry.metrics.counter('words').add(3);
    await sampler.sample();
    isBroken = false;
    await sampler.sample();
    expect(sampler.counts().failed).toBeGreaterThan(0);
    expect(seen.find(({ name }) => name === 'words')).toMatchObject({ value: 3 });
    await telemetry.shutdown(1000);
  });
});
