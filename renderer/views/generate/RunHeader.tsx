import { useEffect, useState } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import { formatCount, formatDuration, formatPercent } from '../../../shared/units.ts';
import { hitRate } from '../../derive/hitRate.ts';
import { formatEta, isActive, isResumable, runAnnouncement, settledRows } from '../../derive/runProgress.ts';
import { cancelRun, pauseRun, resumeRun, retryFailed } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectFreshCards } from '../../store/selectors.ts';
import { RunBadge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Progress } from '../../ui/Progress.tsx';
import { Stat } from '../../ui/Stat.tsx';

/** State, controls and figures of one run; once it rests, what to do next. */
export function RunHeader({ run }: { run: RunProgress }) {
  const active = isActive(run.state);
  const rate = hitRate(run.stages);
  return (
    <header className="run-head" data-testid="run-header" data-state={run.state}>
      <div className="row row-wrap">
        <h1 className="truncate" title={run.sourceName}>
          {run.sourceName}
        </h1>
        <RunBadge state={run.state} />
        <span className="muted truncate grow">
          <span className="run-deck">into {run.deck}</span>
        </span>
        <div className="row row-wrap">{active ? <ActiveControls run={run} /> : <NextSteps run={run} />}</div>
      </div>
      <Progress
        label="Rows done"
        value={settledRows(run)}
        max={run.terms}
        busy={run.state === 'running'}
        parts={[
          { tone: 'done', value: run.done },
          { tone: 'quiet', value: run.duplicates },
          { tone: 'warn', value: run.skipped },
          { tone: 'bad', value: run.failed },
        ]}
      />
      <dl className="stats">
        <Stat label="Rows" value={formatCount(settledRows(run))} note={`of ${formatCount(run.terms)}`} />
        <Stat label="Cards" value={formatCount(run.cards)} note={`${formatCount(run.notes)} notes`} />
        <Stat label="Duplicates" value={formatCount(run.duplicates)} />
        <Stat label="Skipped" value={formatCount(run.skipped)} tone={run.skipped > 0 ? 'warn' : undefined} />
        <Stat label="Failed" value={formatCount(run.failed)} tone={run.failed > 0 ? 'bad' : undefined} />
        <Stat label="Cards/min" value={formatCount(run.cardsPerMinute)} />
        <Stat label="Cache" value={formatPercent(rate ?? Number.NaN)} />
        {active ? (
          <Stat label="Time left" value={formatEta(run.state === 'running' ? run.etaMs : null)} />
        ) : (
          <Stat label="Took" value={formatDuration(run.activeMs)} note="at work" />
        )}
      </dl>
      {run.problem !== null && (
        <div role="alert" className="notice notice-bad">
          <Icon name="warning" />
          <div className="grow">
            <p>{run.problem.message}</p>
            {run.problem.hint !== null && <p className="muted">{run.problem.hint}</p>}
          </div>
          {run.generator !== 'offline' && (
            <Button
              icon="settings"
              onClick={() => getState().navigated({ view: 'settings', section: 'models' })}
            >
              Models
            </Button>
          )}
        </div>
      )}
      <Announcement key={run.runId} text={runAnnouncement(run)} />
    </header>
  );
}

/** Speaks of a change of state. A live region has to be there, empty, before its text is heard. */
function Announcement({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => setSaid(text), [text]);
  return (
    <p className="visually-hidden" role="status">
      {said}
    </p>
  );
}

function ActiveControls({ run }: { run: RunProgress }) {
  return (
    <>
      {run.state === 'running' ? (
        <Button icon="pause" aria-keyshortcuts="Control+P Meta+P" onClick={() => void pauseRun(run.runId)}>
          Pause
        </Button>
      ) : (
        <Button tone="primary" icon="play" onClick={() => void resumeRun(run.runId)}>
          Resume
        </Button>
      )}
      <Button tone="danger" icon="stop" onClick={() => void cancelRun(run.runId)}>
        Cancel
      </Button>
    </>
  );
}

function NextSteps({ run }: { run: RunProgress }) {
  const { navigated, runShown } = getState();
  const fresh = useStore(selectFreshCards(run.runId));
  const waiting = fresh.filter((card) => card.status === 'proposed').length;
  const resumable = isResumable(run);
  return (
    <>
      {resumable && (
        <Button tone="primary" icon="play" onClick={() => void resumeRun(run.runId)}>
          Resume
        </Button>
      )}
      {run.failed > 0 && (
        <Button icon="retry" onClick={() => void retryFailed(run.runId)}>
          Retry failed
        </Button>
      )}
      {waiting > 0 && (
        <Button
          tone="primary"
          icon="check"
          onClick={() => navigated({ view: 'cards', mode: 'review', runId: run.runId })}
        >
          Review cards
        </Button>
      )}
      {run.cards > 0 && (
        <>
          <Button icon="cards" onClick={() => navigated({ view: 'cards', runId: run.runId })}>
            Browse cards
          </Button>
          <Button
            icon="export"
            onClick={() => navigated({ view: 'cards', runId: run.runId, open: 'export' })}
          >
            Export…
          </Button>
        </>
      )}
      <Button icon="traces" onClick={() => navigated({ view: 'traces', traceId: run.traceId })}>
        Open trace
      </Button>
      <Button
        tone={resumable || waiting > 0 ? 'plain' : 'primary'}
        icon="plus"
        onClick={() => runShown(null)}
      >
        New list
      </Button>
    </>
  );
}
