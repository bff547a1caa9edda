import { DurationHistogram } from '../../../shared/analysis/durationBuckets.ts';
import type { PercentileBadge } from '../../../shared/traceQuery.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
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
  const serviceOf: ServiceOf = (origin) => reader.strings.origin(origin).service;
  const durations = new DurationHistogram();
  // As the store rounds; a span that ends before it starts counts as 0 long.
  const askedUs = Math.max(0, Math.round(durationMs * 1000));
  let shorter = 0;
  for (const block of reader.blocks(-Infinity, Infinity)) {
    if (performance.now() > until) break;
    const found = durationsIn(block, wanted, service, serviceOf);
    shorter += countBelow(found.sortedUs, askedUs);
    durations.merge(found.durations);
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

type ServiceOf = (origin: number) => string;
type Found = {
  readonly name: number;
  readonly service: string;
  /** Each of them, ascending, in microseconds. */
  readonly sortedUs: Float64Array;
  readonly durations: DurationHistogram;
};

/** Kept of a block, for the operation that was asked for last. */
const MAX_KEPT_BYTES = 64_000;
const HISTOGRAM_BYTES = 4000;

function durationsIn(block: SpanBlock, name: number, service: string, serviceOf: ServiceOf): Found {
  const kept = block.memo.get<Found>('percentile');
  if (kept?.name === name && kept.service === service) return kept;
  const isOfService: boolean[] = [];
  const us: number[] = [];
  const durations = new DurationHistogram();
  const names = block.name;
  for (let row = names.indexOf(name); row >= 0; row = names.indexOf(name, row + 1)) {
    if (block.dead?.[row] === 1) continue;
    const origin = block.origin[row]!;
    if (!(isOfService[origin] ??= serviceOf(origin) === service)) continue;
    const lasted = Math.max(0, block.durationUs[row]!);
    if (lasted !== lasted) continue;
    us.push(lasted);
    durations.add(lasted / 1000);
  }
  const found = { name, service, sortedUs: Float64Array.from(us).sort(), durations };
  const bytes = found.sortedUs.byteLength + HISTOGRAM_BYTES;
  if (bytes <= MAX_KEPT_BYTES) block.memo.set('percentile', found, bytes);
  return found;
}

/** How many of them are less. */
function countBelow(sorted: Float64Array, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
