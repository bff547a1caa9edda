import { useCallback, useEffect, useState } from 'react';
import type { ReceiverStatus } from '../../../shared/traceQuery.ts';
import { loadReceiverStatus } from '../../store/commands.ts';

const EVERY_MS = 1000;

/** What the receiver did so far, asked for once a second while somebody looks; `null` until it is known. */
export function useReceiverStatus(): readonly [ReceiverStatus | null, (status: ReceiverStatus) => void] {
  const [status, setStatus] = useState<ReceiverStatus | null>(null);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask() {
      const answer = await loadReceiverStatus();
      // A call that failed has been said; it is not asked again and again.
      if (isOver || answer === undefined) return;
      setStatus(answer);
      timer = setTimeout(() => void ask(), EVERY_MS);
    }
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return [status, useCallback((next: ReceiverStatus) => setStatus(next), [])];
}
