/** Runs for tests: everything at zero unless a test says otherwise. */
import type { RunProgress, StageStats } from '../../shared/run.ts';
import { NO_TOKENS } from '../../shared/run.ts';

export function aRun(patch: Partial<RunProgress> = {}): RunProgress {
  return {
    runId: 'r1',
    traceId: '1'.repeat(32),
    state: 'running',
    deck: 'Default',
    generator: 'offline',
    sourceName: 'list.csv',
    startedMs: 0,
    activeMs: 0,
    terms: 10,
    done: 0,
    duplicates: 0,
    skipped: 0,
    failed: 0,
    notes: 0,
    cards: 0,
    cardsPerMinute: 0,
    etaMs: null,
    stages: [],
    problem: null,
    ...patch,
  };
}

export function aStage(patch: Partial<StageStats> = {}): StageStats {
  return {
    stage: 'analyse',
    model: 'm',
    calls: 0,
    memory: { hits: 0, misses: 0 },
    disk: { hits: 0, misses: 0 },
    tokens: NO_TOKENS,
    saved: 0,
    estimate: { input: 0, output: 0 },
    ...patch,
  };
}
