/** The model client's seams, watched: what the generator and the HTTP client tell, in the instrumentor's words. */
import { ATTR } from '../../shared/span.ts';
import { costOfTokens } from '../../shared/analysis/usage.ts';
import type { ModelPrice } from '../../shared/run.ts';
import type { ClientEvent, WrapAttempt } from '../client/apiClientTypes.ts';
import type { ObserveCall } from '../generators/modelGenerator.ts';
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
    price: (model, usage) => costOfTokens(prices(), model, usage),
  });
  const { logger } = telemetry;
  return {
    observeCall: ({ stage, repair: _repair, ...call }, run) =>
      watch.call(
        { ...call, attributes: stage === null ? {} : { [ATTR.stage]: stage } },
        run,
        ({ finishReasons, ...outcome }) => ({ ...outcome, finishReason: finishReasons[0] ?? null }),
      ),
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
