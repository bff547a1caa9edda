import { describe, expect, it } from 'vitest';
import { bulkEditSchema } from '../../shared/deck.ts';

const action = { kind: 'flag', flag: 1 };
const accepts = (cardIds: unknown): boolean => bulkEditSchema.safeParse({ cardIds, action }).success;

describe('the cards of a bulk edit', () => {
  it('come through a copy between processes as they were found', () => {
    const cardIds = Uint32Array.of(3, 1, 4_294_967_295);
    const asked = bulkEditSchema.parse(structuredClone({ cardIds, action }));
    expect([...asked.cardIds]).toEqual([3, 1, 4_294_967_295]);
  });

  it('are one at least, a million at most, and ids', () => {
    expect(accepts(new Uint32Array())).toBe(false);
    expect(accepts(new Uint32Array(1_000_000).fill(7))).toBe(true);
    expect(accepts(new Uint32Array(1_000_001).fill(7))).toBe(false);
    expect(accepts(Uint32Array.of(1, 0))).toBe(false);
    expect(accepts([1, 2])).toBe(false);
    expect(accepts(new Float64Array([1.5]))).toBe(false);
  });
});
