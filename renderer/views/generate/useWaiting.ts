import { useEffect, useState } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import { isWaitingForServer, SERVER_WAIT_MS } from '../../derive/runProgress.ts';

/** Whether a run waits for its server; true by itself when the time has come, with no report in between. */
export function useWaiting(run: RunProgress): boolean {
  const [nowMs, setNowMs] = useState(() => Date.now());
  const { runId, state, startedMs } = run;
  useEffect(() => {
    if (state !== 'running') return;
    const timer = setTimeout(
      () => setNowMs(Date.now()),
      Math.max(0, startedMs + SERVER_WAIT_MS - Date.now()) + 20,
    );
    return () => clearTimeout(timer);
  }, [runId, state, startedMs]);
  return isWaitingForServer(run, nowMs);
}
