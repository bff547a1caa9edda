import { useMemo, useState } from 'react';
import { countOf } from '../../shared/units.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { AggregateFlame } from '../flame/AggregateFlame.tsx';
import type { Measure } from '../flame/measures.ts';
import type { Operation } from '../flame/sandwich.ts';
import { SandwichFlame } from '../flame/SandwichFlame.tsx';
import { traceCallTree } from '../flame/traceCallTree.ts';
import { useFallingBehind } from '../waterfall/useClock.ts';

export type MergedTraceProps = {
  readonly tree: TraceTree;
  readonly revision: number;
  readonly clock: () => number;
  /** A node of the trace; -1 for none. */
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly matches: Uint8Array | null;
  readonly fitRequest: number;
  /** Not given: kept here. */
  readonly measure?: Measure;
  readonly onMeasure?: (measure: Measure) => void;
};

/** One trace merged by call path, and from there the callers and callees of one of its operations. */
export function MergedTrace(props: MergedTraceProps) {
  const { tree, revision, clock, selected, onSelect, matches, fitRequest } = props;
  const [ownMeasure, setOwnMeasure] = useState<Measure>('self');
  const [operation, setOperation] = useState<Operation | null>(null);
  const pace = useFallingBehind(revision);
  const merged = useMemo(() => {
    const began = performance.now();
    const found = traceCallTree(tree, clock());
    // Boxes that change places ten times a second cannot be read.
    pace.took(Math.max(125, performance.now() - began));
    return found;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tree, clock, pace.revision]);
  const { pathOf, longest } = merged;
  const found = useMemo(() => {
    if (matches === null) return null;
    const byPath = new Uint8Array(merged.tree.nodes);
    merged.pathOf.forEach((path, node) => {
      if (matches[node] === 1) byPath[path] = 1;
    });
    return byPath;
  }, [matches, merged]);
  const measure = props.measure ?? ownMeasure;
  const onMeasure = (next: Measure) => {
    setOwnMeasure(next);
    props.onMeasure?.(next);
  };
  const open = ({ spanId }: { readonly spanId: string }) => onSelect(tree.nodeOf(spanId));
  if (operation !== null) {
    return (
      <div className="merged-trace">
        <SandwichFlame
          tree={merged.tree}
          operation={operation}
          onOperation={setOperation}
          measure={measure}
          onMeasure={onMeasure}
          onOpenSpan={open}
          onBack={() => setOperation(null)}
          isEmbedded
        />
      </div>
    );
  }
  return (
    <div className="merged-trace">
      <AggregateFlame
        tree={merged.tree}
        measure={measure}
        onMeasure={onMeasure}
        selected={selected >= 0 && selected < pathOf.length ? pathOf[selected]! : -1}
        onSelect={(path) => onSelect(path < 0 ? -1 : longest[path]!)}
        onSandwich={setOperation}
        matches={found}
        fitRequest={fitRequest}
        label={`Left-heavy graph of ${countOf(merged.tree.nodes, 'call path')}, the heaviest on the left`}
        isEmbedded
      />
    </div>
  );
}
