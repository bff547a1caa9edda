/**
 * Watches calls to a model's HTTP API by the GenAI and HTTP conventions: one span a call with its retries, one a
 * request, the trace handed on in the request's headers; tokens, cost and what the server's limits leave as
 * metrics; retries and the circuit breaker as events. What was asked and answered stays out unless it is wanted.
 */
import type { TokenUsage } from '../../../shared/run.ts';
import { ATTR, METRIC } from '../../../shared/span.ts';
import type { Telemetry } from '../api.ts';
import { countedSpans } from './countedSpans.ts';
import { createHttpAttempts } from './httpAttempts.ts';
import type { WatchAttempt } from './httpAttempts.ts';
import { createLeanOperations } from './leanOperations.ts';
import { createModelCalls } from './modelCalls.ts';
import type { WatchCall } from './modelCalls.ts';

export type ClientEvent =
  | { readonly kind: 'breaker'; readonly state: 'open' | 'half_open' | 'closed' }
  | {
      readonly kind: 'retry';
      readonly code: string;
      /** Attempts made so far. */
      readonly attempts: number;
      readonly waitMs: number;
    };

export type ApiClientOptions = {
  /** `client` where not given. */
  readonly component?: string;
  /** What a call cost, in `currency`; `null` where it is not known. */
  readonly price?: (model: string, usage: TokenUsage) => number | null;
  /** ISO 4217; `USD` where not given. */
  readonly currency?: string;
  /** Whether prompts and answers go on the spans: asked at the beginning of each call. Never where not given. */
  readonly recordText?: () => boolean;
};
export interface ApiClientInstrumentation {
  readonly isEnabled: boolean;
  enable(): void;
  disable(): void;
  readonly call: WatchCall;
  readonly attempt: WatchAttempt;
  /** On the span of the call that is under way. */
  event(event: ClientEvent): void;
}

export function instrumentApiClient(
  telemetry: Telemetry,
  options: ApiClientOptions = {},
): ApiClientInstrumentation {
  const { currency = 'USD', price = () => null, recordText = () => false } = options;
  const component = telemetry.component(options.component ?? 'client');
  const spans = countedSpans(telemetry, component);
  const operations = createLeanOperations(component);
  const call = createModelCalls(telemetry, component, spans, operations, { price, currency, recordText });
  const attempt = createHttpAttempts(telemetry, component, spans, operations);
  const retries = telemetry.metrics.counter(METRIC.retries, {
    unit: '{retry}',
    description: 'Requests that are sent again, by the reason.',
  });
  let isOn = telemetry.enabled;

  return {
    get isEnabled() {
      return isOn;
    },
    enable() {
      isOn = telemetry.enabled;
    },
    disable() {
      isOn = false;
    },
    call(facts, run, outcomeOf) {
      if (!isOn || component.mode === 'off') return run();
      return call(facts, run, outcomeOf);
    },
    attempt(request, run) {
      // The trace goes on at the server even where this end of it is not recorded.
      if (!isOn || component.mode === 'off') return run(isOn ? telemetry.inject() : {});
      return attempt(request, run);
    },
    event(event) {
      if (!isOn || component.mode === 'off') return;
      if (event.kind === 'breaker') {
        const state = event.state.replace('_', '-');
        telemetry.addEvent(`breaker ${state}`, { [ATTR.breakerState]: state });
        return;
      }
      const reason = { [ATTR.errorType]: event.code };
      retries.add(1, reason);
      telemetry.addEvent('retry', {
        ...reason,
        [ATTR.retryAttempt]: event.attempts,
        [ATTR.retryDelay]: event.waitMs / 1000,
      });
    },
  };
}
