import { useMemo, useState } from 'react';
import { AggregateFlame } from '../../flame/AggregateFlame.tsx';
import type { Measure } from '../../../shared/analysis/measures.ts';
import { SandwichFlame } from '../../flame/SandwichFlame.tsx';
import type { SearchRoute } from '../../store/traceCommands.ts';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { ClockNote, useAdjustClocks } from './ClockNote.tsx';
import { openSpan } from './openTrace.ts';
import { NoiseNote } from './NoiseNote.tsx';
import { useCallTree } from './useCallTree.ts';

type Operation = { readonly name: string; readonly service: string };

/** All traces that the search finds as one flame graph, and from there the callers and callees of an operation. */
export function FlameMode({ route }: { readonly route: SearchRoute }) {
  const { query, fromMs, toMs } = route;
  const [attempt, setAttempt] = useState(0);
  const [measure, setMeasure] = useState<Measure>('wall');
  const [operation, setOperation] = useState<Operation | null>(null);
  const [isTable, setTable] = useState(false);
  const side = useMemo(
    () => ({
      search: {
        ...(query === undefined ? {} : { query }),
        ...(fromMs === undefined ? {} : { fromMs }),
        ...(toMs === undefined ? {} : { toMs }),
      },
    }),
    [query, fromMs, toMs],
  );
  const clocks = useAdjustClocks();
  const load = useCallTree(side, attempt, clocks.isAdjusted);
  if (load.state === 'failed')
    return <ReadFault what="The traces" fault={load.error} onRetry={() => setAttempt(attempt + 1)} />;
  if (load.state !== 'loaded') {
    return (
      <p role="status" className="loading muted">
        Merging the traces…
      </p>
    );
  }
  const { tree, leftOut, hidden, hiddenSpans, skewedTraces = 0 } = load.found;
  const merged = { tree, leftOut, measure, onMeasure: setMeasure, onOpenSpan: openSpan };
  return (
    <div className="flame-mode">
      <NoiseNote hidden={hidden} spans={hiddenSpans ?? null} />
      <ClockNote {...clocks} traces={skewedTraces} />
      {operation !== null ? (
        <SandwichFlame
          {...merged}
          operation={operation}
          onOperation={setOperation}
          onBack={() => setOperation(null)}
        />
      ) : (
        <AggregateFlame {...merged} isTable={isTable} onTable={setTable} onSandwich={setOperation} />
      )}
    </div>
  );
}
