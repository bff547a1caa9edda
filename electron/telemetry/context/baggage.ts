/** Baggage of the active scope, and what of it spans carry as attributes. */
import { baggageOf, withEntries } from '../../../shared/baggage.ts';
import type { BaggageEntries } from '../../../shared/baggage.ts';
import type { Attributes } from '../../../shared/span.ts';
import type { Baggage } from '../api.ts';
import { extractBaggage } from './propagation.ts';
import { Scope } from './scope.ts';
import type { Scopes } from './scope.ts';

/** Entries that may stand in a header; everything else is left out. */
export function toEntries(entries: Readonly<Record<string, unknown>>): BaggageEntries {
  return withEntries(undefined, entries);
}

/** Outside any scope there is nothing to hold entries: `set` does nothing there. */
export function createBaggage(scopes: Scopes, onFault: (thrown?: unknown) => void): Baggage {
  return {
    ...baggageOf(() => scopes.current()?.home),
    extract(carrier) {
      try {
        return extractBaggage(carrier);
      } catch (thrown) {
        onFault(thrown);
        return {};
      }
    },
    with(added, fn) {
      let scope: Scope;
      try {
        const now = scopes.current();
        scope = new Scope(now?.span ?? null, withEntries(now?.home.baggage, added));
      } catch (thrown) {
        onFault(thrown);
        return fn();
      }
      return scopes.run(scope, fn, undefined);
    },
  };
}

export type ChosenBaggage = {
  /** No key is chosen: nobody need ask. */
  readonly isEmpty: boolean;
  configure(keys: readonly string[]): void;
  /** The chosen ones of these entries, the same object for the same entries; `null` where there are none. */
  of(entries: BaggageEntries): Attributes | null;
};

export function createChosenBaggage(): ChosenBaggage {
  let keys: readonly string[] = [];
  let known = new WeakMap<BaggageEntries, Attributes | null>();
  const chosen = {
    isEmpty: true,
    configure(next: readonly string[]) {
      keys = [...next];
      chosen.isEmpty = keys.length === 0;
      known = new WeakMap();
    },
    of(entries: BaggageEntries) {
      let attributes = known.get(entries);
      if (attributes === undefined) {
        const found = keys.filter((key) => entries.has(key));
        attributes =
          found.length === 0 ? null : Object.fromEntries(found.map((key) => [key, entries.get(key)!]));
        known.set(entries, attributes);
      }
      return attributes;
    },
  };
  return chosen;
}
