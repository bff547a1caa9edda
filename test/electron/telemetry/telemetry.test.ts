import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { samplingSchema } from '../../../shared/telemetrySettings.ts';
import type { Sampling } from '../../../shared/telemetrySettings.ts';
import { printTraces, recordedSpans } from '../../../electron/telemetry/index.ts';
import { spanNamed, startTelemetry } from './startTelemetry.ts';

describe('withSpan', () => {
  it('returns what a plain function returns and ends the span at once', () => {
    const telemetry = startTelemetry();
    expect(telemetry.withSpan('plain', { attributes: { a: 1 } }, (span) => (span.set('b', 'x'), 42))).toBe(
      42,
    );
    const span = spanNamed(telemetry, 'plain');
    expect(span).toMatchObject({ status: 'unset', parentSpanId: null, attributes: { a: 1, b: 'x' } });
    expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
  });

  it('ends the span of a promise when the promise settles, and not before', async () => {
    const telemetry = startTelemetry();
    const pending = telemetry.withSpan('slow', async () => {
      await sleep(5);
      return 'done';
    });
    expect(spanNamed(telemetry, 'slow').endMs).toBeNull();
    expect(await pending).toBe('done');
    const span = spanNamed(telemetry, 'slow');
    expect(span.endMs! - span.startMs).toBeGreaterThanOrEqual(4);
  });

  it('records what is thrown, in the span where it began, and throws it on', async () => {
    const telemetry = startTelemetry();
    const error = new TracedeckError('transient', 'rate_limited', 'The server asks to wait.');
    await expect(
      telemetry.withSpan('outer', () => telemetry.withSpan('inner', () => Promise.reject(error))),
    ).rejects.toBe(error);
    const inner = spanNamed(telemetry, 'inner');
    expect(inner).toMatchObject({
      status: 'error',
      statusMessage: 'The server asks to wait.',
      attributes: { 'error.type': 'rate_limited', 'tracedeck.error.category': 'transient' },
    });
    expect(inner.events).toHaveLength(1);
    expect(inner.events[0]).toMatchObject({
      name: 'exception',
      attributes: { 'exception.type': 'rate_limited' },
    });
    expect(inner.events[0]!.timeMs).toBeGreaterThanOrEqual(inner.startMs);
    const outer = spanNamed(telemetry, 'outer');
    expect(outer).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'rate_limited' },
      events: [],
    });
  });

  it('records what a plain function throws, even where it is no error', () => {
    const telemetry = startTelemetry();
    expect(() =>
      telemetry.withSpan('odd', () => {
        throw 'just text';
      }),
    ).toThrow('just text');
    expect(spanNamed(telemetry, 'odd')).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'string' },
    });
    expect(spanNamed(telemetry, 'odd').endMs).not.toBeNull();
  });

  it('leaves out the messages of errors that may quote their input', () => {
    const telemetry = startTelemetry();
    expect(() => telemetry.withSpan('parse', () => JSON.parse('{"front": "비밀 낱말"'))).toThrow(SyntaxError);
    expect(() =>
      telemetry.withSpan('wrap', () => {
        throw new TracedeckError('permanent', 'internal', 'quotes 비밀 낱말');
      }),
    ).toThrow();
    expect(JSON.stringify(recordedSpans(telemetry))).not.toContain('비밀');
    expect(spanNamed(telemetry, 'parse').attributes['error.type']).toBe('SyntaxError');
    expect(spanNamed(telemetry, 'parse').events[0]!.attributes['exception.stacktrace']).toContain('at ');
  });

  it('leaves out folders, and what SQLite quotes, in the messages that it keeps', () => {
    const telemetry = startTelemetry();
    const db = new Database(':memory:');
    db.exec('CREATE VIRTUAL TABLE notes USING fts5(front)');
    const found = (query: string) => db.prepare('SELECT * FROM notes WHERE notes MATCH ?').all(query);
    const attempts = [
      () => readFileSync('/no/such/비밀/list.csv'),
      () => renameSync('/no/such/비밀/a.csv', '/no/비밀/b.csv'),
      () => found('비밀:x'),
      () => found('x "'),
      () => found('(비밀 ^'),
      () => db.prepare('SELECT 비밀 비밀 비밀'),
    ];
    for (const attempt of attempts) expect(() => telemetry.withSpan('attempt', attempt)).toThrow();
    db.close();
    const spans = recordedSpans(telemetry);
    expect(spans.map(({ statusMessage }) => statusMessage)).toStrictEqual([
      "ENOENT: no such file or directory, open 'list.csv'",
      "ENOENT: no such file or directory, rename 'a.csv' -> 'b.csv'",
      'no such column: …',
      'unterminated string',
      'fts5: syntax error near "…"',
      'near "…": syntax error',
    ]);
    expect(JSON.stringify([spans, telemetry.logger.recent(null, 100)])).not.toContain('비밀');
  });

  it('states a cancellation and what the input decides without calling them failures', async () => {
    const telemetry = startTelemetry();
    const aborted = AbortSignal.abort().reason as Error;
    await expect(telemetry.withSpan('cancelled', () => Promise.reject(aborted))).rejects.toBe(aborted);
    expect(() =>
      telemetry.withSpan('skipped', () => {
        throw new TracedeckError('user', 'unknown_word', 'Nothing is known of this word.');
      }),
    ).toThrow();
    expect(spanNamed(telemetry, 'cancelled')).toMatchObject({
      status: 'unset',
      attributes: { 'error.type': 'cancelled' },
    });
    expect(spanNamed(telemetry, 'skipped')).toMatchObject({
      status: 'unset',
      attributes: { 'error.type': 'unknown_word' },
    });
    expect(spanNamed(telemetry, 'skipped').events).toStrictEqual([]);
  });

  it('keeps parents apart in work that runs at the same time, across awaits', async () => {
    const telemetry = startTelemetry();
    await telemetry.withSpan('root', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          telemetry.withSpan(`item ${i}`, async (item) => {
            await sleep(Math.random() * 5);
            expect(telemetry.currentIds()).toStrictEqual({ traceId: item.traceId, spanId: item.spanId });
            await telemetry.withSpan(`stage ${i}`, async () => {
              await sleep(Math.random() * 5);
              telemetry.withSpan(`leaf ${i}`, () => undefined);
            });
            expect(telemetry.currentIds()?.spanId).toBe(item.spanId);
          }),
        ),
      );
    });
    expect(telemetry.currentIds()).toBeNull();
    const spans = recordedSpans(telemetry);
    const root = spanNamed(telemetry, 'root');
    expect(new Set(spans.map(({ traceId }) => traceId))).toStrictEqual(new Set([root.traceId]));
    for (let i = 0; i < 20; i += 1) {
      expect(spanNamed(telemetry, `item ${i}`).parentSpanId).toBe(root.spanId);
      expect(spanNamed(telemetry, `stage ${i}`).parentSpanId).toBe(spanNamed(telemetry, `item ${i}`).spanId);
      expect(spanNamed(telemetry, `leaf ${i}`).parentSpanId).toBe(spanNamed(telemetry, `stage ${i}`).spanId);
    }
  });

  it('starts before its children and ends after them, to the microsecond', () => {
    const telemetry = startTelemetry();
    telemetry.withSpan('root', () => {
      for (let i = 0; i < 50; i += 1) telemetry.withSpan('child', () => undefined);
    });
    const root = spanNamed(telemetry, 'root');
    const children = recordedSpans(telemetry).filter(({ name }) => name === 'child');
    for (const [i, child] of children.entries()) {
      expect(child.startMs).toBeGreaterThanOrEqual(i === 0 ? root.startMs : children[i - 1]!.endMs!);
      expect(child.endMs!).toBeLessThanOrEqual(root.endMs!);
    }
    expect(Math.abs(root.startMs - Date.now())).toBeLessThan(60_000);
  });

  it('takes a parent from elsewhere, and starts a new trace where it is told to', () => {
    const telemetry = startTelemetry();
    const far = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    telemetry.withSpan('remote', { parent: far, kind: 'server' }, () => {
      telemetry.withSpan('own trace', { parent: null, links: [far] }, (span) => {
        expect(span.spanId).not.toBe(span.traceId.slice(16));
      });
    });
    expect(spanNamed(telemetry, 'remote')).toMatchObject({
      traceId: far.traceId,
      parentSpanId: far.spanId,
      kind: 'server',
    });
    const own = spanNamed(telemetry, 'own trace');
    expect(own).toMatchObject({ parentSpanId: null, links: [{ ...far, attributes: {} }] });
    expect(own.traceId).not.toBe(far.traceId);
  });

  it('does nothing but call the function when it is off', async () => {
    const telemetry = startTelemetry({ enabled: false });
    const value = telemetry.withSpan('off', (span) => {
      span.set('key', 'value');
      span.addEvent('event');
      span.recordError(new Error('x'));
      span.end();
      return [span.traceId, span.elapsedMs(), telemetry.currentIds(), telemetry.inject()] as const;
    });
    expect(value).toStrictEqual(['0'.repeat(32), 0, null, {}]);
    expect(telemetry.spans.counts().started).toBe(0);
    telemetry.logger.warn('still written');
    expect(telemetry.logger.recent(null, 10)).toHaveLength(1);
  });

  it('never lets a fault of its own reach the caller', async () => {
    const telemetry = startTelemetry();
    telemetry.spans.onChange(() => {
      throw new Error('listener');
    });
    expect(telemetry.withSpan('work', () => 'fine')).toBe('fine');
    await turn();
    expect(telemetry.faults).toBeGreaterThan(0);
  });
});

describe('spans beyond withSpan', () => {
  it('starts spans that are never active, and makes one active where it is told to', async () => {
    const telemetry = startTelemetry();
    const handle = telemetry.startSpan('by hand', { attributes: { a: 1 } });
    expect(telemetry.currentIds()).toBeNull();
    await telemetry.activate(handle, async () => {
      expect(telemetry.currentTraceId()).toBe(handle.traceId);
      expect(telemetry.currentSpanId()).toBe(handle.spanId);
      await sleep(1);
      telemetry.withSpan('child', () => undefined);
    });
    expect(spanNamed(telemetry, 'by hand').endMs).toBeNull();
    handle.end();
    handle.end();
    handle.set('late', true);
    handle.addEvent('late');
    handle.fail('late');
    handle.recordError(new Error('late'));
    handle.link({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) });
    const span = spanNamed(telemetry, 'by hand');
    expect(span).toMatchObject({ attributes: { a: 1 }, events: [], links: [], status: 'unset' });
    expect(spanNamed(telemetry, 'child').parentSpanId).toBe(span.spanId);
    expect(telemetry.spans.counts()).toMatchObject({ started: 2, ended: 2, open: 0 });
  });

  it('makes steps that follow one another the active span each in its turn, through waits and beside others', async () => {
    const telemetry = startTelemetry();
    const rows = telemetry.component('parts').operation('row');
    async function walk(name: string): Promise<void> {
      const whole = telemetry.startSpan(name);
      await telemetry.activateForSteps(whole, async () => {
        for (const at of [1, 2]) {
          const step = telemetry.startSpan(`${name} step ${at}`);
          expect(telemetry.beginStep(step)).toBe(true);
          await sleep(1);
          rows.end(rows.begin());
          await telemetry.withSpan(`${name} beneath ${at}`, () => sleep(1));
          // Two at a time are no steps: who begins the second one activates it.
          expect(telemetry.beginStep(telemetry.startSpan(`${name} beside ${at}`))).toBe(false);
          expect(telemetry.currentSpanId()).toBe(step.spanId);
          telemetry.endStep();
          step.end();
          expect(telemetry.currentSpanId()).toBe(whole.spanId);
        }
      });
      whole.end();
    }
    await Promise.all([walk('a'), walk('b')]);
    const spans = recordedSpans(telemetry);
    for (const name of ['a', 'b']) {
      for (const at of [1, 2]) {
        const step = spanNamed(telemetry, `${name} step ${at}`);
        expect(step.parentSpanId).toBe(spanNamed(telemetry, name).spanId);
        expect(spanNamed(telemetry, `${name} beneath ${at}`).parentSpanId).toBe(step.spanId);
        expect(spanNamed(telemetry, `${name} beside ${at}`).parentSpanId).toBe(step.spanId);
        expect(
          spans.filter(({ name, parentSpanId }) => name === 'row' && parentSpanId === step.spanId),
        ).toHaveLength(1);
      }
    }
  });

  it('has no steps where nobody asked for them, and none where telemetry is off', () => {
    const telemetry = startTelemetry();
    const span = telemetry.startSpan('whole');
    expect(telemetry.beginStep(span)).toBe(false);
    telemetry.activate(span, () => {
      expect(telemetry.beginStep(telemetry.startSpan('step'))).toBe(false);
      telemetry.endStep();
      expect(telemetry.currentSpanId()).toBe(span.spanId);
    });
    const off = startTelemetry({ enabled: false });
    const none = off.startSpan('whole');
    expect(off.activateForSteps(none, () => off.beginStep(none))).toBe(false);
    off.endStep();
  });

  it('puts rows of each step under it where they carry baggage', () => {
    const telemetry = startTelemetry({ baggageAttributes: ['lesson'] });
    const rows = telemetry.component('parts').operation('row');
    telemetry.withSpan('outside', () => {
      telemetry.baggage.set('lesson', '3');
      telemetry.activateForSteps(telemetry.startSpan('whole'), () => {
        for (const name of ['one', 'two']) {
          const step = telemetry.startSpan(name);
          telemetry.beginStep(step);
          rows.end(rows.begin());
          telemetry.endStep();
          step.end();
        }
      });
    });
    const found = recordedSpans(telemetry).filter(({ name }) => name === 'row');
    expect(found.map(({ parentSpanId, attributes }) => [parentSpanId, attributes.lesson])).toStrictEqual(
      ['one', 'two'].map((name) => [spanNamed(telemetry, name).spanId, '3']),
    );
  });

  it('acts on the active span without having it at hand, and does nothing outside any', () => {
    const telemetry = startTelemetry();
    const far = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    const act = () => {
      telemetry.setAttributes({ a: 1, b: 'x' });
      telemetry.setAttribute('c', [true, false]);
      telemetry.addEvent('seen', { d: 2 });
      telemetry.link(far, { why: 'because' });
      telemetry.recordException(new RangeError('far out'));
    };
    act();
    expect([telemetry.currentTraceId(), telemetry.currentSpanId()]).toStrictEqual([null, null]);
    telemetry.withSpan('active', act);
    expect(spanNamed(telemetry, 'active')).toMatchObject({
      status: 'error',
      attributes: { a: 1, b: 'x', c: [true, false], 'error.type': 'RangeError' },
      events: [{ name: 'seen', attributes: { d: 2 } }, { name: 'exception' }],
      links: [{ ...far, attributes: { why: 'because' } }],
    });
    telemetry.withParent(far, act);
    expect(telemetry.spans.counts().started).toBe(1);
  });

  it('gives a span the second half of its trace id, where it is asked to', () => {
    const telemetry = startTelemetry();
    const remote = { traceId: 'ab'.repeat(8) + 'ef'.repeat(8), spanId: 'cd'.repeat(8) };
    telemetry.withSpan('root', { idFromTrace: true }, (root) => {
      expect(root.spanId).toBe(root.traceId.slice(16));
      telemetry.withSpan('beneath', { idFromTrace: true }, (span) => {
        expect(span.traceId).toBe(root.traceId);
        expect(span.spanId).not.toBe(root.spanId);
      });
    });
    telemetry.withSpan('served', { parent: remote, idFromTrace: true }, (span) => {
      expect(span).toMatchObject({ traceId: remote.traceId, spanId: 'ef'.repeat(8) });
    });
    // Once a trace: a second one would be the same span.
    telemetry.withSpan('served again', { parent: remote, idFromTrace: true }, (span) => {
      expect(span.spanId).not.toBe('ef'.repeat(8));
    });
    telemetry.withSpan('other', (span) => expect(span.spanId).not.toBe(span.traceId.slice(16)));
  });

  it('takes spans of a window into its own', () => {
    const telemetry = startTelemetry();
    const [span] = telemetry.withSpan('model', () => recordedSpans(telemetry));
    telemetry.spans.adopt([{ ...span!, spanId: '12'.repeat(8), name: 'click', endMs: span!.startMs + 5 }]);
    expect(spanNamed(telemetry, 'click').endMs).toBe(span!.startMs + 5);
  });

  it("waits for promises that are none of the engine's own, and hands on what they reject with", async () => {
    const telemetry = startTelemetry();
    const thenableOf = (then: (done: (value: number) => void) => void) =>
      // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about
      ({ then }) as unknown as PromiseLike<number>;
    const thenable = thenableOf((done) => void setTimeout(done, 2, 42));
    expect(await telemetry.withSpan('thenable', () => thenable)).toBe(42);
    const builder = Object.assign(
      () => undefined,
      thenableOf((done) => void setTimeout(done, 2, 43)),
    );
    const built = telemetry.withSpan('builder', () => builder);
    expect(spanNamed(telemetry, 'builder').endMs).toBeNull();
    expect(await built).toBe(43);
    const bad = thenableOf(() => {
      throw new RangeError('in then');
    });
    await expect(async () => telemetry.withSpan('bad', () => bad)).rejects.toThrow('in then');
    expect(spanNamed(telemetry, 'bad').attributes['error.type']).toBe('RangeError');
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
      },
    );
    expect(telemetry.withSpan('trap', () => trap)).toBe(trap);
    expect(telemetry.faults).toBe(1);
  });

  it('writes an error once as an event and once as a log record of its span', () => {
    const telemetry = startTelemetry();
    const fail = (category: 'permanent' | 'transient') =>
      telemetry.withSpan('outer', () =>
        telemetry.withSpan(`inner ${category}`, () => {
          throw new TracedeckError(category, 'went_wrong', 'It went wrong.');
        }),
      );
    expect(() => fail('permanent')).toThrow('It went wrong.');
    expect(() => fail('transient')).toThrow('It went wrong.');
    const records = telemetry.logger.recent(null, 10);
    expect(records).toMatchObject([
      { level: 'error', eventName: 'exception', message: 'It went wrong.' },
      { level: 'warn', eventName: 'exception', attributes: { 'exception.type': 'went_wrong' } },
    ]);
    expect(records[0]!.spanId).toBe(spanNamed(telemetry, 'inner permanent').spanId);
  });
});

describe('sampling', () => {
  const sampling = (part: Partial<Sampling>): Sampling => ({ ...samplingSchema.parse({}), ...part });

  it('leaves whole traces out, counts their spans, and everything else goes on', () => {
    const telemetry = startTelemetry({ sampling: sampling({ ratio: 0 }) });
    const elapsedMs = telemetry.withSpan('run', { attributes: { a: 1 } }, (run) => {
      telemetry.withSpan('item', (item) => {
        expect(item.traceId).toBe(run.traceId);
        item.recordError(new Error('unheard'));
        telemetry.startSpan('by hand').end();
        telemetry.logger.info('still said');
        telemetry.baggage.set('kept', 'x');
        expect(telemetry.baggage.get('kept')).toBe('x');
      });
      expect(telemetry.baggage.get('kept')).toBeUndefined();
      expect(telemetry.inject()).toStrictEqual({ traceparent: `00-${run.traceId}-${run.spanId}-00` });
      expect(run.traceId).toMatch(/^[0-9a-f]{32}$/);
      return run.elapsedMs();
    });
    expect(elapsedMs).toBeGreaterThan(0);
    expect(telemetry.spans.counts()).toMatchObject({ started: 0, headDropped: 3 });
    expect(telemetry.logger.recent(null, 10)[0]!.traceId).toMatch(/^[0-9a-f]{32}$/);
    telemetry.configureSampling(sampling({}));
    telemetry.withSpan('seen', () => undefined);
    expect(telemetry.spans.counts()).toMatchObject({ started: 1, headDropped: 3 });
  });

  it('keeps the slow ones of their kind', async () => {
    const tail = samplingSchema.parse({ tail: { keepRatio: 0, slowerThan: 0.5 } }).tail;
    const telemetry = startTelemetry({ sampling: sampling({ tail }) });
    for (let i = 0; i < 300; i += 1) telemetry.withSpan('quick', () => undefined);
    await telemetry.withSpan('quick', () => sleep(20));
    const { byReason, droppedTraces } = telemetry.tailCounts();
    expect(byReason.slow).toBeGreaterThan(0);
    expect(droppedTraces).toBeGreaterThan(0);
  });

  it('limits spans of a name, with all that is beneath them', () => {
    const telemetry = startTelemetry({ sampling: sampling({ perSecond: { busy: 1 } }) });
    telemetry.withSpan('run', () => {
      for (let i = 0; i < 10; i += 1) {
        telemetry.withSpan('busy', () => telemetry.withSpan('detail', () => undefined));
      }
    });
    const { started, headDropped } = telemetry.spans.counts();
    expect(started + headDropped).toBe(21);
    expect(recordedSpans(telemetry).filter(({ name }) => name === 'busy')).toHaveLength(1);
    expect(recordedSpans(telemetry).filter(({ name }) => name === 'detail')).toHaveLength(1);
  });

  it('keeps a trace for an attribute that only a row of it has', () => {
    const tail = samplingSchema.parse({
      tail: { keepRatio: 0, slowerThan: null, attributes: [{ key: 'cache.outcome', value: 'miss' }] },
    }).tail;
    const telemetry = startTelemetry({ sampling: sampling({ tail }) });
    const component = telemetry.component('cache');
    component.configure({ mode: 'leaf', every: 1, slowMs: 100 });
    for (const outcome of ['hit', 'miss', 'hit']) {
      const get = component.operation('get', { attributes: { 'cache.outcome': outcome } });
      telemetry.withSpan(outcome, () => get.run(() => undefined));
    }
    expect(telemetry.tailCounts()).toMatchObject({
      keptTraces: 1,
      droppedTraces: 2,
      byReason: { attribute: 1 },
    });
  });

  it('lets the tail rules see every span and every failed row', () => {
    const tail = samplingSchema.parse({ tail: { keepRatio: 0, slowerThan: null } }).tail;
    const telemetry = startTelemetry({ sampling: sampling({ tail }) });
    const reader = telemetry.spans.reader();
    telemetry.withSpan('dull', () => telemetry.withSpan('child', () => undefined));
    telemetry.withSpan('failed', (span) => span.fail('reason'));
    const operation = telemetry.component('cache').operation('get');
    telemetry.withSpan('failed row', () => operation.fail(operation.begin(), 'reason'));
    expect(telemetry.tailCounts()).toMatchObject({ keptTraces: 2, droppedTraces: 1, undecidedTraces: 0 });
    while (reader.next(100) !== null);
    expect(reader.tailDropped).toBe(2);
    expect(recordedSpans(telemetry)).toHaveLength(5);
  });
});

describe('what is recorded', () => {
  it('can be printed as it stands, one picture a trace', () => {
    const telemetry = startTelemetry();
    telemetry.withSpan('first', () => telemetry.withSpan('inside', () => undefined));
    telemetry.startSpan('second');
    const pictures: string[] = [];
    printTraces(telemetry, (text) => pictures.push(text));
    expect(pictures).toHaveLength(2);
    expect(pictures[0]).toMatch(/first[\s\S]*inside/);
    expect(pictures[1]).toContain('second');
  });
});

describe('components and metrics', () => {
  it('has rows beneath the active span, and full spans where a component is set so', () => {
    const telemetry = startTelemetry({ components: { mine: { mode: 'full', every: 1, slowMs: 100 } } });
    const mine = telemetry.component('mine');
    expect(telemetry.component('mine')).toBe(mine);
    const operation = mine.operation('work', { kind: 'client' });
    const run = telemetry.withSpan('run', (span) => {
      expect(operation.run(() => telemetry.currentSpanId())).not.toBe(span.spanId);
      mine.configure({ mode: 'leaf', every: 1, slowMs: 100 });
      expect(operation.run(() => telemetry.currentSpanId())).toBe(span.spanId);
      return span;
    });
    expect(mine.counts()).toMatchObject({ operations: 2, spans: 1, rows: 1 });
    const work = recordedSpans(telemetry).filter(({ name }) => name === 'work');
    expect(work.map(({ parentSpanId, kind }) => [parentSpanId, kind])).toStrictEqual([
      [run.spanId, 'client'],
      [run.spanId, 'client'],
    ]);
  });

  it('records numbers by name, with the active span as exemplar', async () => {
    const telemetry = startTelemetry();
    telemetry.withSpan('seen', () => {
      telemetry.recordMetric('study.time', 0.5, { lesson: 'a' });
      telemetry.recordMetric('study.time', 0.25, { lesson: 'a' }, 'counter');
    });
    telemetry.recordMetric('study.words', 2, {}, 'counter');
    telemetry.recordMetric('study.words', 3, {}, 'counter');
    telemetry.recordMetric('study.left', -1, undefined, 'upDownCounter');
    telemetry.recordMetric('study.level', 4, undefined, 'gauge');
    telemetry.recordMetric(Symbol('odd') as never, 1);
    const metrics = new Map((await telemetry.metrics.collect()).map((metric) => [metric.name, metric]));
    expect(metrics.get('study.time')).toMatchObject({
      kind: 'histogram',
      points: [{ value: { count: 2, sum: 0.75 } }],
    });
    expect(metrics.get('study.time')!.points[0]!.exemplars![0]).toMatchObject({
      spanId: spanNamed(telemetry, 'seen').spanId,
    });
    expect(metrics.get('study.words')).toMatchObject({ kind: 'counter', points: [{ value: 5 }] });
    expect(metrics.get('study.left')).toMatchObject({ kind: 'upDownCounter', points: [{ value: -1 }] });
    expect(metrics.get('study.level')).toMatchObject({ kind: 'gauge', points: [{ value: 4 }] });
  });

  it('can all be called where telemetry is off, and keeps nothing', async () => {
    const telemetry = startTelemetry({ enabled: false });
    const { metrics } = telemetry;
    metrics.counter('a').add(1);
    metrics.upDownCounter('b').cell({}).add(1);
    metrics.gauge('c').record(1);
    metrics.gauge('c').cell({}).set(1);
    metrics.histogram('d').cell({}).record(1);
    metrics.observableGauge('e', {}, () => expect.unreachable())();
    metrics.observableCounter('f', {}, () => expect.unreachable())();
    metrics.meter('library').createCounter('g').add(1);
    telemetry.recordMetric('h', 1);
    const operation = telemetry.component('cache').operation('get');
    expect(operation.run(() => 7)).toBe(7);
    const handle = telemetry.startSpan('x');
    handle.setAll({ a: 1 });
    handle.fail('x');
    handle.link({ traceId: handle.traceId, spanId: handle.spanId });
    expect(telemetry.activate(handle, () => 1)).toBe(1);
    expect(
      telemetry.withParent({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }, telemetry.currentIds),
    ).toBeNull();
    expect(telemetry.baggage.with({ a: '1' }, () => telemetry.baggage.all())).toStrictEqual({});
    telemetry.configureBaggageAttributes(['a']);
    telemetry.anchorClock();
    expect(await metrics.collect()).toStrictEqual([]);
    expect(telemetry.spans.counts()).toMatchObject({ started: 0, headDropped: 0 });
    expect(await telemetry.shutdown(1000)).toBe(true);
  });
});

describe('whatever it is given', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const hostile = () =>
    new Proxy(new Error('hostile'), {
      get: () => {
        throw new Error('get');
      },
      getPrototypeOf: () => {
        throw new Error('getPrototypeOf');
      },
      has: () => {
        throw new Error('has');
      },
      ownKeys: () => {
        throw new Error('ownKeys');
      },
    });
  const odd: readonly unknown[] = [
    undefined,
    null,
    NaN,
    Infinity,
    -0,
    10n,
    Symbol('s'),
    () => 1,
    circular,
    [circular],
    [[1]],
    [1, 'a', null],
    'x'.repeat(100_000),
    Array.from({ length: 5000 }, (_, i) => i),
    new Date(NaN),
    '\ud800',
    '',
    hostile(),
    Object.create(null),
    new Map(),
    {
      toString() {
        throw new Error('toString');
      },
    },
  ];

  it('never throws at the caller, and goes on recording', () => {
    const telemetry = startTelemetry();
    telemetry.spans.onChange(() => {
      throw new Error('listener');
    });
    telemetry.logger.onRecord(() => {
      throw new Error('listener');
    });
    for (const value of odd) {
      const any = value as never;
      expect(telemetry.withSpan(any, () => 'ran')).toBe('ran');
      const options = typeof value === 'function' ? {} : any;
      expect(telemetry.withSpan('options', options, () => 'ran')).toBe('ran');
      for (const options of [
        { attributes: any },
        { attributes: { key: any } },
        { links: any },
        { links: [any] },
        { parent: any },
        { kind: any },
        { parent: { traceId: any, spanId: any, traceState: any, baggage: any } },
      ]) {
        expect(telemetry.withSpan('option', options, () => 'ran')).toBe('ran');
        telemetry.startSpan('option', options).end();
      }
      telemetry.withSpan('span', (span) => {
        span.set(any, any);
        span.set('key', any);
        span.setAll(any);
        span.setAll({ a: any });
        span.addEvent(any, any);
        span.addEvent('event', { a: any });
        span.fail(any, any);
        span.recordError(any);
        span.link(any, any);
        telemetry.setAttributes(any);
        telemetry.recordException(any);
        telemetry.baggage.set(any, any);
        telemetry.baggage.set('key', any);
        telemetry.baggage.remove(any);
        telemetry.baggage.get(any);
        telemetry.inject();
        telemetry.activate(any, () => undefined);
      });
      expect(telemetry.withParent(any, () => 'ran')).toBe('ran');
      expect(telemetry.baggage.with(any, () => 'ran')).toBe('ran');
      telemetry.extract(any);
      telemetry.extract({ traceparent: any, baggage: [any] });
      telemetry.logger.info(any, any);
      telemetry.logger.info('text', { a: any, b: [any] });
      telemetry.recordMetric(any, any, any, any);
      telemetry.protectSecret(any);
      telemetry.configureBaggageAttributes(any);
      telemetry.configureBaggageAttributes([]);
      expect(
        Object.is(
          telemetry.withSpan('returns', () => value),
          value,
        ),
      ).toBe(true);
      let caught: unknown = 'nothing';
      try {
        telemetry.withSpan('throws', () => {
          throw value;
        });
      } catch (thrown) {
        caught = thrown;
      }
      expect(Object.is(caught, value)).toBe(true);
    }
    const counts = telemetry.spans.counts();
    expect(counts.ended).toBe(counts.started);
    expect(recordedSpans(telemetry).filter(({ name }) => name === 'throws')).toHaveLength(odd.length);
    expect(telemetry.withSpan('afterwards', () => 1)).toBe(1);
    expect(JSON.stringify(spanNamed(telemetry, 'afterwards'))).toContain('afterwards');
    expect(telemetry.faults).toBeGreaterThan(0);
  });

  it('cuts what is too long', () => {
    const telemetry = startTelemetry();
    const long = { text: 'x'.repeat(100_000), list: Array.from({ length: 5000 }, (_, i) => i) };
    telemetry.withSpan('long', { attributes: long }, () => undefined);
    const { text, list } = spanNamed(telemetry, 'long').attributes;
    expect([(text as string).length, (list as number[]).length]).toStrictEqual([16_384, 1024]);
  });
});

describe('shutdown', () => {
  it('writes the log file even where everything before it hangs', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tracedeck-shutdown-'));
    try {
      const logFile = join(dir, 'tracedeck.log');
      const telemetry = startTelemetry({ logFile });
      const flushed: string[] = [];
      telemetry.onShutdown(() => new Promise(() => undefined));
      telemetry.onShutdown(() => {
        throw new Error('at once');
      });
      telemetry.onShutdown(async (timeoutMs) => {
        expect(timeoutMs).toBeLessThanOrEqual(300);
        telemetry.logger.warn('the last word');
        flushed.push('second');
      });
      expect(await telemetry.shutdown(300)).toBe(false);
      expect(flushed).toStrictEqual(['second']);
      expect(readFileSync(logFile, 'utf8')).toContain('the last word');
      expect(telemetry.faults).toBe(1);
      expect(telemetry.withSpan('afterwards', () => 'still runs')).toBe('still runs');
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('ends what is open with an event that says so, before anything is flushed', async () => {
    const telemetry = startTelemetry();
    const tracer = telemetry.tracer('other', '1')!;
    const over = Promise.withResolvers<void>();
    const pending = telemetry.withSpan('waits', () => over.promise);
    const sdk = tracer.startSpan('of the SDK');
    telemetry.withSpan('was over', () => undefined);
    const flushed: unknown[] = [];
    telemetry.onShutdown(async () => {
      flushed.push(...['waits', 'of the SDK', 'was over'].map((name) => spanNamed(telemetry, name)));
    });
    expect(await telemetry.shutdown(1000)).toBe(true);
    const ended = { endMs: expect.any(Number), status: 'unset' };
    const byShutdown = [expect.objectContaining({ name: 'shutdown' })];
    expect(flushed).toMatchObject([
      { ...ended, events: byShutdown },
      { ...ended, events: byShutdown },
      { ...ended, events: [] },
    ]);
    over.resolve();
    sdk.end();
    await pending;
    expect(spanNamed(telemetry, 'waits').endMs).toBe((flushed[0] as { endMs: number }).endMs);
    expect(telemetry.spans.counts()).toMatchObject({ started: 3, open: 0 });
    expect(telemetry.faults).toBe(0);
  });

  it('is the same end for all who ask', () => {
    const telemetry = startTelemetry();
    expect(telemetry.shutdown(1000)).toBe(telemetry.shutdown(5));
  });

  it('gives up after the time it was given, and says so', async () => {
    const telemetry = startTelemetry();
    telemetry.onShutdown(() => new Promise(() => undefined));
    const startMs = performance.now();
    expect(await telemetry.shutdown(50)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(5000);
  });

  it('does not forget what comes to be flushed while it is under way, or later', async () => {
    const telemetry = startTelemetry();
    const left: number[] = [];
    const late = async (timeoutMs: number) => void left.push(timeoutMs);
    telemetry.onShutdown(async () => telemetry.onShutdown(late));
    expect(await telemetry.shutdown(60_000)).toBe(true);
    expect(left).toHaveLength(1);
    expect(left[0]).toBeGreaterThan(30_000);
    telemetry.onShutdown(late);
    expect(left).toHaveLength(2);
    telemetry.onShutdown(() => Promise.reject(new Error('disk')));
    await expect.poll(() => telemetry.faults).toBe(1);
  });

  it('survives a flush that fails', async () => {
    const telemetry = startTelemetry();
    telemetry.onShutdown(() => Promise.reject(new Error('disk')));
    expect(await telemetry.shutdown(1000)).toBe(false);
    expect(telemetry.faults).toBe(1);
  });

  it('names the process in its resource', () => {
    expect(startTelemetry().resource).toMatchObject({
      'service.name': 'tracedeck',
      'service.version': '1.2.3',
    });
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(startTelemetry().resource).toMatchObject({
      'telemetry.sdk.name': manifest.name,
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.version': manifest.version,
    });
    const named = startTelemetry({ serviceName: 'mine', resource: { 'session.id': 'given', extra: true } });
    expect(named.resource).toMatchObject({ 'service.name': 'mine', 'session.id': 'given', extra: true });
  });
});
