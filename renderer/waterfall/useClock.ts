import { useEffect, useRef, useState } from 'react';

/** Renders again every `everyMs` while `isOn`: open spans grow without news. */
export function useTick(isOn: boolean, everyMs: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) setTick((tick) => tick + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [isOn, everyMs]);
}

const SHARE = 8;

/**
 * A revision that follows another one as fast as the work it causes allows: work of 50 ms is done again after
 * 400 ms at the earliest. `took` tells what the work cost.
 */
export function useFallingBehind(revision: number): {
  readonly revision: number;
  readonly took: (ms: number) => void;
} {
  const [shown, setShown] = useState(revision);
  const state = useRef({ lastMs: 0, tookMs: 0 });
  const [took] = useState(() => (ms: number) => {
    state.current = { lastMs: performance.now(), tookMs: ms };
  });
  useEffect(() => {
    if (revision === shown) return undefined;
    const { lastMs, tookMs } = state.current;
    const waitMs = Math.max(0, lastMs + tookMs * SHARE - performance.now());
    const timer = setTimeout(() => setShown(revision), waitMs);
    return () => clearTimeout(timer);
  }, [revision, shown]);
  return { revision: shown, took };
}
