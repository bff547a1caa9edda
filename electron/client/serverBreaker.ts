/**
 * The circuit breaker in front of one server. While it is open, calls wait for it, but not for ever: once
 * the outage is older than `maxOutageMs` they fail at once, and only a probe now and then is let through.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokenCircuitError, CircuitState, CountBreaker, circuitBreaker, handleWhenResult } from 'cockatiel';
import type { BreakerOptions, BreakerState } from './apiClientTypes.ts';

export interface ServerBreaker<Outcome> {
  readonly state: BreakerState;
  /**
   * Waits until a call or a probe may go; `false` where the outage has lasted too long.
   * Rejects with an AbortError where `signal` aborts.
   */
  ready(signal: AbortSignal): Promise<boolean>;
  /** Runs `send` and counts its outcome; `null`, without running it, where the breaker is open. */
  execute(send: () => Promise<Outcome>, signal: AbortSignal): Promise<Outcome | null>;
}

const BREAKER: BreakerOptions = {
  failureShare: 0.5,
  windowCalls: 20,
  minimumCalls: 10,
  halfOpenAfterMs: 5_000,
  maxOutageMs: 60_000,
};
/** A server that has never answered is more likely the wrong address than an outage. */
const FIRST_CONTACT_MS = 15_000;
const STATE_NAMES: Readonly<Record<number, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
};

/** `isBreakage`: whether an outcome speaks against the server's health. */
export function createServerBreaker<Outcome>(
  isBreakage: (outcome: Outcome) => boolean,
  given: Partial<BreakerOptions> | undefined,
  onState: (state: BreakerState) => void,
): ServerBreaker<Outcome> {
  const options = { ...BREAKER, ...given };
  const policy = circuitBreaker(
    handleWhenResult((outcome) => isBreakage(outcome as Outcome)),
    {
      breaker: new CountBreaker({
        threshold: options.failureShare,
        size: options.windowCalls,
        minimumNumberOfCalls: options.minimumCalls,
      }),
      halfOpenAfter: options.halfOpenAfterMs,
    },
  );
  const state = (): BreakerState => STATE_NAMES[policy.state] ?? 'open';
  let outageSinceMs: number | null = null;
  let probeAtMs = 0;
  let hasAnswered = false;
  policy.onBreak(() => {
    outageSinceMs ??= performance.now();
    probeAtMs = performance.now() + options.halfOpenAfterMs;
  });
  policy.onReset(() => (outageSinceMs = null));
  policy.onStateChange(() => onState(state()));

  return {
    get state() {
      return state();
    },
    async ready(signal) {
      while (policy.state === CircuitState.Open) {
        const now = performance.now();
        if (now >= probeAtMs) return true;
        const patienceMs = hasAnswered
          ? options.maxOutageMs
          : Math.min(options.maxOutageMs, FIRST_CONTACT_MS);
        if (now - (outageSinceMs ?? now) >= patienceMs) return false;
        await sleep(Math.ceil(probeAtMs - now), undefined, { signal });
      }
      return true;
    },
    async execute(send, signal) {
      try {
        const outcome = await policy.execute(send, signal);
        hasAnswered ||= !isBreakage(outcome);
        return outcome;
      } catch (error) {
        if (error instanceof BrokenCircuitError) return null;
        throw error;
      }
    },
  };
}
