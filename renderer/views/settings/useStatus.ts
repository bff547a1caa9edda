import { useEffect, useState } from 'react';

const EVERY_MS = 1000;

/**
 * What a part of the program did so far, asked for once a second while somebody looks; `null` until it is known.
 * @param load the same function at every render; `undefined` from it is a call that failed
 */
export function useStatus<T>(
  load: () => Promise<T | undefined>,
): readonly [T | null, (status: T | null) => void] {
  const [status, setStatus] = useState<T | null>(null);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask() {
      const answer = await load();
      // A call that failed has been said; it is not asked again and again.
      if (isOver || answer === undefined) return;
      setStatus(answer);
      timer = setTimeout(() => void ask(), EVERY_MS);
    }
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [load]);
  return [status, setStatus];
}
