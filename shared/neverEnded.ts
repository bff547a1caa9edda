import type { TraceSummary } from './span.ts';

const SILENT_MS = 600_000;

/** Whether nothing has come for an open trace for so long that nothing will: its program was killed, or lost its end. */
export function hasNeverEnded(
  { durationMs, silentSinceMs = Infinity }: Pick<TraceSummary, 'durationMs' | 'silentSinceMs'>,
  nowMs = Date.now(),
): boolean {
  return durationMs === null && nowMs - silentSinceMs > SILENT_MS;
}
