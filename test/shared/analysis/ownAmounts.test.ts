import { describe, expect, it } from 'vitest';
import { cutCycles } from '../../../shared/analysis/columnsOf.ts';
import { ownAmounts } from '../../../shared/analysis/ownAmounts.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';
import { randomColumns } from './randomTraces.ts';

describe('ownAmounts', () => {
  it('leaves a span what it states beyond the spans below it', () => {
    const columns = {
      count: 5,
      parent: Int32Array.of(-1, 0, 1, 1, -1),
      startMs: new Float64Array(5),
      endMs: new Float64Array(5),
    };
    expect([...ownAmounts(columns, [50, NaN, 10, 20, 7])]).toEqual([20, 0, 10, 20, 7]);
    expect([...ownAmounts(columns, [5, NaN, 10, 20, NaN])]).toEqual([0, 0, 10, 20, 0]);
  });

  it('adds up to the larger of what a top states and what is below it', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const columns = randomColumns(seed);
      const random = randomNumbers(seed);
      const stated = Float64Array.from({ length: columns.count }, () =>
        random() < 0.4 ? Math.floor(random() * 100) : NaN,
      );
      const own = ownAmounts(columns, stated);
      const children = (span: number) =>
        [...columns.parent.keys()].filter((child) => columns.parent[child] === span);
      const whole = (span: number): number => {
        const below = children(span).reduce((sum, child) => sum + whole(child), 0);
        return stated[span]! > below ? stated[span]! : below;
      };
      const roots = children(-1);
      expect(own.reduce((sum, each) => sum + each, 0)).toBe(
        roots.reduce((sum, root) => sum + whole(root), 0),
      );
      expect(own.every((each) => each >= 0)).toBe(true);
    }
  });
});

describe('cutCycles', () => {
  it('leaves no span above itself, and every other link alone', () => {
    const parent = Int32Array.of(1, 2, 0, 2, 4, 3, -1, 6);
    cutCycles(parent);
    for (let span = 0; span < parent.length; span += 1) {
      const seen = new Set<number>();
      for (let at = span; at >= 0; at = parent[at]!) {
        expect(seen.has(at)).toBe(false);
        seen.add(at);
      }
    }
    expect(parent.filter((above) => above === -1).length).toBe(3);
    expect([...parent.subarray(5)]).toEqual([3, -1, 6]);
  });
});
