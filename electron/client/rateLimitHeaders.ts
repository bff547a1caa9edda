/** What a server says about its limits in response headers. */
import type { IncomingHttpHeaders } from 'node:http';

export type LimitState = {
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Milliseconds until the limit is whole again. */
  readonly resetMs: number | null;
};
/** `null` where the server says nothing. */
export type Headroom = { readonly requests: LimitState | null; readonly tokens: LimitState | null };

/**
 * How long the server asks to wait: `retry-after-ms`, `retry-after` in seconds or as an HTTP date, else the
 * reset of a limit that is used up. `null` where it says nothing; never negative.
 */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number = Date.now()): number | null {
  const inMs = finite(text(headers['retry-after-ms']));
  if (inMs !== null) return Math.max(0, inMs);
  const value = text(headers['retry-after']);
  if (value !== null) {
    const seconds = finite(value);
    if (seconds !== null) return Math.max(0, seconds * 1000);
    const dateMs = Date.parse(value);
    if (!Number.isNaN(dateMs)) return Math.max(0, dateMs - nowMs);
  }
  const { requests, tokens } = readHeadroom(headers, nowMs);
  const resets = [requests, tokens].flatMap((state) =>
    state !== null && state.remaining === 0 && state.resetMs !== null ? [state.resetMs] : [],
  );
  return resets.length > 0 ? Math.max(...resets) : null;
}

/** Reads `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` and the form without a unit (requests). */
export function readHeadroom(headers: IncomingHttpHeaders, nowMs: number = Date.now()): Headroom {
  return {
    requests: limitState(headers, '-requests', nowMs) ?? limitState(headers, '', nowMs),
    tokens: limitState(headers, '-tokens', nowMs),
  };
}

function limitState(headers: IncomingHttpHeaders, suffix: string, nowMs: number): LimitState | null {
  const limit = finite(text(headers[`x-ratelimit-limit${suffix}`]));
  const remaining = finite(text(headers[`x-ratelimit-remaining${suffix}`]));
  const reset = text(headers[`x-ratelimit-reset${suffix}`]);
  if (limit === null && remaining === null && reset === null) return null;
  return { limit, remaining, resetMs: reset === null ? null : resetMs(reset, nowMs) };
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `6m0s`, `20ms`, `1.5s`, plain seconds, or epoch seconds or milliseconds where the number is that large. */
function resetMs(value: string, nowMs: number): number | null {
  const number = finite(value);
  if (number !== null) {
    if (number > 1e12) return Math.max(0, number - nowMs);
    if (number > 1e9) return Math.max(0, number * 1000 - nowMs);
    return Math.max(0, number * 1000);
  }
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(value)) return null;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return total;
}

function text(value: string | string[] | undefined): string | null {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first.trim() === '' ? null : first.trim();
}

function finite(value: string | null): number | null {
  if (value === null) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
