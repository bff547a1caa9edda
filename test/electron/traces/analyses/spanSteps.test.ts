import { describe, expect, it } from 'vitest';
import { spanSteps } from '../../../../electron/traces/analyses/spanSteps.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { spanStepsSchema } from '../../../../shared/traceQuery.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { spanTree } from '../../../fixtures/spanTree.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';

const FROM_MS = 1.79e12;
const [RECORD] = spanTree('work 0-1');
const span = (at: number, startMs: number, ms: number | null, isError = false): SpanRecord => ({
  ...RECORD!,
  spanId: (at + 1).toString(16).padStart(16, '0'),
  startMs,
  endMs: ms === null ? null : startMs + ms,
  status: isError ? 'error' : 'ok',
});
const search = (other: object = {}) =>
  spanStepsSchema.parse({ fromMs: FROM_MS, toMs: FROM_MS + 1000, points: 10, ...other });

describe('spans over time', () => {
  const random = randomNumbers(7);
  const spans = Array.from({ length: 3000 }, (_, at) =>
    span(at, FROM_MS + Math.floor(random() * 1e6) / 1000, Math.floor(random() * 200), random() < 0.2),
  );

  it('are in the steps in which they began, whatever the blocks they lie in', () => {
    const found = spanSteps(
      memoryReader(spans, { perBlock: 700 }),
      search({ slowMs: 150, percentile: 0.95 }),
    );
    expect(found.stepMs).toBe(100);
    for (const [step, figures] of found.steps.entries()) {
      const own = spans.filter(({ startMs }) => Math.floor((startMs - FROM_MS) / 100) === step);
      const durations = own.map(({ startMs, endMs }) => Math.round(endMs! - startMs)).sort((a, b) => a - b);
      const exact = durations[Math.ceil(durations.length * 0.95) - 1]!;
      expect(figures).toMatchObject({
        startMs: FROM_MS + step * 100,
        count: own.length,
        errors: own.filter(({ status }) => status === 'error').length,
        slow: durations.filter((ms) => ms > 150).length,
      });
      expect(Math.abs(figures.percentileMs! / exact - 1)).toBeLessThan(0.01);
    }
    const { whole, steps } = found;
    expect(whole.count).toBe(3000);
    for (const key of ['count', 'errors', 'slow'] as const) {
      expect(whole[key]).toBe(steps.reduce((sum, each) => sum + each[key], 0));
    }
    const all = spans.map(({ startMs, endMs }) => endMs! - startMs).sort((a, b) => a - b);
    expect(Math.abs(whole.percentileMs! / all[Math.ceil(3000 * 0.95) - 1]! - 1)).toBeLessThan(0.01);
    expect(found.leftOut).toMatchObject({ scanned: 3000, unscanned: 0 });
  });

  it('count what ended alone, and what was asked for', () => {
    const reader = memoryReader([
      span(1, FROM_MS, 10),
      span(2, FROM_MS, null, true),
      span(3, FROM_MS + 1000, 20),
      span(4, FROM_MS + 1001, 30),
      span(5, FROM_MS - 1, 30),
    ]);
    const { whole, steps } = spanSteps(reader, search());
    expect(whole).toStrictEqual({ startMs: FROM_MS, count: 2, errors: 0, slow: 0, percentileMs: null });
    // The end of the time belongs to its last step.
    expect(steps.at(-1)!.count).toBe(1);
    expect(spanSteps(reader, search({ query: 'duration > 15ms' })).whole.count).toBe(1);
  });

  it('say what there was no time for', () => {
    const { leftOut, whole } = spanSteps(memoryReader(spans, { perBlock: 700 }), search(), { budgetMs: 0 });
    expect(leftOut.unscanned).toBe(3000);
    expect(whole.count).toBe(0);
  });
});
