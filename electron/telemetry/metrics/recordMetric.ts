/** One-line metrics: the instrument is found by its name. */
import type { MetricKind, Metrics, Telemetry } from '../api.ts';

/** Of a name that was recorded before, its first kind holds. Not given, it is a histogram. */
export function createMetricRecorder(
  metrics: Metrics,
  onFault: (thrown?: unknown) => void,
): Telemetry['recordMetric'] {
  type Record = (value: number, attributes?: Parameters<Telemetry['recordMetric']>[2]) => void;
  const known = new Map<string, Record>();

  function make(name: string, kind: MetricKind): Record {
    if (kind === 'counter' || kind === 'upDownCounter') {
      const counter = metrics[kind](name);
      return (value, attributes) => counter.add(value, attributes);
    }
    const instrument = kind === 'gauge' ? metrics.gauge(name) : metrics.histogram(name);
    return (value, attributes) => instrument.record(value, attributes);
  }

  return (name, value, attributes, kind = 'histogram') => {
    try {
      let record = known.get(name);
      if (record === undefined) {
        record = make(name, kind);
        // Names that are made up at run time do not fill memory.
        if (known.size < MAX_NAMES) known.set(name, record);
      }
      record(value, attributes);
    } catch (thrown) {
      onFault(thrown);
    }
  };
}

const MAX_NAMES = 1000;
