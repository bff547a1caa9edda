/** The requests of OpenTelemetry's own library, as far as it is installed, against what it was given. */
import { randomUUID } from 'node:crypto';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { metricSeriesSchema } from '../../../shared/traceQuery.ts';
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
const resource = resourceFromAttributes({ 'service.name': 'foreign', 'process.pid': 7 });
const instrumentationScope = { name: 'lib', version: '2.1' };

async function post(url: string, path: string, form: 'protobuf' | 'json', bytes: Uint8Array | undefined) {
  const answer = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': form === 'json' ? 'application/json' : 'application/x-protobuf' },
    body: bytes as Uint8Array<ArrayBuffer>,
  });
  return [answer.status, Buffer.from(await answer.arrayBuffer()).toString()];
}

describe.each(['protobuf', 'json'] as const)('the OpenTelemetry library, in %s', (form) => {
  const nothing = form === 'json' ? '{}' : '';

  it('sends spans that are stored as it recorded them', async () => {
    const { httpUrl, spansOf } = await receiving();
    const memory = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(memory)] });
    const tracer = provider.getTracer(instrumentationScope.name, instrumentationScope.version);
    const root = tracer.startSpan('GET /카드', {
      kind: SpanKind.SERVER,
      startTime: [1_790_000_000, 1_500_000],
    });
    root.setAttributes({ 'http.route': '/', list: ['a', 'b'], share: 0.25, ok: true, big: 2 ** 40 });
    root.addEvent('cache miss', { tier: 'disk' }, [1_790_000_000, 2_000_000]);
    root.addLink({
      context: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 },
      attributes: { why: 1 },
    });
    root.setStatus({ code: SpanStatusCode.ERROR, message: 'it broke' });
    root.end([1_790_000_000, 9_000_000]);
    const [recorded] = memory.getFinishedSpans();
    const serializer = form === 'json' ? JsonTraceSerializer : ProtobufTraceSerializer;
    expect(await post(httpUrl(), 'traces', form, serializer.serializeRequest([recorded!] as never))).toEqual([
      200,
      nothing,
    ]);

    const { traceId, spanId } = root.spanContext();
    expect(await spansOf(traceId)).toEqual([
      {
        traceId,
        spanId,
        parentSpanId: null,
        name: 'GET /카드',
        kind: 'server',
        startMs: 1_790_000_000_001.5,
        endMs: 1_790_000_000_009,
        status: 'error',
        statusMessage: 'it broke',
        attributes: { 'http.route': '/', list: ['a', 'b'], share: 0.25, ok: true, big: 2 ** 40 },
        events: [{ name: 'cache miss', timeMs: 1_790_000_000_002, attributes: { tier: 'disk' } }],
        links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: { why: 1 } }],
        origin: { resource: { 'service.name': 'foreign', 'process.pid': 7 }, scope: instrumentationScope },
      },
    ]);
  });

  it('sends log records', async () => {
    const { httpUrl, store } = await receiving();
    const record = {
      hrTime: [1_790_000_000, 0],
      hrTimeObserved: [1_790_000_000, 0],
      severityNumber: SeverityNumber.WARN,
      severityText: 'WARN',
      body: 'slow',
      attributes: { tries: 3 },
      droppedAttributesCount: 0,
      resource,
      instrumentationScope,
    };
    const serializer = form === 'json' ? JsonLogsSerializer : ProtobufLogsSerializer;
    expect(await post(httpUrl(), 'logs', form, serializer.serializeRequest([record] as never))).toEqual([
      200,
      nothing,
    ]);
    expect(await store.logs(null, 10)).toMatchObject([
      { level: 'warn', message: 'slow', attributes: { tries: 3 }, timeMs: 1_790_000_000_000 },
    ]);
  });

  it.each([
    ['totals', AggregationTemporality.CUMULATIVE, [5, 8, 15]],
    ['differences', AggregationTemporality.DELTA, [5, 3, 7]],
  ] as const)('sends %s, which become the same totals', async (_what, temporality, values) => {
    const { httpUrl, store } = await receiving();
    const name = `words.${randomUUID().slice(0, 8)}`;
    for (const [turn, value] of values.entries()) {
      const metrics: ResourceMetrics = {
        resource,
        scopeMetrics: [
          {
            scope: instrumentationScope,
            metrics: [
              {
                descriptor: { name, unit: '{word}', description: '', valueType: 1, advice: {} } as never,
                aggregationTemporality: temporality,
                dataPointType: DataPointType.SUM,
                isMonotonic: true,
                dataPoints: [
                  {
                    startTime: [
                      1_790_000_000 + (temporality === AggregationTemporality.DELTA ? turn * 60 : 0),
                      0,
                    ],
                    endTime: [1_790_000_060 + turn * 60, 0],
                    attributes: { deck: 'a' },
                    value,
                  },
                ],
              },
            ],
          },
        ],
      };
      const serializer = form === 'json' ? JsonMetricsSerializer : ProtobufMetricsSerializer;
      expect(await post(httpUrl(), 'metrics', form, serializer.serializeRequest(metrics))).toEqual([
        200,
        nothing,
      ]);
    }
    const found = await store.ask(
      'metricSeries',
      metricSeriesSchema.parse({ name, fromMs: 1_790_000_000_000, toMs: 1_790_000_240_000, points: 4 }),
    );
    const { series } = found!;
    expect(series).toHaveLength(1);
    expect(series[0]!.attributes).toEqual({ deck: 'a' });
    const added = series[0]!.values.filter((value) => value !== null);
    expect(added.reduce((sum, value) => sum + value, 0)).toBe(15);
  });
});
