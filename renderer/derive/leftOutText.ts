/** What a result is not, in words. */
import type { LeftOut } from '../../shared/traceQuery.ts';
import { countOf, formatCount } from '../../shared/units.ts';
import { formatWhen } from './clock.ts';

/** Sentences without full stops; none where nothing was left out. */
export function leftOutText(
  { more, scanned, unscanned, damaged = 0, prunedBeforeMs }: LeftOut,
  { what, fromMs, nowMs = Date.now() }: { what: string; fromMs?: number | null; nowMs?: number },
): readonly string[] {
  const notes: string[] = [];
  if (more) notes.push(`more ${what} match than are shown`);
  if (unscanned > 0) {
    notes.push(
      `looked at ${formatLarge(scanned)} spans; ${formatLarge(unscanned)} older ones not: the time limit`,
    );
  }
  if (damaged > 0) notes.push(`${countOf(damaged, 'span')} in damaged parts of the file cannot be read`);
  // What was pruned before the stretch of time that was asked for is nothing that is missing.
  if (prunedBeforeMs !== null && (fromMs ?? -Infinity) < prunedBeforeMs) {
    notes.push(`traces before ${formatWhen(prunedBeforeMs, nowMs)} have been pruned`);
  }
  return notes;
}

/** `950`, `12,400`, `1.2 M`. */
function formatLarge(count: number): string {
  return count < 1_000_000 ? formatCount(count) : `${(count / 1_000_000).toFixed(1)} M`;
}
