import { countOf } from '../../shared/units.ts';
import type { DrawnTrace, Shown } from '../derive/shownTrace.ts';
import type { TraceViewKind } from '../store/route.ts';
import { FlameGraph } from '../flame/FlameGraph.tsx';
import type { Measure } from '../../shared/analysis/measures.ts';
import { MergedTrace } from './MergedTrace.tsx';
import { SandwichTrace } from './SandwichTrace.tsx';
import { Waterfall } from '../waterfall/Waterfall.tsx';
import type { WaterfallProps } from '../waterfall/Waterfall.tsx';

type Props = WaterfallProps & {
  readonly view: TraceViewKind;
  /** What the model draws, and what of it is shown. */
  readonly drawn: DrawnTrace;
  readonly shown: Shown;
  readonly fitRequest: number;
  readonly follow: boolean;
  readonly onUnfollow: () => void;
  readonly measure: Measure;
  readonly onMeasure: (measure: Measure) => void;
};

/** The view of the trace that is chosen. */
export function TraceGraphs(props: Props) {
  const { view, fitRequest, follow, onUnfollow, measure, onMeasure, drawn, shown, ...waterfall } = props;
  const { tree, model, revision, clock, live, selected, onSelect, search, window, onWindow } = waterfall;
  const matches = search?.matches ?? null;
  const merged = { tree, shown, revision, clock, selected, onSelect, measure, onMeasure };
  switch (view) {
    case 'waterfall':
      return <Waterfall {...waterfall} />;
    case 'flame':
      return (
        <FlameGraph
          model={model}
          revision={drawn.revision}
          clock={clock}
          live={live && tree.openCount > 0}
          follow={follow && live}
          onUnfollow={onUnfollow}
          selected={selected}
          onSelect={onSelect}
          matches={matches}
          label={`Flame graph of ${countOf(shownCount(waterfall), 'span')} in order of time`}
          fitRequest={fitRequest}
          window={window}
          onWindow={onWindow}
        />
      );
    case 'left-heavy':
      return <MergedTrace {...merged} matches={matches} fitRequest={fitRequest} />;
    case 'sandwich':
      return <SandwichTrace {...merged} />;
  }
}

const shownCount = ({ tree, noise }: WaterfallProps) => tree.size - (noise.hidden === null ? 0 : noise.count);

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
