/** For programs that report deltas: running totals, as the store wants them. */
import type { HistogramValue } from '../../shared/metric.ts';
import { addHistograms } from '../../shared/metric.ts';
import type { StoredPoint } from '../../shared/traceQuery.ts';
import { serviceOf, sorted } from './recordOrigins.ts';

/** Turns what was added between `startMs` and `timeMs` into totals since the first delta that was seen. */
export type DeltaAdder = { add(delta: StoredPoint): StoredPoint };

/**
 * Series that were forgotten, or that begin after a restart of this program, count from their next delta on: with
 * another start, so that nobody takes it for a total that fell.
 *
 * @param maxSeries - how many are remembered; those that reported least lately are forgotten first
 */
export function createDeltaAdder(maxSeries = 20_000): DeltaAdder {
  type Total = Pick<StoredPoint, 'startMs' | 'startRestNs' | 'value'>;
  const totals = new Map<string, Total>();
  return {
    add(delta) {
      const { startMs, startRestNs, value, ...described } = delta;
      const { name, unit, kind, attributes, origin } = described;
      const start = startRestNs === undefined ? { startMs } : { startMs, startRestNs };
      const instance = origin === undefined ? '' : JSON.stringify(sorted(origin.resource));
      const key = `${name}\n${unit}\n${kind}\n${serviceOf(origin)}\n${instance}\n${JSON.stringify(sorted(attributes))}`;
      const before = totals.get(key);
      const sum = before === undefined ? null : added(before.value, value);
      // Buckets that were cut anew cannot be added up.
      const total: Total =
        sum === null || before === undefined ? { ...start, value } : { ...before, value: sum };
      totals.delete(key);
      totals.set(key, total);
      if (totals.size > maxSeries) totals.delete(totals.keys().next().value!);
      return { ...described, ...total };
    },
  };
}

function added(
  before: number | HistogramValue,
  delta: number | HistogramValue,
): number | HistogramValue | null {
  if (typeof before === 'number') return typeof delta === 'number' ? before + delta : null;
  if (typeof delta === 'number' || before.boundaries.join() !== delta.boundaries.join()) return null;
  return addHistograms(before, delta);
}
