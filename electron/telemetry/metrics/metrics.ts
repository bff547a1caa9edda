/**
 * Counting as the program sees it: totals since the start, read when somebody asks. The program's own instruments
 * count in cells that cost nanoseconds; code written against the OpenTelemetry API gets the SDK's.
 */
import type { Attributes } from '../../../shared/span.ts';
import type { Metrics } from '../api.ts';
import type { InstrumentContext } from './instruments.ts';
import { createRegistry } from './registry.ts';
import { createSdkMeters } from './sdkMeters.ts';

export type MetricsConfig = InstrumentContext & {
  /** What identifies this process. */
  readonly resource: Attributes;
  /** Called before totals are read. */
  readonly beforeCollect?: () => void;
};

export function createMetrics(config: MetricsConfig): Metrics & { shutdown(): Promise<void> } {
  const { clear, ...own } = createRegistry(config);
  const sdk = createSdkMeters(config);
  return {
    ...own,
    meter: sdk.meter,
    async collect() {
      try {
        config.beforeCollect?.();
      } catch (thrown) {
        config.onFault(thrown);
      }
      return (await Promise.all([own.collect(), sdk.collect()])).flat();
    },
    shutdown() {
      clear();
      return sdk.shutdown();
    },
  };
}
