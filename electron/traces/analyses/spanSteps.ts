/** Spans over time, step by step: how many ended, failed, took longer than that, and one percentile of their durations. */
import { DurationHistogram } from '../../../shared/analysis/durationBuckets.ts';
import { SPAN_STATUSES } from '../../../shared/span.ts';
import type { SpanSteps, SpanStepsSearch, StepFigures } from '../../../shared/traceQuery.ts';
import type { SpanReader } from '../blockTypes.ts';
import { matchSpans } from '../query/match.ts';
import type { AskOptions } from './askOptions.ts';

const ERROR = SPAN_STATUSES.indexOf('error');

/** A span belongs to the step in which it began. */
export function spanSteps(reader: SpanReader, search: SpanStepsSearch, options: AskOptions = {}): SpanSteps {
  const beganMs = performance.now();
  const { points, slowMs, percentile, ...rest } = search;
  const { fromMs, toMs } = rest;
  const stepMs = Math.max(0, toMs - fromMs) / points;
  const fromUs = fromMs * 1000;
  const perUs = stepMs === 0 ? 0 : 1 / (stepMs * 1000);
  const slowUs = slowMs === null ? Infinity : slowMs * 1000;
  const count = new Float64Array(points);
  const errors = new Float64Array(points);
  const slow = new Float64Array(points);
  const durations: (DurationHistogram | undefined)[] = [];
  const matches = matchSpans(reader, rest, options);
  for (const { block, rows } of matches) {
    const { startUs, durationUs, flags } = block;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i]!;
      const us = durationUs[row]!;
      // Open ones have not shown yet what they are.
      if (us !== us) continue;
      const step = Math.min(points - 1, Math.max(0, Math.floor((startUs[row]! - fromUs) * perUs)));
      count[step]! += 1;
      if (flags[row]! >> 3 === ERROR) errors[step]! += 1;
      if (us > slowUs) slow[step]! += 1;
      if (percentile !== null) (durations[step] ??= new DurationHistogram()).add(us > 0 ? us / 1000 : 0);
    }
  }
  const all = new DurationHistogram();
  for (const each of durations) if (each !== undefined) all.merge(each);
  const percentileOf = (of: DurationHistogram | undefined): number | null =>
    percentile === null || of === undefined || of.count === 0 ? null : of.percentile(percentile);
  const steps = Array.from(count, (ended, step): StepFigures => ({
    startMs: fromMs + step * stepMs,
    count: ended,
    errors: errors[step]!,
    slow: slow[step]!,
    percentileMs: percentileOf(durations[step]),
  }));
  return {
    stepMs,
    steps,
    whole: {
      startMs: fromMs,
      count: sum(count),
      errors: sum(errors),
      slow: sum(slow),
      percentileMs: percentileOf(all),
    },
    leftOut: matches.leftOut,
    tookMs: performance.now() - beganMs,
  };
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
