import { useEffect, useRef, useState } from 'react';
import type { FoundTrace, TraceTokens } from '../../../shared/traceQuery.ts';
import { getApi } from '../../api.ts';

/** What the model calls of a trace used; `null`: it has none; `unscanned`: it has too many spans to look. */
export type KnownTokens = TraceTokens | 'unscanned' | null;

/** Scrolling passes rows that nobody reads. */
const REST_MS = 120;
/** A trace that grows is looked at again at most so often. */
const AGAIN_MS = 2000;
const MAX_ASKED = 200;
const MAX_KNOWN = 5000;

type Known = { readonly tokens: KnownTokens; readonly spanCount: number; readonly askedMs: number };

/** Asks for the traces that are in view, once for each state of them. Not given: not known yet. */
export function useTraceTokens(visible: readonly FoundTrace[]): (traceId: string) => KnownTokens | undefined {
  const known = useRef(new Map<string, Known>());
  const [, setAnswers] = useState(0);
  const wanted = visible.filter(
    ({ traceId, spanCount }) => known.current.get(traceId)?.spanCount !== spanCount,
  );
  const key = wanted.map(({ traceId, spanCount }) => `${traceId} ${spanCount}`).join(' ');
  const latest = useRef(wanted);
  latest.current = wanted;
  useEffect(() => {
    if (key === '') return undefined;
    const lastMs = Math.min(...latest.current.map(({ traceId }) => known.current.get(traceId)?.askedMs ?? 0));
    const waitMs = Math.max(REST_MS, lastMs + AGAIN_MS - Date.now());
    const timer = setTimeout(() => {
      const asked = latest.current.slice(0, MAX_ASKED);
      const askedMs = Date.now();
      getApi()
        .traceTokens({ traceIds: asked.map(({ traceId }) => traceId) })
        .then(
          ({ items, unscanned }) => {
            const found = new Map<string, KnownTokens>(items.map((item) => [item.traceId, item]));
            for (const traceId of unscanned) found.set(traceId, 'unscanned');
            if (known.current.size > MAX_KNOWN) known.current.clear();
            for (const { traceId, spanCount } of asked)
              known.current.set(traceId, { tokens: found.get(traceId) ?? null, spanCount, askedMs });
            setAnswers((count) => count + 1);
          },
          // The list itself says what is wrong with the store.
          () => undefined,
        );
    }, waitMs);
    return () => clearTimeout(timer);
  }, [key]);
  return (traceId) => known.current.get(traceId)?.tokens;
}
