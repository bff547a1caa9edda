import { useState } from 'react';
import type { Shown } from '../derive/shownTrace.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import type { Operation } from '../flame/sandwich.ts';
import { SandwichFlame } from '../flame/SandwichFlame.tsx';
import { useTraceCallTree } from './useTraceCallTree.ts';

export type SandwichTraceProps = {
  readonly tree: TraceTree;
  readonly shown: Shown;
  readonly revision: number;
  readonly clock: () => number;
  /** A node of the trace; -1 for none. */
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly measure: Measure;
  readonly onMeasure: (measure: Measure) => void;
};

/** One operation of the trace with what calls it and what it calls: at first that of the selected span, else the largest. */
export function SandwichTrace(props: SandwichTraceProps) {
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
