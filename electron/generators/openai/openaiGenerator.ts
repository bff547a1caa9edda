/** Asks a model on an OpenAI-compatible server. */
import type { Stage } from '../../../shared/card.ts';
import type { TokenCounter } from '../estimate.ts';
import { requireModels } from '../modelDialog.ts';
import type { ModelDialog, ModelTransport } from '../modelDialog.ts';
import { createModelGenerator } from '../modelGenerator.ts';
import type { ModelGenerator, ObserveCall } from '../modelGenerator.ts';
import type { PromptTexts } from '../prompts.ts';
import { chat } from './chat.ts';
import { sharedDialects } from './dialect.ts';
import type { ChatDialects } from './dialect.ts';

export type OpenAiDialogOptions = {
  readonly client: ModelTransport;
  readonly models: Readonly<Record<Stage, string>>;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  /** `none` asks models that think to answer at once; `null` leaves it to the server. */
  readonly reasoningEffort?: string | null;
  /** What is known of servers; by default all that this process has learned. */
  readonly dialects?: ChatDialects;
};
export type OpenAiGeneratorOptions = OpenAiDialogOptions & {
  /** Wraps every model call, for tracing. Must call `run` once and pass its rejection on. */
  readonly observeCall?: ObserveCall;
  /** Estimates the usage of servers that do not report it; without one it stays unknown. */
  readonly tokenCounter?: TokenCounter;
  /** The built-in ones where not given. */
  readonly prompts?: PromptTexts;
};

/** @throws TracedeckError `model_not_set` where a stage has no model */
export function createOpenAiGenerator(options: OpenAiGeneratorOptions): ModelGenerator {
  return createModelGenerator({ ...options, dialog: createOpenAiDialog(options) });
}

/** @throws TracedeckError `model_not_set` where a stage has no model */
function createOpenAiDialog(options: OpenAiDialogOptions): ModelDialog {
  const { client, models, temperature, maxOutputTokens, dialects = sharedDialects } = options;
  const reasoningEffort = options.reasoningEffort === undefined ? 'none' : options.reasoningEffort;
  requireModels(models);
  return {
    generator: 'openai',
    provider: 'openai',
    models,
    temperature,
    maxOutputTokens,
    // A model of the same name on another server may be another model.
    parameters: JSON.stringify({ maxOutputTokens, reasoningEffort, server: client.origin, temperature }),
    rowsAtOnce: null,
    server: { address: client.serverAddress, port: client.serverPort },
    say: (request, signal) => chat(client, dialects, { ...request, reasoningEffort }, signal),
  };
}
