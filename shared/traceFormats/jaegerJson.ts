/**
 * Spans as Jaeger's query API answers them: what its UI opens as a file, and other viewers import. Read back by
 * electron/traceFiles/jaegerReader.ts.
 */
import { nearestUs } from '../nanoseconds.ts';
import type { Attributes, AttributeValue, SpanRecord } from '../span.ts';

export type JaegerTag = {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64';
  readonly value: string | number | boolean;
};
export type JaegerReference = {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceID: string;
  readonly spanID: string;
};
export type JaegerSpan = {
  readonly traceID: string;
  readonly spanID: string;
  readonly flags: number;
  readonly operationName: string;
  readonly references: readonly JaegerReference[];
  /** Whole microseconds since 1970. */
  readonly startTime: number;
  /** Whole microseconds. */
  readonly duration: number;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
};
export type JaegerProcess = { readonly serviceName: string; readonly tags: readonly JaegerTag[] };
export type JaegerTrace = {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, JaegerProcess>>;
  readonly warnings: readonly string[] | null;
};

/** Warning on a span without an end, whose duration is 0 here. */
export const NOT_ENDED = 'This span has not ended.';

const PROCESS = 'p1';
const SERVICE_NAME = 'service.name';

/** @param spans at least one, all of one trace */
export function toJaegerTrace(
  resource: Attributes,
  spans: readonly SpanRecord[],
  warnings: readonly string[] | null,
): JaegerTrace {
  return {
    traceID: spans[0]!.traceId,
    spans: spans.map((span) => toJaegerSpan(span, PROCESS)),
    processes: { [PROCESS]: toJaegerProcess(resource) },
    warnings,
  };
}

export function toJaegerProcess(resource: Attributes): JaegerProcess {
  const { [SERVICE_NAME]: serviceName = 'unknown_service', ...rest } = resource;
  return { serviceName: String(serviceName), tags: toTags(rest) };
}

/** What stands around the traces of a document, with commas between them. */
export const JAEGER_HEAD = '{"data":[';
export const JAEGER_TAIL = '],"total":0,"limit":0,"offset":0,"errors":null}\n';

/** @param processId of the process among its trace's that the span's resource is */
export function toJaegerSpan(span: SpanRecord, processId: string): JaegerSpan {
  const startTime = nearestUs(span.startMs, span.startRestNs);
  const endTime = span.endMs === null ? startTime : nearestUs(span.endMs, span.endRestNs);
  const warnings = [
    ...(span.endMs === null ? [NOT_ENDED] : []),
    ...(endTime < startTime ? ['This span ends before it starts.'] : []),
  ];
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    flags: 1,
    operationName: span.name,
    references: referencesOf(span),
    startTime,
    // Both ends are rounded, and not the difference: a child stays within its parent.
    duration: Math.max(0, endTime - startTime),
    tags: [...toTags(span.attributes), ...factsOf(span)],
    logs: span.events.map(({ name, timeMs, timeRestNs, attributes }) => ({
      timestamp: nearestUs(timeMs, timeRestNs),
      fields: [toTag('event', name), ...toTags(attributes)],
    })),
    processID: processId,
    warnings: warnings.length === 0 ? null : warnings,
  };
}

function referencesOf({ traceId, parentSpanId, links }: SpanRecord): JaegerReference[] {
  return [
    ...(parentSpanId === null
      ? []
      : [{ refType: 'CHILD_OF' as const, traceID: traceId, spanID: parentSpanId }]),
    ...links.map((link) => ({
      refType: 'FOLLOWS_FROM' as const,
      traceID: link.traceId,
      spanID: link.spanId,
    })),
  ];
}

/** What Jaeger has no field for and its UI looks up by these names. */
function factsOf({ kind, status, statusMessage, origin, traceState }: SpanRecord): JaegerTag[] {
  const { name = '', version = null } = origin?.scope ?? {};
  return [
    ...(name === '' ? [] : [toTag('otel.scope.name', name)]),
    ...(version === null ? [] : [toTag('otel.scope.version', version)]),
    ...(traceState === undefined ? [] : [toTag('w3c.tracestate', traceState)]),
    toTag('span.kind', kind),
    ...(status === 'unset' ? [] : [toTag('otel.status_code', status.toUpperCase())]),
    ...(statusMessage === null ? [] : [toTag('otel.status_description', statusMessage)]),
    ...(status === 'error' ? [toTag('error', true)] : []),
  ];
}

function toTags(attributes: Attributes): JaegerTag[] {
  return Object.entries(attributes).map(([key, value]) => toTag(key, value));
}

function toTag(key: string, value: AttributeValue): JaegerTag {
  if (typeof value === 'boolean') return { key, type: 'bool', value };
  if (typeof value === 'string') return { key, type: 'string', value };
  if (typeof value === 'number') {
    // JSON has no infinities.
    if (!Number.isFinite(value)) return { key, type: 'string', value: String(value) };
    return { key, type: Number.isSafeInteger(value) ? 'int64' : 'float64', value };
  }
  return { key, type: 'string', value: JSON.stringify(value) };
}
