import type { MetricSnapshot } from '../../shared/metric.ts';
import { ATTR } from '../../shared/span.ts';
import type { Attributes } from '../../shared/span.ts';
import { formatBytes, formatCount, formatDuration } from '../../shared/units.ts';

/** A value of an instrument in its unit (UCUM); units in braces are annotations and go without. */
export function formatMetric(value: number, unit: string): string {
  if (unit === 's') return formatDuration(value * 1000);
  if (unit === 'By') return formatBytes(Math.round(value));
  return formatCount(value);
}

/** What a run is about first, then models, requests and statements. */
const ORDER = ['tracedeck.', 'gen_ai.', 'http.', 'db.'];

/** Instruments that counted anything, the program's own first; else in their order. */
export function metricsInOrder(metrics: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
  const rank = ({ name }: MetricSnapshot) => {
    const at = ORDER.findIndex((prefix) => name.startsWith(prefix));
    return at < 0 ? ORDER.length : at;
  };
  return metrics.filter(({ points }) => points.length > 0).toSorted((a, b) => rank(a) - rank(b));
}

/** Said again by the summary of a statement. */
const IN_SUMMARY: ReadonlySet<string> = new Set([ATTR.dbSystem, ATTR.dbOperation, ATTR.dbCollection]);

/** The end of a key says enough beside its instrument: `outcome=hit`, `operation.name=SELECT`. */
export function attributeText(attributes: Attributes): string {
  const hasSummary = attributes[ATTR.dbQuerySummary] !== undefined;
  return Object.entries(attributes)
    .filter(([key]) => !hasSummary || !IN_SUMMARY.has(key))
    .map(([key, value]) => `${/(?:[^.]+\.(?:name|type|method|code)|[^.]+)$/.exec(key)?.[0]}=${String(value)}`)
    .join('  ');
}
