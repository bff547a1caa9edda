/** Rules that hide noise: whether they hold in this window, and the one that is being made. Rules are settings. */
import type { NoiseRule } from '../../shared/settings.ts';
import type { TraceSummary } from '../../shared/span.ts';
import type { Slice } from './index.ts';

/** Whether a trace is noise; `null` where only the store can tell. */
export type NoiseTest = (trace: TraceSummary) => boolean | null;

export type NoiseSlice = {
  /** Until the window is closed, rules hide nothing. */
  readonly noiseShown: boolean;
  /** What the queries in `of` hide, once the language is loaded. */
  readonly noiseTest: { readonly of: readonly string[]; readonly test: NoiseTest } | null;
  /** A rule that is put together from something that was pointed at. */
  readonly ruleDraft: NoiseRule | null;
  readonly noiseShownChanged: (shown: boolean) => void;
  readonly noiseTestLoaded: (of: readonly string[], test: NoiseTest) => void;
  readonly ruleDrafted: (rule: NoiseRule | null) => void;
};

export const createNoiseSlice: Slice<NoiseSlice> = (set) => ({
  noiseShown: false,
  noiseTest: null,
  ruleDraft: null,
  noiseShownChanged: (noiseShown) => set({ noiseShown }),
  noiseTestLoaded: (of, test) => set({ noiseTest: { of, test } }),
  ruleDrafted: (ruleDraft) => set({ ruleDraft }),
});
