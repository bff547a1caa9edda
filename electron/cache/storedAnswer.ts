/** Answers as text, and back. */
import { z } from 'zod';
import type { TokenUsage } from '../../shared/run.ts';
import type { Generated } from '../pipeline/ports.ts';

const tokenCount = z.number().min(0);
const headSchema = z.object({
  usage: z.object({
    input: tokenCount,
    cacheRead: tokenCount,
    cacheWrite: tokenCount,
    output: tokenCount,
    reasoning: tokenCount,
  }),
  estimate: z.object({ input: tokenCount, output: tokenCount }).nullable(),
});

/** What an answer takes in memory for each character of its JSON, and besides; measured, see docs/cache.md. */
const HEAP_BYTES_PER_CHARACTER = 2;
const HEAP_BYTES_PER_ENTRY = 500;

/** The text that the disk tier keeps: a line of JSON with the costs, a line with the value. */
export function serialise({ value, usage, estimate }: Generated<unknown>): string {
  return `${JSON.stringify({ usage, estimate })}\n${JSON.stringify(value)}`;
}

/** The costs, and the value still as text; `null` where the text is damaged. */
export function glance(answer: string): { readonly usage: TokenUsage; readonly text: string } | null {
  try {
    const { usage, text } = split(answer);
    return { usage, text };
  } catch {
    return null;
  }
}

function split(answer: string) {
  const end = answer.indexOf('\n');
  return { ...headSchema.parse(JSON.parse(answer.slice(0, end))), text: answer.slice(end + 1) };
}

/** The answer as it was stored; `null` where the text is damaged or no longer fits. */
export function restore(answer: string, parse: (value: unknown) => unknown): Generated<unknown> | null {
  try {
    const { usage, estimate, text } = split(answer);
    return deepFreeze({ value: parse(JSON.parse(text)), usage, estimate });
  } catch {
    return null;
  }
}

/** About how much memory the answer of this text takes. */
export function heapBytes(answer: string): number {
  return HEAP_BYTES_PER_ENTRY + HEAP_BYTES_PER_CHARACTER * answer.length;
}

/** One answer has many holders: a holder that changed it would change it for all, on some later day. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
