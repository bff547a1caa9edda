import '../styles/traceView.css';
import './tracesBeside.css';
import { useMemo, useState } from 'react';
import { countOf } from '../../shared/units.ts';
import { ALL_SHOWN, ShownTrace } from '../derive/shownTrace.ts';
import type { SpanTable } from '../derive/spanTable.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import type { TimeWindow } from '../flame/viewport.ts';
import { SpanPanel } from '../spanPanel/SpanPanel.tsx';
import { keepOptions, readOptions } from '../waterfall/waterfallOptions.ts';
import { BesideLane } from './BesideLane.tsx';
import { BesideTable } from './BesideTable.tsx';
import { commonAxis } from './besideAxis.ts';
import type { Alignment } from './besideAxis.ts';
import { useBesideTrees } from './useBesideTrees.ts';
import type { BesideTree } from './useBesideTrees.ts';
import { skewOf } from './useClockSkew.ts';

export type TracesBesideProps = {
  /** In the order shown; the first one is what the others are measured by. */
  readonly traceIds: readonly string[];
  /** Where they are held already; not given: out of the store. */
  readonly spans?: SpanTable;
  readonly initialWindow?: TimeWindow;
  /** Told what is in view, in ms after the axis' begin; `null` for everything. */
  readonly onWindow?: (window: TimeWindow | null) => void;
  /** Takes a trace out of the picture; not given: there is no way to. */
  readonly onRemove?: (traceId: string) => void;
};

/** Several traces below each other on one axis of time: zooming one zooms all. */
export function TracesBeside(props: TracesBesideProps) {
  const { traceIds, spans, onWindow, onRemove } = props;
  const loaded = useBesideTrees(traceIds, spans);
  const [isTable, setTable] = useState(false);
  const [align, setAlign] = useState<Alignment>('start');
  const [window, setWindow] = useState<TimeWindow | null>(props.initialWindow ?? null);
  const [selection, setSelection] = useState<{ readonly traceId: string; readonly node: number } | null>(
    null,
  );
  const trees = useMemo(() => loaded.flatMap(({ tree }) => (tree === null ? [] : [tree])), [loaded]);
  const skews = useMemo(() => trees.map((tree) => skewOf(tree, tree.latestMs)), [trees]);
  const [isAdjusted, setAdjusted] = useState(() => readOptions().adjustClocks);
  const shifts = useMemo(
    () => skews.map((skew) => (isAdjusted ? (skew?.shiftMs ?? null) : null)),
    [skews, isAdjusted],
  );
  const axis = useMemo(() => {
    const extents = trees.map((tree, at) => shownExtent(tree, shifts[at]!));
    return commonAxis(trees, align, extents);
  }, [trees, shifts, align]);
  const differing = skews.reduce((sum, skew) => sum + (skew === null ? 0 : 1), 0);
  const show = (next: TimeWindow | null) => {
    setWindow(next);
    onWindow?.(next);
  };
  const graphOf = ({ traceId, tree }: BesideTree) => {
    const at = tree === null ? -1 : trees.indexOf(tree);
    return {
      shiftMs: shifts[at] ?? null,
      beginMs: axis.beginsMs[at] ?? 0,
      lengthMs: axis.lengthMs,
      window,
      onWindow: show,
      selected: selection?.traceId === traceId ? selection.node : -1,
      onSelect: (node: number) => setSelection(node < 0 ? null : { traceId, node }),
    };
  };
  const shownTree = trees.find((tree) => tree.traceId === selection?.traceId);
  const [first] = trees;

  return (
    <section className="trace-view traces-beside" aria-label="Traces side by side">
      <div className="trace-toolbar">
        <span className="trace-counts">{countOf(traceIds.length, 'trace')} on one axis of time</span>
        <span className="beside-align" role="group" aria-label="Where the traces begin">
          <button
            data-action="From their starts"
            type="button"
            aria-pressed={align === 'start'}
            onClick={() => setAlign('start')}
          >
            From their starts
          </button>
          <button
            data-action="By the clock"
            type="button"
            aria-pressed={align === 'clock'}
            onClick={() => setAlign('clock')}
          >
            By the clock
          </button>
        </span>
        {differing > 0 && (
          <button
            data-action="Bring clocks together"
            type="button"
            aria-pressed={isAdjusted}
            title={`In ${countOf(differing, 'trace')} spans begin before what called them: move them into their callers`}
            onClick={() => {
              keepOptions({ ...readOptions(), adjustClocks: !isAdjusted });
              setAdjusted(!isAdjusted);
            }}
          >
            Bring clocks together
          </button>
        )}
        <span className="trace-counts beside-end">
          <button
            data-action="Show as table"
            type="button"
            aria-pressed={isTable}
            disabled={trees.length === 0}
            onClick={() => setTable(!isTable)}
          >
            Show as table
          </button>
          <button data-action="Fit" type="button" disabled={window === null} onClick={() => show(null)}>
            Fit
          </button>
        </span>
      </div>
      <div className="trace-view-body">
        {isTable && <BesideTable trees={trees} />}
        <div className="beside-lanes" hidden={isTable}>
          {loaded.map((one) => (
            <BesideLane
              key={one.traceId}
              {...one}
              first={first ?? null}
              onRemove={loaded.length > 1 ? onRemove : undefined}
              graph={graphOf(one)}
            />
          ))}
        </div>
        {shownTree !== undefined && selection !== null && (
          <SpanPanel
            key={`${selection.traceId} ${selection.node}`}
            tree={shownTree}
            node={selection.node}
            clock={() => shownTree.latestMs}
            live={false}
            onSelect={(node) => setSelection({ traceId: selection.traceId, node })}
            onClose={() => setSelection(null)}
          />
        )}
      </div>
    </section>
  );
}

function shownExtent(tree: TraceTree, shiftMs: Float64Array | null): readonly [number, number] {
  if (shiftMs === null) return tree.extent(tree.latestMs);
  const shown = new ShownTrace(tree);
  shown.update({ ...ALL_SHOWN, shiftMs });
  return shown.extent(tree.latestMs);
}
