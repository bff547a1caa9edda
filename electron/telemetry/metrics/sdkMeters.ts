/** The OpenTelemetry SDK's meters, for code written against its API, and what they counted in our form. */
import { createNoopMeter } from '@opentelemetry/api';
import type { Meter } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { DetectedResourceAttributes } from '@opentelemetry/resources';
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { DataPoint, Histogram, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { addHistograms } from '../../../shared/metric.ts';
import type { HistogramValue, MetricPoint, MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes } from '../../../shared/span.ts';
import { attributesKey, clean } from './attributeCells.ts';
import type { Cleaning } from './attributeCells.ts';
import { CALLBACK_TIMEOUT_MS } from './observables.ts';

export type SdkMeters = {
  meter(name: string, version?: string): Meter;
  /** Never rejects. Callbacks that throw or do not end in time are faults, and what they reported is lost. */
  collect(): Promise<readonly MetricSnapshot[]>;
  shutdown(): Promise<void>;
};

/** Reads when it is asked to and has no timer. Values are totals since the start. */
class OnDemandReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** @param options.resource - what identifies this process */
export function createSdkMeters(options: Cleaning & { readonly resource: Attributes }): SdkMeters {
  const { onFault } = options;
  let sdk: { readonly reader: MetricReader; readonly provider: MeterProvider } | null = null;
  let isShutDown = false;

  function start() {
    const reader = new OnDemandReader();
    const resource = resourceFromAttributes(options.resource as DetectedResourceAttributes);
    return { reader, provider: new MeterProvider({ resource, readers: [reader] }) };
  }

  return {
    meter(name, version) {
      if (isShutDown) return createNoopMeter();
      sdk ??= start();
      return sdk.provider.getMeter(name, version);
    },
    async collect() {
      if (sdk === null) return [];
      try {
        const { resourceMetrics, errors } = await sdk.reader.collect({ timeoutMillis: CALLBACK_TIMEOUT_MS });
        errors.forEach(onFault);
        return resourceMetrics.scopeMetrics.flatMap((scopeMetrics) => toSnapshots(scopeMetrics, options));
      } catch (thrown) {
        onFault(thrown);
        return [];
      }
    },
    async shutdown() {
      const ending = sdk;
      sdk = null;
      isShutDown = true;
      await ending?.provider.shutdown();
    },
  };
}

function toSnapshots({ scope, metrics }: ScopeMetrics, cleaning: Cleaning): MetricSnapshot[] {
  return metrics.flatMap((metric): MetricSnapshot[] => {
    const { name, unit, description: given } = metric.descriptor;
    const description = cleaning.redactText?.(given) ?? given;
    const described = { name, unit, description, scope: { name: scope.name, version: scope.version ?? '' } };
    switch (metric.dataPointType) {
      case DataPointType.HISTOGRAM: {
        const points = toPoints(metric.dataPoints, toHistogramValue, addHistograms, cleaning);
        return [{ ...described, kind: 'histogram', points }];
      }
      case DataPointType.GAUGE: {
        const points = toPoints(metric.dataPoints, Number, (_first, second) => second, cleaning);
        return [{ ...described, kind: 'gauge', points }];
      }
      case DataPointType.SUM: {
        const points = toPoints(metric.dataPoints, Number, (first, second) => first + second, cleaning);
        return [{ ...described, kind: metric.isMonotonic ? 'counter' : 'upDownCounter', points }];
      }
      // Exponential histograms are to be asked for, and nobody here does.
      default:
        return [];
    }
  });
}

/** Attributes that differ by their secrets alone are one point. */
function toPoints<Given, Value>(
  dataPoints: readonly DataPoint<Given>[],
  toValue: (given: Given) => Value,
  add: (first: Value, second: Value) => Value,
  cleaning: Cleaning,
): MetricPoint<Value>[] {
  const points = new Map<string, MetricPoint<Value>>();
  for (const { attributes: given, value: givenValue } of dataPoints) {
    const attributes = clean(given as Attributes, cleaning);
    const value = toValue(givenValue);
    const key = attributesKey(attributes);
    const same = points.get(key);
    points.set(key, { attributes, value: same === undefined ? value : add(same.value, value) });
  }
  return [...points.values()];
}

function toHistogramValue({ count, sum = 0, min, max, buckets }: Histogram): HistogramValue {
  const { boundaries, counts } = buckets;
  return { count, sum, min: min ?? null, max: max ?? null, boundaries, counts };
}
