/** Tokens per window: a sliding window over what was sent, first come, first served. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Reservation {
  /** Replaces the guess by what the call really took; 0 gives all of it back. */
  settle(tokens: number): void;
}
export interface TokenWindow {
  /** Waits until `tokens` fit into the window and books them. Rejects with an AbortError where `signal` aborts. */
  take(tokens: number, signal: AbortSignal): Promise<Reservation>;
}

type Entry = { readonly atMs: number; tokens: number; expired: boolean };

/**
 * A call that alone is larger than `limit` is let through once the window is empty: it could never be sent
 * otherwise.
 */
export function createTokenWindow(limit: number, windowMs: number): TokenWindow {
  let entries: Entry[] = [];
  let used = 0;
  let line: Promise<void> = Promise.resolve();
  /** Wakes the first in line early, when a booking shrank. */
  let wake: AbortController | null = null;

  function expire(): void {
    const oldestMs = performance.now() - windowMs;
    let gone = 0;
    for (const entry of entries) {
      if (entry.atMs > oldestMs) break;
      used -= entry.tokens;
      entry.expired = true;
      gone += 1;
    }
    if (gone > 0) entries = entries.slice(gone);
  }

  async function waitForRoom(tokens: number, signal: AbortSignal): Promise<Entry> {
    for (;;) {
      signal.throwIfAborted();
      expire();
      if (used === 0 || used + tokens <= limit) {
        const entry = { atMs: performance.now(), tokens, expired: false };
        entries.push(entry);
        used += tokens;
        return entry;
      }
      const oldest = entries[0];
      const waitMs = oldest === undefined ? 0 : oldest.atMs + windowMs - performance.now();
      wake = new AbortController();
      const forward = (): void => wake?.abort();
      signal.addEventListener('abort', forward, { once: true });
      try {
        await sleep(Math.max(1, Math.ceil(waitMs)), undefined, { signal: wake.signal });
      } catch {
        // Woken: the loop looks again, and throws where it was the caller who cancelled.
      } finally {
        signal.removeEventListener('abort', forward);
        wake = null;
      }
    }
  }

  return {
    async take(tokens, signal) {
      const before = line;
      let leave = (): void => {};
      line = new Promise((resolve) => (leave = resolve));
      try {
        await before;
        const entry = await waitForRoom(Math.max(0, tokens), signal);
        return {
          settle(actual) {
            // An entry that has left the window no longer counts.
            if (entry.expired) return;
            used += actual - entry.tokens;
            entry.tokens = actual;
            wake?.abort();
          },
        };
      } finally {
        leave();
      }
    },
  };
}
