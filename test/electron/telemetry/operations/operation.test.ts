import { AsyncLocalStorage } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeBlock } from '../../../../shared/leafCodec.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import type { ComponentCounts, ComponentMode } from '../../../../shared/telemetrySettings.ts';
import { TracedeckError } from '../../../../electron/errors/tracedeckError.ts';
import type { Component, SpanOptions } from '../../../../electron/telemetry/api.ts';
import { createComponents } from '../../../../electron/telemetry/operations/component.ts';
import type { ComponentTools } from '../../../../electron/telemetry/operations/component.ts';
import { createLeafParent } from '../../../fixtures/leafParent.ts';
import type { LeafParent } from '../../../../electron/telemetry/operations/leafParent.ts';
import { LeafRing } from '../../../../electron/telemetry/spans/leafRing.ts';
import { hexId, randomFrom } from '../pipelineSpans.ts';

const SLOW_MS = 20;

type FullSpan = {
  name: string;
  options: SpanOptions & { startedMs?: number };
  failed: string | null;
  ended: boolean;
};

/** Components over a real ring, with a tracer that only notes what it is asked for. */
function program(options: Partial<ComponentTools> = {}) {
  const contexts = new AsyncLocalStorage<LeafParent>();
  const leaves = new LeafRing({ capacity: 10_000, epochMs: (ms) => 1.79e12 + ms });
  const full: FullSpan[] = [];
  const erroneous: string[] = [];
  const note = (name: string, given: FullSpan['options']) => {
    const span: FullSpan = { name, options: given, failed: null, ended: false };
    full.push(span);
    return span;
  };
  const components = createComponents({
    leaves,
    currentParent: () => contexts.getStore() ?? null,
    withSpan(name, given, fn) {
      note(name, given);
      return fn();
    },
    startSpan(name, given) {
      const span = note(name, given);
      return { fail: (type) => (span.failed = type), end: () => (span.ended = true) };
    },
    onRowError: (traceId) => erroneous.push(traceId),
    ...options,
  });
  return {
    components,
    full,
    erroneous,
    component(mode: ComponentMode, every = 8): Component {
      const component = components.component('database');
      component.configure({ mode, every, slowMs: SLOW_MS });
      return component;
    },
    rows: (): SpanRecord[] => decodeBlock(leaves.pack(0, leaves.rows)),
    inSpan: <T>(fn: () => T, sampled = true): T => {
      const random = randomFrom(1);
      return contexts.run(createLeafParent(hexId(random, 32), hexId(random, 16), sampled), fn);
    },
  };
}

/** A clock that stands still until something takes time: the machine's own pauses must not look like slow operations. */
const clock = vi.hoisted(() => ({ nowMs: 0 }));
vi.mock(import('../../../../electron/telemetry/operations/readClock.ts'), () => ({
  readClock: () => clock.nowMs,
}));
beforeEach(() => {
  clock.nowMs = 1000;
});
function spend(ms: number): void {
  clock.nowMs += ms;
}
function expectToAddUp({ operations, spans, rows, leftOut }: ComponentCounts): void {
  expect(spans + rows + leftOut).toBe(operations);
}

describe('operations', () => {
  it('become rows with their facts, each under the active span', () => {
    const { component, rows, inSpan } = program();
    const select = component('leaf').operation('SELECT cards', {
      kind: 'client',
      attributes: { 'db.system.name': 'sqlite' },
      facts: ['rows', 'bytes'],
    });
    inSpan(() => {
      const token = select.begin();
      spend(2);
      select.end(token, 3, 4.5);
      select.end(select.begin());
    });
    const [one, two] = rows();
    expect(one).toMatchObject({
      name: 'SELECT cards',
      kind: 'client',
      parentSpanId: hexId(idsOf(), 16),
      attributes: { 'db.system.name': 'sqlite', rows: 3, bytes: 4.5 },
    });
    expect(one!.endMs! - one!.startMs).toBeCloseTo(2, 3);
    expect(two!.attributes).toStrictEqual({ 'db.system.name': 'sqlite' });
  });

  it('end as another operation of the component where only the outcome says which it was', () => {
    const { component, rows, inSpan } = program();
    const cache = component('leaf');
    const [get, hit] = [cache.operation('get'), cache.operation('get hit')];
    inSpan(() => hit.end(get.begin()));
    expect(rows().map(({ name }) => name)).toStrictEqual(['get hit']);
    expect(cache.counts()).toMatchObject({ operations: 1, rows: 1 });
  });

  it('are counted alone outside any span, and beneath one that is not recorded', () => {
    const { component, rows, inSpan, full } = program();
    for (const mode of ['leaf', 'sampled', 'counted'] as const) {
      const select = component(mode).operation('select');
      select.end(select.begin());
      inSpan(() => select.end(select.begin()), false);
      inSpan(() => select.fail(select.begin(), 'SQLITE_BUSY'), false);
    }
    const select = component('full').operation('select');
    inSpan(() => select.end(select.begin()), false);
    expect(inSpan(() => select.run(() => 5), false)).toBe(5);
    expect([rows(), full]).toStrictEqual([[], []]);
    expect(component('leaf').counts()).toMatchObject({ operations: 11, leftOut: 11, errors: 3 });
  });

  it('are counted exactly in every mode but off, and every failure is recorded', () => {
    for (const mode of ['full', 'leaf', 'sampled', 'counted', 'off'] as const) {
      for (const synchronous of [true, false]) {
        const { component, rows, inSpan, full, erroneous } = program();
        const database = component(mode);
        const select = database.operation('select', { synchronous, facts: ['rows'] });
        inSpan(() => {
          for (let i = 0; i < 1000; i += 1) {
            const token = select.begin();
            if (i % 100 === 50) select.fail(token, 'SQLITE_BUSY');
            else select.end(token, i);
          }
        });
        const counts = database.counts();
        expectToAddUp(counts);
        expect(counts.operations).toBe(mode === 'off' ? 0 : 1000);
        expect(counts.errors).toBe(mode === 'off' ? 0 : 10);
        expect(counts.rows).toBe(rows().length);
        expect(counts.spans).toBe(full.length);
        const failed = rows().filter(({ status }) => status === 'error');
        expect(failed.length + full.filter((span) => span.failed !== null).length).toBe(
          mode === 'off' ? 0 : 10,
        );
        for (const span of failed) expect(span.attributes['error.type']).toBe('SQLITE_BUSY');
        expect(erroneous).toHaveLength(failed.length);
        // Every eighth, and the failures that it was not the turn of.
        if (mode === 'sampled') {
          expect(counts.rows).toBeGreaterThanOrEqual(125);
          expect(counts.rows).toBeLessThanOrEqual(125 + 10);
        }
        if (mode === 'counted') expect(counts.rows).toBe(10);
      }
    }
  });

  it('go on as before where the settings are none', () => {
    let faults = 0;
    const { component, inSpan, rows } = program({ onFault: () => (faults += 1) });
    const database = component('leaf');
    for (const wrong of [undefined, null, {}, { mode: 'loud' }]) database.configure(wrong as never);
    const select = database.operation('SELECT');
    inSpan(() => select.end(select.begin()));
    expect([faults, database.mode, rows().length]).toEqual([4, 'leaf', 1]);
  });

  it('end as they began when the mode changes in between', () => {
    const modes = ['full', 'leaf', 'sampled', 'counted', 'off'] as const;
    for (const first of modes) {
      for (const second of modes) {
        const { component, inSpan } = program();
        const select = component(first).operation('select', { synchronous: true });
        const other = component(first).operation('other', { synchronous: true });
        inSpan(() => {
          const tokens = Array.from({ length: 10 }, () => select.begin());
          component(second);
          for (const [i, token] of tokens.entries()) {
            if (i === 3) other.fail(token, 'x');
            else select.end(token);
          }
        });
        const counts = component(second).counts();
        expectToAddUp(counts);
        expect(counts.operations).toBe(first === 'off' ? 0 : 10);
        expect(counts.spans).toBe(first === 'full' ? 10 : 0);
      }
    }
  });

  it('never throw at the code that is watched', async () => {
    let faults = 0;
    const { components, inSpan, rows } = program({
      onFault: () => (faults += 1),
      onRow: () => {
        throw new Error('no');
      },
      onRowError: () => {
        throw new Error('no');
      },
    });
    const duration = {
      record: () => {
        throw new Error('no');
      },
    };
    for (const mode of ['full', 'leaf', 'sampled', 'counted', 'off'] as const) {
      const component = components.component(mode);
      component.configure({ mode, every: 2, slowMs: SLOW_MS });
      const call = component.operation('call', { duration, facts: ['n'] });
      const plain = component.operation('plain', { facts: ['n'] });
      await inSpan(async () => {
        expect(call.run(() => 1)).toBe(1);
        expect(await call.run(() => turn(2))).toBe(2);
        plain.end(plain.begin(), 5n as never);
        plain.fail(plain.begin(), undefined as never);
        for (const token of [NaN, Infinity, -1, 2 ** 60]) {
          plain.end(token);
          plain.fail(token, 'x');
        }
        plain.end(plain.begin(), 5);
      });
      expectToAddUp(component.counts());
      // Five of somebody, and what the tokens of nobody came to.
      expect(component.counts().operations).toBeGreaterThanOrEqual(mode === 'off' ? 0 : 5);
    }
    expect(faults).toBeGreaterThan(4);
    // What could not be recorded has spoilt nothing beside it.
    for (const row of rows()) expect(row.endMs! - row.startMs).toBeGreaterThanOrEqual(0);
  });

  it('are full spans with their facts and failures in the mode full', () => {
    const { component, full, inSpan } = program();
    const select = component('full').operation('select', {
      kind: 'client',
      attributes: { a: 1 },
      facts: ['rows', 'b'],
    });
    inSpan(() => {
      select.end(select.begin(), 7);
      select.fail(select.begin(), 'SQLITE_BUSY');
      const [one, two] = full;
      expect(one).toMatchObject({
        name: 'select',
        options: { kind: 'client', attributes: { a: 1, rows: 7 } },
        failed: null,
        ended: true,
      });
      expect(one!.options.startedMs).toBe(1000);
      expect(two).toMatchObject({
        options: { attributes: { 'error.type': 'SQLITE_BUSY' } },
        failed: 'SQLITE_BUSY',
      });
    });
  });

  it('keep the facts of those that fail', () => {
    for (const mode of ['leaf', 'counted', 'full'] as const) {
      const { component, inSpan, rows, full } = program();
      const select = component(mode).operation('select', { facts: ['rows', 'bytes'] });
      inSpan(() => {
        select.fail(select.begin(), 'SQLITE_BUSY', 3, 4.5);
        select.fail(select.begin(), 'SQLITE_BUSY');
      });
      const told =
        mode === 'full'
          ? full.map(({ options }) => options.attributes)
          : rows().map(({ attributes }) => attributes);
      expect(told).toStrictEqual([
        { 'error.type': 'SQLITE_BUSY', rows: 3, bytes: 4.5 },
        { 'error.type': 'SQLITE_BUSY' },
      ]);
    }
  });

  it('are counted alone outside any span in the mode full where orphans are dropped', async () => {
    const { component, full, inSpan } = program();
    const database = component('full');
    const statement = database.operation('select', { orphans: 'drop' });
    statement.end(statement.begin());
    statement.fail(statement.begin(), 'SQLITE_BUSY');
    expect(await statement.run(() => Promise.resolve(5))).toBe(5);
    expect(full).toStrictEqual([]);
    expect(database.counts()).toMatchObject({ operations: 3, spans: 0, leftOut: 3, errors: 1 });
    inSpan(() => statement.end(statement.begin()));
    const other = database.operation('select');
    other.end(other.begin());
    expect(full).toHaveLength(2);
  });
});

/** A histogram cell that notes what it is given. */
function cell() {
  const records: [seconds: number, count: number][] = [];
  return {
    records,
    record: (seconds: number, count = 1) => void records.push([seconds, count]),
    count: () => records.reduce((sum, [, count]) => sum + count, 0),
    sum: () => records.reduce((sum, [seconds, count]) => sum + seconds * count, 0),
  };
}

describe('durations', () => {
  it('are those of all operations in every mode that times, in seconds', () => {
    for (const mode of ['full', 'leaf', 'sampled', 'counted', 'off'] as const) {
      const { components, component, inSpan } = program();
      const duration = cell();
      const timed: number[] = [];
      const onTimed = (seconds: number) => void timed.push(seconds);
      const select = component(mode).operation('select', { synchronous: true, duration, onTimed });
      inSpan(() => {
        for (let i = 0; i < 80; i += 1) select.end(select.begin());
        select.run(() => spend(2));
      });
      components.settleDurations();
      components.settleDurations();
      const isTiming = mode !== 'counted' && mode !== 'off';
      expect([mode, duration.count()]).toStrictEqual([mode, isTiming ? 81 : 0]);
      // Of those in between, the first two and every eighth.
      expect(timed).toHaveLength(isTiming ? (mode === 'sampled' ? 12 : 81) : 0);
      if (mode === 'full' || mode === 'leaf') expect(duration.records.at(-1)).toStrictEqual([0.002, 1]);
    }
  });

  it('count each operation once, whatever becomes of the mode, and failures too', async () => {
    const { components, component, inSpan } = program();
    const duration = cell();
    const call = component('sampled', 8).operation('call', { synchronous: true, duration });
    const failed = component('sampled', 8).operation('call', { duration, attributes: { failed: true } });
    let counted = 0;
    for (const mode of ['sampled', 'counted', 'leaf', 'sampled', 'full', 'off', 'sampled'] as const) {
      component(mode, 8);
      for (let i = 0; i < 50; i += 1) {
        inSpan(() => {
          const token = call.begin();
          spend(1);
          if (i % 7 === 3) failed.fail(token, 'SQLITE_BUSY');
          else call.end(token);
        });
        if (i % 20 === 0) await turn();
      }
      if (mode !== 'counted' && mode !== 'off') counted += 50;
      components.settleDurations();
      expect([mode, duration.count()]).toStrictEqual([mode, counted]);
    }
    expect(duration.sum()).toBeCloseTo(counted / 1000, 6);
  });

  it('of those that are timed stand for the others: the estimate is that of all', async () => {
    const { components, component, inSpan } = program();
    const duration = cell();
    const call = component('sampled', 16).operation('call', { synchronous: true, duration });
    const random = randomFrom(7);
    let total = 0;
    for (let i = 0; i < 20_000; i += 1) {
      // One in ten takes ten times as long; none is slow.
      const ms = random() < 0.1 ? 1 : 0.1;
      total += ms / 1000;
      inSpan(() => {
        const token = call.begin();
        spend(ms);
        call.end(token);
      });
      if (i % 50 === 0) await turn();
    }
    components.settleDurations();
    expect(duration.count()).toBe(20_000);
    expect(duration.records.length).toBeLessThan(2000);
    expect(duration.sum() / total).toBeGreaterThan(0.8);
    expect(duration.sum() / total).toBeLessThan(1.2);
  });

  it('of slow operations that are timed one by one count once each', async () => {
    const { components, component, inSpan } = program();
    const duration = cell();
    const call = component('sampled', 1000).operation('call', { synchronous: true, duration });
    const take = (ms: number) =>
      inSpan(() => {
        const token = call.begin();
        spend(ms);
        call.end(token);
      });
    for (let i = 0; i < 100; i += 1) take(0.1);
    take(SLOW_MS);
    await turn();
    for (let i = 0; i < 10; i += 1) take(SLOW_MS);
    components.settleDurations();
    expect(duration.count()).toBe(111);
    const slow = duration.records.filter(([seconds]) => seconds > 0.01);
    expect(slow.map(([, count]) => count)).toStrictEqual(new Array(10).fill(1));
  });

  it('of a full operation beneath a span that is not recorded are recorded all the same', async () => {
    const { component, inSpan, full } = program();
    const duration = cell();
    const database = component('full');
    const call = database.operation('call', { duration });
    await inSpan(async () => {
      expect(call.run(() => spend(2))).toBe(undefined);
      await call.run(async () => {
        await turn();
        spend(3);
      });
      expect(() =>
        call.run(() => {
          throw new Error('no');
        }),
      ).toThrow('no');
      call.end(call.begin());
    }, false);
    expect(duration.records).toStrictEqual([
      [0.002, 1],
      [0.003, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(full).toStrictEqual([]);
    expect(database.counts()).toMatchObject({ operations: 4, leftOut: 4, errors: 1 });
  });
});

/** The state of the generator after the trace id that `inSpan` draws. */
function idsOf(): () => number {
  const random = randomFrom(1);
  hexId(random, 32);
  return random;
}

describe('run', () => {
  const MODES = ['full', 'leaf', 'sampled', 'counted', 'off'] as const;

  it.each(MODES)('gives back values, promises, errors and rejections in the mode %s', async (mode) => {
    const { component, inSpan, rows, full } = program();
    const database = component(mode, 1);
    const call = database.operation('call');
    const error = new TracedeckError('transient', 'disk_full', 'no room');
    const later = async () => {
      await turn();
      spend(5);
      return 'later';
    };
    await inSpan(async () => {
      expect(call.run(() => 5)).toBe(5);
      expect(await call.run(later)).toBe('later');
      expect(() =>
        call.run(() => {
          throw error;
        }),
      ).toThrow(error);
      await expect(call.run(() => Promise.reject(error))).rejects.toBe(error);
    });
    const counts = database.counts();
    expectToAddUp(counts);
    if (mode === 'off') expect(counts.operations).toBe(0);
    else expect(counts).toMatchObject({ operations: 4, errors: 2 });
    if (mode === 'full') expect(full).toHaveLength(4);
    if (mode === 'leaf' || mode === 'sampled') {
      expect(rows().map(({ status }) => status)).toStrictEqual(['unset', 'unset', 'error', 'error']);
      expect(rows()[1]!.endMs! - rows()[1]!.startMs).toBe(5);
      expect(rows()[2]!.attributes['error.type']).toBe('disk_full');
    }
  });

  it('states a cancellation and what the input decides without calling it a failure', () => {
    const { component, inSpan, rows } = program();
    const database = component('leaf');
    const call = database.operation('call');
    const abort = new DOMException('stop', 'AbortError');
    inSpan(() =>
      expect(() =>
        call.run(() => {
          throw abort;
        }),
      ).toThrow(abort),
    );
    expect(rows()[0]).toMatchObject({ status: 'unset', attributes: { 'error.type': 'cancelled' } });
    expect(database.counts()).toMatchObject({ rows: 1, errors: 0 });
  });
});

const ALONE = (folder: string) => `
  import { createComponents } from '${folder}/operations/component.ts';
  import { createLeafParent } from '${folder}/../../test/fixtures/leafParent.ts';
  import { LeafRing } from '${folder}/spans/leafRing.ts';
  const parent = createLeafParent('a'.repeat(32), 'b'.repeat(16), true);
  const leaves = new LeafRing({ capacity: 10, epochMs: (ms) => ms });
  const component = createComponents({ leaves, currentParent: () => parent }).component('x');
  component.configure({ mode: 'sampled', every: 1000, slowMs: 300 });
  const operation = component.operation('x', { synchronous: true });
  const twice = () => {
    operation.end(operation.begin());
    operation.end(operation.begin());
  };
  twice();
  setImmediate(() => {
    twice();
    setTimeout(() => {
      twice();
      setImmediate(() => console.log(JSON.stringify(component.counts())));
    }, 350);
  });
`;

describe('slow operations in the mode sampled', () => {
  /** Four quick ones, the first of which is recorded. */
  const warm = (operation: ReturnType<Component['operation']>) => {
    for (let i = 0; i < 4; i += 1) operation.end(operation.begin());
  };
  const slowRows = (rows: readonly SpanRecord[]) =>
    rows.filter((row) => row.endMs! - row.startMs >= SLOW_MS - 0.01);

  it('are never missed, wherever in a turn and between whatever others they lie', async () => {
    let promoted = 0;
    for (let seed = 0; seed < 12; seed += 1) {
      const random = randomFrom(seed);
      const { components, component, inSpan, rows } = program();
      const database = component('sampled');
      const kinds = ['a', 'b', 'c'].map((name) => database.operation(name, { synchronous: true }));
      // Its readings divide turns as well.
      const row = components.component('rows').operation('row');
      const slowMs: [number, number][] = [];
      await inSpan(async () => {
        for (let i = 0; i < 200; i += 1) {
          const kind = kinds[Math.floor(random() * 3)]!;
          const isSlow = i > 5 && random() < 0.01;
          if (random() < 0.3) row.end(row.begin());
          if (random() < 0.3) spend(random() * (SLOW_MS / 40));
          const token = kind.begin();
          const startMs = 1.79e12 + clock.nowMs;
          if (isSlow) spend(SLOW_MS + 1);
          if (isSlow) slowMs.push([startMs, 1.79e12 + clock.nowMs]);
          kind.end(token);
          if (random() < 0.1) await turn();
        }
        await turn();
      });
      for (const [startMs, endMs] of slowMs) {
        const covering = rows().filter((row) => row.startMs <= startMs + 0.01 && row.endMs! >= endMs - 0.01);
        expect(covering.length).toBeGreaterThanOrEqual(1);
      }
      expectToAddUp(database.counts());
      expect(database.counts().operations).toBe(200);
      promoted += database.counts().slow;
    }
    // Those whose turn it was are rows in any case.
    expect(promoted).toBeGreaterThan(6);
  });

  it('give one row for the interval, that says for how many operations it stands', async () => {
    const { component, inSpan, rows } = program();
    const database = component('sampled', 1000);
    const select = database.operation('select', { synchronous: true, attributes: { a: 1 } });
    await inSpan(async () => {
      warm(select);
      await turn();
      for (let i = 0; i < 5; i += 1) {
        const token = select.begin();
        if (i === 2) spend(SLOW_MS + 1);
        select.end(token);
      }
      await turn();
    });
    expect(slowRows(rows()).map(({ name, attributes }) => [name, attributes])).toStrictEqual([
      ['select', { a: 1, 'tracedeck.operations': 5 }],
    ]);
    expect(database.counts()).toMatchObject({ operations: 9, rows: 2, leftOut: 7, slow: 1 });
  });

  it('are none that came after a row which took long', async () => {
    const { components, component, inSpan } = program();
    const database = component('sampled', 1000);
    const select = database.operation('select', { synchronous: true });
    const row = components.component('rows').operation('row');
    await inSpan(async () => {
      warm(select);
      await turn();
      const outer = select.begin();
      const token = row.begin();
      spend(SLOW_MS - 1);
      row.end(token);
      spend(2);
      warm(select);
      await turn();
      expect(database.counts()).toMatchObject({ operations: 8, slow: 0 });
      // But one that is still under way is seen to take as long as it did.
      select.end(outer);
    });
    expect(database.counts()).toMatchObject({ operations: 9, slow: 1 });
  });

  it('name no kind where the interval holds several', async () => {
    const { component, inSpan, rows } = program();
    const database = component('sampled', 1000);
    const [select, insert] = ['select', 'insert'].map((name) =>
      database.operation(name, { synchronous: true }),
    );
    await inSpan(async () => {
      warm(select!);
      warm(insert!);
      await turn();
      warm(select!);
      warm(insert!);
      spend(SLOW_MS + 1);
      await turn();
    });
    expect(slowRows(rows()).map(({ name, attributes }) => [name, attributes])).toStrictEqual([
      ['several operations', { 'tracedeck.operations': 8 }],
    ]);
    expectToAddUp(database.counts());
  });

  it('are timed one by one once there was one', async () => {
    const { component, inSpan, rows } = program();
    const database = component('sampled', 1000);
    const select = database.operation('select', { synchronous: true });
    await inSpan(async () => {
      warm(select);
      spend(SLOW_MS + 1);
      await turn();
      for (let i = 0; i < 5; i += 1) {
        const token = select.begin();
        if (i === 2) spend(SLOW_MS + 1);
        select.end(token);
      }
      await turn();
    });
    const [interval, exact] = slowRows(rows());
    expect(interval!.attributes).toStrictEqual({ 'tracedeck.operations': 3 });
    expect(exact!.attributes).toStrictEqual({});
    expect(database.counts()).toMatchObject({ operations: 9, rows: 3, slow: 2 });
  });

  it('are seen through the quick ones inside them', async () => {
    const { component, inSpan, rows } = program();
    const database = component('sampled', 2);
    const outer = database.operation('outer', { synchronous: true });
    const inner = database.operation('inner', { synchronous: true });
    await inSpan(async () => {
      outer.end(outer.begin());
      const token = outer.begin();
      // More readings than beginnings of intervals are remembered.
      for (let i = 0; i < 600; i += 1) {
        inner.end(inner.begin());
        spend((SLOW_MS + 1) / 600);
      }
      outer.end(token);
      await turn();
    });
    const slow = slowRows(rows());
    expect(slow.map(({ name, attributes }) => [name, attributes])).toStrictEqual([
      ['outer', { 'tracedeck.operations': 1 }],
    ]);
    expectToAddUp(database.counts());
  });

  it('do not wait for the loop: what a turn waits for is not in its interval', () => {
    // In a process of its own, where nothing else keeps the loop busy.
    const folder = join(import.meta.dirname, '../../../../electron/telemetry');
    const { stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', ALONE(folder)], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toMatchObject({ operations: 6, rows: 1, slow: 0 });
  });

  it('are counted alone where nothing in the interval had a span', async () => {
    const { component, rows, inSpan } = program();
    const database = component('sampled', 1000);
    const select = database.operation('select', { synchronous: true });
    warm(select);
    spend(SLOW_MS + 1);
    await turn();
    expect(rows()).toStrictEqual([]);
    expect(database.counts()).toMatchObject({ operations: 4, leftOut: 4, slow: 0 });
    // Armed all the same; and a span that comes later in the interval is found.
    for (let i = 0; i < 70; i += 1) select.end(select.begin());
    warm(select);
    inSpan(() => warm(select));
    spend(SLOW_MS + 1);
    await turn();
    expect(rows().map(({ attributes }) => attributes['tracedeck.operations'])).toStrictEqual([14]);
  });

  it('are timed exactly where operations outlast a turn', async () => {
    const { component, inSpan, rows } = program();
    const database = component('sampled', 1000);
    const call = database.operation('call');
    await inSpan(async () => {
      for (let i = 0; i < 5; i += 1) {
        await call.run(async () => {
          await turn();
          spend(i === 3 ? SLOW_MS : 1);
        });
      }
    });
    const [first, slow] = rows();
    expect(rows()).toHaveLength(2);
    expect(first!.endMs! - first!.startMs).toBe(1);
    expect(slow!.endMs! - slow!.startMs).toBe(SLOW_MS);
    expect(slow!.attributes).toStrictEqual({});
    expect(database.counts()).toMatchObject({ operations: 5, rows: 2, leftOut: 3, slow: 1 });
  });
});

describe('components', () => {
  it('are one for each name, with the settings named or their defaults', () => {
    const { components } = program({
      settings: { cache: { mode: 'counted', every: 3, slowMs: 5 } },
    });
    const [cache, database, other] = ['cache', 'database', 'mine'].map((name) => components.component(name));
    expect([cache!.mode, database!.mode, other!.mode]).toStrictEqual(['counted', 'sampled', 'leaf']);
    expect(components.component('cache')).toBe(cache);
    expect(components.all().map(({ name }) => name)).toStrictEqual(['cache', 'database', 'mine']);
  });

  it('give the same operation for the same description', () => {
    const { component } = program();
    const database = component('leaf');
    const duration = { record: () => undefined };
    const options = { facts: ['rows'], attributes: { a: 1 }, duration };
    expect(database.operation('x', options)).toBe(database.operation('x', { ...options }));
    expect(database.operation('x', options)).not.toBe(
      database.operation('x', { ...options, duration: { ...duration } }),
    );
    expect(database.operation('x')).not.toBe(database.operation('x', options));
  });

  it('record nothing at all where telemetry is off', () => {
    const { component, inSpan, rows, full } = program({ enabled: false });
    const database = component('full');
    const select = database.operation('select');
    inSpan(() => {
      select.end(select.begin());
      select.fail(select.begin(), 'x');
      select.run(() => undefined);
    });
    expect([rows(), full]).toStrictEqual([[], []]);
    expect(database.counts().operations).toBe(0);
    expect(database.mode).toBe('full');
  });
});
