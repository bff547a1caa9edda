import { useEffect, useState } from 'react';
import type { TelemetryStatus } from '../../../shared/telemetrySettings.ts';
import { loadTelemetryStatus } from '../../store/commands.ts';

const EVERY_MS = 1000;

/** What telemetry did so far, asked for once a second while somebody looks; `null` until it is known. */
export function useTelemetryStatus(): TelemetryStatus | null {
  const [status, setStatus] = useState<TelemetryStatus | null>(null);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask() {
      const answer = await loadTelemetryStatus();
      if (isOver) return;
      // A call that failed has been said; it is not asked again and again.
      if (answer === undefined) return;
      setStatus(answer);
      timer = setTimeout(() => void ask(), EVERY_MS);
    }
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return status;
}
