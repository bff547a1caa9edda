/** What goes into the API client and what comes out of it, its facts for telemetry included. */
import type { Headroom } from './rateLimitHeaders.ts';

export type ApiClientOptions = {
  /** Up to and including the version segment. User-info and query are used and never shown. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  /** Where the key goes: `authorization: Bearer` where not given, or this header. */
  readonly keyHeader?: string;
  /** Sent with every request, e.g. the version of the API. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxInFlight: number;
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  /** One attempt, from sending to the last byte. */
  readonly timeoutMs: number;
  /** Further attempts after the first. */
  readonly retries: number;
  readonly maxResponseBytes?: number;
  /** Full jitter: the n-th wait is random between 0 and `initialMs * 2^n`, at most `maxMs`. */
  readonly backoff?: { readonly initialMs: number; readonly maxMs: number };
  /** A longer wait asked for by the server fails the call instead. */
  readonly maxRetryAfterMs?: number;
  readonly breaker?: Partial<BreakerOptions>;
  /** Length of the "minute" of the two limits; only a test has a reason to change it. */
  readonly rateWindowMs?: number;
  /** Wraps every HTTP attempt, for tracing. Must call `run` once and pass its rejection on. */
  readonly wrapAttempt?: WrapAttempt;
  readonly observe?: (event: ClientEvent) => void;
};

export type BreakerOptions = {
  /** Opens when more than this share of the last `windowCalls` attempts broke (5xx, timeout, no connection). */
  readonly failureShare: number;
  readonly windowCalls: number;
  readonly minimumCalls: number;
  /** Open for so long, then one call probes. */
  readonly halfOpenAfterMs: number;
  /** Calls wait for an open breaker until the outage is this old, and fail at once from then on. */
  readonly maxOutageMs: number;
};

export type AttemptRequest = {
  readonly method: 'POST';
  /** Without user-info and query. */
  readonly url: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** 0 for the first attempt of a call. */
  readonly resendCount: number;
};
export type AttemptFacts = {
  /** `null` where no answer arrived. */
  readonly status: number | null;
  /** `null` for a usable answer. */
  readonly errorCode: string | null;
  /** The error is one of the answers that were asked for: nothing went wrong. */
  readonly isExpected?: boolean;
  readonly responseBytes: number | null;
  readonly retryAfterMs: number | null;
  readonly headroom: Headroom | null;
};
/**
 * `run` takes headers to add (trace context) and resolves to the facts of the attempt, failed or not; it
 * rejects only where the call is cancelled.
 */
export type WrapAttempt = (
  request: AttemptRequest,
  run: (headers: Readonly<Record<string, string>>) => Promise<AttemptFacts>,
) => Promise<unknown>;

export type BreakerState = 'closed' | 'half_open' | 'open';
export type CallFacts = {
  /** Status of the last attempt; `null` where no answer arrived. */
  readonly status: number | null;
  readonly attempts: number;
  /** Waited for a place in flight and for requests per minute. */
  readonly queueMs: number;
  /** Waited for tokens per minute and for a Retry-After that another call was given. */
  readonly limitMs: number;
  /** Waited before retries, this call's own Retry-After included. */
  readonly backoffMs: number;
  /** Waited for the breaker. */
  readonly circuitMs: number;
  /** What the last answer said of the server's limits. */
  readonly headroom: Headroom | null;
};
export type ClientEvent =
  | { readonly kind: 'breaker'; readonly state: BreakerState }
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly status: number | null;
      /** Attempts made so far. */
      readonly attempts: number;
      readonly waitMs: number;
    }
  | { readonly kind: 'call'; readonly errorCode: string | null; readonly facts: CallFacts };

export type PostOptions = {
  readonly signal: AbortSignal;
  /** Tokens that the call is going to take, as far as one can tell. */
  readonly expectedTokens?: number;
  /** Tokens that an answer says were taken; `null` where it does not say. */
  readonly tokensOf?: (json: unknown) => number | null;
};

export interface ApiClient {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly breakerState: BreakerState;
  /**
   * @param path - below the base URL
   * @throws ApiError `rate_limited`, `overloaded`, `timeout`, `server_error`, `connection_failed`, `bad_request`,
   *   `unauthorised`, `not_found`, `no_model_server`, `quota_exhausted`, `bad_response`,
   *   `circuit_open`
   * @throws TracedeckError `cancelled`
   */
  postJson(path: string, body: unknown, options: PostOptions): Promise<{ json: unknown; facts: CallFacts }>;
  /** Lets go of idle connections; calls in flight go on, and later ones still work. */
  close(): void;
}
