/**
 * What a server (and model) takes of the chat API. Everything is tried in its best form first; a refusal
 * that names a parameter teaches us to leave it out, once per server, model and process.
 */
import type { TracedeckError } from '../../errors/tracedeckError.ts';

export type Dialect = {
  readonly format: 'json_schema' | 'json_object' | 'plain';
  readonly outputLimit: 'max_tokens' | 'max_completion_tokens';
  readonly temperature: boolean;
  readonly reasoningEffort: boolean;
};

const BEST: Dialect = {
  format: 'json_schema',
  outputLimit: 'max_tokens',
  temperature: true,
  reasoningEffort: true,
};

export interface Dialects {
  get(server: string, model: string): Dialect;
  /** Learns from a refusal of a request in `used`; `false` where there is nothing to learn. */
  learn(server: string, model: string, used: Dialect, refusal: unknown): boolean;
}

export function createDialects(): Dialects {
  const known = new Map<string, Dialect>();
  const keyOf = (server: string, model: string): string => `${server} ${model}`;
  return {
    get: (server, model) => known.get(keyOf(server, model)) ?? BEST,
    learn(server, model, used, refusal) {
      if (!isRefusal(refusal)) return false;
      const key = keyOf(server, model);
      // Another call in flight has learned something meanwhile: try that first.
      if ((known.get(key) ?? BEST) !== used) return true;
      const simpler = simplerDialect(used, refusal);
      if (simpler === null) return false;
      known.set(key, simpler);
      return true;
    },
  };
}

/** What this process has learned. */
export const sharedDialects: Dialects = createDialects();

type Refusal = TracedeckError & { mentions(pattern: RegExp): boolean };

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'code' in error && error.code === 'bad_request' && 'mentions' in error;
}

function simplerDialect(used: Dialect, refusal: Refusal): Dialect | null {
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
