import { useEffect, useMemo, useState } from 'react';
import { ShownTrace } from '../derive/shownTrace.ts';
import type { DrawnTrace, Shown } from '../derive/shownTrace.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import type { SpanNoise } from '../waterfall/useSpanNoise.ts';

const STALE_RETRY_MS = 120;

type Parts = {
  readonly tree: TraceTree;
  readonly revision: number;
  readonly noise: SpanNoise;
  /** What brings clocks together; `null`: times as they were recorded. */
  readonly shiftMs: Float64Array | null;
  /** Shown even where a rule hides it; -1: none. */
  readonly selected: number;
};

/**
 * What graphs draw of a trace: the tree itself where nothing is hidden or moved, and until the rules were asked about
 * all of it for the first time.
 */
export function useShownTrace({ tree, revision, noise, shiftMs, selected }: Parts): {
  readonly drawn: DrawnTrace;
  /** The same for what merges spans, where a selected one needs no place of its own. */
  readonly shown: Shown;
} {
  const { hidden, searched } = noise;
  const trace = useMemo(() => new ShownTrace(tree), [tree]);
  const [retry, setRetry] = useState(0);
  const kept = hidden?.[selected] === 1 ? selected : -1;
  const isNeeded = hidden !== null || shiftMs !== null;
  const isKnown = hidden === null || searched >= tree.size;
  // Updating twice changes nothing, so it may happen while rendering.
  useMemo(() => {
    if (isNeeded && isKnown) trace.update({ hidden, kept, shiftMs });
    // oxlint-disable-next-line react/exhaustive-deps
  }, [trace, tree.rebuilds, revision, isNeeded, isKnown, hidden, kept, shiftMs, retry]);
  const { isStale } = trace;
  useEffect(() => {
    if (!isStale) return undefined;
    const timer = setTimeout(() => setRetry((count) => count + 1), STALE_RETRY_MS);
    return () => clearTimeout(timer);
  }, [isStale, revision, retry]);
  const drawn = isNeeded && trace.fits ? trace : tree;
  useEffect(() => {
    // Rows of the picture that is not drawn now.
    if (drawn === tree) trace.forgetTracks();
    else tree.forgetTracks();
  }, [drawn, trace, tree]);
  const shown = useMemo(() => ({ hidden, kept: -1, shiftMs }), [hidden, shiftMs]);
  return { drawn, shown };
}
