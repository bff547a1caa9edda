import { expect, it } from 'vitest';
import { startGoalWatch } from '../../../electron/compose/goalWatch.ts';
import { spanSteps } from '../../../electron/traces/analyses/spanSteps.ts';
import type { JudgedGoal } from '../../../shared/analysis/judgeGoal.ts';
import type { Goal } from '../../../shared/goals.ts';
import type { SpanStepsSearch } from '../../../shared/traceQuery.ts';
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
function watch(
  goals: () => readonly Goal[],
  everyMs = 3_600_000,
  answers: () => Promise<unknown> = async () => null,
) {
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
  const asked: SpanStepsSearch[] = [];
  const started = startGoalWatch({
    goals,
    // The one question that is asked, by the analysis that answers it in the store's thread.
    traces: {
      ask: (async (_name: string, search: SpanStepsSearch) => {
        asked.push(search);
        await answers();
        return spanSteps(reader, search);
      }) as never,
    },
    logger: { warn: (message) => void said.push(message) },
    onWarning: (judged) => told.push(judged),
    everyMs,
  });
  return { ...started, told, said, asked };
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

it('does not begin another look while one takes longer than the time between two', async () => {
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const { changed, look, told, asked, close } = watch(
    () => [goal('quick')],
    5,
    () => held,
  );
  changed();
  await expect.poll(() => asked.length).toBe(2);
  changed();
  // Time for many more of them.
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(asked).toHaveLength(2);
  const joined = look();
  expect(asked).toHaveLength(2);
  answer();
  expect(await joined).toHaveLength(1);
  expect(told).toHaveLength(1);
  // What came in meanwhile is looked at afterwards.
  await expect.poll(() => asked.length).toBeGreaterThan(2);
  close();
});

it('tells nothing any more once it is closed', async () => {
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const { look, told, said, close } = watch(
    () => [goal('quick')],
    3_600_000,
    () => held,
  );
  const looked = look();
  close();
  answer();
  await looked;
  expect([told, said]).toStrictEqual([[], []]);
});

it('tells of a budget that burns before its goal is missed, and again when it is', async () => {
  const failed = (hoursAgo: number, times: number, isFailed: boolean) =>
    pipelineSpans(times).map((span, at) => ({
      ...span,
      spanId: (hoursAgo * 100_000 + at + 1).toString(16).padStart(16, '0'),
      startMs: Date.now() - hoursAgo * 3_600_000 - 60_000,
      endMs: Date.now() - hoursAgo * 3_600_000 - 59_000,
      status: isFailed ? ('error' as const) : ('unset' as const),
    }));
  const now = failed(0, 50, true);
  let reader = memoryReader([...failed(12, 500, false), ...now]);
  const told: JudgedGoal[] = [];
  const said: string[] = [];
  const { look, close } = startGoalWatch({
    goals: () => [goal('steady', { measure: 'errors', bound: 20, windowMinutes: 1440 })],
    traces: { ask: (async (_name: string, search: SpanStepsSearch) => spanSteps(reader, search)) as never },
    logger: { warn: (message) => void said.push(message) },
    onWarning: (judged) => told.push(judged),
  });
  await look();
  await look();
  expect(told.map(({ state, burn }) => [state, burn.level])).toStrictEqual([['met', 'slow']]);
  expect(said[0]).toMatch(
    /^The budget of a goal burns slowly: steady \(errors at most 20 %; 5× what it allows in the last 6 h\)\.$/,
  );
  reader = memoryReader(now);
  await look();
  expect(told.map(({ state }) => state)).toStrictEqual(['met', 'missed']);
  close();
});
