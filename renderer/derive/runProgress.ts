/** What a run's counters say in words and shares. */
import type { RunProgress, RunState } from '../../shared/run.ts';

/** Rows that need no more work in this run. */
export function settledRows(run: RunProgress): number {
  return run.done + run.duplicates + run.skipped + run.failed;
}

/** 0..1; an empty list counts as finished. */
export function progressShare(run: RunProgress): number {
  return run.terms === 0 ? 1 : Math.min(1, settledRows(run) / run.terms);
}

/** Whether the pipeline holds this run in its hands right now. */
export function isActive(state: RunState): boolean {
  return state === 'running' || state === 'paused';
}

/** Whether rows are left that `resume` would go on with. */
export function isResumable(run: RunProgress): boolean {
  return (
    (run.state === 'interrupted' || run.state === 'cancelled' || run.state === 'paused') &&
    settledRows(run) < run.terms
  );
}

export const RUN_STATE_LABELS: Readonly<Record<RunState, string>> = {
  running: 'Running',
  paused: 'Paused',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  done: 'Done',
};

/** `about 2 m`, rounded so that it does not flicker; `–` while nothing can be said. */
export function formatEta(etaMs: number | null): string {
  if (etaMs === null || !Number.isFinite(etaMs)) return '–';
  if (etaMs < 1500) return 'a moment';
  const seconds = Math.round(etaMs / 1000);
  if (seconds < 60) return `about ${seconds < 10 ? seconds : Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${minutes} m`;
  return `about ${(minutes / 60).toFixed(1)} h`;
}

/** One sentence for the live region when a run comes to rest. */
export function runOutcome(run: RunProgress): string {
  const parts = [`${run.cards} ${run.cards === 1 ? 'card' : 'cards'} from ${run.terms} rows`];
  if (run.duplicates > 0) parts.push(`${run.duplicates} already in the deck`);
  if (run.skipped > 0) parts.push(`${run.skipped} skipped`);
  if (run.failed > 0) parts.push(`${run.failed} failed`);
  return parts.join(', ');
}
