import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../shared/analysis/columnsOf.ts';
import { selfTimes } from '../../../shared/analysis/selfTimes.ts';
import type { TraceColumns } from '../../../shared/analysis/traceColumns.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomColumns } from './randomTraces.ts';

/** Millisecond by millisecond. */
function oracle({ count, parent, startMs, endMs }: TraceColumns): number[] {
  return Array.from({ length: count }, (_, span) => {
    let self = 0;
    for (let ms = startMs[span]!; ms < endMs[span]!; ms += 1) {
      let isCovered = false;
      for (let child = 0; child < count; child += 1) {
        if (parent[child] === span && startMs[child]! <= ms && endMs[child]! > ms) isCovered = true;
      }
      if (!isCovered) self += 1;
    }
    return self;
  });
}

describe('selfTimes', () => {
  it('takes off the union of the children, cut at the span', () => {
    const columns = columnsOf(
      spanTree(`
        run 0-100
          a 10-40
          b 30-50
          late 90-130
            inner 95-100
          early -10-5`),
    );
    expect([...selfTimes(columns)]).toEqual([45, 30, 20, 35, 5, 15]);
  });

  it('is the time in which no child runs, whatever the trace looks like', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const columns = randomColumns(seed);
      expect([...selfTimes(columns)], `seed ${seed}`).toEqual(oracle(columns));
    }
  });

  it('adds up to the root where every span lies within its parent and beside its siblings', () => {
    const columns = columnsOf(
      spanTree(`
        run 0-100
          a 0-30
            aa 5-10
            ab 10-29
          b 31-99
            ba 31-99`),
    );
    expect(selfTimes(columns).reduce((sum, ms) => sum + ms, 0)).toBe(100);
  });
});
