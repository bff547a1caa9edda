import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from '../../../electron/client/apiClient.ts';
import type {
  ApiClient,
  ApiClientOptions,
  AttemptFacts,
  AttemptRequest,
  ClientEvent,
} from '../../../electron/client/apiClientTypes.ts';
import type { ApiError } from '../../../electron/client/apiError.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { startModelServer } from '../../fixtures/modelServer.ts';
import type { ModelServer } from '../../fixtures/modelServer.ts';

const KEY = 'sk-canary-4711';
const BODY = { model: 'm', messages: [{ role: 'user', content: 'a canary prompt' }] };
const never = new AbortController().signal;

let server: ModelServer;
let events: ClientEvent[];
const clients: ApiClient[] = [];

function connect(options: Partial<ApiClientOptions> = {}): ApiClient {
  const client = createApiClient({
    baseUrl: server.baseUrl,
    apiKey: KEY,
    maxInFlight: 8,
    requestsPerMinute: 100_000,
    tokensPerMinute: 1_000_000_000,
    timeoutMs: 5_000,
    retries: 3,
    backoff: { initialMs: 4, maxMs: 20 },
    observe: (event) => events.push(event),
    ...options,
  });
  clients.push(client);
  return client;
}
const post = (client: ApiClient, signal: AbortSignal = never) =>
  client.postJson('/chat/completions', BODY, { signal });

async function failureOf(promise: Promise<unknown>): Promise<TracedeckError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TracedeckError);
  return error as TracedeckError;
}

beforeEach(async () => {
  server = await startModelServer();
  events = [];
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

describe('a call that works', () => {
  it('posts JSON with the key and returns the parsed answer and its facts', async () => {
    const { json, facts } = await post(connect());
    expect(json).toMatchObject({ object: 'chat.completion' });
    expect(facts).toMatchObject({ status: 200, attempts: 1, backoffMs: 0, headroom: { requests: null } });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions', body: BODY });
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('keeps connections open and reuses them', async () => {
    const client = connect({ maxInFlight: 2 });
    for (let i = 0; i < 5; i += 1) await post(client);
    expect(server.connections).toBe(1);
  });

  it('finishes calls in flight when it is closed', async () => {
    const client = connect({ maxInFlight: 2 });
    await Promise.all([post(client), post(client)]);
    server.behave([{ kind: 'ok', delayMs: 30 }]);
    const call = post(client);
    while (server.requests.length < 3) await sleep(1);
    client.close();
    expect((await call).facts).toMatchObject({ status: 200, attempts: 1 });
  });

  it('never has more calls in flight than allowed', async () => {
    server.behave({ kind: 'ok', delayMs: 15 });
    const client = connect({ maxInFlight: 3 });
    await Promise.all(Array.from({ length: 12 }, () => post(client)));
    expect(server.maxConcurrent).toBe(3);
  });

  it('carries 32 calls at one time', async () => {
    server.behave({ kind: 'ok', delayMs: 60 });
    const client = connect({ maxInFlight: 32 });
    await Promise.all(Array.from({ length: 64 }, () => post(client)));
    expect(server.maxConcurrent).toBe(32);
    expect(server.connections).toBe(32);
  });

  it('keeps the query of the base URL, and sends its user-info where there is no key', async () => {
    const baseUrl = server.baseUrl.replace('//', '//me:pass@') + '/?api-version=2';
    await post(connect({ baseUrl, apiKey: null }));
    expect(server.requests[0]?.path).toBe('/v1/chat/completions?api-version=2');
    expect(server.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('me:pass').toString('base64')}`,
    );
  });
});

describe('retries', () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504])('tries again after %i', async (status) => {
    server.behave([
      { kind: 'status', status },
      { kind: 'status', status },
    ]);
    const { facts } = await post(connect());
    expect(facts).toMatchObject({ status: 200, attempts: 3 });
    expect(server.requests).toHaveLength(3);
    expect(events.filter((event) => event.kind === 'retry')).toHaveLength(2);
  });

  it.each([
    [400, 'bad_request'],
    [401, 'unauthorised'],
    [402, 'quota_exhausted'],
    [403, 'unauthorised'],
    [404, 'not_found'],
    [413, 'bad_request'],
    [422, 'bad_request'],
    [501, 'server_error'],
  ])('does not try again after %i', async (status, code) => {
    server.behave({ kind: 'status', status });
    const error = await failureOf(post(connect()));
    expect(error).toMatchObject({ code, category: 'permanent', status });
    expect(error.hint).not.toBeNull();
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [500, 'server_error'],
    [429, 'rate_limited'],
    [408, 'timeout'],
  ])('gives up after the last retry of %i', async (status, code) => {
    server.behave({ kind: 'status', status });
    const error = await failureOf(post(connect({ retries: 2 })));
    expect(error).toMatchObject({ code, category: 'transient', status, facts: { attempts: 3 } });
    expect(server.requests).toHaveLength(3);
  });

  it('does not retry a 429 that says that the credit is used up', async () => {
    server.behave({ kind: 'status', status: 429, body: '{"error":{"code":"insufficient_quota"}}' });
    expect(await failureOf(post(connect()))).toMatchObject({
      code: 'quota_exhausted',
      category: 'permanent',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('tries again after a reset connection and after half a body', async () => {
    server.behave([{ kind: 'reset' }, { kind: 'half_body' }, { kind: 'raw', body: '{"choices": [' }]);
    const { facts } = await post(connect());
    expect(facts).toMatchObject({ status: 200, attempts: 4 });
  });

  it('names a connection that cannot be made', async () => {
    const { baseUrl } = server;
    await server.close();
    const error = await failureOf(post(connect({ baseUrl, retries: 1 })));
    expect(error).toMatchObject({ code: 'connection_failed', category: 'transient', status: null });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('names an answer that breaks off', async () => {
    server.behave({ kind: 'half_body' });
    expect(await failureOf(post(connect({ retries: 0 })))).toMatchObject({
      code: 'bad_response',
      category: 'transient',
      status: 200,
    });
  });

  it('takes a web page for what it is, once', async () => {
    server.behave({ kind: 'wrong_type' });
    const error = await failureOf(post(connect()));
    expect(error).toMatchObject({ code: 'no_model_server', category: 'permanent' });
    expect(error.message).toContain('a web page');
    expect(server.requests).toHaveLength(1);
    server.behave({ kind: 'raw', body: 'pong' });
    expect((await failureOf(post(connect()))).message).toMatch(/ answered with a text in place of JSON/);
  });

  it('asks again where JSON is not whole', async () => {
    server.behave({ kind: 'raw', body: '{"choices": [' });
    const error = await failureOf(post(connect({ retries: 1 })));
    expect(error).toMatchObject({ code: 'bad_response', category: 'transient', facts: { attempts: 2 } });
  });

  it('follows no redirect, since the key must not travel', async () => {
    server.behave({ kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:1/' } });
    expect(await failureOf(post(connect()))).toMatchObject({ code: 'no_model_server', status: 307 });
  });

  it('stops reading an answer that is too large', async () => {
    server.behave({ kind: 'raw', body: JSON.stringify('x'.repeat(200_000)) });
    const error = await failureOf(post(connect({ maxResponseBytes: 100_000 })));
    expect(error).toMatchObject({ code: 'bad_response', category: 'permanent' });
  });
});

describe('timeouts', () => {
  it('ends an attempt that hangs, and tries again', async () => {
    server.behave([{ kind: 'hang' }]);
    const { facts } = await post(connect({ timeoutMs: 50 }));
    expect(facts.attempts).toBe(2);
  });

  it('fails with timeout when every attempt hangs', async () => {
    server.behave({ kind: 'hang' });
    expect(await failureOf(post(connect({ timeoutMs: 20, retries: 1 })))).toMatchObject({
      code: 'timeout',
      category: 'transient',
    });
    expect(server.requests).toHaveLength(2);
  });
});

describe('limits', () => {
  it('waits as long as Retry-After says', async () => {
    for (const [headers, atLeastMs] of [
      [{ 'retry-after': '0.15' }, 150],
      [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
      [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '110ms' }, 110],
    ] as const) {
      server.behave([{ kind: 'status', status: 429, headers }]);
      const { facts } = await post(connect({ backoff: { initialMs: 1, maxMs: 1 } }));
      const [refused, accepted] = server.requests.slice(-2);
      expect(accepted!.atMs - refused!.atMs).toBeGreaterThanOrEqual(atLeastMs - 2);
      expect(facts.backoffMs).toBeGreaterThanOrEqual(atLeastMs - 2);
    }
  });

  it('waits until the date that Retry-After names', async () => {
    const date = new Date(Math.ceil((Date.now() + 300) / 1000) * 1000);
    server.behave([{ kind: 'status', status: 503, headers: { 'retry-after': date.toUTCString() } }]);
    await post(connect());
    expect(Date.now()).toBeGreaterThanOrEqual(date.getTime() - 2);
  });

  it('holds every other call back while one is told to wait', async () => {
    server.behave([{ kind: 'status', status: 429, headers: { 'retry-after-ms': '150' } }]);
    const client = connect({ maxInFlight: 1 });
    await Promise.all([post(client), post(client), post(client)]);
    const [refused, ...others] = server.requests.map((request) => request.atMs);
    expect(others).toHaveLength(3);
    for (const atMs of others) expect(atMs - refused!).toBeGreaterThanOrEqual(148);
  });

  it('fails at once where the wait is longer than anybody would wait', async () => {
    server.behave([{ kind: 'status', status: 429, headers: { 'retry-after': '3600' } }]);
    const client = connect();
    const first = await failureOf(post(client));
    expect(first).toMatchObject({ code: 'retry_later', category: 'transient' });
    expect(first.message).toContain('60 minutes');
    expect(await failureOf(post(client))).toMatchObject({ code: 'retry_later', category: 'transient' });
    expect(server.requests).toHaveLength(1);
  });

  // What is measured here runs from before the first call, so that a slow machine only adds to it.
  it('sends no more requests within a window than allowed', async () => {
    const client = connect({ requestsPerMinute: 4, rateWindowMs: 120 });
    const startMs = performance.now();
    const calls = await Promise.all(Array.from({ length: 12 }, () => post(client)));
    const times = server.requests.map((request) => request.atMs - startMs);
    expect(times[4]).toBeGreaterThanOrEqual(120 - 2);
    expect(times[8]).toBeGreaterThanOrEqual(240 - 4);
    expect(calls.at(-1)!.facts.queueMs).toBeGreaterThanOrEqual(200);
  });

  it('books no more tokens within a window than allowed', async () => {
    const client = connect({ tokensPerMinute: 100, rateWindowMs: 150 });
    const startMs = performance.now();
    const calls = await Promise.all(
      Array.from({ length: 6 }, () =>
        client.postJson('/chat/completions', BODY, { signal: never, expectedTokens: 50 }),
      ),
    );
    const times = server.requests.map((request) => request.atMs - startMs);
    expect(times[2]).toBeGreaterThanOrEqual(150);
    expect(times[4]).toBeGreaterThanOrEqual(300);
    expect(calls.at(-1)!.facts.limitMs).toBeGreaterThanOrEqual(250);
  });

  it('corrects a guess by what the answer says, so that a low guess slows the next calls down', async () => {
    const client = connect({ maxInFlight: 1, tokensPerMinute: 100, rateWindowMs: 150 });
    const startMs = performance.now();
    for (let i = 0; i < 2; i += 1) {
      await client.postJson('/chat/completions', BODY, {
        signal: never,
        expectedTokens: 1,
        tokensOf: () => 100,
      });
    }
    expect(server.requests[1]!.atMs - startMs).toBeGreaterThanOrEqual(150);
  });

  it('gives the tokens of a refused call back', async () => {
    server.behave([{ kind: 'status', status: 500 }]);
    const client = connect({ tokensPerMinute: 100 });
    await client.postJson('/chat/completions', BODY, { signal: never, expectedTokens: 100 });
    expect(server.requests).toHaveLength(2);
  });

  it('sends a call that alone is larger than the limit', async () => {
    const client = connect({ tokensPerMinute: 100 });
    await client.postJson('/chat/completions', BODY, { signal: never, expectedTokens: 5_000 });
    expect(server.requests).toHaveLength(1);
  });

  it('reports how much the server still allows', async () => {
    await server.close();
    server = await startModelServer({
      headers: {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-remaining-tokens': '149984',
        'x-ratelimit-reset-tokens': '6m0s',
      },
    });
    const { facts } = await post(connect());
    expect(facts.headroom).toEqual({
      requests: { limit: 60, remaining: 59, resetMs: 1_000 },
      tokens: { limit: null, remaining: 149_984, resetMs: 360_000 },
    });
  });
});

describe('the breaker', () => {
  const breaker = { windowCalls: 4, minimumCalls: 4, halfOpenAfterMs: 80, maxOutageMs: 10_000 };
  const states = () => events.flatMap((event) => (event.kind === 'breaker' ? [event.state] : []));

  it('opens after broken calls, lets one probe through and closes when it works', async () => {
    server.behave(Array.from({ length: 4 }, () => ({ kind: 'status', status: 500 }) as const));
    const client = connect({ breaker, retries: 0 });
    for (let i = 0; i < 4; i += 1) expect(await failureOf(post(client))).toMatchObject({ status: 500 });
    expect(client.breakerState).toBe('open');

    const calls = await Promise.all(Array.from({ length: 5 }, () => post(client)));
    const [probe, ...others] = server.requests.slice(4).map((request) => request.atMs);
    expect(probe! - server.requests[3]!.atMs).toBeGreaterThanOrEqual(75);
    expect(others).toHaveLength(4);
    for (const call of calls) expect(call.facts).toMatchObject({ attempts: 1 });
    expect(calls[0]!.facts.circuitMs).toBeGreaterThan(0);
    expect(states()).toEqual(['open', 'half_open', 'closed']);
  });

  it('lets the calls of a run wait out an outage instead of failing them', async () => {
    server.behave(Array.from({ length: 9 }, () => ({ kind: 'reset' }) as const));
    const client = connect({ breaker, retries: 4, maxInFlight: 4 });
    await Promise.all(Array.from({ length: 12 }, () => post(client)));
    expect(states()).toContain('open');
    expect(client.breakerState).toBe('closed');
  });

  it('fails calls at once when the outage is old, and still probes', async () => {
    server.behave({ kind: 'status', status: 503 });
    const client = connect({ breaker: { ...breaker, maxOutageMs: 0 }, retries: 0 });
    for (let i = 0; i < 4; i += 1) await failureOf(post(client));
    const error = await failureOf(post(client));
    expect(error).toMatchObject({ code: 'circuit_open', category: 'transient', facts: { attempts: 0 } });
    expect(server.requests).toHaveLength(4);

    await sleep(90);
    expect(await failureOf(post(client))).toMatchObject({ code: 'server_error' });
    expect(server.requests).toHaveLength(5);
    server.behave({ kind: 'ok' });
    await sleep(90);
    await post(client);
    expect(client.breakerState).toBe('closed');
  });

  it('does not take a refusal for an outage', async () => {
    const client = connect({ breaker, retries: 0 });
    for (const status of [400, 401, 404, 422, 429, 400, 401, 404]) {
      server.behave({ kind: 'status', status });
      expect(await failureOf(post(client))).toMatchObject({ status });
    }
    expect(client.breakerState).toBe('closed');
  });
});

describe('cancellation', () => {
  it('ends a call in flight and closes its connection', async () => {
    server.behave({ kind: 'hang' });
    const controller = new AbortController();
    const call = failureOf(post(connect(), controller.signal));
    while (server.requests.length === 0) await sleep(2);
    controller.abort();
    expect(await call).toMatchObject({ code: 'cancelled', category: 'transient' });
  });

  it('ends a call that waits in the queue, which is then never sent', async () => {
    server.behave([{ kind: 'ok', delayMs: 60 }]);
    const client = connect({ maxInFlight: 1 });
    const controller = new AbortController();
    const first = post(client);
    const second = failureOf(post(client, controller.signal));
    await sleep(5);
    controller.abort();
    expect(await second).toMatchObject({ code: 'cancelled' });
    await first;
    await post(client);
    expect(server.requests).toHaveLength(2);
  });

  it('ends a call that backs off', async () => {
    server.behave({ kind: 'status', status: 503, headers: { 'retry-after': '60' } });
    const controller = new AbortController();
    const call = failureOf(post(connect(), controller.signal));
    while (!events.some((event) => event.kind === 'retry')) await sleep(2);
    controller.abort();
    expect(await call).toMatchObject({ code: 'cancelled' });
    expect(server.requests).toHaveLength(1);
  });

  it('ends a call that waits for tokens', async () => {
    const client = connect({ tokensPerMinute: 10 });
    const controller = new AbortController();
    const options = { expectedTokens: 10, signal: controller.signal };
    await client.postJson('/chat/completions', BODY, options);
    const calls = [1, 2, 3].map(() => failureOf(client.postJson('/chat/completions', BODY, options)));
    await sleep(10);
    controller.abort();
    for (const call of calls) expect(await call).toMatchObject({ code: 'cancelled' });
  });

  it('ends a call that waits for the breaker', async () => {
    server.behave({ kind: 'status', status: 500 });
    const client = connect({ retries: 0, breaker: { windowCalls: 2, minimumCalls: 2 } });
    await failureOf(post(client));
    await failureOf(post(client));
    expect(client.breakerState).toBe('open');
    const controller = new AbortController();
    const call = failureOf(post(client, controller.signal));
    await sleep(10);
    controller.abort();
    expect(await call).toMatchObject({ code: 'cancelled' });
  });

  it('sends nothing for a signal that is aborted already', async () => {
    expect(await failureOf(post(connect(), AbortSignal.abort()))).toMatchObject({ code: 'cancelled' });
    expect(server.requests).toHaveLength(0);
  });

  it('keeps no listener on the signal of a long run', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => ((listeners += 1), add(...args));
    signal.removeEventListener = (...args: Parameters<typeof add>) => ((listeners -= 1), remove(...args));
    const client = connect();
    await Promise.all(Array.from({ length: 20 }, () => post(client, signal)));
    expect(listeners).toBe(0);
  });
});

describe('secrets', () => {
  const withSecrets = () => server.baseUrl.replace('//', '//user:sk-canary-pass@') + '?key=sk-canary-query';
  const shown = (error: TracedeckError) =>
    [error.message, error.hint, error.stack, inspect(error, { depth: 9, showHidden: true })].join('\n');

  it('appear in no error, whatever the server repeats', async () => {
    for (const status of [400, 401, 404, 429, 500]) {
      server.behave({ kind: 'status', status, body: `{"error":"wrong key ${KEY} for a canary prompt"}` });
      const error = await failureOf(post(connect({ baseUrl: withSecrets(), retries: 1 })));
      expect(shown(error)).not.toMatch(/canary/);
    }
    await server.close();
    const error = await failureOf(post(connect({ baseUrl: withSecrets(), retries: 0 })));
    expect(error.code).toBe('connection_failed');
    expect(shown(error)).not.toMatch(/canary/);
  });

  it('appear in no fact that telemetry sees', async () => {
    const seen: unknown[] = [];
    const client = connect({
      baseUrl: withSecrets(),
      wrapAttempt: async (request, run) => seen.push(request, await run({})),
    });
    await post(client);
    server.behave({ kind: 'status', status: 400, body: KEY });
    await failureOf(post(client));
    expect(inspect([seen, events], { depth: 9 })).not.toMatch(/canary/);
  });

  it('are refused, unquoted, where they cannot be sent', () => {
    const badKey = () => connect({ apiKey: `${KEY}\nX-Evil: 1` });
    expect(badKey).toThrow(expect.objectContaining({ code: 'api_key_invalid' }));
    expect(badKey).not.toThrow(/canary/);
    const badUrl = () => connect({ baseUrl: 'ftp://user:sk-canary@host/' });
    expect(badUrl).toThrow(expect.objectContaining({ code: 'base_url_invalid' }));
    expect(badUrl).not.toThrow(/canary/);
  });

  it('leave the answer of the server open to questions', async () => {
    server.behave({ kind: 'status', status: 400, body: '{"error":"response_format is not supported"}' });
    const error = (await failureOf(post(connect()))) as ApiError;
    expect(error.mentions(/response_format/)).toBe(true);
    expect(error.mentions(/temperature/)).toBe(false);
  });
});

describe('observation', () => {
  it('wraps every attempt, sends the headers it is given and tells what came of it', async () => {
    server.behave([{ kind: 'status', status: 503, headers: { 'retry-after-ms': '5' } }, { kind: 'reset' }]);
    const seen: [AttemptRequest, AttemptFacts][] = [];
    const client = connect({
      wrapAttempt: async (request, run) => {
        const facts = await run({ traceparent: `00-trace-${request.resendCount}` });
        seen.push([request, facts]);
      },
    });
    await post(client);
    expect(server.requests.map((request) => request.headers['traceparent'])).toEqual([
      '00-trace-0',
      '00-trace-1',
      '00-trace-2',
    ]);
    const port = Number(new URL(server.baseUrl).port);
    expect(seen[0]).toMatchObject([
      {
        method: 'POST',
        url: `${server.baseUrl}/chat/completions`,
        serverAddress: '127.0.0.1',
        serverPort: port,
        resendCount: 0,
      },
      { status: 503, errorCode: 'server_error', retryAfterMs: 5 },
    ]);
    expect(seen[1]).toMatchObject([{ resendCount: 1 }, { status: null, errorCode: 'connection_failed' }]);
    expect(seen[2]).toMatchObject([{ resendCount: 2 }, { status: 200, errorCode: null }]);
    expect(seen[2]![1].responseBytes).toBeGreaterThan(100);
  });

  it('tells of every call, failed or not', async () => {
    const client = connect({ retries: 0 });
    await post(client);
    server.behave({ kind: 'status', status: 404 });
    await failureOf(post(client));
    expect(events).toMatchObject([
      { kind: 'call', errorCode: null, facts: { status: 200, attempts: 1 } },
      { kind: 'call', errorCode: 'not_found', facts: { status: 404, attempts: 1 } },
    ]);
  });
});
