/** Lookups of the answer cache over time, by tier and stage; what they saved; and whether the share of hits fell. */
import { ATTR, SPAN } from '../../../shared/span.ts';
import type { CacheLens, CacheLensSearch, Search } from '../../../shared/traceQuery.ts';
import type { SpanReader } from '../blockTypes.ts';
import { matchSpans } from '../query/match.ts';
import { BUDGET_MS } from './askOptions.ts';
import type { AskOptions } from './askOptions.ts';
import { AttributeAccess, keyNumbers } from './attributeAccess.ts';
import { dropOf } from './hitDrop.ts';
import { modelCalls } from './modelCalls.ts';
import { NumberList } from './numberList.ts';
import { savedPrices } from './tokenLedger.ts';

/** Tiers are asked in this order, others after them by name: a hit of one is a miss of all before it. */
const TIERS: readonly string[] = ['memory', 'disk'];
/** Of hits that name no tier, and of all where none does. */
const ANY_TIER = '';

const OUTCOMES = ['hit', 'miss', 'stale'] as const;
type Outcome = (typeof OUTCOMES)[number];
/** Lookups of one kind, as they are recorded: misses name no tier, as none had it. */
type Lookups = {
  readonly outcome: Outcome;
  readonly tier: string | null;
  readonly stage: string | null;
  /** Waited for another one's answer. */
  readonly isShared: boolean;
  readonly startUs: NumberList;
};
type Series = { readonly tier: string; readonly stage: string | null } & Record<Outcome, number[]>;

/** The prices of calls are worth this much time, even where the lookups took all that there was. */
const MIN_PRICE_MS = 250;

export function cacheLens(reader: SpanReader, search: CacheLensSearch, options: AskOptions = {}): CacheLens {
  const { points, ...rest } = search;
  const untilMs = performance.now() + (options.budgetMs ?? BUDGET_MS);
  const { lookups, savedByStage, leftOut } = collect(reader, rest, options);
  const [fromMs, toMs] = extentOf(lookups, rest);
  const stepMs = Math.max(1, (toMs - fromMs) / points);
  const counted = lookups.map((kind) => ({ ...kind, steps: stepsOf(kind.startUs, points, fromMs, stepMs) }));
  const hits = new Float64Array(points);
  const total = new Float64Array(points);
  for (const { outcome, steps } of counted) {
    for (let step = 0; step < points; step += 1) {
      total[step]! += steps[step]!;
      if (outcome === 'hit') hits[step]! += steps[step]!;
    }
  }
  const cut = dropOf(hits, total);
  const savedTokens = [...savedByStage.values()].reduce((sum, tokens) => sum + tokens, 0);
  const budgetMs = Math.max(MIN_PRICE_MS, untilMs - performance.now());
  return {
    stepMs,
    series: seriesOf(counted, points, fromMs, stepMs),
    savedTokens,
    savedCost: savedTokens === 0 ? null : savedCost(reader, rest, { ...options, budgetMs }, savedByStage),
    drop: cut === null ? null : { from: cut.from, to: cut.to, atMs: fromMs + cut.step * stepMs },
    leftOut,
  };
}

function collect(reader: SpanReader, search: Search, options: AskOptions) {
  const { strings } = reader;
  const name = strings.find(SPAN.cacheGet);
  const keys = {
    outcome: keyNumbers(strings, [ATTR.cacheOutcome]),
    tier: keyNumbers(strings, [ATTR.cacheTier]),
    stage: keyNumbers(strings, [ATTR.stage]),
    shared: keyNumbers(strings, [ATTR.cacheShared]),
    saved: keyNumbers(strings, [ATTR.tokensSaved]),
  };
  const kinds = new Map<string, Lookups>();
  const savedByStage = new Map<string | null, number>();
  const matches = matchSpans(reader, search, options);
  for (const { block, rows } of matches) {
    const outcomes = new AttributeAccess(block, keys.outcome);
    if (name === null || outcomes.isEmpty) continue;
    const tiers = new AttributeAccess(block, keys.tier);
    const stages = new AttributeAccess(block, keys.stage);
    const shared = new AttributeAccess(block, keys.shared);
    const saved = new AttributeAccess(block, keys.saved);
    const names = block.name;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i]!;
      if (names[row] !== name) continue;
      const outcome = outcomes.text(row);
      if (outcome !== 'hit' && outcome !== 'miss' && outcome !== 'stale') continue;
      const tier = tiers.text(row);
      const stage = stages.text(row);
      const isShared = shared.isTrue(row);
      const key = `${outcome}\n${tier}\n${stage}\n${isShared}`;
      let kind = kinds.get(key);
      if (kind === undefined) {
        kinds.set(key, (kind = { outcome, tier, stage, isShared, startUs: new NumberList() }));
      }
      kind.startUs.push(block.startUs[row]!);
      const tokens = saved.amount(row) ?? 0;
      if (tokens > 0) savedByStage.set(stage, (savedByStage.get(stage) ?? 0) + tokens);
    }
  }
  return { lookups: [...kinds.values()], savedByStage, leftOut: matches.leftOut };
}

/** The time that was asked for, as far as it was: else that of the lookups. */
function extentOf(lookups: readonly Lookups[], search: Search): readonly [fromMs: number, toMs: number] {
  let fromUs = Infinity;
  let toUs = -Infinity;
  for (const { startUs } of lookups) {
    for (const us of startUs.values) {
      if (us < fromUs) fromUs = us;
      if (us > toUs) toUs = us;
    }
  }
  const fromMs = search.fromMs ?? (fromUs === Infinity ? (search.toMs ?? 0) : fromUs / 1000);
  return [fromMs, Math.max(fromMs, search.toMs ?? toUs / 1000)];
}

function stepsOf(startUs: NumberList, points: number, fromMs: number, stepMs: number): Float64Array {
  const steps = new Float64Array(points);
  for (const us of startUs.values) {
    const step = Math.floor((us / 1000 - fromMs) / stepMs);
    steps[Math.min(points - 1, Math.max(0, step))]! += 1;
  }
  return steps;
}

function savedCost(
  reader: SpanReader,
  search: Search,
  options: AskOptions,
  savedByStage: ReadonlyMap<string | null, number>,
): number | null {
  // Whatever the query finds of lookups: what calls cost is told by all calls of the time.
  const priceOf = savedPrices(modelCalls(reader, { ...search, query: '' }, options));
  let cost: number | null = null;
  for (const [stage, tokens] of savedByStage) {
    const price = priceOf(stage);
    if (price !== null) cost = (cost ?? 0) + price(tokens);
  }
  return cost;
}

function seriesOf(
  lookups: readonly (Lookups & { readonly steps: Float64Array })[],
  points: number,
  fromMs: number,
  stepMs: number,
): CacheLens['series'] {
  const named = [...new Set(lookups.flatMap(({ tier }) => tier ?? []))].sort(
    (a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1),
  );
  const tiers = named.length === 0 ? [ANY_TIER] : named;
  const all = new Map<string, Series>();
  const of = (tier: string, stage: string | null): Series => {
    const key = JSON.stringify([tier, stage]);
    let series = all.get(key);
    if (series === undefined) {
      const zeros = () => new Array<number>(points).fill(0);
      all.set(key, (series = { tier, stage, hit: zeros(), miss: zeros(), stale: zeros() }));
    }
    return series;
  };
  for (const kind of lookups) {
    for (const [tier, outcome] of askedTiers(kind, tiers)) {
      const counts = of(tier, kind.stage)[outcome];
      for (let step = 0; step < points; step += 1) counts[step]! += kind.steps[step]!;
    }
  }
  const startMs = Array.from({ length: points }, (_, step) => fromMs + step * stepMs);
  return [...all.values()]
    .sort(
      (a, b) => tiers.indexOf(a.tier) - tiers.indexOf(b.tier) || ((a.stage ?? '') < (b.stage ?? '') ? -1 : 1),
    )
    .map((series) => ({ ...series, startMs }));
}

/** What a lookup was to each tier that it came to. */
function askedTiers(
  { outcome, tier, isShared }: Lookups,
  tiers: readonly string[],
): readonly (readonly [tier: string, outcome: Outcome])[] {
  if (tier === null) {
    if (outcome !== 'miss') return [[ANY_TIER, outcome]];
    // Who waits for another's answer has asked the first tier alone.
    return tiers.slice(0, isShared ? 1 : undefined).map((each) => [each, 'miss']);
  }
  if (outcome === 'miss') return [[tier, 'miss']];
  // What lies behind a hit is not asked; behind an entry that is too old, all others are.
  const asked = outcome === 'hit' ? tiers.slice(0, tiers.indexOf(tier) + 1) : tiers;
  return asked.map((each) => [each, each === tier ? outcome : 'miss']);
}

function rankOf(tier: string): number {
  const rank = TIERS.indexOf(tier);
  return rank < 0 ? TIERS.length : rank;
}
