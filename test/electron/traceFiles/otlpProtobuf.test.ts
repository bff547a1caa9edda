import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { RecordSink } from '../../../electron/traceFiles/collector.ts';
import { readOtlpProtobuf } from '../../../electron/traceFiles/otlpProtobuf.ts';
import { encodeLogs, encodeMetrics } from '../../../electron/telemetry/export/otlpEncode.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { AttributeValue, Attributes, LogRecord, Origin, SpanRecord } from '../../../shared/span.ts';
import type { StoredPoint } from '../../../shared/traceQuery.ts';
import { byId, readFile } from './files.ts';
import { randomSpans } from './randomSpans.ts';

const DIRECTORY = fileURLToPath(new URL('../../fixtures/otlp/', import.meta.url));
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => (target.startsWith(DIRECTORY) ? target : DIRECTORY + target);
root.loadSync('collector.proto').resolveAll();
const TRACES = root.lookupType('opentelemetry.proto.collector.ExportTraceServiceRequest');

const BARE: Origin = { resource: { 'service.name': 'bare' }, scope: { name: '', version: null } };

function encode(message: object): Uint8Array {
  return TRACES.encode(TRACES.fromObject(message)).finish();
}
const nanos = (ms: number, restNs = 0): string =>
  (BigInt(Math.round(ms * 1000)) * 1000n + BigInt(restNs)).toString();
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const pairs = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
function anyValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? { intValue: String(value) }
      : { doubleValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
}
function request(spans: readonly SpanRecord[]): Uint8Array {
  return encode({
    resourceSpans: spans.map((span) => {
      const { resource, scope } = span.origin ?? BARE;
      return {
        resource: { attributes: pairs(resource) },
        scopeSpans: [
          {
            scope: { name: scope.name, version: scope.version ?? '' },
            spans: [
              {
                traceId: bytes(span.traceId),
                spanId: bytes(span.spanId),
                traceState: span.traceState ?? '',
                parentSpanId: bytes(span.parentSpanId ?? ''),
                name: span.name,
                kind: SPAN_KINDS.indexOf(span.kind) + 1,
                startTimeUnixNano: nanos(span.startMs, span.startRestNs),
                endTimeUnixNano: span.endMs === null ? '0' : nanos(span.endMs, span.endRestNs),
                attributes: pairs(span.attributes),
                droppedAttributesCount: span.dropped?.attributes ?? 0,
                droppedEventsCount: span.dropped?.events ?? 0,
                droppedLinksCount: span.dropped?.links ?? 0,
                events: span.events.map((event) => ({
                  timeUnixNano: nanos(event.timeMs, event.timeRestNs),
                  name: event.name,
                  attributes: pairs(event.attributes),
                })),
                links: span.links.map((link) => ({
                  traceId: bytes(link.traceId),
                  spanId: bytes(link.spanId),
                  attributes: pairs(link.attributes),
                })),
                status: { message: span.statusMessage ?? '', code: SPAN_STATUSES.indexOf(span.status) },
                flags: 1,
              },
            ],
          },
        ],
      };
    }),
  });
}

type Read = { spans: SpanRecord[]; logs: LogRecord[]; points: StoredPoint[]; refused: string[] };
function read(content: Uint8Array): Read {
  const into: Read = { spans: [], logs: [], points: [], refused: [] };
  const sink: RecordSink = {
    origin: (origin) => (origin.resource['service.name'] === 'bare' ? undefined : origin),
    span: (span) => into.spans.push(span),
    log: (log) => into.logs.push(log),
    point: (point) => into.points.push(point),
    refuse: (reason, at) => into.refused.push(`${reason} (${at})`),
    note: () => undefined,
  };
  readOtlpProtobuf(content, sink);
  return into;
}
const bareSpan = {
  traceId: bytes('a'.repeat(32)),
  spanId: bytes('b'.repeat(16)),
  startTimeUnixNano: '1000000000',
};
const inScope = (...spans: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

describe('OTLP protobuf', () => {
  it('reads what protobufjs encodes, span by span', () => {
    const spans = randomSpans(1000, 5);
    const found = read(request(spans));
    expect(found.refused).toStrictEqual([]);
    expect(byId(found.spans)).toStrictEqual(byId(spans));
  });

  it('reads it from a file, one request or many with their lengths before them', async () => {
    const spans = randomSpans(60, 6).map(({ origin: _origin, ...span }) => ({
      ...span,
      origin: { resource: { 'service.name': 'x' }, scope: { name: '', version: null } },
    }));
    const parts = [spans.slice(0, 20), spans.slice(20)].map(request);
    const collector = Buffer.concat(
      parts.flatMap((part) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(part.length);
        return [length, part];
      }),
    );
    const delimited = Buffer.concat(parts.map((part) => protobuf.Writer.create().bytes(part).finish()));
    for (const content of [request(spans), collector, delimited]) {
      const { report, spans: found } = await readFile('spans.pb', content);
      expect(report).toMatchObject({ format: 'otlp-protobuf', spans: 60, refused: [] });
      expect(byId(found)).toStrictEqual(byId(spans));
    }
  });

  it('keeps 64 bits as digits, bytes as base64, and what holds values as JSON', () => {
    const { spans } = read(
      encode(
        inScope({
          ...bareSpan,
          attributes: [
            { key: 'big', value: { intValue: '9223372036854775807' } },
            { key: 'low', value: { intValue: '-9223372036854775808' } },
            { key: 'minus', value: { intValue: '-5' } },
            { key: 'bytes', value: { bytesValue: bytes('00ff10') } },
            { key: 'none', value: {} },
            {
              key: 'mixed',
              value: {
                arrayValue: { values: [{ intValue: '1' }, { stringValue: 'two' }, { boolValue: true }] },
              },
            },
            {
              key: 'map',
              value: {
                kvlistValue: {
                  values: [{ key: 'a', value: { arrayValue: { values: [{ doubleValue: 0.5 }] } } }],
                },
              },
            },
          ],
        }),
      ),
    );
    expect(spans[0]!.attributes).toStrictEqual({
      big: '9223372036854775807',
      low: '-9223372036854775808',
      minus: -5,
      bytes: 'AP8Q',
      none: '',
      mixed: '[1,"two",true]',
      map: '{"a":[0.5]}',
    });
  });

  it('refuses spans without ids or a start, and keeps those beside them', () => {
    const found = read(
      encode(
        inScope(
          { ...bareSpan, traceId: bytes('aabb') },
          { ...bareSpan, spanId: bytes('0'.repeat(16)) },
          { ...bareSpan, startTimeUnixNano: '0' },
          { ...bareSpan, name: 'good', parentSpanId: bytes('0'.repeat(16)) },
          { ...bareSpan, name: 'parent cut', parentSpanId: bytes('ab') },
        ),
      ),
    );
    expect(found.spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toStrictEqual([
      ['good', null],
      ['parent cut', null],
    ]);
    expect(found.refused).toStrictEqual([
      'a span without a trace id (resource 0, scope 0, record 0)',
      'a span without an id (resource 0, scope 0, record 1)',
      'a span without a start time (resource 0, scope 0, record 2)',
      'a parent that is no span id (resource 0, scope 0, record 4)',
    ]);
  });

  it('reads all that stands before bytes that are cut off, at every length', () => {
    const spans = randomSpans(12, 3);
    const whole = request(spans);
    for (let length = 0; length < whole.length; length += 1) {
      const found = read(whole.subarray(0, length));
      expect(found.spans.length).toBeLessThanOrEqual(12);
      for (const [index, span] of found.spans.slice(0, -1).entries())
        expect(span.spanId).toBe(spans[index]!.spanId);
    }
  });

  it('goes on behind a span that is damaged inside', () => {
    const whole = Buffer.from(
      encode(inScope({ ...bareSpan, name: 'x'.repeat(50) }, { ...bareSpan, name: 'next' })),
    );
    // The name's length now reaches beyond its span.
    whole[whole.indexOf('x'.repeat(50)) - 1] = 120;
    const { spans, refused } = read(whole);
    expect(spans.map(({ name }) => name)).toStrictEqual(['next']);
    expect(refused).toStrictEqual(['damaged protobuf: cut off (resource 0, scope 0, record 0)']);
  });

  it('never throws, whatever the bytes are', () => {
    const whole = request(randomSpans(20, 9));
    let seed = 1;
    for (let round = 0; round < 3000; round += 1) {
      const broken = Buffer.from(whole.subarray(0, 1500));
      for (let change = 0; change < 4; change += 1) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        broken[seed % broken.length] = seed >>> 16;
      }
      read(broken);
    }
  });

  it('does not follow values within values without end', () => {
    const field = (number: number, content: Uint8Array): Uint8Array =>
      protobuf.Writer.create()
        .uint32(number * 8 + 2)
        .bytes(content)
        .finish();
    let value = field(1, Buffer.from('core'));
    for (let depth = 0; depth < 5000; depth += 1) value = field(5, field(1, value));
    const attribute = Buffer.concat([field(1, Buffer.from('deep')), field(2, value)]);
    const span = Buffer.concat([
      field(1, bytes('a'.repeat(32))),
      field(2, bytes('b'.repeat(16))),
      Buffer.from([0x39, 0, 0, 0, 0, 1, 0, 0, 0]),
      field(9, attribute),
    ]);
    const { spans, refused } = read(field(1, field(2, field(2, span))));
    expect(spans).toStrictEqual([]);
    expect(refused).toStrictEqual([
      'damaged protobuf: values within values without end (resource 0, scope 0, record 0)',
    ]);
  });

  it('reads the nanoseconds of log records', () => {
    const field = (number: number, content: Uint8Array): Uint8Array =>
      protobuf.Writer.create()
        .uint32(number * 8 + 2)
        .bytes(content)
        .finish();
    const times = Array.from(
      { length: 500 },
      (_, i) => 1_790_000_000_000_000_000n + BigInt(i) * 7_654_321_987n,
    );
    const records = times.map((nanos) => {
      const time = Buffer.alloc(9, 0x09);
      time.writeBigUInt64LE(nanos, 1);
      return field(2, time);
    });
    const { logs, refused } = read(field(1, field(2, Buffer.concat(records))));
    expect(refused).toStrictEqual([]);
    expect(logs.map(({ timeMs, timeRestNs }) => nanos(timeMs, timeRestNs))).toEqual(times.map(String));
  });

  it('tells spans, log records and metrics apart', () => {
    const context = { resource: { 'service.name': 'app' }, scope: { name: 's', version: '1' } };
    const record: LogRecord = {
      timeMs: 1_790_000_000_000.5,
      level: 'warn',
      message: 'low disk',
      eventName: 'disk',
      attributes: { free: 3 },
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
    };
    expect(
      read(encodeLogs(context, [record, { ...record, traceId: null, spanId: null }], 'protobuf')).logs,
    ).toStrictEqual([
      { ...record, origin: context },
      { ...record, traceId: null, spanId: null, origin: context },
    ]);
    const histogram = { count: 3, sum: 4.5, min: 0.5, max: 3, boundaries: [1, 2], counts: [1, 0, 2] };
    const exemplars = [
      { value: 3, timeMs: 1_790_000_000_100, traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) },
    ];
    const { points } = read(
      encodeMetrics(
        { ...context, startedMs: 1_790_000_000_000 },
        [
          {
            name: 'c',
            unit: '1',
            description: 'd',
            kind: 'counter',
            points: [{ attributes: { a: 'b' }, value: 2 }],
          },
          {
            name: 'u',
            unit: '',
            description: '',
            kind: 'upDownCounter',
            points: [{ attributes: {}, value: -1.5 }],
          },
          { name: 'g', unit: '', description: '', kind: 'gauge', points: [{ attributes: {}, value: 7 }] },
          {
            name: 'h',
            unit: 's',
            description: '',
            kind: 'histogram',
            points: [{ attributes: {}, value: histogram, exemplars }],
          },
        ],
        1_790_000_001_000,
        'protobuf',
      ),
    );
    const times = { origin: context, startMs: 1_790_000_000_000, timeMs: 1_790_000_001_000 };
    expect(points).toStrictEqual([
      {
        name: 'c',
        unit: '1',
        description: 'd',
        kind: 'counter',
        attributes: { a: 'b' },
        ...times,
        value: 2,
        exemplars: [],
      },
      {
        name: 'u',
        unit: '',
        description: '',
        kind: 'upDownCounter',
        attributes: {},
        ...times,
        value: -1.5,
        exemplars: [],
      },
      {
        name: 'g',
        unit: '',
        description: '',
        kind: 'gauge',
        attributes: {},
        ...times,
        startMs: times.timeMs,
        value: 7,
        exemplars: [],
      },
      {
        name: 'h',
        unit: 's',
        description: '',
        kind: 'histogram',
        attributes: {},
        ...times,
        value: histogram,
        exemplars,
      },
    ]);
  });
});
