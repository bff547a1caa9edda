/** Requests and answers for the cache's tests. */
import { z } from 'zod';
import type { CacheRequest, Generated } from '../../../electron/pipeline/ports.ts';

export const answerSchema = z.object({ text: z.string(), list: z.array(z.string()) });
export type Answer = z.infer<typeof answerSchema>;
export const parse = (value: unknown): Answer => answerSchema.parse(value);

export function request(input: string, more: Partial<CacheRequest['identity']> = {}): CacheRequest {
  const identity = { generator: 'openai', model: 'small', promptVersion: '1', parameters: '{}', ...more };
  return { stage: 'analyse', identity, input };
}

/** An answer of about `size` characters that cost `tokens` in, and a tenth of that out. */
export function generated(text: string, size = 100, tokens = 100): Generated<Answer> {
  return {
    value: { text, list: ['x'.repeat(size)] },
    usage: { input: tokens, cacheRead: 0, cacheWrite: 0, output: tokens / 10, reasoning: 0 },
    estimate: null,
  };
}

/** A `make` that counts its calls. */
export function maker(size?: number) {
  const calls: string[] = [];
  const make = (text: string) => async () => {
    calls.push(text);
    return generated(text, size);
  };
  return { calls, make };
}

export const never = () => Promise.reject(new Error('made again'));
