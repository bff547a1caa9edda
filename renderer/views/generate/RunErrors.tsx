import { useEffect, useState } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import { noRowsLeftOut } from '../../derive/runProgress.ts';
import { loadRowErrors, ROW_ERRORS_FIRST } from '../../store/commands.ts';
import { useStore } from '../../store/index.ts';
import { selectRowErrors } from '../../store/selectors.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { RowErrors } from './RowErrors.tsx';
import { useWaiting } from './useWaiting.ts';

/** Rows may fail by the hundred; their list is read again at most this often. */
const ERRORS_EVERY_MS = 1000;
const MORE = 1000;

/** A run's rows without cards, read while this is on the screen and no longer. */
export function RunErrors({ run }: { run: RunProgress }) {
  const errors = useStore(selectRowErrors(run.runId));
  const [limit, setLimit] = useState(ROW_ERRORS_FIRST);
  const waiting = useWaiting(run);
  const { runId } = run;
  const running = run.state === 'running';
  const left = run.failed + run.skipped;
  const hasErrors = left > 0;
  useEffect(() => {
    if (!hasErrors) return;
    void loadRowErrors(runId, limit);
    if (!running) return;
    const timer = setInterval(() => void loadRowErrors(runId, limit), ERRORS_EVERY_MS);
    return () => clearInterval(timer);
  }, [hasErrors, running, runId, limit]);

  if (errors.length > 0 && hasErrors) {
    return (
      <RowErrors
        title="Rows without cards"
        errors={errors}
        total={Math.max(left, errors.length)}
        onMore={() => setLimit(errors.length + MORE)}
        bare
      />
    );
  }
  const words = hasErrors ? { title: 'Reading the reasons…', text: '' } : noRowsLeftOut(run, waiting);
  const isAllWell = run.state === 'done' && !hasErrors;
  return (
    <EmptyState icon={isAllWell ? 'check' : 'table'} title={words.title}>
      {words.text}
    </EmptyState>
  );
}
