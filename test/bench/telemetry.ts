/** What telemetry costs: memory of the ring, packing, and a span as the pipeline makes it. */
import { decodeSpans, encodeSpans } from '../../shared/spanCodec.ts';
import { spanCountOf } from '../../shared/spanFormat.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { createSpanRing } from '../../electron/telemetry/spans/spanRing.ts';
import { initTelemetry } from '../../electron/telemetry/telemetry.ts';
import { pipelineSpans } from '../electron/telemetry/pipelineSpans.ts';
import { PlainSpan } from '../electron/telemetry/spans/plainSpan.ts';

/** `run([spans])`: the number of spans, 100,000 where not given. */
export async function run(args: string[]): Promise<void> {
  const count = Number(args[0] ?? 100_000);
  const spans = pipelineSpans(count);
  console.log(`${spans.length} spans of the pipeline's own form`);
  benchRing(spans);
  benchCodec(spans.slice(0, 4096));
  benchSpans();
}

function benchRing(spans: readonly SpanRecord[]): void {
  const capacity = 131_072;
  const before = heapBytes();
  const ring = createSpanRing({ capacity });
  for (let filled = 0; filled < capacity;) {
    // A trace each time, so that strings are as many as they would be.
    for (const span of spans.slice(0, capacity - filled)) {
      new PlainSpan(span).start(ring).end(ring);
      filled += 1;
    }
  }
  const heap = Math.max(0, heapBytes() - before);
  const { columnBytes, textBytes, strings } = ring.memory();
  line('ring, columns', [columnBytes / capacity], 'B/span');
  line('ring, columns and heap growth', [(columnBytes + heap) / capacity], 'B/span');
  console.log(`  ${strings} strings, ${textBytes} B of text, held ${ring.counts().held}`);

  const perSpan: number[] = [];
  const sizes: number[] = [];
  for (let block = 0; block < 30; block += 1) {
    const startMs = performance.now();
    const batch = ring.since(0, 4096);
    perSpan.push(((performance.now() - startMs) * 1e6) / spanCountOf(batch.bytes));
    sizes.push(batch.bytes.byteLength / spanCountOf(batch.bytes));
  }
  line('ring to packed bytes', perSpan, 'ns/span');
  line('packed bytes', sizes, 'B/span');

  const recorded: number[] = [];
  for (let block = 0; block < 60; block += 1) {
    const fresh = Array.from(
      { length: 2000 },
      (_, i) => new PlainSpan(spans[(block * 2000 + i) % spans.length]!),
    );
    const startMs = performance.now();
    for (const span of fresh) span.start(ring).end(ring);
    recorded.push(((performance.now() - startMs) * 1e6) / 2000);
  }
  line('ring, start and end', recorded, 'ns/span');
}

function benchCodec(spans: readonly SpanRecord[]): void {
  const encode: number[] = [];
  const decode: number[] = [];
  let bytes: Uint8Array = new Uint8Array();
  for (let block = 0; block < 30; block += 1) {
    const startMs = performance.now();
    bytes = encodeSpans(spans);
    const middleMs = performance.now();
    decodeSpans(bytes);
    encode.push(((middleMs - startMs) * 1e6) / spans.length);
    decode.push(((performance.now() - middleMs) * 1e6) / spans.length);
  }
  line('records to packed bytes', encode, 'ns/span');
  line('packed bytes to records', decode, 'ns/span');
}

function benchSpans(): void {
  const measure = (enabled: boolean) => {
    const telemetry = initTelemetry({ enabled, version: 'bench' });
    const attributes = { 'tracedeck.stage': 'analyse' };
    const times: number[] = [];
    telemetry.withSpan('run', () => {
      for (let block = 0; block < 60; block += 1) {
        const startMs = performance.now();
        for (let i = 0; i < 1000; i += 1) {
          telemetry.withSpan('stage analyse', { attributes }, (span) =>
            span.set('tracedeck.cache.tier', 'memory'),
          );
        }
        times.push((performance.now() - startMs) * 1e3);
      }
    });
    return times.slice(20).map((us) => us);
  };
  line(
    'withSpan, recorded',
    measure(true).map((us) => us),
    'ns/span',
  );
  line('withSpan, telemetry off', measure(false), 'ns/span');
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Median and the middle half. */
function line(what: string, values: readonly number[], unit: string): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const show = (value: number) => (value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  const spread = values.length > 1 ? `  (${show(at(0.25))} to ${show(at(0.75))})` : '';
  console.log(`${what.padEnd(32)} ${show(at(0.5)).padStart(10)} ${unit}${spread}`);
}
