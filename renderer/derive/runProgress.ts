/** What a run's counters say in words and shares. */
import type { RunProgress, RunState } from '../../shared/run.ts';
import { countOf, formatCount } from '../../shared/units.ts';

/** Rows that need no more work in this run. */
export function settledRows(run: RunProgress): number {
  return run.done + run.duplicates + run.skipped + run.failed;
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
export function runOutcome({ cards, terms, duplicates, skipped, failed }: RunProgress): string {
  const parts = [`${countOf(cards, 'card')} from ${countOf(terms, 'row')}`];
  if (duplicates > 0) parts.push(`${formatCount(duplicates)} already in the deck`);
  if (skipped > 0) parts.push(`${formatCount(skipped)} skipped`);
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  return parts.join(', ');
}

/** One sentence for the live region, the same until the run's state changes. */
export function runAnnouncement(run: RunProgress): string {
  if (run.state === 'running') return `Run started: ${countOf(run.terms, 'row')}.`;
  if (run.state === 'paused')
    return run.problem === null ? 'Run paused.' : `Run paused: ${run.problem.message}`;
  return `Run ${run.state}: ${runOutcome(run)}.`;
}

/** A running run this old without one settled row waits for its model. */
export const SERVER_WAIT_MS = 3000;

/** Whether a run is held up by its model, as far as its counters tell. */
export function isWaitingForServer(run: RunProgress, nowMs: number): boolean {
  return (
    run.state === 'running' &&
    run.generator !== 'offline' &&
    settledRows(run) === 0 &&
    nowMs - run.startedMs >= SERVER_WAIT_MS
  );
}

type Words = { readonly title: string; readonly text: string };

const WAITING: Words = {
  title: 'Waiting for the model…',
  text: 'No row is finished yet; the trace shows the calls under way. One that gets no answer is repeated for a while, then the run pauses. Nothing is lost.',
};

/** What stands where a run's cards will be, while there is none. */
export function noCardsYet(run: RunProgress, waiting: boolean): Words {
  if (waiting) return WAITING;
  if (isActive(run.state) && run.problem !== null) {
    return { title: 'The run stopped at a problem', text: run.problem.message };
  }
  if (run.state === 'paused')
    return { title: 'The run is paused', text: 'Cards appear here once it goes on.' };
  if (run.cards > 0) return { title: 'Reading the cards…', text: '' };
  if (run.state === 'running') {
    return settledRows(run) === 0
      ? { title: 'The first cards are on their way', text: 'They appear here as soon as a row is finished.' }
      : { title: 'No cards so far', text: 'They appear here as soon as a row becomes one.' };
  }
  if (run.state !== 'done')
    return { title: 'No cards', text: 'The run ended before a row became a new card.' };
  return {
    title: 'No cards',
    text:
      run.failed + run.skipped > 0
        ? 'No row of this list became a new card. The reasons are listed by row.'
        : 'Every row of this list was in the deck already.',
  };
}

/** What stands where rows without cards will be, while there is none. */
export function noRowsLeftOut(run: RunProgress, waiting: boolean): Words {
  if (waiting) return WAITING;
  if (isActive(run.state) && run.problem !== null) {
    return { title: 'No row left out so far', text: `The run stopped at a problem: ${run.problem.message}` };
  }
  if (isActive(run.state) || settledRows(run) < run.terms) {
    return {
      title: 'No row left out so far',
      text: isActive(run.state)
        ? 'Rows that become no card are listed here with their reason.'
        : `${run.terms - settledRows(run)} rows were not reached.`,
    };
  }
  return {
    title: 'Every row is accounted for',
    text: 'Every row became cards or was in the deck already.',
  };
}
