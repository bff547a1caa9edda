/** Tokens and money of single traces: what stands beside them in a list. */
import { totalOf } from '../../../shared/analysis/usage.ts';
import type { FoundTraceTokens, TraceTokens } from '../../../shared/traceQuery.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { summariesOf } from '../query/match.ts';
import type { SpanMatches } from '../query/match.ts';
import { livingRows, rangeOf } from '../query/rows.ts';
import type { AskOptions } from './askOptions.ts';
import { modelCallsOf } from './modelCalls.ts';
import type { ModelCall } from './modelCalls.ts';

/** Looked at for one answer; a list asks for a page at a time. */
const MAX_SPANS = 400_000;
/** A list is waiting, and asks again as it is scrolled. */
const BUDGET_MS = 200;

type Options = AskOptions & { readonly maxSpans?: number };

/** Of the traces that hold model calls. Those that the limits left out are named in `unscanned`. */
export function traceTokens(
  reader: SpanReader,
  traceIds: readonly string[],
  { maxSpans = MAX_SPANS, ...options }: Options = {},
): FoundTraceTokens {
  const numbers = [...new Set(traceIds.flatMap((traceId) => reader.traceNumber(traceId) ?? []))];
  const chosen: number[] = [];
  const unscanned: number[] = [];
  let [spans, fromMs, toMs] = [0, Infinity, -Infinity];
  for (const [i, { spanCount, startMs, durationMs }] of summariesOf(reader, numbers).entries()) {
    const isRoom = spans + spanCount <= maxSpans;
    (isRoom ? chosen : unscanned).push(numbers[i]!);
    if (!isRoom) continue;
    spans += spanCount;
    fromMs = Math.min(fromMs, startMs);
    toMs = Math.max(toMs, durationMs === null ? Infinity : startMs + durationMs);
  }
  const items: TraceTokens[] = [];
  if (chosen.length > 0) {
    const within = { query: '', fromMs, toMs: toMs === Infinity ? null : toMs };
    const { calls } = modelCallsOf(reader, spansOf(reader, chosen, spans), within, {
      budgetMs: BUDGET_MS,
      ...options,
    });
    for (const [trace, used] of usageByTrace(calls)) items.push({ traceId: reader.traceId(trace), ...used });
  }
  return { items, unscanned: unscanned.map((trace) => reader.traceId(trace)) };
}

export type TraceUsage = Omit<TraceTokens, 'traceId'>;

/** By the number of the trace; those without model calls are not there. */
export function usageByTrace(calls: readonly ModelCall[]): ReadonlyMap<number, TraceUsage> {
  const found = new Map<number, { -readonly [K in keyof TraceUsage]: TraceUsage[K] }>();
  for (const { trace, usage, cost, isCached } of calls) {
    let of = found.get(trace);
    if (of === undefined) found.set(trace, (of = { calls: 0, tokens: 0, cost: null }));
    // An answer of our own cache used nothing.
    if (isCached) continue;
    of.calls += 1;
    if (usage !== null) of.tokens += totalOf(usage);
    if (cost !== null) of.cost = (of.cost ?? 0) + cost;
  }
  return found;
}

/** All spans of some traces, each block once. */
function spansOf(reader: SpanReader, traces: readonly number[], scanned: number): SpanMatches {
  const parts = new Map<number, { readonly block: SpanBlock; readonly traces: number[] }>();
  for (const trace of traces) {
    for (const block of reader.blocksOf(trace)) {
      const known = parts.get(block.id);
      if (known === undefined) parts.set(block.id, { block, traces: [trace] });
      else known.traces.push(trace);
    }
  }
  return {
    leftOut: { more: false, scanned, unscanned: 0, prunedBeforeMs: reader.prunedBeforeMs },
    *[Symbol.iterator]() {
      for (const { block, traces: here } of parts.values()) {
        // Rows of a block stand by trace, in order of its number.
        const rows = here
          .sort((a, b) => a - b)
          .flatMap((trace) => {
            const { from, to } = rangeOf(block, trace);
            return [...livingRows(block, -Infinity, Infinity, from, to)];
          });
        yield { block, rows: Uint32Array.from(rows) };
      }
    },
  };
}
