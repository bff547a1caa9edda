/**
 * Jaeger's JSON: what its query API answers and its UI saves (`{"data":[trace,…]}`), a list of traces, or one trace.
 */
import type {
  Attributes,
  AttributeValue,
  Origin,
  SpanEvent,
  SpanLink,
  SpanStatus,
} from '../../shared/span.ts';
import { SPAN_KINDS } from '../../shared/span.ts';
import { NOT_ENDED } from '../../shared/traceFormats/jaegerJson.ts';
import { isPlain, listOf, setOwn, textOf, toAttributeValue, type Plain } from './attributeValues.ts';
import type { RecordSink } from './collector.ts';
import { spanIdOf, traceIdOf } from './ids.ts';

export function isJaegerTrace(value: unknown): value is Plain {
  return isPlain(value) && Array.isArray(value['spans']) && ('processes' in value || 'traceID' in value);
}

/** One trace. */
export function readJaegerTrace(trace: Plain, into: RecordSink, at: string): void {
  const read = openJaegerTrace(trace, into);
  for (const [index, span] of listOf(trace['spans']).entries()) read(span, `${at}.spans[${index}]`);
}

/** A reader of a trace's spans, of which no more is needed than `processes` and `traceID`. */
export function openJaegerTrace(trace: Plain, into: RecordSink): (span: unknown, at: string) => void {
  const processes = isPlain(trace['processes']) ? trace['processes'] : {};
  const origins = createOrigins(into);
  return (span, at) => {
    if (!isPlain(span)) return into.refuse('no object', at);
    const process =
      span['process'] ??
      (Object.hasOwn(processes, textOf(span['processID'])) ? processes[textOf(span['processID'])] : null);
    const traceId = traceIdOf(span['traceID'] ?? trace['traceID']);
    readSpan(span, traceId, isPlain(process) ? process : {}, origins, into, at);
  };
}

function readSpan(
  span: Plain,
  traceId: string | null,
  process: Plain,
  origins: Origins,
  into: RecordSink,
  at: string,
): void {
  const spanId = spanIdOf(span['spanID']);
  if (traceId === null) return into.refuse('a span without a trace id', at);
  if (spanId === null) return into.refuse('a span without an id', at);
  const startMs = microsToMs(span['startTime']);
  if (startMs === null) return into.refuse('a span without a start time', at);
  const warnings = listOf(span['warnings']).filter((warning) => typeof warning === 'string');
  const isOpen = span['duration'] === undefined || warnings.includes(NOT_ENDED);
  const durationMicros = Number(span['duration'] ?? 0);
  if (!Number.isFinite(durationMicros)) return into.refuse('a span whose duration is no number', at);
  const { tags, facts } = readTags(span['tags']);
  const others = warnings.filter((warning) => warning !== NOT_ENDED);
  if (others.length > 0) tags['jaeger.warnings'] = others;
  const { parentSpanId, links } = readReferences(span, traceId, into, at);
  const origin = origins(process, facts.get('scope.name') ?? '', facts.get('scope.version') ?? null);
  const traceState = facts.get('tracestate') ?? '';
  into.span({
    traceId,
    spanId,
    parentSpanId,
    name: textOf(span['operationName']),
    kind: SPAN_KINDS.find((kind) => kind === facts.get('kind')) ?? 'internal',
    startMs,
    endMs: isOpen ? null : microsToMs(Number(span['startTime']) + durationMicros),
    status: statusOf(facts),
    statusMessage: facts.get('status.message') ?? null,
    attributes: tags,
    events: readLogs(span['logs'], into, at),
    links,
    ...(origin === undefined ? {} : { origin }),
    ...(traceState === '' ? {} : { traceState }),
  });
}

/** Tags that say what a span has fields for. */
const FACTS: Readonly<Record<string, string>> = {
  'span.kind': 'kind',
  error: 'error',
  'otel.status_code': 'status',
  'otel.status_description': 'status.message',
  'otel.scope.name': 'scope.name',
  'otel.scope.version': 'scope.version',
  'otel.library.name': 'scope.name',
  'otel.library.version': 'scope.version',
  'w3c.tracestate': 'tracestate',
};

function readTags(given: unknown): {
  tags: Record<string, AttributeValue>;
  facts: ReadonlyMap<string, string>;
} {
  const tags: Record<string, AttributeValue> = {};
  const facts = new Map<string, string>();
  for (const tag of listOf(given)) {
    if (!isPlain(tag) || typeof tag['key'] !== 'string') continue;
    const { key } = tag;
    const value = tagValue(tag);
    const fact = Object.hasOwn(FACTS, key) ? FACTS[key] : undefined;
    // An `error` that is neither true nor false says what the error was.
    const isFact =
      key === 'error' ? value === true || value === 'true' || value === false || value === 'false' : true;
    if (fact !== undefined) facts.set(fact, String(value));
    if (fact === undefined || !isFact) setOwn(tags, key, value);
  }
  return { tags, facts };
}

function tagValue({ type, value }: Plain): AttributeValue {
  if (typeof value === 'string') {
    if (type === 'bool') return value === 'true';
    if (type === 'float64') return Number(value);
    if (type === 'int64') {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
  }
  return toAttributeValue(value);
}

function statusOf(facts: ReadonlyMap<string, string>): SpanStatus {
  const status = facts.get('status')?.toLowerCase();
  if (status === 'error' || status === 'ok') return status;
  const error = facts.get('error');
  return error === undefined || error === 'false' ? 'unset' : 'error';
}

/** The parent is the first reference into the same trace, CHILD_OF before FOLLOWS_FROM; the others are links. */
function readReferences(span: Plain, traceId: string, into: RecordSink, at: string) {
  const references: { readonly isChild: boolean; readonly link: SpanLink }[] = [];
  for (const reference of listOf(span['references'])) {
    const to = isPlain(reference) ? spanIdOf(reference['spanID']) : null;
    const inTrace = isPlain(reference) ? traceIdOf(reference['traceID'] ?? span['traceID']) : null;
    if (to === null || inTrace === null) into.refuse('a reference without a trace id and a span id', at);
    else
      references.push({
        isChild: (reference as Plain)['refType'] !== 'FOLLOWS_FROM',
        link: { traceId: inTrace, spanId: to, attributes: {} },
      });
  }
  const within = references.filter(({ link }) => link.traceId === traceId);
  const parent = within.find(({ isChild }) => isChild) ?? within[0];
  return {
    parentSpanId: parent?.link.spanId ?? spanIdOf(span['parentSpanID']),
    links: references.filter((reference) => reference !== parent).map(({ link }) => link),
  };
}

function readLogs(logs: unknown, into: RecordSink, at: string): readonly SpanEvent[] {
  const events: SpanEvent[] = [];
  for (const [index, log] of listOf(logs).entries()) {
    const timeMs = isPlain(log) ? microsToMs(log['timestamp']) : null;
    if (timeMs === null) {
      into.refuse('a log without a time', `${at}.logs[${index}]`);
      continue;
    }
    const attributes: Record<string, AttributeValue> = {};
    let name: string | null = null;
    for (const field of listOf((log as Plain)['fields'])) {
      if (!isPlain(field) || typeof field['key'] !== 'string') continue;
      if (field['key'] === 'event' && name === null) name = String(tagValue(field));
      else setOwn(attributes, field['key'], tagValue(field));
    }
    const message = attributes['message'];
    events.push({ name: name ?? (typeof message === 'string' ? message : 'log'), timeMs, attributes });
  }
  return events;
}

type Origins = (process: Plain, scope: string, version: string | null) => Origin | undefined;

/** One origin for all spans of a process and a scope. */
function createOrigins(into: RecordSink): Origins {
  const resources = new Map<Plain, Attributes>();
  const known = new Map<Attributes, Map<string, Origin | undefined>>();
  return (process, name, version) => {
    let resource = resources.get(process);
    if (resource === undefined) {
      resource = { 'service.name': textOf(process['serviceName']) || 'unknown_service' };
      for (const tag of listOf(process['tags'])) {
        if (isPlain(tag) && typeof tag['key'] === 'string')
          setOwn(resource as Record<string, AttributeValue>, tag['key'], tagValue(tag));
      }
      resources.set(process, resource);
    }
    let scopes = known.get(resource);
    if (scopes === undefined) known.set(resource, (scopes = new Map()));
    const key = `${name}\n${version ?? ''}`;
    if (!scopes.has(key)) scopes.set(key, into.origin({ resource, scope: { name, version } }));
    return scopes.get(key);
  };
}

/** Whole microseconds since 1970 as epoch milliseconds; `null` for no number. */
export function microsToMs(micros: unknown): number | null {
  if (micros === null || micros === undefined || micros === '') return null;
  const number = Number(micros);
  return Number.isFinite(number) ? number / 1000 : null;
}
