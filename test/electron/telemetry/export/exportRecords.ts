/** Plain records with numbers in them, and waiting for what other threads and sockets do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricSnapshot } from '../../../../shared/metric.ts';
import type { LogRecord, SpanRecord } from '../../../../shared/span.ts';
import type { ExporterStatus, OtlpExporterSettings } from '../../../../shared/telemetrySettings.ts';
import { otlpExporterSchema } from '../../../../shared/telemetrySettings.ts';
import type { DeliveryTiming } from '../../../../electron/telemetry/export/deliveryOptions.ts';
import type { ExportContext } from '../../../../electron/telemetry/export/exporter.ts';

export const QUICK: DeliveryTiming = {
  batchMs: 5,
  spoolMs: 5,
  backoffMs: 10,
  maxBackoffMs: 40,
  maxRetryAfterMs: 600_000,
  spoolAfter: 2,
  repairMs: 60_000,
};

export function numberedSpans(from: number, count: number): SpanRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: (from + index + 1).toString(16).padStart(16, '0'),
    parentSpanId: null,
    name: 'step',
    kind: 'internal',
    startMs: 1_700_000_000_000 + index,
    endMs: 1_700_000_000_001 + index,
    status: 'unset',
    statusMessage: null,
    attributes: { number: from + index },
    events: [],
    links: [],
  }));
}
export function numberedLogs(from: number, count: number): LogRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    timeMs: 1_700_000_000_000 + index,
    level: 'info',
    message: `line ${from + index}`,
    attributes: {},
    traceId: null,
    spanId: null,
  }));
}
export function counterOf(points: number, value = 1): MetricSnapshot[] {
  return [
    {
      name: 'tries',
      unit: '{try}',
      description: 'Tries.',
      kind: 'counter',
      points: Array.from({ length: points }, (_, row) => ({ attributes: { row }, value })),
    },
  ];
}
export const numbersOf = (spans: readonly SpanRecord[]): number[] =>
  spans.map(({ attributes }) => attributes['number'] as number);
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export function otlpSettings(
  endpoint: string,
  other: Partial<OtlpExporterSettings> = {},
): OtlpExporterSettings {
  return { ...otlpExporterSchema.parse({ id: 'out', kind: 'otlp', endpoint }), ...other };
}
export function exportContext(other: Partial<ExportContext> = {}): ExportContext {
  return {
    resource: { 'service.name': 'test' },
    scope: { name: 'test', version: '1' },
    spoolDir: null,
    env: {},
    pullMetrics: async () => [],
    startedMs: 1_600_000_000_000,
    print: () => undefined,
    ...other,
  };
}

/** Waits for a condition; the test's own time limit is the only one. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

/** What must hold of an exporter's counts at every moment. @throws Error where it does not */
export function checkCounts(status: ExporterStatus): void {
  for (const [signal, counts] of Object.entries(status.signals)) {
    const { taken, sent, rejected, dropped, queued, spooled } = counts;
    const all = [sent, rejected, dropped, queued, spooled];
    if (taken !== all.reduce((sum, part) => sum + part, 0) || all.some((part) => part < 0)) {
      throw new Error(`The counts of ${signal} do not add up: ${JSON.stringify(counts)}`);
    }
  }
}
