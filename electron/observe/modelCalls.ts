/** The model client's seams, watched: what the generator and the HTTP client tell, in the instrumentor's words. */
import { ATTR } from '../../shared/span.ts';
import type { ModelPrice, TokenUsage } from '../../shared/run.ts';
import type { ClientEvent, WrapAttempt } from '../client/apiClientTypes.ts';
import type { ObserveCall } from '../generators/openai/openaiGenerator.ts';
import type { Telemetry } from '../telemetry/api.ts';
import { instrumentApiClient } from '../telemetry/components/apiClient.ts';

export type ModelCallTools = {
  readonly telemetry: Telemetry;
  /** As they are now. */
  readonly prices: () => readonly ModelPrice[];
  readonly recordText: () => boolean;
};
export type ModelCallWatch = {
  readonly observeCall: ObserveCall;
  readonly wrapAttempt: WrapAttempt;
  readonly onEvent: (event: ClientEvent) => void;
};

export function watchModelCalls({ telemetry, prices, recordText }: ModelCallTools): ModelCallWatch {
  const watch = instrumentApiClient(telemetry, {
    recordText,
    price: (model, usage) => priceOf(prices(), model, usage),
  });
  const { logger } = telemetry;
  return {
    observeCall: ({ stage, repair: _repair, ...call }, run) =>
      watch.call({ ...call, attributes: { [ATTR.stage]: stage } }, run, ({ finishReasons, ...outcome }) => ({
        ...outcome,
        finishReason: finishReasons[0] ?? null,
      })),
    wrapAttempt: (request, run) => watch.attempt(request, run),
    onEvent(event) {
      if (event.kind === 'call') return;
      watch.event(event);
      if (event.kind === 'breaker') {
        logger.warn(`The model server's circuit breaker is ${event.state}.`, { state: event.state });
      } else {
        logger.info('A model call is tried again.', {
          [ATTR.errorType]: event.code,
          attempts: event.attempts,
          waitMs: Math.round(event.waitMs),
        });
      }
    },
  };
}

/** In US dollars; `null` for a model without a price of its own. */
function priceOf(prices: readonly ModelPrice[], model: string, usage: TokenUsage): number | null {
  const price = prices.find((one) => one.model === model);
  if (price === undefined) return null;
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  const output = usage.output + usage.reasoning;
  return (input * price.inputPerMillion + output * price.outputPerMillion) / 1e6;
}
