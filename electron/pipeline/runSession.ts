/** One session of a run: from its start or resume in this process to its rest, and how the run stands meanwhile. */
import type { RunProgress } from '../../shared/run.ts';
import { createGate, type Gate } from './gate.ts';
import type { SavedItem, StoredRun } from './ports.ts';

export type Session = {
  readonly gate: Gate;
  readonly abort: AbortController;
  /** What the abort means for the run's state. */
  ending: 'cancelled' | 'interrupted';
  /** What went wrong beside the pipeline; `null` for nothing. */
  fault: unknown;
  run: StoredRun;
  /** Where this session's clock started; `null` while it is paused. */
  runningSince: number | null;
  /** Active milliseconds before `runningSince`, all sessions. */
  activeMsBefore: number;
  readonly atStart: { readonly settled: number; readonly cards: number; readonly activeMs: number };
  readonly finished: Promise<void>;
  /** Resolves `finished`. */
  readonly close: () => void;
};

/** @param nowMs - monotonic milliseconds, as everywhere here */
export function openSession(run: StoredRun, nowMs: number): Session {
  let close = () => {};
  return {
    gate: createGate(),
    abort: new AbortController(),
    ending: 'cancelled',
    fault: null,
    run,
    runningSince: nowMs,
    activeMsBefore: run.activeMs,
    atStart: { settled: settledCount(run), cards: run.cards, activeMs: run.activeMs },
    finished: new Promise<void>((resolve) => (close = resolve)),
    close: () => close(),
  };
}

/** Milliseconds that the run was worked on, all sessions. */
export function activeMs(session: Session, nowMs: number): number {
  return session.activeMsBefore + (session.runningSince === null ? 0 : nowMs - session.runningSince);
}

/** How a run stands; pace and time left are of the session, where it is worked on here. */
export function progressOf(run: StoredRun, session: Session | undefined, nowMs: number): RunProgress {
  const { settings, ...rest } = run;
  const active = session === undefined ? run.activeMs : activeMs(session, nowMs);
  const since = session?.atStart ?? { settled: 0, cards: 0, activeMs: 0 };
  const sessionMs = active - since.activeMs;
  const settledHere = settledCount(run) - since.settled;
  const left = run.terms - settledCount(run);
  return {
    ...rest,
    deck: settings.deck,
    generator: settings.generator,
    activeMs: active,
    notes: run.done,
    cardsPerMinute: sessionMs > 0 ? ((run.cards - since.cards) / sessionMs) * 60_000 : 0,
    etaMs: left === 0 ? 0 : settledHere > 0 && session ? (sessionMs / settledHere) * left : null,
  };
}

/** Adds settled rows to the run's totals. */
export function countSaved(session: Session, saved: readonly SavedItem[], stages: StoredRun['stages']): void {
  const { run } = session;
  const of = (state: SavedItem['state']) => saved.filter((item) => item.state === state).length;
  session.run = {
    ...run,
    stages,
    done: run.done + of('done'),
    duplicates: run.duplicates + of('duplicate'),
    skipped: run.skipped + of('skipped'),
    failed: run.failed + of('failed'),
    cards: saved.reduce((sum, { cards }) => sum + cards.length, run.cards),
  };
}

function settledCount({ done, duplicates, skipped, failed }: StoredRun): number {
  return done + duplicates + skipped + failed;
}
