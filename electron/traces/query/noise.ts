/** Traces that a search was asked to leave out: tested one by one, before any limit. */
import { readRule, traceNoise } from '../../../shared/query/noise.ts';
import type { TraceSummary } from '../../../shared/span.ts';
import type { Hidden } from '../../../shared/traceQuery.ts';
import type { SpanReader } from '../blockTypes.ts';
import { createMatcher } from './match.ts';
import type { MatchOptions } from './match.ts';

type Test = (trace: number, summary: TraceSummary) => boolean;

export type Noise = {
  /** Whether the trace is to be left out; counts it where it is. Each is looked at once. */
  readonly isHidden: Test;
  readonly hidden: Hidden;
};

/** `null` where nothing is to be left out. Queries that cannot be read are told of in `hidden`. */
export function createNoise(
  reader: SpanReader,
  hide: readonly string[] | undefined,
  options: MatchOptions = {},
): Noise | null {
  if (hide === undefined || hide.length === 0) return null;
  const tests: Test[] = [];
  const faults: Hidden['faults'][number][] = [];
  const { nowMs = Date.now() } = options;
  for (const [at, query] of hide.entries()) {
    const read = readRule(query, 'traces');
    if (!read.ok) {
      faults.push({ at, message: read.error.message });
      continue;
    }
    const ofSummary = traceNoise(read.ast, nowMs);
    if (ofSummary !== null) tests.push((_trace, summary) => ofSummary(summary));
    else {
      const matcher = createMatcher(reader, { query, fromMs: null, toMs: null }, { ...options, nowMs });
      tests.push((trace) => matcher.countIn(trace) > 0);
    }
  }
  let traces = 0;
  const isHidden: Test = (trace, summary) => {
    const found = tests.some((test) => test(trace, summary));
    if (found) traces += 1;
    return found;
  };
  return {
    isHidden,
    get hidden() {
      return { traces, faults };
    },
  };
}
