/** Answers as text, and back. */
import { z } from 'zod';
import type { Generated } from '../pipeline/ports.ts';

const tokenCount = z.number().min(0);
const storedSchema = z.object({
  value: z.unknown(),
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

/** The text that the disk tier keeps. */
export function serialise({ value, usage, estimate }: Generated<unknown>): string {
  return JSON.stringify({ value, usage, estimate });
}

/** The answer as it was stored; `null` where the text is damaged or no longer fits. */
export function restore(answer: string, parse: (value: unknown) => unknown): Generated<unknown> | null {
  try {
    const { value, usage, estimate } = storedSchema.parse(JSON.parse(answer));
    return deepFreeze({ value: parse(value), usage, estimate });
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
