/** The generators, composed: each behind the pipeline's port, watched, and made when a run first asks for it. */
import type { ConnectionTest } from '../shared/ipc.ts';
import { totalTokens, type RunSettings } from '../shared/run.ts';
import type { ModelServer } from '../shared/settings.ts';
import { createApiClient } from './client/apiClient.ts';
import type { ApiClient } from './client/apiClientTypes.ts';
import type { KeyStore } from './config/keyStore.ts';
import type { SettingsStore } from './config/settingsStore.ts';
import { createTokenCounter, withEstimate } from './generators/estimate.ts';
import { createOfflineGenerator } from './generators/offline/offlineGenerator.ts';
import { createOpenAiGenerator } from './generators/openai/openaiGenerator.ts';
import { testConnection } from './generators/openai/testConnection.ts';
import type { Generator } from './pipeline/ports.ts';
import { traceGenerator } from './observe/generator.ts';
import { watchModelCalls } from './observe/modelCalls.ts';
import type { Telemetry } from './telemetry/api.ts';

const TEST_TIMEOUT_MS = 60_000;

export type GeneratorTools = {
  readonly telemetry: Telemetry;
  readonly settings: SettingsStore;
  readonly keys: KeyStore;
  readonly wordNetPath: string;
  /** Whether prompts and answers are recorded just now. */
  readonly recordText: () => boolean;
};

export function createGenerators(tools: GeneratorTools) {
  const { telemetry, settings, keys, wordNetPath, recordText } = tools;
  const watch = watchModelCalls({ telemetry, prices: () => settings.current().prices, recordText });
  const tokenCounter = createTokenCounter();
  const offline = createOfflineGenerator({ wordNetPath });
  const estimated = traceGenerator(withEstimate(offline, tokenCounter), telemetry);
  /** One client a server and key, so that limits and breaker hold across runs. */
  let client: { readonly key: string; readonly value: ApiClient } | null = null;

  function makeClient(server: ModelServer, apiKey: string | null): ApiClient {
    if (apiKey !== null) telemetry.protectSecret(apiKey);
    return createApiClient({
      ...server,
      apiKey,
      wrapAttempt: watch.wrapAttempt,
      observe: watch.onEvent,
    });
  }

  function clientFor(server: ModelServer): ApiClient {
    const apiKey = keys.get(server.baseUrl);
    const key = JSON.stringify([server, apiKey]);
    if (client?.key === key) return client.value;
    client?.value.close();
    client = { key, value: makeClient(server, apiKey) };
    return client.value;
  }

  function openai({ modelServer }: RunSettings): Generator {
    const server = { ...settings.current().server, ...modelServer };
    return createOpenAiGenerator({
      ...server,
      client: clientFor(server),
      observeCall: watch.observeCall,
      tokenCounter,
    });
  }

  return {
    /** @throws TracedeckError `model_not_set`, or what is wrong with the stored key */
    forRun(run: RunSettings): Generator {
      switch (run.generator) {
        case 'offline':
          return estimated;
        case 'openai':
          return traceGenerator(openai(run), telemetry, { callsServer: true });
      }
    },

    /**
     * One tiny call to the model of stage 1, past queues and retries: whoever tests wants to hear now. Throws what
     * the client throws.
     */
    async testConnection(): Promise<ConnectionTest> {
      const { server } = settings.current();
      const timeoutMs = Math.min(server.timeoutMs, TEST_TIMEOUT_MS);
      const tester = makeClient({ ...server, retries: 0, timeoutMs }, keys.get(server.baseUrl));
      const never = new AbortController().signal;
      return telemetry.withSpan('test connection', async (span) => {
        const { model, latencyMs, usage } = await testConnection(
          tester,
          server.models.analyse,
          never,
        ).finally(() => tester.close());
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
