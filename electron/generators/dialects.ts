/**
 * What a server (and model) takes of its API. Everything is tried in its best form first; a refusal that names a
 * parameter teaches us to leave it out, once per server, model and process.
 */
import type { TracedeckError } from '../errors/tracedeckError.ts';

export type Refusal = TracedeckError & { mentions(pattern: RegExp): boolean };

export interface Dialects<D> {
  get(server: string, model: string): D;
  /** Learns from a refusal of a request in `used`; `false` where there is nothing to learn. */
  learn(server: string, model: string, used: D, refusal: unknown): boolean;
}

/** @param simplerOf the next form to try; `null` where the refusal is about something else */
export function createDialectMemory<D>(
  best: D,
  simplerOf: (used: D, refusal: Refusal) => D | null,
): Dialects<D> {
  const known = new Map<string, D>();
  const keyOf = (server: string, model: string): string => `${server} ${model}`;
  return {
    get: (server, model) => known.get(keyOf(server, model)) ?? best,
    learn(server, model, used, refusal) {
      if (!isRefusal(refusal)) return false;
      const key = keyOf(server, model);
      // Another call in flight has learned something meanwhile: try that first.
      if ((known.get(key) ?? best) !== used) return true;
      const simpler = simplerOf(used, refusal);
      if (simpler === null) return false;
      known.set(key, simpler);
      return true;
    },
  };
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'code' in error && error.code === 'bad_request' && 'mentions' in error;
}
