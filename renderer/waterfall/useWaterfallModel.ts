import { useEffect, useMemo, useState } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import { adjusted, clockSkew } from './clockSkew.ts';
import type { ClockSkew } from './clockSkew.ts';
import { criticalView } from './criticalView.ts';
import type { CriticalView } from './criticalView.ts';
import type { FoldState } from './folds.ts';
import { inPlaceOf } from './inPlaceRows.ts';
import type { TraceLogs } from './inPlaceRows.ts';
import { siblingFigures } from './siblingFigures.ts';
import type { SiblingFigures } from './siblingFigures.ts';
import { useFallingBehind } from './useClock.ts';
import { liftedIndex, traceIndex } from './waterfallIndex.ts';
import type { TraceIndex } from './waterfallIndex.ts';
import type { WaterfallOptions } from './waterfallOptions.ts';
import { waterfallRows } from './waterfallRows.ts';
import type { SiblingGroup, WaterfallRows } from './waterfallRows.ts';

export type WaterfallModel = {
  /** The whole trace: times are asked of it. */
  readonly index: TraceIndex;
  /** The trace without its noise: rows and folds are asked of it. */
  readonly shown: TraceIndex;
  readonly rows: WaterfallRows;
  readonly skew: ClockSkew | null;
  /** What the rows' times were moved by. */
  readonly shiftMs: Float64Array | null;
  readonly figuresOf: (group: SiblingGroup) => SiblingFigures;
  /** As far behind the tree as the work that its growth causes allows. */
  readonly revision: number;
};

type Parts = {
  readonly tree: TraceTree;
  readonly revision: number;
  readonly clock: () => number;
  readonly folds: FoldState;
  readonly options: WaterfallOptions;
  readonly logs: TraceLogs | null;
  /** What alone is shown; `null`: everything. */
  readonly wanted: Uint8Array | null;
  /** 1 for what is hidden, unless it is looked for or selected; `null`: nothing. */
  readonly noise: Uint8Array | null;
  readonly selected: number;
};

/** Index and rows of a trace. The clock is read, not followed: what is open is as old in them as the index. */
export function useWaterfallModel(parts: Parts): WaterfallModel {
  const { tree, revision, clock, folds, options, logs, wanted, noise, selected } = parts;
  const pace = useFallingBehind(revision);
  const raw = useMemo(() => {
    const began = performance.now();
    const index = traceIndex(tree, clock());
    const skew = clockSkew(tree, index);
    pace.took((performance.now() - began) * 2);
    return { index, skew };
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, tree.rebuilds, clock, pace.revision]);
  const { skew } = raw;
  const index = useMemo(
    () => (skew !== null && options.adjustClocks ? adjusted(raw.index, skew) : raw.index),
    [raw, skew, options.adjustClocks],
  );
  const kept = noise !== null && noise[selected] === 1 ? selected : -1;
  const shown = useMemo(
    () =>
      noise === null
        ? index
        : liftedIndex(index, (node) => noise[node] === 1 && node !== kept && wanted?.[node] !== 1),
    [index, noise, kept, wanted],
  );
  const shiftMs = index === raw.index ? null : skew!.shiftMs;
  const inPlace = useMemo(
    () => inPlaceOf(tree, { events: options.events, logs: options.logs ? logs : null }, shiftMs),
    // Another index says that the tree has grown.
    // oxlint-disable-next-line react/exhaustive-deps
    [tree, index, options.events, options.logs, logs, shiftMs],
  );
  const rows = useMemo(
    () => waterfallRows(shown, folds, { nameOf: (id) => tree.table.nameOf(id), wanted, inPlace }),
    [tree, shown, folds, wanted, inPlace],
  );
  const figuresOf = useMemo(() => {
    // Folding makes groups anew; of one parent, operation and number they are the same.
    const known = new Map<string, SiblingFigures>();
    return (group: SiblingGroup) => {
      const key = `${group.key} ${group.nodes.length}`;
      let figures = known.get(key);
      if (figures === undefined) known.set(key, (figures = siblingFigures(tree, index, group)));
      return figures;
    };
    // Another filter may leave as many siblings, but others.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, index, shown, wanted]);
  return { index, shown, rows, skew, shiftMs, figuresOf, revision: pace.revision };
}

/** The critical path, behind the first picture and no more than an eighth of the time. */
export function useCriticalView(index: TraceIndex, isWanted: boolean): CriticalView | null {
  const [found, setFound] = useState<{ readonly index: TraceIndex; readonly view: CriticalView } | null>(
    null,
  );
  useEffect(() => {
    if (!isWanted) return undefined;
    const timer = setTimeout(() => setFound({ index, view: criticalView(index) }), 0);
    return () => clearTimeout(timer);
  }, [index, isWanted]);
  // While a trace grows the path of a moment ago is better than none: nodes stay the same.
  return isWanted && found !== null && found.index.count <= index.count ? found.view : null;
}
