import { useEffect, useMemo, useState } from 'react';
import type { Dispatch, SetStateAction } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import { NOTHING_FOLDED } from './folds.ts';
import type { FoldState } from './folds.ts';
import type { WaterfallOptions } from './waterfallOptions.ts';

/** What is folded: as at first for every trace, and again when its nodes mean something else. */
export function useFolds(
  tree: TraceTree,
  { errorsFirst, foldRepeats }: WaterfallOptions,
): [folds: FoldState, setFolds: Dispatch<SetStateAction<FoldState>>] {
  const [folds, setFolds] = useState<FoldState>(NOTHING_FOLDED);
  useEffect(() => setFolds(NOTHING_FOLDED), [tree, tree.rebuilds]);
  const whole = useMemo(() => ({ ...folds, errorsFirst, foldRepeats }), [folds, errorsFirst, foldRepeats]);
  return [whole, setFolds];
}
