/** What an exporter is given, and settings for it, in tests. */
import type { ExportContext } from '../../../../electron/telemetry/export/exporter.ts';
import type { ExporterStatus, Signal } from '../../../../shared/telemetrySettings.ts';

export function exportContext(part: Partial<ExportContext> = {}): ExportContext {
  return {
    resource: { 'service.name': 'tracedeck', 'service.version': '0.1.0' },
    scope: { name: 'tracedeck', version: '0.1.0' },
    spoolDir: null,
    env: {},
    pullMetrics: () => Promise.resolve([]),
    startedMs: 1_790_000_000_000,
    print: () => undefined,
    ...part,
  };
}

/** `[taken, sent, dropped, queued]`. @throws Error where they do not add up */
export function countsOf(status: ExporterStatus, signal: Signal = 'traces'): number[] {
  const { taken, sent, rejected, dropped, queued, spooled } = status.signals[signal]!;
  if (taken !== sent + rejected + dropped + queued + spooled) throw new Error(JSON.stringify(status));
  return [taken, sent, dropped, queued];
}
