/** Tokens and money of model calls by model, stage, run or day: reconciled, each token once. */
import { NO_USAGE, totalOf } from '../../../shared/analysis/usage.ts';
import type { Usage } from '../../../shared/analysis/usage.ts';
import type { Found, LedgerRow, LedgerSearch } from '../../../shared/traceQuery.ts';
import type { SpanReader } from '../blockTypes.ts';
import type { AskOptions } from './askOptions.ts';
import { modelCalls } from './modelCalls.ts';
import type { ModelCall, ModelCalls, SavedTokens } from './modelCalls.ts';

/** Key of calls that do not name their model, stage or run. */
export const NO_KEY = '';

type Row = { -readonly [K in keyof LedgerRow]: LedgerRow[K] };

/** Days in their order, all else with the most tokens first. */
export function tokenLedger(
  reader: SpanReader,
  search: LedgerSearch,
  options: AskOptions = {},
): Found<LedgerRow> {
  const beganMs = performance.now();
  const { by, ...rest } = search;
  const found = modelCalls(reader, rest, options);
  const keyOf = keyReader(reader, by, found);
  const rows = new Map<string, Row>();
  const rowOf = (key: string): Row => {
    let row = rows.get(key);
    if (row === undefined) rows.set(key, (row = emptyRow(key)));
    return row;
  };
  for (const call of found.calls) addCall(rowOf(keyOf(call)), call);
  const priceOf = savedPrices(found);
  for (const saved of found.saved) {
    addSaved(rowOf(keyOf(saved)), saved.tokens, priceOf(saved.stage)?.(saved.tokens) ?? null);
  }
  const items = [...rows.values()].sort((a, b) =>
    by === 'day' ? order(a.key, b.key) : b.total - a.total || order(a.key, b.key),
  );
  return { items, leftOut: found.leftOut, tookMs: performance.now() - beganMs };
}

function emptyRow(key: string): Row {
  return { key, calls: 0, ...NO_USAGE, total: 0, untold: 0, cost: null, savedTokens: 0, savedCost: null };
}

function addCall(row: Row, call: ModelCall): void {
  const { usage, cost } = call;
  if (call.isCached) {
    addSaved(row, usage === null ? 0 : totalOf(usage), cost);
    return;
  }
  row.calls += 1;
  if (cost !== null) row.cost = (row.cost ?? 0) + cost;
  if (usage === null) {
    row.untold += 1;
    return;
  }
  add(row, usage);
}

function add(row: Row, usage: Usage): void {
  row.uncachedInput += usage.uncachedInput;
  row.cacheRead += usage.cacheRead;
  row.cacheWrite += usage.cacheWrite;
  row.output += usage.output;
  row.reasoning += usage.reasoning;
  row.total += totalOf(usage);
}

function addSaved(row: Row, tokens: number, cost: number | null): void {
  row.savedTokens += tokens;
  if (cost !== null) row.savedCost = (row.savedCost ?? 0) + cost;
}

function keyReader(
  reader: SpanReader,
  by: LedgerSearch['by'],
  found: ModelCalls,
): (of: ModelCall | SavedTokens) => string {
  if (by === 'stage') return ({ stage }) => stage ?? NO_KEY;
  if (by === 'run') {
    const runs = new Map<number, string>();
    return ({ trace }) => {
      let run = runs.get(trace);
      if (run === undefined) runs.set(trace, (run = reader.summary(trace).runId ?? NO_KEY));
      return run;
    };
  }
  if (by === 'day') return ({ startUs }) => dayOf(startUs / 1000);
  const models = modelOfStage(found.calls);
  return (of) => ('model' in of ? of.model : models.get(of.stage)) ?? NO_KEY;
}

/** In the time zone of this machine: `2026-02-28`. */
function dayOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A cached answer does not name its model: it is that of its stage, where all calls of the stage have the same. */
function modelOfStage(calls: readonly ModelCall[]): Map<string | null, string | null> {
  const models = new Map<string | null, string | null>();
  for (const { stage, model } of calls) {
    const known = models.get(stage);
    if (known === undefined) models.set(stage, model);
    else if (known !== model) models.set(stage, null);
  }
  return models;
}

/**
 * What saved tokens would have cost: the mean price of a token among the calls of their stage that have one, else
 * among all calls. `null` where no call has a price.
 */
export function savedPrices({
  calls,
}: Pick<ModelCalls, 'calls'>): (stage: string | null) => ((tokens: number) => number) | null {
  const stages = new Map<string | null, { cost: number; tokens: number }>();
  const all = { cost: 0, tokens: 0 };
  for (const { stage, usage, cost, isCached } of calls) {
    if (usage === null || cost === null || isCached) continue;
    let of = stages.get(stage);
    if (of === undefined) stages.set(stage, (of = { cost: 0, tokens: 0 }));
    for (const sum of [of, all]) {
      sum.cost += cost;
      sum.tokens += totalOf(usage);
    }
  }
  return (stage) => {
    const own = stages.get(stage);
    const sum = own !== undefined && own.tokens > 0 ? own : all;
    return sum.tokens === 0 ? null : (tokens) => (tokens * sum.cost) / sum.tokens;
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
