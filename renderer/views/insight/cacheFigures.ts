/** Lookups of the cache by tier, stage and step, added up in the ways that they are shown. */
import type { CacheLens } from '../../../shared/traceQuery.ts';

type Series = CacheLens['series'][number];
export type Outcomes = { readonly hit: number; readonly miss: number; readonly stale: number };
export type StageRow = {
  readonly stage: string | null;
  readonly tiers: Readonly<Record<string, Outcomes>>;
  /** Asked of the first tier; each lookup asks that one. */
  readonly lookups: number;
  /** Answered by any tier. */
  readonly hits: number;
};

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const asked = ({ hit, miss, stale }: Outcomes) => hit + miss + stale;

/** In the order in which a lookup asks them: each is asked less often than the one before it. */
export function tiersOf({ series }: CacheLens): readonly string[] {
  const counts = new Map<string, number>();
  for (const { tier, hit, miss, stale } of series) {
    counts.set(tier, (counts.get(tier) ?? 0) + total(hit) + total(miss) + total(stale));
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([tier]) => tier);
}

export function stageRows(lens: CacheLens): readonly StageRow[] {
  const [first = ''] = tiersOf(lens);
  const stages = new Map<string | null, Record<string, Outcomes>>();
  for (const { tier, stage, hit, miss, stale } of lens.series) {
    const tiers = stages.get(stage) ?? {};
    tiers[tier] = { hit: total(hit), miss: total(miss), stale: total(stale) };
    stages.set(stage, tiers);
  }
  return [...stages]
    .map(([stage, tiers]) => ({
      stage,
      tiers,
      lookups:
        tiers[first] === undefined ? Math.max(0, ...Object.values(tiers).map(asked)) : asked(tiers[first]),
      hits: total(Object.values(tiers).map(({ hit }) => hit)),
    }))
    .toSorted((a, b) => b.lookups - a.lookups);
}

/** The starts of the steps: the same for every series. */
export const stepStarts = ({ series }: CacheLens): readonly number[] => series[0]?.startMs ?? [];

/** Step by step what these series had. */
export function sumSteps(series: readonly Series[], steps: number): { [K in keyof Outcomes]: number[] } {
  const sum = (of: (series: Series) => readonly number[]) =>
    Array.from({ length: steps }, (_, step) => total(series.map((each) => of(each)[step] ?? 0)));
  return { hit: sum(({ hit }) => hit), miss: sum(({ miss }) => miss), stale: sum(({ stale }) => stale) };
}

/** Shares of hits step by step: of each tier among what reached it, and of all tiers together. */
export function hitRates(
  lens: CacheLens,
  stage: string | null | undefined,
): readonly { readonly name: string; readonly values: readonly (number | null)[] }[] {
  const tiers = tiersOf(lens);
  const steps = stepStarts(lens).length;
  const of = (tier: string) =>
    sumSteps(
      lens.series.filter((each) => each.tier === tier && (stage === undefined || each.stage === stage)),
      steps,
    );
  const sums = tiers.map(of);
  const share = (hits: number, all: number) => (all === 0 ? null : hits / all);
  const own = tiers.map((name, at) => {
    const { hit, miss, stale } = sums[at]!;
    return { name, values: hit.map((hits, step) => share(hits, hits + miss[step]! + stale[step]!)) };
  });
  if (tiers.length < 2) return own;
  const [first] = sums;
  const all = first!.hit.map((hits, step) => {
    const lookups = hits + first!.miss[step]! + first!.stale[step]!;
    return share(Math.min(lookups, total(sums.map(({ hit }) => hit[step]!))), lookups);
  });
  return [{ name: 'any tier', values: all }, ...own];
}
