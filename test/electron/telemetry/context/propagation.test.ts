import { describe, expect, it } from 'vitest';
import { formatBaggage, parseBaggage } from '../../../../shared/baggage.ts';
import { extract } from '../../../../electron/telemetry/context/propagation.ts';
import { cleanTracestate, parseTraceparent } from '../../../../electron/telemetry/context/traceContext.ts';
import { spanNamed, startTelemetry } from '../startTelemetry.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  it.each([
    ['as it is written today', `00-${TRACE}-${SPAN}-01`, true],
    ['that is not sampled', `00-${TRACE}-${SPAN}-00`, false],
    ['with flags that are not known yet', `00-${TRACE}-${SPAN}-03`, true],
    ['with blanks around it', ` 00-${TRACE}-${SPAN}-01\t`, true],
    ['of a later version', `cc-${TRACE}-${SPAN}-01`, true],
    ['of a later version with more behind the flags', `cc-${TRACE}-${SPAN}-01-what-comes`, true],
  ])('is read %s', (_what, header, sampled) => {
    expect(parseTraceparent(header)).toStrictEqual({ traceId: TRACE, spanId: SPAN, sampled });
  });

  it.each([
    ['nothing', ''],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more behind the flags', `00-${TRACE}-${SPAN}-01-more`],
    ['a later version with more and no dash', `cc-${TRACE}-${SPAN}-01more`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a trace id that is short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['one digit of flags', `00-${TRACE}-${SPAN}-1`],
    ['digits that are none', `00-${TRACE}-${SPAN}-0x`],
  ])('is refused: %s', (_what, header) => {
    expect(parseTraceparent(header)).toBeNull();
  });
});

describe('tracestate', () => {
  it.each([
    ['foo=1,bar=2', 'foo=1,bar=2'],
    ['foo=1 \t , \tbar=2, ,', 'foo=1,bar=2'],
    ['t-0@vendor_*/=a b', 't-0@vendor_*/=a b'],
    ['foo=1,foo=2', ''],
    ['Foo=1', ''],
    ['foo', ''],
    ['foo=', ''],
    ['foo=a=b', ''],
    ['foo@bar@baz=1', ''],
    ['=1', ''],
    ['', ''],
  ])('%j is passed on as %j', (header, expected) => {
    expect(cleanTracestate(header)).toBe(expected);
  });

  it('holds 32 members and 512 characters, and loses long members first, then the last', () => {
    const members = (count: number, value = '1') =>
      Array.from({ length: count }, (_, i) => `k${i}=${value}`).join(',');
    expect(cleanTracestate(members(32))).toBe(members(32));
    expect(cleanTracestate(members(33))).toBe('');
    const long = `long=${'x'.repeat(200)}`;
    expect(cleanTracestate(`${long},${members(20, 'y'.repeat(20))}`)).toBe(members(20, 'y'.repeat(20)));
    const cut = cleanTracestate(members(32, 'z'.repeat(40)));
    expect(cut.length).toBeLessThanOrEqual(512);
    expect(cut.startsWith('k0=zzz')).toBe(true);
    expect(members(32, 'z'.repeat(40)).startsWith(`${cut},`)).toBe(true);
  });
});

describe('baggage header', () => {
  it('carries any text, and nothing but the ASCII that the standard allows', () => {
    const entries = new Map([
      ['user.name', '김 "민수", 100 %; \\ = ok'],
      ['half', 'lone \ud800 surrogate'],
      ['empty', ''],
    ]);
    const header = formatBaggage(entries);
    expect(header).toMatch(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e,]*$/);
    expect([...parseBaggage(header)]).toStrictEqual([
      ['user.name', '김 "민수", 100 %; \\ = ok'],
      ['half', 'lone \ufffd surrogate'],
      ['empty', ''],
    ]);
  });

  it('reads what others write: blanks, properties, equals signs, a later entry of the same key', () => {
    expect([...parseBaggage(' a = 1 ;ttl=3;x , b=x=y,a=2')]).toStrictEqual([
      ['a', '2'],
      ['b', 'x=y'],
    ]);
  });

  it('leaves out what is malformed and keeps the rest', () => {
    expect([...parseBaggage('none,=1,b ad=1,c=%E0%A4%A,ok=1')]).toStrictEqual([['ok', '1']]);
  });

  it('puts a replacement character for bytes that are no UTF-8, and keeps the rest of the value', () => {
    expect([...parseBaggage('a=x%FFy%e0%20,b=%F0%9F%98%80%c3%a9%80')]).toStrictEqual([
      ['a', 'x\ufffdy\ufffd '],
      ['b', '😀é\ufffd'],
    ]);
  });

  it('holds 64 entries and 8,192 bytes, in both directions', () => {
    const many = new Map(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v']));
    expect(parseBaggage(formatBaggage(many)).size).toBe(64);
    const large = new Map(Array.from({ length: 12 }, (_, i) => [`k${i}`, 'v'.repeat(1000)]));
    const header = formatBaggage(large);
    expect(header.length).toBeLessThanOrEqual(8192);
    expect(parseBaggage(header).size).toBe(8);
    expect(parseBaggage([...large].map(([key, value]) => `${key}=${value}`).join(',')).size).toBe(8);
  });
});

describe('extract', () => {
  it('finds the fields in any case, and joins a list of values', () => {
    expect(
      extract({
        TraceParent: [`00-${TRACE}-${SPAN}-01`],
        TRACESTATE: ['a=1', 'b=2'],
        Baggage: ['x=1', 'y=2'],
        'x-other': 'z',
        constructor: 'z',
        cookie: undefined,
      }),
    ).toStrictEqual({
      traceId: TRACE,
      spanId: SPAN,
      sampled: true,
      traceState: 'a=1,b=2',
      baggage: { x: '1', y: '2' },
    });
  });

  it('takes no parent where there are two, and none where there is none', () => {
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    expect(extract({ traceparent: [traceparent, traceparent] })).toBeNull();
    expect(extract({ traceparent, Traceparent: traceparent })).toBeNull();
    expect(extract({ baggage: 'a=1', tracestate: 'a=1' })).toBeNull();
    expect(extract({ traceparent: 'nonsense' })).toBeNull();
    expect(extract({ traceparent })).toStrictEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
  });

  it('is not hurt by a key that objects have anyway', () => {
    const parent = extract({ traceparent: `00-${TRACE}-${SPAN}-01`, baggage: '__proto__=x,constructor=y' });
    expect(Object.keys(parent!.baggage!)).toStrictEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(parent!.baggage)).toBe(Object.prototype);
  });
});

describe('from one process to the next', () => {
  it('carries the trace, its state and its baggage, and both are one trace', () => {
    const here = startTelemetry();
    const there = startTelemetry();
    expect(here.inject()).toStrictEqual({});
    const upstream = { traceId: TRACE, spanId: SPAN, traceState: 'vendor=1', baggage: { tenant: 'a b' } };
    const message = here.withSpan('call', { parent: upstream }, (span) => {
      expect(here.inject()).toStrictEqual({
        traceparent: `00-${TRACE}-${span.spanId}-01`,
        tracestate: 'vendor=1',
        baggage: 'tenant=a%20b',
      });
      return here.inject();
    });
    there.withParent(there.extract(message), () => {
      expect(there.currentIds()).toStrictEqual({ traceId: TRACE, spanId: spanNamed(here, 'call').spanId });
      expect(there.baggage.all()).toStrictEqual({ tenant: 'a b' });
      there.withSpan('serve', () => {
        expect(there.inject()['tracestate']).toBe('vendor=1');
        there.withSpan('deeper', () => expect(there.inject()['tracestate']).toBe('vendor=1'));
      });
    });
    expect(spanNamed(there, 'serve')).toMatchObject({
      traceId: TRACE,
      parentSpanId: spanNamed(here, 'call').spanId,
    });
  });

  it('records nothing beneath a parent that is not sampled, and says so to the next one', () => {
    const telemetry = startTelemetry();
    const parent = telemetry.extract({ traceparent: `00-${TRACE}-${SPAN}-00` });
    telemetry.withParent(parent, () => {
      telemetry.withSpan('beneath', (span) => {
        span.set('a', 1);
        telemetry.withSpan('deeper', () => telemetry.logger.info('said'));
        expect(telemetry.inject()).toStrictEqual({ traceparent: `00-${TRACE}-${SPAN}-00` });
      });
    });
    expect(telemetry.spans.counts()).toMatchObject({ started: 0, headDropped: 2 });
    expect(telemetry.logger.recent(TRACE, 10)).toHaveLength(1);
  });

  it('takes a parent that is none for no parent', () => {
    const telemetry = startTelemetry();
    for (const traceId of ['', 'xyz', '0'.repeat(32), TRACE.toUpperCase()]) {
      telemetry.withParent({ traceId, spanId: SPAN }, () => expect(telemetry.currentIds()).toBeNull());
      telemetry.withSpan('root', { parent: { traceId, spanId: SPAN } }, (span) =>
        expect(span.traceId).not.toBe(traceId),
      );
    }
    expect(telemetry.extract(null as never)).toBeNull();
    expect(telemetry.faults).toBe(1);
  });
});
