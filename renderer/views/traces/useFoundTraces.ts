import { useEffect, useMemo, useRef } from 'react';
import { getState, useStore } from '../../store/index.ts';
import { selectTraceLimit, selectTraceOrder, selectTracePushes } from '../../store/selectors.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { useHidden } from './useHidden.ts';
import { loadFoundTraces, searchOf } from '../../store/traceCommands.ts';
import type { SearchRoute } from '../../store/traceCommands.ts';

/** A query is asked again at most so often while traces arrive, and never for more than a fifth of the time. */
const AGAIN_MS = 1000;
const AGAIN_TIMES = 5;

/** Asks for what the route says, and again where the store took in what a query may match. */
export function useFoundTraces({ query, fromMs, toMs }: SearchRoute): AskedSearch {
  const hide = useHidden();
  const order = useStore(selectTraceOrder);
  const limit = useStore(selectTraceLimit);
  const pushes = useStore(selectTracePushes);
  const search = useMemo(
    (): AskedSearch => ({ ...searchOf({ query, fromMs, toMs }), ...(hide.length > 0 && { hide }) }),
    [query, fromMs, toMs, hide],
  );
  useEffect(() => void loadFoundTraces(search), [search, order, limit]);

  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    // A push while one waits changes nothing: it will be found as well.
    const isWhole =
      search.query === '' && search.hide === undefined && order !== 'tokens' && order !== 'cost';
    if (pushes === 0 || isWhole || timer.current !== null) return;
    const waitMs = Math.max(AGAIN_MS, AGAIN_TIMES * (getState().searchFigures?.tookMs ?? 0));
    timer.current = setTimeout(() => {
      timer.current = null;
      void loadFoundTraces(search);
    }, waitMs);
  }, [pushes, search, order]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [search],
  );
  return search;
}
