/** The OpenTelemetry SDK's own metrics, in our form: what our instruments are compared with. */
import type { Meter } from '@opentelemetry/api';
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { Histogram, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { HistogramValue, MetricSnapshot } from '../../../../shared/metric.ts';
import type { Attributes } from '../../../../shared/span.ts';

/** Collects on demand alone: no timer. Values are totals since the start. */
class OnDemandReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

export function createSdkMetrics(): {
  readonly meter: Meter;
  readonly collect: () => Promise<readonly MetricSnapshot[]>;
} {
  const reader = new OnDemandReader();
  const provider = new MeterProvider({ readers: [reader] });
  return {
    meter: provider.getMeter('sdk'),
    collect: async () => toMetricSnapshots((await reader.collect()).resourceMetrics),
  };
}

function toMetricSnapshots({ scopeMetrics }: ResourceMetrics): MetricSnapshot[] {
  const snapshots: MetricSnapshot[] = [];
  for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
    const { name, unit, description } = metric.descriptor;
    const described = { name, unit, description };
    const { dataPointType: type } = metric;
    if (type === DataPointType.HISTOGRAM) {
      const points = metric.dataPoints.map(({ attributes, value }) => ({
        attributes: attributes as Attributes,
        value: toHistogramValue(value),
      }));
      snapshots.push({ ...described, kind: 'histogram', points });
    } else if (type !== DataPointType.EXPONENTIAL_HISTOGRAM) {
      const points = metric.dataPoints.map(({ attributes, value }) => ({
        attributes: attributes as Attributes,
        value,
      }));
      const sum = type === DataPointType.SUM && metric.isMonotonic ? 'counter' : 'upDownCounter';
      snapshots.push({ ...described, kind: type === DataPointType.GAUGE ? 'gauge' : sum, points });
    }
  }
  return snapshots;
}

function toHistogramValue({ count, sum = 0, min, max, buckets }: Histogram): HistogramValue {
  const { boundaries, counts } = buckets;
  return { count, sum, min: min ?? null, max: max ?? null, boundaries, counts };
}
