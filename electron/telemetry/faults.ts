/** What went wrong inside telemetry and was swallowed: how often, and where. */
import type { FaultKind } from '../../shared/telemetrySettings.ts';

const MAX_KINDS = 20;
/** Looking for the place of a fault costs some microseconds: later ones are counted alone. */
const MAX_LOCATED = 500;
const MAX_TEXT = 200;

export type Faults = {
  readonly count: number;
  /** Most frequent first; at most 20 are told apart. */
  kinds(): readonly FaultKind[];
  add(thrown?: unknown): void;
};

export function createFaults(): Faults {
  const kinds = new Map<string, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    kinds: () =>
      Array.from(kinds, ([what, times]) => ({ what, count: times })).sort((a, b) => b.count - a.count),
    add(thrown) {
      count += 1;
      if (count > MAX_LOCATED) return;
      const what = describe(thrown);
      if (kinds.has(what) || kinds.size < MAX_KINDS) kinds.set(what, (kinds.get(what) ?? 0) + 1);
    },
  };
}

/** The functions it came through, and the kind of the error. Never its message, which may hold anything. */
function describe(thrown: unknown): string {
  const kind = thrown instanceof Error ? `${thrown.name} ` : '';
  const { stack = '' } = thrown instanceof Error ? thrown : new Error('here');
  const functions = [...stack.matchAll(/^\s+at (?:async )?(?:new )?([^\s(]+) \(/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !OWN.test(name));
  return `${kind}in ${functions.slice(0, 4).join(' < ') || 'an unnamed function'}`.slice(0, MAX_TEXT);
}

/** Functions of this file, and those that only pass a fault on. */
const OWN = /^(?:describe|Object\.add|add|onFault|Object\.onFault|safely)$/;
