/** The receiver that the exporters are tested against is itself no use unless it is strict. */
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeLogs, encodeMetrics, encodeTraces } from '../../../../electron/telemetry/export/otlpEncode.ts';
import { encodeStatus } from '../../../fixtures/otlpDecode.ts';
import { startOtlpReceiver } from '../../../fixtures/otlpReceiver.ts';
import type { OtlpReceiver, OtlpReceiverOptions } from '../../../fixtures/otlpReceiver.ts';
import { span } from '../pipelineSpans.ts';
import { oddLog, oddMetric, oddRecords } from './otlpRecords.ts';

const context = {
  resource: { 'service.name': 'tracedeck' },
  scope: { name: 'tracedeck', version: '1' },
  startedMs: 1,
};
const TYPES = { protobuf: 'application/x-protobuf', json: 'application/json' };
const spans = [span(), span({ spanId: 'fedcba9876543210', name: 'item' })];
let receiver: OtlpReceiver;

async function begin(options?: OtlpReceiverOptions): Promise<void> {
  receiver = await startOtlpReceiver(options);
}
afterEach(() => receiver.close().catch(() => undefined));

function post(path: string, body: Uint8Array, headers: Record<string, string>): Promise<Response> {
  return fetch(`${receiver.httpUrl}${path}`, { method: 'POST', body: Buffer.from(body), headers });
}

type RpcResult = { readonly code: number; readonly body: Buffer | null; readonly trailer: grpc.Metadata };
function call(
  service: string,
  body: Uint8Array,
  options: Partial<grpc.ClientOptions> = {},
): Promise<RpcResult> {
  const client = new grpc.Client(
    receiver.grpcUrl.replace('http://', ''),
    grpc.credentials.createInsecure(),
    options,
  );
  return new Promise((resolve) => {
    let answer: Buffer | null = null;
    const stream = client.makeUnaryRequest(
      `/opentelemetry.proto.collector.${service}/Export`,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => bytes,
      body,
      (_error, value) => void (answer = value ?? null),
    );
    stream.on('status', ({ code, metadata }) => {
      client.close();
      setImmediate(() => resolve({ code, body: answer, trailer: metadata }));
    });
  });
}

describe('the test receiver', () => {
  it.each(['protobuf', 'json'] as const)(
    'takes all three signals over HTTP as %s, packed or not',
    async (form) => {
      await begin();
      const type = { 'content-type': TYPES[form], 'x-tenant': 'me' };
      const logs = oddRecords(3, 1, oddLog);
      const metrics = oddRecords(2, 1, oddMetric);
      const packed = { ...type, 'content-encoding': 'gzip' };
      const traces = await post('/v1/traces', gzipSync(encodeTraces(context, spans, form)), packed);
      expect([traces.status, traces.headers.get('content-type')]).toStrictEqual([200, TYPES[form]]);
      expect(await traces.text()).toBe(form === 'json' ? '{}' : '');
      await post('/base/v1/logs', encodeLogs(context, logs, form), type);
      await post('/v1/metrics?x=1', encodeMetrics(context, metrics, 5, form), type);
      expect(receiver.spans()).toMatchObject(spans);
      expect(receiver.logs()).toHaveLength(3);
      expect(receiver.metrics().map(({ kind }) => kind)).toStrictEqual(metrics.map(({ kind }) => kind));
      const points = metrics.reduce((sum, metric) => sum + metric.points.length, 0);
      expect(receiver.requests.map(({ signal, items, gzip }) => [signal, items, gzip])).toStrictEqual([
        ['traces', 2, true],
        ['logs', 3, false],
        ['metrics', points, false],
      ]);
      expect(receiver.requests[1]).toMatchObject({
        form,
        path: '/base/v1/logs',
        headers: { 'x-tenant': 'me' },
      });
    },
  );

  it('takes all three signals over gRPC, packed or not', async () => {
    await begin();
    const packed = { 'grpc.default_compression_algorithm': 2 };
    const body = encodeTraces(context, spans, 'protobuf');
    expect(await call('trace.v1.TraceService', body, packed)).toMatchObject({
      code: 0,
      body: Buffer.alloc(0),
    });
    await call('logs.v1.LogsService', encodeLogs(context, oddRecords(3, 1, oddLog), 'protobuf'));
    await call(
      'metrics.v1.MetricsService',
      encodeMetrics(context, oddRecords(1, 1, oddMetric), 5, 'protobuf'),
    );
    expect(receiver.spans()).toMatchObject(spans);
    expect(receiver.logs()).toHaveLength(3);
    expect(receiver.metrics()).toHaveLength(1);
    expect(receiver.requests.map(({ transport, gzip }) => [transport, gzip])).toStrictEqual([
      ['grpc', true],
      ['grpc', false],
      ['grpc', false],
    ]);
  });

  it('answers as it is told, and counts only what it accepted', async () => {
    const type = { 'content-type': TYPES.protobuf };
    const body = encodeTraces(context, spans, 'protobuf');
    await begin({
      answer: ({ number }) =>
        number === 1
          ? { status: 503, headers: { 'retry-after': '2' } }
          : number === 2
            ? { reset: true }
            : undefined,
    });
    const refused = await post('/v1/traces', body, type);
    expect([refused.status, refused.headers.get('retry-after')]).toStrictEqual([503, '2']);
    await expect(post('/v1/traces', body, type)).rejects.toThrow('fetch failed');
    expect(receiver.spans()).toStrictEqual([]);
    await post('/v1/traces', body, type);
    expect(receiver.spans()).toHaveLength(2);

    const details = Buffer.from(encodeStatus(8, 'slow down', 1500)).toString('base64');
    receiver.answerWith(() => ({
      grpcCode: grpc.status.RESOURCE_EXHAUSTED,
      headers: { 'grpc-status-details-bin': details },
    }));
    const busy = await call('trace.v1.TraceService', body);
    expect(busy.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
    expect(busy.trailer.get('grpc-status-details-bin')[0]).toStrictEqual(Buffer.from(details, 'base64'));
    receiver.answerWith(() => ({ reset: true }));
    expect((await call('trace.v1.TraceService', body)).code).not.toBe(0);
    expect(receiver.spans()).toHaveLength(2);
  });

  it('closes although it still owes answers, and opens again at the same ports', async () => {
    await begin({ answer: () => ({ delayMs: 60_000 }) });
    const body = encodeTraces(context, spans, 'protobuf');
    const hanging = post('/v1/traces', body, { 'content-type': TYPES.protobuf }).catch(String);
    const remote = call('trace.v1.TraceService', body);
    while (receiver.requests.length < 2) await new Promise((resolve) => void setImmediate(resolve));
    const { httpPort, grpcPort } = receiver;
    await receiver.close();
    expect(await hanging).toContain('fetch failed');
    expect((await remote).code).not.toBe(0);
    await begin({ httpPort, grpcPort });
    expect((await call('trace.v1.TraceService', body)).code).toBe(0);
    expect(receiver.spans()).toHaveLength(2);
  });

  it.each([
    ['an unknown field', Uint8Array.of(0x98, 6, 1)],
    ['a wrong wire type', Uint8Array.of(8, 1)],
    ['an id that is too short', Uint8Array.of(10, 9, 18, 7, 18, 5, 10, 3, 1, 2, 3)],
    ['text that is no UTF-8', Uint8Array.of(10, 3, 26, 1, 0xff)],
    ['a cut-off message', Uint8Array.of(10, 9, 1)],
  ])('refuses %s, and says so to the test', async (_name, body) => {
    await begin();
    expect((await post('/v1/traces', body, { 'content-type': TYPES.protobuf })).status).toBe(400);
    expect((await call('trace.v1.TraceService', body)).code).toBe(grpc.status.INVALID_ARGUMENT);
    expect(receiver.faults).toHaveLength(2);
    expect(() => receiver.spans()).toThrow('could not read');
    await expect(receiver.close()).rejects.toThrow('could not read');
  });

  it.each([
    '[]',
    '{"resourceSpan":[]}',
    '{"resourceSpans":{}}',
    '{"resourceSpans":[{"schemaUrl":7}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"AAECAw=="}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":12}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"endTimeUnixNano":"-1"}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_CLIENT"}]}]}]}',
    '{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":{"intValue":"9223372036854775808"}}]}}]}',
    '{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":{"boolValue":1}}]}}]}',
    '{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":{"doubleValue":"1"}}]}}]}',
    '{"resourceSpans":[{"resource":{"droppedAttributesCount":0.5}}]}',
  ])('refuses the JSON %s', async (body) => {
    await begin();
    expect((await post('/v1/traces', Buffer.from(body), { 'content-type': TYPES.json })).status).toBe(400);
    expect(receiver.faults).toHaveLength(1);
  });

  it('knows no other path, method or type', async () => {
    await begin();
    expect((await post('/v1/profiles', Buffer.from(''), { 'content-type': TYPES.json })).status).toBe(404);
    expect((await fetch(`${receiver.httpUrl}/v1/traces`)).status).toBe(404);
    expect((await post('/v1/traces', Buffer.from(''), { 'content-type': 'text/plain' })).status).toBe(415);
    expect(receiver.requests).toHaveLength(0);
  });
});
