/** Runs as the main process last reported them, and each one's course since this window was opened. */
import type { CallError } from '../../shared/ipc.ts';
import type { LeftRow, RunProgress } from '../../shared/run.ts';
import { addSample, sampleOf } from '../derive/samples.ts';
import type { RunSample } from '../derive/samples.ts';
import type { Slice } from './index.ts';

export type RunsSlice = {
  /** Newest first. */
  readonly runs: readonly RunProgress[];
  readonly runsLoading: boolean;
  /** Why the last read of them failed. */
  readonly runsFault: CallError | null;
  /** One was asked for and has no number yet. */
  readonly runStarting: boolean;
  readonly samples: Readonly<Record<string, readonly RunSample[]>>;
  readonly rowErrors: Readonly<Record<string, readonly LeftRow[]>>;

  readonly runRequested: () => void;
  readonly runSettled: () => void;
  readonly runsRequested: () => void;
  readonly runsFailed: (fault: CallError) => void;
  readonly runsLoaded: (runs: readonly RunProgress[]) => void;
  readonly runChanged: (run: RunProgress) => void;
  readonly rowErrorsLoaded: (runId: string, errors: readonly LeftRow[]) => void;
};

export const createRunsSlice: Slice<RunsSlice> = (set) => ({
  runs: [],
  runsLoading: true,
  runsFault: null,
  runStarting: false,
  samples: {},
  rowErrors: {},

  runRequested: () => set({ runStarting: true }),
  runSettled: () => set({ runStarting: false }),
  runsRequested: () => set({ runsLoading: true, runsFault: null }),
  runsFailed: (runsFault) => set({ runsFault, runsLoading: false }),
  runsLoaded: (runs) => set({ runs, runsLoading: false, runsFault: null }),
  runChanged: (run) =>
    set((state) => ({
      runs: withRun(state.runs, run),
      samples: { ...state.samples, [run.runId]: addSample(state.samples[run.runId] ?? [], sampleOf(run)) },
    })),
  rowErrorsLoaded: (runId, errors) =>
    set((state) => ({ rowErrors: { ...state.rowErrors, [runId]: errors } })),
});

function withRun(runs: readonly RunProgress[], run: RunProgress): readonly RunProgress[] {
  const at = runs.findIndex((known) => known.runId === run.runId);
  return at < 0 ? [run, ...runs] : runs.with(at, run);
}
