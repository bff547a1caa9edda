import { useState } from 'react';
import type { Shown } from '../derive/shownTrace.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import type { Operation } from '../flame/sandwich.ts';
import { SandwichFlame } from '../flame/SandwichFlame.tsx';
import { useTraceCallTree } from './useTraceCallTree.ts';

type Props = {
  readonly tree: TraceTree;
  readonly shown: Shown;
  readonly revision: number;
  readonly clock: () => number;
  /** Its operation stands in the middle at first; -1: the largest. */
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly measure: Measure;
  readonly onMeasure: (measure: Measure) => void;
};

/** One operation of the trace with what calls it and what it calls. */
export function SandwichTrace(props: Props) {
  const { tree, shown, revision, clock, selected, onSelect, measure, onMeasure } = props;
  const [operation, setOperation] = useState<Operation | null>(() =>
    selected < 0 ? null : { name: tree.name(selected), service: '' },
  );
  const merged = useTraceCallTree(tree, revision, clock, shown);
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
