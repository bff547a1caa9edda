/**
 * POSTs JSON to one server and gets JSON back, within limits and through trouble:
 *
 *   queue (in flight, requests/min) -> tokens/min -> pause (Retry-After) -> breaker -> HTTP attempt
 *     ^------------------------------ backoff, where a retry may help <-------------------'
 *
 * A call holds its place in flight through pause and token wait (nobody else could go either) and gives it
 * up while it backs off. It can be cancelled at every arrow.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, fullJitterGenerator } from 'cockatiel';
import type { IBackoff } from 'cockatiel';
import PQueue from 'p-queue';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type {
  ApiClient,
  ApiClientOptions,
  AttemptRequest,
  CallFacts,
  ClientEvent,
  PostOptions,
  WrapAttempt,
} from './apiClientTypes.ts';
import { ApiError, failureOf } from './apiError.ts';
import type { Failure } from './apiError.ts';
import { parseEndpoint } from './endpoint.ts';
import { closeIdle, createAgent, exchange } from './httpExchange.ts';
import { readHeadroom } from './rateLimitHeaders.ts';
import { createServerBreaker } from './serverBreaker.ts';
import { createTokenWindow } from './tokenWindow.ts';

type AttemptOutcome = { readonly json: unknown; readonly failure: Failure | null };
type Waits = { -readonly [Key in keyof CallFacts]: CallFacts[Key] };

const nowMs = (): number => performance.now();

/** @throws TracedeckError `base_url_invalid`, `api_key_invalid` */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const endpoint = parseEndpoint(options.baseUrl, options.apiKey, options.keyHeader);
  const { origin: server } = endpoint;
  const windowMs = options.rateWindowMs ?? 60_000;
  const maxRetryAfterMs = options.maxRetryAfterMs ?? 300_000;
  const maxResponseBytes = options.maxResponseBytes ?? 16_000_000;
  const { initialMs, maxMs } = options.backoff ?? { initialMs: 500, maxMs: 30_000 };
  const backoffs = new ExponentialBackoff({
    generator: fullJitterGenerator,
    initialDelay: initialMs,
    maxDelay: maxMs,
  });
  const observe: (event: ClientEvent) => void = options.observe ?? (() => {});
  const wrapAttempt: WrapAttempt = options.wrapAttempt ?? ((_request, run) => run({}));

  // `strict` makes the interval a sliding window: a burst may use the whole minute, never more than it.
  const queue = new PQueue({
    concurrency: options.maxInFlight,
    intervalCap: options.requestsPerMinute,
    interval: windowMs,
    strict: true,
  });
  const tokens = createTokenWindow(options.tokensPerMinute, windowMs);
  const agent = createAgent(endpoint.urlOf('/'), options.maxInFlight);
  /** No call may be sent before: somebody was told to wait. */
  let pausedUntilMs = 0;

  const breaker = createServerBreaker<AttemptOutcome>(
    (outcome) => outcome.failure?.breakage === true,
    options.breaker,
    (state) => observe({ kind: 'breaker', state }),
  );

  function tooLong(): Failure | null {
    if (pausedUntilMs - nowMs() <= maxRetryAfterMs) return null;
    return {
      code: 'retry_later',
      message: `The model server at ${server} asks to wait ${Math.ceil((pausedUntilMs - nowMs()) / 60_000)} minutes.`,
      hint: 'The rows wait: resume the run after that time.',
      status: 429,
      retryable: true,
      breakage: false,
      retryAfterMs: pausedUntilMs - nowMs(),
      serverText: '',
    };
  }

  /** One HTTP exchange inside `wrapAttempt`. */
  async function send(
    path: string,
    body: string,
    signal: AbortSignal,
    waits: Waits,
  ): Promise<AttemptOutcome> {
    signal.throwIfAborted();
    let json: unknown;
    let failure: Failure | null = null;
    const request: AttemptRequest = {
      method: 'POST',
      url: endpoint.shownUrlOf(path),
      serverAddress: endpoint.serverAddress,
      serverPort: endpoint.serverPort,
      resendCount: waits.attempts,
    };
    waits.attempts += 1;
    await wrapAttempt(request, async (traceHeaders) => {
      const outcome = await exchange({
        url: endpoint.urlOf(path),
        headers: {
          ...traceHeaders,
          ...options.headers,
          'content-type': 'application/json',
          accept: 'application/json',
          ...endpoint.credentials,
        },
        body,
        timeoutMs: options.timeoutMs,
        maxResponseBytes,
        agent,
        signal,
      });
      failure = failureOf(outcome, server, options.timeoutMs, (parsed) => (json = parsed));
      const answered = outcome.kind === 'answered' ? outcome : null;
      waits.status = failure === null ? (answered?.status ?? null) : failure.status;
      waits.headroom = answered === null ? null : readHeadroom(answered.headers);
      return {
        status: waits.status,
        errorCode: failure?.code ?? null,
        responseBytes: answered?.bytes ?? null,
        retryAfterMs: failure?.retryAfterMs ?? null,
        headroom: waits.headroom,
      };
    });
    return { json, failure };
  }

  /** An attempt with its place in flight: pause, tokens, breaker, HTTP. `null` where the breaker is open. */
  async function attempt(
    path: string,
    body: string,
    call: PostOptions,
    waits: Waits,
  ): Promise<AttemptOutcome | null> {
    const { signal } = call;
    const startMs = nowMs();
    const reservation = await tokens.take(call.expectedTokens ?? 0, signal);
    let outcome: AttemptOutcome | null = null;
    try {
      for (let waitMs = pausedUntilMs - nowMs(); waitMs > 0; waitMs = pausedUntilMs - nowMs()) {
        const failure = tooLong();
        if (failure !== null) throw new ApiError(failure, { ...waits });
        await sleep(Math.ceil(waitMs), undefined, { signal });
      }
      waits.limitMs += nowMs() - startMs;
      const sentMs = nowMs();
      outcome = await breaker.execute(() => {
        waits.circuitMs += nowMs() - sentMs;
        return send(path, body, signal, waits);
      }, signal);
    } finally {
      if (outcome === null) reservation.settle(0);
    }
    if (outcome === null) return null;
    // A timeout or a broken answer may have been billed: its guess stays booked.
    if (outcome.failure === null) {
      const actual = call.tokensOf?.(outcome.json) ?? null;
      if (actual !== null) reservation.settle(actual);
    } else if (outcome.failure.status !== null && outcome.failure.code !== 'bad_response') {
      reservation.settle(0);
    }
    const wanted = outcome.failure?.retryAfterMs ?? null;
    if (outcome.failure?.retryable === true && wanted !== null) {
      pausedUntilMs = Math.max(pausedUntilMs, nowMs() + wanted);
    }
    return outcome;
  }

  async function run(path: string, body: string, call: PostOptions, waits: Waits): Promise<unknown> {
    const { signal } = call;
    let backoff: IBackoff<unknown> = backoffs.next();
    let lastFailure: Failure | null = null;
    for (let retries = 0; ;) {
      const beforeMs = nowMs();
      const ready = await breaker.ready(signal);
      waits.circuitMs += nowMs() - beforeMs;
      if (!ready) throw new ApiError(circuitOpen(server, lastFailure), { ...waits });
      const queuedMs = nowMs();
      const outcome = await queue.add(
        () => {
          waits.queueMs += nowMs() - queuedMs;
          return attempt(path, body, call, waits);
        },
        // What has waited already goes first.
        { signal, priority: retries },
      );
      if (outcome === null) {
        // Our clock and the breaker's may differ by a millisecond.
        await sleep(2, undefined, { signal });
        continue;
      }
      const { failure } = outcome;
      if (failure === null) return outcome.json;
      const unbearable = failure.retryable ? tooLong() : null;
      if (unbearable !== null) throw new ApiError(unbearable, { ...waits });
      if (!failure.retryable || retries >= options.retries) throw new ApiError(failure, { ...waits });
      retries += 1;
      lastFailure = failure;
      const waitMs = (failure.retryAfterMs ?? 0) + backoff.duration;
      backoff = backoff.next(undefined);
      observe({
        kind: 'retry',
        code: failure.code,
        status: failure.status,
        attempts: waits.attempts,
        waitMs,
      });
      const backMs = nowMs();
      await sleep(Math.ceil(waitMs), undefined, { signal });
      waits.backoffMs += nowMs() - backMs;
    }
  }

  return {
    origin: endpoint.origin,
    serverAddress: endpoint.serverAddress,
    serverPort: endpoint.serverPort,
    get breakerState() {
      return breaker.state;
    },
    async postJson(path, body, call) {
      // All calls of a run share one signal; Node 20 warns of a leak from the 11th listener on.
      setMaxListeners(0, call.signal);
      const waits: Waits = {
        status: null,
        attempts: 0,
        queueMs: 0,
        limitMs: 0,
        backoffMs: 0,
        circuitMs: 0,
        headroom: null,
      };
      let errorCode: string | null = null;
      try {
        const json = await run(path, JSON.stringify(body), call, waits);
        return { json, facts: { ...waits } };
      } catch (thrown) {
        const error = call.signal.aborted ? cancelled() : thrown;
        errorCode = error instanceof TracedeckError ? error.code : 'internal';
        throw error;
      } finally {
        observe({ kind: 'call', errorCode, facts: { ...waits } });
      }
    },
    close: () => closeIdle(agent),
  };
}

function cancelled(): TracedeckError {
  return new TracedeckError('transient', 'cancelled', 'Cancelled.');
}

function circuitOpen(server: string, last: Failure | null): Failure {
  return {
    code: 'circuit_open',
    message: `The model server at ${server} is not available: too many calls in a row failed.`,
    hint: last?.hint ?? 'Check that the server runs, then retry the failed rows.',
    status: last?.status ?? null,
    retryable: true,
    breakage: false,
    retryAfterMs: null,
    serverText: '',
  };
}
