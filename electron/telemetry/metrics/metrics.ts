/**
 * Counting as the program sees it: totals since the start, in cells that cost nanoseconds, read when somebody
 * asks. Nothing here throws on account of a value, a name or a callback.
 */
import type { Metrics, TraceIds } from '../api.ts';
import type { Scope } from './instruments.ts';
import { createOtelMeter } from './otelMeter.ts';
import { createRegistry } from './registry.ts';

export type MetricsConfig = {
  /** The program's own; a meter of this name and version gives the program's own instruments. */
  readonly scope: Scope;
  /** The active span, for exemplars. */
  readonly currentIds: () => TraceIds | null;
  /** Over every text in attributes, once a combination of attributes. */
  readonly redactText?: (text: string) => string;
  /** Whether an attribute of this name is a secret whatever it holds. */
  readonly isSecretKey?: (key: string) => boolean;
  /** Called where a value, a name or a callback was refused or failed. */
  readonly onFault: () => void;
};

export function createMetrics(config: MetricsConfig): Metrics & { shutdown(): Promise<void> } {
  const registry = createRegistry(config);
  const observable =
    (kind: 'gauge' | 'counter'): Metrics['observableGauge'] =>
    (name, options, observe) => {
      const instrument = registry.observable(kind, name, options, null);
      // Wrapped, so that the same function given twice can be ended once.
      const callback: typeof observe = (report) => observe(report);
      instrument?.callbacks.add(callback);
      return () => void instrument?.callbacks.delete(callback);
    };
  return {
    counter: (name, options = {}) => registry.counter(name, options, null),
    upDownCounter: (name, options = {}) => registry.upDownCounter(name, options, null),
    gauge: (name, options = {}) => registry.gauge(name, options, null),
    histogram: (name, options = {}) => registry.histogram(name, options, null),
    observableGauge: observable('gauge'),
    observableCounter: observable('counter'),
    meter(name, version = '') {
      const isOwn = name === config.scope.name && version === config.scope.version;
      return createOtelMeter(registry, isOwn ? null : { name, version });
    },
    collect: () => registry.collect(),
    async shutdown() {
      registry.clear();
    },
  };
}
