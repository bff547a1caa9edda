/** Telemetry for one test, shut down after it, and what it recorded. */
import { afterEach } from 'vitest';
import type { SpanRecord } from '../../../shared/span.ts';
import { initTelemetry, recordedSpans } from '../../../electron/telemetry/index.ts';
import type { Telemetry, TelemetryConfig } from '../../../electron/telemetry/index.ts';

const started: Telemetry[] = [];
afterEach(async () => {
  for (const telemetry of started.splice(0)) await telemetry.shutdown(1000);
});

export function startTelemetry(config: Partial<TelemetryConfig> = {}): Telemetry {
  const telemetry = initTelemetry({ version: '1.2.3', ...config });
  started.push(telemetry);
  return telemetry;
}

/** The span of that name; fails where there is none. */
export function spanNamed(telemetry: Telemetry, name: string): SpanRecord {
  const span = recordedSpans(telemetry).find((one) => one.name === name);
  if (span === undefined) throw new Error(`No span "${name}" was recorded.`);
  return span;
}
