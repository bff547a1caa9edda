/** Metrics as plain data, read when somebody asks. */
import { DataPointType, MetricReader } from '@opentelemetry/sdk-metrics';
import type { Histogram, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { HistogramValue, MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes } from '../../../shared/span.ts';

/** Collects on demand alone: no timer. Values are totals since the start. */
export class OnDemandMetricReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

export function toMetricSnapshots({ scopeMetrics }: ResourceMetrics): MetricSnapshot[] {
  const snapshots: MetricSnapshot[] = [];
  for (const { metrics } of scopeMetrics) {
    for (const metric of metrics) {
      const { name, unit, description } = metric.descriptor;
      if (metric.dataPointType === DataPointType.HISTOGRAM) {
        const points = metric.dataPoints.map(({ attributes, value }) => ({
          attributes: attributes as Attributes,
          value: toHistogramValue(value),
        }));
        snapshots.push({ name, unit, description, kind: 'histogram', points });
      } else if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) {
        const points = metric.dataPoints.map(({ attributes, value }) => ({
          attributes: attributes as Attributes,
          value,
        }));
        const kind = metric.dataPointType === DataPointType.SUM ? 'counter' : 'gauge';
        snapshots.push({ name, unit, description, kind, points });
      }
    }
  }
  return snapshots;
}

function toHistogramValue({ count, sum, min, max, buckets }: Histogram): HistogramValue {
  return {
    count,
    sum: sum ?? 0,
    min: count > 0 ? (min ?? null) : null,
    max: count > 0 ? (max ?? null) : null,
    boundaries: buckets.boundaries,
    counts: buckets.counts,
  };
}
