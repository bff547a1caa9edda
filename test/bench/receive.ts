/**
 * The receiver: spans a second from a request's first byte until the store has them, over each protocol, and what the
 * client's side of it costs apart. `run([spans, spansARequest])`: 400,000 in requests of 2,048 where not given.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { createReceiver } from '../../electron/receive/receiver.ts';
import { encodeTraces } from '../../electron/telemetry/export/otlpEncode.ts';
import { openTraceStore } from '../../electron/traces/traceStore.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { receiverSettingsSchema } from '../../shared/traceQuery.ts';
import { pipelineSpans } from '../electron/telemetry/pipelineSpans.ts';

const ELECTRON = join(import.meta.dirname, '../../electron');
const CONTEXT = {
  resource: { 'service.name': 'bench', 'service.version': '1.0.0', 'service.instance.id': 'client' },
  scope: { name: 'bench', version: '1' },
};
/** Requests of one client that are under way. */
const AT_ONCE = 4;
const ROUNDS = 3;
const TRACE_SPANS = 10_000;
const SHIFT_MS = 60_000;

type Request = { readonly bytes: Uint8Array; readonly spans: number };
type Send = (bytes: Uint8Array) => Promise<void>;

export async function run(args: string[]): Promise<void> {
  const count = Number(args[0] ?? 400_000);
  const perRequest = Number(args[1] ?? 2048);
  console.log(
    `${count.toLocaleString('en')} spans of the pipeline’s own form, ${perRequest} a request, ${AT_ONCE} requests at once, ${ROUNDS} rounds\n`,
  );
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const over = (port: number, headers: Readonly<Record<string, string>>): Send => {
    return (bytes) => post(agent, port, headers, bytes);
  };
  const protobuf = { 'content-type': 'application/x-protobuf' };

  const sink = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    request.resume();
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const sinkPort = (sink.address() as AddressInfo).port;

  let seed = 0;
  const round = async (form: 'protobuf' | 'json', pack: (bytes: Uint8Array) => Uint8Array) => {
    const made: Request[] = [];
    let encodeMs = 0;
    for (const spans of requestsOf(count, perRequest, (seed += count / TRACE_SPANS + 1))) {
      const startMs = performance.now();
      const bytes = pack(encodeTraces(CONTEXT, spans, form));
      encodeMs += performance.now() - startMs;
      made.push({ bytes, spans: spans.length });
    }
    return { made, encodeMs };
  };
  const plain = (bytes: Uint8Array) => bytes;
  const gzip = (bytes: Uint8Array) => gzipSync(bytes, { level: 4 });

  for (const [name, form, pack, headers] of [
    ['http/protobuf', 'protobuf', plain, protobuf],
    ['http/protobuf, gzip', 'protobuf', gzip, { ...protobuf, 'content-encoding': 'gzip' }],
    ['http/json', 'json', plain, { 'content-type': 'application/json' }],
    ['grpc', 'protobuf', plain, null],
  ] as const) {
    const rates: number[] = [];
    const alone: number[] = [];
    const encoding: number[] = [];
    const cpu: number[] = [];
    let bytesEach = 0;
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      const { made, encodeMs } = await round(form, pack);
      encoding.push((encodeMs * 1000) / count);
      bytesEach = made.reduce((sum, { bytes }) => sum + bytes.length, 0) / count;
      if (headers !== null) alone.push(((await sendAll(made, over(sinkPort, headers))) * 1000) / count);
      rates.push(
        await withReceiver(async (httpPort, grpcPort) => {
          const client = headers === null ? grpcClient(grpcPort) : null;
          const before = process.cpuUsage();
          try {
            return (count / (await sendAll(made, client?.send ?? over(httpPort, headers!)))) * 1000;
          } finally {
            const { user, system } = process.cpuUsage(before);
            cpu.push((user + system) / count);
            client?.close();
          }
        }, count),
      );
    }
    line(`${name}: received and stored`, rates, 'spans/s', 0);
    line('  processor time of all threads', cpu, 'us/span', 2);
    line('  client: made', encoding, 'us/span', 2);
    if (alone.length > 0) line('  client: sent to nobody', alone, 'us/span', 2);
    console.log(`${'  a span'.padEnd(44)} ${bytesEach.toFixed(0)} B`);
  }
  agent.destroy();
  sink.close();
}

function* requestsOf(count: number, perRequest: number, firstSeed: number): Generator<readonly SpanRecord[]> {
  let held: SpanRecord[] = [];
  for (let made = 0, seed = Math.ceil(firstSeed); made < count; seed += 1) {
    const shiftMs = seed * SHIFT_MS;
    const spans = pipelineSpans(Math.min(TRACE_SPANS, count - made), seed);
    made += spans.length;
    for (const span of spans)
      held.push({ ...span, startMs: span.startMs + shiftMs, endMs: span.endMs! + shiftMs });
    while (held.length >= perRequest) yield held.splice(0, perRequest);
  }
  if (held.length > 0) yield held;
}

/** A fresh store behind a receiver, each in its thread. @throws Error where not all spans were stored */
async function withReceiver(
  work: (httpPort: number, grpcPort: number) => Promise<number>,
  count: number,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-bench-'));
  const store = openTraceStore({
    path: join(folder, 'traces.db'),
    workerFile: pathToFileURL(join(ELECTRON, 'traces/traceWorker.ts')),
    settings: { maxBytes: 8e9, maxDays: 36_500, prices: [] },
  });
  const receiver = createReceiver({
    store,
    addDelta: (point) => point,
    workerFile: pathToFileURL(join(ELECTRON, 'receive/receiverWorker.ts')),
    ownInstance: null,
  });
  try {
    await store.ask('savedQueries');
    const door = { enabled: true, port: 0 };
    const settings = { ...receiverSettingsSchema.parse({}), http: door, grpc: door };
    await receiver.configure(settings, { token: null, isLocked: false });
    const { http, grpc: rpc } = receiver.status();
    const rate = await work(Number(new URL(http.url!).port), Number(new URL(rpc.url!).port));
    await receiver.close();
    const { spans } = await store.ask('traceStoreStatus');
    if (spans !== count) throw new Error(`${spans} of ${count} spans were stored.`);
    return rate;
  } finally {
    await receiver.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How long it took, in milliseconds. */
async function sendAll(requests: readonly Request[], send: Send): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < requests.length) {
        const { bytes } = requests[next++]!;
        await send(bytes);
      }
    }),
  );
  return performance.now() - startMs;
}

function post(
  agent: Agent,
  port: number,
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { agent, host: '127.0.0.1', port, path: '/v1/traces', method: 'POST' };
    const sent = httpRequest(
      { ...options, headers: { ...headers, 'content-length': bytes.length } },
      (answer) => {
        answer.resume();
        answer.on('end', () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`answered ${answer.statusCode}`)),
        );
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

function grpcClient(port: number): { readonly send: Send; readonly close: () => void } {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
          (value: Buffer) => value,
          (value: Buffer) => value,
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
          (error) => (error === null ? resolve() : reject(error)),
        );
      }),
    close: () => client.close(),
  };
}

function line(name: string, values: readonly number[], unit: string, digits: number): void {
  const sorted = values.toSorted((a, b) => a - b);
  const text = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const middle = sorted[Math.floor(sorted.length / 2)]!;
  console.log(`${name.padEnd(44)} ${text(middle)} ${unit} (${text(sorted[0]!)} to ${text(sorted.at(-1)!)})`);
}
