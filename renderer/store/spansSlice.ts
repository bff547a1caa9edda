/** What components need to know about spans. The spans themselves live in feed.ts's table, outside of here. */
import type { CallError } from '../../shared/ipc.ts';
import type { TraceSummary } from '../../shared/span.ts';
import type { Slice } from './index.ts';

export type SpansSlice = {
  /** Grows with every change of the live table. */
  readonly spansVersion: number;
  /** Spans this window cannot show live: dropped before it began to listen, or by its own table since. */
  readonly spansEvicted: number;
  readonly liveTraces: readonly TraceSummary[];
  readonly storedTraces: readonly TraceSummary[];
  readonly tracesLoading: boolean;
  /** Why the last read of the stored ones failed. */
  readonly tracesFault: CallError | null;

  readonly spansChanged: (change: {
    readonly version: number;
    readonly evicted: number;
    readonly traces: readonly TraceSummary[];
  }) => void;
  readonly tracesRequested: () => void;
  readonly tracesFailed: (fault: CallError) => void;
  readonly tracesLoaded: (traces: readonly TraceSummary[]) => void;
};

export const createSpansSlice: Slice<SpansSlice> = (set) => ({
  spansVersion: 0,
  spansEvicted: 0,
  liveTraces: [],
  storedTraces: [],
  tracesLoading: true,
  tracesFault: null,

  spansChanged: ({ version, evicted, traces }) =>
    set({ spansVersion: version, spansEvicted: evicted, liveTraces: traces }),
  tracesRequested: () => set({ tracesLoading: true, tracesFault: null }),
  tracesFailed: (tracesFault) => set({ tracesFault, tracesLoading: false }),
  tracesLoaded: (storedTraces) => set({ storedTraces, tracesLoading: false, tracesFault: null }),
});
