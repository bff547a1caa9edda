import { Suspense, lazy, useEffect, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { TraceAbsence } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { getApi, toCallError } from '../../api.ts';
import { formatWhen } from '../../derive/clock.ts';
import type { SpanTable } from '../../derive/spanTable.ts';
import type { TracePlace } from '../../traceView/traceState.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectVisit } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { unpackTrace } from './loadTrace.ts';
import { placeProps } from './placeProps.ts';

const loadView = () => import('../../traceView/TraceView.tsx');
const TraceView = lazy(async () => ({ default: (await loadView()).TraceView }));

/** Has the code that draws a trace loaded once the page rests: the first trace opens as fast as any. */
export function preloadTraceView(): () => void {
  // A fault of it is told where a trace is drawn.
  const waiting = requestIdleCallback(() => void loadView().catch(() => undefined));
  return () => cancelIdleCallback(waiting);
}

export type TraceLoad =
  | { readonly state: 'loading'; readonly done: number; readonly of: number }
  | { readonly state: 'loaded'; readonly spans: SpanTable }
  | { readonly state: 'absent'; readonly why: TraceAbsence }
  | { readonly state: 'failed'; readonly error: CallError };

type Props = {
  readonly traceId: string;
  readonly compact?: boolean;
  readonly place?: Partial<TracePlace>;
  readonly onPlace?: (place: TracePlace) => void;
  /** The store has, or has not, what was asked for. */
  readonly onAbsence?: (isAbsent: boolean) => void;
};

/** A trace out of the store, in a table of its own: the live one keeps only what is recent. */
export function StoredTrace(props: Props) {
  const [attempt, setAttempt] = useState(0);
  return <Loading key={`${props.traceId} ${attempt}`} {...props} onRetry={() => setAttempt(attempt + 1)} />;
}

function Loading(props: Props & { onRetry: () => void }) {
  const { traceId, compact = false, place, onPlace, onAbsence, onRetry } = props;
  const load = useStoredTrace(traceId);
  useEffect(() => onAbsence?.(load.state === 'absent'), [load.state, onAbsence]);
  // A link into the same trace leads to another place in it: the picture begins anew, the spans are there.
  const visit = useStore(selectVisit);
  if (load.state !== 'loaded') return <TraceMissing load={load} onRetry={onRetry} />;
  return (
    <Suspense fallback={<p className="loading muted">Opening…</p>}>
      <TraceView
        key={visit}
        traceId={traceId}
        spans={load.spans}
        version={load.spans.version}
        live={false}
        compact={compact}
        {...placeProps(place, onPlace)}
      />
    </Suspense>
  );
}

function useStoredTrace(traceId: string): TraceLoad {
  const [load, setLoad] = useState<TraceLoad>({ state: 'loading', done: 0, of: 0 });
  useEffect(() => {
    let wanted = true;
    // What draws the trace comes while its spans are on their way; a fault of it is told where it is drawn.
    loadView().catch(() => undefined);
    const read = async (): Promise<TraceLoad | null> => {
      const bytes = await getApi().trace({ traceId });
      const spans = await unpackTrace(
        bytes,
        () => wanted,
        (done, of) => setLoad({ state: 'loading', done, of }),
      );
      if (spans === null) return null;
      if (spans.trace(traceId) !== null) return { state: 'loaded', spans };
      return { state: 'absent', why: await getApi().traceAbsence({ traceId }) };
    };
    read().then(
      (found) => wanted && found !== null && setLoad(found),
      (thrown: unknown) => wanted && setLoad({ state: 'failed', error: toCallError(thrown) }),
    );
    return () => {
      wanted = false;
    };
  }, [traceId]);
  return load;
}

/** What stands where a trace would: it is on its way, it is gone, or it cannot be read. */
function TraceMissing({
  load,
  onRetry,
}: {
  readonly load: Exclude<TraceLoad, { state: 'loaded' }>;
  readonly onRetry: () => void;
}) {
  if (load.state === 'loading') {
    return (
      <p role="status" className="loading muted">
        {load.of === 0
          ? 'Reading the trace…'
          : `Reading the trace: ${formatCount(load.done)} of ${formatCount(load.of)} spans…`}
      </p>
    );
  }
  const toList = <Button onClick={() => getState().navigated({ view: 'traces' })}>All traces</Button>;
  if (load.state === 'failed') {
    return (
      <EmptyState
        icon="warning"
        title="This trace could not be read"
        actions={
          <>
            <Button icon="retry" onClick={onRetry}>
              Try again
            </Button>
            {toList}
          </>
        }
      >
        {load.error.message} {load.error.hint}
      </EmptyState>
    );
  }
  if (load.why.reason === 'pruned') {
    return (
      <EmptyState icon="traces" title={`Pruned ${whenText(load.why.atMs)}`} actions={toList}>
        The store is held to a size and an age, and this trace was among the oldest. Pinned traces are kept;
        the limits are in the settings.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="traces" title="This trace is not here" actions={toList}>
      The store has no trace of this id. It may have been sampled out, recorded by another program, or not
      have ended yet.
    </EmptyState>
  );
}

function whenText(atMs: number): string {
  const when = formatWhen(atMs);
  return /^\d\d:\d\d$/.test(when) ? `today at ${when}` : `on ${when}`;
}
