import { Suspense, lazy, useEffect } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import { isActive } from '../../derive/runProgress.ts';
import type { TracePlace } from '../../traceView/traceState.ts';
import { liveSpans } from '../../store/feed.ts';
import { useStore } from '../../store/index.ts';
import { selectSpansVersion } from '../../store/selectors.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { placeProps } from '../traces/placeProps.ts';
import { StoredTrace } from '../traces/StoredTrace.tsx';

const TraceView = lazy(async () => ({ default: (await import('../../traceView/TraceView.tsx')).TraceView }));

type Props = {
  readonly run: RunProgress;
  readonly compact?: boolean;
  readonly place?: Partial<TracePlace>;
  readonly onPlace?: (place: TracePlace) => void;
};

/** A run's spans: live from the feed while it works, from the store where this window saw none of them. */
export function RunSpans({ run, compact = false, place, onPlace }: Props) {
  const version = useStore(selectSpansVersion);
  const live = isActive(run.state);
  useEffect(() => {
    liveSpans.watch(run.traceId);
    return () => liveSpans.watch(null);
  }, [run.traceId]);
  const where = { ...(place === undefined ? {} : { place }), ...(onPlace === undefined ? {} : { onPlace }) };
  if (liveSpans.trace(run.traceId) === null) {
    return live ? (
      <EmptyState icon="traces" title="Waiting for the first span">
        Spans appear here while they are still open, and grow until they end.
      </EmptyState>
    ) : (
      <StoredTrace traceId={run.traceId} compact={compact} {...where} />
    );
  }
  return (
    <Suspense fallback={<p className="loading muted">Opening…</p>}>
      <TraceView
        traceId={run.traceId}
        spans={liveSpans}
        version={version}
        live={live}
        compact={compact}
        {...placeProps(place, onPlace)}
      />
    </Suspense>
  );
}
