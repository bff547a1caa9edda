import { describe, expect, it } from 'vitest';
import { NO_KEY, tokenLedger } from '../../../../electron/traces/analyses/tokenLedger.ts';
import type { Attributes, SpanRecord } from '../../../../shared/span.ts';
import type { LedgerRow } from '../../../../shared/traceQuery.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';

const ALL = { query: '', fromMs: null, toMs: null } as const;
const PRICES = [{ model: 'm', inputPerMillion: 1, outputPerMillion: 10, exactTokenizer: true }];

let spans: SpanRecord[] = [];
function trace(build: (add: typeof span) => void): SpanRecord[] {
  spans = [];
  build(span);
  return spans;
}
function span(name: string, parent: string | null, attributes: Attributes, startMs = 1_000_000): string {
  const spanId = (spans.length + 1).toString(16).padStart(16, '0');
  spans.push({
    traceId: 'c'.repeat(32),
    spanId,
    parentSpanId: parent,
    name,
    kind: 'client',
    startMs,
    endMs: startMs + 1,
    status: 'unset',
    statusMessage: null,
    attributes,
    events: [],
    links: [],
  });
  return spanId;
}
const chat = (input: number, output: number, more: Attributes = {}): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'm',
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
  ...more,
});
function ledger(
  records: readonly SpanRecord[],
  by: 'model' | 'stage' | 'run' | 'day' = 'model',
  perBlock = 1000,
) {
  return tokenLedger(memoryReader(records, { perBlock }), { ...ALL, by }, { prices: PRICES }).items;
}
const nothing: LedgerRow = {
  key: 'm',
  calls: 0,
  uncachedInput: 0,
  cacheRead: 0,
  cacheWrite: 0,
  output: 0,
  reasoning: 0,
  total: 0,
  untold: 0,
  cost: null,
  savedTokens: 0,
  savedCost: null,
};

describe('tokenLedger', () => {
  it('takes cached tokens out of the input, and counts reasoning within the output', () => {
    const records = trace((add) =>
      add('chat m', null, {
        ...chat(1000, 200),
        'gen_ai.usage.cache_read.input_tokens': 600,
        'gen_ai.usage.cache_creation.input_tokens': 100,
        'gen_ai.usage.reasoning.output_tokens': 150,
      }),
    );
    expect(ledger(records)).toEqual([
      {
        ...nothing,
        calls: 1,
        uncachedInput: 300,
        cacheRead: 600,
        cacheWrite: 100,
        output: 200,
        reasoning: 150,
        total: 1200,
        cost: (1000 * 1 + 200 * 10) / 1e6,
      },
    ]);
  });

  it('adds cached tokens to an input that cannot hold them', () => {
    const records = trace((add) =>
      add('chat m', null, { ...chat(10, 1), 'gen_ai.usage.cache_read.input_tokens': 600 }),
    );
    expect(ledger(records)[0]).toMatchObject({ uncachedInput: 10, cacheRead: 600, total: 611 });
  });

  it.each([1000, 1])('counts what a span around its calls repeats once, %i spans a block', (perBlock) => {
    const records = trace((add) => {
      const agent = add('invoke_agent', null, {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.request.model': 'm',
        'gen_ai.usage.input_tokens': 300,
        'gen_ai.usage.output_tokens': 30,
      });
      const step = add('step', agent, {});
      add('chat m', step, chat(100, 10));
      add('chat m', step, chat(200, 20));
    });
    expect(ledger(records, 'model', perBlock)).toEqual([
      {
        ...nothing,
        calls: 2,
        uncachedInput: 300,
        output: 30,
        total: 330,
        cost: expect.closeTo((300 + 300) / 1e6, 12),
      },
    ]);
  });

  it('keeps what the span around them states beyond its calls', () => {
    const records = trace((add) => {
      const outer = add('chat m', null, chat(150, 30));
      add('chat m', outer, chat(100, 40));
    });
    expect(ledger(records)[0]).toMatchObject({ calls: 2, uncachedInput: 150, output: 40, total: 190 });
  });

  it('goes by the cost that a span states before the price table, and by no cost in another currency', () => {
    const records = trace((add) => {
      add('chat m', null, chat(100, 10, { 'tracedeck.cost': 0.5 }));
      add(
        'chat x',
        null,
        chat(100, 10, { 'gen_ai.request.model': 'x', 'tracedeck.cost': 5, 'tracedeck.currency': 'EUR' }),
      );
      add('chat y', null, chat(1, 0, { 'gen_ai.request.model': 'm-2026-01-31' }));
    });
    const cost = Object.fromEntries(ledger(records).map((row) => [row.key, row.cost]));
    expect(cost).toEqual({ m: 0.5, x: null, 'm-2026-01-31': 1e-6 });
  });

  it('counts calls that say nothing of their tokens, and not the spans around calls', () => {
    const records = trace((add) => {
      const outer = add('chat m', null, { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' });
      add('chat m', outer, { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' });
      add('POST', outer, { 'http.request.method': 'POST' });
    });
    expect(ledger(records)).toEqual([{ ...nothing, calls: 1, untold: 1 }]);
  });

  it('takes nothing for an answer from our own cache, and says what it saved', () => {
    const hit = {
      'tracedeck.cache.outcome': 'hit',
      'tracedeck.cache.tier': 'disk',
      'tracedeck.stage': 'analyse',
    };
    const records = trace((add) => {
      add('chat m', null, chat(100, 100, { 'tracedeck.stage': 'analyse' }));
      add('cache get', null, { ...hit, 'tracedeck.tokens.saved': 400 });
      add('chat m', null, chat(50, 50, hit));
    });
    const price = (100 * 1 + 100 * 10) / 1e6 / 200;
    expect(ledger(records)).toEqual([
      {
        ...nothing,
        calls: 1,
        uncachedInput: 100,
        output: 100,
        total: 200,
        cost: expect.closeTo(200 * price, 12),
        savedTokens: 500,
        savedCost: expect.closeTo(500 * price, 12),
      },
    ]);
  });

  it('groups by stage, run and day', () => {
    const records = trace((add) => {
      const run = add('run', null, { 'tracedeck.run.id': 'r1' });
      add('chat m', run, chat(1, 1, { 'tracedeck.stage': 'write' }), new Date(2026, 0, 2, 12).getTime());
      add('chat m', run, chat(2, 2), new Date(2026, 0, 1, 12).getTime());
    });
    const keys = (by: 'stage' | 'run' | 'day') => ledger(records, by).map(({ key, total }) => [key, total]);
    expect(keys('stage')).toEqual([
      [NO_KEY, 4],
      ['write', 2],
    ]);
    expect(keys('run')).toEqual([['r1', 6]]);
    expect(keys('day')).toEqual([
      ['2026-01-01', 4],
      ['2026-01-02', 2],
    ]);
  });

  it('reconciles: the parts add up to the total, and the rows to the same whatever they are grouped by', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = randomNumbers(seed);
      const whole = (below: number) => Math.floor(random() * below);
      const records = trace((add) => {
        const ids: string[] = [];
        for (let i = 0; i < 40; i += 1) {
          const usage = random() < 0.6;
          ids.push(
            add(
              'op',
              ids.length > 0 && random() < 0.7 ? ids[whole(ids.length)]! : null,
              {
                ...(usage ? chat(whole(1000), whole(300)) : {}),
                ...(usage && random() < 0.5 ? { 'gen_ai.usage.cache_read.input_tokens': whole(1200) } : {}),
                ...(usage && random() < 0.5 ? { 'gen_ai.usage.reasoning.output_tokens': whole(400) } : {}),
                ...(random() < 0.5 ? { 'gen_ai.request.model': `model ${whole(3)}` } : {}),
                ...(random() < 0.5 ? { 'tracedeck.stage': `stage ${whole(2)}` } : {}),
              },
              1_000_000 + whole(1e9),
            ),
          );
        }
      });
      const totals = (['model', 'stage', 'run', 'day'] as const).map((by) => {
        const rows = ledger(records, by, 1 + (seed % 17));
        for (const row of rows) {
          expect(row.uncachedInput + row.cacheRead + row.cacheWrite + row.output).toBe(row.total);
          expect(row.reasoning).toBeLessThanOrEqual(row.output);
        }
        return rows.reduce((sum, { total }) => sum + total, 0);
      });
      expect(new Set(totals).size).toBe(1);
    }
  });
});
