/** Metric points as OTLP's JSON has them: totals since their start, as they are stored. */
import type { Exemplar, HistogramValue } from '../../shared/metric.ts';
import type { Origin } from '../../shared/span.ts';
import type { StoredPoint } from '../../shared/traceQuery.ts';
import { toNanos, toPairs } from './otlpAnyValue.ts';

const CUMULATIVE = 2;

/** Points of one instrument and origin. */
export type MetricReport = Pick<StoredPoint, 'name' | 'unit' | 'description' | 'kind' | 'origin'> & {
  readonly points: readonly StoredPoint[];
};

/** Put together under one name each, in the order of their first point. */
export function toReports(points: readonly StoredPoint[]): readonly MetricReport[] {
  const byOrigin = new Map<Origin | undefined, Map<string, StoredPoint[]>>();
  for (const point of points) {
    const { name, unit, description, kind, origin } = point;
    let reports = byOrigin.get(origin);
    if (reports === undefined) byOrigin.set(origin, (reports = new Map<string, StoredPoint[]>()));
    const key = JSON.stringify([name, unit, description, kind]);
    const known = reports.get(key);
    if (known === undefined) reports.set(key, [point]);
    else known.push(point);
  }
  return [...byOrigin.values()].flatMap((reports) =>
    [...reports.values()].map((all): MetricReport => {
      const { name, unit, description, kind, origin } = all[0]!;
      return { name, unit, description, kind, ...(origin === undefined ? {} : { origin }), points: all };
    }),
  );
}

export function toOtlpMetric({ name, unit, description, kind, points }: MetricReport): object {
  const dataPoints = points.map(toDataPoint);
  const data =
    kind === 'gauge'
      ? { gauge: { dataPoints } }
      : kind === 'histogram'
        ? { histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
        : {
            sum: {
              aggregationTemporality: CUMULATIVE,
              ...(kind === 'counter' ? { isMonotonic: true } : {}),
              dataPoints,
            },
          };
  return { name, unit, description, ...data };
}

function toDataPoint(point: StoredPoint): object {
  const { attributes, startMs, startRestNs, timeMs, timeRestNs, value, exemplars } = point;
  return {
    attributes: toPairs(attributes),
    startTimeUnixNano: toNanos(startMs, startRestNs),
    timeUnixNano: toNanos(timeMs, timeRestNs),
    ...(typeof value === 'number' ? toNumber(value) : toBuckets(value)),
    ...(exemplars.length === 0 ? {} : { exemplars: exemplars.map(toExemplar) }),
  };
}

function toBuckets({ count, sum, min, max, boundaries, counts }: HistogramValue): object {
  return {
    count: String(count),
    sum,
    ...(min === null ? {} : { min }),
    ...(max === null ? {} : { max }),
    explicitBounds: boundaries,
    bucketCounts: counts.map(String),
  };
}

function toExemplar({ value, timeMs, timeRestNs, traceId, spanId }: Exemplar): object {
  return { timeUnixNano: toNanos(timeMs, timeRestNs), ...toNumber(value), traceId, spanId };
}

function toNumber(value: number): object {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
    ? { asInt: String(value) }
    : { asDouble: Object.is(value, -0) ? '-0' : value };
}
