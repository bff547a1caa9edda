import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { instrumentClass, recordedSpans, span, traced } from '../../../../electron/telemetry/index.ts';
import { spanNamed, startTelemetry } from '../startTelemetry.ts';

describe('traced', () => {
  it('keeps name, length, this, arguments and result', async () => {
    const telemetry = startTelemetry();
    const owner = {
      factor: 3,
      times: traced(telemetry, 'multiply', function times(this: { factor: number }, a: number, b: number) {
        return this.factor * a * b;
      }),
    };
    expect([owner.times.name, owner.times.length, owner.times(2, 5)]).toStrictEqual(['times', 2, 30]);
    const later = traced(telemetry, {}, async (value: string) => {
      await sleep(2);
      return value;
    });
    expect(await later('x')).toBe('x');
    expect(spanNamed(telemetry, 'multiply').endMs).not.toBeNull();
    expect(
      spanNamed(telemetry, 'anonymous').endMs! - spanNamed(telemetry, 'anonymous').startMs,
    ).toBeGreaterThan(1);
  });

  it('takes attributes from the arguments, and survives a function for them that throws', () => {
    const telemetry = startTelemetry();
    const load = traced(
      telemetry,
      { kind: 'client', attributes: (path: string) => ({ depth: path.split('/').length }) },
      function load(path: string) {
        if (path === '') throw new RangeError('no path');
        return path;
      },
    );
    load('a/b/c');
    expect(spanNamed(telemetry, 'load')).toMatchObject({ kind: 'client', attributes: { depth: 3 } });
    expect(() => load(null as never)).not.toThrow();
    expect(() => load('')).toThrow('no path');
    expect(recordedSpans(telemetry).map(({ status }) => status)).toStrictEqual(['unset', 'unset', 'error']);
  });

  it('asks for telemetry when it is called, where it is given a function', () => {
    let telemetry = startTelemetry({ enabled: false });
    const work = traced(
      () => telemetry,
      { name: 'work', attributes: { a: 1 } },
      () => 1,
    );
    work();
    telemetry = startTelemetry();
    work();
    expect(spanNamed(telemetry, 'work').attributes).toStrictEqual({ a: 1 });
  });

  it('is the function alone while there is no telemetry', () => {
    const source = () => null;
    expect(traced(source, 'work', (a: number) => a + 1)(2)).toBe(3);
    const count = traced(source, 'count', function* () {
      yield 1;
    });
    expect([...count()]).toStrictEqual([1]);
  });

  it('covers a generator from its first step to its last, and is active in its code alone', () => {
    const telemetry = startTelemetry();
    const count = traced(telemetry, 'count', function* count(this: unknown, to: number) {
      telemetry.baggage.set('kept', 'between steps');
      for (let i = 0; i < to; i += 1) {
        telemetry.withSpan(`step ${i}`, () => undefined);
        yield [i, telemetry.baggage.get('kept')];
      }
      return 'end';
    });
    telemetry.withSpan('caller', () => {
      const idle = count(1);
      const steps = count(2);
      expect(recordedSpans(telemetry)).toHaveLength(1);
      expect(steps.next().value).toStrictEqual([0, 'between steps']);
      expect(telemetry.currentSpanId()).toBe(spanNamed(telemetry, 'caller').spanId);
      expect(spanNamed(telemetry, 'count').endMs).toBeNull();
      expect([...steps]).toStrictEqual([[1, 'between steps']]);
      expect(steps.next()).toStrictEqual({ done: true, value: undefined });
      expect(idle.return('never begun' as never)).toStrictEqual({ done: true, value: 'never begun' });
      expect(idle.next().done).toBe(true);
    });
    const counted = spanNamed(telemetry, 'count');
    expect(counted.parentSpanId).toBe(spanNamed(telemetry, 'caller').spanId);
    expect(counted.endMs).not.toBeNull();
    for (const step of ['step 0', 'step 1']) {
      expect(spanNamed(telemetry, step).parentSpanId).toBe(counted.spanId);
    }
    expect(recordedSpans(telemetry)).toHaveLength(4);
  });

  it('ends a generator that is left early or fails', () => {
    const telemetry = startTelemetry();
    const forever = traced(telemetry, 'forever', function* () {
      for (;;) yield 1;
    });
    for (const one of forever()) if (one === 1) break;
    expect(spanNamed(telemetry, 'forever')).toMatchObject({
      status: 'unset',
      endMs: expect.any(Number) as number,
    });
    const failing = traced(telemetry, 'failing', function* () {
      yield 1;
      throw new RangeError('too far');
    });
    expect(() => [...failing()]).toThrow('too far');
    expect(spanNamed(telemetry, 'failing')).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'RangeError' },
    });
  });

  it('does the same for asynchronous generators, several at a time', async () => {
    const telemetry = startTelemetry();
    const pages = traced(telemetry, 'pages', async function* pages(of: string) {
      for (let i = 0; i < 3; i += 1) {
        await sleep(Math.random() * 3);
        telemetry.withSpan(`${of} ${i}`, () => undefined);
        yield i;
      }
      if (of === 'b') throw new TypeError('broken');
    });
    const read = async (of: string) => {
      const seen: number[] = [];
      for await (const page of pages(of)) seen.push(page);
      return seen;
    };
    const results = await Promise.allSettled([read('a'), read('b')]);
    expect(results).toMatchObject([
      { status: 'fulfilled', value: [0, 1, 2] },
      { status: 'rejected', reason: { message: 'broken' } },
    ]);
    const [first, second] = recordedSpans(telemetry).filter(({ name }) => name === 'pages');
    const failed = first!.status === 'error' ? first! : second!;
    for (let i = 0; i < 3; i += 1) {
      expect(spanNamed(telemetry, `b ${i}`).parentSpanId).toBe(failed.spanId);
      expect(spanNamed(telemetry, `a ${i}`).parentSpanId).not.toBe(failed.spanId);
    }
    expect(second!.endMs).not.toBeNull();
  });
});

describe('span', () => {
  it('is a plain function of a method and its context, as decorators are called', () => {
    const telemetry = startTelemetry();
    const contextOf = (name: string | symbol) => ({ kind: 'method', name }) as ClassMethodDecoratorContext;
    const method = (a: number) => a * 2;
    expect(span(telemetry)(method, contextOf('double'))(4)).toBe(8);
    expect(span(telemetry, 'chosen')(method, contextOf('double')).length).toBe(1);
    span(telemetry, { kind: 'client' })(method, contextOf(Symbol('symbolic')))(1);
    span(telemetry)(method, contextOf(Symbol()))(1);
    expect(recordedSpans(telemetry).map(({ name, kind }) => `${name} ${kind}`)).toStrictEqual([
      'double internal',
      'symbolic client',
      'anonymous internal',
    ]);
  });
});

describe('instrumentClass', () => {
  const makeClasses = () => {
    class Base {
      inherited(): string {
        return 'base';
      }
    }
    class Store extends Base {
      static open(): string {
        return 'opened';
      }
      static Part = class Part {
        readonly size = 1;
      };
      readonly #rows: string[] = [];
      add(row: string): number {
        return this.#rows.push(row);
      }
      async load(): Promise<number> {
        await sleep(1);
        return this.#rows.length;
      }
      get size(): number {
        return this.#rows.length;
      }
    }
    return { Base, Store };
  };

  it('makes spans of all methods of its own, also on instances that exist, until it is undone', async () => {
    const telemetry = startTelemetry();
    const { Store } = makeClasses();
    const store = new Store();
    const before = Object.entries(Object.getOwnPropertyDescriptors(Store.prototype));
    const restore = instrumentClass(telemetry, Store);
    expect([store.add('x'), await store.load(), store.size, store.inherited()]).toStrictEqual([
      1,
      1,
      1,
      'base',
    ]);
    expect(Object.keys(store)).toStrictEqual([]);
    restore();
    restore();
    store.add('y');
    expect(Object.entries(Object.getOwnPropertyDescriptors(Store.prototype))).toStrictEqual(before);
    expect(recordedSpans(telemetry).map(({ name }) => name)).toStrictEqual(['Store.add', 'Store.load']);
  });

  it('wraps nothing twice, and undoes only what it did', () => {
    const telemetry = startTelemetry();
    const { Store } = makeClasses();
    const first = instrumentClass(telemetry, Store, { prefix: 'first ' });
    const second = instrumentClass(telemetry, Store, { prefix: 'second ' });
    new Store().add('x');
    second();
    new Store().add('y');
    const replaced = () => 99;
    Store.prototype.add = replaced;
    first();
    expect(Store.prototype.add).toBe(replaced);
    expect(recordedSpans(telemetry).map(({ name }) => name)).toStrictEqual(['first add', 'first add']);
    const third = instrumentClass(telemetry, Store, { prefix: 'third ' });
    new Store().add('z');
    third();
    expect(spanNamed(telemetry, 'third add').endMs).not.toBeNull();
  });

  it('takes chosen methods, inherited and static ones too', () => {
    const telemetry = startTelemetry();
    const { Base, Store } = makeClasses();
    const restores = [
      instrumentClass(telemetry, Store, { methods: ['inherited', 'size', 'constructor', 'missing'] }),
      instrumentClass(telemetry, Store, { static: true }),
    ];
    const frozen = Object.freeze(
      class Frozen {
        readonly size = 1;
      },
    );
    restores.push(instrumentClass(telemetry, frozen, { static: true, methods: ['toString'] }));
    new Store().inherited();
    new Base().inherited();
    Store.open();
    expect(new Store.Part()).toBeInstanceOf(Store.Part);
    for (const restore of restores) restore();
    new Store().inherited();
    expect(Object.hasOwn(Store.prototype, 'inherited')).toBe(false);
    expect(recordedSpans(telemetry).map(({ name }) => name)).toStrictEqual(['Store.inherited', 'Store.open']);
  });
});
