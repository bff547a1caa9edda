/** Repeatable choices: a small generator (mulberry32) and what tests make of it. */
export function randomOf(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    /** Both ends included. */
    int,
    chance: (share: number): boolean => next() < share,
    pick: <T>(items: readonly T[]): T => items[int(0, items.length - 1)]!,
  };
}
export type Random = ReturnType<typeof randomOf>;
