import { describe, expect, it } from 'vitest';
import { sideName, sidePairs } from '../../../renderer/derive/compareSides.ts';
import { leftOutText } from '../../../renderer/derive/leftOutText.ts';
import { nearestTrace, scatterOf, timeTicks } from '../../../renderer/derive/scatter.ts';
import type { FoundTrace, OperationStats } from '../../../shared/traceQuery.ts';

const trace = (startMs: number, durationMs: number | null): FoundTrace => ({
  traceId: String(startMs).padStart(32, '0'),
  name: 'n',
  startMs,
  durationMs,
  spanCount: 1,
  errorCount: 0,
  runId: null,
  service: 's',
  version: null,
  pinned: false,
  matched: 1,
});

describe('what was left out', () => {
  const none = { more: false, scanned: 10, unscanned: 0, prunedBeforeMs: null };
  it('is nothing where all was looked at', () => {
    expect(leftOutText(none, { what: 'traces' })).toEqual([]);
  });
  it('is told in words and figures', () => {
    const notes = leftOutText(
      { ...none, more: true, scanned: 1_234_567, unscanned: 300_000 },
      { what: 'traces' },
    );
    expect(notes).toEqual([
      'more traces match than are shown',
      'looked at 1.2 M spans; 300,000 older ones not: the time limit',
    ]);
  });
  it('is silent about pruning before the time that was asked for', () => {
    const pruned = { ...none, prunedBeforeMs: 1000 };
    expect(leftOutText(pruned, { what: 'traces', fromMs: 1000 })).toEqual([]);
    expect(leftOutText(pruned, { what: 'traces', fromMs: 999 })).toHaveLength(1);
  });
});

describe('the picture of start against duration', () => {
  const frame = { widthPx: 500, heightPx: 100, leftPx: 50, bottomPx: 20, topPx: 10, rightPx: 10 };
  const traces = [trace(0, 1), trace(10_000, 1000), trace(5000, null)];
  const scatter = scatterOf(traces, { fromMs: null, toMs: null }, frame)!;
  it('keeps every trace inside its frame, longer ones higher', () => {
    for (const { startMs, durationMs } of traces) {
      expect(scatter.x(startMs)).toBeGreaterThanOrEqual(50);
      expect(scatter.x(startMs)).toBeLessThanOrEqual(490);
      expect(scatter.y(durationMs ?? 0)).toBeLessThanOrEqual(80);
    }
    expect(scatter.y(1000)).toBeLessThan(scatter.y(1));
  });
  it('finds the dot below the pointer, and none far from all', () => {
    const at = { xPx: scatter.x(10_000) + 3, yPx: scatter.y(1000) + 3 };
    expect(nearestTrace(traces, scatter, at)).toBe(traces[1]);
    expect(nearestTrace(traces, scatter, { xPx: 250, yPx: 40 })).toBeNull();
  });
  it('gives back the time below a place, cut at its ends', () => {
    expect(scatter.timeAt(scatter.x(4000))).toBeCloseTo(4000);
    expect(scatter.timeAt(-100)).toBe(scatter.fromMs);
  });
  it('is nothing without traces, and something where all took no time', () => {
    expect(scatterOf([], { fromMs: null, toMs: null }, frame)).toBeNull();
    expect(scatterOf([trace(0, 0)], { fromMs: null, toMs: null }, frame)!.y(0)).toBe(80);
  });
  it('has a handful of ticks at any length', () => {
    for (const lengthMs of [3, 900, 45_000, 7_200_000, 86_400_000 * 9, 86_400_000 * 900]) {
      const ticks = timeTicks(1_700_000_000_000, 1_700_000_000_000 + lengthMs);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThan(14);
    }
  });
});

describe('ready pairs', () => {
  const stats = (service: string, version: string) => ({ service, version }) as OperationStats;
  const catalog = {
    operations: [],
    services: [],
    attributes: [
      { key: 'tracedeck.prompt.version', types: ['string'] as const, values: ['p9', 'p10', 'p2'] },
      { key: 'tracedeck.cache.outcome', types: ['string'] as const, values: ['hit', 'miss'] },
    ],
  };
  it('take the two latest versions, by number and not by letter, each once', () => {
    const pairs = sidePairs(
      [stats('a', '1.10'), stats('a', '1.9'), stats('a', '1.9'), stats('b', '1')],
      catalog,
      0,
    );
    expect(pairs.map(({ label }) => label).slice(0, 3)).toEqual([
      'a 1.9 → 1.10',
      'Prompt p9 → p10',
      'Cache: nothing known → something known',
    ]);
    expect(sideName(pairs[0]!.a, [])).toBe('a 1.9');
  });
  it('leave out what the store has nothing of', () => {
    expect(sidePairs([], null, 0).map(({ id }) => id)).toEqual(['hour', 'errors']);
  });
});
