import { DurationHistogram } from '../../../shared/analysis/durationBuckets.ts';
import type { PercentileBadge } from '../../../shared/traceQuery.ts';
import type { SpanReader } from '../blockTypes.ts';
import { BUDGET_MS } from './askOptions.ts';
import type { AskOptions } from './askOptions.ts';

export type PercentileQuestion = {
  readonly service: string;
  readonly name: string;
  readonly durationMs: number;
};

/**
 * Where a duration stands among all spans of its operation that ended, the newest ones as far as the time reaches.
 * `below` is exact; the percentiles are within 1 %. `null` where none has ended.
 */
export function percentile(
  reader: SpanReader,
  { service, name, durationMs }: PercentileQuestion,
  { budgetMs = BUDGET_MS }: AskOptions = {},
): PercentileBadge | null {
  const wanted = reader.strings.find(name);
  if (wanted === null) return null;
  const until = performance.now() + budgetMs;
  const isOfService: boolean[] = [];
  const durations = new DurationHistogram();
  // As the store rounds; a span that ends before it starts counts as 0 long.
  const askedUs = Math.max(0, Math.round(durationMs * 1000));
  let shorter = 0;
  for (const block of reader.blocks(-Infinity, Infinity)) {
    if (performance.now() > until) break;
    const names = block.name;
    for (let row = names.indexOf(wanted); row >= 0; row = names.indexOf(wanted, row + 1)) {
      if (block.dead?.[row] === 1) continue;
      const origin = block.origin[row]!;
      isOfService[origin] ??= reader.strings.origin(origin).service === service;
      if (!isOfService[origin]) continue;
      const us = Math.max(0, block.durationUs[row]!);
      if (us !== us) continue;
      if (us < askedUs) shorter += 1;
      durations.add(us / 1000);
    }
  }
  if (durations.count === 0) return null;
  return {
    count: durations.count,
    below: shorter / durations.count,
    p50Ms: durations.percentile(0.5),
    p95Ms: durations.percentile(0.95),
    p99Ms: durations.percentile(0.99),
    buckets: durations.buckets(),
  };
}
