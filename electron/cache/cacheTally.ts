/** Counting what the cache does, per tier and stage. */
import { STAGES, type Stage } from '../../shared/card.ts';
import { type TokenUsage, totalTokens } from '../../shared/run.ts';
import type { CacheStats } from '../pipeline/ports.ts';

export type TierName = 'memory' | 'disk';
/**
 * `stale` lookups found an answer that was too old or no longer valid: each is a miss as well, so
 * `hits + misses` is the number of lookups that reached the tier.
 */
export type TierTally = CacheStats[TierName] & {
  /** Tokens that the tier's hits cost when they were first made. */
  readonly savedTokens: number;
};
/** Callers that found their answer being made by another one and waited for it. */
export type SharedTally = { readonly waits: number; readonly savedTokens: number };
export type StageTally = Readonly<Record<TierName, TierTally>> & { readonly shared: SharedTally };
/** `memory.misses` = lookups of the disk tier + `shared.waits`, in the sum and in every stage. */
export type TieredCacheStats = StageTally & { readonly byStage: Readonly<Record<Stage, StageTally>> };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type MutableTier = Mutable<TierTally>;
export type MutableStage = Record<TierName, MutableTier> & { shared: Mutable<SharedTally> };

function emptyTier(): MutableTier {
  return { hits: 0, misses: 0, stale: 0, evictions: 0, entries: 0, bytes: 0, savedTokens: 0 };
}
function emptyStage(): MutableStage {
  return { memory: emptyTier(), disk: emptyTier(), shared: { waits: 0, savedTokens: 0 } };
}

/** Counters at zero, one set a stage. */
export function createTally(): Record<Stage, MutableStage> {
  return Object.fromEntries(STAGES.map((stage) => [stage, emptyStage()])) as Record<Stage, MutableStage>;
}

/** A copy of the counters and their sum over the stages. */
export function summarise(tally: Readonly<Record<Stage, MutableStage>>): TieredCacheStats {
  const sum = emptyStage();
  for (const stage of STAGES) {
    addInto(sum.memory, tally[stage].memory);
    addInto(sum.disk, tally[stage].disk);
    addInto(sum.shared, tally[stage].shared);
  }
  return { ...sum, byStage: structuredClone(tally) };
}

function addInto<K extends string>(sum: Record<K, number>, part: Readonly<Record<K, number>>): void {
  for (const name of Object.keys(sum) as K[]) sum[name] += part[name];
}

/** What one more answer out of a tier saves. */
export function countHit(tier: MutableTier, usage: TokenUsage): void {
  tier.hits += 1;
  tier.savedTokens += totalTokens(usage);
}
