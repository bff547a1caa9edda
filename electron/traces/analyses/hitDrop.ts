import { normalTail } from '../../../shared/analysis/significance.ts';

const MIN_LOOKUPS_AFTER = 30;
const MIN_LOOKUPS_BEFORE = 100;
const MIN_DROP = 0.05;
const ALPHA = 0.01;

/**
 * Whether the share of hits fell, and from which step on. Each step of the later half is tried as the turning point:
 * the lookups from it on against all before, by the two-proportion z test with the pooled share (NIST/SEMATECH
 * e-Handbook of Statistical Methods, 7.3.3), one-sided, at 0.01 divided by the number of turning points tried
 * (Bonferroni); of those that pass the clearest is told. At least 30 lookups after, 100 before, and 5 points of
 * difference: a smaller fall is nobody's alarm.
 */
export function dropOf(
  hits: Float64Array,
  total: Float64Array,
): { readonly from: number; readonly to: number; readonly step: number } | null {
  const steps = total.length;
  const allHits = hits.reduce((sum, each) => sum + each, 0);
  const all = total.reduce((sum, each) => sum + each, 0);
  const first = Math.ceil(steps / 2);
  let after = 0;
  let hitsAfter = 0;
  let best: { readonly from: number; readonly to: number; readonly step: number } | null = null;
  let bestZ = 0;
  for (let step = steps - 1; step >= first; step -= 1) {
    after += total[step]!;
    hitsAfter += hits[step]!;
    const before = all - after;
    // An empty step is no turning point: the fall begins where lookups do.
    if (total[step] === 0 || after < MIN_LOOKUPS_AFTER || before < MIN_LOOKUPS_BEFORE) continue;
    const from = (allHits - hitsAfter) / before;
    const to = hitsAfter / after;
    const pooled = allHits / all;
    const spread = Math.sqrt(pooled * (1 - pooled) * (1 / before + 1 / after));
    if (from - to < MIN_DROP || spread === 0) continue;
    const z = (from - to) / spread;
    if (z <= bestZ || normalTail(z) > ALPHA / (steps - first)) continue;
    bestZ = z;
    best = { from, to, step };
  }
  return best;
}
