import { describe, expect, it } from 'vitest';
import {
  billedTokens,
  estimateCost,
  estimateOf,
  formatAxisCount,
  formatDollars,
  formatShort,
  savedTokens,
  tokenRows,
} from '../../../renderer/derive/tokens.ts';
import { totalTokens } from '../../../shared/run.ts';
import { aStage } from '../../fixtures/runs.ts';

const usage = { input: 100, cacheRead: 40, cacheWrite: 10, output: 30, reasoning: 20 };

describe('tokens', () => {
  it('counts every kind once, as the shared total does', () => {
    const [row] = tokenRows([aStage({ tokens: usage })]);
    expect(row?.total).toBe(200);
    expect(row?.total).toBe(totalTokens(usage));
  });

  it('adds what was billed and what was saved over stages and models apart', () => {
    const stages = [aStage({ tokens: usage, saved: 7 }), aStage({ stage: 'write', tokens: usage, saved: 3 })];
    expect([billedTokens(stages), savedTokens(stages)]).toEqual([400, 10]);
  });

  it('has no estimate where no stage carries one', () => {
    expect(estimateOf([aStage({ tokens: usage })])).toBeNull();
    expect(estimateOf([])).toBeNull();
  });

  it('prices input and output by the million', () => {
    const estimate = estimateOf([
      aStage({ estimate: { input: 1_500_000, output: 0 } }),
      aStage({ stage: 'write', estimate: { input: 500_000, output: 250_000 } }),
    ]);
    const price = { model: 'm', inputPerMillion: 2.5, outputPerMillion: 10, exactTokenizer: true };
    expect(estimate && estimateCost(estimate, price)).toBeCloseTo(7.5, 12);
  });

  it('shows dollars with two digits that mean something', () => {
    expect([0, 0.00001, 0.00042, 0.0163, 0.6, 1, 12.345].map(formatDollars)).toEqual([
      '$0',
      'under $0.0001',
      '$0.0004',
      '$0.016',
      '$0.60',
      '$1.00',
      '$12.35',
    ]);
  });

  it('never rounds a short form up into a wrong unit', () => {
    expect([999, 1000, 99_949, 99_950, 999_499, 999_500].map(formatShort)).toEqual([
      '999',
      '1.0k',
      '99.9k',
      '100k',
      '999k',
      '1.0M',
    ]);
    expect(formatAxisCount(28_000)).toBe('28k');
  });
});
