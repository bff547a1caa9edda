import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelCalls } from '../../../../electron/traces/analyses/modelCalls.ts';
import { sumUp, usageOfTraces } from '../../../../electron/traces/analyses/usageSums.ts';
import { ByteReader, ByteWriter } from '../../../../electron/traces/blocks/bytes.ts';
import { readUsageSums, writeUsageSums } from '../../../../electron/traces/blocks/usageCodec.ts';
import { openSpanStore, type SpanStore } from '../../../../electron/traces/spanStore.ts';
import { totalOf } from '../../../../shared/analysis/usage.ts';
import type { Attributes, SpanRecord } from '../../../../shared/span.ts';
import { encodeSpans } from '../../../../shared/spanCodec.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';

const PRICES = [
  { model: 'cheap', inputPerMillion: 1, outputPerMillion: 10, cacheReadFactor: 0.1, exactTokenizer: true },
  { model: 'dear', inputPerMillion: 100, outputPerMillion: 1000, exactTokenizer: true },
];
const OPTIONS = { prices: PRICES, budgetMs: 60_000 };
const ALL = { query: '', fromMs: null, toMs: null };
const TRACES = 400;
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

let dir = '';
let store: SpanStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-usage-'));
  store = open();
});
afterEach(() => {
  if (store.db.open) store.close();
  rmSync(dir, { recursive: true, force: true });
});
const open = () => openSpanStore(join(dir, 'traces.db'), { limits: { maxBytes: 1e9, maxAgeMs: 1e15 } });
const write = (spans: readonly SpanRecord[]) => store.writeSpans(encodeSpans(spans));
const blocks = () => [...store.reader.blocks(-Infinity, Infinity)];

/** All that calls may say of their tokens, their price, and who answered. */
function callBy(random: () => number): Attributes {
  const some = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  return {
    'gen_ai.operation.name': some(['chat', 'chat', 'invoke_agent']),
    ...some<Attributes>([{ 'gen_ai.request.model': 'cheap' }, { 'gen_ai.request.model': 'dear' }, {}]),
    ...some<Attributes>([{ 'gen_ai.response.model': 'cheap' }, { 'gen_ai.response.model': 'unknown' }, {}]),
    ...some<Attributes>([{ 'gen_ai.usage.input_tokens': Math.floor(random() * 500) }, {}]),
    ...some<Attributes>([{ 'llm.token_count.completion': Math.floor(random() * 50) }, {}]),
    ...some<Attributes>([{ 'gen_ai.usage.cache_read.input_tokens': 7 }, {}, {}]),
    ...some<Attributes>([
      { 'tracedeck.cost': 0.25 },
      { 'tracedeck.cost': 3, 'tracedeck.currency': 'EUR' },
      {},
      {},
      {},
    ]),
    ...some<Attributes>([{ 'tracedeck.cache.outcome': 'hit' }, {}, {}, {}]),
    ...some<Attributes>([{ 'tracedeck.tokens.saved': 12 }, {}, {}, {}, {}, {}]),
  };
}

/** Traces of some fifteen spans; in some of them a call stands within another one. */
function randomSpans(random: () => number): SpanRecord[] {
  const made: SpanRecord[] = [];
  const ofTrace = new Map<number, SpanRecord[]>();
  for (let id = 1; id <= TRACES * 15; id += 1) {
    const trace = 1 + Math.floor(random() * TRACES);
    const others = ofTrace.get(trace) ?? [];
    const isCall = random() < 0.3;
    const parents = trace % 3 === 0 ? others : others.filter(({ name }) => name === 'step');
    const span: SpanRecord = {
      traceId: hex(trace, 32),
      spanId: hex(id, 16),
      parentSpanId: parents[Math.floor(random() * parents.length)]?.spanId ?? null,
      name: isCall ? 'call' : 'step',
      kind: 'client',
      startMs: 1_790_000_000_000 + trace * 100 + others.length,
      endMs: 1_790_000_000_000 + trace * 100 + 50,
      status: 'unset',
      statusMessage: null,
      attributes: isCall ? callBy(random) : {},
      events: [],
      links: [],
    };
    ofTrace.set(trace, [...others, span]);
    made.push(span);
  }
  return made;
}

/** By call after call. */
function expectedUsage() {
  const found = new Map<number, { calls: number; tokens: number; cost: number | null }>();
  for (const { trace, usage, cost, isCached } of modelCalls(store.reader, ALL, OPTIONS).calls) {
    const used = found.get(trace) ?? { calls: 0, tokens: 0, cost: null };
    found.set(trace, used);
    if (isCached) continue;
    used.calls += 1;
    used.tokens += usage === null ? 0 : totalOf(usage);
    if (cost !== null) used.cost = (used.cost ?? 0) + cost;
  }
  return found;
}

function expectSame(): void {
  store.consistently(() => {
    const wanted = new Set(store.reader.traces('newest', -Infinity, Infinity, 1e6));
    const expected = expectedUsage();
    const found = usageOfTraces(store.reader, blocks(), wanted, ALL, OPTIONS);
    expect([...found.keys()].toSorted((a, b) => a - b)).toEqual(
      [...expected.keys()].toSorted((a, b) => a - b),
    );
    for (const [trace, { calls, tokens, cost }] of found) {
      const of = expected.get(trace)!;
      expect([calls, tokens, cost === null], `trace ${trace}`).toEqual([
        of.calls,
        of.tokens,
        of.cost === null,
      ]);
      expect(cost ?? 0).toBeCloseTo(of.cost ?? 0, 9);
    }
  });
}

describe('sums of what traces used', () => {
  it('are what the calls come to one by one, in small blocks, in large ones, and when the store is opened again', () => {
    const spans = randomSpans(randomNumbers(7));
    for (let from = 0; from < spans.length; from += 500) write(spans.slice(from, from + 500));
    expectSame();
    expect(store.consistently(() => blocks().every(({ usageSums }) => usageSums === null))).toBe(true);
    while (store.maintain(5));
    store.close();
    store = open();
    const kept = store.consistently(() => blocks().flatMap(({ usageSums }) => usageSums ?? []));
    expect(kept.some(({ sums }) => sums.length > 0)).toBe(true);
    expect(kept.some(({ open: traces }) => traces.length > 0)).toBe(true);
    expectSame();
  });

  it('are not those of a block of which a row has died since', () => {
    const spans = randomSpans(randomNumbers(8)).map((span) => ({ ...span, endMs: null }));
    for (let from = 0; from < spans.length; from += 500) write(spans.slice(from, from + 500));
    while (store.maintain(5));
    const isKept = () => store.consistently(() => blocks().some(({ usageSums }) => usageSums !== null));
    expect(isKept()).toBe(true);
    const call = spans.find(({ name }) => name === 'call')!;
    const more = { 'gen_ai.usage.output_tokens': 1_000_000, 'gen_ai.operation.name': 'chat' };
    write([{ ...call, endMs: call.startMs + 1, attributes: more }]);
    expect(isKept()).toBe(false);
    expectSame();
  });

  it('come back from their bytes as they were, and not by other rules than today’s', () => {
    write(randomSpans(randomNumbers(9)));
    store.consistently(() => {
      const [block] = blocks();
      const sums = sumUp(block!, store.reader.strings);
      const into = new ByteWriter();
      writeUsageSums(into, sums);
      const bytes = into.take();
      expect(readUsageSums(new ByteReader(bytes), block!.count)).toEqual(sums);
      bytes[0]! ^= 1;
      expect(readUsageSums(new ByteReader(bytes), block!.count)).toBeNull();
    });
  });
});
