// The keys `constructor` and `__proto__` are beyond `toStrictEqual`.
import { deepStrictEqual } from 'node:assert';
import { describe, expect, it } from 'vitest';
import type { MetricSnapshot } from '../../../../shared/metric.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { samplingSchema } from '../../../../shared/telemetrySettings.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';
import {
  encodeLogs,
  encodeMetrics,
  encodeTraces,
  readResponse,
  SCHEMA_URL,
} from '../../../../electron/telemetry/export/otlpEncode.ts';
import { jsonToProtobuf } from '../../../../electron/telemetry/export/jsonToProtobuf.ts';
import { unixNanos } from '../../../../electron/telemetry/export/unixNanos.ts';
import { decodeRequest, encodeResponse, toLogs, toMetrics, toSpans } from '../../../fixtures/otlpDecode.ts';
import { pipelineSpans, randomFrom, span } from '../pipelineSpans.ts';
import { oddLog, oddMetric, oddRecords, oddSpan } from './otlpRecords.ts';

const FORMS = ['protobuf', 'json'] as const;
const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const context = {
  resource: { 'service.name': 'tracedeck', 'service.version': '0.1.0', 'process.pid': 4711 },
  scope: { name: 'tracedeck', version: '0.1.0' },
  startedMs: 1_790_000_000_000.125,
};
const origin = {
  resource: context.resource,
  resourceSchemaUrl: SCHEMA_URL,
  scope: context.scope,
  schemaUrl: SCHEMA_URL,
};
/** As they are sent: by scope, each scope where its first one was. */
function groupedByScope(snapshots: readonly MetricSnapshot[]): MetricSnapshot[] {
  const names = [...new Set(snapshots.map(({ scope }) => scope?.name))];
  return names.flatMap((name) => snapshots.filter(({ scope }) => scope?.name === name));
}
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const json = (bytes: Uint8Array) => JSON.parse(text(bytes));
const firstSpan = (bytes: Uint8Array) => json(bytes).resourceSpans[0].scopeSpans[0].spans[0];

describe.each(FORMS)('OTLP as %s', (form) => {
  const spansOf = (spans: readonly SpanRecord[]) =>
    toSpans(decodeRequest('traces', form, encodeTraces(context, spans, form)));

  it('carries spans with whatever values unchanged, through the official schema', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const spans = oddRecords(25, seed, oddSpan);
      deepStrictEqual(
        spansOf(spans),
        spans.map((record) => ({ ...record, flags: 1, ...origin })),
      );
    }
  });

  it('carries a whole run', () => {
    const spans = pipelineSpans(5000);
    expect(spansOf(spans)).toStrictEqual(spans.map((record) => ({ ...record, flags: 1, ...origin })));
  });

  it('carries log records with their level and span', () => {
    const numbers = { debug: 5, info: 9, warn: 13, error: 17 };
    for (let seed = 1; seed <= 20; seed += 1) {
      const records = oddRecords(25, seed, oddLog);
      const decoded = toLogs(decodeRequest('logs', form, encodeLogs(context, records, form)));
      deepStrictEqual(
        decoded,
        records.map((record) => ({
          ...record,
          observedMs: record.timeMs,
          severityNumber: numbers[record.level],
          flags: record.traceId === null ? 0 : 1,
          ...origin,
        })),
      );
    }
  });

  it('does not claim of a record that its span was sampled where it was not', () => {
    const telemetry = initTelemetry({ version: '1', sampling: samplingSchema.parse({ ratio: 0 }) });
    telemetry.withSpan('left out', () => telemetry.logger.info('said all the same'));
    const records = telemetry.logger.recent(null, 1);
    expect(records[0]!.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(toLogs(decodeRequest('logs', form, encodeLogs(context, records, form)))).toMatchObject([
      { traceId: records[0]!.traceId, flags: 0 },
    ]);
  });

  it('carries metrics with their exemplars, as totals since the start', () => {
    const timeMs = 1_790_000_060_000.5;
    for (let seed = 1; seed <= 40; seed += 1) {
      const snapshots = oddRecords(10, seed, oddMetric);
      const bytes = encodeMetrics(context, snapshots, timeMs, form);
      deepStrictEqual(
        toMetrics(decodeRequest('metrics', form, bytes)),
        groupedByScope(snapshots).map((snapshot) => ({
          ...snapshot,
          startedMs: snapshot.kind === 'gauge' ? null : context.startedMs,
          timeMs,
          temporality: snapshot.kind === 'gauge' ? null : 2,
          ...origin,
          ...(snapshot.scope === undefined ? {} : { scope: snapshot.scope, schemaUrl: '' }),
        })),
      );
    }
  });

  it('makes a whole request of nothing', () => {
    expect(spansOf([])).toStrictEqual([]);
    expect(json(encodeLogs(context, [], 'json')).resourceLogs[0].scopeLogs[0].logRecords).toStrictEqual([]);
    const empty: MetricSnapshot = { name: 'n', unit: '', description: '', kind: 'gauge', points: [] };
    const [metric] = toMetrics(
      decodeRequest('metrics', form, encodeMetrics(context, [empty], context.startedMs, form)),
    );
    expect(metric).toMatchObject(empty);
  });

  it('turns halves of characters into U+FFFD', () => {
    const [decoded] = spansOf([
      span({ name: 'a\ud800b', attributes: { short: '\udc00', long: `${'x'.repeat(100)}\ud83d` } }),
    ]);
    expect(decoded!.name).toBe('a\u{fffd}b');
    expect(decoded!.attributes).toStrictEqual({ short: '\u{fffd}', long: `${'x'.repeat(100)}\u{fffd}` });
  });

  it('keeps every double of our time as it is, and the nearest nanosecond of it', () => {
    const random = randomFrom(9);
    for (let round = 0; round < 2000; round += 1) {
      const startMs = 1_790_000_000_000 + random() * 1e10;
      const [decoded] = spansOf([span({ startMs })]);
      expect(decoded!.startMs).toBe(startMs);
    }
  });

  it('keeps infinities, which JSON has no number for', () => {
    const [decoded] = spansOf([span({ attributes: { up: Infinity, down: -Infinity, none: NaN } })]);
    expect(decoded!.attributes).toStrictEqual({ up: Infinity, down: -Infinity, none: NaN });
  });

  it('leaves a value of no known type empty and goes on', () => {
    const odd = { before: 1, strange: null, object: {}, after: 2 } as unknown as SpanRecord['attributes'];
    const bytes = encodeTraces(context, [span({ attributes: odd })], form);
    const decoded = decodeRequest('traces', form, bytes);
    expect(JSON.stringify(decoded)).toContain('"key":"after"');
  });

  it('is whole again after a record that cannot be written', () => {
    const broken = { ...span(), events: null } as unknown as SpanRecord;
    expect(() => encodeTraces(context, [span(), broken], form)).toThrow(TypeError);
    expect(spansOf([span()])).toHaveLength(1);
  });

  it('gives bytes of their own that the next request does not touch', () => {
    const first = encodeTraces(context, pipelineSpans(50), form);
    const copy = Buffer.from(first);
    encodeTraces(context, pipelineSpans(80, 2), form);
    expect(copy.equals(first)).toBe(true);
    expect(first.byteLength).toBe(first.buffer.byteLength);
  });

  it('lets go of the room that one large request took', () => {
    const large = 'z'.repeat(5_000_000);
    expect(spansOf([span({ attributes: { large } })])[0]!.attributes).toStrictEqual({ large });
    expect(spansOf([span()])[0]).toMatchObject(span());
  });
});

describe('OTLP as JSON', () => {
  it('writes ids in hex, times as strings of nanoseconds, enumerations as numbers', () => {
    const bytes = encodeTraces(
      context,
      [
        span({
          kind: 'client',
          startMs: 1_790_000_000_000.25,
          endMs: 1_790_000_000_010.5,
          status: 'error',
          attributes: { n: 3, half: 0.5, list: [1, 2.5] },
        }),
      ],
      'json',
    );
    expect(firstSpan(bytes)).toStrictEqual({
      traceId: '0123456789abcdef0123456789abcdef',
      spanId: '0123456789abcdef',
      name: 'run',
      kind: 3,
      startTimeUnixNano: '1790000000000250000',
      endTimeUnixNano: '1790000000010500000',
      attributes: [
        { key: 'n', value: { intValue: '3' } },
        { key: 'half', value: { doubleValue: 0.5 } },
        { key: 'list', value: { arrayValue: { values: [{ doubleValue: 1 }, { doubleValue: 2.5 }] } } },
      ],
      status: { code: 2 },
      flags: 1,
    });
  });

  it('gives an open span no end', () => {
    expect(firstSpan(encodeTraces(context, [span({ endMs: null })], 'json'))).not.toHaveProperty(
      'endTimeUnixNano',
    );
  });

  it('writes an up-down counter as a sum that is not monotonic, and an integer beyond 64 bits as a double', () => {
    const point = { attributes: { huge: 1e300 }, value: -2 };
    const snapshot: MetricSnapshot = {
      name: 'open',
      unit: '{span}',
      description: '',
      kind: 'upDownCounter',
      points: [point],
    };
    const bytes = encodeMetrics(context, [snapshot], context.startedMs, 'json');
    const [metric] = json(bytes).resourceMetrics[0].scopeMetrics[0].metrics;
    expect(metric.sum.isMonotonic).toBe(false);
    expect(metric.sum.aggregationTemporality).toBe(2);
    expect(metric.sum.dataPoints[0].attributes).toStrictEqual([
      { key: 'huge', value: { doubleValue: 1e300 } },
    ]);
  });
});

describe('what was written as JSON', () => {
  it('becomes the very bytes that protobuf would have been', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const spans = oddRecords(15, seed, oddSpan);
      const logs = oddRecords(15, seed, oddLog);
      const metrics = oddRecords(8, seed, oddMetric);
      const both = (encode: (form: 'json' | 'protobuf') => Uint8Array) => [
        encode('json'),
        encode('protobuf'),
      ];
      for (const [signal, [asJson, asProtobuf]] of [
        ['traces', both((form) => encodeTraces(context, spans, form))],
        ['logs', both((form) => encodeLogs(context, logs, form))],
        ['metrics', both((form) => encodeMetrics(context, metrics, 1_790_000_060_000.5, form))],
      ] as const) {
        expect(Buffer.compare(jsonToProtobuf(signal, asJson!), asProtobuf!)).toBe(0);
      }
    }
  });

  it('is refused where it is no request of ours, and the next one is whole again', () => {
    for (const wrong of [
      '',
      '[]x',
      '{"constructor":[]}',
      '{"resourceSpans":[{"news":1}]}',
      '{"resourceSpans":[7',
    ])
      expect(() => jsonToProtobuf('traces', Buffer.from(wrong))).toThrow('could not be read');
    const spans = pipelineSpans(3);
    const asJson = encodeTraces(context, spans, 'json');
    expect(toSpans(decodeRequest('traces', 'protobuf', jsonToProtobuf('traces', asJson)))).toHaveLength(
      spans.length,
    );
  });
});

describe('nanoseconds of epoch milliseconds', () => {
  it('carries over where a fraction rounds up to a whole millisecond', () => {
    expect(unixNanos(5.9999999)).toStrictEqual({ wholeMs: 6, nanos: 0 });
    expect(unixNanos(0.000001)).toStrictEqual({ wholeMs: 0, nanos: 1 });
  });

  it('is unknown before 1970 and for no number, and ends with 64 bits', () => {
    for (const ms of [-1, -0, 0, NaN, -Infinity])
      expect(unixNanos(ms)).toStrictEqual({ wholeMs: 0, nanos: 0 });
    const { wholeMs, nanos } = unixNanos(Infinity);
    expect(BigInt(wholeMs) * 1_000_000n + BigInt(nanos)).toBeLessThan(2n ** 64n);
    const last = toSpans(
      decodeRequest('traces', 'json', encodeTraces(context, [span({ startMs: 1e20 })], 'json')),
    );
    const same = toSpans(
      decodeRequest('traces', 'protobuf', encodeTraces(context, [span({ startMs: 1e20 })], 'protobuf')),
    );
    expect(last).toStrictEqual(same);
    const early = encodeTraces(context, [span({ startMs: 0.000001, endMs: 0.5 })], 'json');
    expect(firstSpan(early)).toMatchObject({ startTimeUnixNano: '1', endTimeUnixNano: '500000' });
  });
});

describe.each(FORMS)('the answer of a receiver as %s', (form) => {
  it.each(SIGNALS)('says how many %s it did not take, and why', (signal) => {
    for (const rejected of [0, 1, 300, 2 ** 40]) {
      const bytes = encodeResponse(signal, form, { rejected, message: 'zu groß' });
      expect(readResponse(signal, form, bytes)).toStrictEqual({ rejected, message: 'zu groß' });
    }
    expect(readResponse(signal, form, encodeResponse(signal, form))).toStrictEqual({
      rejected: 0,
      message: null,
    });
    const warning = encodeResponse(signal, form, { message: 'old schema' });
    expect(readResponse(signal, form, warning)).toStrictEqual({ rejected: 0, message: 'old schema' });
    const negative = encodeResponse(signal, form, { rejected: -3 });
    expect(readResponse(signal, form, negative)).toStrictEqual({ rejected: 0, message: null });
  });

  it('rejects nothing when it makes no sense', () => {
    const unreadable = { rejected: 0, message: 'The receiver’s answer could not be read.' };
    const garbage = [
      Uint8Array.of(0xff, 0xff, 0xff),
      Uint8Array.of(10, 200),
      Uint8Array.of(10, 2, 18, 0xc3),
      Uint8Array.of(8, 1),
      Uint8Array.of(10, 3, 18, 1, 0xff),
      Buffer.from('<!doctype html><title>Sign in</title>'),
    ];
    for (const bytes of garbage) expect(readResponse('traces', form, bytes)).toStrictEqual(unreadable);
    const random = randomFrom(3);
    for (let round = 0; round < 2000; round += 1) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 30) }, () => random() * 256);
      const { rejected } = readResponse('logs', form, bytes);
      expect(Number.isSafeInteger(rejected) && rejected >= 0).toBe(true);
    }
  });
});

describe('the answer of a receiver', () => {
  it('takes JSON of the wrong shape for unreadable', () => {
    for (const body of [
      '[]',
      'null',
      '7',
      '{"partialSuccess":3}',
      '{"partialSuccess":{"rejectedSpans":"x"}}',
    ])
      expect(readResponse('traces', 'json', Buffer.from(body))).toStrictEqual({
        rejected: 0,
        message: 'The receiver’s answer could not be read.',
      });
    const number = Buffer.from('{"partialSuccess":{"rejectedSpans":5,"errorMessage":""}}');
    expect(readResponse('traces', 'json', number)).toStrictEqual({ rejected: 5, message: null });
  });

  it('passes over fields that came later', () => {
    const known = encodeResponse('traces', 'protobuf', { rejected: 2, message: 'm' });
    const later = Buffer.concat([known, Uint8Array.of(0x98, 6, 5)]);
    expect(readResponse('traces', 'protobuf', later)).toStrictEqual({ rejected: 2, message: 'm' });
  });
});
