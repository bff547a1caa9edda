import { countOf } from '../../shared/units.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import type { TraceViewKind } from '../store/route.ts';
import { FlameGraph } from '../flame/FlameGraph.tsx';
import type { FlameModel } from '../flame/flameModel.ts';
import type { TraceLogs } from '../waterfall/inPlaceRows.ts';
import type { Measure } from '../flame/measures.ts';
import { MergedTrace } from './MergedTrace.tsx';
import { SandwichTrace } from './SandwichTrace.tsx';
import type { SearchResult } from '../flame/search.ts';
import type { SpanNoise } from '../waterfall/useSpanNoise.ts';
import type { TimeWindow } from '../flame/viewport.ts';
import { Waterfall } from '../waterfall/Waterfall.tsx';
import type { ShownGroup } from '../waterfall/Waterfall.tsx';
import type { WaterfallOptions } from '../waterfall/waterfallOptions.ts';

type Props = {
  readonly view: TraceViewKind;
  readonly tree: TraceTree;
  readonly model: FlameModel;
  readonly revision: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly search: SearchResult | null;
  readonly wanted: Uint8Array | null;
  readonly noise: SpanNoise;
  readonly window: TimeWindow | null;
  readonly onWindow: (window: TimeWindow | null) => void;
  readonly fitRequest: number;
  readonly follow: boolean;
  readonly onUnfollow: () => void;
  readonly measure: Measure;
  readonly onMeasure: (measure: Measure) => void;
  readonly options: WaterfallOptions;
  readonly onOptions: (options: WaterfallOptions) => void;
  readonly logs: TraceLogs | null;
  readonly hasLogs: boolean;
  readonly onGroup: (group: ShownGroup | null) => void;
  readonly compact: boolean;
};

/** The view of the trace that is chosen. */
export function TraceGraphs(props: Props) {
  const { view, tree, model, revision, clock, live, selected, onSelect, search, window, onWindow } = props;
  const { fitRequest, follow, onUnfollow, measure, onMeasure } = props;
  const matches = search?.matches ?? null;
  const graph = { tree, revision, clock, selected, onSelect };
  switch (view) {
    case 'waterfall': {
      const { wanted, noise, options, onOptions, logs, hasLogs, onGroup, compact } = props;
      const filtered = { search, wanted, noise, options, onOptions, logs, hasLogs, onGroup, compact };
      return (
        <Waterfall {...graph} {...filtered} model={model} live={live} window={window} onWindow={onWindow} />
      );
    }
    case 'flame':
      return (
        <FlameGraph
          model={model}
          revision={revision}
          clock={clock}
          live={live && tree.openCount > 0}
          follow={follow && live}
          onUnfollow={onUnfollow}
          selected={selected}
          onSelect={onSelect}
          matches={matches}
          label={`Flame graph of ${countOf(tree.size, 'span')} in order of time`}
          fitRequest={fitRequest}
          window={window}
          onWindow={onWindow}
        />
      );
    case 'left-heavy': {
      const merged = { matches, fitRequest, measure, onMeasure };
      return <MergedTrace {...graph} {...merged} />;
    }
    case 'sandwich':
      return <SandwichTrace {...graph} measure={measure} onMeasure={onMeasure} />;
  }
}

export function NoSpans({ live }: { readonly live: boolean }) {
  return (
    <div className="trace-view-empty" role="status">
      <strong>{live ? 'Waiting for the first span' : 'No spans of this trace are here'}</strong>
      <p>
        {live
          ? 'Spans appear the moment they start, and grow until they end.'
          : 'They were dropped to keep memory bounded, or were never stored. Open the trace again from the list.'}
      </p>
    </div>
  );
}
