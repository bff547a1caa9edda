/**
 * What a run may spend. A row is let in only where what was spent, what the rows in flight are expected to take and
 * what it is expected to take itself fit into the budget; what a row takes is the mean of those before it.
 */
import { totalTokens, type RunSettings, type StageStats, type TokenUsage } from '../../shared/run.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { StageFacts } from './ports.ts';

export type Amount = { readonly tokens: number; readonly dollars: number };
type Limits = { readonly tokens: number | null; readonly dollars: number | null };

/** US dollars; `null` for a model without a price. */
export type CostOf = (model: string, usage: TokenUsage) => number | null;

export interface Budget {
  /**
   * Resolves to a place for one more row, or to `null` where it does not fit in any more, also without those in
   * flight. Rejects when `signal` aborts.
   * @param guess what the row will take; asked for until one was paid
   */
  admit(guess: () => Amount, signal: AbortSignal): Promise<Place | null>;
  /** Why the run stops. */
  problem(): TracedeckError;
}
export interface Place {
  /** Ends the row's reservation; its stages count as spent from here on. */
  settle(stages: readonly StageFacts[]): void;
}

const NOTHING: Amount = { tokens: 0, dollars: 0 };

/** @param before what earlier sessions of the run took */
export function createBudget(limits: Limits, before: readonly StageStats[], costOf: CostOf): Budget {
  let spent = before
    .map((stats) => amountOf(stats.model, stats.tokens, stats.estimate, costOf))
    .reduce(add, NOTHING);
  /** A row calls each stage once. */
  let paidRows = Math.max(0, ...before.map(({ calls }) => calls));
  let reserved = NOTHING;
  let inFlight = 0;
  let next = NOTHING;
  let wake = new Set<() => void>();

  const expected = (guess: () => Amount): Amount => (paidRows === 0 ? guess() : scale(spent, 1 / paidRows));
  const fits = (amount: Amount): boolean =>
    within(amount.tokens, limits.tokens) && within(amount.dollars, limits.dollars);

  function place(amount: Amount): Place {
    reserved = add(reserved, amount);
    inFlight += 1;
    let isOpen = true;
    return {
      settle(stages) {
        if (!isOpen) return;
        isOpen = false;
        inFlight -= 1;
        reserved = inFlight === 0 ? NOTHING : add(reserved, scale(amount, -1));
        const paid = stages
          .filter(({ tier, shared, generated }) => tier === null && !shared && generated !== null)
          .map(({ identity, generated }) =>
            amountOf(identity.model, generated!.usage, generated!.estimate, costOf),
          )
          .reduce(add, NOTHING);
        if (paid.tokens > 0) {
          spent = add(spent, paid);
          paidRows += 1;
        }
        const waiting = wake;
        wake = new Set();
        for (const resolve of waiting) resolve();
      },
    };
  }

  return {
    async admit(guess, signal) {
      for (;;) {
        signal.throwIfAborted();
        next = expected(guess);
        if (fits(add(add(spent, reserved), next))) return place(next);
        if (inFlight === 0) return null;
        await settled(wake, signal);
      }
    },
    problem() {
      const took: string[] = [];
      if (limits.dollars !== null) took.push(`${dollars(spent.dollars)} of ${dollars(limits.dollars)}`);
      if (limits.tokens !== null) took.push(`${count(spent.tokens)} of ${count(limits.tokens)} tokens`);
      const row = limits.dollars === null ? `${count(next.tokens)} tokens` : dollars(next.dollars);
      return new TracedeckError(
        'user',
        'budget_spent',
        `The budget does not cover another row: ${took.join(' and ')} spent, a row takes about ${row}.`,
        { hint: 'The rows left wait: resume the run with a higher budget, or cancel it.' },
      );
    },
  };
}

/**
 * Refuses a budget in dollars for a model whose price nobody knows.
 * @throws TracedeckError `price_unknown`
 */
export function requirePrices(
  { budget }: RunSettings,
  models: readonly string[],
  costOf: CostOf | undefined,
): void {
  if (budget === undefined || budget.dollars === null) return;
  const nothing = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };
  for (const model of models) {
    if ((costOf?.(model, nothing) ?? null) !== null) continue;
    throw new TracedeckError(
      'user',
      'price_unknown',
      `The price table has no price for the model '${model}'.`,
      {
        hint: 'Add its price in the settings (0 for a model of your own), or set the budget in tokens.',
      },
    );
  }
}

/** Tokens that a server does not report are spent all the same: their estimate counts. */
function amountOf(
  model: string,
  usage: TokenUsage,
  estimate: { readonly input: number; readonly output: number } | null,
  costOf: CostOf,
): Amount {
  const { input = 0, output = 0 } = estimate ?? {};
  const all = { ...usage, input: usage.input + input, output: usage.output + output };
  return { tokens: totalTokens(all), dollars: costOf(model, all) ?? 0 };
}

const add = (a: Amount, b: Amount): Amount => ({
  tokens: a.tokens + b.tokens,
  dollars: a.dollars + b.dollars,
});
const scale = ({ tokens, dollars }: Amount, by: number): Amount => ({
  tokens: tokens * by,
  dollars: dollars * by,
});
/** Sums of decimals are off by their last digits. */
const within = (amount: number, limit: number | null): boolean => limit === null || amount <= limit + 1e-9;

function settled(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      waiting.delete(done);
      resolve();
    };
    waiting.add(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

const count = (tokens: number): string => Math.round(tokens).toLocaleString('en');

/** Two significant digits below a dollar: a run of a few rows costs less than a cent. */
function dollars(amount: number): string {
  if (amount >= 1 || amount === 0) return `$${amount.toFixed(2)}`;
  return `$${Number(amount.toPrecision(2)).toLocaleString('en', { maximumFractionDigits: 10 })}`;
}
