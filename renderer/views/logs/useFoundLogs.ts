import { useCallback, useEffect, useMemo, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { LogRecord } from '../../../shared/span.ts';
import type { LeftOut } from '../../../shared/traceQuery.ts';
import { getApi, toCallError } from '../../api.ts';
import { mergeLogs } from '../../derive/logs.ts';
import type { Route } from '../../store/route.ts';
import { searchOf } from '../../store/traceCommands.ts';

const LIMIT = 5000;
/** A query is asked again at most so often while records arrive. */
const AGAIN_MS = 1000;

type Load =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: CallError }
  | { readonly state: 'loaded'; readonly leftOut: LeftOut };

export type FoundLogList = {
  readonly logs: readonly LogRecord[];
  /** Records that came in while the list is held. */
  readonly backlog: number;
  readonly isHeld: boolean;
  readonly hold: (isHeld: boolean) => void;
  readonly load: Load;
  readonly retry: () => void;
};

/**
 * What the route asks for, with what is pushed since. Whether a record matches a query only the store knows, so with a
 * query the store is asked again; without one they join by themselves.
 */
export function useFoundLogs(route: Extract<Route, { view: 'logs' }>): FoundLogList {
  const { query = '', fromMs, toMs, traceId = null } = route;
  const search = useMemo(
    () => ({ ...searchOf({ query, fromMs, toMs }), traceId }),
    [query, fromMs, toMs, traceId],
  );
  const [attempt, setAttempt] = useState(0);
  const [load, setLoad] = useState<Load>({ state: 'loading' });
  const [read, setRead] = useState<{ readonly of: unknown; readonly logs: readonly LogRecord[] }>({
    of: null,
    logs: [],
  });
  const [pushed, setPushed] = useState<readonly LogRecord[]>([]);
  const [held, setHeld] = useState<readonly LogRecord[] | null>(null);

  useEffect(() => {
    let wanted = true;
    getApi()
      .searchLogs({ ...search, limit: LIMIT })
      .then(
        ({ items, leftOut }) => {
          if (!wanted) return;
          setRead({ of: search, logs: items });
          setLoad({ state: 'loaded', leftOut });
        },
        (thrown: unknown) => wanted && setLoad({ state: 'failed', error: toCallError(thrown) }),
      );
    return () => {
      wanted = false;
    };
  }, [search, attempt]);
  useEffect(() => {
    setPushed([]);
    setHeld(null);
    let timer: ReturnType<typeof setTimeout> | null = null;
    let waiting: LogRecord[] = [];
    const end = getApi().onLogsAdded((added) => {
      waiting.push(...added.filter((record) => isWithin(record, search)));
      if (waiting.length === 0 || timer !== null) return;
      timer = setTimeout(
        () => {
          timer = null;
          const fresh = waiting;
          waiting = [];
          if (search.query === '') setPushed((was) => [...was, ...fresh].slice(-LIMIT));
          else setAttempt((count) => count + 1);
        },
        search.query === '' ? 100 : AGAIN_MS,
      );
    });
    return () => {
      end();
      if (timer !== null) clearTimeout(timer);
    };
  }, [search]);

  const latest = useMemo(() => {
    if (read.of !== search) return read.logs;
    return mergeLogs(read.logs, pushed).slice(-LIMIT);
  }, [read, pushed, search]);
  const hold = useCallback((isHeld: boolean) => setHeld(isHeld ? latest : null), [latest]);
  const last = held?.at(-1)?.timeMs ?? -Infinity;
  return {
    logs: held ?? latest,
    backlog: held === null ? 0 : latest.reduce((sum, { timeMs }) => sum + (timeMs > last ? 1 : 0), 0),
    isHeld: held !== null,
    hold,
    load,
    retry: () => setAttempt((count) => count + 1),
  };
}

function isWithin(
  { timeMs, traceId }: LogRecord,
  search: { readonly fromMs: number | null; readonly toMs: number | null; readonly traceId: string | null },
): boolean {
  if (search.traceId !== null && search.traceId !== traceId) return false;
  return timeMs >= (search.fromMs ?? -Infinity) && timeMs < (search.toMs ?? Infinity);
}
