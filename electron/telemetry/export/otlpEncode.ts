/**
 * Our records as OTLP requests. The SDK's serializers are not used: they know no exemplars, write integers beyond
 * 64 bits as JSON that receivers refuse, and claim for every span that its parent was local, which a record does
 * not tell.
 */
import type { Exemplar, HistogramValue, MetricPoint, MetricSnapshot } from '../../../shared/metric.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { Attributes, AttributeValue, LogLevel, LogRecord, SpanRecord } from '../../../shared/span.ts';
import { OtlpJsonWriter } from './otlpJsonWriter.ts';
import type { OtlpWriter } from './otlpWriter.ts';
import { ProtobufWriter } from './protobufWriter.ts';

export { readResponse } from './otlpResponse.ts';

export type OtlpForm = 'protobuf' | 'json';
export type OtlpContext = {
  readonly resource: Attributes;
  readonly scope: Scope;
};

/** Of the semantic conventions that attribute names follow (`shared/span.ts`). */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0';

/** W3C trace flags: recorded spans are sampled. Nothing is said about the parent being remote. */
const SAMPLED = 1;
const CUMULATIVE = 2;
const SEVERITY_NUMBERS: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 };
const KIND_NUMBERS: Readonly<Record<string, number>> = Object.fromEntries(
  SPAN_KINDS.map((kind, index) => [kind, index + 1]),
);
const INT64_END = 2 ** 63;

const writers: Readonly<Record<OtlpForm, OtlpWriter>> = {
  protobuf: new ProtobufWriter(),
  json: new OtlpJsonWriter(),
};

/** Spans as an ExportTraceServiceRequest. A span that is open has no end time. */
export function encodeTraces(context: OtlpContext, spans: readonly SpanRecord[], form: OtlpForm): Uint8Array {
  const scopes = [{ scope: context.scope, isOwn: true, items: spans }];
  return writeRequest(context, form, ['resourceSpans', 'scopeSpans', 'spans'], scopes, writeSpan);
}

/** Log records as an ExportLogsServiceRequest. */
export function encodeLogs(context: OtlpContext, records: readonly LogRecord[], form: OtlpForm): Uint8Array {
  const scopes = [{ scope: context.scope, isOwn: true, items: records }];
  return writeRequest(context, form, ['resourceLogs', 'scopeLogs', 'logRecords'], scopes, writeLog);
}

/** Totals from `startedMs` to `timeMs` (epoch) as an ExportMetricsServiceRequest. */
export function encodeMetrics(
  context: OtlpContext & { readonly startedMs: number },
  snapshots: readonly MetricSnapshot[],
  timeMs: number,
  form: OtlpForm,
): Uint8Array {
  const interval = { startedMs: context.startedMs, timeMs };
  const names = ['resourceMetrics', 'scopeMetrics', 'metrics'] as const;
  return writeRequest(context, form, names, byScope(context.scope, snapshots), (writer, snapshot) =>
    writeMetric(writer, snapshot, interval),
  );
}

/** Who made what is sent. */
type Scope = { readonly name: string; readonly version: string };
type ScopeItems<Item> = { readonly scope: Scope; readonly isOwn: boolean; readonly items: readonly Item[] };

/** Metrics by who made them, in the order of appearance. */
function byScope(own: Scope, snapshots: readonly MetricSnapshot[]): ScopeItems<MetricSnapshot>[] {
  const scopes = new Map<string, { scope: Scope; isOwn: boolean; items: MetricSnapshot[] }>();
  for (const snapshot of snapshots) {
    const scope = snapshot.scope ?? own;
    const key = JSON.stringify([scope.name, scope.version]);
    const known = scopes.get(key);
    if (known === undefined) scopes.set(key, { scope, isOwn: scope === own, items: [snapshot] });
    else known.items.push(snapshot);
  }
  return scopes.size === 0 ? [{ scope: own, isOwn: true, items: [] }] : [...scopes.values()];
}

/** The frame that the three signals share: one resource, its scopes, their items. */
function writeRequest<Item>(
  { resource }: OtlpContext,
  form: OtlpForm,
  [resourcesName, scopesName, itemsName]: readonly [string, string, string],
  scopes: readonly ScopeItems<Item>[],
  writeItem: (writer: OtlpWriter, item: Item) => void,
): Uint8Array {
  const writer = writers[form];
  try {
    writer.list(1, resourcesName);
    writer.item(1);
    writer.open(1, 'resource');
    writeAttributes(writer, 1, 'attributes', resource);
    writer.close();
    writer.list(2, scopesName);
    for (const { scope, isOwn, items } of scopes) {
      writer.item(2);
      writer.open(1, 'scope');
      writer.string(1, 'name', scope.name);
      writer.string(2, 'version', scope.version);
      writer.close();
      writer.list(2, itemsName);
      for (const item of items) {
        writer.item(2);
        writeItem(writer, item);
        writer.close();
      }
      writer.endList();
      if (isOwn) writer.string(3, 'schemaUrl', SCHEMA_URL);
      writer.close();
    }
    writer.endList();
    writer.string(3, 'schemaUrl', SCHEMA_URL);
    writer.close();
    writer.endList();
    return writer.finish();
  } catch (error) {
    writer.reset();
    throw error;
  }
}

function writeSpan(writer: OtlpWriter, span: SpanRecord): void {
  writer.id(1, 'traceId', span.traceId);
  writer.id(2, 'spanId', span.spanId);
  if (span.traceState !== undefined) writer.string(3, 'traceState', span.traceState);
  if (span.parentSpanId !== null) writer.id(4, 'parentSpanId', span.parentSpanId);
  writer.string(5, 'name', span.name);
  writer.uint32(6, 'kind', KIND_NUMBERS[span.kind]!);
  writer.time(7, 'startTimeUnixNano', span.startMs, span.startRestNs);
  if (span.endMs !== null) writer.time(8, 'endTimeUnixNano', span.endMs, span.endRestNs);
  writeAttributes(writer, 9, 'attributes', span.attributes);
  if (span.events.length > 0) {
    writer.list(11, 'events');
    for (const { timeMs, timeRestNs, name, attributes } of span.events) {
      writer.item(11);
      writer.time(1, 'timeUnixNano', timeMs, timeRestNs);
      writer.string(2, 'name', name);
      writeAttributes(writer, 3, 'attributes', attributes);
      writer.close();
    }
    writer.endList();
  }
  if (span.links.length > 0) {
    writer.list(13, 'links');
    for (const { traceId, spanId, attributes } of span.links) {
      writer.item(13);
      writer.id(1, 'traceId', traceId);
      writer.id(2, 'spanId', spanId);
      writeAttributes(writer, 4, 'attributes', attributes);
      writer.close();
    }
    writer.endList();
  }
  if (span.dropped !== undefined) {
    writer.uint32(10, 'droppedAttributesCount', span.dropped.attributes);
    writer.uint32(12, 'droppedEventsCount', span.dropped.events);
    writer.uint32(14, 'droppedLinksCount', span.dropped.links);
  }
  if (span.status !== 'unset' || span.statusMessage !== null) {
    writer.open(15, 'status');
    if (span.statusMessage !== null) writer.string(2, 'message', span.statusMessage);
    writer.uint32(3, 'code', SPAN_STATUSES.indexOf(span.status));
    writer.close();
  }
  writer.bits32(16, 'flags', SAMPLED);
}

function writeLog(writer: OtlpWriter, record: LogRecord): void {
  writer.time(1, 'timeUnixNano', record.timeMs);
  writer.time(11, 'observedTimeUnixNano', record.timeMs);
  writer.uint32(2, 'severityNumber', SEVERITY_NUMBERS[record.level]);
  writer.string(3, 'severityText', record.level.toUpperCase());
  writer.open(5, 'body');
  writer.string(1, 'stringValue', record.message);
  writer.close();
  writeAttributes(writer, 6, 'attributes', record.attributes);
  if (record.eventName !== undefined) writer.string(12, 'eventName', record.eventName);
  if (record.traceId === null) return;
  if (record.sampled !== false) writer.bits32(8, 'flags', SAMPLED);
  writer.id(9, 'traceId', record.traceId);
  if (record.spanId !== null) writer.id(10, 'spanId', record.spanId);
}

type Interval = { readonly startedMs: number; readonly timeMs: number };

function writeMetric(writer: OtlpWriter, snapshot: MetricSnapshot, interval: Interval): void {
  writer.string(1, 'name', snapshot.name);
  writer.string(2, 'description', snapshot.description);
  writer.string(3, 'unit', snapshot.unit);
  if (snapshot.kind === 'histogram') {
    writer.open(9, 'histogram');
    writer.list(1, 'dataPoints');
    for (const point of snapshot.points) writeHistogramPoint(writer, point, interval);
    writer.endList();
    writer.uint32(2, 'aggregationTemporality', CUMULATIVE);
    writer.close();
    return;
  }
  const isGauge = snapshot.kind === 'gauge';
  writer.open(isGauge ? 5 : 7, isGauge ? 'gauge' : 'sum');
  writer.list(1, 'dataPoints');
  for (const { attributes, value, exemplars } of snapshot.points) {
    writer.item(1);
    if (!isGauge) writer.time(2, 'startTimeUnixNano', interval.startedMs);
    writer.time(3, 'timeUnixNano', interval.timeMs);
    // Always a double: a series whose points change their type from one to the next is two series to some.
    writer.double(4, 'asDouble', value);
    writeExemplars(writer, 5, exemplars);
    writeAttributes(writer, 7, 'attributes', attributes);
    writer.close();
  }
  writer.endList();
  if (!isGauge) {
    writer.uint32(2, 'aggregationTemporality', CUMULATIVE);
    writer.bool(3, 'isMonotonic', snapshot.kind === 'counter');
  }
  writer.close();
}

function writeHistogramPoint(
  writer: OtlpWriter,
  { attributes, value, exemplars }: MetricPoint<HistogramValue>,
  { startedMs, timeMs }: Interval,
): void {
  writer.item(1);
  writer.time(2, 'startTimeUnixNano', startedMs);
  writer.time(3, 'timeUnixNano', timeMs);
  writer.count64(4, 'count', value.count);
  writer.double(5, 'sum', value.sum);
  writer.counts64(6, 'bucketCounts', value.counts);
  writer.doubles(7, 'explicitBounds', value.boundaries);
  writeExemplars(writer, 8, exemplars);
  writeAttributes(writer, 9, 'attributes', attributes);
  if (value.min !== null) writer.double(11, 'min', value.min);
  if (value.max !== null) writer.double(12, 'max', value.max);
  writer.close();
}

function writeExemplars(writer: OtlpWriter, field: number, exemplars: readonly Exemplar[] = []): void {
  if (exemplars.length === 0) return;
  writer.list(field, 'exemplars');
  for (const { timeMs, value, spanId, traceId } of exemplars) {
    writer.item(field);
    writer.time(2, 'timeUnixNano', timeMs);
    writer.double(3, 'asDouble', value);
    writer.id(4, 'spanId', spanId);
    writer.id(5, 'traceId', traceId);
    writer.close();
  }
  writer.endList();
}

function writeAttributes(writer: OtlpWriter, field: number, name: string, attributes: Attributes): void {
  const keys = Object.keys(attributes);
  if (keys.length === 0) return;
  writer.list(field, name);
  for (const key of keys) {
    writer.item(field);
    writer.string(1, 'key', key);
    writer.open(2, 'value');
    writeValue(writer, attributes[key]!);
    writer.close();
    writer.close();
  }
  writer.endList();
}

/** What is none of the types is left empty. */
function writeValue(writer: OtlpWriter, value: AttributeValue): void {
  if (typeof value === 'string') writer.string(1, 'stringValue', value);
  else if (typeof value === 'boolean') writer.bool(2, 'boolValue', value);
  else if (typeof value === 'number') writeNumber(writer, value, isInt64(value));
  else if (Array.isArray(value)) {
    // One type for the whole array: with one fraction in it all its numbers are doubles.
    const areInts = value.every((part) => typeof part === 'number' && isInt64(part));
    writer.open(5, 'arrayValue');
    writer.list(1, 'values');
    for (const part of value) {
      writer.item(1);
      if (typeof part === 'number') writeNumber(writer, part, areInts);
      else writeValue(writer, part);
      writer.close();
    }
    writer.endList();
    writer.close();
  }
}

function writeNumber(writer: OtlpWriter, value: number, isInt: boolean): void {
  if (isInt) writer.int64(3, 'intValue', value);
  else writer.double(4, 'doubleValue', value);
}

/** -0 is none: an integer cannot hold its sign. */
function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -INT64_END && value < INT64_END && !Object.is(value, -0);
}
