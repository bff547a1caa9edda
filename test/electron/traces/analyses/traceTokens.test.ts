import { describe, expect, it } from 'vitest';
import { tokenLedger } from '../../../../electron/traces/analyses/tokenLedger.ts';
import { traceTokens } from '../../../../electron/traces/analyses/traceTokens.ts';
import type { Attributes, SpanRecord } from '../../../../shared/span.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';

const PRICES = [{ model: 'm', inputPerMillion: 1, outputPerMillion: 10, exactTokenizer: true }];
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

let ids = 0;
function span(trace: number, parent: string | null, attributes: Attributes): SpanRecord {
  ids += 1;
  return {
    traceId: hex(trace, 32),
    spanId: hex(ids, 16),
    parentSpanId: parent,
    name: 'chat m',
    kind: 'client',
    startMs: trace * 1000 + ids,
    endMs: trace * 1000 + ids + 1,
    status: 'unset',
    statusMessage: null,
    attributes,
    events: [],
    links: [],
  };
}
const chat = (input: number, output: number, more: Attributes = {}): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'm',
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
  ...more,
});

describe('tokens of traces', () => {
  const agent = span(1, null, chat(30, 20, { 'gen_ai.operation.name': 'invoke_agent' }));
  const records = [
    agent,
    span(1, agent.spanId, chat(10, 20)),
    span(1, agent.spanId, chat(20, 0)),
    span(2, null, {}),
    span(3, null, chat(5, 5, { 'tracedeck.cache.outcome': 'hit' })),
    span(4, null, { 'gen_ai.operation.name': 'chat' }),
  ];

  it('count each once, and money where there is a price, wherever the spans lie', () => {
    for (const perBlock of [1000, 2]) {
      const reader = memoryReader(records, { perBlock });
      const found = traceTokens(reader, [hex(1, 32), hex(2, 32), hex(3, 32), hex(4, 32), hex(9, 32)], {
        prices: PRICES,
        budgetMs: 5000,
      });
      expect(found.unscanned).toEqual([]);
      expect(found.items.toSorted((a, b) => a.traceId.localeCompare(b.traceId))).toEqual([
        { traceId: hex(1, 32), calls: 2, tokens: 50, cost: expect.closeTo(0.00023, 9) as number },
        // From our own cache: nothing was used.
        { traceId: hex(3, 32), calls: 0, tokens: 0, cost: null },
        { traceId: hex(4, 32), calls: 1, tokens: 0, cost: null },
      ]);
    }
  });

  it('are together what the ledger has', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = randomNumbers(seed);
      const made: SpanRecord[] = [];
      for (let i = 0; i < 60; i += 1) {
        const trace = 1 + Math.floor(random() * 6);
        const above = made.filter(({ traceId }) => traceId === hex(trace, 32));
        const parent = above.length === 0 ? null : above[Math.floor(random() * above.length)]!.spanId;
        made.push(span(trace, parent, random() < 0.5 ? {} : chat(Math.floor(random() * 50), 3)));
      }
      const reader = memoryReader(made, { perBlock: 7 });
      const options = { prices: PRICES, budgetMs: 5000 };
      const rows = tokenLedger(reader, { query: '', fromMs: null, toMs: null, by: 'day' }, options).items;
      const sum = (of: readonly number[]) => of.reduce((all, one) => all + one, 0);
      const { items } = traceTokens(
        reader,
        Array.from({ length: 6 }, (_, i) => hex(i + 1, 32)),
        options,
      );
      expect(sum(items.map(({ tokens }) => tokens)), `seed ${seed}`).toBe(
        sum(rows.map(({ total }) => total)),
      );
      expect(sum(items.map(({ calls }) => calls))).toBe(sum(rows.map(({ calls }) => calls)));
      expect(sum(items.map(({ cost }) => cost ?? 0))).toBeCloseTo(sum(rows.map(({ cost }) => cost ?? 0)), 9);
    }
  });

  it('leave out what is too large, and name it', () => {
    const reader = memoryReader(records, { perBlock: 1000 });
    const { items, unscanned } = traceTokens(reader, [hex(2, 32), hex(1, 32), hex(4, 32)], { maxSpans: 2 });
    expect(unscanned).toEqual([hex(1, 32)]);
    expect(items.map(({ traceId }) => traceId)).toEqual([hex(4, 32)]);
  });
});
