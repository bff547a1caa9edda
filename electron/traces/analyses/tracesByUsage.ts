/**
 * Lists of traces that used most tokens or money first. No summary has that, so what the candidates used is added up
 * before the limit: all of them, not those of a page.
 */
import type { FoundTrace, LeftOut, TraceSearch, UsageOrder } from '../../../shared/traceQuery.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { matchSpans, summariesOf } from '../query/match.ts';
import type { Matcher, SpanMatches } from '../query/match.ts';
import type { Noise } from '../query/noise.ts';
import type { AskOptions } from './askOptions.ts';
import { usageOfTraces } from './usageSums.ts';

type Candidate = { readonly trace: number; readonly found: FoundTrace };

export const isUsageOrder = (order: TraceSearch['order']): order is UsageOrder =>
  order === 'tokens' || order === 'cost';

/** Those without model calls come last, the newer of equals first. */
export function tracesByUsage(
  reader: SpanReader,
  { limit }: TraceSearch,
  order: UsageOrder,
  matcher: Matcher,
  noise: Noise | null,
  options: AskOptions,
): { readonly items: readonly FoundTrace[]; readonly leftOut: LeftOut } {
  const { candidates, leftOut: ofMatches } = matcher.isEmpty
    ? everyCandidate(reader, matcher)
    : matchedCandidates(reader, matcher);
  if (candidates.length === 0) return { items: [], leftOut: ofMatches };
  const within = { query: '', ...timeOf(candidates) };
  const matches = matchSpans(reader, within, options);
  const wanted = new Set(candidates.map(({ trace }) => trace));
  const used = usageOfTraces(reader, blocksOf(matches), wanted, within, options);
  const { leftOut: ofUsage } = matches;
  const keyOf = ({ trace }: Candidate): number => used.get(trace)?.[order] ?? 0;
  candidates.sort((a, b) => keyOf(b) - keyOf(a) || b.found.startMs - a.found.startMs);
  const items: FoundTrace[] = [];
  let more = false;
  for (const { trace, found } of candidates) {
    if (noise?.isHidden(trace, found) === true) continue;
    more = items.length === limit;
    if (more) break;
    const usage = used.get(trace);
    items.push(usage === undefined ? found : { ...found, usage: { tokens: usage.tokens, cost: usage.cost } });
  }
  const unscanned = Math.max(ofMatches.unscanned, ofUsage.unscanned);
  return { items, leftOut: { ...ofMatches, ...ofUsage, more, unscanned } };
}

function* blocksOf(matches: SpanMatches): Generator<SpanBlock> {
  for (const { block } of matches) yield block;
}

type Candidates = { readonly candidates: Candidate[]; readonly leftOut: LeftOut };

function everyCandidate(reader: SpanReader, { fromUs, toUs }: Matcher): Candidates {
  const traces = reader.traces('newest', fromUs, toUs, Number.MAX_SAFE_INTEGER);
  const candidates = summariesOf(reader, traces).map((summary, i): Candidate => ({
    trace: traces[i]!,
    found: { ...summary, matched: summary.spanCount },
  }));
  const { prunedBeforeMs } = reader;
  return { candidates, leftOut: { more: false, scanned: 0, unscanned: 0, prunedBeforeMs } };
}

function matchedCandidates(reader: SpanReader, matcher: Matcher): Candidates {
  const matched = new Map<number, number>();
  const matches = matcher.matches();
  for (const { block, rows } of matches)
    for (const row of rows) matched.set(block.trace[row]!, (matched.get(block.trace[row]!) ?? 0) + 1);
  const traces = [...matched.keys()];
  const candidates = summariesOf(reader, traces).map((summary, i): Candidate => ({
    trace: traces[i]!,
    found: { ...summary, matched: matched.get(traces[i]!)! },
  }));
  return { candidates, leftOut: matches.leftOut };
}

/** From the first start to the last end; one that is open may have gone on until now. */
function timeOf(candidates: readonly Candidate[]): {
  readonly fromMs: number;
  readonly toMs: number | null;
} {
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const { found } of candidates) {
    fromMs = Math.min(fromMs, found.startMs);
    toMs = Math.max(toMs, found.durationMs === null ? Infinity : found.startMs + found.durationMs);
  }
  return { fromMs, toMs: toMs === Infinity ? null : toMs };
}
