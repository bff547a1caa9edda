/**
 * What a model call used: read from a span's attributes under the names that instrumentations use, each token counted
 * once. By the conventions `input_tokens` holds cached tokens and `output_tokens` holds reasoning. Some recorders
 * leave them out; where the parts are larger than the whole, they cannot be in it and are added.
 */
import type { ModelPrice, TokenUsage } from '../run.ts';
import { ATTR } from '../span.ts';
import type { Attributes } from '../span.ts';

/** `uncachedInput + cacheRead + cacheWrite + output` is the total; `reasoning` is part of `output`. */
export type Usage = {
  readonly uncachedInput: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
};
export const USAGE_PARTS = ['uncachedInput', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const;
export const NO_USAGE: Usage = { uncachedInput: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

/** First the conventions as they are, then as they were, then OpenInference. */
export const USAGE_KEYS = {
  input: [ATTR.genAiInputTokens, 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt'],
  output: [ATTR.genAiOutputTokens, 'gen_ai.usage.completion_tokens', 'llm.token_count.completion'],
  cacheRead: [
    ATTR.genAiCacheReadTokens,
    'gen_ai.usage.cache_read_input_tokens',
    'llm.token_count.prompt_details.cache_read',
  ],
  cacheWrite: [
    ATTR.genAiCacheCreationTokens,
    'gen_ai.usage.cache_creation_input_tokens',
    'llm.token_count.prompt_details.cache_write',
  ],
  reasoning: [ATTR.genAiReasoningTokens, 'llm.token_count.completion_details.reasoning'],
} as const satisfies Record<string, readonly string[]>;
/** US dollars, unless `ATTR.currency` names another currency: then they are nobody's dollars and not counted. */
export const COST_KEYS: readonly string[] = [ATTR.cost, 'gen_ai.usage.cost', 'llm.cost.total'];
/** All that `usageOfAttributes` and `costOfAttributes` look at. */
export const AMOUNT_KEYS: ReadonlySet<string> = new Set<string>([
  ...Object.values(USAGE_KEYS).flat(),
  ...COST_KEYS,
  ATTR.currency,
]);
/** The model that was asked for; where it is not named, the one that answered. */
export const MODEL_KEYS: readonly string[] = [
  ATTR.genAiRequestModel,
  'llm.model_name',
  ATTR.genAiResponseModel,
];
/** Operations in which a model itself answers; an agent or a tool around it does not. */
export const MODEL_OPERATIONS: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
]);

export type ReportedUsage = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
};

export function usageOf({ input, output, cacheRead, cacheWrite, reasoning }: ReportedUsage): Usage {
  const cached = cacheRead + cacheWrite;
  return {
    uncachedInput: cached > input ? input : input - cached,
    cacheRead,
    cacheWrite,
    output: reasoning > output ? output + reasoning : output,
    reasoning,
  };
}

export function totalOf(usage: Usage): number {
  return usage.uncachedInput + usage.cacheRead + usage.cacheWrite + usage.output;
}

/** `null` where the span says nothing of tokens. */
export function usageOfAttributes(attributes: Attributes): Usage | null {
  const read = (keys: readonly string[]): number | null => {
    for (const key of keys) {
      const value = attributes[key];
      if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
    }
    return null;
  };
  const input = read(USAGE_KEYS.input);
  const output = read(USAGE_KEYS.output);
  const cacheRead = read(USAGE_KEYS.cacheRead);
  const cacheWrite = read(USAGE_KEYS.cacheWrite);
  const reasoning = read(USAGE_KEYS.reasoning);
  return statedUsage({ input, output, cacheRead, cacheWrite, reasoning });
}

/** Of what a span states: `null` where it states nothing, and what it leaves out is none. */
export function statedUsage(stated: {
  readonly [K in keyof typeof USAGE_KEYS]: number | null;
}): Usage | null {
  const { input, output, cacheRead, cacheWrite, reasoning } = stated;
  if ((input ?? output ?? cacheRead ?? cacheWrite ?? reasoning) === null) return null;
  return usageOf({
    input: input ?? 0,
    output: output ?? 0,
    cacheRead: cacheRead ?? 0,
    cacheWrite: cacheWrite ?? 0,
    reasoning: reasoning ?? 0,
  });
}

/** US dollars as the span states them; `null` where it does not, or in another currency. */
export function costOfAttributes(attributes: Attributes): number | null {
  const currency = attributes[ATTR.currency];
  if (currency !== undefined && currency !== 'USD') return null;
  for (const key of COST_KEYS) {
    const value = attributes[key];
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  }
  return null;
}

/** As servers name a model's state of a day: `gpt-4o-mini-2024-07-18`. */
const DATED = /-(?:\d{4}-?\d{2}-?\d{2}|latest)$/;

/**
 * US dollars by the price table; `null` for a model without a price. Where the table does not know what cached tokens
 * cost they are counted as other input, so that the figure is rather too high than too low.
 */
export function costByPrice(
  prices: readonly ModelPrice[],
  model: string | null,
  usage: Usage,
): number | null {
  const price = model === null ? undefined : priceOf(prices, model);
  if (price === undefined) return null;
  const input =
    usage.uncachedInput +
    usage.cacheRead * (price.cacheReadFactor ?? 1) +
    usage.cacheWrite * (price.cacheWriteFactor ?? 1);
  return (input * price.inputPerMillion + usage.output * price.outputPerMillion) / 1e6;
}

/** The same of a call of our own. */
export function costOfTokens(
  prices: readonly ModelPrice[],
  model: string,
  { input, cacheRead, cacheWrite, output, reasoning }: TokenUsage,
): number | null {
  const all = { uncachedInput: input, cacheRead, cacheWrite, output: output + reasoning, reasoning };
  return costByPrice(prices, model, all);
}

function priceOf(prices: readonly ModelPrice[], model: string): ModelPrice | undefined {
  const exact = prices.find((price) => price.model === model);
  if (exact !== undefined) return exact;
  const family = model.replace(DATED, '');
  return family === model ? undefined : prices.find((price) => price.model === family);
}
