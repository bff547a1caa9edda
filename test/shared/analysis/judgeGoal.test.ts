import { describe, expect, it } from 'vitest';
import { operations } from '../../../electron/traces/analyses/operations.ts';
import {
  goalBoundText,
  goalSearch,
  goalTimeText,
  goalValueText,
  judgeGoal,
  MIN_GOAL_SPANS,
  offendersOf,
} from '../../../shared/analysis/judgeGoal.ts';
import { GOAL_MEASURES } from '../../../shared/goals.ts';
import type { Goal, GoalMeasure } from '../../../shared/goals.ts';
import { goalSchema } from '../../../shared/goalSettings.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { parseQuery } from '../../../shared/query/index.ts';
import type { SpanRecord } from '../../../shared/span.ts';
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
const judge = (wanted: Goal, spans: readonly SpanRecord[]) =>
  judgeGoal(wanted, operations(memoryReader(spans), goalSearch(wanted, NOW_MS)));

describe('a goal', () => {
  // 1 to 100 ms, every tenth failed.
  const spans = Array.from({ length: 100 }, (_, at) => span(at, at + 1, at % 10 === 0));

  it.each([
    ['errors', 10],
    ['availability', 90],
    ['p50', 50],
    ['p95', 95],
    ['p99', 99],
  ] as const)('of %s is measured over all its spans', (measure, exact) => {
    const { value, count, errors, isPartial } = judge(goal({ measure }), spans);
    expect(value! / exact).toBeGreaterThan(0.989);
    expect(value! / exact).toBeLessThan(1.011);
    expect({ count, errors, isPartial }).toStrictEqual({ count: 100, errors: 10, isPartial: false });
  });

  it.each([
    ['errors', 10, 9.9],
    ['p95', 97, 93],
  ] as const)('of %s is met up to its bound', (measure, met, missed) => {
    expect(judge(goal({ measure, bound: met }), spans).state).toBe('met');
    expect(judge(goal({ measure, bound: missed }), spans).state).toBe('missed');
  });

  it('of availability is met from its bound on', () => {
    expect(judge(goal({ measure: 'availability', bound: 90 }), spans).state).toBe('met');
    expect(judge(goal({ measure: 'availability', bound: 90.1 }), spans).state).toBe('missed');
  });

  it('looks at its own spans and its own time alone', () => {
    const old = span(1000, 5000, true, 2 * 3_600_000);
    const wanted = goal({ query: 'name = odd', measure: 'errors', bound: 0 });
    expect(judge(wanted, [...spans, old])).toMatchObject({ state: 'met', value: 0, count: 50 });
    expect(judge({ ...wanted, windowMinutes: 600, query: '' }, [...spans, old])).toMatchObject({
      count: 101,
    });
  });

  it('is neither met nor missed by a few spans', () => {
    const few = spans.slice(0, MIN_GOAL_SPANS - 1);
    expect(judge(goal({ bound: 0 }), few).state).toBe('few');
    expect(judge(goal({ bound: 0 }), spans.slice(0, MIN_GOAL_SPANS)).state).toBe('missed');
    expect(judge(goal({}), [])).toMatchObject({ state: 'few', value: null, count: 0 });
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
  });

  it.each(GOAL_MEASURES)('of %s leads to its offenders by a query', (measure: GoalMeasure) => {
    expect(parseQuery(offendersOf(goal({ measure, bound: 12.5 }))).ok).toBe(true);
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
