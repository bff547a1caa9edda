/** A/B measurements in one process: blocks of all variants in turns, so that what the machine does meets all alike. */
import { compareMedians, median, mulberry32 } from './medians.ts';
import type { Comparison } from './medians.ts';

export type Variant = {
  readonly name: string;
  /** Runs the operation so many times. */
  readonly block: (count: number) => void;
};
export type Measured = Comparison & {
  readonly name: string;
  readonly nsPerOperation: number;
  /** What the variant adds to the bare operation, in nanoseconds. */
  readonly addedNs: number;
  readonly blocks: number;
};

/** Enough for the optimising compiler to have come to rest, also over what runs once in 64 operations. */
const WARM_UP_BLOCKS = 200;

/**
 * Measures variants against the first one. Every round runs one block of each in an order of its own, so that
 * none always follows the one that leaves the most garbage; the comparison pairs blocks of the same round.
 */
export function measureInterleaved(
  variants: readonly Variant[],
  options: { readonly blocks: number; readonly blockMs: number },
): Measured[] {
  const [bare] = variants;
  if (bare === undefined) return [];
  const count = operationsPerBlock(bare, options.blockMs);
  const times = variants.map((): number[] => []);
  const random = mulberry32(1);
  for (let round = -WARM_UP_BLOCKS; round < options.blocks; round += 1) {
    for (const at of shuffled(variants.length, random)) {
      const startMs = performance.now();
      variants[at]!.block(count);
      const tookMs = performance.now() - startMs;
      if (round >= 0) times[at]!.push((tookMs * 1e6) / count);
    }
  }
  const bareNs = median(times[0]!);
  return variants.map(({ name }, at) => {
    const nsPerOperation = median(times[at]!);
    return {
      name,
      nsPerOperation,
      addedNs: nsPerOperation - bareNs,
      blocks: options.blocks,
      ...compareMedians(times[at]!, times[0]!),
    };
  });
}

function operationsPerBlock({ block }: Variant, blockMs: number): number {
  let count = 16;
  for (;;) {
    const startMs = performance.now();
    block(count);
    const tookMs = performance.now() - startMs;
    if (tookMs >= blockMs / 2) return Math.max(1, Math.round((count * blockMs) / tookMs));
    count *= 2;
  }
}

/** The numbers below `length`, by Fisher and Yates. */
export function shuffled(length: number, random: () => number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i -= 1) {
    const other = Math.floor(random() * (i + 1));
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}
