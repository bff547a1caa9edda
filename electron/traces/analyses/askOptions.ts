import type { ModelPrice } from '../../../shared/run.ts';
import type { Search } from '../../../shared/traceQuery.ts';
import type { MatchOptions } from '../query/match.ts';

/** How a question may be answered: until when it may look (it says what it has not looked at), and with what prices. */
export type AskOptions = MatchOptions & {
  /** For calls that do not state their cost; not given: none. */
  readonly prices?: readonly ModelPrice[];
};

export const BUDGET_MS = 2000;

/** The budget of a question in two steps: what comes first may take half of it, and leaves the rest. */
export function budgetOf({ budgetMs = BUDGET_MS, ...options }: AskOptions): {
  /** Of `performance.now()`. */
  readonly firstUntilMs: number;
  /** The options of the second step, as much as is left by then. */
  rest(): AskOptions;
} {
  const beganMs = performance.now();
  return {
    firstUntilMs: beganMs + budgetMs / 2,
    rest: () => ({ ...options, budgetMs: Math.max(0, beganMs + budgetMs - performance.now()) }),
  };
}

/** Epoch microseconds, both ends included. */
export function timeOf(search: Search): { readonly fromUs: number; readonly toUs: number } {
  return {
    fromUs: search.fromMs === null ? -Infinity : search.fromMs * 1000,
    toUs: search.toMs === null ? Infinity : search.toMs * 1000,
  };
}
