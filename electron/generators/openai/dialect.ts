/** What an OpenAI-compatible server (and model) takes of the chat API. */
import { createDialectMemory } from '../dialects.ts';
import type { Dialects, Refusal } from '../dialects.ts';

export type ChatDialect = {
  readonly format: 'json_schema' | 'json_object' | 'plain';
  readonly outputLimit: 'max_tokens' | 'max_completion_tokens';
  readonly temperature: boolean;
  readonly reasoningEffort: boolean;
};
export type ChatDialects = Dialects<ChatDialect>;

const BEST: ChatDialect = {
  format: 'json_schema',
  outputLimit: 'max_tokens',
  temperature: true,
  reasoningEffort: true,
};

export const createDialects = (): ChatDialects => createDialectMemory(BEST, simplerDialect);

/** What this process has learned. */
export const sharedDialects: ChatDialects = createDialects();

function simplerDialect(used: ChatDialect, refusal: Refusal): ChatDialect | null {
  if (used.reasoningEffort && refusal.mentions(/reasoning|think/i))
    return { ...used, reasoningEffort: false };
  if (used.outputLimit === 'max_tokens' && refusal.mentions(/max_completion_tokens/i)) {
    return { ...used, outputLimit: 'max_completion_tokens' };
  }
  if (used.temperature && refusal.mentions(/temperature/i)) return { ...used, temperature: false };
  if (
    used.format !== 'plain' &&
    refusal.mentions(/response_format|json_schema|json_object|schema|grammar/i)
  ) {
    return { ...used, format: used.format === 'json_schema' ? 'json_object' : 'plain' };
  }
  return null;
}
