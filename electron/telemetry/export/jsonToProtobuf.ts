/**
 * Requests that were written as JSON, as protobuf: what waited on disk for one protocol is sent over another. Reads
 * what otlpEncode.ts writes; a field that is not known here is an error, not a loss.
 */
import type { Signal } from '../../../shared/telemetrySettings.ts';
import { ProtobufWriter } from './protobufWriter.ts';

type Scalar = 'string' | 'id' | 'nanos' | 'int64' | 'count64' | 'uint32' | 'bits32' | 'double' | 'bool';
type Field = readonly [field: number, type: Scalar | 'counts64' | 'doubles' | (() => Shape)];
/** Fields of a message by their names in JSON. */
type Shape = Readonly<Record<string, Field>>;

const VALUE: Shape = {
  stringValue: [1, 'string'],
  boolValue: [2, 'bool'],
  intValue: [3, 'int64'],
  doubleValue: [4, 'double'],
  arrayValue: [5, () => ({ values: [1, () => VALUE] })],
};
const attributes = (field: number): Shape => ({
  attributes: [field, () => ({ key: [1, 'string'], value: [2, () => VALUE] })],
});
const EVENT: Shape = { timeUnixNano: [1, 'nanos'], name: [2, 'string'], ...attributes(3) };
const LINK: Shape = { traceId: [1, 'id'], spanId: [2, 'id'], ...attributes(4) };
const SPAN: Shape = {
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'id'],
  name: [5, 'string'],
  kind: [6, 'uint32'],
  startTimeUnixNano: [7, 'nanos'],
  endTimeUnixNano: [8, 'nanos'],
  ...attributes(9),
  events: [11, () => EVENT],
  links: [13, () => LINK],
  droppedAttributesCount: [10, 'uint32'],
  droppedEventsCount: [12, 'uint32'],
  droppedLinksCount: [14, 'uint32'],
  status: [15, () => ({ message: [2, 'string'], code: [3, 'uint32'] })],
  flags: [16, 'bits32'],
};
const LOG: Shape = {
  timeUnixNano: [1, 'nanos'],
  severityNumber: [2, 'uint32'],
  severityText: [3, 'string'],
  body: [5, () => VALUE],
  ...attributes(6),
  flags: [8, 'bits32'],
  traceId: [9, 'id'],
  spanId: [10, 'id'],
  observedTimeUnixNano: [11, 'nanos'],
  eventName: [12, 'string'],
};
const EXEMPLAR: Shape = {
  timeUnixNano: [2, 'nanos'],
  asDouble: [3, 'double'],
  spanId: [4, 'id'],
  traceId: [5, 'id'],
};
const TIMES: Shape = { startTimeUnixNano: [2, 'nanos'], timeUnixNano: [3, 'nanos'] };
const NUMBER_POINT: Shape = {
  ...TIMES,
  asDouble: [4, 'double'],
  exemplars: [5, () => EXEMPLAR],
  ...attributes(7),
};
const HISTOGRAM_POINT: Shape = {
  ...TIMES,
  count: [4, 'count64'],
  sum: [5, 'double'],
  bucketCounts: [6, 'counts64'],
  explicitBounds: [7, 'doubles'],
  exemplars: [8, () => EXEMPLAR],
  ...attributes(9),
  min: [11, 'double'],
  max: [12, 'double'],
};
const points = (shape: Shape): Shape => ({
  dataPoints: [1, () => shape],
  aggregationTemporality: [2, 'uint32'],
  isMonotonic: [3, 'bool'],
});
const METRIC: Shape = {
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, () => points(NUMBER_POINT)],
  sum: [7, () => points(NUMBER_POINT)],
  histogram: [9, () => points(HISTOGRAM_POINT)],
};

function request(resources: string, scopes: string, items: string, item: Shape): Shape {
  const scope: Shape = {
    scope: [1, () => ({ name: [1, 'string'], version: [2, 'string'] })],
    [items]: [2, () => item],
    schemaUrl: [3, 'string'],
  };
  const resource: Shape = {
    resource: [1, () => attributes(1)],
    [scopes]: [2, () => scope],
    schemaUrl: [3, 'string'],
  };
  return { [resources]: [1, () => resource] };
}
const REQUESTS: Readonly<Record<Signal, Shape>> = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', SPAN),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', LOG),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', METRIC),
};

const writer = new ProtobufWriter();

/** @throws TypeError for what is no request of ours */
export function jsonToProtobuf(signal: Signal, json: Uint8Array): Uint8Array {
  try {
    writeMessage(JSON.parse(new TextDecoder().decode(json)), REQUESTS[signal]);
    return writer.finish();
  } catch (error) {
    writer.reset();
    throw new TypeError('What waited as JSON could not be read.', { cause: error });
  }
}

function writeMessage(message: object, shape: Shape): void {
  for (const [name, value] of Object.entries(message) as [string, unknown][]) {
    const known = shape[name];
    if (known === undefined) throw new TypeError(`unknown field ${name}`);
    const [field, type] = known;
    if (typeof type !== 'function') writeScalar(field, type, value);
    else {
      for (const part of Array.isArray(value) ? (value as object[]) : [value as object]) {
        writer.open(field);
        writeMessage(part, type());
        writer.close();
      }
    }
  }
}

function writeScalar(field: number, type: Exclude<Field[1], () => Shape>, value: unknown): void {
  switch (type) {
    case 'string':
    case 'id':
      return writer[type](field, '', String(value));
    case 'bool':
      return writer.bool(field, '', value === true);
    case 'nanos':
      return writer.nanos(field, String(value));
    case 'counts64':
    case 'doubles':
      return writer[type](field, '', (value as unknown[]).map(Number));
    default:
      // 64-bit numbers are texts, and so are those that JSON does not know. They were doubles before.
      return writer[type](field, '', Number(value));
  }
}
