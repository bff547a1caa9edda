/** Sums what the stages report, per stage and model. */
import { addTokens, NO_TOKENS, totalTokens, type StageStats, type TierStats } from '../../shared/run.ts';
import type { StageFacts } from './ports.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A running sum over stages. `initial` goes on where an earlier session stopped.
 * Every lookup asks the memory tier; one that memory misses asks the disk, unless it waited for the same answer
 * of another caller.
 */
export function createRunStats(initial: readonly StageStats[]) {
  const byKey = new Map<string, Mutable<StageStats>>();
  for (const stats of initial) byKey.set(`${stats.stage} ${stats.model}`, { ...stats });

  return {
    add(facts: StageFacts): void {
      const key = `${facts.stage} ${facts.identity.model}`;
      const stats = byKey.get(key) ?? emptyStats(facts);
      byKey.set(key, stats);
      const { tier, generated } = facts;
      stats.memory = countLookup(stats.memory, tier === 'memory');
      if (tier !== 'memory' && !facts.shared) stats.disk = countLookup(stats.disk, tier === 'disk');
      if (generated === null) return;
      if (tier !== null || facts.shared) {
        stats.saved += totalTokens(generated.usage);
        return;
      }
      const estimate = generated.estimate ?? { input: 0, output: 0 };
      stats.calls += 1;
      stats.tokens = addTokens(stats.tokens, generated.usage);
      stats.estimate = {
        input: stats.estimate.input + estimate.input,
        output: stats.estimate.output + estimate.output,
      };
    },
    /** A snapshot, stage 1 before stage 2. */
    all: (): StageStats[] =>
      [...byKey.values()].map((stats) => ({ ...stats })).sort((a, b) => (a.stage < b.stage ? -1 : 1)),
  };
}

function emptyStats({ stage, identity }: StageFacts): Mutable<StageStats> {
  const none: TierStats = { hits: 0, misses: 0 };
  return {
    stage,
    model: identity.model,
    calls: 0,
    memory: none,
    disk: none,
    tokens: NO_TOKENS,
    saved: 0,
    estimate: { input: 0, output: 0 },
  };
}

function countLookup({ hits, misses }: TierStats, hit: boolean): TierStats {
  return hit ? { hits: hits + 1, misses } : { hits, misses: misses + 1 };
}
