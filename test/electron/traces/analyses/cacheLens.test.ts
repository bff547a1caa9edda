import { describe, expect, it } from 'vitest';
import { cacheLens } from '../../../../electron/traces/analyses/cacheLens.ts';
import { dropOf } from '../../../../electron/traces/analyses/hitDrop.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { spanTree } from '../../../fixtures/spanTree.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';

const ALL = { query: '', fromMs: null, toMs: null, points: 4 } as const;

/** `outcome tier stage startMs`, `-` for none. */
function lookups(lines: readonly string[]): SpanRecord[] {
  const [record] = spanTree('cache get 0-1');
  return lines.map((line, i) => {
    const [outcome, tier, stage, start, saved] = line.split(' ') as [string, string, string, string, string?];
    return {
      ...record!,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      startMs: 1_000_000 + Number(start),
      endMs: 1_000_001 + Number(start),
      attributes: {
        'tracedeck.cache.outcome': outcome === 'shared' ? 'miss' : outcome,
        ...(outcome === 'shared' ? { 'tracedeck.cache.shared': true } : {}),
        ...(tier === '-' ? {} : { 'tracedeck.cache.tier': tier }),
        ...(stage === '-' ? {} : { 'tracedeck.stage': stage }),
        ...(saved === undefined ? {} : { 'tracedeck.tokens.saved': Number(saved) }),
      },
    };
  });
}

describe('cacheLens', () => {
  it('has what each tier was asked: a hit is a miss of the tiers before it, a miss of all', () => {
    const reader = memoryReader(
      lookups([
        'hit memory write 0 10',
        'hit disk write 0 20',
        'miss - write 400',
        'stale disk write 400',
        'shared - write 400 5',
        'hit memory - 100',
      ]),
    );
    const { series, savedTokens, stepMs, leftOut } = cacheLens(reader, ALL);
    expect(series.map(({ startMs: _startMs, ...one }) => one)).toEqual([
      { tier: 'memory', stage: null, hit: [0, 1, 0, 0], miss: [0, 0, 0, 0], stale: [0, 0, 0, 0] },
      { tier: 'memory', stage: 'write', hit: [1, 0, 0, 0], miss: [1, 0, 0, 3], stale: [0, 0, 0, 0] },
      { tier: 'disk', stage: 'write', hit: [1, 0, 0, 0], miss: [0, 0, 0, 1], stale: [0, 0, 0, 1] },
    ]);
    expect(stepMs).toBe(100);
    expect(series[0]!.startMs).toEqual([1_000_000, 1_000_100, 1_000_200, 1_000_300]);
    expect(savedTokens).toBe(35);
    expect(leftOut.scanned).toBe(6);
  });

  it('prices what was saved by the calls of the stage', () => {
    const [call] = spanTree('chat 0-1');
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': 100,
      'tracedeck.cost': 2,
      'tracedeck.stage': 'write',
    };
    const reader = memoryReader([
      ...lookups(['hit memory write 0 50']),
      { ...call!, spanId: 'f'.repeat(16), attributes },
    ]);
    expect(cacheLens(reader, ALL).savedCost).toBe(1);
    expect(cacheLens(memoryReader(lookups(['hit memory write 0 50'])), ALL).savedCost).toBeNull();
  });

  it('has nothing to say of nothing', () => {
    expect(cacheLens(memoryReader(spanTree('a 0-1')), ALL)).toMatchObject({
      series: [],
      savedTokens: 0,
      savedCost: null,
      drop: null,
    });
  });

  it('tells when the share of hits fell', () => {
    const lines = Array.from({ length: 400 }, (_, i) => {
      const isHit = i < 300 ? i % 10 !== 0 : i % 2 === 0;
      return `${isHit ? 'hit memory' : 'miss -'} write ${i * 10}`;
    });
    const { drop } = cacheLens(memoryReader(lookups(lines)), { ...ALL, points: 40 });
    expect(drop!.from).toBeCloseTo(0.9, 1);
    expect(drop!.to).toBeCloseTo(0.5, 1);
    expect(Math.abs(drop!.atMs - 1_003_000)).toBeLessThanOrEqual(200);
  });
});

describe('dropOf', () => {
  const steps = (...all: (readonly [number, number])[]) =>
    dropOf(
      Float64Array.from(all, ([hits]) => hits),
      Float64Array.from(all, ([, total]) => total),
    );

  it('needs enough lookups, a difference that counts, and a fall', () => {
    expect(steps([95, 100], [10, 20])).toBeNull();
    expect(steps([960_000, 1_000_000], [930_000, 1_000_000])).toBeNull();
    expect(steps([50, 100], [95, 100])).toBeNull();
    expect(steps([95, 100], [50, 100])).toEqual({ from: 0.95, to: 0.5, step: 1 });
    expect(steps([100, 100], [100, 100])).toBeNull();
  });

  it('seldom cries wolf', () => {
    const random = randomNumbers(9);
    let alarms = 0;
    for (let round = 0; round < 1000; round += 1) {
      const total = new Float64Array(60).fill(50);
      const hits = total.map((all) => {
        let sum = 0;
        for (let i = 0; i < all; i += 1) if (random() < 0.7) sum += 1;
        return sum;
      });
      if (dropOf(hits, total) !== null) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(15);
  });
});
