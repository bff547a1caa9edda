/** The only place that touches `window.api`, and what became of its errors on their way over the bridge. */
import type { Api, CallCarrier, CallError } from '../shared/ipc.ts';
import { tracing } from './telemetry.ts';

declare global {
  interface Window {
    readonly api?: Api;
  }
}

type Bridged = (input?: unknown, carrier?: CallCarrier) => Promise<unknown>;

const traced = new WeakMap<Api, Api>();

/**
 * The bridge; throws where the page runs outside the app's window. A call that the user's action makes is part of
 * that action's trace.
 */
export function getApi(): Api {
  const { api } = window;
  if (api === undefined) throw new Error('Tracedeck runs in its own window: the bridge is missing.');
  let own = traced.get(api);
  if (own === undefined) traced.set(api, (own = withTracing(api)));
  return own;
}

function withTracing(api: Api): Api {
  const own: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(api))
    own[name] = isCall(name) ? tracedCall(name, member) : member;
  return own as Api;
}

/** Subscriptions and what never leaves the window are no calls, and the spans themselves are not traced. */
function isCall(name: string): boolean {
  return !/^on[A-Z]/.test(name) && name !== 'pathOfDroppedFile' && name !== 'recordSpans';
}

function tracedCall(name: string, member: unknown): Bridged {
  const bridged = member as Bridged;
  return (input) =>
    tracing.call(
      name,
      (carrier) => (carrier === undefined ? bridged(input) : bridged(input, carrier)),
      (thrown) => toCallError(thrown).code,
    );
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
