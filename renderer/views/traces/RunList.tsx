import { formatCount, formatDuration, formatPercent } from '../../../shared/units.ts';
import type { RunProgress } from '../../../shared/run.ts';
import { formatWhen } from '../../derive/clock.ts';
import { hitRate } from '../../derive/hitRate.ts';
import { isActive, isResumable } from '../../derive/runProgress.ts';
import { loadRuns, resumeRun, retryFailed, showRun } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectActiveRun, selectRuns, selectRunsFault, selectRunsLoading } from '../../store/selectors.ts';
import { RunBadge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';

export function RunList() {
  const runs = useStore(selectRuns);
  const loading = useStore(selectRunsLoading);
  const busy = useStore(selectActiveRun) !== undefined;
  const fault = useStore(selectRunsFault);
  if (runs.length === 0) {
    if (fault !== null) return <ReadFault what="The runs" fault={fault} onRetry={() => void loadRuns()} />;
    if (loading) return <p className="loading muted">Reading the runs…</p>;
    return (
      <EmptyState
        icon="traces"
        title="No runs yet"
        actions={
          <Button tone="primary" onClick={() => getState().navigated({ view: 'generate' })}>
            Generate cards
          </Button>
        }
      >
        Every run leaves a trace: what it did, in what order, and how long each step took.
      </EmptyState>
    );
  }
  return (
    <table className="table" aria-label="Runs" data-testid="run-list">
      <thead>
        <tr>
          <th scope="col">Started</th>
          <th scope="col">List</th>
          <th scope="col">State</th>
          <th scope="col" className="right">
            Rows
          </th>
          <th scope="col" className="right">
            Cards
          </th>
          <th scope="col" className="right">
            Cache
          </th>
          <th
            scope="col"
            className="right"
            title="Time at work, without pauses. Its trace lasts from the click to the end."
          >
            Took
          </th>
          <th scope="col" className="right">
            Without cards
          </th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.runId} run={run} busy={busy} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run, busy }: { run: RunProgress; busy: boolean }) {
  const open = () =>
    isActive(run.state) ? showRun(run.runId) : getState().navigated({ view: 'traces', traceId: run.traceId });
  const errors = run.failed + run.skipped;
  return (
    <tr className="clickable" onClick={open} data-run={run.runId}>
      <td className="num run-when">{formatWhen(run.startedMs)}</td>
      <td>
        <button type="button" className="link" data-action="Open run" onClick={open}>
          {run.sourceName}
        </button>
        <div className="faint">
          {run.deck} · {run.generator}
        </div>
      </td>
      <td>
        <RunBadge state={run.state} />
      </td>
      <td className="right">{formatCount(run.terms)}</td>
      <td className="right">{formatCount(run.cards)}</td>
      <td className="right">{formatPercent(hitRate(run.stages) ?? Number.NaN)}</td>
      <td className="right">{formatDuration(run.activeMs)}</td>
      <td className={errors > 0 ? 'right has-errors' : 'right faint'}>{formatCount(errors)}</td>
      <td className="right" onClick={(event) => event.stopPropagation()}>
        {isResumable(run) && run.state !== 'paused' ? (
          <Button
            icon="play"
            disabled={busy}
            onClick={() => void resumeRun(run.runId).then(() => showRun(run.runId))}
          >
            Resume
          </Button>
        ) : run.failed > 0 && !isActive(run.state) ? (
          <Button
            icon="retry"
            disabled={busy}
            onClick={() => void retryFailed(run.runId).then(() => showRun(run.runId))}
          >
            Retry failed
          </Button>
        ) : (
          <Button tone="quiet" onClick={() => showRun(run.runId)}>
            Summary
          </Button>
        )}
      </td>
    </tr>
  );
}
