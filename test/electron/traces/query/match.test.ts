import { describe, expect, it } from 'vitest';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { matchingTraces, matchSpans } from '../../../../electron/traces/query/match.ts';
import { hexId } from '../../../../electron/traces/query/rowSelects.ts';
import { searchTraces } from '../../../../electron/traces/query/search.ts';
import { formatQuery } from '../../../../shared/query/formatQuery.ts';
import type { Search } from '../../../../shared/traceQuery.ts';
import { traceSearchSchema } from '../../../../shared/traceQuery.ts';
import { randomOf } from '../../../shared/query/random.ts';
import { randomQueries } from '../../../shared/query/randomQuery.ts';
import { findAll } from './oracle.ts';
import type { World } from './oracle.ts';
import { KEYS, NAMES, NOW_MS, randomTrace, TEXTS } from './randomTraces.ts';

const options = { nowMs: NOW_MS, budgetMs: 60_000 };

describe('matching spans', () => {
  it('finds what a plain walk over the spans finds, for random traces and queries', () => {
    const random = randomOf(2024);
    let hits = 0;
    for (let round = 0; round < 60; round++) {
      const traces = Array.from({ length: random.int(1, 12) }, () => randomTrace(random));
      const spans = traces.flat();
      // Blocks hold parts of many traces, so that parents are elsewhere.
      if (random.chance(0.7)) spans.sort(() => random.next() - 0.5);
      const reader = memoryReader(spans, { perBlock: random.pick([1, 3, 7, 20, 1000]) });
      const world: World = {
        spans,
        nowMs: NOW_MS,
        summary: (traceId) => reader.summary(reader.traceNumber(traceId)!),
      };
      const some = random.pick(spans);
      const { query } = randomQueries(random, {
        texts: [
          ...TEXTS,
          ...NAMES,
          'tracedeck',
          '0.1.0',
          'exception',
          'r1',
          some.traceId,
          some.spanId,
          'w',
          '',
        ],
        keys: [...KEYS, 'host', 'none'],
        numbers: [0, 1, 2, 3, 5, 7.5, 12, 20],
        durationsMs: [0, 0.001, 0.005, 0.012, 0.02, 3_600_000, 7_200_000],
        timesMs: spans
          .map(({ startMs }) => startMs)
          .filter(Number.isInteger)
          .concat(NOW_MS - 7_200_000),
        patterns: ['^w', 'a', '[0-9]+', '(run|get)$', '한', '.'],
      });
      for (let i = 0; i < 40; i++) {
        const ast = query();
        const text = formatQuery(ast);
        const edge = () => (random.chance(0.2) ? random.pick(spans).startMs : null);
        const search: Search = { query: text, fromMs: edge(), toMs: edge() };
        const expected = findAll(world, ast, search.fromMs, search.toMs);
        const found = new Set<string>();
        for (const { block, rows } of matchSpans(reader, search, options)) {
          let last = -1;
          for (const row of rows) {
            expect(row).toBeGreaterThan(last);
            last = row;
            found.add(`${reader.traceId(block.trace[row]!)}/${hexId(block.spanId, row)}`);
          }
        }
        expect([text, search.fromMs, search.toMs, [...found].sort()]).toEqual([
          text,
          search.fromMs,
          search.toMs,
          [...expected].sort(),
        ]);
        const traceIds = [...new Set([...expected].map((id) => id.slice(0, 32)))].sort();
        const numbers = matchingTraces(reader, search, 1000, options).traces;
        expect(numbers.map((number) => reader.traceId(number)).sort()).toEqual(traceIds);
        const listed = searchTraces(reader, traceSearchSchema.parse({ ...search, limit: 3 }), options);
        const asksNothing = ast.pipes.length === 0 && (ast.set === null || formatQuery(ast) === '{}');
        if (!asksNothing) {
          const newest = traceIds.map(world.summary).sort((a, b) => b.startMs - a.startMs);
          expect(listed.items.map(({ startMs }) => startMs)).toEqual(
            newest.slice(0, 3).map(({ startMs }) => startMs),
          );
          expect(listed.leftOut.more).toBe(newest.length > 3);
          for (const { traceId, matched } of listed.items) {
            expect([text, matched]).toEqual([
              text,
              [...expected].filter((id) => id.startsWith(traceId)).length,
            ]);
          }
        }
        if (expected.size > 0 && expected.size < spans.length) hits++;
      }
    }
    // Queries that find all or nothing would show little.
    expect(hits).toBeGreaterThan(600);
  });
});
