import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { addHistograms, histogramPercentile, type HistogramValue } from '../../../shared/metric.ts';
import type { FoundMetric } from '../../../shared/traceQuery.ts';
import { startReceiving, type Receiving } from './receiving.ts';

const open: Receiving[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
async function receiving(): Promise<Receiving> {
  const started = await startReceiving();
  open.push(started);
  return started;
}

async function post({ httpUrl }: Receiving, body: Uint8Array | string): Promise<void> {
  const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf';
  const answer = await fetch(`${httpUrl()}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: body as BodyInit,
  });
  expect(answer.status).toBe(200);
}

/** Neighbouring edges are so far apart at the most. */
const STEP = 2 ** (1 / 8);
/** Some of them on the edge of a bucket, over more than four powers of ten; no two alike but those. */
const SAMPLES = [...Array.from({ length: 400 }, (_, i) => 0.0007 * 1.03 ** i), 0.5, 1, 2, 4, 0];

/** By hand: the smallest that so many do not exceed. */
function exactPercentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]!;
}
/** By hand: how many lie in each bucket, above the edge before and up to its own. */
function countsIn(boundaries: readonly number[], samples: readonly number[]): number[] {
  return [...boundaries, Infinity].map(
    (end, i) => samples.filter((value) => value > (boundaries[i - 1] ?? -Infinity) && value <= end).length,
  );
}
const stepsOf = (found: FoundMetric | null): HistogramValue[] =>
  found!.series.flatMap(({ histograms }) => histograms.filter((step) => step !== null));

function expectToTell(histogram: HistogramValue, samples: readonly number[]): void {
  expect(histogram.count).toBe(samples.length);
  expect(histogram.sum).toBeCloseTo(
    samples.reduce((sum, value) => sum + value, 0),
    6,
  );
  expect(histogram.counts).toEqual(countsIn(histogram.boundaries, samples));
  for (const p of [0.05, 0.25, 0.5, 0.9, 0.95, 0.99]) {
    const exact = exactPercentile(samples, p);
    const told = histogramPercentile(histogram, p)!;
    const [low, high] = exact < 0 ? [exact * STEP, exact / STEP] : [exact / STEP, exact * STEP];
    expect(told, `p${p * 100}, exactly ${exact}`).toBeGreaterThanOrEqual(low);
    expect(told, `p${p * 100}, exactly ${exact}`).toBeLessThanOrEqual(high);
  }
}

/** The SDK's own recorder, read whenever it is asked for. */
class OnDemand extends MetricReader {
  constructor(temporality: AggregationTemporality) {
    super({ aggregationTemporalitySelector: () => temporality });
  }
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
  async read(): Promise<ResourceMetrics> {
    return (await this.collect()).resourceMetrics;
  }
}

describe('exponential histograms of the OpenTelemetry SDK', () => {
  const forms = [
    ['protobuf', (metrics: ResourceMetrics) => ProtobufMetricsSerializer.serializeRequest(metrics)!],
    [
      'JSON',
      (metrics: ResourceMetrics) =>
        new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(metrics)!),
    ],
  ] as const;
  const temporalities = [
    ['totals', AggregationTemporality.CUMULATIVE],
    ['differences', AggregationTemporality.DELTA],
  ] as const;
  for (const [form, serialize] of forms) {
    for (const [sentAs, temporality] of temporalities) {
      it(`are counted once and told by right percentiles, sent as ${sentAs} in ${form}`, async () => {
        const at = await receiving();
        const reader = new OnDemand(temporality);
        const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
        const provider = new MeterProvider({
          readers: [reader],
          views: [{ instrumentType: InstrumentType.HISTOGRAM, aggregation }],
        });
        const latency = provider.getMeter('shop').createHistogram('latency', { unit: 's' });
        const scales: number[] = [];
        // The range grows from report to report, and the recorder's scale falls.
        const middle = 200;
        for (const [from, to] of [
          [middle - 5, middle + 5],
          [middle - 60, middle - 5],
          [middle + 5, SAMPLES.length],
          [0, middle - 60],
        ] as const) {
          for (const value of SAMPLES.slice(from, to)) latency.record(value);
          // A report in the very moment of its start says nothing of how long it counted.
          await sleep(5);
          const metrics = await reader.read();
          const [point] = metrics.scopeMetrics[0]!.metrics[0]!.dataPoints;
          scales.push((point!.value as { scale: number }).scale);
          await post(at, serialize(metrics));
        }
        await provider.shutdown();
        expect(scales[0]).toBeGreaterThan(scales.at(-1)!);

        const found = await at.store.ask('metricSeries', {
          name: 'latency',
          service: null,
          fromMs: null,
          toMs: null,
          points: 50,
        });
        expect(found!.instrument).toMatchObject({ kind: 'histogram', unit: 's', series: 1 });
        expect(found!.series).toHaveLength(1);
        expectToTell(stepsOf(found).reduce(addHistograms), SAMPLES);
      });
    }
  }
});

/** A whole minute. */
const START = 1_790_000_040_000;
const nanos = (ms: number) => `${ms}000000`;

/** By hand, as the data model has it: bucket `i` ends at `2 ** ((i + 1) / 2 ** scale)`. */
function pointOf(samples: readonly number[], scale: number, atMs: number) {
  const bucketsOf = (values: readonly number[]) => {
    const indexes = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
    if (indexes.length === 0) return {};
    const offset = Math.min(...indexes);
    const bucketCounts = new Array<number>(Math.max(...indexes) - offset + 1).fill(0);
    for (const index of indexes) bucketCounts[index - offset]! += 1;
    return { offset, bucketCounts: bucketCounts.map(String) };
  };
  return {
    startTimeUnixNano: nanos(START),
    timeUnixNano: nanos(atMs),
    count: String(samples.length),
    sum: samples.reduce((sum, value) => sum + value, 0),
    min: Math.min(...samples),
    max: Math.max(...samples),
    scale,
    zeroCount: String(samples.filter((value) => value === 0).length),
    positive: bucketsOf(samples.filter((value) => value > 0)),
    negative: bucketsOf(samples.filter((value) => value < 0).map((value) => -value)),
  };
}
const requestOf = (dataPoints: readonly object[], temporality = 2) =>
  JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'drift',
                unit: 'ms',
                exponentialHistogram: { aggregationTemporality: temporality, dataPoints },
              },
            ],
          },
        ],
      },
    ],
  });
const driftOf = ({ store }: Receiving) =>
  store.ask('metricSeries', {
    name: 'drift',
    service: null,
    fromMs: START,
    toMs: START + 180_000,
    points: 3,
  });

describe('exponential histograms over time', () => {
  const parts = [
    [-3, -0.2, 0, 0.3, 1.5, 1.6],
    [-40, 0.004, 0.3, 2, 700, 900],
    [-0.001, 0, 65_536, 100_000],
  ];

  it('add to each step what came in it, however each report was cut', async () => {
    const at = await receiving();
    const scales = [12, 4, 3];
    for (const [i, scale] of scales.entries()) {
      await post(at, requestOf([pointOf(parts.slice(0, i + 1).flat(), scale, START + (i + 1) * 60_000)]));
    }
    const found = await driftOf(at);
    expect(found!.stepMs).toBe(60_000);
    const steps = found!.series[0]!.histograms.map((step) => step!);
    expect(steps.map(({ counts }) => counts)).toEqual(
      parts.map((samples) => countsIn(steps[0]!.boundaries, samples)),
    );
    expectToTell(steps.reduce(addHistograms), parts.flat());
  });

  it('are told from the first bucket that is used to the last, and one empty one at each side', async () => {
    const at = await receiving();
    await post(at, requestOf([pointOf([1.5, 3], 0, START + 60_000)]));
    const step = stepsOf(await driftOf(at)).find(({ count }) => count > 0);
    expect(step).toMatchObject({ boundaries: [1, 2, 4], counts: [0, 1, 1, 0] });
  });

  it('do not count again what a coarser report has in it', async () => {
    const at = await receiving();
    const seen = parts[1]!.filter((value) => value > 0);
    await post(at, requestOf([pointOf(seen, 3, START + 60_000)]));
    await post(at, requestOf([pointOf([...seen, 1e9], 1, START + 120_000)]));
    await post(at, requestOf([pointOf([...seen, 1e9, 5, 6], 1, START + 180_000)]));
    const counts = (await driftOf(at))!.series.flatMap(({ histograms }) =>
      histograms.map((step) => step?.count ?? 0),
    );
    // What came with the coarser report itself cannot be told from what it repeats.
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(seen.length + 2);
  });

  it('are refused where their scale is none', async () => {
    const at = await receiving();
    const points = [1e9, 0.5, 0].map((scale) => ({ ...pointOf([1.5], 0, START + 60_000), scale }));
    await post(at, requestOf(points));
    expect(stepsOf(await driftOf(at)).map(({ count }) => count)).toEqual([1]);
  });
});
