import { useMemo } from 'react';
import { countOf, formatDuration } from '../../shared/units.ts';
import { formatMoment, formatWhen } from '../derive/clock.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { FlameGraph } from '../flame/FlameGraph.tsx';
import { timeModel } from '../flame/flameModel.ts';
import type { TimeWindow } from '../flame/viewport.ts';
import { getState } from '../store/index.ts';
import { useSpanNoise } from '../waterfall/useSpanNoise.ts';
import type { SpanNoise } from '../waterfall/useSpanNoise.ts';
import { besideModel } from './besideAxis.ts';
import { NoiseButton } from './NoiseButton.tsx';
import type { BesideTree } from './useBesideTrees.ts';
import { useShownTrace } from './useShownTrace.ts';

type Props = BesideTree & {
  /** What the others are measured by; `null` while it is on its way. */
  readonly first: TraceTree | null;
  readonly onRemove: ((traceId: string) => void) | undefined;
  readonly graph: GraphParts;
};
type GraphParts = {
  readonly shiftMs: Float64Array | null;
  /** Of the axis, in ms after the trace's origin. */
  readonly beginMs: number;
  readonly lengthMs: number;
  /** In ms after the axis' begin, `null` for everything. */
  readonly window: TimeWindow | null;
  readonly onWindow: (window: TimeWindow | null) => void;
  readonly selected: number;
  readonly onSelect: (node: number) => void;
};

/** One of several traces on the axis: what it is, and its flame graph. */
export function BesideLane({ traceId, tree, fault, first, onRemove, graph }: Props) {
  return (
    <article className="beside-lane" aria-label={tree === null ? traceId : nameOf(tree)}>
      {tree === null ? (
        <>
          <LaneHead traceId={traceId} tree={null} first={first} onRemove={onRemove} noise={null} />
          <p className="beside-none" role="status">
            {fault ?? 'Reading the trace…'}
          </p>
        </>
      ) : (
        <TraceLane tree={tree} first={first} onRemove={onRemove} {...graph} />
      )}
    </article>
  );
}

function TraceLane(props: GraphParts & Pick<Props, 'first' | 'onRemove'> & { readonly tree: TraceTree }) {
  const { tree, first, onRemove, shiftMs, beginMs, lengthMs, window, onWindow, selected, onSelect } = props;
  const { revision } = tree;
  const noise = useSpanNoise(tree, revision);
  const { drawn } = useShownTrace({ tree, revision, noise, shiftMs, selected });
  const model = useMemo(
    () => besideModel(timeModel(drawn), beginMs, lengthMs),
    // oxlint-disable-next-line react/exhaustive-deps
    [drawn, drawn.rebuilds, beginMs, lengthMs],
  );
  return (
    <>
      <LaneHead traceId={tree.traceId} tree={tree} first={first} onRemove={onRemove} noise={noise} />
      <div className="beside-graph">
        <FlameGraph
          model={model}
          revision={drawn.revision}
          clock={() => tree.latestMs}
          live={false}
          follow={false}
          onUnfollow={() => undefined}
          selected={selected}
          onSelect={onSelect}
          matches={null}
          label={`Flame graph of ${nameOf(tree)}`}
          window={moved(window, beginMs)}
          onWindow={(own) => onWindow(moved(own, -beginMs))}
        />
      </div>
    </>
  );
}

type HeadProps = {
  readonly traceId: string;
  readonly tree: TraceTree | null;
  readonly first: TraceTree | null;
  readonly onRemove: ((traceId: string) => void) | undefined;
  readonly noise: SpanNoise | null;
};

function LaneHead({ traceId, tree, first, onRemove, noise }: HeadProps) {
  const name = tree === null ? `${traceId.slice(0, 8)}…` : nameOf(tree);
  const lengthOf = (of: TraceTree) => {
    const [from, to] = of.extent(of.latestMs);
    return to - from;
  };
  const length = tree === null ? 0 : lengthOf(tree);
  const by = tree === null || first === null || tree === first ? 0 : length - lengthOf(first);
  return (
    <header>
      <h3>
        <button
          data-action="Open the trace"
          type="button"
          className="span-panel-link"
          title={`Open the trace ${traceId}`}
          onClick={() => getState().navigated({ view: 'traces', traceId })}
        >
          <span dir="auto">{name}</span>
        </button>
      </h3>
      {tree !== null && (
        <>
          <b>{formatDuration(length)}</b>
          {tree !== first && (
            <span>
              {by > 0 ? '+' : '−'}
              {formatDuration(Math.abs(by))}
            </span>
          )}
          <span>{countOf(tree.size, 'span')}</span>
          {tree.errorCount > 0 && <span data-tone="danger">{countOf(tree.errorCount, 'error')}</span>}
          <span title={formatMoment(tree.originMs)}>{formatWhen(tree.originMs)}</span>
          {noise !== null && <NoiseButton noise={noise} />}
        </>
      )}
      {onRemove !== undefined && (
        <button
          data-action="Take a trace away"
          type="button"
          aria-label={`Take ${name} out`}
          title="Take it out"
          onClick={() => onRemove(traceId)}
        >
          ✕
        </button>
      )}
    </header>
  );
}

function nameOf(tree: TraceTree): string {
  const [root] = tree.childrenOf(-1);
  return root === undefined ? tree.traceId : tree.name(root);
}

function moved(window: TimeWindow | null, byMs: number): TimeWindow | null {
  return window === null ? null : { fromMs: window.fromMs + byMs, toMs: window.toMs + byMs };
}
