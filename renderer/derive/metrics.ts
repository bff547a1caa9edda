import { formatBytes, formatCount, formatDuration } from '../../shared/units.ts';

/** A value of an instrument in its unit (UCUM); units in braces are annotations and go without. */
export function formatMetric(value: number, unit: string): string {
  if (unit === 's') return formatDuration(value * 1000);
  if (unit === 'By') return formatBytes(Math.round(value));
  return formatCount(value);
}
