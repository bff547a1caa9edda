import { describe, expect, it } from 'vitest';
import { traceTokens } from '../../../../electron/traces/analyses/traceTokens.ts';
import { searchTraces } from '../../../../electron/traces/query/search.ts';
import type { Attributes, SpanRecord } from '../../../../shared/span.ts';
import { traceSearchSchema } from '../../../../shared/traceQuery.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';

const PRICES = [
  { model: 'cheap', inputPerMillion: 1, outputPerMillion: 1, exactTokenizer: true },
  { model: 'dear', inputPerMillion: 1000, outputPerMillion: 1000, exactTokenizer: true },
];
const OPTIONS = { prices: PRICES, budgetMs: 5000 };
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

function span(id: number, trace: number, attributes: Attributes): SpanRecord {
  return {
    traceId: hex(trace, 32),
    spanId: hex(id, 16),
    parentSpanId: null,
    name: 'step',
    kind: 'client',
    startMs: 1000 + trace * 100 + (id % 7),
    endMs: 1000 + trace * 100 + (id % 7) + 250,
    status: 'unset',
    statusMessage: null,
    attributes: { n: id, ...attributes },
    events: [],
    links: [],
  };
}

function randomSpans(seed: number): SpanRecord[] {
  const random = randomNumbers(seed);
  return Array.from({ length: 120 }, (_, i) => {
    const used = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': random() < 0.5 ? 'cheap' : 'dear',
      'gen_ai.usage.input_tokens': Math.floor(random() * 50),
      'gen_ai.usage.output_tokens': 3,
    };
    return span(i + 1, 1 + Math.floor(random() * 30), random() < 0.3 ? used : {});
  });
}

describe('traces in the order of tokens or cost', () => {
  it('are ordered before the limit, whatever was asked and wherever their spans lie', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const reader = memoryReader(randomSpans(seed), { perBlock: 7 });
      for (const query of ['', 'n < 60', 'trace.spans > 2']) {
        for (const order of ['tokens', 'cost'] as const) {
          const bounds = seed % 2 === 0 ? {} : { fromMs: 1500, toMs: 3000 };
          const newest = traceSearchSchema.parse({ query, ...bounds, limit: 1000 });
          const all = searchTraces(reader, newest, OPTIONS).items;
          const ids = all.map(({ traceId }) => traceId);
          const used = new Map(traceTokens(reader, ids, OPTIONS).items.map((item) => [item.traceId, item]));
          const keyOf = (traceId: string) => used.get(traceId)?.[order] ?? 0;
          // Newest first already, and the sort keeps that among equals.
          const expected = all
            .toSorted((a, b) => keyOf(b.traceId) - keyOf(a.traceId) || b.startMs - a.startMs)
            .slice(0, 5);
          const found = searchTraces(reader, { ...newest, order, limit: 5 }, OPTIONS);
          expect(found.items.map(({ traceId, matched }) => [traceId, matched])).toEqual(
            expected.map(({ traceId, matched }) => [traceId, matched]),
          );
          for (const { traceId, usage } of found.items)
            expect(usage?.tokens ?? null).toBe(used.get(traceId)?.tokens ?? null);
          expect(found.leftOut.more).toBe(all.length > 5);
        }
      }
    }
  });

  it('leave noise out before the limit, and count it', () => {
    const call = (tokens: number) => ({
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': tokens,
    });
    const reader = memoryReader([1, 2, 3, 4].map((n) => span(n, n, call(n * 10))));
    const search = traceSearchSchema.parse({ order: 'tokens', limit: 2, hide: ['n = 4'] });
    const { items, hidden } = searchTraces(reader, search, OPTIONS);
    expect(items.map(({ usage }) => usage?.tokens)).toEqual([30, 20]);
    expect(hidden).toEqual({ traces: 1, faults: [] });
  });

  it('say what they had no time to add up', () => {
    const reader = memoryReader(randomSpans(1));
    const search = traceSearchSchema.parse({ order: 'cost', limit: 2 });
    const { leftOut } = searchTraces(reader, search, { ...OPTIONS, budgetMs: 0 });
    expect(leftOut.unscanned).toBe(120);
  });

  it('are none where nothing is found', () => {
    const search = traceSearchSchema.parse({ order: 'cost', query: 'name = nothing' });
    expect(searchTraces(memoryReader(randomSpans(1)), search, OPTIONS).items).toEqual([]);
  });
});
