import { useEffect, useRef } from 'react';
import { isSamePlace } from './traceState.ts';
import type { TracePlace } from './traceState.ts';

const REST_MS = 400;

/** Tells where one is within the trace, once it has been the same for a moment; where one began is not told. */
export function useTracePlace(place: TracePlace, onPlace: ((place: TracePlace) => void) | undefined): void {
  const told = useRef<TracePlace | null>(null);
  const latest = useRef(onPlace);
  useEffect(() => {
    latest.current = onPlace;
  });
  const { show, spanId, find } = place;
  const fromMs = place.window?.fromMs;
  const toMs = place.window?.toMs;
  useEffect(() => {
    const now: TracePlace = {
      show,
      ...(spanId !== undefined && { spanId }),
      ...(find !== undefined && { find }),
      ...(fromMs !== undefined && toMs !== undefined && { window: { fromMs, toMs } }),
    };
    if (told.current === null) {
      told.current = now;
      return undefined;
    }
    if (isSamePlace(told.current, now)) return undefined;
    const timer = setTimeout(() => {
      told.current = now;
      latest.current?.(now);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [show, spanId, find, fromMs, toMs]);
}
