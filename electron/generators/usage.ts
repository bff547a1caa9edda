/** Token counts of the servers' several kinds, each token in exactly one of ours. */
import { totalTokens } from '../../shared/run.ts';
import type { TokenUsage } from '../../shared/run.ts';

type Numbers = Readonly<Record<string, unknown>>;

/**
 * Reads the `usage` of an answer; `null` where it says nothing.
 *
 * `prompt_tokens` (OpenAI, OpenRouter, DeepSeek, local servers) includes what was read from and written to
 * the prompt cache, `input_tokens` without details (Anthropic) does not. `completion_tokens` includes
 * reasoning unless `total_tokens` shows that it was left out.
 */
export function readUsage(usage: unknown): TokenUsage | null {
  if (typeof usage !== 'object' || usage === null) return null;
  const numbers = usage as Numbers;
  const promptDetails = details(numbers, 'prompt_tokens_details', 'input_tokens_details');
  const outputDetails = details(numbers, 'completion_tokens_details', 'output_tokens_details');
  const prompt = count(numbers['prompt_tokens']) ?? count(numbers['input_tokens']);
  const completion = count(numbers['completion_tokens']) ?? count(numbers['output_tokens']);
  if ((prompt ?? 0) + (completion ?? 0) === 0) return null;

  const apartRead = count(numbers['cache_read_input_tokens']);
  const apartWrite = count(numbers['cache_creation_input_tokens']);
  const apart = numbers['prompt_tokens'] === undefined && (apartRead ?? apartWrite) !== null;
  const read =
    apartRead ?? count(promptDetails['cached_tokens']) ?? count(numbers['prompt_cache_hit_tokens']) ?? 0;
  const write = apartWrite ?? count(promptDetails['cache_write_tokens']) ?? 0;
  const cacheRead = apart ? read : Math.min(read, prompt ?? 0);
  const cacheWrite = apart ? write : Math.min(write, (prompt ?? 0) - cacheRead);
  const input = apart ? (prompt ?? 0) : (prompt ?? 0) - cacheRead - cacheWrite;

  const reasoning = count(outputDetails['reasoning_tokens']) ?? count(outputDetails['thinking_tokens']) ?? 0;
  const total = count(numbers['total_tokens']);
  const leftOut =
    reasoning > (completion ?? 0) ||
    (reasoning > 0 && total === (prompt ?? 0) + (completion ?? 0) + reasoning);
  return { input, cacheRead, cacheWrite, output: (completion ?? 0) - (leftOut ? 0 : reasoning), reasoning };
}

/** All tokens of a server's answer; `null` where it says nothing of them. */
export function tokensOfAnswer(answer: unknown): number | null {
  const usage = readUsage((answer as { readonly usage?: unknown } | null)?.usage);
  return usage === null ? null : totalTokens(usage);
}

function details(numbers: Numbers, ...names: readonly string[]): Numbers {
  for (const name of names) {
    const value = numbers[name];
    if (typeof value === 'object' && value !== null) return value as Numbers;
  }
  return {};
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
}
