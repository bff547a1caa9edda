/** The generators, composed: each behind the pipeline's port, watched, and made when a run first asks for it. */
import type { ConnectionTest } from '../shared/ipc.ts';
import { totalTokens, type RunSettings } from '../shared/run.ts';
import type { ModelServer } from '../shared/settings.ts';
import { createApiClient } from './client/apiClient.ts';
import type { ApiClient, ClientEvent } from './client/apiClientTypes.ts';
import type { KeyStore } from './config/keyStore.ts';
import type { SettingsStore } from './config/settingsStore.ts';
import { createTokenCounter, withEstimate } from './generators/estimate.ts';
import { createOfflineGenerator } from './generators/offline/offlineGenerator.ts';
import { createOpenAiGenerator, type ObserveCall } from './generators/openai/openaiGenerator.ts';
import { testConnection } from './generators/openai/testConnection.ts';
import type { Generator } from './pipeline/ports.ts';
import { traceHttpAttempt, traceModelCall } from './telemetry/tracedCalls.ts';
import { traceGenerator } from './telemetry/traced.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

export type GeneratorTools = {
  readonly telemetry: Telemetry;
  readonly settings: SettingsStore;
  readonly keys: KeyStore;
  readonly wordNetPath: string;
};

export function createGenerators({ telemetry, settings, keys, wordNetPath }: GeneratorTools) {
  const tokenCounter = createTokenCounter();
  const offline = createOfflineGenerator({ wordNetPath });
  const estimated = traceGenerator(withEstimate(offline, tokenCounter), telemetry);
  /** One client a server and key, so that limits and breaker hold across runs. */
  let client: { readonly key: string; readonly value: ApiClient } | null = null;

  function clientFor(server: ModelServer): ApiClient {
    const apiKey = keys.get();
    if (apiKey !== null) telemetry.protectSecret(apiKey);
    const key = JSON.stringify([server, apiKey]);
    if (client?.key === key) return client.value;
    client?.value.close();
    const value = createApiClient({
      ...server,
      apiKey,
      wrapAttempt: (request, run) => traceHttpAttempt(telemetry, request, run),
      observe: (event) => logClientEvent(telemetry, event),
    });
    client = { key, value };
    return value;
  }

  const observeCall: ObserveCall = (call, run) =>
    traceModelCall(telemetry, call, run, ({ usage, responseModel, finishReasons, problem }) => ({
      usage,
      responseModel,
      problem,
      finishReason: finishReasons[0] ?? null,
    }));

  function openai(): Generator {
    const { server } = settings.current();
    return createOpenAiGenerator({ ...server, client: clientFor(server), observeCall, tokenCounter });
  }

  return {
    /** @throws TracedeckError `model_not_set`, or what is wrong with the stored key */
    forRun({ generator }: RunSettings): Generator {
      switch (generator) {
        case 'offline':
          return estimated;
        case 'openai':
          return traceGenerator(openai(), telemetry);
      }
    },

    /** One tiny call to the model of stage 1. Throws what the client throws. */
    async testConnection(): Promise<ConnectionTest> {
      const { server } = settings.current();
      return telemetry.withSpan('test connection', { parent: null }, async (span) => {
        const signal = AbortSignal.timeout(server.timeoutMs);
        const { model, latencyMs, usage } = await testConnection(
          clientFor(server),
          server.models.analyse,
          signal,
        );
        const outputTokens = usage.output + usage.reasoning;
        const inputTokens = totalTokens(usage) - outputTokens;
        return { model, latencyMs, inputTokens, outputTokens, traceId: span.traceId };
      });
    },

    close(): void {
      client?.value.close();
      offline.close();
    },
  };
}

function logClientEvent({ logger }: Telemetry, event: ClientEvent): void {
  switch (event.kind) {
    case 'breaker':
      return logger.warn(`The model server's circuit breaker is ${event.state}.`, { state: event.state });
    case 'retry':
      return logger.info('A model call is tried again.', {
        'error.type': event.code,
        attempts: event.attempts,
        waitMs: Math.round(event.waitMs),
      });
    case 'call':
      return;
  }
}
