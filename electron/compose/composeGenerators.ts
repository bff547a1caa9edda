/** The generators, composed: each behind the pipeline's port, watched, and made when a run first asks for it. */
import { costOfTokens } from '../../shared/analysis/usage.ts';
import { STAGES, type Analysis, type CardDraft, type SourceItem } from '../../shared/card.ts';
import type { ConnectionTest } from '../../shared/ipc.ts';
import type { PromptDraft, PromptPreview, PromptTrial, RegeneratedCard } from '../../shared/prompt.ts';
import {
  addTokens,
  totalTokens,
  type GeneratorId,
  type RunSettings,
  type TokenUsage,
} from '../../shared/run.ts';
import type { RunEstimate } from '../../shared/source.ts';
import { ATTR, SPAN } from '../../shared/span.ts';
import type { AnthropicServer, ModelServer } from '../../shared/settings.ts';
import { createApiClient } from '../client/apiClient.ts';
import type { ApiClient } from '../client/apiClientTypes.ts';
import type { KeyStore } from '../config/keyStore.ts';
import type { SettingsStore } from '../config/settingsStore.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { estimateRun, type EstimatedList, type EstimateTools } from './estimateRun.ts';
import {
  ANTHROPIC_HEADERS,
  ANTHROPIC_KEY_HEADER,
  createAnthropicGenerator,
} from '../generators/anthropic/anthropicGenerator.ts';
import { createTokenCounter, withEstimate } from '../generators/estimate.ts';
import { createLocalGenerator, requireLlama } from '../generators/local/localGenerator.ts';
import { createLocalThread, type LocalThread } from '../generators/local/localThread.ts';
import type { LocalModelOptions } from '../generators/local/localMessages.ts';
import type { ModelGenerator } from '../generators/modelGenerator.ts';
import { createOfflineGenerator } from '../generators/offline/offlineGenerator.ts';
import { createOpenAiGenerator } from '../generators/openai/openaiGenerator.ts';
import { previewPrompt } from '../generators/previewPrompt.ts';
import { REWRITE_VERSION } from '../generators/builtInPrompts.ts';
import { BUILT_IN_PROMPTS, promptTexts, type PromptTexts } from '../generators/prompts.ts';
import { regenerate, type RegenerateRequest } from '../generators/regenerate.ts';
import type { MadeAnew } from '../deck/madeAnew.ts';
import { traceGenerator } from '../observe/generator.ts';
import { watchModelCalls } from '../observe/modelCalls.ts';
import type { Generator } from '../pipeline/ports.ts';
import { analyseInputOf } from '../pipeline/stageInputs.ts';
import type { PromptStore } from '../prompts/promptStore.ts';
import type { Telemetry } from '../telemetry/api.ts';

const TEST_TIMEOUT_MS = 60_000;
const never = new AbortController().signal;

export type GeneratorTools = {
  readonly telemetry: Telemetry;
  readonly settings: SettingsStore;
  readonly keys: KeyStore;
  readonly prompts: PromptStore;
  readonly wordNetPath: string;
  /** Whether prompts and answers are recorded just now. */
  readonly recordText: () => boolean;
  /** Entry of the local model's thread. */
  readonly localWorker: string | URL;
  /** Where node-llama-cpp may be installed; the user is told to install it into the last one. */
  readonly llamaFolders: readonly string[];
};

/** The server and models of a run, as they are now; see `RunSettings.modelServer`. */
type RunServer = RunSettings['modelServer'];
type ServerOverrides = Partial<Pick<ModelServer, 'retries' | 'timeoutMs'>>;

export type PromptTrialRequest = {
  readonly draft: PromptDraft;
  readonly item: SourceItem;
  readonly termLanguage: string;
  readonly meaningLanguage: string;
  readonly generator: GeneratorId;
};
/** What `estimateRun` needs from the deck, the cache and the sources. */
export type EstimateSources = Pick<EstimateTools, 'noteKey' | 'noteExists' | 'look' | 'past'>;

export type Generators = ReturnType<typeof createGenerators>;

export function createGenerators(tools: GeneratorTools) {
  const { telemetry, settings, keys, wordNetPath, recordText } = tools;
  const watch = watchModelCalls({ telemetry, prices: () => settings.current().prices, recordText });
  const tokenCounter = createTokenCounter();
  const offline = createOfflineGenerator({ wordNetPath });
  const estimated = traceGenerator(withEstimate(offline, tokenCounter), telemetry);
  /** One client a provider, server and key, so that limits and breaker hold across runs. */
  const clients = new Map<'openai' | 'anthropic', { readonly key: string; readonly value: ApiClient }>();
  let local: { readonly key: string; readonly thread: LocalThread } | null = null;

  function makeClient(
    provider: 'openai' | 'anthropic',
    server: ModelServer | AnthropicServer,
    apiKey: string | null,
  ): ApiClient {
    if (apiKey !== null) telemetry.protectSecret(apiKey);
    return createApiClient({
      ...server,
      apiKey,
      ...(provider === 'anthropic' ? { keyHeader: ANTHROPIC_KEY_HEADER, headers: ANTHROPIC_HEADERS } : {}),
      wrapAttempt: watch.wrapAttempt,
      observe: watch.onEvent,
    });
  }

  function clientFor(provider: 'openai' | 'anthropic', server: ModelServer | AnthropicServer): ApiClient {
    const apiKey = keys.get(server.baseUrl, provider);
    const key = JSON.stringify([server, apiKey]);
    const known = clients.get(provider);
    if (known?.key === key) return known.value;
    known?.value.close();
    const value = makeClient(provider, server, apiKey);
    clients.set(provider, { key, value });
    return value;
  }

  function threadFor(options: LocalModelOptions): LocalThread {
    const key = JSON.stringify(options);
    if (local?.key === key) return local.thread;
    void local?.thread.close();
    local = { key, thread: createLocalThread(tools.localWorker, options) };
    return local.thread;
  }

  /** @param overrides what a test of the connection does not wait for: then the client is the caller's to close */
  function modelGenerator(
    generator: Exclude<GeneratorId, 'offline'>,
    runServer: RunServer,
    prompts: PromptTexts,
    overrides?: ServerOverrides,
  ): { readonly generator: ModelGenerator; readonly close: () => void } {
    const common = { prompts, observeCall: watch.observeCall, tokenCounter };
    const now = settings.current();
    const connect = <S extends ModelServer | AnthropicServer>(provider: 'openai' | 'anthropic', server: S) =>
      overrides === undefined
        ? clientFor(provider, server)
        : makeClient(provider, { ...server, ...overrides }, keys.get(server.baseUrl, provider));
    if (generator === 'local') {
      requireLlama(tools.llamaFolders);
      const model = { ...now.localModel, path: runServer?.baseUrl ?? now.localModel.path };
      const { path, contextTokens, gpuLayers } = model;
      const thread = threadFor({ path, contextTokens, gpuLayers, packageFolders: tools.llamaFolders });
      return { generator: createLocalGenerator({ ...model, ...common, thread }), close: () => {} };
    }
    if (generator === 'openai') {
      const server = { ...now.server, ...runServer };
      const client = connect('openai', server);
      return {
        generator: createOpenAiGenerator({ ...server, ...common, client }),
        close: () => client.close(),
      };
    }
    const server = { ...now.anthropic, ...runServer };
    const client = connect('anthropic', server);
    return {
      generator: createAnthropicGenerator({ ...server, ...common, client }),
      close: () => client.close(),
    };
  }

  /** @throws TracedeckError `prompt_unknown` */
  function promptsOf({ prompts = {} }: Pick<RunSettings, 'prompts'>): PromptTexts {
    const chosen = STAGES.flatMap((stage) => prompts[stage] ?? []);
    return chosen.length === 0 ? BUILT_IN_PROMPTS : promptTexts(chosen.map((id) => tools.prompts.get(id)));
  }

  /** A model generator for one call beside the runs. */
  function asked(generator: GeneratorId, prompts: PromptTexts): ModelGenerator {
    if (generator !== 'offline') return modelGenerator(generator, undefined, prompts).generator;
    throw new TracedeckError('user', 'needs_model', 'The offline generator asks no model.', {
      hint: 'Choose a generator that asks a model in the settings.',
    });
  }

  function forRun(run: RunSettings): Generator {
    if (run.generator === 'offline') return estimated;
    const { generator } = modelGenerator(run.generator, run.modelServer, promptsOf(run));
    return traceGenerator(generator, telemetry, { callsServer: true });
  }

  return {
    /** Around an HTTP request of another client, for its span. */
    wrapAttempt: watch.wrapAttempt,

    /**
     * @throws TracedeckError `model_not_set`, `prompt_unknown`, `local_model_missing`, `local_model_unreadable`, or what
     *   is wrong with the stored key
     */
    forRun,

    /** What a run with the generator is to be started, and later resumed, with. */
    modelServer(generator: GeneratorId): RunServer {
      const { server, anthropic, localModel } = settings.current();
      if (generator === 'offline') return undefined;
      if (generator === 'local') return { baseUrl: localModel.path, models: { analyse: '', write: '' } };
      const { baseUrl, models } = generator === 'openai' ? server : anthropic;
      return { baseUrl, models };
    },

    /** US dollars by the price table as it is now; `null` for a model without a price. */
    costOf: (model: string, usage: TokenUsage): number | null =>
      costOfTokens(settings.current().prices, model, usage),

    /** See `estimateRun`; nothing is asked and nothing is written. */
    estimateRun(
      list: EstimatedList,
      run: RunSettings,
      sources: EstimateSources,
      signal: AbortSignal = never,
    ): Promise<RunEstimate> {
      const { prices, anthropic } = settings.current();
      const attributes = { [ATTR.generator]: run.generator };
      return telemetry.withSpan(SPAN.estimate, { attributes }, async (span) => {
        const estimate = await estimateRun(
          list,
          run,
          {
            ...sources,
            generator: forRun(run),
            prompts: promptsOf(run),
            offline,
            tokenCounter,
            prices,
            promptCaching: run.generator !== 'anthropic' || anthropic.promptCaching,
          },
          signal,
        );
        span.set(ATTR.termCount, estimate.terms);
        return estimate;
      });
    },

    /**
     * One tiny call to the model of stage 1, past queues and retries: whoever tests wants to hear now. Throws what
     * the client throws.
     */
    testConnection({ generator }: { readonly generator: GeneratorId }): Promise<ConnectionTest> {
      return telemetry.withSpan(SPAN.testConnection, async (span) => {
        if (generator === 'offline') {
          const startMs = performance.now();
          const item = { term: 'test', kind: 'term' as const, fields: {} };
          await offline.analyse({ item, termLanguage: 'en', meaningLanguage: 'en' }, never);
          const { model } = offline.identity('analyse');
          const latencyMs = performance.now() - startMs;
          return { model, latencyMs, inputTokens: 0, outputTokens: 0, traceId: span.traceId };
        }
        const { timeoutMs } = settings.current()[generator === 'anthropic' ? 'anthropic' : 'server'];
        const overrides = { retries: 0, timeoutMs: Math.min(timeoutMs, TEST_TIMEOUT_MS) };
        const tester = modelGenerator(generator, undefined, BUILT_IN_PROMPTS, overrides);
        const { model, latencyMs, usage } = await tester.generator.greet(never).finally(tester.close);
        const outputTokens = usage.output + usage.reasoning;
        const inputTokens = totalTokens(usage) - outputTokens;
        return { model, latencyMs, inputTokens, outputTokens, traceId: span.traceId };
      });
    },

    /** One card anew, by the settings' generator. Throws `needs_model`, and what a stage throws. */
    regenerate(
      request: RegenerateRequest,
      signal: AbortSignal = never,
    ): Promise<RegeneratedCard & { readonly made: MadeAnew }> {
      return telemetry.withSpan(SPAN.regenerate, async (span) => {
        const generator = asked(settings.current().generator, BUILT_IN_PROMPTS);
        const { value, usage, exchange } = await regenerate(generator, request, signal);
        const { traceId } = span;
        const identity = { ...generator.identity('write'), promptVersion: REWRITE_VERSION };
        const made = {
          traceId,
          atMs: Date.now(),
          identity,
          usage,
          ...(exchange === undefined ? {} : { exchange }),
        };
        return { card: value, usage, traceId, made };
      });
    },

    /** The prompt that a template makes of an item; nothing is asked. Stage 2 is shown with the offline analysis. */
    previewPrompt: (request: Omit<PromptTrialRequest, 'generator'>): Promise<PromptPreview> =>
      previewPrompt({ ...request, offline, tokenCounter }),

    /** A template tried on one item; nothing is kept. Throws `needs_model`, and what the stages throw. */
    tryPrompt(request: PromptTrialRequest, signal: AbortSignal = never): Promise<PromptTrial> {
      return telemetry.withSpan(SPAN.tryPrompt, async (span) => {
        const { draft, item } = request;
        const prompts = promptTexts([{ ...draft, id: 'draft', builtIn: false }]);
        const generator = asked(request.generator, prompts);
        const input = analyseInputOf(request, item);
        const analysed = await generator.analyse(input, signal);
        const trial = (cards: readonly CardDraft[], usage: TokenUsage, analysis: Analysis): PromptTrial => ({
          analysis,
          cards,
          usage,
          traceId: span.traceId,
        });
        if (draft.stage === 'analyse') return trial([], analysed.usage, analysed.value);
        const written = await generator.write(
          { ...input, analysis: analysed.value, cardTypes: null },
          signal,
        );
        return trial(written.value, addTokens(analysed.usage, written.usage), analysed.value);
      });
    },

    /** Resolves when the local model has let go: a program that ends before would be aborted. */
    async close(): Promise<void> {
      for (const { value } of clients.values()) value.close();
      offline.close();
      await local?.thread.close();
    },
  };
}
