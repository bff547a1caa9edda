/** What counting costs: cells resolved beforehand, attributes resolved at each call, and the SDK's instruments. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceIds } from '../../electron/telemetry/tracing/spanHandle.ts';
import { createMetrics } from '../../electron/telemetry/metrics/metrics.ts';
import { toPrometheusText } from '../../electron/telemetry/export/prometheusText.ts';

type Variant = { readonly name: string; readonly block: (count: number) => void };

const BLOCK_MS = 2;
const WARM_UP = 20;
const ATTRIBUTES = [
  { 'tracedeck.stage': 'analyse', 'tracedeck.cache.tier': 'memory', 'tracedeck.cache.outcome': 'hit' },
  { 'tracedeck.stage': 'write', 'tracedeck.cache.tier': 'memory', 'tracedeck.cache.outcome': 'hit' },
  { 'tracedeck.stage': 'write', 'tracedeck.cache.tier': 'disk', 'tracedeck.cache.outcome': 'miss' },
  { 'tracedeck.stage': 'analyse', 'tracedeck.cache.tier': 'disk', 'tracedeck.cache.outcome': 'miss' },
] as const;
const BOUNDARIES = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5,
];
/** Microseconds, spread over the buckets as operations of a database are. */
const DURATIONS = Float64Array.from(
  { length: 1024 },
  (_, i) => 1e-6 * 2 ** ((i * 7919) % 9) * (1 + i / 1024),
);

/** `run([blocks])`: measured blocks of each variant, 200 where not given. */
export async function run(args: string[]): Promise<void> {
  const blocks = Number(args[0] ?? 200);
  const spans = new AsyncLocalStorage<TraceIds>();
  let faults = 0;
  const metrics = createMetrics({
    resource: { 'service.name': 'bench' },
    currentIds: () => spans.getStore() ?? null,
    onFault: () => (faults += 1),
  });
  const meter = metrics.meter('bench');

  const counterCell = metrics.counter('bench.cell').cell(ATTRIBUTES[0]);
  const counter = metrics.counter('bench.counter');
  const gaugeCell = metrics.gauge('bench.gauge').cell(ATTRIBUTES[0]);
  const histogram = metrics.histogram('bench.histogram', { unit: 's', boundaries: BOUNDARIES });
  const histogramCell = histogram.cell(ATTRIBUTES[0]);
  const sdkCounter = meter.createCounter('bench.counter');
  const sdkHistogram = meter.createHistogram('bench.histogram', {
    unit: 's',
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  let sink = 0;
  const variants: Variant[] = [
    {
      name: 'empty loop over the durations',
      block: (count) => {
        for (let i = 0; i < count; i += 1) sink += DURATIONS[i & 1023]!;
      },
    },
    {
      name: 'counter cell, add',
      block: (count) => {
        for (let i = 0; i < count; i += 1) counterCell.add(1);
      },
    },
    {
      name: 'gauge cell, set',
      block: (count) => {
        for (let i = 0; i < count; i += 1) gaugeCell.set(i);
      },
    },
    {
      name: `histogram cell, record, ${BOUNDARIES.length} bounds`,
      block: (count) => {
        for (let i = 0; i < count; i += 1) histogramCell.record(DURATIONS[i & 1023]!);
      },
    },
    {
      name: 'counter.add, 3 attributes',
      block: (count) => {
        for (let i = 0; i < count; i += 1) counter.add(1, ATTRIBUTES[i & 3]!);
      },
    },
    {
      name: 'histogram.record, 3 attributes',
      block: (count) => {
        for (let i = 0; i < count; i += 1) histogram.record(DURATIONS[i & 1023]!, ATTRIBUTES[i & 3]!);
      },
    },
    {
      name: 'SDK counter.add, 3 attributes',
      block: (count) => {
        for (let i = 0; i < count; i += 1) sdkCounter.add(1, ATTRIBUTES[i & 3]!);
      },
    },
    {
      name: 'SDK histogram.record, 3 attributes',
      block: (count) => {
        for (let i = 0; i < count; i += 1) sdkHistogram.record(DURATIONS[i & 1023]!, ATTRIBUTES[i & 3]!);
      },
    },
  ];
  spans.run({ traceId: '1'.repeat(32), spanId: '2'.repeat(16) }, () => measure(variants, blocks));
  if (faults > 0 || sink === 0) throw new Error(`${faults} faults`);
  await measureScrape(50);
}

/** One block of each variant in turns; nanoseconds an operation, median and middle half. */
function measure(variants: readonly Variant[], blocks: number): void {
  const counts = variants.map(({ block }) => {
    for (let count = 1000; ; count *= 2) {
      const startMs = performance.now();
      block(count);
      if (performance.now() - startMs > BLOCK_MS) return count;
    }
  });
  const times = variants.map((): number[] => []);
  for (let round = -WARM_UP; round < blocks; round += 1) {
    for (const [i, { block }] of variants.entries()) {
      const startMs = performance.now();
      block(counts[i]!);
      if (round >= 0) times[i]!.push(((performance.now() - startMs) * 1e6) / counts[i]!);
    }
  }
  for (const [i, { name }] of variants.entries()) line(name, times[i]!, 'ns');
}

/** 200 series, a tenth of them histograms, collected and written for a scrape. */
async function measureScrape(rounds: number): Promise<void> {
  const metrics = createMetrics({
    resource: { 'service.name': 'bench' },
    currentIds: () => null,
    onFault: () => undefined,
  });
  for (let i = 0; i < 180; i += 1)
    metrics.counter(`bench.counter.${i % 18}`).add(i, { i, ...ATTRIBUTES[i & 3] });
  for (let i = 0; i < 20; i += 1)
    metrics.histogram('bench.wait', { unit: 's', boundaries: BOUNDARIES }).record(i / 1000, { i });
  const collectMs: number[] = [];
  const textMs: number[] = [];
  let length = 0;
  for (let round = -5; round < rounds; round += 1) {
    const startMs = performance.now();
    const snapshots = await metrics.collect();
    const middleMs = performance.now();
    ({ length } = toPrometheusText(snapshots, {
      format: 'openmetrics',
      resource: { 'service.name': 'bench' },
      scope: { name: 'bench', version: '1' },
    }).text);
    if (round < 0) continue;
    collectMs.push(middleMs - startMs);
    textMs.push(performance.now() - middleMs);
  }
  line('collect 200 series', collectMs, 'ms');
  line(`write them for Prometheus (${(length / 1000).toFixed(0)} kB)`, textMs, 'ms');
}

function line(what: string, values: readonly number[], unit: string): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(2);
  console.log(`${what.padEnd(40)} ${at(0.5).padStart(9)} ${unit}  (${at(0.25)} to ${at(0.75)})`);
}
