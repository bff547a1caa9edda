/** Work that a window can break off, by a key that it gives: one piece of work at a time for each. */
export function createStoppable<Key>() {
  const running = new Map<Key, AbortController>();
  return {
    /** @throws what `work` throws, which is told by its signal that nobody waits any more */
    async run<T>(key: Key, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const stop = new AbortController();
      running.set(key, stop);
      try {
        return await work(stop.signal);
      } finally {
        if (running.get(key) === stop) running.delete(key);
      }
    },
    /** Nothing where nothing runs. */
    stop: (key: Key): void => running.get(key)?.abort(),
  };
}
