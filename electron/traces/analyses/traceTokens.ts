/** Tokens and money of single traces: what stands beside them in a list. */
import type { FoundTraceTokens, TraceTokens } from '../../../shared/traceQuery.ts';
import type { SpanReader } from '../blockTypes.ts';
import { summariesOf } from '../query/match.ts';
import type { AskOptions } from './askOptions.ts';
import { blocksOfTraces } from './spansOfTraces.ts';
import { usageOfTraces } from './usageSums.ts';

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
    const blocks = blocksOfTraces(reader, chosen);
    const used = usageOfTraces(reader, blocks, new Set(chosen), within, { budgetMs: BUDGET_MS, ...options });
    for (const [trace, usage] of used) items.push({ traceId: reader.traceId(trace), ...usage });
  }
  return { items, unscanned: unscanned.map((trace) => reader.traceId(trace)) };
}
