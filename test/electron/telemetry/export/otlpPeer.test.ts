/** Our encoder beside OpenTelemetry's own serializers: both are read by the schema here, and say the same. */
import { deepStrictEqual } from 'node:assert';
import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { createTraceState } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { encodeLogs, encodeMetrics, encodeTraces } from '../../../../electron/telemetry/export/otlpEncode.ts';
import { unixNanos } from '../../../../electron/telemetry/export/unixNanos.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../../shared/span.ts';
import type { Attributes } from '../../../../shared/span.ts';
import { decodeRequest, toLogs, toMetrics, toSpans } from '../../../fixtures/otlpDecode.ts';
import { oddLog, oddMetric, oddRecords, oddSpan } from './otlpRecords.ts';

const context = {
  resource: { 'service.name': 'tracedeck', 'process.pid': 4711 },
  scope: { name: 'tracedeck', version: '0.1.0' },
  startedMs: 1_790_000_000_000.125,
};
const common = {
  resource: { attributes: context.resource },
  instrumentationScope: context.scope,
  droppedAttributesCount: 0,
};

function hrTime(epochMs: number): [number, number] {
  const { wholeMs, nanos } = unixNanos(epochMs);
  return [Math.floor(wholeMs / 1000), (wholeMs % 1000) * 1e6 + nanos];
}
const contextOf = (traceId: string, spanId: string) => ({ traceId, spanId, traceFlags: 1 });

/** What the two mean differently: the sign of zero, and numbers of one array as integers and doubles. */
function isPlain(attributes: Attributes): boolean {
  return Object.values(attributes).every(
    (value) => !Object.is(value, -0) && !(Array.isArray(value) && typeof value[0] === 'number'),
  );
}
/** Theirs has no schema here, and says of every parent that it is local. */
function comparable<Item extends object>(all: readonly Item[]): object[] {
  return all.map((item) => {
    const flags = 'flags' in item ? { flags: Number(item.flags) & 0xff } : {};
    return { ...item, schemaUrl: '', resourceSchemaUrl: '', ...flags };
  });
}

describe('beside OpenTelemetry’s own serializers', () => {
  it('spans are the same', () => {
    const spans = oddRecords(300, 5, oddSpan)
      .map((span) => ({
        ...span,
        endMs: span.endMs ?? span.startMs,
        statusMessage: span.statusMessage || null,
      }))
      .filter(({ attributes, events, links }) =>
        [attributes, ...[...events, ...links].map((part) => part.attributes)].every(isPlain),
      );
    expect(spans.length).toBeGreaterThan(50);
    const readable = spans.map((span) => ({
      ...common,
      droppedAttributesCount: span.dropped?.attributes ?? 0,
      droppedEventsCount: span.dropped?.events ?? 0,
      droppedLinksCount: span.dropped?.links ?? 0,
      name: span.name,
      kind: SPAN_KINDS.indexOf(span.kind),
      spanContext: () => ({
        ...contextOf(span.traceId, span.spanId),
        ...(span.traceState === undefined ? {} : { traceState: createTraceState(span.traceState) }),
      }),
      parentSpanContext: span.parentSpanId === null ? undefined : contextOf(span.traceId, span.parentSpanId),
      startTime: hrTime(span.startMs),
      endTime: hrTime(span.endMs),
      attributes: span.attributes,
      status: { code: SPAN_STATUSES.indexOf(span.status), message: span.statusMessage ?? undefined },
      events: span.events.map((event) => ({ ...event, time: hrTime(event.timeMs) })),
      links: span.links.map((link) => ({ ...link, context: contextOf(link.traceId, link.spanId) })),
    })) as unknown as Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0];
    const read = (bytes: Uint8Array) => comparable(toSpans(decodeRequest('traces', 'protobuf', bytes)));
    deepStrictEqual(
      read(encodeTraces(context, spans, 'protobuf')),
      read(ProtobufTraceSerializer.serializeRequest(readable)!),
    );
  });

  it('log records are the same', () => {
    const numbers = { debug: 5, info: 9, warn: 13, error: 17 };
    const logs = oddRecords(200, 6, oddLog).filter(({ attributes }) => isPlain(attributes));
    expect(logs.length).toBeGreaterThan(50);
    const readable = logs.map((log) => ({
      ...common,
      hrTime: hrTime(log.timeMs),
      hrTimeObserved: hrTime(log.timeMs),
      severityNumber: numbers[log.level],
      severityText: log.level.toUpperCase(),
      body: log.message,
      eventName: log.eventName,
      attributes: log.attributes,
      spanContext: log.traceId === null ? undefined : contextOf(log.traceId, log.spanId!),
    })) as unknown as Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0];
    const read = (bytes: Uint8Array) => comparable(toLogs(decodeRequest('logs', 'protobuf', bytes)));
    deepStrictEqual(
      read(encodeLogs(context, logs, 'protobuf')),
      read(ProtobufLogsSerializer.serializeRequest(readable)!),
    );
  });

  it('metrics are the same, exemplars apart', () => {
    const timeMs = 1_790_000_060_000.5;
    const metrics = oddRecords(100, 7, oddMetric).filter(
      ({ scope, kind, points }) =>
        scope === undefined && kind !== 'gauge' && points.every(({ attributes }) => isPlain(attributes)),
    );
    expect(metrics.length).toBeGreaterThan(10);
    const readable = {
      resource: common.resource,
      scopeMetrics: [
        {
          scope: context.scope,
          metrics: metrics.map(({ name, unit, description, kind, points }) => ({
            descriptor: { name, unit, description },
            dataPointType: kind === 'histogram' ? DataPointType.HISTOGRAM : DataPointType.SUM,
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            isMonotonic: kind === 'counter',
            dataPoints: points.map(({ attributes, value }) => ({
              startTime: hrTime(context.startedMs),
              endTime: hrTime(timeMs),
              attributes,
              value:
                typeof value === 'number'
                  ? value
                  : {
                      count: value.count,
                      sum: value.sum,
                      min: value.min ?? undefined,
                      max: value.max ?? undefined,
                      buckets: { boundaries: value.boundaries, counts: value.counts },
                    },
            })),
          })),
        },
      ],
    } as unknown as Parameters<typeof ProtobufMetricsSerializer.serializeRequest>[0];
    const read = (bytes: Uint8Array) =>
      comparable(toMetrics(decodeRequest('metrics', 'protobuf', bytes))).map((metric) =>
        JSON.stringify(metric, (key, value) => (key === 'exemplars' ? undefined : value)),
      );
    deepStrictEqual(
      read(encodeMetrics(context, metrics, timeMs, 'protobuf')),
      read(ProtobufMetricsSerializer.serializeRequest(readable)!),
    );
  });
});
