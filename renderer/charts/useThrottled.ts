import { useEffect, useRef, useState } from 'react';

/**
 * The value, at most once every `gapMs`: a chart costs 20-30 ms of the main thread each time it is drawn.
 * The last value always arrives.
 */
export function useThrottled<T>(value: T, gapMs: number): T {
  const [shown, setShown] = useState(value);
  const shownAt = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, shownAt.current + gapMs - performance.now());
    const timer = setTimeout(() => {
      shownAt.current = performance.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, gapMs]);
  return shown;
}
