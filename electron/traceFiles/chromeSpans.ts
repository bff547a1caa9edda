/** Slices of trace events as spans. */
import { MAX_REST_NS, restNsOf } from '../../shared/nanoseconds.ts';
import type { AttributeValue, Origin, SpanEvent, SpanKind, SpanLink, SpanRecord } from '../../shared/span.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import { isPlain, listOf, setOwn, textOf, toAttributeValue, type Plain } from './attributeValues.ts';
import { CATEGORY, SPAN_ARGUMENT, type Slice } from './chromeSlices.ts';
import type { Collector } from './collector.ts';
import { spanIdOf, traceIdOf } from './ids.ts';

export type Process = {
  name: string;
  labels: string;
  resource: Plain | null;
  readonly threads: Map<string, string>;
};

/** A slice that nothing can come into any more, as a span: one that our own export wrote as it was. */
export function toSpan(
  slice: Slice,
  fileTrace: string,
  shiftMs: number,
  processes: ReadonlyMap<string, Process>,
  origins: Map<string, Origin | undefined>,
  into: Collector,
): SpanRecord {
  const { attributes, thread } = slice;
  const process = processes.get(thread.pid);
  const threadName = process?.threads.get(thread.tid);
  const own = slice.args.map((args) => args[SPAN_ARGUMENT]).findLast(isPlain) ?? null;
  // The category of our own export is the span's kind where it had none.
  if (own !== null) delete attributes[CATEGORY];
  for (const args of slice.args) {
    for (const [key, value] of Object.entries(args)) {
      if (key !== SPAN_ARGUMENT || !isPlain(value)) setOwn(attributes, key, toAttributeValue(value));
    }
  }
  const [startMs, startRestNs] = shifted(slice.startUs, shiftMs);
  const [endMs, endRestNs] = slice.endUs === null ? [null, 0] : shifted(slice.endUs, shiftMs);
  if (own !== null) {
    const origin = originOf(thread.pid, process, own['scope'], origins, into);
    const dropped = isPlain(own['dropped']) ? own['dropped'] : null;
    return {
      traceId: traceIdOf(own['trace_id']) ?? fileTrace,
      spanId: spanIdOf(own['span_id']) ?? slice.spanId,
      parentSpanId: spanIdOf(own['parent_span_id']),
      name: slice.name,
      kind: SPAN_KINDS.find((kind) => kind === own['kind']) ?? 'internal',
      startMs: typeof own['start_ms'] === 'number' ? own['start_ms'] : startMs,
      endMs: typeof own['end_ms'] === 'number' ? own['end_ms'] : endMs,
      ...restOf('startRestNs', own['start_rest_ns']),
      ...restOf('endRestNs', own['end_rest_ns']),
      status: SPAN_STATUSES.find((status) => status === own['status']) ?? 'unset',
      statusMessage: typeof own['status_message'] === 'string' ? own['status_message'] : null,
      attributes,
      events: ownEvents(own['events']),
      links: ownLinks(own['links']),
      ...(origin === undefined ? {} : { origin }),
      ...(typeof own['trace_state'] === 'string' ? { traceState: own['trace_state'] } : {}),
      ...(dropped === null
        ? {}
        : {
            dropped: {
              attributes: Number(dropped['attributes'] ?? 0),
              events: Number(dropped['events'] ?? 0),
              links: Number(dropped['links'] ?? 0),
            },
          }),
    };
  }
  if (thread.tid !== '') attributes['thread.id'] ??= thread.tid;
  if (threadName) attributes['thread.name'] ??= threadName;
  const origin = originOf(thread.pid, process, null, origins, into);
  return {
    traceId: fileTrace,
    spanId: slice.spanId,
    parentSpanId: slice.parent?.spanId ?? null,
    name: slice.name,
    kind: 'internal' satisfies SpanKind,
    startMs,
    endMs,
    ...restOf('startRestNs', startRestNs),
    ...restOf('endRestNs', endRestNs),
    status: 'unset',
    statusMessage: null,
    attributes,
    events: slice.events,
    links: slice.links.map(({ spanId }): SpanLink => ({ traceId: fileTrace, spanId, attributes: {} })),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** A time in epoch milliseconds and the nanoseconds it has beside them: slices may be shorter than a microsecond. */
function shifted(us: number, shiftMs: number): [ms: number, restNs: number] {
  const wholeUs = Math.floor(us);
  const epochUs = wholeUs + Math.round(shiftMs * 1000);
  const nanos = Math.round((us - wholeUs) * 1000);
  const ms = epochUs / 1000 + nanos / 1e6;
  const wholeMs = Math.floor(epochUs / 1000);
  return [ms, restNsOf(ms, wholeMs, (epochUs - wholeMs * 1000) * 1000 + nanos)];
}

/** What is no rest of a time (`shared/nanoseconds.ts`) counts as none. */
function restOf<Name extends string>(name: Name, given: unknown): Partial<Record<Name, number>> {
  const isRest = Number.isInteger(given) && given !== 0 && Math.abs(given as number) <= MAX_REST_NS;
  return isRest ? ({ [name]: given } as Record<Name, number>) : {};
}

function ownEvents(events: unknown): readonly SpanEvent[] {
  return listOf(events).flatMap((event) =>
    isPlain(event) && typeof event['time_ms'] === 'number'
      ? [
          {
            name: textOf(event['name']),
            timeMs: event['time_ms'],
            ...restOf('timeRestNs', event['time_rest_ns']),
            attributes: attributesOf(event['attributes']),
          },
        ]
      : [],
  );
}

function ownLinks(links: unknown): readonly SpanLink[] {
  return listOf(links).flatMap((link) => {
    const traceId = isPlain(link) ? traceIdOf(link['trace_id']) : null;
    const spanId = isPlain(link) ? spanIdOf(link['span_id']) : null;
    if (traceId === null || spanId === null) return [];
    return [{ traceId, spanId, attributes: attributesOf((link as Plain)['attributes']) }];
  });
}

function attributesOf(value: unknown): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [key, given] of Object.entries(isPlain(value) ? value : {}))
    setOwn(attributes, key, toAttributeValue(given));
  return attributes;
}

function originOf(
  pid: string,
  process: Process | undefined,
  scope: unknown,
  origins: Map<string, Origin | undefined>,
  into: Collector,
): Origin | undefined {
  const { name, version } = isPlain(scope) ? scope : {};
  const key = JSON.stringify([pid, name, version]);
  if (!origins.has(key)) {
    const resource = process?.resource
      ? attributesOf(process.resource)
      : {
          'service.name': process?.name || (pid === '' ? 'unknown_service' : `process ${pid}`),
          ...(pid === '' ? {} : { 'process.pid': pid }),
          ...(process?.labels ? { 'process.labels': process.labels } : {}),
        };
    origins.set(
      key,
      into.origin({ resource, scope: { name: textOf(name), version: textOf(version) || null } }),
    );
  }
  return origins.get(key);
}
