/**
 * Zipkin's JSON, version 2: a list of spans, or a list of traces that are lists of spans. Client and server of one
 * call may share an id there; here the server's half is a span of its own, the child of the client's.
 */
import type { AttributeValue, Origin, SpanEvent, SpanKind, SpanStatus } from '../../shared/span.ts';
import { isPlain, listOf, setOwn, textOf, type Plain } from './attributeValues.ts';
import type { RecordSink } from './collector.ts';
import { derivedSpanId, spanIdOf, traceIdOf } from './ids.ts';
import { microsToMs } from './jaegerReader.ts';

const KINDS: Readonly<Record<string, SpanKind>> = {
  CLIENT: 'client',
  SERVER: 'server',
  PRODUCER: 'producer',
  CONSUMER: 'consumer',
};
/** Two halves of this many calls are told apart. */
const MAX_HALVES = 4_000_000;

export function isZipkinSpan(value: unknown): value is Plain {
  return isPlain(value) && typeof value['traceId'] === 'string' && typeof value['id'] === 'string';
}

/** Reads a file in two turns: first all spans go to `look`, then all to `read`. */
export function createZipkinReader(into: RecordSink) {
  /** Of calls that have two halves: services of the server's half, by trace and id; seen as client and as server. */
  const halves = new Map<string, { isClient: boolean; server: string | null }>();
  const origins = new Map<string, Origin | undefined>();

  function look(span: Plain): void {
    const { kind, shared } = span;
    const isServer = kind === 'SERVER' || shared === true;
    if (!isServer && kind !== 'CLIENT') return;
    const key = keyOf(span['traceId'], span['id']);
    let half = halves.get(key);
    if (half === undefined && halves.size < MAX_HALVES)
      halves.set(key, (half = { isClient: false, server: null }));
    if (half === undefined) return;
    if (isServer) half.server = serviceOf(span);
    else half.isClient = true;
  }

  /** What the id means for a span of this service: the server's half, where it has one there. */
  function ownId(traceId: string, spanId: string, service: string, isServer: boolean): string {
    const half = halves.get(`${traceId} ${spanId}`);
    if (half === undefined || !half.isClient || half.server === null) return spanId;
    return isServer || half.server === service ? derivedSpanId(spanId, 'server') : spanId;
  }

  function read(span: Plain, at: string): void {
    const traceId = traceIdOf(span['traceId']);
    const id = spanIdOf(span['id']);
    if (traceId === null) return into.refuse('a span without a trace id', at);
    if (id === null) return into.refuse('a span without an id', at);
    if (Array.isArray(span['binaryAnnotations'])) return into.refuse('a span of Zipkin version 1', at);
    const startMs = microsToMs(span['timestamp'] ?? firstAnnotation(span));
    if (startMs === null || startMs === 0) return into.refuse('a span without a start time', at);
    const service = serviceOf(span);
    const isServer = span['kind'] === 'SERVER' || span['shared'] === true;
    // A client may be of the same service as the server: only its kind tells its half.
    const spanId = span['kind'] === 'CLIENT' ? id : isServer ? ownId(traceId, id, service, true) : id;
    const named = spanIdOf(span['parentId']);
    const parentSpanId = spanId !== id ? id : named === null ? null : ownId(traceId, named, service, false);
    const durationMicros = span['duration'] === undefined ? null : Number(span['duration']);
    const { attributes, status, message, scope, traceState } = readTags(span);
    const origin = originOf(span, service, scope);
    into.span({
      traceId,
      spanId,
      parentSpanId,
      name: textOf(span['name']),
      kind: KINDS[textOf(span['kind'])] ?? 'internal',
      startMs,
      endMs: durationMicros === null ? null : microsToMs(Number(span['timestamp']) + durationMicros),
      status,
      statusMessage: message,
      attributes,
      events: readAnnotations(span['annotations'], into, at),
      links: [],
      ...(origin === undefined ? {} : { origin }),
      ...(traceState === '' ? {} : { traceState }),
    });
  }

  function originOf(span: Plain, service: string, scope: Origin['scope']): Origin | undefined {
    const local = isPlain(span['localEndpoint']) ? span['localEndpoint'] : {};
    const address = textOf(local['ipv4']) || textOf(local['ipv6']);
    const key = JSON.stringify([service, address, scope]);
    if (!origins.has(key)) {
      const resource = {
        'service.name': service || 'unknown_service',
        ...(address === '' ? {} : { 'host.ip': address }),
      };
      origins.set(key, into.origin({ resource, scope }));
    }
    return origins.get(key);
  }

  return { look, read };
}

/** Every value is a text in Zipkin, and stays one. */
function readTags(span: Plain) {
  const attributes: Record<string, AttributeValue> = {};
  const remote = isPlain(span['remoteEndpoint']) ? span['remoteEndpoint'] : {};
  const peer = textOf(remote['serviceName']);
  const address = textOf(remote['ipv4']) || textOf(remote['ipv6']);
  if (peer !== '') attributes['peer.service'] = peer;
  if (address !== '') attributes['network.peer.address'] = address;
  if (typeof remote['port'] === 'number') attributes['network.peer.port'] = remote['port'];
  let status: SpanStatus = 'unset';
  let message: string | null = null;
  let traceState = '';
  const scope = { name: '', version: null as string | null };
  for (const [key, given] of Object.entries(isPlain(span['tags']) ? span['tags'] : {})) {
    const value = typeof given === 'string' ? given : JSON.stringify(given);
    if (key === 'error') {
      if (value !== 'false') status = 'error';
      if (value !== 'true' && value !== 'false' && value !== '') message ??= value;
    } else if (key === 'otel.status_code') {
      if (value === 'ERROR') status = 'error';
      else if (value === 'OK' && status === 'unset') status = 'ok';
    } else if (key === 'otel.status_description') message = value;
    else if (key === 'otel.scope.name' || key === 'otel.library.name') scope.name = value;
    else if (key === 'otel.scope.version' || key === 'otel.library.version') scope.version = value;
    else if (key === 'w3c.tracestate') traceState = value;
    else setOwn(attributes, key, value);
  }
  return { attributes, status, message, scope, traceState };
}

function readAnnotations(annotations: unknown, into: RecordSink, at: string): readonly SpanEvent[] {
  return listOf(annotations).flatMap((annotation, index) => {
    const timeMs = isPlain(annotation) ? microsToMs(annotation['timestamp']) : null;
    if (timeMs !== null) return [{ name: textOf((annotation as Plain)['value']), timeMs, attributes: {} }];
    into.refuse('an annotation without a time', `${at}.annotations[${index}]`);
    return [];
  });
}

/** Of a span without a start: its first annotation. */
function firstAnnotation(span: Plain): number | null {
  const times = listOf(span['annotations']).flatMap((annotation) =>
    isPlain(annotation) && typeof annotation['timestamp'] === 'number' ? [annotation['timestamp']] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}

function serviceOf(span: Plain): string {
  return isPlain(span['localEndpoint']) ? textOf(span['localEndpoint']['serviceName']) : '';
}

function keyOf(traceId: unknown, id: unknown): string {
  return `${traceIdOf(traceId)} ${spanIdOf(id)}`;
}
