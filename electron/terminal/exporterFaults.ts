/** What exporters could not send, at the end of a command: nobody looks into the settings of a program that is over. */
import { SIGNALS } from '../../shared/telemetrySettings.ts';
import type { ExporterStatus, SignalCounts } from '../../shared/telemetrySettings.ts';
import { formatCount } from '../../shared/units.ts';

/** A line for each exporter that something went wrong with, of what it says after it was closed. */
export function exporterFaults(exporters: readonly ExporterStatus[]): readonly string[] {
  return exporters.flatMap((exporter) => {
    const { id, state, target, lastError } = exporter;
    const sum = (count: keyof SignalCounts): number =>
      SIGNALS.reduce((all, signal) => all + (exporter.signals[signal]?.[count] ?? 0), 0);
    const left = [
      // Of a scraped endpoint these are metrics whose name another one has.
      [exporter.kind === 'prometheus' ? 0 : sum('rejected'), 'refused'],
      // Nothing comes of what is still in memory.
      [sum('dropped') + sum('queued'), 'given up'],
      [sum('spooled'), 'waiting on disk'],
    ] as const;
    const told = left.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
    if (told.length === 0 && state !== 'failed' && state !== 'waiting') return [];
    const parts = [
      lastError?.message ?? '',
      told.length === 0 ? '' : `Spans, logs and points: ${told.join(', ')}.`,
    ];
    return [`Exporter ${id} (${target}): ${parts.filter((part) => part !== '').join(' ')}`];
  });
}
