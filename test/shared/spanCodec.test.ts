import { describe, expect, it } from 'vitest';
import { decodeSpans, encodeSpans } from '../../shared/spanCodec.ts';
import { SpanCodecError, spanCountOf } from '../../shared/spanFormat.ts';
import { SpanWriter } from '../../shared/spanWriter.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { Attributes, AttributeValue, SpanRecord } from '../../shared/span.ts';
import { hexId, pipelineSpans, randomFrom, span } from '../electron/telemetry/pipelineSpans.ts';

const TEXTS = [
  '',
  'a',
  'item',
  '낱말',
  '日本語のテキスト',
  '😀 emoji',
  'é',
  '\u0000',
  '\ud800 lone',
  'x'.repeat(5000),
  '__proto__',
  'ü'.repeat(300),
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  127,
  128,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  2 ** 53,
  0.1,
  -1e300,
  NaN,
  Infinity,
  -Infinity,
];

function anyAttributes(random: () => number): Attributes {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const many = <T>(make: () => T): T[] => Array.from({ length: 1 + Math.floor(random() * 3) }, make);
  const value = (): AttributeValue =>
    pick<() => AttributeValue>([
      () => pick(TEXTS),
      () => pick(NUMBERS),
      () => random() < 0.5,
      () => many(() => pick(TEXTS)),
      () => many(() => pick(NUMBERS)),
      () => many(() => random() < 0.5),
      () => [],
    ])();
  return Object.fromEntries(Array.from({ length: Math.floor(random() * 6) }, () => [pick(TEXTS), value()]));
}

function anySpan(random: () => number): SpanRecord {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const startMs = 1.79e12 + random() * 1e6;
  const rest = <Name extends string>(name: Name): Partial<Record<Name, number>> =>
    random() < 0.7 ? {} : ({ [name]: pick([-32_767, -500, -1, 1, 750, 32_767]) } as Record<Name, number>);
  return {
    traceId: hexId(randomFrom(Math.floor(random() * 3)), 32),
    spanId: hexId(random, 16),
    parentSpanId: random() < 0.3 ? null : hexId(random, 16),
    name: pick(TEXTS),
    kind: pick(SPAN_KINDS),
    startMs,
    endMs: random() < 0.2 ? null : startMs + random() * 1000 - 10,
    ...rest('startRestNs'),
    ...rest('endRestNs'),
    status: pick(SPAN_STATUSES),
    statusMessage: random() < 0.7 ? null : pick(TEXTS),
    attributes: anyAttributes(random),
    events:
      random() < 0.7
        ? []
        : [{ name: pick(TEXTS), timeMs: startMs, ...rest('timeRestNs'), attributes: anyAttributes(random) }],
    links:
      random() < 0.7
        ? []
        : [{ traceId: hexId(random, 32), spanId: hexId(random, 16), attributes: anyAttributes(random) }],
  };
}

describe('span codec', () => {
  it('gives back any spans as they were', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const random = randomFrom(seed);
      const spans = Array.from({ length: Math.floor(random() * 20) }, () => anySpan(random));
      expect(decodeSpans(encodeSpans(spans))).toStrictEqual(spans);
    }
  });

  it('keeps where spans come from, their trace state and what was dropped, and costs others nothing', () => {
    const origins = ['a', 'b', 'c'].map((name) => ({
      resource: { 'service.name': name, list: [1, NaN], [name]: true },
      scope: { name: `lib ${name}`, version: name === 'b' ? null : '1.0' },
    }));
    for (let seed = 0; seed < 100; seed += 1) {
      const random = randomFrom(seed + 1000);
      let origin: (typeof origins)[number] | undefined;
      const spans = Array.from({ length: Math.floor(random() * 40) }, () => {
        if (random() < 0.3) origin = origins[Math.floor(random() * 4)];
        return {
          ...anySpan(random),
          ...(origin === undefined ? {} : { origin }),
          ...(random() < 0.2 ? { traceState: `k=${Math.floor(random() * 3)}` } : {}),
          ...(random() < 0.2 ? { dropped: { attributes: 1, events: 2 ** 31, links: 0 } } : {}),
        };
      });
      const decoded = decodeSpans(encodeSpans(spans));
      expect(decoded).toStrictEqual(spans);
      // All of one origin share one object.
      expect(new Set(decoded.map((one) => one.origin)).size).toBe(
        new Set(spans.map((one) => one.origin)).size,
      );
    }
    const plain = pipelineSpans(50);
    expect(new Uint32Array(encodeSpans(plain).buffer, 0, 8)[7]).toBe(0);
  });

  it('forgets the origin and the rests of a span that is taken back', () => {
    const [one] = pipelineSpans(10);
    const origin = { resource: { 'service.name': 'x' }, scope: { name: 's', version: null } };
    const writer = new SpanWriter();
    const trace = writer.trace(one!.traceId);
    const add = (name: string) => {
      writer.beginSpan(trace, 1, 2, 0, 0, writer.intern(name), 1, 2, 0, 0);
      writer.attributeCount(0);
      writer.endSpan(null, null, null);
    };
    add('kept');
    add('dropped');
    writer.origin(origin);
    writer.more('a=b', null);
    writer.rests(5, -5);
    writer.dropSpan();
    add('after');
    expect(
      decodeSpans(writer.finish()).map(({ name, origin, traceState, startRestNs, endRestNs }) => [
        name,
        origin ?? traceState ?? startRestNs ?? endRestNs,
      ]),
    ).toEqual([
      ['kept', undefined],
      ['after', undefined],
    ]);
  });

  it('keeps no more than 120 bytes a span of the pipeline', () => {
    const spans = pipelineSpans(2000);
    expect(encodeSpans(spans).byteLength / spans.length).toBeLessThanOrEqual(120);
  });

  it('says how many spans a block holds without unpacking it', () => {
    expect(spanCountOf(encodeSpans(pipelineSpans(100)))).toBe(pipelineSpans(100).length);
    expect(spanCountOf(encodeSpans([]))).toBe(0);
    expect(spanCountOf(new Uint8Array(3))).toBe(0);
  });

  it('reads a block that lies anywhere inside a larger buffer', () => {
    const spans = pipelineSpans(30);
    const bytes = encodeSpans(spans);
    for (const offset of [1, 4, 7, 8]) {
      const larger = new Uint8Array(bytes.length + 20);
      larger.set(bytes, offset);
      expect(decodeSpans(larger.subarray(offset, offset + bytes.length))).toStrictEqual(spans);
    }
  });

  it('refuses random bytes, cut blocks and changed blocks with its own error, or reads them as spans', () => {
    const random = randomFrom(7);
    const spans = Array.from({ length: 12 }, () => anySpan(random));
    const bytes = encodeSpans(spans);
    let refused = 0;
    const attempt = (hostile: Uint8Array) => {
      try {
        for (const one of decodeSpans(hostile)) {
          expect(one.traceId).toMatch(/^[0-9a-f]{32}$/);
          expect(Number.isFinite(one.startMs)).toBe(true);
        }
      } catch (error) {
        if (!(error instanceof SpanCodecError)) throw error;
        refused += 1;
      }
    };
    for (let length = 0; length < bytes.length; length += 7) attempt(bytes.slice(0, length));
    for (let i = 0; i < 4000; i += 1) {
      const hostile = bytes.slice();
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
        hostile[Math.floor(random() * hostile.length)] = Math.floor(random() * 256);
      }
      attempt(hostile);
    }
    for (let i = 0; i < 300; i += 1) {
      attempt(Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)));
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('refuses counts that would need more memory than the block has bytes', () => {
    const bytes = encodeSpans(pipelineSpans(10));
    const header = new Uint32Array(bytes.buffer, 0, 8);
    for (let word = 1; word < 7; word += 1) {
      const before = header[word]!;
      for (const lie of [0xffffffff, before + 1, 0x7fffffff]) {
        header[word] = lie;
        expect(() => decodeSpans(bytes)).toThrow(SpanCodecError);
      }
      header[word] = before;
    }
    expect(decodeSpans(bytes)).toHaveLength(pipelineSpans(10).length);
  });

  it('refuses bytes left over at the end', () => {
    const bytes = encodeSpans(pipelineSpans(5));
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(() => decodeSpans(longer)).toThrow(SpanCodecError);
  });

  it.each([
    ['a trace id that is too short', { traceId: 'abc' }],
    ['a span id that is no hex', { spanId: 'zzzzzzzzzzzzzzzz' }],
    ['a start that is no number', { startMs: NaN }],
    ['an endless end', { endMs: Infinity }],
    ['an attribute that is an object', { attributes: { key: {} as never } }],
    ['an array of several types', { attributes: { key: ['a', 1] as never } }],
  ])('does not pack %s', (_what, part) => {
    expect(() => encodeSpans([span(part)])).toThrow(SpanCodecError);
  });

  it('leaves the writer empty after a block', () => {
    const writer = new SpanWriter();
    const one = span({ name: 'one', attributes: { key: 'value' } });
    const write = () => {
      writer.beginSpan(writer.trace(one.traceId), 1, 2, 0, 0, writer.intern(one.name), 1, null, 0, 0);
      writer.attributes(one.attributes);
      writer.endSpan(null, null, null);
      return writer.finish();
    };
    expect(write()).toStrictEqual(write());
    expect(decodeSpans(writer.finish())).toStrictEqual([]);
  });

  it('does not let an attribute named __proto__ reach the prototype', () => {
    const hostile = span({ attributes: JSON.parse('{"__proto__": "x"}') as Attributes });
    const [read] = decodeSpans(encodeSpans([hostile]));
    expect(Object.getPrototypeOf(read!.attributes)).toBe(Object.prototype);
    expect(Object.keys(read!.attributes)).toStrictEqual(['__proto__']);
  });
});
