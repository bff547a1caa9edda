/** OTLP's JSON: one TracesData, or one request a line. Nothing of a span is lost. */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { Attributes, AttributeValue, Origin, SpanRecord } from '../../shared/span.ts';
import type { PackedTrace } from './packedTrace.ts';
import type { TraceWriter } from './traceWriter.ts';

/** Spans that stand together under one resource: a line, or an element of the list. */
const SPANS_EACH = 1000;
const SAMPLED = 1;

/** @param lines a request a line in place of one document */
export function createOtlpWriter(lines: boolean): TraceWriter {
  let isFirst = true;
  let beforeEpoch = 0;

  function* group(spans: Map<Origin, string[]>): Generator<string> {
    for (const [origin, texts] of spans) {
      const part = `{"resource":{"attributes":${JSON.stringify(toPairs(origin.resource))}},"scopeSpans":[{"scope":${JSON.stringify(scopeOf(origin))},"spans":[`;
      yield lines ? `{"resourceSpans":[${part}` : `${isFirst ? '' : ','}\n${part}`;
      isFirst = false;
      yield texts.join(lines ? ',' : ',\n');
      yield lines ? ']}]}]}\n' : ']}]}';
    }
    spans.clear();
  }

  return {
    *begin() {
      if (!lines) yield '{"resourceSpans":[';
    },
    *trace(trace: PackedTrace) {
      const spans = new Map<Origin, string[]>();
      let count = 0;
      for (const span of trace.records()) {
        if (!(span.startMs > 0)) beforeEpoch += 1;
        const text = JSON.stringify(toOtlpSpan(span));
        const known = spans.get(span.origin!);
        if (known === undefined) spans.set(span.origin!, [text]);
        else known.push(text);
        count += 1;
        if (count % SPANS_EACH === 0) yield* group(spans);
      }
      yield* group(spans);
    },
    *end() {
      if (!lines) yield '\n]}\n';
    },
    notes: () =>
      beforeEpoch === 0 ? [] : [`${beforeEpoch} spans began before 1970, which OTLP cannot say.`],
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
    startTimeUnixNano: toNanos(span.startMs),
    ...(span.endMs === null ? {} : { endTimeUnixNano: toNanos(span.endMs) }),
    attributes: toPairs(span.attributes),
    ...(dropped?.attributes ? { droppedAttributesCount: dropped.attributes } : {}),
    ...(span.events.length === 0
      ? {}
      : {
          events: span.events.map(({ timeMs, name, attributes }) => ({
            timeUnixNano: toNanos(timeMs),
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

function toPairs(attributes: Attributes) {
  return Object.keys(attributes).map((key) => ({ key, value: toAnyValue(attributes[key]!) }));
}

function toAnyValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return { arrayValue: { values: listOf(value) } };
  return isInteger(value) ? { intValue: String(value) } : toDouble(value);
}

/** One type for a whole list: with one fraction in it all its numbers are doubles. */
function listOf(values: readonly (string | number | boolean)[]): readonly object[] {
  const areIntegers = values.every((value) => typeof value === 'number' && isInteger(value));
  return values.map((value) =>
    typeof value === 'number' && !areIntegers ? toDouble(value) : toAnyValue(value),
  );
}

function toDouble(value: number): object {
  // JSON has no infinities and no negative zero that survives everywhere: OTLP spells the former.
  return {
    doubleValue:
      Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value),
  };
}

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** Epoch milliseconds as whole nanoseconds; 0, which says unknown, for what lies before 1970. */
function toNanos(epochMs: number): string {
  if (!(epochMs > 0)) return '0';
  let wholeMs = Math.floor(epochMs);
  let nanos = Math.round((epochMs - wholeMs) * 1e6);
  if (nanos === 1e6) {
    wholeMs += 1;
    nanos = 0;
  }
  return `${wholeMs === 0 ? '' : wholeMs}${String(nanos).padStart(wholeMs === 0 ? 1 : 6, '0')}`;
}
