/** Cache arithmetic: who answered how many lookups. Pure; shares are 0..1, `null` where nothing was counted. */
import type { TierStats } from '../../shared/run.ts';

/** Every lookup has exactly one of these ends: memory, disk, made anew, or neither found nor made. */
export type CacheSplit = {
  readonly lookups: number;
  readonly memory: number;
  readonly disk: number;
  readonly made: number;
  /** Lookups that waited for another one's answer, and those whose work failed. */
  readonly other: number;
};

type Tiers = { readonly memory: TierStats; readonly disk: TierStats };
type Counted = Tiers & { readonly calls: number };

/**
 * The disk tier is only asked after the memory tier missed, so lookups are counted at the front; a run whose
 * memory tier is switched off counts at the disk instead.
 */
export function cacheSplit(stages: readonly Counted[]): CacheSplit {
  let lookups = 0;
  let memory = 0;
  let disk = 0;
  let made = 0;
  for (const stage of stages) {
    const asked = stage.memory.hits + stage.memory.misses;
    const askedDisk = stage.disk.hits + stage.disk.misses;
    lookups += Math.max(asked, stage.memory.hits + askedDisk);
    memory += stage.memory.hits;
    disk += stage.disk.hits;
    made += stage.calls;
  }
  return { lookups, memory, disk, made, other: Math.max(0, lookups - memory - disk - made) };
}

/** Share of `part` in `whole`; `null` where there is no whole. */
export function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** Lookups answered by either tier. */
export function hitRate(stages: readonly Counted[]): number | null {
  const split = cacheSplit(stages);
  return share(split.memory + split.disk, split.lookups);
}

/** A tier's own rate: of the lookups that reached it. */
export function tierRate(tier: TierStats): number | null {
  return share(tier.hits, tier.hits + tier.misses);
}

/** Sums tiers over stages, for the row 'all stages'. */
export function sumTiers(stages: readonly Tiers[]): Tiers {
  const memory = { hits: 0, misses: 0 };
  const disk = { hits: 0, misses: 0 };
  for (const stage of stages) {
    memory.hits += stage.memory.hits;
    memory.misses += stage.memory.misses;
    disk.hits += stage.disk.hits;
    disk.misses += stage.disk.misses;
  }
  return { memory, disk };
}
