import { describe, expect, it } from 'vitest';
import { spanSteps } from '../../../electron/traces/analyses/spanSteps.ts';
import {
  budgetText,
  goalBoundText,
  goalTimeText,
  goalValueText,
  goalWarningText,
  minutesText,
  offendersOf,
  rateText,
} from '../../../shared/analysis/goalText.ts';
import { askGoal, HISTORY_STEPS, MIN_GOAL_SPANS } from '../../../shared/analysis/judgeGoal.ts';
import type { JudgedGoal } from '../../../shared/analysis/judgeGoal.ts';
import { GOAL_MEASURES } from '../../../shared/goals.ts';
import type { Goal, GoalMeasure } from '../../../shared/goals.ts';
import { goalSchema } from '../../../shared/goalSettings.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { parseQuery } from '../../../shared/query/index.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { spanStepsSchema } from '../../../shared/traceQuery.ts';
import { memoryReader } from '../../fixtures/spanReader.ts';

const NOW_MS = 1.79e12;
const goal = (patch: Partial<Goal>): Goal => ({
  name: 'a goal',
  query: '',
  measure: 'p95',
  bound: 100,
  windowMinutes: 60,
  enabled: true,
  ...patch,
});
/** One that took `ms` and ended `agoMs` before now. */
function span(at: number, ms: number, isError = false, agoMs = 1000): SpanRecord {
  return {
    traceId: (at + 1).toString(16).padStart(32, '0'),
    spanId: (at + 1).toString(16).padStart(16, '0'),
    parentSpanId: null,
    name: at % 2 === 0 ? 'even' : 'odd',
    kind: 'internal',
    startMs: NOW_MS - agoMs - ms,
    endMs: NOW_MS - agoMs,
    status: isError ? 'error' : 'unset',
    statusMessage: null,
    attributes: {},
    events: [],
    links: [],
  };
}
const MINUTE_MS = 60_000;
/** By the analysis that answers in the store's thread, through the door that its questions pass. */
const judge = (wanted: Goal, spans: readonly SpanRecord[]): Promise<JudgedGoal> =>
  askGoal(wanted, async (search) => spanSteps(memoryReader(spans), spanStepsSchema.parse(search)), NOW_MS);
/** Spans of a minute that ended `agoMinutes` before now, the first `failed` of them with an error. */
const minute = (agoMinutes: number, count: number, failed: number): SpanRecord[] =>
  Array.from({ length: count }, (_, at) =>
    span(agoMinutes * 10_000 + at, 10, at < failed, agoMinutes * MINUTE_MS + 1000),
  );
const minutes = (from: number, to: number, count: number, failed: number): SpanRecord[] =>
  Array.from({ length: from - to }, (_, at) => minute(from - at - 1, count, failed)).flat();

describe('a goal', () => {
  // 1 to 100 ms, every tenth failed.
  const spans = Array.from({ length: 100 }, (_, at) => span(at, at + 1, at % 10 === 0));

  it.each([
    ['errors', 10],
    ['availability', 90],
    ['p50', 50],
    ['p95', 95],
    ['p99', 99],
  ] as const)('of %s is measured over all its spans', async (measure, exact) => {
    const { value, count, errors, isPartial } = await judge(goal({ measure }), spans);
    expect(value! / exact).toBeGreaterThan(0.989);
    expect(value! / exact).toBeLessThan(1.011);
    expect({ count, errors, isPartial }).toStrictEqual({ count: 100, errors: 10, isPartial: false });
  });

  it.each([
    ['errors', 10, 9.9],
    ['p50', 50, 49],
    ['p95', 95, 94],
    ['p99', 99, 98],
  ] as const)('of %s is met up to its bound, exactly', async (measure, met, missed) => {
    expect(await judge(goal({ measure, bound: met }), spans)).toMatchObject({ state: 'met' });
    const judged = await judge(goal({ measure, bound: missed }), spans);
    expect(judged.state).toBe('missed');
    expect(judged.value).toBeGreaterThanOrEqual(missed);
  });

  it('of availability is met from its bound on', async () => {
    const at = async (bound: number) => (await judge(goal({ measure: 'availability', bound }), spans)).state;
    expect([await at(90), await at(90.1)]).toStrictEqual(['met', 'missed']);
  });

  it('does not miss by a digit behind the point', async () => {
    const thousand = Array.from({ length: 1000 }, (_, at) => span(at, 5, at === 0));
    const judged = await judge(goal({ measure: 'availability', bound: 99.9 }), thousand);
    expect(judged).toMatchObject({ state: 'met', bad: 1 });
    expect(judged.budget!.left).toBeCloseTo(0, 9);
  });

  it('looks at its own spans and its own time alone', async () => {
    const old = span(1000, 5000, true, 2 * 3_600_000);
    const wanted = goal({ query: 'name = odd', measure: 'errors', bound: 0 });
    expect(await judge(wanted, [...spans, old])).toMatchObject({ state: 'met', value: 0, count: 50 });
    expect(await judge({ ...wanted, windowMinutes: 600, query: '' }, [...spans, old])).toMatchObject({
      count: 101,
    });
  });

  it('counts spans that are still open neither as good nor as bad', async () => {
    const open = { ...span(500, 0, true), endMs: null };
    expect(await judge(goal({ measure: 'errors' }), [...spans, open])).toMatchObject({
      count: 100,
      errors: 10,
    });
  });

  it('is neither met nor missed by a few spans', async () => {
    const few = spans.slice(0, MIN_GOAL_SPANS - 1);
    expect(await judge(goal({ bound: 0 }), few)).toMatchObject({ state: 'few', budget: null });
    expect((await judge(goal({ bound: 0 }), spans.slice(0, MIN_GOAL_SPANS))).state).toBe('missed');
    expect(await judge(goal({}), [])).toMatchObject({ state: 'few', value: null, count: 0, budget: null });
  });

  it('is told in words with its unit', () => {
    expect(goalBoundText(goal({ bound: 30_000 }))).toBe('p95 at most 30.0 s');
    expect(goalBoundText(goal({ measure: 'availability', bound: 99.5 }))).toBe(
      'availability at least 99.5 %',
    );
    expect(goalValueText(goal({}), null)).toBe('–');
    expect(
      [45, 60, 1440, 10_080].map((windowMinutes) => goalTimeText(goal({ windowMinutes }))),
    ).toStrictEqual(['45 min', '1 h', '24 h', '7 d']);
    expect(minutesText(2.5)).toBe('2 m 30 s');
    expect([0.62, 0, -1.4].map((left) => budgetText({ allowed: 5, spent: 1, left }))).toStrictEqual([
      '62 % left',
      '0 % left',
      'overspent by 140 %',
    ]);
    expect(budgetText(null)).toBe('–');
    expect([null, 0, 0.42, 14.4].map((rate) => rateText({ rate }))).toStrictEqual([
      '–',
      '0×',
      '0.42×',
      '14.4×',
    ]);
  });

  it.each(GOAL_MEASURES)('of %s leads to its offenders by a query', (measure: GoalMeasure) => {
    expect(parseQuery(offendersOf(goal({ measure, bound: 12.5 }))).ok).toBe(true);
  });
});

describe('the history of a goal', () => {
  it('has every span in its step, and says where the goal was missed', async () => {
    // Of 48 min, a minute a step: the tenth step is bad, the twentieth empty.
    const all = Array.from({ length: 48 }, (_, at) =>
      at === 19 ? [] : minute(47 - at, 20, at === 9 ? 5 : 0),
    ).flat();
    const { history, count } = await judge(goal({ measure: 'errors', bound: 10, windowMinutes: 48 }), all);
    expect(count).toBe(47 * 20);
    expect(history.stepMs).toBe(MINUTE_MS);
    expect(history.steps).toHaveLength(HISTORY_STEPS);
    expect(history.steps[0]!.startMs).toBe(NOW_MS - 48 * MINUTE_MS);
    for (const [at, step] of history.steps.entries()) {
      expect(step).toMatchObject(
        at === 9
          ? { value: 25, count: 20, bad: 5, isMissed: true }
          : at === 19
            ? { value: null, count: 0, bad: 0, isMissed: false }
            : { value: 0, count: 20, bad: 0, isMissed: false },
      );
    }
  });

  it('of durations has the percentile of each step', async () => {
    const all = [1, 2, 3].flatMap((at) =>
      Array.from({ length: 20 }, (_, no) => span(at * 100 + no, at * 10, false, at * 20 * MINUTE_MS - 1000)),
    );
    const { history, bad } = await judge(goal({ measure: 'p50', bound: 25, windowMinutes: 60 }), all);
    const values = history.steps.filter(({ count }) => count > 0);
    expect(values.map(({ isMissed }) => isMissed)).toStrictEqual([true, false, false]);
    for (const [at, exact] of [30, 20, 10].entries()) {
      expect(values[at]!.value! / exact).toBeCloseTo(1, 1);
    }
    expect(bad).toBe(20);
  });
});

describe('the budget of a goal', () => {
  it.each([
    ['errors', 10, { allowed: 10, spent: 5 }],
    ['availability', 90, { allowed: 10, spent: 5 }],
    // One in twenty may take longer.
    ['p95', 98, { allowed: 5, spent: 2 }],
    ['p50', 40, { allowed: 50, spent: 60 }],
  ] as const)('of %s is what may be bad, less what is', async (measure, bound, { allowed, spent }) => {
    const spans = Array.from({ length: 100 }, (_, at) => span(at, at + 1, at < 5));
    const { budget } = await judge(goal({ measure, bound }), spans);
    expect(budget!.allowed).toBeCloseTo(allowed, 6);
    expect(budget!.spent).toBe(spent);
    expect(budget!.left).toBeCloseTo(1 - spent / allowed, 6);
  });

  it('is none where nothing may fail', async () => {
    const spans = Array.from({ length: 100 }, (_, at) => span(at, at + 1, at < 5));
    const { budget, burn, state } = await judge(goal({ measure: 'errors', bound: 0 }), spans);
    expect([budget, burn.short.rate, burn.long.rate, burn.level, state]).toStrictEqual([
      null,
      null,
      null,
      'none',
      'missed',
    ]);
  });
});

describe('the burn rate of a goal', () => {
  // One in a hundred may fail.
  const month = goal({ measure: 'errors', bound: 1, windowMinutes: 30 * 1440 });
  const burnOf = async (wanted: Goal, spans: readonly SpanRecord[]) => (await judge(wanted, spans)).burn;

  it('is of the last hour and the last six, and of parts of a shorter time than a day', async () => {
    const windows = async (windowMinutes: number) => {
      const { short, long } = await burnOf({ ...month, windowMinutes }, []);
      return [short.minutes, long.minutes, short.limit, long.limit];
    };
    expect(await windows(30 * 1440)).toStrictEqual([60, 360, 14.4, 6]);
    // Half of a day's budget goes in an hour at 12 times the rate, in six at twice.
    expect(await windows(1440)).toStrictEqual([60, 360, 12, 2]);
    expect(await windows(60)).toStrictEqual([2.5, 15, 12, 2]);
  });

  it('is 1 where just so much fails as may', async () => {
    const { short, long, level } = await burnOf(month, minutes(360, 0, 100, 1));
    expect(short.rate).toBeCloseTo(1, 9);
    expect(long.rate).toBeCloseTo(1, 9);
    expect(level).toBe('none');
  });

  it('warns at once of a fast one, and no longer when it has stopped', async () => {
    const before = minutes(360, 60, 20, 0);
    const fast = await burnOf(month, [...before, ...minutes(60, 0, 20, 3)]);
    expect(fast.short.rate).toBeCloseTo(15, 9);
    expect(fast.level).toBe('fast');
    // Over an hour as much, but nothing in its last five minutes.
    const over = await burnOf(month, [...before, ...minutes(60, 6, 20, 4), ...minutes(6, 0, 20, 0)]);
    expect(over.short.rate).toBeGreaterThan(14.4);
    expect(over.level).toBe('none');
  });

  it('warns of a slow one that goes on for hours', async () => {
    const slow = await burnOf(month, minutes(360, 0, 100, 7));
    expect(slow.long.rate).toBeCloseTo(7, 9);
    expect(slow.level).toBe('slow');
    const over = await burnOf(month, [...minutes(360, 40, 100, 8), ...minutes(40, 0, 100, 0)]);
    expect(over.long.rate).toBeGreaterThan(6);
    expect(over.level).toBe('none');
  });

  it('warns of one that uses the budget up over days, where the spans go back as far', async () => {
    // One in twenty may fail, one in ten does: twice as many.
    const wanted = { ...month, bound: 5 };
    const halfHours = (from: number, to: number, failed: number) =>
      Array.from({ length: (from - to) * 2 }, (_, at) => minute(to * 60 + at * 30 + 1, 10, failed)).flat();
    const { long, days, level, burning } = await burnOf(wanted, halfHours(72, 0, 1));
    expect(long.rate).toBeCloseTo(2, 9);
    expect([days!.minutes, days!.limit]).toStrictEqual([4320, 1]);
    expect(days!.rate).toBeCloseTo(2, 9);
    expect([level, burning]).toStrictEqual(['slow', days]);
    // Nothing in its last six hours.
    const over = await burnOf(wanted, [...halfHours(72, 6, 1), ...halfHours(6, 0, 0)]);
    expect(over.days!.rate).toBeGreaterThan(1);
    expect([over.level, over.burning]).toStrictEqual(['none', null]);

    const short = await burnOf(wanted, halfHours(60, 0, 1));
    expect([short.days!.rate, short.level]).toStrictEqual([null, 'none']);
    const reader = memoryReader(halfHours(72, 0, 1), { prunedBeforeMs: NOW_MS - 70 * 60 * MINUTE_MS });
    const pruned = await askGoal(
      wanted,
      async (search) => spanSteps(reader, spanStepsSchema.parse(search)),
      NOW_MS,
    );
    expect([pruned.burn.days!.rate, pruned.burn.level]).toStrictEqual([null, 'none']);
    expect((await burnOf({ ...wanted, windowMinutes: 4319 }, [])).days).toBeNull();
  });

  it('says nothing of a few spans', async () => {
    const { short, long } = await burnOf(month, minute(3, MIN_GOAL_SPANS - 1, 5));
    expect([short.rate, long.rate]).toStrictEqual([null, null]);
  });

  it('is warned of in words, but that a goal is missed is said first', async () => {
    const spans = [...minutes(360, 60, 20, 0), ...minutes(60, 0, 20, 3)];
    // All that is known of the month are these six hours: it is missed as well.
    expect(goalWarningText(await judge(month, spans))).toMatchObject({
      title: 'A goal is missed: a goal',
      detail: 'errors at most 1 %, now 2.5 %',
    });
    const day = [...minutes(1440, 360, 20, 0), ...minutes(360, 0, 20, 0)];
    expect(goalWarningText(await judge(month, day))).toBeNull();
    const burning = await judge(month, [...minutes(1440, 30, 20, 0), ...minutes(30, 0, 20, 6)]);
    expect(burning.state).toBe('met');
    expect(goalWarningText(burning)).toStrictEqual({
      title: 'The budget of a goal burns fast: a goal',
      detail: 'errors at most 1 %; 15× what it allows in the last 1 h',
    });
  });
});

describe('goals in the settings', () => {
  it('are of queries that can be read from the start', () => {
    const { goals } = settingsSchema.parse({});
    expect(goals.length).toBeGreaterThan(0);
    for (const { query } of goals) expect(parseQuery(query).ok).toBe(true);
  });

  it('have shares of a hundred at most, and durations of more', () => {
    expect(goalSchema.safeParse(goal({ measure: 'errors', bound: 101 })).success).toBe(false);
    expect(goalSchema.safeParse(goal({ measure: 'p99', bound: 101 })).success).toBe(true);
    expect(goalSchema.safeParse(goal({ bound: Number.NaN })).success).toBe(false);
  });
});
