import { useMemo, useState } from 'react';
import { countOf } from '../../shared/units.ts';
import { AggregateFlame } from '../flame/AggregateFlame.tsx';
import type { Operation } from '../flame/sandwich.ts';
import { SandwichFlame } from '../flame/SandwichFlame.tsx';
import type { SandwichTraceProps } from './SandwichTrace.tsx';
import { useTraceCallTree } from './useTraceCallTree.ts';

type Props = SandwichTraceProps & {
  readonly matches: Uint8Array | null;
  readonly fitRequest: number;
};

/** One trace merged by call path, and from there the callers and callees of one of its operations. */
export function MergedTrace(props: Props) {
  const { tree, shown, revision, clock, selected, onSelect, matches, fitRequest, measure, onMeasure } = props;
  const [operation, setOperation] = useState<Operation | null>(null);
  const merged = useTraceCallTree(tree, revision, clock, shown);
  const { pathOf, longest } = merged;
  const found = useMemo(() => {
    if (matches === null) return null;
    const byPath = new Uint8Array(merged.tree.nodes);
    merged.pathOf.forEach((path, node) => {
      if (matches[node] === 1) byPath[path] = 1;
    });
    return byPath;
  }, [matches, merged]);
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
