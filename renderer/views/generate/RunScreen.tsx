import { useEffect } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import { loadRowErrors } from '../../store/commands.ts';
import { useStore } from '../../store/index.ts';
import { selectFreshCards, selectRowErrors } from '../../store/selectors.ts';
import { SplitPane } from '../../ui/SplitPane.tsx';
import { RunHeader } from './RunHeader.tsx';
import { RunLeft } from './RunLeft.tsx';
import { RunTrace } from './RunTrace.tsx';

/** Rows may fail by the hundred; their list is read again at most this often. */
const ERRORS_EVERY_MS = 1000;

/** A run at work or at rest: its course above, its cards and its trace side by side. */
export function RunScreen({ run }: { run: RunProgress }) {
  const cards = useStore(selectFreshCards(run.runId));
  const errors = useStore(selectRowErrors(run.runId));
  const { runId } = run;
  const running = run.state === 'running';
  const hasErrors = run.failed + run.skipped > 0;
  useEffect(() => {
    if (!hasErrors) return;
    void loadRowErrors(runId);
    if (!running) return;
    const timer = setInterval(() => void loadRowErrors(runId), ERRORS_EVERY_MS);
    return () => clearInterval(timer);
  }, [hasErrors, running, runId]);

  return (
    <>
      <RunHeader run={run} />
      <div className="view-body run-body">
        <SplitPane
          label="Width of the cards"
          start={38}
          first={<RunLeft run={run} cards={cards} errors={errors} />}
          second={<RunTrace run={run} />}
        />
      </div>
    </>
  );
}
