import { describe, expect, it } from 'vitest';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { matchingTraces, matchSpans } from '../../../../electron/traces/query/match.ts';
import { searchSpans, searchTraces } from '../../../../electron/traces/query/search.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { spanSearchSchema, traceSearchSchema } from '../../../../shared/traceQuery.ts';

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
const span = (trace: number, id: number, rest: Partial<SpanRecord> = {}): SpanRecord => ({
  traceId: hex(trace, 32),
  spanId: hex(id, 16),
  parentSpanId: null,
  name: 'work',
  kind: 'internal',
  startMs: trace * 1000 + id,
  endMs: trace * 1000 + id + id,
  status: 'unset',
  statusMessage: null,
  attributes: {},
  events: [],
  links: [],
  ...rest,
});
/** Traces 1 to 20 of five spans each; the later, the longer. */
const spans = Array.from({ length: 100 }, (_, i) =>
  span(Math.floor(i / 5) + 1, i + 1, {
    name: i % 5 === 0 ? 'run' : 'cache get',
    status: i % 10 === 3 ? 'error' : 'unset',
    attributes: i % 5 === 0 ? { 'tracedeck.run.id': `r${i}`, n: i, tags: ['a', 'b'], ok: true } : { n: i },
  }),
);
const reader = memoryReader(spans, { perBlock: 10 });

describe('searching traces', () => {
  it('reads no more blocks than the newest need, and counts all matches of what it gives', () => {
    const found = searchTraces(reader, traceSearchSchema.parse({ query: 'name = "cache get"', limit: 2 }));
    expect(found.items.map(({ traceId, matched }) => [traceId, matched])).toEqual([
      [hex(20, 32), 4],
      [hex(19, 32), 4],
    ]);
    expect(found.leftOut).toMatchObject({ more: true, scanned: 20, unscanned: 80 });
  });

  it('asks everything for another order', () => {
    const found = searchTraces(
      reader,
      traceSearchSchema.parse({ query: 'error', order: 'longest', limit: 3 }),
    );
    expect(found.items.map(({ traceId }) => Number.parseInt(traceId, 16))).toEqual([19, 17, 15]);
    expect(found.leftOut).toMatchObject({ more: true, scanned: 100, unscanned: 0 });
  });

  it('lists traces by their start where nothing is asked', () => {
    const found = searchTraces(reader, traceSearchSchema.parse({ fromMs: 5000, toMs: 8000, limit: 2 }));
    expect(found.items.map(({ traceId, matched }) => [Number.parseInt(traceId, 16), matched])).toEqual([
      [7, 5],
      [6, 5],
    ]);
    expect(found.leftOut.more).toBe(true);
  });

  it('says what it had no time for', () => {
    const { leftOut, items } = searchTraces(reader, traceSearchSchema.parse({ query: 'n >= 0' }), {
      budgetMs: 0,
    });
    expect(items).toEqual([]);
    expect(leftOut).toEqual({ more: false, scanned: 0, unscanned: 100, prunedBeforeMs: null });
    const structure = matchingTraces(reader, { query: '{} > {}', fromMs: null, toMs: null }, 10, {
      budgetMs: 0,
    });
    expect(structure).toMatchObject({ traces: [], leftOut: { unscanned: 100 } });
  });

  it('asks only the blocks of a trace that the query names', () => {
    const query = `trace.id = ${hex(7, 32)} and n > 30`;
    const matches = matchSpans(reader, { query, fromMs: null, toMs: null });
    expect([...matches].map(({ rows }) => rows.length)).toEqual([4]);
    expect(matches.leftOut).toMatchObject({ scanned: 10, unscanned: 0 });
  });

  it('ends a cycle of parents', () => {
    const cycle = memoryReader(
      [
        span(1, 1, { parentSpanId: hex(3, 16) }),
        span(1, 2, { parentSpanId: hex(1, 16) }),
        span(1, 3, { parentSpanId: hex(2, 16) }),
        span(1, 4, { parentSpanId: hex(4, 16) }),
      ],
      { perBlock: 1 },
    );
    for (const query of ['{} >> {}', '{} << {}', '{} ~ {}', 'depth > 0', 'self > 0ms', 'not {} > {}']) {
      const found = matchingTraces(cycle, { query, fromMs: null, toMs: null }, 10);
      expect(found.traces.length).toBeLessThanOrEqual(1);
    }
    const depths = [...matchSpans(cycle, { query: 'depth = 2', fromMs: null, toMs: null })];
    expect(depths.map(({ rows }) => rows.length)).toEqual([1]);
  });

  it('says where a query cannot be read', () => {
    expect(() => searchTraces(reader, traceSearchSchema.parse({ query: 'name = ' }))).toThrowError(
      expect.objectContaining({
        code: 'query_invalid',
        message: 'The query cannot be read: expected a value after = (at character 7).',
      }),
    );
    // Counted as people do: the emoji is one.
    expect(() =>
      searchTraces(reader, traceSearchSchema.parse({ query: 'name = "🍎" and name = ' })),
    ).toThrowError(expect.objectContaining({ message: expect.stringContaining('(at character 22)') }));
  });
});

describe('searching spans', () => {
  it('gives them whole, newest first', () => {
    const found = searchSpans(reader, spanSearchSchema.parse({ query: 'name = run', limit: 1 }));
    expect(found.items).toEqual([
      {
        traceId: hex(20, 32),
        spanId: hex(96, 16),
        parentSpanId: null,
        name: 'run',
        service: 'tracedeck',
        kind: 'internal',
        status: 'unset',
        startMs: 20_096,
        durationMs: 96,
        attributes: { 'tracedeck.run.id': 'r95', n: 95, tags: ['a', 'b'], ok: true },
      },
    ]);
    expect(found.leftOut.more).toBe(true);
    expect(found.leftOut.unscanned).toBeGreaterThan(0);
  });

  it('gives the longest of all', () => {
    const found = searchSpans(reader, spanSearchSchema.parse({ order: 'longest', limit: 3 }));
    expect(found.items.map(({ durationMs }) => durationMs)).toEqual([100, 99, 98]);
    expect(found.leftOut).toMatchObject({ more: true, scanned: 100, unscanned: 0 });
  });
});
