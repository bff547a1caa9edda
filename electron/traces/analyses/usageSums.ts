/** What traces used, from the sums of their blocks: those of large blocks are written with them, others are made. */
import { totalOf } from '../../../shared/analysis/usage.ts';
import type { Search, TraceTokens } from '../../../shared/traceQuery.ts';
import { PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { SpanBlock, SpanReader, Strings, UsageSum, UsageSums } from '../blockTypes.ts';
import { livingRows } from '../query/rows.ts';
import type { AskOptions } from './askOptions.ts';
import { ModelEntries } from './modelEntries.ts';
import { modelCallsOf } from './modelCalls.ts';
import type { ModelCall } from './modelCalls.ts';
import { spansOfTraces } from './spansOfTraces.ts';
import { costOfModels } from './usageReader.ts';

/** Of a sum in memory. */
const SUM_BYTES = 120;

export type TraceUsage = Omit<TraceTokens, 'traceId'>;
type Sum = { -readonly [K in keyof UsageSum]: UsageSum[K] };
type Used = { -readonly [K in keyof TraceUsage]: TraceUsage[K] };

/**
 * What the wanted traces used, by their numbers; those without model calls are not there.
 * @param blocks - all that may have spans of them
 * @param search - within what time their spans are
 */
export function usageOfTraces(
  reader: SpanReader,
  blocks: Iterable<SpanBlock>,
  wanted: ReadonlySet<number>,
  search: Search,
  options: AskOptions,
): ReadonlyMap<number, TraceUsage> {
  const prices = options.prices ?? [];
  const found = new Map<number, Used>();
  const open = new Set<number>();
  for (const block of blocks) {
    const sums = sumsOf(block, reader.strings);
    for (const trace of sums.open) if (wanted.has(trace)) open.add(trace);
    for (const sum of sums.sums) {
      if (!wanted.has(sum.trace)) continue;
      const used = usedBy(found, sum.trace);
      const usage = { ...sum, reasoning: 0 };
      const cost = sum.cost ?? costOfModels(prices, sum, usage);
      used.calls += sum.calls;
      used.tokens += totalOf(usage);
      if (cost !== null) used.cost = (used.cost ?? 0) + cost;
    }
  }
  if (open.size === 0) return found;
  for (const trace of open) found.delete(trace);
  const { calls } = modelCallsOf(reader, spansOfTraces(reader, [...open]), search, options);
  for (const call of calls) addCall(usedBy(found, call.trace), call);
  return found;
}

function usedBy(found: Map<number, Used>, trace: number): Used {
  let used = found.get(trace);
  if (used === undefined) found.set(trace, (used = { calls: 0, tokens: 0, cost: null }));
  return used;
}

function addCall(used: Used, { usage, cost, isCached }: ModelCall): void {
  // An answer of our own cache used nothing.
  if (isCached) return;
  used.calls += 1;
  if (usage !== null) used.tokens += totalOf(usage);
  if (cost !== null) used.cost = (used.cost ?? 0) + cost;
}

function sumsOf(block: SpanBlock, strings: Strings): UsageSums {
  const kept = block.memo.get<UsageSums>('usageSums');
  if (kept !== undefined) return kept;
  const made = block.usageSums ?? sumUp(block, strings);
  block.memo.set('usageSums', made, (made.sums.length + 1) * SUM_BYTES + made.open.length * 8);
  return made;
}

/** The same in steps of a column each, so that somebody who has other work can do it in between. */
export function* sumUpInSteps(block: SpanBlock, strings: Strings): Generator<void, UsageSums> {
  let isAny = false;
  for (const key of new ModelEntries(strings, []).keys) {
    if (block.attribute(key) === null) continue;
    isAny = true;
    yield;
  }
  if (isAny && block.parent.length > 0) yield;
  return sumUp(block, strings);
}

/** The sums of a block as they are written with it. */
export function sumUp(block: SpanBlock, strings: Strings): UsageSums {
  const rows = livingRows(block, -Infinity, Infinity);
  const { usage, entries } = new ModelEntries(strings, []).of(block, rows);
  if (entries.length === 0) return { sums: [], open: [] };
  const open = openTraces(
    block,
    entries.map(({ row }) => row),
  );
  const sums: Sum[] = [];
  /** Of the trace that is looked at: rows stand by trace. */
  let ofTrace: Sum[] = [];
  for (const { row, stated } of entries) {
    const trace = block.trace[row]!;
    if (open.has(trace)) continue;
    const isCached = usage.isCached(row);
    const statedCost = isCached ? null : usage.statedCost(row);
    const isPriced = !isCached && stated !== null && statedCost === null;
    const { asked, answered } = isPriced ? usage.models(row) : NO_MODELS;
    if (ofTrace[0]?.trace !== trace) ofTrace = [];
    let sum = ofTrace.find((each) => each.asked === asked && each.answered === answered);
    if (sum === undefined) {
      sum = { trace, asked, answered, ...NOTHING };
      ofTrace.push(sum);
      sums.push(sum);
    }
    if (isCached) continue;
    sum.calls += 1;
    if (statedCost !== null) sum.cost = (sum.cost ?? 0) + statedCost;
    if (stated === null) continue;
    sum.uncachedInput += stated.uncachedInput;
    sum.cacheRead += stated.cacheRead;
    sum.cacheWrite += stated.cacheWrite;
    sum.output += stated.output;
  }
  return { sums, open: [...open] };
}

const NO_MODELS = { asked: null, answered: null };
const NOTHING = { calls: 0, uncachedInput: 0, cacheRead: 0, cacheWrite: 0, output: 0, cost: null };

/** Those in which a row has another one above it, or a parent that is elsewhere. */
function openTraces({ trace, parent, count }: SpanBlock, rows: readonly number[]): Set<number> {
  const isOne = new Uint8Array(count);
  for (const row of rows) isOne[row] = 1;
  /** Nothing is above these, all the way up. */
  const isFree = new Uint8Array(count);
  const open = new Set<number>();
  for (const row of rows) {
    if (open.has(trace[row]!)) continue;
    let above = parent[row]!;
    while (above >= 0 && isOne[above] === 0 && isFree[above] === 0) above = parent[above]!;
    if (above === PARENT_ELSEWHERE || (above >= 0 && isOne[above] === 1)) {
      open.add(trace[row]!);
      continue;
    }
    for (above = parent[row]!; above >= 0 && isFree[above] === 0; above = parent[above]!) isFree[above] = 1;
  }
  return open;
}
