import { useCallback, useEffect, useRef, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import { toCallError } from '../../api.ts';
import { getState } from '../../store/index.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { useInsight } from './insightContext.ts';
import { searchNow } from './insightRoute.ts';

/** Figures are asked for anew at most so often while they change, and never for more than a fifth of the time. */
const AGAIN_MS = 3000;
const AGAIN_TIMES = 5;

export type Figures<T> = {
  /** The last answer to this kind of question; `null` before the first. */
  readonly value: T | null;
  readonly fault: CallError | null;
  readonly isLoading: boolean;
  /** The answer is one to another search than the one that is shown. */
  readonly isStale: boolean;
  readonly reload: () => void;
};
type Answer<T> = { readonly of: unknown; readonly search: AskedSearch; readonly value: T };

/** Asks for figures of the search that is shown, and again while they change. `ask` must stay the same function. */
export function useFigures<T>(ask: (search: AskedSearch) => Promise<T>): Figures<T> {
  const { search, refreshes, isLive } = useInsight();
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [again, setAgain] = useState(0);
  const number = useRef(0);
  const tookMs = useRef(0);

  useEffect(() => {
    const mine = (number.current += 1);
    const beganMs = performance.now();
    const isWanted = () => number.current === mine;
    setLoading(true);
    ask(searchNow(search, getState().rangePreset))
      .then((value) => {
        if (!isWanted()) return;
        setAnswer({ of: ask, search, value });
        setFault(null);
      })
      .catch((thrown: unknown) => isWanted() && setFault(toCallError(thrown)))
      .finally(() => {
        if (!isWanted()) return;
        tookMs.current = performance.now() - beganMs;
        setLoading(false);
      });
    return () => void (number.current += 1);
  }, [ask, search, refreshes, again]);

  const reload = useCallback(() => setAgain((count) => count + 1), []);
  useEffect(() => {
    if (!isLive || isLoading) return;
    const timer = setTimeout(reload, Math.max(AGAIN_MS, AGAIN_TIMES * tookMs.current));
    return () => clearTimeout(timer);
  }, [isLive, isLoading, reload]);

  const known = answer !== null && answer.of === ask ? answer : null;
  return {
    value: known?.value ?? null,
    fault,
    isLoading,
    isStale: known !== null && known.search !== search,
    reload,
  };
}
