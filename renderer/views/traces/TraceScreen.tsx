import { useEffect, useRef, useState } from 'react';
import type { FoundTrace } from '../../../shared/traceQuery.ts';
import { getApi } from '../../api.ts';
import { formatClock, formatWhen } from '../../derive/clock.ts';
import { isActive } from '../../derive/runProgress.ts';
import type { TracePlace } from '../../traceView/traceState.ts';
import { showRun } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import type { Route } from '../../store/route.ts';
import { selectFoundTraces, selectRunByTrace } from '../../store/selectors.ts';
import { searchOf } from '../../store/traceCommands.ts';
import { RunBadge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { RunSpans } from '../generate/RunSpans.tsx';
import { RunTabs } from '../generate/RunTabs.tsx';
import { backToList } from './backToList.ts';
import { BesideScreen } from './BesideScreen.tsx';
import { StoredTrace } from './StoredTrace.tsx';
import { TraceActions } from './TraceActions.tsx';
import { useTraceKeys } from './useTraceKeys.ts';

export type TraceRoute = Extract<Route, { view: 'traces'; traceId: string }>;

/** One trace, whole: out of the store once it is finished, live while its run goes on. Or several on one axis. */
export function TraceScreen({ route }: { readonly route: TraceRoute }) {
  const { traceId, beside = [], show, spanId, find, window } = route;
  const run = useStore(selectRunByTrace(traceId));
  const summary = useSummary(traceId);
  const [isAbsent, setIsAbsent] = useState(false);
  const screen = useRef<HTMLDivElement>(null);
  useTraceKeys(screen);
  // Decided once, when the run is first known: a run that ends under the user's eyes keeps its view, its search
  // and its place. The screen is keyed by its trace.
  const [live, setLive] = useState(run === undefined ? null : isActive(run.state));
  if (live === null && run !== undefined) setLive(isActive(run.state));
  const place: Partial<TracePlace> = {
    ...(show === undefined ? {} : { show }),
    ...(spanId === undefined ? {} : { spanId }),
    ...(find === undefined ? {} : { find }),
    ...(window === undefined ? {} : { window }),
  };
  const onPlace = (next: TracePlace) => {
    const now = getState().route;
    // A place that is told late, when the window shows something else already, is no longer of interest.
    if (now.view === 'traces' && now.traceId === traceId)
      getState().placeChanged({ view: 'traces', traceId, ...next, ...(beside.length > 0 ? { beside } : {}) });
  };
  if (beside.length > 0) return <BesideScreen traceIds={[traceId, ...beside]} window={window} />;
  const spans =
    live && run !== undefined ? (
      <RunSpans run={run} place={place} onPlace={onPlace} />
    ) : (
      <StoredTrace traceId={traceId} place={place} onPlace={onPlace} onAbsence={setIsAbsent} />
    );
  return (
    <div ref={screen} className="view traces-view" data-testid="trace-screen">
      <header className="view-head trace-head">
        <Button tone="quiet" icon="back" iconOnly title="All traces" onClick={backToList}>
          All traces
        </Button>
        <div className="trace-title">
          <h1 className="truncate" title={run?.sourceName ?? summary?.name}>
            {run?.sourceName ?? summary?.name ?? 'Trace'}
          </h1>
          <span className="faint small truncate">
            {run !== undefined && `${run.deck} · `}
            {summary !== null && run === undefined && `${summary.service} · `}
            {(run ?? summary) !== null && started(run?.startedMs ?? summary?.startMs)}
            <code>{traceId}</code>
          </span>
        </div>
        {run !== undefined && <RunBadge state={run.state} />}
        <span className="grow" />
        {!isAbsent && <TraceActions traceId={traceId} summary={summary} run={run} />}
        <Button
          icon="logs"
          title="Log records of the trace"
          onClick={() => getState().navigated({ view: 'logs', traceId })}
        >
          <span className="button-word">Logs</span>
        </Button>
        {run !== undefined && (
          <>
            <Button
              icon="cards"
              title="Cards of the run"
              onClick={() => getState().navigated({ view: 'cards', runId: run.runId })}
            >
              <span className="button-word">Cards</span>
            </Button>
            <Button icon="chart" title="Summary of the run" onClick={() => showRun(run.runId)}>
              <span className="button-word">Summary</span>
            </Button>
          </>
        )}
      </header>
      <div className="view-body">
        <div className="panel traces-panel">
          {run === undefined ? spans : <RunTabs run={run} trace={spans} />}
        </div>
      </div>
    </div>
  );
}

function started(startMs: number | undefined): string {
  if (startMs === undefined) return '';
  const when = formatWhen(startMs);
  return `${/^\d\d:\d\d$/.test(when) ? formatClock(startMs) : when} · `;
}

/** What the store says of the trace; `null` while it is not known, or is nothing. */
function useSummary(traceId: string): FoundTrace | null {
  const known = useStore(selectFoundTraces).find((trace) => trace.traceId === traceId);
  const [asked, setAsked] = useState<FoundTrace | null>(null);
  const isKnown = known !== undefined;
  useEffect(() => {
    if (isKnown) return;
    let wanted = true;
    getApi()
      .searchTraces({ ...searchOf({ query: `trace.id = "${traceId}"` }), order: 'newest', limit: 1 })
      .then(
        ({ items }) => wanted && setAsked(items[0] ?? null),
        // The trace itself says what is wrong.
        () => undefined,
      );
    return () => {
      wanted = false;
    };
  }, [traceId, isKnown]);
  return known ?? asked;
}
