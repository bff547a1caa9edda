import { useEffect, useRef, useState } from 'react';
import type { Dispatch, SetStateAction } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import type { TimeWindow } from '../flame/viewport.ts';

/**
 * The stretch of time that all views show, in ms after the tree's origin; `null`: everything. Outside it is told in ms
 * after the first start, and so is the one it begins with, once there is a first start.
 */
export function useTraceWindow(
  tree: TraceTree,
  revision: number,
  initial: TimeWindow | undefined,
): {
  readonly window: TimeWindow | null;
  readonly setWindow: Dispatch<SetStateAction<TimeWindow | null>>;
  readonly told: TimeWindow | null;
} {
  const [window, setWindow] = useState<TimeWindow | null>(null);
  const [firstMs] = tree.extent(0);
  const asked = useRef(initial ?? null);
  useEffect(() => {
    if (asked.current === null || tree.size === 0) return;
    setWindow({ fromMs: asked.current.fromMs + firstMs, toMs: asked.current.toMs + firstMs });
    asked.current = null;
  }, [tree, revision, firstMs]);
  const told = window === null ? null : { fromMs: window.fromMs - firstMs, toMs: window.toMs - firstMs };
  return { window, setWindow, told };
}
