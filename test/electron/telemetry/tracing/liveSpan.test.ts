import { context, ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { SpanRecord } from '../../../../shared/span.ts';
import type { Telemetry } from '../../../../electron/telemetry/api.ts';
import { recordedSpans } from '../../../../electron/telemetry/console/printTraces.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';
import { createSpanLimits } from '../../../../electron/telemetry/tracing/spanLimits.ts';

const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);
const link = (spanId = SPAN) => ({ context: { traceId: TRACE, spanId, traceFlags: 1 } });
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

/** What is done to a span of our own and to one of OpenTelemetry's SDK, by what it shows. */
const CALLS: Readonly<Record<string, (span: Span) => void>> = {
  'attributes of every type': (span) =>
    span
      .setAttributes({ text: 'a', number: 1.5, whole: -3, yes: true, no: false, empty: '' })
      .setAttributes({ texts: ['a', 'b'], numbers: [1, 2], flags: [true], none: [] }),
  'attributes that come again': (span) =>
    span.setAttribute('a', 1).setAttribute('b', 'x').setAttribute('a', 'y').setAttribute('b', 2),
  'values that are none': (span) => {
    for (const value of [null, undefined, {}, () => 1, Symbol('s'), 1n, [1, 'a'], [{}], [[1]]]) {
      span.setAttribute('value', value as never);
    }
    span.setAttribute('gaps', ['a', null, 'b', undefined] as never);
    span.setAttribute('', 1);
  },
  'numbers that JSON cannot say': (span) => span.setAttributes({ nan: NaN, infinite: Infinity, zero: -0 }),
  'an array that is changed afterwards': (span) => {
    const list = ['a'];
    span.setAttribute('list', list);
    list.push('b');
  },
  'more attributes than are kept': (span) => {
    for (let i = 0; i < 140; i += 1) span.setAttribute(`key ${i}`, i);
    span.setAttribute('key 3', 'again');
  },
  'text longer than is kept': (span) =>
    span.setAttributes({ long: 'x'.repeat(40_000), list: ['y'.repeat(40_000)] }),
  'events with and without attributes': (span) =>
    span
      .addEvent('plain', 1_700_000_000_000)
      .addEvent('full', { a: 1, b: ['x'], bad: {} as never, none: undefined }, 1_700_000_000_001)
      .addEvent('by date', { a: 1 }, new Date(1_700_000_000_002))
      .addEvent('by pair', [1_700_000_000, 3_000_000])
      .addEvent('two times', 1_600_000_000_000, 1_700_000_000_004),
  'more events than are kept': (span) => {
    for (let i = 0; i < 140; i += 1) span.addEvent(`event ${i}`, 1_700_000_000_000 + i);
  },
  'an event with more attributes than are kept': (span) =>
    span.addEvent('wide', Object.fromEntries(many(140, (i) => [`key ${i}`, i])), 1_700_000_000_000),
  links: (span) =>
    span
      .addLink({ ...link(), attributes: { why: 'before', bad: {} as never } })
      .addLinks([link('c'.repeat(16)), link('d'.repeat(16))]),
  'more links than are kept': (span) =>
    span.addLinks(many(140, (i) => link((i + 1).toString(16).padStart(16, '0')))),
  'an error and its message': (span) => span.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' }),
  'an error without one': (span) => span.setStatus({ code: SpanStatusCode.ERROR }),
  'a message that is no text': (span) => span.setStatus({ code: SpanStatusCode.ERROR, message: 7 as never }),
  'success, which is final': (span) =>
    span
      .setStatus({ code: SpanStatusCode.OK, message: 'dropped' })
      .setStatus({ code: SpanStatusCode.ERROR, message: 'too late' }),
  'success after an error': (span) =>
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'first' }).setStatus({ code: SpanStatusCode.OK }),
  'a second error': (span) =>
    span
      .setStatus({ code: SpanStatusCode.ERROR, message: 'first' })
      .setStatus({ code: SpanStatusCode.ERROR, message: 'second' }),
  'a status that is taken back': (span) =>
    span
      .setStatus({ code: SpanStatusCode.ERROR, message: 'stays' })
      .setStatus({ code: SpanStatusCode.UNSET }),
  'another name': (span) => span.updateName('other'),
  'an exception that is text': (span) => span.recordException('broken', 1_700_000_000_000),
  'an exception by name': (span) =>
    span.recordException({ name: 'TypeError', message: 'bad', stack: 'at x' }, 1_700_000_000_000),
  'an exception by code': (span) =>
    span.recordException({ code: 42, name: 'Error', message: 'bad' }, 1_700_000_000_000),
  'an exception that says nothing': (span) => span.recordException({} as never, 1_700_000_000_000),
  'calls after the end': (span) => {
    span.setAttribute('kept', 1).end();
    span
      .setAttributes({ kept: 2, late: 1 })
      .addEvent('late')
      .addLink(link())
      .setStatus({ code: SpanStatusCode.ERROR })
      .updateName('late');
    span.recordException('late');
    span.end(1_900_000_000_000);
  },
};

function recordOf(telemetry: Telemetry, work: (span: Span) => void, span: Span): SpanRecord {
  work(span);
  span.end();
  const { spanId } = span.spanContext();
  const [record, ...others] = recordedSpans(telemetry).filter((one) => one.spanId === spanId);
  expect(others).toStrictEqual([]);
  return record!;
}
const withoutIds = <T extends { traceId: string; spanId: string }>({ traceId: _t, spanId: _s, ...rest }: T) =>
  rest;
const own = (telemetry: Telemetry): Span => telemetry.startSpan('work') as unknown as Span;
const ofSdk = (telemetry: Telemetry): Span => telemetry.tracer('oracle').startSpan('work');

describe('a span of our own', () => {
  for (const [what, work] of Object.entries(CALLS)) {
    it(`is recorded as the SDK's is: ${what}`, () => {
      const telemetry = initTelemetry({ version: '1' });
      // The SDK tells its times in nanoseconds.
      const facts = ({ startRestNs: _sr, endRestNs: _er, startMs, endMs, ...rest }: SpanRecord) => ({
        ...withoutIds(rest),
        isInOrder: endMs !== null && endMs >= startMs,
      });
      const ours = facts(recordOf(telemetry, work, own(telemetry)));
      expect(ours).toStrictEqual(facts(recordOf(telemetry, work, ofSdk(telemetry))));
      expect(telemetry.faults).toBe(0);
    });
  }

  it('ends when it is told, and at its start where that is told to be later', () => {
    const telemetry = initTelemetry({ version: '1' });
    for (const make of [own, ofSdk]) {
      const later = recordOf(telemetry, (span) => span.end(4_000_000_000_000), make(telemetry));
      expect(later.endMs).toBe(4_000_000_000_000);
      const earlier = recordOf(telemetry, (span) => span.end(new Date(1_000_000)), make(telemetry));
      expect(earlier.endMs).toBe(earlier.startMs);
      const byMonotonic = recordOf(telemetry, (span) => span.end(performance.now()), make(telemetry));
      expect(byMonotonic.endMs).toBeGreaterThanOrEqual(byMonotonic.startMs);
    }
  });

  it('says that it records until it has ended', () => {
    const telemetry = initTelemetry({ version: '1' });
    for (const span of [own(telemetry), ofSdk(telemetry)]) {
      const before = span.isRecording();
      span.end();
      expect([before, span.isRecording()]).toStrictEqual([true, false]);
    }
  });

  it('has a context that OpenTelemetry takes for valid', () => {
    const span = own(initTelemetry({ version: '1' }));
    expect(span.spanContext()).toStrictEqual({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      traceFlags: TraceFlags.SAMPLED,
    });
    expect(trace.isSpanContextValid(span.spanContext())).toBe(true);
  });

  it('hands the state of a foreign trace on', () => {
    const telemetry = initTelemetry({ version: '1' });
    const parent = { traceId: TRACE, spanId: SPAN, sampled: true, traceState: 'vendor=1' };
    const span = telemetry.startSpan('work', { parent }) as unknown as Span;
    expect(span.spanContext().traceState?.serialize()).toBe('vendor=1');
    expect(span.spanContext().traceId).toBe(TRACE);
    const record = (): SpanRecord => recordedSpans(telemetry)[0]!;
    expect(record().traceState).toBe('vendor=1');
    span.end();
    expect(record().traceState).toBe('vendor=1');
  });

  it('says how much it had no room for, while it is open too', () => {
    const telemetry = initTelemetry({ version: '1' });
    const span = telemetry.startSpan('work', { links: many(130, () => ({ traceId: TRACE, spanId: SPAN })) });
    for (let i = 0; i < 131; i += 1) {
      span.set(`key ${i}`, i);
      span.addEvent(`event ${i}`);
    }
    span.set('key 1', 'again');
    const dropped = { attributes: 3, events: 3, links: 2 };
    expect(recordedSpans(telemetry)[0]).toMatchObject({ endMs: null, dropped });
    span.end();
    expect(recordedSpans(telemetry)[0]!.dropped).toStrictEqual(dropped);
    expect(telemetry.startSpan('next')).toHaveProperty('dropped', null);
  });

  it('is one trace with spans of the SDK, above them and beneath', () => {
    const telemetry = initTelemetry({ version: '1' });
    const tracer = telemetry.tracer('library');
    telemetry.withSpan('outer', () =>
      tracer.startActiveSpan('library', (span) => {
        telemetry.withSpan('inner', () => telemetry.setAttribute('seen', true));
        telemetry.setAttribute('own', 1);
        telemetry.addEvent('told', { a: 1 });
        telemetry.link({ traceId: TRACE, spanId: SPAN });
        telemetry.recordException(new TypeError('broken'));
        span.end();
        telemetry.setAttribute('late', 1);
      }),
    );
    const spans = new Map(recordedSpans(telemetry).map((span) => [span.name, span]));
    const [outer, library, inner] = ['outer', 'library', 'inner'].map((name) => spans.get(name)!);
    expect(library!.parentSpanId).toBe(outer!.spanId);
    expect(inner!.parentSpanId).toBe(library!.spanId);
    expect(new Set([outer, library, inner].map((span) => span!.traceId)).size).toBe(1);
    expect(inner!.attributes).toStrictEqual({ seen: true });
    expect(library!.attributes).toStrictEqual({ own: 1, 'error.type': 'TypeError' });
    expect(library!.events.map(({ name }) => name)).toStrictEqual(['told', 'exception']);
    expect(library!.links.map(({ spanId }) => spanId)).toStrictEqual([SPAN]);
    expect([outer!.status, library!.status]).toStrictEqual(['unset', 'error']);
  });

  it('is not begun where OpenTelemetry wants none', () => {
    const telemetry = initTelemetry({ version: '1' });
    // The key of `suppressTracing` in OpenTelemetry's core.
    const suppressed = ROOT_CONTEXT.setValue(
      Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
      true,
    );
    telemetry.tracer('library').startActiveSpan('quiet', {}, suppressed, () => {
      telemetry.withSpan('ours', ({ traceId, spanId }) => {
        // Who is called from here begins no trace either.
        expect(telemetry.inject()).toStrictEqual({ traceparent: `00-${traceId}-${spanId}-00` });
        expect(telemetry.extract(telemetry.inject())).toMatchObject({ traceId, sampled: false });
        telemetry.withSpan('beneath', () => undefined);
        telemetry.tracer('library').startSpan('beneath, of a library').end();
      });
    });
    expect(recordedSpans(telemetry)).toStrictEqual([]);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });

  it('gives nothing of its attributes to the spans and rows that come after it', () => {
    const telemetry = initTelemetry({
      version: '1',
      components: { part: { mode: 'leaf', every: 1, slowMs: 100 } },
    });
    const row = telemetry.component('part').operation('row', { facts: ['n'] });
    const first = telemetry.startSpan('first', { attributes: { text: 'a', list: ['b'], n: 1 } });
    telemetry.activate(first, () => row.end(row.begin(), 2));
    first.end();
    first.set('late', true);
    const second = telemetry.startSpan('second');
    first.setAll({ late: true });
    const third = telemetry.startSpan('third', { attributes: { own: 1 } });
    second.end();
    third.end();
    const attributes = Object.fromEntries(
      recordedSpans(telemetry).map((span) => [span.name, span.attributes]),
    );
    expect(attributes).toStrictEqual({
      first: { text: 'a', list: ['b'], n: 1 },
      row: { n: 2 },
      second: {},
      third: { own: 1 },
    });
  });

  it('keeps its attributes apart from those of a thousand others that are open', () => {
    const telemetry = initTelemetry({ version: '1' });
    const open = many(1000, (i) => telemetry.startSpan(`span ${i}`, { attributes: { i } }));
    for (const span of open.filter((_, i) => i % 2 === 0)) span.end();
    const later = many(500, (i) => telemetry.startSpan(`later ${i}`, { attributes: { later: i } }));
    for (const [i, span] of open.entries()) span.set('more', `text ${i}`);
    for (const span of [...open, ...later]) span.end();
    for (const { name, attributes } of recordedSpans(telemetry)) {
      const i = Number(name.split(' ')[1]);
      if (name.startsWith('later')) expect(attributes).toStrictEqual({ later: i });
      else expect(attributes).toStrictEqual(i % 2 === 0 ? { i } : { i, more: `text ${i}` });
    }
  });

  it('shows while it is open what it has so far', () => {
    const telemetry = initTelemetry({ version: '1' });
    telemetry.protectSecret('hush-hush-hush');
    const span = telemetry.startSpan('say hush-hush-hush', { attributes: { a: 1, say: 'hush-hush-hush' } });
    telemetry.startSpan('child', { parent: { traceId: span.traceId, spanId: span.spanId } });
    const [open, child] = recordedSpans(telemetry);
    expect(open).toMatchObject({ name: 'say [redacted]', endMs: null, parentSpanId: null, status: 'unset' });
    expect(open!.attributes).toStrictEqual({ a: 1, say: '[redacted]' });
    expect(child).toMatchObject({ traceId: span.traceId, parentSpanId: span.spanId });
  });

  it('took, once it has ended, what its record says', () => {
    const telemetry = initTelemetry({ version: '1' });
    const span = telemetry.startSpan('work');
    span.end();
    const [{ startMs, endMs }] = recordedSpans(telemetry) as [SpanRecord];
    expect(span.elapsedMs()).toBe(endMs! - startMs);
  });

  it('counts a fault where what it is given throws, and goes on', () => {
    const telemetry = initTelemetry({ version: '1' });
    const span = telemetry.startSpan('work');
    const trap = new Proxy(['a'], {
      get: () => {
        throw new Error('trap');
      },
    });
    const throwing = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('trap');
      },
    });
    span.set('trap', trap);
    span.setAll(throwing);
    span.addEvent('event', throwing);
    span.link(null as never);
    (span as unknown as Span).recordException(
      Object.defineProperty({}, 'code', {
        get: () => {
          throw new Error('trap');
        },
      }) as never,
    );
    span.set('fine', 1);
    span.end();
    expect(telemetry.faults).toBe(5);
    expect(recordedSpans(telemetry)[0]!.attributes).toStrictEqual({ fine: 1 });
  });
});

describe('limits of a span', () => {
  it('are those of the standard variables', () => {
    const limits = createSpanLimits({
      OTEL_ATTRIBUTE_COUNT_LIMIT: '10',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '0',
      OTEL_SPAN_LINK_COUNT_LIMIT: 'many',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: ' 3 ',
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '-1',
    });
    expect(limits).toMatchObject({
      attributeCountLimit: 10,
      eventCountLimit: 0,
      linkCountLimit: 128,
      attributePerEventCountLimit: 3,
      attributePerLinkCountLimit: 128,
    });
    expect(
      createSpanLimits({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '4', OTEL_ATTRIBUTE_COUNT_LIMIT: '10' }),
    ).toMatchObject({ attributeCountLimit: 4 });
  });
});
