import { useEffect, useRef, useState } from 'react';

/** Changes that follow one another faster are one movement: a key held down, a pointer that is dragged. */
const REST_MS = 120;

/**
 * The value once it is at rest; a change that comes alone, as the first does, is there at once. `undefined` is not known
 * yet: the value before it stays.
 */
export function useAtRest<T>(value: T | undefined, first: T): T {
  const [atRest, setAtRest] = useState(first);
  const newest = useRef(first);
  const changedMs = useRef(-Infinity);
  useEffect(() => {
    if (value === undefined || value === newest.current) return;
    newest.current = value;
    const nowMs = performance.now();
    const isAlone = nowMs - changedMs.current > REST_MS;
    changedMs.current = nowMs;
    if (isAlone) return setAtRest(value);
    const timer = setTimeout(() => setAtRest(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return atRest;
}
