import { describe, expect, it } from 'vitest';
import { cacheSplit, hitRate, sumTiers, tierRate } from '../../../renderer/derive/hitRate.ts';
import { aStage } from '../../fixtures/runs.ts';

describe('cacheSplit', () => {
  it('gives every lookup exactly one end', () => {
    const stages = [
      aStage({ calls: 10, memory: { hits: 10, misses: 30 }, disk: { hits: 20, misses: 10 } }),
      aStage({ stage: 'write', calls: 5, memory: { hits: 5, misses: 5 }, disk: { hits: 0, misses: 5 } }),
    ];
    expect(cacheSplit(stages)).toEqual({ lookups: 50, memory: 15, disk: 20, made: 15, other: 0 });
  });

  it('tells what was made from callers that waited for another one, which never asked the disk', () => {
    const stage = aStage({ calls: 1, memory: { hits: 0, misses: 3 }, disk: { hits: 0, misses: 1 } });
    expect(cacheSplit([stage])).toEqual({
      lookups: 3,
      memory: 0,
      disk: 0,
      made: 1,
      other: 2,
    });
  });

  it('counts at the disk where the memory tier is off', () => {
    expect(cacheSplit([aStage({ calls: 1, disk: { hits: 4, misses: 1 } })])).toEqual({
      lookups: 5,
      memory: 0,
      disk: 4,
      made: 1,
      other: 0,
    });
  });
});

describe('hitRate', () => {
  it('is null before the first lookup and not zero', () => {
    expect(hitRate([])).toBeNull();
    expect(tierRate({ hits: 0, misses: 0 })).toBeNull();
  });

  it('is 1 for a run served from the cache, whichever tier answered', () => {
    const stages = [aStage({ memory: { hits: 3, misses: 7 }, disk: { hits: 7, misses: 0 } })];
    expect(hitRate(stages)).toBe(1);
  });

  it('measures a tier by the lookups that reached it', () => {
    const { memory, disk } = sumTiers([
      aStage({ memory: { hits: 1, misses: 3 }, disk: { hits: 3, misses: 0 } }),
      aStage({ memory: { hits: 0, misses: 4 }, disk: { hits: 1, misses: 3 } }),
    ]);
    expect([tierRate(memory), tierRate(disk)]).toEqual([1 / 8, 4 / 7]);
  });
});
