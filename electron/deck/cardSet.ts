/** Sets of cards: a bit for each id, and whether the bits say which are in or which are not. */

/** 32 ids a word; ids begin at 1. Never changed once made. */
export type CardBits = Uint32Array;
/** The cards of `bits`, or all but them. */
export type CardSet = { readonly bits: CardBits; readonly isComplement: boolean };

/** Bits of `ids`, all of them at most `lastId`. */
export function bitsOf(ids: readonly number[], lastId: number): CardBits {
  const bits = new Uint32Array((lastId >>> 5) + 1);
  for (const id of ids) bits[id >>> 5]! |= 1 << (id & 31);
  return bits;
}

export function complementOf({ bits, isComplement }: CardSet): CardSet {
  return { bits, isComplement: !isComplement };
}

/** The cards that are in both, of sets of one deck. */
export function intersectionOf(a: CardSet, b: CardSet): CardSet {
  if (a.isComplement && !b.isComplement) return intersectionOf(b, a);
  const bits = a.bits.slice();
  if (!b.isComplement) for (let at = 0; at < bits.length; at += 1) bits[at]! &= b.bits[at]!;
  else if (!a.isComplement) for (let at = 0; at < bits.length; at += 1) bits[at]! &= ~b.bits[at]!;
  else for (let at = 0; at < bits.length; at += 1) bits[at]! |= b.bits[at]!;
  return { bits, isComplement: a.isComplement };
}

/** Ids from the least to the greatest. */
export function idsOf(bits: CardBits): Uint32Array {
  const ids = new Uint32Array(countOfBits(bits));
  let count = 0;
  for (let at = 0; at < bits.length; at += 1) {
    for (let left = bits[at]!; left !== 0; left &= left - 1) {
      ids[count] = at * 32 + 31 - Math.clz32(left & -left);
      count += 1;
    }
  }
  return ids;
}

/** Ids in the order of `order`; those that are not in it come by id at one end. */
export function idsAlong(bits: CardBits, order: Uint32Array, others: 'first' | 'last'): Uint32Array {
  const rest = bits.slice();
  const ordered = new Uint32Array(countOfBits(bits));
  let count = 0;
  for (const id of order) {
    const bit = 1 << (id & 31);
    if ((rest[id >>> 5]! & bit) === 0) continue;
    rest[id >>> 5]! &= ~bit;
    ordered[count] = id;
    count += 1;
  }
  const missing = idsOf(rest);
  if (others === 'first') {
    ordered.copyWithin(missing.length, 0, count);
    ordered.set(missing, 0);
  } else {
    ordered.set(missing, count);
  }
  return ordered;
}

/** Bits counted in parallel within a word: Hacker's Delight, figure 5-2. */
function countOfBits(bits: CardBits): number {
  let count = 0;
  for (let word of bits) {
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
