/** Baggage: few, short facts that travel with a trace to whatever it calls. */
import type { Baggage } from '../api.ts';
import { NO_BAGGAGE, Scope } from './scope.ts';
import type { BaggageEntries, Scopes } from './scope.ts';

/** What a baggage header may hold, by the W3C's recommendation; a set beyond it is ignored. */
export const MAX_ENTRIES = 64;
export const MAX_BYTES = 8192;
/** A key is a token of RFC 7230. */
const KEY = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Entries that may stand in a header; everything else is left out. */
export function toEntries(entries: Readonly<Record<string, unknown>>): BaggageEntries {
  const valid = new Map<string, string>();
  for (const [key, value] of Object.entries(entries)) {
    if (valid.size < MAX_ENTRIES && isEntry(key, value)) valid.set(key, value);
  }
  return valid;
}

export function isEntry(key: unknown, value: unknown): value is string {
  return (
    typeof key === 'string' &&
    typeof value === 'string' &&
    key.length + value.length < MAX_BYTES &&
    KEY.test(key)
  );
}

/** Outside any scope there is nothing to hold entries: `set` does nothing there. */
export function createBaggage(scopes: Scopes, onFault: () => void): Baggage {
  const entries = (): BaggageEntries => scopes.current()?.home.baggage ?? NO_BAGGAGE;
  const replace = (next: BaggageEntries): void => {
    const home = scopes.current()?.home;
    if (home !== undefined) home.baggage = next;
  };
  return {
    get: (key) => entries().get(key),
    all: () => Object.fromEntries(entries()),
    set(key, value) {
      const now = entries();
      if (!isEntry(key, value) || (now.size >= MAX_ENTRIES && !now.has(key))) return;
      replace(new Map(now).set(key, value));
    },
    remove(key) {
      const now = entries();
      if (!now.has(key)) return;
      const next = new Map(now);
      next.delete(key);
      replace(next);
    },
    clear: () => replace(NO_BAGGAGE),
    with(added, fn) {
      let scope: Scope;
      try {
        const now = scopes.current();
        const merged = new Map(now?.home.baggage);
        for (const [key, value] of toEntries(added)) {
          if (merged.size < MAX_ENTRIES || merged.has(key)) merged.set(key, value);
        }
        scope = new Scope(now?.span ?? null, merged);
      } catch {
        onFault();
        return fn();
      }
      return scopes.run(scope, fn, undefined);
    },
  };
}
