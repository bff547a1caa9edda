import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { encodeTraces } from '../../../electron/telemetry/export/otlpEncode.ts';
import { readResponse } from '../../../electron/telemetry/export/otlpResponse.ts';
import { readRpcStatus } from '../../../electron/telemetry/export/rpcStatus.ts';
import { numberedSpans, until } from '../telemetry/export/exportRecords.ts';
import { OPEN, settingsWith, startReceiving, type Receiving } from './receiving.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function receiving(options?: Parameters<typeof startReceiving>[0]): Promise<Receiving> {
  const started = await startReceiving(options);
  open.push(started);
  return started;
}
const requestOf = (count: number, from = 0) =>
  encodeTraces(
    { resource: { 'service.name': 'A' }, scope: { name: 's', version: '1' } },
    numberedSpans(from, count),
    'protobuf',
  );

type Outcome = {
  readonly code: number;
  readonly details: string;
  readonly bytes: Buffer;
  readonly trailer: grpc.Metadata;
};
function call(
  url: string,
  bytes: Uint8Array,
  {
    metadata = {} as Record<string, string>,
    method = EXPORT,
    gzip = false,
    authority = undefined as string | undefined,
  } = {},
): Promise<Outcome> {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure(), {
    'grpc.default_compression_algorithm': gzip ? grpc.compressionAlgorithms.gzip : 0,
    'grpc.enable_retries': 0,
    ...(authority === undefined ? {} : { 'grpc.default_authority': authority }),
  });
  const sent = new grpc.Metadata();
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
  return new Promise((resolve) => {
    const done = (outcome: Outcome): void => {
      client.close();
      resolve(outcome);
    };
    client.makeUnaryRequest(
      method,
      (request: Buffer) => request,
      (answer: Buffer) => answer,
      Buffer.from(bytes),
      sent,
      {},
      (error, answer) =>
        done({
          code: error?.code ?? 0,
          details: error?.details ?? '',
          bytes: answer ?? Buffer.alloc(0),
          trailer: error?.metadata ?? new grpc.Metadata(),
        }),
    );
  });
}

describe('OTLP over gRPC', () => {
  it('answers when the store has it, packed or not', async () => {
    const { grpcUrl, spansOf, receiver } = await receiving();
    expect((await call(grpcUrl(), requestOf(3))).code).toBe(0);
    const packed = await call(grpcUrl(), requestOf(200, 3), { gzip: true });
    expect([packed.code, packed.bytes.length]).toEqual([0, 0]);
    expect(await spansOf(TRACE)).toHaveLength(203);
    await until(() => receiver.status().requests === 2);
  });

  it('knows the three services alone', async () => {
    const { grpcUrl } = await receiving();
    for (const [signal, service] of [
      ['logs', 'Logs'],
      ['metrics', 'Metrics'],
    ])
      expect(
        (
          await call(grpcUrl(), new Uint8Array(0), {
            method: `/opentelemetry.proto.collector.${signal}.v1.${service}Service/Export`,
          })
        ).code,
      ).toBe(0);
    expect((await call(grpcUrl(), requestOf(1), { method: '/some.Service/Export' })).code).toBe(
      grpc.status.UNIMPLEMENTED,
    );
  });

  it('lets in who has the token, and nobody under a foreign name', async () => {
    const { grpcUrl } = await receiving({ access: { token: 'secret-token', isLocked: false } });
    const with_ = (metadata: Record<string, string>, authority?: string) =>
      call(grpcUrl(), requestOf(1), { metadata, ...(authority === undefined ? {} : { authority }) });
    expect((await with_({})).code).toBe(grpc.status.UNAUTHENTICATED);
    expect((await with_({ authorization: 'Bearer wrong-token' })).code).toBe(grpc.status.UNAUTHENTICATED);
    const right = { authorization: 'Bearer secret-token' };
    expect((await with_(right)).code).toBe(0);
    expect((await with_(right, 'localhost:4317')).code).toBe(0);
    expect((await with_(right, 'rebound.example')).code).toBe(grpc.status.PERMISSION_DENIED);
    expect((await with_({ ...right, origin: 'https://example.com' })).code).toBe(
      grpc.status.PERMISSION_DENIED,
    );
  });

  it('refuses what is too large, packed or unpacked, and goes on', async () => {
    const { grpcUrl, receiver } = await receiving({ settings: settingsWith({ maxRequestBytes: 20_000 }) });
    const large = await call(grpcUrl(), Buffer.alloc(30_000));
    expect([large.code, large.details]).toEqual([8, expect.stringContaining('larger than')]);
    const bomb = await call(grpcUrl(), Buffer.alloc(5_000_000), { gzip: true });
    expect([bomb.code, bomb.details]).toEqual([8, expect.stringContaining('larger than')]);
    const nonsense = await call(grpcUrl(), Buffer.from('hello there'));
    expect([nonsense.code, nonsense.trailer.get('grpc-status-details-bin')]).toEqual([3, []]);
    expect((await call(grpcUrl(), requestOf(1))).code).toBe(0);
    await until(() => receiver.status().refusedRequests === 3);
    // The library's limit is fixed when it starts: a changed one holds all the same.
    await receiver.configure(settingsWith({ maxRequestBytes: 10_000_000 }), OPEN);
    expect((await call(grpcUrl(), requestOf(5000, 1))).code).toBe(0);
  });

  it('says when to come again while the store is behind', async () => {
    const busy = () => Promise.reject(new TracedeckError('transient', 'traces_busy', 'behind'));
    const { grpcUrl } = await receiving({
      storeLike: () => ({
        pending: 8,
        maxPending: 8,
        writeSpans: busy,
        writeLogs: busy,
        writeMetrics: busy,
      }),
    });
    const { code, trailer } = await call(grpcUrl(), requestOf(1));
    expect(code).toBe(grpc.status.UNAVAILABLE);
    const [details] = trailer.get('grpc-status-details-bin');
    expect(readRpcStatus(details as Buffer)).toEqual({ message: 'behind', retryMs: 1000 });
  });

  it('says what it did not take of a request', async () => {
    const { grpcUrl } = await receiving();
    const whole = Buffer.from(requestOf(2));
    // The second span's id becomes zeros, which are none.
    const at = whole.lastIndexOf(Buffer.from('0000000000000002', 'hex'));
    whole.fill(0, at, at + 8);
    const { bytes } = await call(grpcUrl(), whole);
    expect(readResponse('traces', 'protobuf', bytes)).toEqual({
      rejected: 1,
      message: expect.stringContaining('a span without an id'),
    });
  });

  it('says itself that a port is taken, and the library beside it nothing', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const { receiver } = await receiving();
    const port = Number(new URL(receiver.status().grpc.url!).port);
    const second = await receiving({ settings: settingsWith({ grpc: { enabled: true, port } }) });
    expect(second.receiver.status().grpc.fault).toContain(`Port ${port} is taken`);
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  });

  it('moves to another port and stops, and calls under way are answered', async () => {
    const { grpcUrl, receiver, spansOf } = await receiving();
    const before = grpcUrl();
    const calls = Array.from({ length: 20 }, (_, index) => call(before, requestOf(10, index * 10)));
    await receiver.configure(settingsWith({ grpc: { enabled: false, port: 0 } }), OPEN);
    const codes = (await Promise.all(calls)).map(({ code }) => code);
    const answered = codes.filter((code) => code === 0).length;
    expect(await spansOf(TRACE)).toHaveLength(answered * 10);
    expect(receiver.status().grpc).toEqual({ state: 'off', url: null, fault: null });
    expect((await call(before, requestOf(1))).code).toBe(grpc.status.UNAVAILABLE);
  });
});
