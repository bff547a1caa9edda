import { setTimeout as sleep } from 'node:timers/promises';
import { createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { NO_BAGGAGE, Scope } from '../../../../electron/telemetry/context/scope.ts';
import { recordedSpans } from '../../../../electron/telemetry/index.ts';
import type { SpanRecord, Telemetry } from '../../../../electron/telemetry/index.ts';
import { spanNamed, startTelemetry } from '../startTelemetry.ts';

describe('chosen baggage', () => {
  const rowsOf = (telemetry: Telemetry) =>
    recordedSpans(telemetry)
      .filter(({ name }) => name === 'get')
      .map(({ attributes }) => attributes);

  it('stands on rows as on spans, as it was in the scope when each was written', () => {
    const telemetry = startTelemetry({ baggageAttributes: ['lesson', 'unit'] });
    const { baggage, withSpan } = telemetry;
    const get = telemetry.component('cache').operation('get', { attributes: { unit: 'own' } });
    const row = () => get.end(get.begin());
    withSpan('outer', () => {
      row();
      baggage.set('lesson', '1');
      baggage.set('other', 'x');
      row();
      baggage.with({ lesson: '2', unit: 'theirs' }, () => {
        row();
        withSpan('inner', row);
      });
      baggage.clear();
      row();
    });
    expect(rowsOf(telemetry)).toStrictEqual([
      { unit: 'own' },
      { lesson: '1', unit: 'own' },
      { lesson: '2', unit: 'own' },
      { lesson: '2', unit: 'own' },
      { unit: 'own' },
    ]);
    const outer = spanNamed(telemetry, 'outer');
    const parents = recordedSpans(telemetry)
      .filter(({ name }) => name === 'get')
      .map(({ parentSpanId }) => parentSpanId);
    expect(parents.filter((id) => id === outer.spanId)).toHaveLength(4);
    expect(spanNamed(telemetry, 'inner').attributes).toStrictEqual({ lesson: '2', unit: 'theirs' });
  });

  it('is another one from the next row on where it is configured anew, and takes no secrets along', () => {
    const telemetry = startTelemetry({ components: { cache: { mode: 'leaf', every: 1, slowMs: 100 } } });
    const get = telemetry.component('cache').operation('get');
    telemetry.protectSecret('hunter2-hunter2');
    telemetry.withSpan('outer', () =>
      telemetry.baggage.with({ lesson: '1', note: 'hunter2-hunter2' }, () => {
        for (const keys of [[], ['lesson'], ['note'], []]) {
          telemetry.configureBaggageAttributes(keys);
          get.end(get.begin());
        }
      }),
    );
    expect(rowsOf(telemetry)).toStrictEqual([{}, { lesson: '1' }, { note: '[redacted]' }, {}]);
  });

  it('takes no more memory for many parents than for none', () => {
    const telemetry = startTelemetry({ baggageAttributes: ['lesson'], leafCapacity: 100 });
    const get = telemetry.component('cache').operation('get');
    const before = telemetry.spans.memory().rowBytes;
    for (let i = 0; i < 2000; i += 1) {
      telemetry.baggage.with({ lesson: String(i) }, () =>
        telemetry.withSpan('item', () => get.end(get.begin())),
      );
    }
    const rows = recordedSpans(telemetry).filter(({ name }) => name === 'get');
    expect(rows.map(({ attributes }) => attributes['lesson'])).toStrictEqual(
      Array.from({ length: 100 }, (_, i) => String(1900 + i)),
    );
    expect(telemetry.spans.memory().rowBytes).toBeLessThan(before + 10_000);
  });

  it('is copied to spans that are handed in from elsewhere, and the rest of their baggage is not kept', () => {
    const telemetry = startTelemetry({ baggageAttributes: ['lesson', 'unit'] });
    const adopted: SpanRecord = {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      parentSpanId: null,
      name: 'ui Generate',
      kind: 'internal',
      startMs: 1.79e12,
      endMs: 1.79e12 + 5,
      status: 'unset',
      statusMessage: null,
      attributes: { unit: 'own', baggage: 'lesson=a%20b,other=1,unit=theirs,broken' },
      events: [],
      links: [],
    };
    telemetry.spans.adopt([
      adopted,
      { ...adopted, spanId: 'c'.repeat(16), name: 'odd', attributes: { baggage: 5 } },
    ]);
    expect(spanNamed(telemetry, 'ui Generate').attributes).toStrictEqual({ lesson: 'a b', unit: 'own' });
    expect(spanNamed(telemetry, 'odd').attributes).toStrictEqual({});
  });
});

describe('baggage', () => {
  it('is set, read, removed and cleared in the innermost scope', () => {
    const { baggage, withSpan } = startTelemetry();
    withSpan('outer', () => {
      baggage.set('a', '1');
      baggage.set('b', '2');
      expect(baggage.get('a')).toBe('1');
      withSpan('inner', () => {
        baggage.set('a', 'changed');
        baggage.remove('b');
        baggage.remove('never there');
        expect(baggage.all()).toStrictEqual({ a: 'changed' });
        baggage.clear();
        expect(baggage.all()).toStrictEqual({});
      });
      expect(baggage.all()).toStrictEqual({ a: '1', b: '2' });
    });
    expect(baggage.all()).toStrictEqual({});
  });

  it('reaches what starts afterwards inside, across awaits, and never a sibling', async () => {
    const { baggage, withSpan } = startTelemetry();
    await withSpan('root', async () => {
      baggage.set('run', '7');
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          withSpan(`item ${i}`, async () => {
            await sleep(Math.random() * 3);
            baggage.set('item', String(i));
            await sleep(Math.random() * 3);
            await withSpan('stage', async () => {
              await sleep(1);
              expect(baggage.all()).toStrictEqual({ run: '7', item: String(i) });
            });
          }),
        ),
      );
      expect(baggage.get('item')).toBeUndefined();
    });
  });

  it('is held by no scope at all outside any', () => {
    const { baggage, withSpan } = startTelemetry();
    baggage.set('a', '1');
    baggage.clear();
    expect(baggage.get('a')).toBeUndefined();
    withSpan('later', () => expect(baggage.all()).toStrictEqual({}));
  });

  it('is added to for the length of a function, outside spans too', () => {
    const { baggage, withParent, currentIds } = startTelemetry();
    const result = baggage.with({ a: '1' }, () =>
      baggage.with({ b: '2', 'no token': 'x', n: 3 as never }, () => baggage.all()),
    );
    expect(result).toStrictEqual({ a: '1', b: '2' });
    const remote = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    withParent(remote, () => baggage.with({ a: '1' }, () => expect(currentIds()).toStrictEqual(remote)));
    expect(baggage.with(null as never, () => 'ran all the same')).toBe('ran all the same');
  });

  it('goes on where a parent brings none of its own, and gives way where it does', () => {
    const { baggage, withParent, withSpan } = startTelemetry();
    const remote = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    baggage.with({ a: '1' }, () => {
      withParent(remote, () => expect(baggage.all()).toStrictEqual({ a: '1' }));
      withParent(null, () => expect(baggage.all()).toStrictEqual({ a: '1' }));
      withSpan('own trace', { parent: null }, () => expect(baggage.all()).toStrictEqual({ a: '1' }));
      withParent({ ...remote, baggage: { b: '2' } }, () => expect(baggage.all()).toStrictEqual({ b: '2' }));
      withSpan('x', { parent: { ...remote, baggage: {} } }, () => expect(baggage.all()).toStrictEqual({}));
    });
  });

  it('comes with a carrier that names no parent', () => {
    const telemetry = startTelemetry();
    const { baggage } = telemetry;
    const carrier = baggage.with({ lesson: '1', note: 'ä' }, () => telemetry.inject());
    expect(telemetry.extract(carrier)).toBeNull();
    baggage.with(baggage.extract({ ...carrier, Baggage: ['unit=2', 'bad'] }), () =>
      expect(baggage.all()).toStrictEqual({ lesson: '1', note: 'ä', unit: '2' }),
    );
    expect(baggage.extract({})).toStrictEqual({});
    expect(baggage.extract(null as never)).toStrictEqual({});
    expect(telemetry.faults).toBe(1);
  });

  it('takes no more than may travel', () => {
    const { baggage, withSpan } = startTelemetry();
    withSpan('full', () => {
      for (let i = 0; i < 70; i += 1) baggage.set(`k${i}`, 'v');
      baggage.set('k3', 'changed');
      baggage.set('large', 'x'.repeat(9000));
      baggage.set('', 'empty key');
      baggage.set(1 as never, 'no key');
      expect(Object.keys(baggage.all())).toHaveLength(64);
      expect(baggage.get('k3')).toBe('changed');
      baggage.with({ k3: 'again', more: 'v' }, () => {
        expect(baggage.get('k3')).toBe('again');
        expect(baggage.get('more')).toBeUndefined();
      });
    });
  });

  it('puts chosen entries on every span beneath, which its own attributes overrule', () => {
    const telemetry = startTelemetry({ baggageAttributes: ['run', 'user'] });
    telemetry.baggage.with({ run: '7', user: 'a', other: 'x' }, () => {
      telemetry.withSpan('first', () => undefined);
      telemetry.withSpan('second', { attributes: { user: 'own' } }, () => undefined);
      telemetry.tracer('library').startSpan('third').end();
      telemetry.configureBaggageAttributes(['other']);
      telemetry.withSpan('fourth', () => undefined);
    });
    expect(spanNamed(telemetry, 'first').attributes).toStrictEqual({ run: '7', user: 'a' });
    expect(spanNamed(telemetry, 'second').attributes).toStrictEqual({ run: '7', user: 'own' });
    expect(spanNamed(telemetry, 'third').attributes).toStrictEqual({ run: '7', user: 'a' });
    expect(spanNamed(telemetry, 'fourth').attributes).toStrictEqual({ other: 'x' });
  });
});

describe('a scope as a context of OpenTelemetry', () => {
  const KEY = createContextKey('something else');

  it('keeps span and baggage where other values come and go', () => {
    const telemetry = startTelemetry();
    telemetry.withSpan('active', (span) => {
      const scope = new Scope(span as never, new Map([['a', '1']]));
      const derived = scope.setValue(KEY, 42);
      expect(derived.getValue(KEY)).toBe(42);
      expect(scope.getValue(KEY)).toBeUndefined();
      expect(derived.deleteValue(KEY).getValue(KEY)).toBeUndefined();
      expect(trace.getSpanContext(derived)?.spanId).toBe(span.spanId);
      // What is set on the scope is seen through everything that was derived from it.
      scope.baggage = new Map([['a', '2']]);
      expect(propagation.getBaggage(derived)?.getEntry('a')?.value).toBe('2');
    });
  });

  it('takes spans and baggage from the API, and lets go of them', () => {
    const root = new Scope(null, NO_BAGGAGE);
    expect(propagation.getBaggage(root)).toBeUndefined();
    const spanContext = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 };
    const withSpan = trace.setSpanContext(root, spanContext) as Scope;
    expect(withSpan.span).toMatchObject({ traceId: spanContext.traceId, sampled: true });
    expect((trace.deleteSpan(withSpan) as Scope).span).toBeNull();
    const invalid = { traceId: 'x', spanId: 'y', traceFlags: 1 };
    expect((trace.setSpanContext(root, invalid) as Scope).span).toBeNull();
    const carried = propagation.setBaggage(
      withSpan,
      propagation.createBaggage({ a: { value: '1' } }),
    ) as Scope;
    expect(carried.span).toBe(withSpan.span);
    expect([...carried.baggage]).toStrictEqual([['a', '1']]);
    expect([...(propagation.deleteBaggage(carried) as Scope).baggage]).toStrictEqual([]);
  });
});

describe('a tracer for code of others', () => {
  it('sees the active span, becomes it, and has ours beneath it', async () => {
    const telemetry = startTelemetry();
    const tracer = telemetry.tracer('library', '2.0');
    await telemetry.withSpan('ours', async () => {
      await tracer.startActiveSpan('theirs', { attributes: { a: 1 } }, async (span) => {
        await sleep(1);
        expect(telemetry.currentSpanId()).toBe(span.spanContext().spanId);
        telemetry.setAttribute('b', 2);
        telemetry.withSpan('ours again', () => undefined);
        tracer.startSpan('started').end();
        span.end();
      });
    });
    tracer.startActiveSpan('alone', (span) => span.end());
    tracer.startActiveSpan('apart', { root: true }, ROOT_CONTEXT, (span) => {
      telemetry.withSpan('beneath', () => undefined);
      span.end();
    });
    const theirs = spanNamed(telemetry, 'theirs');
    expect(theirs).toMatchObject({
      parentSpanId: spanNamed(telemetry, 'ours').spanId,
      attributes: { a: 1, b: 2 },
    });
    expect(spanNamed(telemetry, 'ours again').parentSpanId).toBe(theirs.spanId);
    expect(spanNamed(telemetry, 'started').parentSpanId).toBe(theirs.spanId);
    expect(spanNamed(telemetry, 'alone').parentSpanId).toBeNull();
    expect(spanNamed(telemetry, 'beneath').parentSpanId).toBe(spanNamed(telemetry, 'apart').spanId);
  });

  it('takes over the baggage of a context that is none of ours', () => {
    const telemetry = startTelemetry();
    const theirs = propagation.createBaggage({ tenant: { value: 'a' }, 'no token,': { value: 'b' } });
    const given = propagation.setBaggage(ROOT_CONTEXT, theirs);
    telemetry.tracer('library').startActiveSpan('theirs', {}, given, (span) => {
      expect(telemetry.baggage.all()).toStrictEqual({ tenant: 'a' });
      expect(telemetry.inject()['baggage']).toBe('tenant=a');
      span.end();
    });
  });

  it('takes whatever a span is named', () => {
    const telemetry = startTelemetry();
    const tracer = telemetry.tracer('library');
    for (const name of [5, undefined, Symbol('s')]) tracer.startSpan(name as never).end();
    const names = recordedSpans(telemetry).map(({ name }) => name);
    expect(names).toStrictEqual(['5', 'undefined', 'Symbol(s)']);
    expect(telemetry.spans.memory().textBytes).toBeGreaterThan(0);
    expect(telemetry.faults).toBe(0);
  });

  it('gives spans that do nothing where telemetry is off', () => {
    const span = startTelemetry({ enabled: false }).tracer('library').startSpan('x');
    expect(span.isRecording()).toBe(false);
  });

  it('records nothing of its own beneath a trace that was sampled out', () => {
    const telemetry = startTelemetry({ sampling: { ratio: 0, perSecond: {}, tail: null } });
    telemetry.tracer('library').startActiveSpan('theirs', (span) => {
      telemetry.withSpan('ours', (ours) => expect(ours.traceId).toBe(span.spanContext().traceId));
    });
    expect(telemetry.spans.counts()).toMatchObject({ started: 0, headDropped: 2 });
  });
});
