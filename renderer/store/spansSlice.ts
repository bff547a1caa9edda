/** What components need to know about spans. The spans themselves live in feed.ts's table, outside of here. */
import type { TraceSummary } from '../../shared/span.ts';
import type { Slice } from './index.ts';

export type SpansSlice = {
  /** Grows with every change of the live table. */
  readonly spansVersion: number;
  /** Spans this window cannot show live: dropped before it began to listen, or by its own table since. */
  readonly spansEvicted: number;
  readonly liveTraces: readonly TraceSummary[];

  readonly spansChanged: (change: {
    readonly version: number;
    readonly evicted: number;
    readonly traces: readonly TraceSummary[];
  }) => void;
};

export const createSpansSlice: Slice<SpansSlice> = (set) => ({
  spansVersion: 0,
  spansEvicted: 0,
  liveTraces: [],

  spansChanged: ({ version, evicted, traces }) =>
    set({ spansVersion: version, spansEvicted: evicted, liveTraces: traces }),
});
