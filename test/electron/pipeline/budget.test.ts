import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { NewRow } from '../../../electron/pipeline/ports.ts';
import { totalTokens } from '../../../shared/run.ts';
import type { RunSettings, TokenUsage } from '../../../shared/run.ts';
import { anAnalysis, rowsOf, someSettings } from '../../fixtures/items.ts';
import { createTestBench } from '../../fixtures/pipeline.ts';

async function* list(count: number): AsyncGenerator<NewRow[]> {
  yield rowsOf(...Array.from({ length: count }, (_, index) => `word${index}`));
}
/** A row of the bench takes 30 tokens: 15 a stage. */
const withBudget = (budget: RunSettings['budget'], over: Partial<RunSettings> = {}) =>
  someSettings({ generator: 'openai', budget, ...over });
const aDollarAToken = (_model: string, usage: TokenUsage) => totalTokens(usage);

describe('a budget', () => {
  it.each([1, 8])('of tokens stops the run before it is exceeded, %i rows at once', async (concurrency) => {
    const bench = createTestBench({ analyse: async ({ item }) => (await sleep(1), anAnalysis(item.term)) });
    const { manager } = bench;
    const settings = withBudget({ dollars: null, tokens: 1_600 }, { concurrency });
    const runId = await manager.start(settings, 'list.csv', list(100));
    await manager.finished(runId);
    const report = manager.report(runId);
    expect(report).toMatchObject({
      state: 'paused',
      failed: 0,
      notes: 53,
      tokens: { input: 1060, output: 530 },
      problem: {
        code: 'budget_spent',
        message:
          'The budget does not cover another row: 1,590 of 1,600 tokens spent, a row takes about 30 tokens.',
      },
    });
    // Nothing was asked that was not saved.
    expect(bench.calls).toHaveLength(2 * 53);
  });

  it('counts over all sessions, and a higher one goes on where the last ended', async () => {
    const { manager, calls } = createTestBench();
    const runId = await manager.start(withBudget({ dollars: null, tokens: 1_600 }), 'list.csv', list(60));
    await manager.finished(runId);
    await manager.resume(runId);
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({ notes: 53, problem: { code: 'budget_spent' } });
    await manager.resume(runId, { budget: { dollars: null, tokens: 1_650 } });
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({ notes: 55, problem: { code: 'budget_spent' } });
    await manager.resume(runId, { budget: { dollars: null, tokens: null } });
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({ state: 'done', notes: 60, problem: null });
    expect(calls).toHaveLength(120);
  });

  it('of dollars goes by the price table', async () => {
    const { manager } = createTestBench({}, { costOf: aDollarAToken });
    const runId = await manager.start(withBudget({ dollars: 1_600, tokens: 1e9 }), 'list.csv', list(60));
    await manager.finished(runId);
    const { problem } = manager.report(runId);
    expect(problem!.message).toBe(
      'The budget does not cover another row: $1590.00 of $1600.00 and 1,590 of 1,000,000,000 tokens spent, a row takes about $30.00.',
    );
  });

  it('of dollars is refused where nobody knows the price, and a run without a model needs none', async () => {
    const { manager, runs } = createTestBench({}, { costOf: () => null });
    const budget = { dollars: 1, tokens: null };
    await expect(manager.start(withBudget(budget), 'list.csv', list(1))).rejects.toMatchObject({
      code: 'price_unknown',
      message: expect.stringContaining("'test-1'") as string,
    });
    expect(runs.list(10)).toEqual([]);
    for (const generator of ['offline', 'local'] as const) {
      const runId = await manager.start(
        withBudget(budget, { generator, deck: generator }),
        'list.csv',
        list(3),
      );
      await manager.finished(runId);
      expect(manager.report(runId)).toMatchObject({ state: 'done', notes: 3 });
    }
  });

  it('lets in what costs nothing, and ends as done where no row is left', async () => {
    const { manager } = createTestBench();
    await manager.finished(await manager.start(someSettings(), 'list.csv', list(20)));
    const budget = { dollars: null, tokens: 0 };
    // Notes that the deck has.
    const known = await manager.start(withBudget(budget), 'list.csv', list(20));
    await manager.finished(known);
    expect(manager.report(known)).toMatchObject({ state: 'done', duplicates: 20 });
    // Exactly enough.
    const exact = await manager.start(
      withBudget({ dollars: null, tokens: 60_000 }, { deck: 'Other' }),
      'l',
      list(30),
    );
    await manager.finished(exact);
    expect(manager.report(exact)).toMatchObject({ state: 'done', notes: 30 });
  });

  it('begins nothing where not even one row fits', async () => {
    const { manager, calls } = createTestBench();
    const runId = await manager.start(withBudget({ dollars: null, tokens: 100 }), 'list.csv', list(20));
    await manager.finished(runId);
    expect(calls).toEqual([]);
    expect(manager.report(runId)).toMatchObject({ state: 'paused', problem: { code: 'budget_spent' } });
  });

  it('counts what failed rows were billed for', async () => {
    const { manager } = createTestBench({
      analyse: () => {
        const error = new TracedeckError('permanent', 'refused', 'No.');
        error.spent = { input: 1000, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
        throw error;
      },
    });
    const settings = withBudget({ dollars: null, tokens: 5_500 }, { concurrency: 1 });
    const runId = await manager.start(settings, 'list.csv', list(20));
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({ failed: 5, problem: { code: 'budget_spent' } });
  });

  it('can be cancelled and paused like any other run', async () => {
    const { manager } = createTestBench({
      analyse: async ({ item }, signal) => (await sleep(20, undefined, { signal }), anAnalysis(item.term)),
    });
    const settings = withBudget({ dollars: null, tokens: 1_600 }, { concurrency: 8 });
    const runId = await manager.start(settings, 'list.csv', list(100));
    await expect(manager.resume(runId, { budget: { dollars: null, tokens: 9 } })).rejects.toMatchObject({
      code: 'run_active',
    });
    await manager.cancel(runId);
    expect(manager.report(runId)).toMatchObject({ state: 'cancelled', problem: null });
  });
});
