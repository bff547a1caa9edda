import { useMemo, useState } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import type { Measure } from '../flame/measures.ts';
import type { Operation } from '../flame/sandwich.ts';
import { SandwichFlame } from '../flame/SandwichFlame.tsx';
import { traceCallTree } from '../flame/traceCallTree.ts';
import { useFallingBehind } from '../waterfall/useClock.ts';

type Props = {
  readonly tree: TraceTree;
  readonly revision: number;
  readonly clock: () => number;
  /** Its operation stands in the middle at first; -1: the largest. */
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly measure: Measure;
  readonly onMeasure: (measure: Measure) => void;
};

/** One operation of the trace with what calls it and what it calls. */
export function SandwichTrace({ tree, revision, clock, selected, onSelect, measure, onMeasure }: Props) {
  const [operation, setOperation] = useState<Operation | null>(() =>
    selected < 0 ? null : { name: tree.name(selected), service: '' },
  );
  const pace = useFallingBehind(revision);
  const merged = useMemo(() => {
    const began = performance.now();
    const found = traceCallTree(tree, clock());
    pace.took(Math.max(125, performance.now() - began));
    return found;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tree, clock, pace.revision]);
  return (
    <SandwichFlame
      tree={merged.tree}
      operation={operation}
      onOperation={setOperation}
      measure={measure}
      onMeasure={onMeasure}
      onOpenSpan={({ spanId }) => onSelect(tree.nodeOf(spanId))}
      isEmbedded
    />
  );
}
