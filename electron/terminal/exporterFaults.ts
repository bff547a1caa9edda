/** What exporters could not send, at the end of a command: nobody looks into the settings of a program that is over. */
import { SIGNALS } from '../../shared/telemetrySettings.ts';
import type { ExporterStatus, Signal, SignalCounts } from '../../shared/telemetrySettings.ts';
import { formatCount } from '../../shared/units.ts';

/** A line for each exporter that something went wrong with, of what it says after it was closed. */
export function exporterFaults(exporters: readonly ExporterStatus[]): readonly string[] {
  return exporters.flatMap((exporter) => {
    const { id, state, target, lastError } = exporter;
    const told = SIGNALS.flatMap((signal) => {
      const counts = exporter.signals[signal];
      const left = counts === undefined ? '' : leftText(exporter.kind, counts);
      return left === '' ? [] : [`${UNITS[signal]}: ${left}.`];
    });
    if (told.length === 0 && state !== 'failed' && state !== 'waiting') return [];
    const parts = [lastError === null ? [] : [lastError.message], told.length === 0 ? [] : [told.join(' ')]];
    return [`Exporter ${id} (${target}): ${parts.flat().map(withStop).join(' ')}`];
  });
}

const UNITS: Readonly<Record<Signal, string>> = { traces: 'Spans', metrics: 'Points', logs: 'Logs' };

function leftText(
  kind: ExporterStatus['kind'],
  { rejected, dropped, queued, spooled }: SignalCounts,
): string {
  const left = [
    // Of a scraped endpoint these are metrics whose name another one has.
    [kind === 'prometheus' ? 0 : rejected, 'refused'],
    // Nothing comes of what is still in memory.
    [dropped + queued, 'given up'],
    [spooled, 'waiting on disk'],
  ] as const;
  return left
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatCount(count)} ${what}`)
    .join(', ');
}

const withStop = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
