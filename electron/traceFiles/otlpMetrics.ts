/**
 * OTLP's metrics as points. A sum of differences (delta) is a total that began at its own start. Exponential
 * histograms get boundaries that stay (exponentialBuckets.ts); summaries become histograms of one bucket.
 */
import type { Exemplar, HistogramValue } from '../../shared/metric.ts';
import type { Origin } from '../../shared/span.ts';
import type { MetricKind, StoredPoint } from '../../shared/traceQuery.ts';
import { isPlain, listOf, textOf, timeOfNanos, type Plain } from './attributeValues.ts';
import type { RecordSink } from './collector.ts';
import { onSteadyEdges, type ExponentialCounts } from './exponentialBuckets.ts';
import { spanIdOf, traceIdOf } from './ids.ts';
import { camel, readAttributes } from './otlpValues.ts';

/** Data point flag: the series has no value at this time. */
const NO_VALUE = 1;
/** Beyond what a recorder has use for: 1.0000007 at one end, all that a number can be at the other. */
const MAX_SCALE = 20;

export function readMetric(metric: Plain, origin: Origin | undefined, into: RecordSink, at: string): void {
  const name = textOf(metric['name']);
  if (name === '') return into.refuse('a metric without a name', at);
  const forms = [
    ['gauge', 'gauge', numberOf],
    ['sum', isMonotonic(metric['sum']) ? 'counter' : 'upDownCounter', numberOf],
    ['histogram', 'histogram', histogramOf],
    ['exponentialHistogram', 'histogram', exponentialOf],
    ['summary', 'histogram', summaryOf],
  ] as const;
  const form = forms.find(([member]) => isPlain(metric[member]));
  if (form === undefined) return into.refuse('a metric without data', at);
  const [member, kind, valueOf] = form;
  if (member === 'summary')
    into.note('summaries were read as histograms of one bucket: their quantiles are gone');
  const data = camel(metric[member] as Plain);
  const isDelta = isDeltaTemporality(data['aggregationTemporality']);
  for (const [index, given] of listOf(data['dataPoints']).entries()) {
    const place = `${at}.${member}.dataPoints[${index}]`;
    if (!isPlain(given)) {
      into.refuse('no object', place);
      continue;
    }
    const point = camel(given);
    if ((Number(point['flags'] ?? 0) & NO_VALUE) !== 0) continue;
    const time = timeOfNanos(point['timeUnixNano']);
    const value = valueOf(point);
    if (time === null) into.refuse('a data point without a time', place);
    else if (value === null) into.refuse('a data point without a value', place);
    else {
      const start = kind === 'gauge' ? time : (timeOfNanos(point['startTimeUnixNano']) ?? time);
      const read: StoredPoint = {
        name,
        unit: textOf(metric['unit']),
        description: textOf(metric['description']),
        kind: kind satisfies MetricKind,
        attributes: readAttributes(point['attributes']),
        ...(origin === undefined ? {} : { origin }),
        startMs: start.ms,
        ...(start.restNs === 0 ? {} : { startRestNs: start.restNs }),
        timeMs: time.ms,
        ...(time.restNs === 0 ? {} : { timeRestNs: time.restNs }),
        value,
        exemplars: readExemplars(point['exemplars']),
      };
      into.point(read, isDelta);
    }
  }
}

function isMonotonic(sum: unknown): boolean {
  return isPlain(sum) && (sum['isMonotonic'] === true || sum['is_monotonic'] === true);
}

function isDeltaTemporality(temporality: unknown): boolean {
  return temporality === 1 || temporality === '1' || temporality === 'AGGREGATION_TEMPORALITY_DELTA';
}

function numberOf(point: Plain): number | null {
  const value = point['asDouble'] ?? point['asInt'];
  return finite(value);
}

function histogramOf(point: Plain): HistogramValue | null {
  const boundaries = numbersOf(point['explicitBounds']);
  const counts = numbersOf(point['bucketCounts']);
  const count = finite(point['count']) ?? counts.reduce((sum, inBucket) => sum + inBucket, 0);
  // Without buckets: one that holds all.
  if (counts.length === 0 && boundaries.length === 0) counts.push(count);
  if (counts.length !== boundaries.length + 1) return null;
  return { count, ...spreadOf(point), boundaries, counts };
}

function exponentialOf(point: Plain): HistogramValue | null {
  const count = finite(point['count']);
  const scale = finite(point['scale']) ?? 0;
  if (count === null || !Number.isInteger(scale) || Math.abs(scale) > MAX_SCALE) return null;
  const buckets = onSteadyEdges({
    scale,
    zeroCount: finite(point['zeroCount']) ?? 0,
    positive: bucketsOf(point['positive']),
    negative: bucketsOf(point['negative']),
  });
  return { count, ...spreadOf(point), ...buckets };
}

function bucketsOf(value: unknown): ExponentialCounts {
  const buckets = isPlain(value) ? camel(value) : {};
  return { offset: finite(buckets['offset']) ?? 0, counts: numbersOf(buckets['bucketCounts']) };
}

function summaryOf(point: Plain): HistogramValue | null {
  const count = finite(point['count']);
  if (count === null) return null;
  const quantile = (wanted: number): number | null => {
    const found = listOf(point['quantileValues']).find(
      (q) => isPlain(q) && Number(q['quantile'] ?? 0) === wanted,
    );
    return isPlain(found) ? finite(found['value'] ?? 0) : null;
  };
  return {
    count,
    sum: finite(point['sum']) ?? 0,
    min: quantile(0),
    max: quantile(1),
    boundaries: [],
    counts: [count],
  };
}

function spreadOf(point: Plain): Pick<HistogramValue, 'sum' | 'min' | 'max'> {
  return { sum: finite(point['sum']) ?? 0, min: finite(point['min']), max: finite(point['max']) };
}

function readExemplars(exemplars: unknown): readonly Exemplar[] {
  return listOf(exemplars).flatMap((exemplar) => {
    if (!isPlain(exemplar)) return [];
    const value = numberOf(exemplar);
    const time = timeOfNanos(exemplar['timeUnixNano']);
    const traceId = traceIdOf(exemplar['traceId']);
    const spanId = spanIdOf(exemplar['spanId']);
    // One that leads to no span is no help.
    if (value === null || time === null || traceId === null || spanId === null) return [];
    const timeRestNs = time.restNs === 0 ? {} : { timeRestNs: time.restNs };
    return [{ value, timeMs: time.ms, ...timeRestNs, traceId, spanId }];
  });
}

function numbersOf(values: unknown): number[] {
  return listOf(values).map((value) => finite(value) ?? 0);
}

/** A number, also one that is spelled as a text; `null` for anything else. */
function finite(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
