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

/**
 * Reads `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` and the form without a unit (requests), and Anthropic's
 * `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, of which the tightest
 * limit of tokens counts.
 */
export function readHeadroom(headers: IncomingHttpHeaders, nowMs: number = Date.now()): Headroom {
  const common = (suffix: string) => limitState(headers, (part) => `x-ratelimit-${part}${suffix}`, nowMs);
  const anthropic = (unit: string) =>
    limitState(headers, (part) => `anthropic-ratelimit-${unit}-${part}`, nowMs);
  const tokens = ['tokens', 'input-tokens', 'output-tokens'].flatMap((unit) => anthropic(unit) ?? []);
  return {
    requests: common('-requests') ?? common('') ?? anthropic('requests'),
    tokens: common('-tokens') ?? tokens.toSorted((a, b) => shareLeft(a) - shareLeft(b))[0] ?? null,
  };
}

/** 1 where it is not said. */
function shareLeft({ limit, remaining }: LimitState): number {
  return limit === null || remaining === null || limit === 0 ? 1 : remaining / limit;
}

function limitState(
  headers: IncomingHttpHeaders,
  nameOf: (part: 'limit' | 'remaining' | 'reset') => string,
  nowMs: number,
): LimitState | null {
  const limit = finite(text(headers[nameOf('limit')]));
  const remaining = finite(text(headers[nameOf('remaining')]));
  const reset = text(headers[nameOf('reset')]);
  if (limit === null && remaining === null && reset === null) return null;
  return { limit, remaining, resetMs: reset === null ? null : resetMs(reset, nowMs) };
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * `6m0s`, `20ms`, `1.5s`, plain seconds, epoch seconds or milliseconds where the number is that large, or a time as in
 * RFC 3339.
 */
function resetMs(value: string, nowMs: number): number | null {
  const number = finite(value);
  if (number !== null) {
    if (number > 1e12) return Math.max(0, number - nowMs);
    if (number > 1e9) return Math.max(0, number * 1000 - nowMs);
    return Math.max(0, number * 1000);
  }
  if (/^\d{4}-\d{2}-\d{2}T/.test(value)) {
    const dateMs = Date.parse(value);
    return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
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
