/** The only place that touches `window.api`, and what became of its errors on their way over the bridge. */
import type { Api, CallError } from '../shared/ipc.ts';

declare global {
  interface Window {
    readonly api?: Api;
  }
}

/** The bridge; throws where the page runs outside the app's window. */
export function getApi(): Api {
  if (window.api === undefined) throw new Error('Tracedeck runs in its own window: the bridge is missing.');
  return window.api;
}

/**
 * What a rejected call says. The bridge may hand over the error's own fields, or only an Error whose message
 * is the JSON of them; everything else is an unexpected fault and keeps its message.
 */
export function toCallError(thrown: unknown): CallError {
  const direct = asCallError(thrown);
  if (direct !== null) return direct;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const brace = message.indexOf('{');
  if (brace >= 0) {
    try {
      const parsed = asCallError(JSON.parse(message.slice(brace)));
      if (parsed !== null) return parsed;
    } catch {
      // Not JSON: the message is all there is.
    }
  }
  return { code: 'internal', message, hint: null };
}

function asCallError(value: unknown): CallError | null {
  if (typeof value !== 'object' || value === null) return null;
  const { code, message, hint } = value as Partial<Record<keyof CallError, unknown>>;
  if (typeof code !== 'string' || typeof message !== 'string') return null;
  return { code, message, hint: typeof hint === 'string' ? hint : null };
}
