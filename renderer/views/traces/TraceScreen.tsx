import { useState } from 'react';
import { formatClock } from '../../derive/clock.ts';
import { isActive } from '../../derive/runProgress.ts';
import { showRun } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectRunByTrace } from '../../store/selectors.ts';
import { RunBadge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { RunSpans } from '../generate/RunSpans.tsx';
import { RunTabs } from '../generate/RunTabs.tsx';
import { StoredTrace } from './StoredTrace.tsx';

/** One trace, whole: out of the store once it is finished, live while its run goes on. */
export function TraceScreen({ traceId }: { traceId: string }) {
  const run = useStore(selectRunByTrace(traceId));
  const { navigated } = getState();
  // Decided once, when the run is first known: a run that ends under the user's eyes keeps its view, its search
  // and its place. The screen is keyed by its trace.
  const [live, setLive] = useState(run === undefined ? null : isActive(run.state));
  if (live === null && run !== undefined) setLive(isActive(run.state));
  const spans = live && run !== undefined ? <RunSpans run={run} /> : <StoredTrace traceId={traceId} />;
  return (
    <div className="view" data-testid="trace-screen">
      <header className="view-head">
        <Button tone="quiet" icon="back" iconOnly onClick={() => navigated({ view: 'traces' })}>
          All traces
        </Button>
        <h1 className="truncate">{run?.sourceName ?? 'Trace'}</h1>
        {run !== undefined && <RunBadge state={run.state} />}
        <span className="faint small grow truncate">
          {run !== undefined && `${formatClock(run.startedMs)} · `}
          <code>{traceId}</code>
        </span>
        <Button icon="logs" onClick={() => navigated({ view: 'logs', traceId })}>
          Logs
        </Button>
        {run !== undefined && (
          <>
            <Button icon="cards" onClick={() => navigated({ view: 'cards', runId: run.runId })}>
              Cards
            </Button>
            <Button onClick={() => showRun(run.runId)}>Summary</Button>
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
