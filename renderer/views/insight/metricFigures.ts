/** What is drawn of an instrument: its series chosen, summed up, and turned into what a chart shows. */
import { addHistograms, histogramPercentile } from '../../../shared/metric.ts';
import type { Exemplar, HistogramValue } from '../../../shared/metric.ts';
import type { FoundMetric, MetricInstrument, MetricSeries } from '../../../shared/traceQuery.ts';
import type { Dot } from '../../charts/lineData.ts';
import { formatMetric } from '../../derive/metrics.ts';
import { rateFormat, shortNumber } from '../../../shared/formatRate.ts';

/** More lines than these cannot be told apart; the table has them all. */
export const MAX_LINES = 10;
/** More dots hide each other. */
const MAX_DOTS = 30;

/** What a chart counts in, its axis and its table: one unit for all rates of it, of which this is the greatest. */
export function metricFormat(
  { kind, unit }: MetricInstrument,
  greatestRate: number,
): (value: number) => string {
  if (kind === 'counter') {
    if (unit === 's') return (value) => `${shortNumber(value * 100)} %`;
    return unit === 'By' ? (value) => `${formatMetric(value, unit)}/s` : rateFormat(greatestRate);
  }
  if (unit === 's' || unit === 'By') return (value) => (value === 0 ? '0' : formatMetric(value, unit));
  if (unit === '1') return shortNumber;
  return shortNumber;
}

const UNIT_NAMES: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  By: 'bytes',
  '1': '',
};

/** A unit (UCUM) in words; braces only mark what is counted. */
export const unitName = (unit: string): string => UNIT_NAMES[unit] ?? unit.replace(/^\{(.*)\}$/, '$1');

/** How much a series has had in the shown time: what counters added, records of histograms, the last of gauges. */
export function seriesWeight({ values, histograms }: MetricSeries, kind: MetricInstrument['kind']): number {
  if (kind === 'histogram') return histograms.reduce((sum, value) => sum + (value?.count ?? 0), 0);
  if (kind === 'counter') return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return values.findLast((value) => value !== null) ?? 0;
}

/** Values as the chart shows them: what counters added, a second. */
export function shownValues(
  series: MetricSeries,
  { instrument, stepMs }: FoundMetric,
): readonly (number | null)[] {
  if (instrument.kind !== 'counter') return series.values;
  return series.values.map((value) => (value === null ? null : value / (stepMs / 1000)));
}

/** Of all values that a chart shows; 0 where there is none. */
export function greatestValue(series: readonly MetricSeries[], found: FoundMetric): number {
  return series.reduce(
    (most, each) =>
      shownValues(each, found).reduce<number>((greatest, value) => Math.max(greatest, value ?? 0), most),
    0,
  );
}

/** Histograms of several series as one, step by step. */
export function mergedHistograms(
  series: readonly MetricSeries[],
  steps: number,
): readonly (HistogramValue | null)[] {
  return Array.from({ length: steps }, (_, step) =>
    series.reduce<HistogramValue | null>((sum, { histograms }) => {
      const value = histograms[step] ?? null;
      return value === null ? sum : sum === null ? value : addHistograms(sum, value);
    }, null),
  );
}

export const PERCENTILES = [
  { share: 0.5, name: 'p50' },
  { share: 0.95, name: 'p95' },
  { share: 0.99, name: 'p99' },
] as const;

export function percentileValues(
  histograms: readonly (HistogramValue | null)[],
  share: number,
): readonly (number | null)[] {
  return histograms.map((value) => (value === null ? null : histogramPercentile(value, share)));
}

/** Examples to look at: those that were come for, then the greatest. */
export function exemplarsOf(series: readonly MetricSeries[], marked: readonly Exemplar[]): readonly Dot[] {
  const keyOf = ({ spanId, timeMs, value }: Exemplar) => `${spanId} ${timeMs} ${value}`;
  const known = new Set(marked.map(keyOf));
  const others = series
    .flatMap(({ exemplars }) => exemplars)
    .filter((exemplar) => !known.has(keyOf(exemplar)))
    .toSorted((a, b) => b.value - a.value);
  return [...marked.map((exemplar) => ({ ...exemplar, isMarked: true })), ...others].slice(0, MAX_DOTS);
}
