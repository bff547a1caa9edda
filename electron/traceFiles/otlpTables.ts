/**
 * OTLP's logs and metrics in protobuf, by tables: decoded to the objects that OTLP's JSON has, which otlpJson.ts and
 * otlpMetrics.ts read. Spans, which come by the million, have a reader of their own (otlpProtobuf.ts).
 */
import { EIGHT_BYTES, FOUR_BYTES, LENGTH, VARINT, type ProtobufCursor } from './protobufCursor.ts';
import { MAX_DEPTH } from './attributeValues.ts';
import { toNanos } from './otlpAnyValue.ts';

type Scalar =
  | 'text'
  | 'bytes'
  | 'hex'
  | 'uint'
  | 'bool'
  | 'sint32'
  | 'int64'
  | 'sfixed64'
  | 'nanos'
  | 'fixed64'
  | 'fixed32'
  | 'double';
type Field = {
  readonly name: string;
  readonly type: Scalar | (() => Table);
  /** Comes many times, or packed. */
  readonly isList?: true;
};
export type Table = ReadonlyMap<number, Field>;

const table = (fields: Readonly<Record<number, Field>>): Table =>
  new Map(Object.entries(fields).map(([number, field]) => [Number(number), field]));
const one = (name: string, type: Field['type']): Field => ({ name, type });
const many = (name: string, type: Field['type']): Field => ({ name, type, isList: true });

export const ANY_VALUE = table({
  1: one('stringValue', 'text'),
  2: one('boolValue', 'bool'),
  3: one('intValue', 'int64'),
  4: one('doubleValue', 'double'),
  5: one('arrayValue', () => ARRAY),
  6: one('kvlistValue', () => PAIRS),
  7: one('bytesValue', 'bytes'),
});
const PAIR = table({ 1: one('key', 'text'), 2: one('value', () => ANY_VALUE) });
const ARRAY = table({ 1: many('values', () => ANY_VALUE) });
const PAIRS = table({ 1: many('values', () => PAIR) });

export const LOG_RECORD = table({
  1: one('timeUnixNano', 'nanos'),
  2: one('severityNumber', 'uint'),
  3: one('severityText', 'text'),
  5: one('body', () => ANY_VALUE),
  6: many('attributes', () => PAIR),
  9: one('traceId', 'hex'),
  10: one('spanId', 'hex'),
  11: one('observedTimeUnixNano', 'nanos'),
  12: one('eventName', 'text'),
});

const EXEMPLAR = table({
  2: one('timeUnixNano', 'nanos'),
  3: one('asDouble', 'double'),
  4: one('spanId', 'hex'),
  5: one('traceId', 'hex'),
  6: one('asInt', 'sfixed64'),
});
const NUMBER_POINT = table({
  2: one('startTimeUnixNano', 'nanos'),
  3: one('timeUnixNano', 'nanos'),
  4: one('asDouble', 'double'),
  5: many('exemplars', () => EXEMPLAR),
  6: one('asInt', 'sfixed64'),
  7: many('attributes', () => PAIR),
  8: one('flags', 'uint'),
});
const HISTOGRAM_POINT = table({
  2: one('startTimeUnixNano', 'nanos'),
  3: one('timeUnixNano', 'nanos'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  6: many('bucketCounts', 'fixed64'),
  7: many('explicitBounds', 'double'),
  8: many('exemplars', () => EXEMPLAR),
  9: many('attributes', () => PAIR),
  10: one('flags', 'uint'),
  11: one('min', 'double'),
  12: one('max', 'double'),
});
const BUCKETS = table({ 1: one('offset', 'sint32'), 2: many('bucketCounts', 'uint') });
const EXPONENTIAL_POINT = table({
  1: many('attributes', () => PAIR),
  2: one('startTimeUnixNano', 'nanos'),
  3: one('timeUnixNano', 'nanos'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  6: one('scale', 'sint32'),
  7: one('zeroCount', 'fixed64'),
  8: one('positive', () => BUCKETS),
  9: one('negative', () => BUCKETS),
  10: one('flags', 'uint'),
  11: many('exemplars', () => EXEMPLAR),
  12: one('min', 'double'),
  13: one('max', 'double'),
  14: one('zeroThreshold', 'double'),
});
const QUANTILE = table({ 1: one('quantile', 'double'), 2: one('value', 'double') });
const SUMMARY_POINT = table({
  2: one('startTimeUnixNano', 'nanos'),
  3: one('timeUnixNano', 'nanos'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  6: many('quantileValues', () => QUANTILE),
  7: many('attributes', () => PAIR),
  8: one('flags', 'uint'),
});
const points = (type: () => Table): Table => table({ 1: many('dataPoints', type) });
const added = (type: () => Table): Table =>
  table({ 1: many('dataPoints', type), 2: one('aggregationTemporality', 'uint') });
const GAUGE = points(() => NUMBER_POINT);
const SUM = table({
  1: many('dataPoints', () => NUMBER_POINT),
  2: one('aggregationTemporality', 'uint'),
  3: one('isMonotonic', 'bool'),
});
const HISTOGRAM = added(() => HISTOGRAM_POINT);
const EXPONENTIAL = added(() => EXPONENTIAL_POINT);
const SUMMARY = points(() => SUMMARY_POINT);
export const METRIC = table({
  1: one('name', 'text'),
  2: one('description', 'text'),
  3: one('unit', 'text'),
  5: one('gauge', () => GAUGE),
  7: one('sum', () => SUM),
  9: one('histogram', () => HISTOGRAM),
  10: one('exponentialHistogram', () => EXPONENTIAL),
  11: one('summary', () => SUMMARY),
});

const WIRE: Readonly<Record<Scalar, number>> = {
  text: LENGTH,
  bytes: LENGTH,
  hex: LENGTH,
  uint: VARINT,
  bool: VARINT,
  sint32: VARINT,
  int64: VARINT,
  sfixed64: EIGHT_BYTES,
  nanos: EIGHT_BYTES,
  fixed64: EIGHT_BYTES,
  fixed32: FOUR_BYTES,
  double: EIGHT_BYTES,
};

/** The message up to the cursor's end. @throws RangeError for bytes that are none */
export function readByTable(cursor: ProtobufCursor, fields: Table, depth = 0): Record<string, unknown> {
  if (depth > 4 * MAX_DEPTH) throw new RangeError('values within values without end');
  const message: Record<string, unknown> = {};
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    const wire = tag & 7;
    const field = fields.get(tag >>> 3);
    if (field === undefined) {
      cursor.skip(wire);
      continue;
    }
    const { name, type, isList } = field;
    const own = typeof type === 'string' ? WIRE[type] : LENGTH;
    const list = isList === true ? ((message[name] ??= []) as unknown[]) : null;
    if (wire !== own) {
      if (list === null || wire !== LENGTH || typeof type !== 'string') {
        cursor.skip(wire);
        continue;
      }
      const outer = cursor.enter();
      while (cursor.at < cursor.end) list.push(readScalar(cursor, type));
      cursor.leave(outer);
      continue;
    }
    let value: unknown;
    if (typeof type === 'string') value = readScalar(cursor, type);
    else {
      const outer = cursor.enter();
      value = readByTable(cursor, type(), depth + 1);
      cursor.leave(outer);
    }
    if (list === null) message[name] = value;
    else list.push(value);
  }
  return message;
}

function readScalar(cursor: ProtobufCursor, type: Scalar): unknown {
  switch (type) {
    case 'text':
      return cursor.text();
    case 'bytes':
      return cursor.content().toString('base64');
    case 'hex':
      return cursor.content().toString('hex');
    case 'uint':
      return cursor.varint();
    case 'bool':
      return cursor.varint() !== 0;
    case 'sint32': {
      const raw = cursor.varint();
      return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    }
    case 'int64':
      return cursor.int64();
    case 'sfixed64':
      return cursor.sfixed64();
    case 'fixed64':
      return cursor.fixed64();
    case 'fixed32':
      return cursor.fixed32();
    case 'double':
      return cursor.double();
    case 'nanos': {
      // As JSON has it, a whole number of nanoseconds in digits.
      const ms = cursor.nanos();
      return Number.isNaN(ms) ? undefined : toNanos(ms, cursor.restNs);
    }
  }
}
