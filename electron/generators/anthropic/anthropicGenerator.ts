/** Asks Claude over Anthropic's own API. */
import type { Stage } from '../../../shared/card.ts';
import type { TokenCounter } from '../estimate.ts';
import { requireModels } from '../modelDialog.ts';
import type { ModelDialog, ModelTransport } from '../modelDialog.ts';
import { createModelGenerator } from '../modelGenerator.ts';
import type { ModelGenerator, ObserveCall } from '../modelGenerator.ts';
import type { PromptTexts } from '../prompts.ts';
import { sendMessage } from './messages.ts';
import { sharedMessagesDialects } from './messagesDialect.ts';
import type { MessagesDialects } from './messagesDialect.ts';

/** Of every request: the API's, not a model's. */
export const ANTHROPIC_HEADERS = { 'anthropic-version': '2023-06-01' } as const;
export const ANTHROPIC_KEY_HEADER = 'x-api-key';

export type AnthropicDialogOptions = {
  readonly client: ModelTransport;
  /** As in the settings, with or without the version segment. */
  readonly baseUrl: string;
  readonly models: Readonly<Record<Stage, string>>;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  readonly promptCaching: boolean;
  /** What is known of models; by default all that this process has learned. */
  readonly dialects?: MessagesDialects;
};
export type AnthropicGeneratorOptions = AnthropicDialogOptions & {
  readonly observeCall?: ObserveCall;
  readonly tokenCounter?: TokenCounter;
  readonly prompts?: PromptTexts;
};

/** @throws TracedeckError `model_not_set` where a stage has no model */
export function createAnthropicGenerator(options: AnthropicGeneratorOptions): ModelGenerator {
  return createModelGenerator({ ...options, dialog: createAnthropicDialog(options) });
}

/** @throws TracedeckError `model_not_set` where a stage has no model */
function createAnthropicDialog(options: AnthropicDialogOptions): ModelDialog {
  const { client, models, temperature, maxOutputTokens, promptCaching } = options;
  const dialects = options.dialects ?? sharedMessagesDialects;
  requireModels(models);
  const path = /\/v\d+\/?$/.test(options.baseUrl) ? '/messages' : '/v1/messages';
  return {
    generator: 'anthropic',
    provider: 'anthropic',
    models,
    temperature,
    maxOutputTokens,
    // Whether the server keeps the instructions changes what an answer costs, not what it says.
    parameters: JSON.stringify({ maxOutputTokens, server: client.origin, temperature }),
    rowsAtOnce: null,
    server: { address: client.serverAddress, port: client.serverPort },
    say: (request, signal) => sendMessage(client, path, dialects, { ...request, promptCaching }, signal),
  };
}
