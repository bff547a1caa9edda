import {
  ESTIMATE_ENCODING,
  totalTokens,
  type LeftRow,
  type RunReport,
  type StageStats,
  type TierStats,
} from '../../shared/run.ts';
import type { StoredRun } from './ports.ts';

/** What the run came to, as `cli generate --json` prints it. */
export function toReport(run: StoredRun, errors: readonly LeftRow[]): RunReport {
  const { stages } = run;
  const sum = (of: (stats: StageStats) => number) => stages.reduce((total, stats) => total + of(stats), 0);
  const tier = (of: (stats: StageStats) => TierStats): TierStats => ({
    hits: sum((stats) => of(stats).hits),
    misses: sum((stats) => of(stats).misses),
  });
  const memory = tier((stats) => stats.memory);
  const disk = tier((stats) => stats.disk);
  const lookups = memory.hits + memory.misses;
  const output = sum(({ tokens }) => tokens.output + tokens.reasoning);
  const total = sum(({ tokens }) => totalTokens(tokens));
  const estimate = {
    input: sum((stats) => stats.estimate.input),
    output: sum((stats) => stats.estimate.output),
    encoding: ESTIMATE_ENCODING,
  };
  return {
    runId: run.runId,
    traceId: run.traceId,
    state: run.state,
    terms: run.terms,
    cards: run.cards,
    notes: run.done,
    failed: run.failed,
    skipped: run.skipped,
    duplicates: run.duplicates,
    durationMs: Math.round(run.activeMs),
    cache: { memory, disk },
    hitRate: lookups === 0 ? null : (memory.hits + disk.hits) / lookups,
    tokens: { input: total - output, output, saved: sum((stats) => stats.saved) },
    estimate: total === 0 && estimate.input + estimate.output > 0 ? estimate : null,
    problem: run.problem,
    errors,
  };
}
