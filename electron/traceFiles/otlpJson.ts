/**
 * OTLP's JSON: parsed requests as records. Names in camel case as the specification has them, and in snake case as
 * some write them; ids in hex or base64; 64-bit numbers as texts or numbers; enumerations as numbers or names.
 */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type {
  LogLevel,
  LogRecord,
  Origin,
  SpanEvent,
  SpanKind,
  SpanLink,
  SpanStatus,
} from '../../shared/span.ts';
import { isPlain, listOf, textOf, timeOfNanos, type Plain } from './attributeValues.ts';
import type { RecordSink } from './collector.ts';
import { spanIdOf, traceIdOf } from './ids.ts';
import { readMetric } from './otlpMetrics.ts';
import { camel, plainValue, readAttributes } from './otlpValues.ts';

/** The member of a request that holds a signal's data, and what it is called inside. */
const SIGNALS = {
  resourceSpans: { scopes: ['scopeSpans', 'instrumentationLibrarySpans'], items: 'spans', read: readSpan },
  resourceLogs: { scopes: ['scopeLogs', 'instrumentationLibraryLogs'], items: 'logRecords', read: readLog },
  resourceMetrics: {
    scopes: ['scopeMetrics', 'instrumentationLibraryMetrics'],
    items: 'metrics',
    read: readMetric,
  },
} as const;
export type OtlpMember = keyof typeof SIGNALS;

const MEMBERS: Readonly<Record<string, OtlpMember>> = {
  resourceSpans: 'resourceSpans',
  resource_spans: 'resourceSpans',
  /** As Tempo answers. */
  batches: 'resourceSpans',
  resourceLogs: 'resourceLogs',
  resource_logs: 'resourceLogs',
  resourceMetrics: 'resourceMetrics',
  resource_metrics: 'resourceMetrics',
};

/** A request as a member of another object: in answers of Tempo, and of version 3 of Jaeger's query API. */
const WRAPPERS = new Set(['trace', 'result']);

/** Whether a member of this name may hold a whole request. */
export const isOtlpWrapper = (key: string): boolean => WRAPPERS.has(key);

/** Which of a request's members this is; `null` for none of them. */
export function otlpMember(key: string): OtlpMember | null {
  return Object.hasOwn(MEMBERS, key) ? MEMBERS[key]! : null;
}

/** A whole request, of any signal. Returns whether it was one. */
export function readOtlpRequest(request: unknown, into: RecordSink, at: string): boolean {
  if (!isPlain(request)) return false;
  let isRequest = false;
  for (const [key, value] of Object.entries(request)) {
    const member = otlpMember(key);
    if (member === null) {
      if (isOtlpWrapper(key) && readOtlpRequest(value, into, at)) isRequest = true;
      continue;
    }
    isRequest = true;
    for (const [index, part] of listOf(value).entries())
      readOtlpPart(member, part, into, `${at} ${key}[${index}]`);
  }
  return isRequest;
}

/** One ResourceSpans, ResourceLogs or ResourceMetrics. */
export function readOtlpPart(member: OtlpMember, given: unknown, into: RecordSink, at: string): void {
  const part = isPlain(given) ? camel(given) : null;
  if (part === null) return into.refuse('no object', at);
  const { scopes, items, read } = SIGNALS[member];
  const resource = isPlain(part['resource']) ? camel(part['resource']) : {};
  const attributes = readAttributes(resource['attributes']);
  for (const name of scopes) {
    for (const [s, givenScope] of listOf(part[name]).entries()) {
      if (!isPlain(givenScope)) {
        into.refuse('no object', `${at}.${name}[${s}]`);
        continue;
      }
      const scoped = camel(givenScope);
      const scope = scoped['scope'] ?? scoped['instrumentationLibrary'];
      const origin = into.origin({ resource: attributes, scope: readScope(scope) });
      for (const [index, item] of listOf(scoped[items]).entries()) {
        const place = `${at}.${name}[${s}].${items}[${index}]`;
        if (isPlain(item)) read(camel(item), origin, into, place);
        else into.refuse('no object', place);
      }
    }
  }
}

function readScope(scope: unknown): Origin['scope'] {
  const { name, version } = isPlain(scope) ? scope : {};
  return { name: textOf(name), version: textOf(version) || null };
}

function readSpan(span: Plain, origin: Origin | undefined, into: RecordSink, at: string): void {
  const traceId = traceIdOf(span['traceId']);
  const spanId = spanIdOf(span['spanId']);
  if (traceId === null) return into.refuse('a span without a trace id', at);
  if (spanId === null) return into.refuse('a span without an id', at);
  const start = timeOfNanos(span['startTimeUnixNano']);
  const end = timeOfNanos(span['endTimeUnixNano']);
  if (start === null) return into.refuse('a span without a start time', at);
  const parent = span['parentSpanId'];
  const parentSpanId = spanIdOf(parent);
  if (parentSpanId === null && textOf(parent).replaceAll('0', '') !== '')
    into.refuse('a parent that is no span id', at);
  const status = isPlain(span['status']) ? span['status'] : {};
  const traceState = textOf(span['traceState']);
  const dropped = {
    attributes: countOf(span['droppedAttributesCount']),
    events: countOf(span['droppedEventsCount']),
    links: countOf(span['droppedLinksCount']),
  };
  into.span({
    traceId,
    spanId,
    parentSpanId,
    name: textOf(span['name']),
    kind: kindOf(span['kind']),
    startMs: start.ms,
    endMs: end?.ms ?? null,
    ...(start.restNs === 0 ? {} : { startRestNs: start.restNs }),
    ...(end === null || end.restNs === 0 ? {} : { endRestNs: end.restNs }),
    status: statusOf(status['code']),
    statusMessage: textOf(status['message']) || null,
    attributes: readAttributes(span['attributes']),
    events: readEvents(span['events'], into, at),
    links: readLinks(span['links'], into, at),
    ...(origin === undefined ? {} : { origin }),
    ...(traceState === '' ? {} : { traceState }),
    ...(dropped.attributes + dropped.events + dropped.links === 0 ? {} : { dropped }),
  });
}

function readEvents(events: unknown, into: RecordSink, at: string): readonly SpanEvent[] {
  const read: SpanEvent[] = [];
  for (const [index, given] of listOf(events).entries()) {
    const event = isPlain(given) ? camel(given) : {};
    const time = timeOfNanos(event['timeUnixNano']);
    if (time === null) {
      into.refuse('an event without a time', `${at}.events[${index}]`);
      continue;
    }
    read.push({
      name: textOf(event['name']),
      timeMs: time.ms,
      ...(time.restNs === 0 ? {} : { timeRestNs: time.restNs }),
      attributes: readAttributes(event['attributes']),
    });
  }
  return read;
}

function readLinks(links: unknown, into: RecordSink, at: string): readonly SpanLink[] {
  const read: SpanLink[] = [];
  for (const [index, given] of listOf(links).entries()) {
    const link = isPlain(given) ? camel(given) : {};
    const traceId = traceIdOf(link['traceId']);
    const spanId = spanIdOf(link['spanId']);
    if (traceId === null || spanId === null)
      into.refuse('a link without a trace id and a span id', `${at}.links[${index}]`);
    else read.push({ traceId, spanId, attributes: readAttributes(link['attributes']) });
  }
  return read;
}

export function readLog(record: Plain, origin: Origin | undefined, into: RecordSink, at: string): void {
  const time = timeOfNanos(record['timeUnixNano']) ?? timeOfNanos(record['observedTimeUnixNano']);
  if (time === null) return into.refuse('a log record without a time', at);
  const traceId = traceIdOf(record['traceId']);
  const eventName = textOf(record['eventName']);
  into.log({
    timeMs: time.ms,
    ...(time.restNs === 0 ? {} : { timeRestNs: time.restNs }),
    level: levelOf(record['severityNumber'], record['severityText']),
    message: messageOf(record['body']),
    ...(eventName === '' ? {} : { eventName }),
    attributes: readAttributes(record['attributes']),
    traceId,
    spanId: traceId === null ? null : spanIdOf(record['spanId']),
    ...(origin === undefined ? {} : { origin }),
  } satisfies LogRecord);
}

function messageOf(body: unknown): string {
  const value = plainValue(body, 0);
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : (JSON.stringify(value) ?? '');
}

/** By OpenTelemetry's ranges of four; 21 to 24 (fatal) are errors, 1 to 4 (trace) are debug. */
function levelOf(number: unknown, text: unknown): LogLevel {
  const named = /^SEVERITY_NUMBER_([A-Z]+)/.exec(textOf(number))?.[1];
  const severity = typeof number === 'number' ? number : Number(number ?? 0);
  if (severity >= 17) return 'error';
  if (severity >= 13) return 'warn';
  if (severity >= 9) return 'info';
  if (severity >= 1) return 'debug';
  const word = (named ?? textOf(text)).toLowerCase();
  if (/^(?:error|err|fatal|critical|crit|emerg|alert|panic|severe)/.test(word)) return 'error';
  if (word.startsWith('warn')) return 'warn';
  return /^(?:debug|trace|verbose|fine)/.test(word) ? 'debug' : 'info';
}

function kindOf(kind: unknown): SpanKind {
  if (typeof kind === 'number') return SPAN_KINDS[kind - 1] ?? 'internal';
  const name = textOf(kind).replace('SPAN_KIND_', '').toLowerCase();
  return SPAN_KINDS.find((known) => known === name) ?? SPAN_KINDS[Number(name) - 1] ?? 'internal';
}

function statusOf(code: unknown): SpanStatus {
  if (typeof code === 'number') return SPAN_STATUSES[code] ?? 'unset';
  const name = textOf(code).replace('STATUS_CODE_', '').toLowerCase();
  return SPAN_STATUSES.find((known) => known === name) ?? SPAN_STATUSES[Number(name || 0)] ?? 'unset';
}

function countOf(count: unknown): number {
  const number = Number(count ?? 0);
  return number > 0 && number < 2 ** 32 ? Math.floor(number) : 0;
}
