/** The model calls that a search finds, each token of them once, and what answers from our own cache saved. */
import { cutCycles } from '../../../shared/analysis/columnsOf.ts';
import { ownAmounts } from '../../../shared/analysis/ownAmounts.ts';
import { totalOf, USAGE_PARTS } from '../../../shared/analysis/usage.ts';
import type { Usage } from '../../../shared/analysis/usage.ts';
import { ATTR } from '../../../shared/span.ts';
import type { LeftOut, Search } from '../../../shared/traceQuery.ts';
import { PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { matchSpans } from '../query/match.ts';
import type { SpanMatches } from '../query/match.ts';
import { BUDGET_MS, timeOf } from './askOptions.ts';
import type { AskOptions } from './askOptions.ts';
import { AttributeAccess, keyNumbers } from './attributeAccess.ts';
import { Links } from './links.ts';
import type { Place } from './links.ts';
import { ModelEntries } from './modelEntries.ts';

/** No trace is deeper, unless its parents go round. */
const MAX_CLIMB = 100_000;

export type ModelCall = {
  readonly trace: number;
  readonly startUs: number;
  /** As it was asked for; where it does not say, the one that answered. */
  readonly model: string | null;
  readonly stage: string | null;
  /** What no span below states already; `null`: it says nothing of tokens. */
  readonly usage: Usage | null;
  /** US dollars, what no span below states already; `null` without a price. */
  readonly cost: number | null;
  /** Answered by our own cache: used nothing, and saved this. */
  readonly isCached: boolean;
};
export type SavedTokens = {
  readonly trace: number;
  readonly startUs: number;
  readonly stage: string | null;
  readonly tokens: number;
};
export type ModelCalls = {
  readonly calls: readonly ModelCall[];
  readonly saved: readonly SavedTokens[];
  readonly leftOut: LeftOut;
};

/** A span that states usage or cost, or is a model's answer. */
type Entry = {
  readonly block: SpanBlock;
  readonly row: number;
  readonly model: string | null;
  readonly stage: string | null;
  readonly stated: Usage | null;
  /** US dollars; NaN where there is no price. */
  readonly cost: number;
  readonly isCached: boolean;
};

export function modelCalls(reader: SpanReader, search: Search, options: AskOptions = {}): ModelCalls {
  return modelCallsOf(reader, matchSpans(reader, search, options), search, options);
}

/** The same of spans that were found otherwise; `search` says within what time their parents are. */
export function modelCallsOf(
  reader: SpanReader,
  matches: SpanMatches,
  search: Search,
  options: AskOptions = {},
): ModelCalls {
  // Few calls need the links between blocks: they get time of their own.
  const untilMs = performance.now() + (options.budgetMs ?? BUDGET_MS) * 1.5;
  const { entries, saved, leftOut } = collect(reader, matches, options);
  const parent = entryParents(reader, search, entries, untilMs);
  return { calls: callsOf(entries, parent), saved, leftOut };
}

/** The calls among the entries, with what no entry below them states. */
function callsOf(entries: readonly Entry[], parent: Int32Array): ModelCall[] {
  // As a rule none stands within another: then each keeps what it states.
  if (parent.every((above) => above < 0))
    return entries.map((entry) => callOf(entry, entry.stated, entry.cost));
  const columns = {
    count: entries.length,
    parent,
    startMs: new Float64Array(entries.length),
    endMs: new Float64Array(entries.length),
  };
  const parts = USAGE_PARTS.map((part) =>
    ownAmounts(
      columns,
      entries.map(({ stated }) => (stated === null ? NaN : stated[part])),
    ),
  );
  const costs = ownAmounts(
    columns,
    entries.map(({ cost }) => cost),
  );
  const hasInner = new Uint8Array(entries.length);
  for (const above of parent) if (above >= 0) hasInner[above] = 1;

  const calls: ModelCall[] = [];
  for (const [i, entry] of entries.entries()) {
    const { stated, cost } = entry;
    const own: Usage = {
      uncachedInput: parts[0]![i]!,
      cacheRead: parts[1]![i]!,
      cacheWrite: parts[2]![i]!,
      output: parts[3]![i]!,
      reasoning: parts[4]![i]!,
    };
    // Around the calls it repeats, and no call itself.
    if (hasInner[i] === 1 && (stated === null || totalOf(own) === 0) && !(costs[i]! > 0)) continue;
    calls.push(callOf(entry, stated === null ? null : own, Number.isNaN(cost) ? NaN : costs[i]!));
  }
  return calls;
}

/** @param cost - NaN where there is none */
function callOf({ block, row, model, stage, isCached }: Entry, usage: Usage | null, cost: number): ModelCall {
  const isOver = usage !== null && usage.reasoning > usage.output;
  return {
    trace: block.trace[row]!,
    startUs: block.startUs[row]!,
    model,
    stage,
    usage: isOver ? { ...usage, reasoning: usage.output } : usage,
    cost: Number.isNaN(cost) ? null : cost,
    isCached,
  };
}

function collect(
  reader: SpanReader,
  matches: SpanMatches,
  options: AskOptions,
): { readonly entries: Entry[]; readonly saved: SavedTokens[]; readonly leftOut: LeftOut } {
  const modelEntries = new ModelEntries(reader.strings, options.prices ?? []);
  const stageKeys = keyNumbers(reader.strings, [ATTR.stage]);
  const entries: Entry[] = [];
  const saved: SavedTokens[] = [];
  for (const { block, rows } of matches) {
    const found = modelEntries.of(block, rows);
    const { usage } = found;
    const stages = new AttributeAccess(block, stageKeys);
    for (const { row, tokens } of found.saved)
      saved.push({ trace: block.trace[row]!, startUs: block.startUs[row]!, stage: stages.text(row), tokens });
    for (const { row, stated } of found.entries)
      entries.push({
        block,
        row,
        model: usage.model(row),
        stage: stages.text(row),
        stated,
        cost: usage.cost(row, stated) ?? NaN,
        isCached: usage.isCached(row),
      });
  }
  return { entries, saved, leftOut: matches.leftOut };
}

/** Of each entry the nearest one above it; -1 for none. */
function entryParents(
  reader: SpanReader,
  search: Search,
  entries: readonly Entry[],
  untilMs: number,
): Int32Array {
  const parent = new Int32Array(entries.length).fill(-1);
  /** By block: an entry's number and one at its row. */
  const entryAt = new Map<number, Int32Array>();
  for (const [i, { block, row }] of entries.entries()) {
    let rows = entryAt.get(block.id);
    if (rows === undefined) entryAt.set(block.id, (rows = new Int32Array(block.count)));
    rows[row] = i + 1;
  }
  let links: Links | null = null;
  for (const [i, entry] of entries.entries()) {
    let place: Place = entry;
    for (let steps = 0; parent[i] === -1 && steps < MAX_CLIMB;) {
      const rows = entryAt.get(place.block.id);
      const parents = place.block.parent;
      let above = parents[place.row]!;
      let last = place.row;
      for (; above >= 0 && parent[i] === -1 && steps < MAX_CLIMB; steps += 1) {
        const found = (rows?.[above] ?? 0) - 1;
        if (found >= 0) parent[i] = found;
        last = above;
        above = parents[above]!;
      }
      if (parent[i] !== -1 || above !== PARENT_ELSEWHERE) break;
      if (links === null) {
        const { fromUs, toUs } = timeOf(search);
        links = Links.find(reader, fromUs, toUs, untilMs);
      }
      const next = links.parentOf(place.block, last);
      if (next === null) break;
      const found = (entryAt.get(next.block.id)?.[next.row] ?? 0) - 1;
      if (found >= 0) parent[i] = found;
      place = next;
      steps += 1;
    }
  }
  cutCycles(parent);
  return parent;
}
