/** What a search was asked to leave out: traces, tested one by one before any limit, and spans of those it finds. */
import { readRule, traceNoise } from '../../../shared/query/noise.ts';
import type { TraceSummary } from '../../../shared/span.ts';
import type { Hidden, HiddenSpans } from '../../../shared/traceQuery.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { createMatcher } from './match.ts';
import type { MatchOptions } from './match.ts';
import type { FilterContext } from './fieldQuestion.ts';
import { compileCondition } from './rowFilter.ts';
import type { RowFilter } from './rowSelects.ts';
import type { Rows } from './rows.ts';
import { TraceViews } from './traceView.ts';

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

export type SpanNoise = {
  /** Marks, by place in `rows`, those that are to be left out, and counts them. */
  readonly mark: (block: SpanBlock, rows: Rows, hidden: Uint8Array, base: number) => void;
  readonly found: HiddenSpans;
};

/** `null` where no span is to be left out. Conditions that cannot be read are told of in `found`. */
export function createSpanNoise(
  reader: SpanReader,
  hideSpans: readonly string[] | undefined,
  options: MatchOptions = {},
): SpanNoise | null {
  if (hideSpans === undefined || hideSpans.length === 0) return null;
  const { nowMs = Date.now() } = options;
  const context: FilterContext = { reader, nowMs, views: new TraceViews(reader, nowMs * 1000) };
  const filters: RowFilter[] = [];
  const faults: Hidden['faults'][number][] = [];
  for (const [at, query] of hideSpans.entries()) {
    const read = readRule(query, 'spans');
    if (!read.ok) faults.push({ at, message: read.error.message });
    else if (read.ast.set?.type === 'spans' && read.ast.set.where !== null)
      filters.push(compileCondition(read.ast.set.where, context));
  }
  let spans = 0;
  return {
    mark(block, rows, hidden, base) {
      for (const filter of filters) {
        let place = 0;
        for (const row of filter.select(block, rows)) {
          while (rows[place] !== row) place += 1;
          if (hidden[base + place] === 1) continue;
          hidden[base + place] = 1;
          spans += 1;
        }
      }
    },
    get found() {
      return { spans, faults };
    },
  };
}
