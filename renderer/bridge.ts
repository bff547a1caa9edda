/** The main process, where the page has one: the viewer also runs on pages without. */
import { useEffect, useState } from 'react';
import type { Api } from '../shared/ipc.ts';
import { getApi, toCallError } from './api.ts';

export function bridge(): Api | null {
  return typeof window === 'undefined' || window.api === undefined ? null : getApi();
}

export type Asked<T> = {
  readonly state: 'idle' | 'waiting' | 'there' | 'failed';
  readonly value: T | null;
  readonly fault: string | null;
};
const IDLE = { state: 'idle', value: null, fault: null } as const;

/** Asks once for every `key`; `null` asks nothing. What was answered to an earlier key is forgotten. */
export function useAsked<T>(key: string | null, ask: (api: Api) => Promise<T>): Asked<T> {
  const [asked, setAsked] = useState<{ readonly key: string | null; readonly of: Asked<T> }>({
    key: null,
    of: IDLE,
  });
  useEffect(() => {
    const api = bridge();
    if (key === null || api === null) return undefined;
    let isWanted = true;
    const settle = (of: Asked<T>) => isWanted && setAsked({ key, of });
    settle({ state: 'waiting', value: null, fault: null });
    ask(api).then(
      (value) => settle({ state: 'there', value, fault: null }),
      (thrown: unknown) => settle({ state: 'failed', value: null, fault: toCallError(thrown).message }),
    );
    return () => {
      isWanted = false;
    };
    // The key says what is asked.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key]);
  return asked.key === key ? asked.of : IDLE;
}
