import './statusBar.css';
import { countOf, formatCount, formatPercent } from '../../shared/units.ts';
import { hitRate } from '../derive/hitRate.ts';
import { settledRows } from '../derive/runProgress.ts';
import { billedTokens, formatShort } from '../derive/tokens.ts';
import { showRun } from '../store/commands.ts';
import { useStore } from '../store/index.ts';
import { cancelJob } from '../store/deckCommands.ts';
import {
  selectActiveJob,
  selectRunAtWork,
  selectAppInfo,
  selectLiveTraces,
  selectSpansEvicted,
} from '../store/selectors.ts';
import type { JobProgress } from '../../shared/job.ts';
import { RunBadge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Progress } from '../ui/Progress.tsx';

/** The run at work and the health of the trace feed, whatever view is open. */
export function StatusBar() {
  const run = useStore(selectRunAtWork);
  const traces = useStore(selectLiveTraces);
  const evicted = useStore(selectSpansEvicted);
  const info = useStore(selectAppInfo);
  const spans = traces.reduce((sum, trace) => sum + trace.spanCount, 0);
  const job = useStore(selectActiveJob);
  const rate = run === undefined ? null : hitRate(run.stages);
  return (
    <footer className="status" aria-label="Status" data-testid="status-bar">
      {run === undefined ? (
        <span>No run in progress</span>
      ) : (
        <>
          <button
            data-action="Show the run"
            type="button"
            className="status-run"
            onClick={() => showRun(run.runId)}
          >
            <RunBadge state={run.state} />
            <span className="truncate">{run.deck}</span>
          </button>
          <span className="status-progress">
            <Progress
              label="Run progress"
              value={settledRows(run)}
              max={run.terms}
              parts={[{ tone: 'done', value: settledRows(run) }]}
            />
          </span>
          <span className="num">
            {formatCount(settledRows(run))} of {formatCount(run.terms)}
          </span>
          <span className="num">{formatCount(run.cardsPerMinute)} cards/min</span>
          <span className="num status-wide">Cache {formatPercent(rate ?? Number.NaN)}</span>
          <span className="num status-wide">{formatShort(billedTokens(run.stages))} tokens</span>
        </>
      )}
      {job !== undefined && <JobStatus job={job} />}
      <span className="grow" />
      <span className="num status-wide" title="Spans this window has received">
        {countOf(spans, 'span')}
      </span>
      {evicted > 0 && (
        <span
          className="num status-warn"
          title="This window keeps a bounded number of live spans. The stored traces have the older ones."
        >
          {countOf(evicted, 'older span')} not live
        </span>
      )}
      {info !== null && (
        <span className="faint" title={info.electronNote ?? `Electron ${info.electron}`}>
          v{info.version}
        </span>
      )}
    </footer>
  );
}

/** Long work besides runs: how far it is, and a way to stop it. */
function JobStatus({ job }: { job: JobProgress }) {
  return (
    <>
      <span className="truncate" title={job.message ?? undefined}>
        {job.label}
      </span>
      {job.total !== null && (
        <>
          <span className="status-progress">
            <Progress
              label={job.label}
              value={job.done}
              max={job.total}
              parts={[{ tone: 'done', value: job.done }]}
            />
          </span>
          <span className="num">
            {formatCount(job.done)} of {formatCount(job.total)}
          </span>
        </>
      )}
      <Button tone="quiet" icon="stop" iconOnly onClick={() => void cancelJob(job)}>
        Stop {job.label}
      </Button>
    </>
  );
}
