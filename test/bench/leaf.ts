/** What a hot operation costs in each mode, what a row takes, and what it costs to pack rows and to expand them. */
import { decodeBlock, leavesToSpans } from '../../shared/leafCodec.ts';
import type { ComponentSettings } from '../../shared/telemetrySettings.ts';
import type { Operation, Telemetry } from '../../electron/telemetry/api.ts';
import { initTelemetry } from '../../electron/telemetry/telemetry.ts';
import { median } from './medians.ts';

const MODES: Readonly<Record<string, ComponentSettings>> = {
  'row (leaf)': { mode: 'leaf', every: 1, slowMs: 100 },
  'sampled 1 in 8': { mode: 'sampled', every: 8, slowMs: 100 },
  'sampled 1 in 64': { mode: 'sampled', every: 64, slowMs: 100 },
  'counted only': { mode: 'counted', every: 1, slowMs: 100 },
  off: { mode: 'off', every: 1, slowMs: 100 },
  'full span': { mode: 'full', every: 1, slowMs: 100 },
};
const OPERATIONS = 20_000;
/** Rows in the memory of a benchmark: two batches of the trace store. */
const ROWS = 8192;

/** `run([blocks])`: the number of blocks a figure is the median of, 150 where not given. */
export async function run(args: string[]): Promise<void> {
  const blocks = Number(args[0] ?? 150);
  const telemetry = initTelemetry({ version: 'bench' });
  await telemetry.withSpan('bench', async () => {
    await benchModes(telemetry, blocks);
    await benchBlocks(telemetry, Math.min(blocks, 60));
  });
  await telemetry.shutdown(1000);
}

async function benchModes(telemetry: Telemetry, blocks: number): Promise<void> {
  const nothing: number[] = [];
  const clock: number[] = [];
  const results = new Map(Object.keys(MODES).map((name) => [name, [] as number[]]));
  const operations = new Map(
    Object.entries(MODES).map(([name, settings]) => {
      const component = telemetry.component(name);
      component.configure(settings);
      return [name, component.operation('select', { synchronous: true, facts: ['rows'] })];
    }),
  );
  for (let block = 0; block < blocks; block += 1) {
    nothing.push(timed(() => work(OPERATIONS)));
    clock.push(timed(() => readClock(OPERATIONS)));
    for (const [name, operation] of operations) {
      const count = name === 'full span' ? OPERATIONS / 20 : OPERATIONS;
      const totalNs = timed(() => operate(operation, count)) * (OPERATIONS / count);
      results.get(name)!.push(totalNs);
    }
    // Turns end, as they do in the program.
    await new Promise(setImmediate);
  }
  line(
    'one reading of the clock',
    clock.map((ns, i) => (ns - nothing[i]!) / OPERATIONS),
    'ns',
  );
  for (const [name, measured] of results) {
    line(
      name,
      measured.map((ns, i) => (ns - nothing[i]!) / OPERATIONS),
      'ns/operation',
    );
  }
}

async function benchBlocks(telemetry: Telemetry, blocks: number): Promise<void> {
  const component = telemetry.component('blocks');
  component.configure({ mode: 'leaf', every: 1, slowMs: 100 });
  const kinds = ['cache get', 'cache set', 'SELECT cards', 'INSERT cards'].map((name) =>
    component.operation(name, {
      attributes: { 'db.system.name': 'sqlite', 'db.namespace': 'deck' },
      facts: ['rows'],
    }),
  );
  const reader = telemetry.spans.reader(true);
  const pack: number[] = [];
  const sizes: number[] = [];
  const expand: number[] = [];
  const decode: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    for (let item = 0; item < ROWS / 8; item += 1) {
      telemetry.withSpan('item', () => {
        for (let i = 0; i < 8; i += 1) operate(kinds[i % kinds.length]!, 1);
      });
    }
    for (;;) {
      const startMs = performance.now();
      const bytes = reader.next(ROWS);
      const ns = (performance.now() - startMs) * 1e6;
      if (bytes === null) break;
      const expandMs = performance.now();
      try {
        leavesToSpans(bytes);
      } catch {
        // A block of spans: the items themselves.
        continue;
      }
      const decodeMs = performance.now();
      decodeBlock(bytes);
      pack.push(ns / ROWS);
      sizes.push(bytes.byteLength / ROWS);
      expand.push(((decodeMs - expandMs) * 1e6) / ROWS);
      decode.push(((performance.now() - decodeMs) * 1e6) / ROWS);
    }
    await new Promise(setImmediate);
  }
  const { rowBytes } = telemetry.spans.memory();
  console.log(
    `  ${'columns and parents, 8 rows a parent'.padEnd(36)} ${(rowBytes / 262_144).toFixed(1)} B/row`,
  );
  line('packed', sizes, 'B/row');
  line('packing', pack, 'ns/row');
  line('expanding (not the main thread)', expand, 'ns/row');
  line('as records (not the main thread)', decode, 'ns/row');
  reader.close();
}

let sink = 0;
function work(count: number): void {
  for (let i = 0; i < count; i += 1) sink += i & 7;
}
function readClock(count: number): void {
  for (let i = 0; i < count; i += 1) sink += performance.now();
}
function operate(operation: Operation, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const token = operation.begin();
    sink += i & 7;
    operation.end(token, i & 7);
  }
}
/** Nanoseconds. */
function timed(fn: () => void): number {
  const startMs = performance.now();
  fn();
  return (performance.now() - startMs) * 1e6;
}

function line(name: string, values: readonly number[], unit: string): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!;
  const digits = at(0.5) < 10 ? 2 : 0;
  console.log(
    `  ${name.padEnd(36)} ${median(values).toFixed(digits).padStart(7)} ${unit}  (${at(0.05).toFixed(digits)} to ${at(0.95).toFixed(digits)})`,
  );
}
