/** OTLP's JSON: one document, or one request a line. Nothing of a span, a log record or a metric point is lost. */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { LogLevel, LogRecord, Origin, SpanRecord } from '../../shared/span.ts';
import { toNanos, toPairs } from './otlpAnyValue.ts';
import { toOtlpMetric, toReports } from './otlpMetricText.ts';
import type { PackedTrace } from './packedTrace.ts';
import type { TraceWriter } from './traceWriter.ts';

/** Spans or records that stand together under one resource: a line, or an element of the list. */
const ITEMS_EACH = 1000;
const SAMPLED = 1;

/** How a signal's members are called. */
const SPANS = { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' } as const;
const LOGS = { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' } as const;
const METRICS = { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' } as const;
type Signal = typeof SPANS | typeof LOGS | typeof METRICS;

/** @param lines a request a line in place of one document */
export function createOtlpWriter(lines: boolean): TraceWriter {
  let last: Signal | null = null;
  let beforeEpoch = 0;

  /** What stands between two groups of a document: a list goes on, or that of the next signal begins. */
  function between(signal: Signal): string {
    const before = last;
    last = signal;
    if (before === signal) return ',\n';
    return before === null ? '\n' : `\n],"${signal.resources}":[\n`;
  }

  function* group(signal: Signal, items: Map<Origin, string[]>): Generator<string> {
    const { resources, scopes, items: name } = signal;
    for (const [origin, texts] of items) {
      const part = `{"resource":{"attributes":${JSON.stringify(toPairs(origin.resource))}},"${scopes}":[{"scope":${JSON.stringify(scopeOf(origin))},"${name}":[`;
      yield lines ? `{"${resources}":[${part}` : `${between(signal)}${part}`;
      yield texts.join(lines ? ',' : ',\n');
      yield lines ? ']}]}]}\n' : ']}]}';
    }
    items.clear();
  }

  function* written<Item extends { readonly origin?: Origin }>(
    signal: Signal,
    all: Iterable<Item>,
    toOtlp: (item: Item) => object,
  ): Generator<string> {
    const items = new Map<Origin, string[]>();
    let count = 0;
    for (const item of all) {
      const text = JSON.stringify(toOtlp(item));
      const known = items.get(item.origin!);
      if (known === undefined) items.set(item.origin!, [text]);
      else known.push(text);
      count += 1;
      if (count % ITEMS_EACH === 0) yield* group(signal, items);
    }
    yield* group(signal, items);
  }

  return {
    *begin() {
      if (!lines) yield '{"resourceSpans":[';
    },
    *trace(trace: PackedTrace) {
      yield* written(SPANS, trace.records(), (span) => {
        if (!(span.startMs > 0)) beforeEpoch += 1;
        return toOtlpSpan(span);
      });
    },
    logs: (records) => written(LOGS, records, toOtlpLog),
    metrics: (points) => written(METRICS, toReports(points), toOtlpMetric),
    *end() {
      if (!lines) yield '\n]}\n';
    },
    notes: () =>
      beforeEpoch === 0 ? [] : [`${beforeEpoch} spans began before 1970, which OTLP cannot say.`],
  };
}

/** The first of OpenTelemetry's four numbers of each. */
const SEVERITIES: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 };

function toOtlpLog(record: LogRecord) {
  const { timeMs, timeRestNs, level, message, eventName, attributes, traceId, spanId } = record;
  return {
    timeUnixNano: toNanos(timeMs, timeRestNs),
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    ...(eventName === undefined ? {} : { eventName }),
    body: { stringValue: message },
    attributes: toPairs(attributes),
    ...(traceId === null ? {} : { traceId }),
    ...(spanId === null ? {} : { spanId }),
    flags: SAMPLED,
  };
}

function scopeOf({ scope }: Origin) {
  return { name: scope.name, ...(scope.version === null ? {} : { version: scope.version }) };
}

function toOtlpSpan(span: SpanRecord) {
  const { dropped, status, statusMessage, traceState } = span;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(traceState === undefined ? {} : { traceState }),
    ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: SPAN_KINDS.indexOf(span.kind) + 1,
    startTimeUnixNano: toNanos(span.startMs, span.startRestNs),
    ...(span.endMs === null ? {} : { endTimeUnixNano: toNanos(span.endMs, span.endRestNs) }),
    attributes: toPairs(span.attributes),
    ...(dropped?.attributes ? { droppedAttributesCount: dropped.attributes } : {}),
    ...(span.events.length === 0
      ? {}
      : {
          events: span.events.map(({ timeMs, timeRestNs, name, attributes }) => ({
            timeUnixNano: toNanos(timeMs, timeRestNs),
            name,
            attributes: toPairs(attributes),
          })),
        }),
    ...(dropped?.events ? { droppedEventsCount: dropped.events } : {}),
    ...(span.links.length === 0
      ? {}
      : {
          links: span.links.map(({ traceId, spanId, attributes }) => ({
            traceId,
            spanId,
            attributes: toPairs(attributes),
          })),
        }),
    ...(dropped?.links ? { droppedLinksCount: dropped.links } : {}),
    ...(status === 'unset' && statusMessage === null
      ? {}
      : {
          status: {
            ...(statusMessage === null ? {} : { message: statusMessage }),
            ...(status === 'unset' ? {} : { code: SPAN_STATUSES.indexOf(status) }),
          },
        }),
    flags: SAMPLED,
  };
}
