import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../../shared/analysis/columnsOf.ts';
import { selfTimes } from '../../../../shared/analysis/selfTimes.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import type { OperationStats } from '../../../../shared/traceQuery.ts';
import { operations } from '../../../../electron/traces/analyses/operations.ts';
import { percentile } from '../../../../electron/traces/analyses/percentile.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { spanTree } from '../../../fixtures/spanTree.ts';
import { randomTrace } from '../../../shared/analysis/randomTraces.ts';

const ALL = { query: '', fromMs: null, toMs: null, limit: 500 } as const;

function nearestRank(values: readonly number[], p: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(p * ascending.length) - 1)]!;
}

/** Over the records themselves. */
function oracle(records: readonly SpanRecord[]) {
  const self = selfTimes(columnsOf(records, 1e15));
  const names = [...new Set(records.map(({ name }) => name))];
  return names.map((name) => {
    const mine = [...records.keys()].filter((i) => records[i]!.name === name);
    const ended = mine.filter((i) => records[i]!.endMs !== null);
    const durations = ended.map((i) => Math.max(0, records[i]!.endMs! - records[i]!.startMs));
    return {
      name,
      count: ended.length,
      open: mine.length - ended.length,
      errors: mine.filter((i) => records[i]!.status === 'error').length,
      totalMs: durations.reduce((sum, ms) => sum + ms, 0),
      selfMs: ended.reduce((sum, i) => sum + self[i]!, 0),
      durations,
    };
  });
}

describe('operations', () => {
  it('counts, adds up and ranks by operation', () => {
    const reader = memoryReader(
      spanTree(`
        run 0-100
          item 0-40 error
            chat 10-30
          item 50-90
          item 95-?`),
    );
    const { items, leftOut } = operations(reader, { ...ALL, by: 'operation' });
    const pick = ({ name, count, errors, open, totalMs, selfMs, maxMs }: OperationStats) =>
      [name, count, errors, open, totalMs, selfMs, maxMs] as const;
    expect(items.map(pick)).toEqual([
      ['run', 1, 0, 0, 100, 15, 100],
      ['item', 2, 1, 1, 80, 60, 40],
      ['chat', 1, 0, 0, 20, 20, 20],
    ]);
    expect(leftOut).toEqual({ more: false, scanned: 5, unscanned: 0, prunedBeforeMs: null });
  });

  it.each([1000, 7, 1])('agrees with a count over the records, %i spans a block', (perBlock) => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const records = randomTrace(seed, { spans: 30, circles: false });
      const reader = memoryReader(records, { perBlock });
      const { items } = operations(reader, { ...ALL, by: 'operation' });
      for (const want of oracle(records)) {
        const got = items.find(({ name }) => name === want.name)!;
        const { name, count, open, errors, totalMs, selfMs } = got;
        expect({ name, count, open, errors, totalMs }, `seed ${seed}`).toEqual({
          name: want.name,
          count: want.count,
          open: want.open,
          errors: want.errors,
          totalMs: want.totalMs,
        });
        expect(selfMs, `self of ${name}, seed ${seed}`).toBeCloseTo(want.selfMs, 6);
        if (count === 0) continue;
        for (const [p, figure] of [
          [0.5, got.p50Ms],
          [0.95, got.p95Ms],
          [0.99, got.p99Ms],
        ] as const) {
          const exact = nearestRank(want.durations, p);
          expect(Math.abs(figure - exact)).toBeLessThanOrEqual(exact * 0.01);
        }
      }
    }
  });

  it('tells versions and services apart where it is asked to, and scopes never', () => {
    const records = spanTree(`
      a 0-10
      a 0-20
      b 0-30`).map((record, i) => ({
      ...record,
      origin: {
        resource: { 'service.name': 'shop', 'service.version': i === 0 ? '1' : '2' },
        scope: { name: `scope ${i}`, version: null },
      },
    }));
    const reader = memoryReader(records);
    const rows = (by: 'operation' | 'version' | 'service') =>
      operations(reader, { ...ALL, by }).items.map(({ name, version, count }) => [name, version, count]);
    expect(rows('operation')).toEqual([
      ['a', null, 2],
      ['b', null, 1],
    ]);
    expect(rows('version')).toEqual([
      ['b', '2', 1],
      ['a', '2', 1],
      ['a', '1', 1],
    ]);
    expect(rows('service')).toEqual([[null, null, 3]]);
  });

  it('answers for a query and a time, at a rate over the time in which its spans began', () => {
    const reader = memoryReader(
      spanTree(`
        get 0-10
        get 5000-5010
        get 20000-20010
        set 5000-5020`),
    );
    const { items } = operations(reader, {
      ...ALL,
      by: 'operation',
      query: 'name = "get"',
      fromMs: 1_000_000,
      toMs: 1_010_000,
    });
    expect(items.map(({ name, count, rate, beganOverMs }) => [name, count, rate, beganOverMs])).toEqual([
      ['get', 2, 0.2, 5000],
    ]);
  });

  it('gives each operation the rate of its own time, and none to a single span or to a burst', () => {
    const reader = memoryReader(
      spanTree(`
        often 0-10
        often 500-510
        often 1000-1010
        often 1500-?
        burst 5000-5001
        burst 5100-5102
        alone 90000-90010`),
      { perBlock: 3 },
    );
    const { items } = operations(reader, { ...ALL, by: 'operation' });
    const rates = Object.fromEntries(items.map(({ name, rate }) => [name, rate]));
    expect(rates).toEqual({ often: 2, burst: null, alone: null });
  });

  it('says that there are more operations than were asked for', () => {
    const reader = memoryReader(spanTree('a 0-10\nb 0-20\nc 0-30'));
    const { items, leftOut } = operations(reader, { ...ALL, by: 'operation', limit: 2 });
    expect(items.map(({ name }) => name)).toEqual(['c', 'b']);
    expect(leftOut.more).toBe(true);
  });

  it('says what it had no time for', () => {
    const reader = memoryReader(randomTrace(1), { perBlock: 10 });
    const { leftOut } = operations(reader, { ...ALL, by: 'operation' }, { budgetMs: 0 });
    expect(leftOut.scanned + leftOut.unscanned).toBe(40);
    expect(leftOut.unscanned).toBeGreaterThan(0);
  });
});

describe('percentile', () => {
  const reader = memoryReader(
    spanTree(Array.from({ length: 100 }, (_, i) => `get 0-${i + 1}`).join('\n') + '\nget 0-?\nset 0-1000'),
    { perBlock: 9 },
  );

  it('is the exact share of shorter ones among those of its operation that ended', () => {
    const badge = percentile(reader, { service: 'tracedeck', name: 'get', durationMs: 91 })!;
    expect(badge.count).toBe(100);
    expect(badge.below).toBe(0.9);
    expect(Math.abs(badge.p95Ms - 95)).toBeLessThanOrEqual(0.95);
    expect(badge.buckets.counts.reduce((sum, each) => sum + each, 0)).toBe(100);
  });

  it('takes spans that end before they start for as short as those of no length', () => {
    const skewed = memoryReader(spanTree('get 5-3\nget 5-5\nget 5-9'));
    const belowOf = (durationMs: number) =>
      percentile(skewed, { service: 'tracedeck', name: 'get', durationMs })!.below;
    expect([-2, 0, 4].map(belowOf)).toEqual([0, 0, 2 / 3]);
  });

  it('is null where nothing of that operation has ended', () => {
    expect(percentile(reader, { service: 'other', name: 'get', durationMs: 1 })).toBeNull();
    expect(percentile(reader, { service: 'tracedeck', name: 'nothing', durationMs: 1 })).toBeNull();
  });
});
