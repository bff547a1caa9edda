import { expect, it } from 'vitest';
import { startGoalWatch } from '../../../electron/compose/goalWatch.ts';
import { operations } from '../../../electron/traces/analyses/operations.ts';
import type { JudgedGoal } from '../../../shared/analysis/judgeGoal.ts';
import type { Goal } from '../../../shared/goals.ts';
import type { OperationsSearch } from '../../../shared/traceQuery.ts';
import { memoryReader } from '../../fixtures/spanReader.ts';
import { pipelineSpans } from '../telemetry/pipelineSpans.ts';

const goal = (name: string, patch: Partial<Goal> = {}): Goal => ({
  name,
  query: '',
  measure: 'p50',
  bound: 0,
  windowMinutes: 60,
  enabled: true,
  ...patch,
});

/** Over spans that have just come in. */
function watch(goals: () => readonly Goal[], everyMs = 3_600_000) {
  const beganMs = pipelineSpans(1)[0]!.startMs;
  const shiftMs = Date.now() - 60_000 - beganMs;
  const reader = memoryReader(
    pipelineSpans(200).map((span) => ({
      ...span,
      startMs: span.startMs + shiftMs,
      endMs: span.endMs === null ? null : span.endMs + shiftMs,
    })),
  );
  const told: JudgedGoal[] = [];
  const said: string[] = [];
  const started = startGoalWatch({
    goals,
    // The one question that is asked, by the analysis that answers it in the store's thread.
    traces: {
      ask: (async (_name: string, search: OperationsSearch) => operations(reader, search)) as never,
    },
    logger: { warn: (message) => void said.push(message) },
    onMissed: (missed) => told.push(missed),
    everyMs,
  });
  return { ...started, told, said };
}

it('tells of a goal once, and again when it was met in between', async () => {
  let bound = 0;
  const { look, told, said, close } = watch(() => [goal('quick', { bound })]);
  await look();
  await look();
  expect(told).toHaveLength(1);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^A goal is missed: quick \(p50 at most .*, now .*\)\.$/);
  bound = 1e6;
  expect((await look()).map(({ state }) => state)).toStrictEqual(['met']);
  bound = 0;
  await look();
  expect(told).toHaveLength(2);
  close();
});

it('leaves out what is switched off or cannot be read', async () => {
  const goals = [goal('off', { enabled: false }), goal('wrong', { query: 'name = = (' }), goal('right')];
  const { look, told, close } = watch(() => goals);
  expect((await look()).map((judged) => judged.goal.name)).toStrictEqual(['right']);
  expect(told.map((judged) => judged.goal.name)).toStrictEqual(['right']);
  close();
});

it('looks by itself when spans came in, and not before', async () => {
  const { changed, told, close } = watch(() => [goal('quick')], 10);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(told).toHaveLength(0);
  changed();
  await expect.poll(() => told.length).toBe(1);
  close();
});
