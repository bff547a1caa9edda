import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { instrumentApiClient } from '../../../../electron/telemetry/components/apiClient.ts';
import { publicUrl } from '../../../../electron/telemetry/components/httpAttempts.ts';
import type { ApiClientOptions } from '../../../../electron/telemetry/components/apiClient.ts';
import { recordedSpans } from '../../../../electron/telemetry/console/printTraces.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';
import { METRIC } from '../../../../shared/span.ts';
import { samplingSchema } from '../../../../shared/telemetrySettings.ts';
import type { ComponentMode } from '../../../../shared/telemetrySettings.ts';

const PROMPT = 'canary prompt about 낱말';
const ANSWER = 'canary answer';
const usage = { input: 10, cacheRead: 20, cacheWrite: 5, output: 7, reasoning: 3 };
const facts = {
  operation: 'chat',
  model: 'tiny',
  serverAddress: '127.0.0.1',
  serverPort: 11434,
  temperature: 0.2,
  maxOutputTokens: 64,
  attributes: { 'tracedeck.stage': 'write' },
  messages: [{ role: 'user', content: PROMPT }],
};
const request = {
  method: 'POST',
  url: 'http://u:secretpw@host:1/v1?key=secretkey#secretpage',
  serverAddress: 'host',
  serverPort: 1,
  resendCount: 2,
};

function setUp(mode: ComponentMode = 'full', options: ApiClientOptions = {}) {
  const telemetry = initTelemetry({ version: '1', components: { client: { mode, every: 1, slowMs: 100 } } });
  const client = instrumentApiClient(telemetry, options);
  const spans = () => recordedSpans(telemetry).filter(({ name }) => name !== 'around');
  const points = async (name: string) =>
    (await telemetry.metrics.collect()).find((metric) => metric.name === name)?.points ?? [];
  const call = (outcome: object = {}) =>
    client.call(
      facts,
      async () => ANSWER,
      (text) => ({
        usage,
        responseModel: 'tiny-2',
        responseId: 'id-1',
        finishReason: 'stop',
        text,
        ...outcome,
      }),
    );
  const around = <T>(work: () => Promise<T>) => telemetry.withSpan('around', work);
  return { telemetry, client, spans, points, call, around };
}

describe('a model call', () => {
  it('is named by the conventions, and each of its tokens is counted once', async () => {
    const { call, spans, points } = setUp();
    expect(await call()).toBe(ANSWER);
    expect(spans()).toHaveLength(1);
    expect(spans()[0]).toMatchObject({
      name: 'chat tiny',
      kind: 'client',
      status: 'unset',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'tiny',
        'gen_ai.request.temperature': 0.2,
        'gen_ai.request.max_tokens': 64,
        'gen_ai.response.model': 'tiny-2',
        'gen_ai.response.id': 'id-1',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 35,
        'gen_ai.usage.cache_read.input_tokens': 20,
        'gen_ai.usage.cache_creation.input_tokens': 5,
        'gen_ai.usage.output_tokens': 10,
        'gen_ai.usage.reasoning.output_tokens': 3,
        'server.address': '127.0.0.1',
        'server.port': 11434,
        'tracedeck.stage': 'write',
      },
    });
    const byType = (await points(METRIC.genAiTokens)).map(({ attributes, value }) => [
      attributes['gen_ai.token.type'],
      (value as { sum: number }).sum,
    ]);
    expect(byType).toStrictEqual([
      ['input', 35],
      ['output', 10],
    ]);
    const byKind = (await points(METRIC.tokens)).map(({ attributes, value }) => [
      attributes['tracedeck.tokens.kind'],
      value,
    ]);
    expect(Object.fromEntries(byKind)).toStrictEqual(usage);
  });

  it('costs what the price table says, in its currency', async () => {
    const { call, spans, points, telemetry } = setUp('full', {
      currency: 'EUR',
      price: (model, { input, output }) => (model === 'tiny' ? (input + output) / 1000 : null),
    });
    await call();
    await call({ usage: null });
    expect(spans()[0]!.attributes).toMatchObject({ 'tracedeck.cost': 0.017, 'tracedeck.currency': 'EUR' });
    expect(spans()[1]!.attributes).not.toHaveProperty('tracedeck.cost');
    expect((await points(METRIC.cost))[0]!.value).toBeCloseTo(0.017);
    const cost = (await telemetry.metrics.collect()).find(({ name }) => name === METRIC.cost)!;
    expect(cost.unit).toBe('{EUR}');
  });

  it('holds prompt and answer only while they are wanted', async () => {
    let isWanted = false;
    const { call, spans } = setUp('full', { recordText: () => isWanted });
    await call();
    expect(JSON.stringify(spans())).not.toContain('canary');
    isWanted = true;
    await call();
    await call({ text: undefined, finishReason: null });
    const [, wanted, without] = spans().map(({ attributes }) => attributes);
    expect(JSON.parse(wanted!['gen_ai.input.messages'] as string)).toStrictEqual([
      { role: 'user', parts: [{ type: 'text', content: PROMPT }] },
    ]);
    expect(JSON.parse(wanted!['gen_ai.output.messages'] as string)).toStrictEqual([
      { role: 'assistant', parts: [{ type: 'text', content: ANSWER }], finish_reason: 'stop' },
    ]);
    expect(without).not.toHaveProperty('gen_ai.output.messages');
    isWanted = false;
    await call();
    expect(spans()[3]!.attributes).not.toHaveProperty('gen_ai.input.messages');
  });

  it('that fails, or whose answer is of no use, is tagged with the reason', async () => {
    const { call, client, spans, points } = setUp();
    await call({ problem: 'schema_echo' });
    const error = Object.assign(new Error('no'), { code: 'timeout' });
    await expect(
      client.call(
        facts,
        () => Promise.reject(error),
        () => ({ usage: null }),
      ),
    ).rejects.toBe(error);
    await expect(
      client.call(
        facts,
        () => Promise.reject(new TypeError('x')),
        () => ({ usage: null }),
      ),
    ).rejects.toThrow();
    await expect(
      client.call(
        facts,
        () => Promise.reject('text'),
        () => ({ usage: null }),
      ),
    ).rejects.toBe('text');
    expect(spans().map(({ status, attributes }) => [status, attributes['error.type']])).toStrictEqual([
      ['error', 'schema_echo'],
      ['error', 'timeout'],
      ['error', 'TypeError'],
      ['error', 'string'],
    ]);
    const types = (await points(METRIC.genAiDuration)).map(({ attributes }) => attributes['error.type']);
    expect(types).toStrictEqual(['schema_echo', 'timeout', 'TypeError', 'string']);
  });
});

describe('an HTTP attempt', () => {
  it('hands trace and baggage to a real server', async () => {
    const { client, telemetry, spans } = setUp();
    const received: Record<string, unknown>[] = [];
    const server = createServer((incoming, answer) => {
      received.push(incoming.headers);
      answer.writeHead(200).end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await telemetry.withSpan('around', () =>
      telemetry.baggage.with({ run: 'r 1' }, () =>
        client.attempt({ ...request, resendCount: 0, url: `http://127.0.0.1:${port}/` }, async (headers) => {
          const answer = await fetch(`http://127.0.0.1:${port}/`, { headers });
          return { status: answer.status, errorCode: null };
        }),
      ),
    );
    server.close();
    const [span] = spans();
    expect(received[0]).toMatchObject({
      traceparent: `00-${span!.traceId}-${span!.spanId}-01`,
      baggage: 'run=r%201',
    });
    expect(span!.attributes).not.toHaveProperty('http.request.resend_count');
  });

  it('is stated by the conventions, with no secret of its address', async () => {
    const { client, spans, points } = setUp();
    const headroom = { requests: { remaining: 59 }, tokens: { remaining: null } };
    await client.attempt(request, async () => ({ status: 429, errorCode: 'rate_limited', headroom }));
    await client.attempt({ ...request, resendCount: 0 }, async () => ({
      status: null,
      errorCode: 'timeout',
      headroom: null,
    }));
    const [limited, late] = spans();
    expect(limited).toMatchObject({
      name: 'POST',
      kind: 'client',
      status: 'error',
      statusMessage: 'rate_limited',
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 429,
        'http.request.resend_count': 2,
        'error.type': '429',
        'server.address': 'host',
        'server.port': 1,
      },
    });
    expect(late!.attributes).toMatchObject({ 'error.type': 'timeout' });
    expect(JSON.stringify(spans())).not.toMatch(/secret(pw|key|page)/);
    expect(await points(METRIC.httpDuration)).toHaveLength(2);
    expect(
      (await points(METRIC.limitRemaining)).map(({ attributes, value }) => [
        attributes['tracedeck.limit.kind'],
        value,
      ]),
    ).toStrictEqual([['requests', 59]]);
  });

  it('states an error that was one of the answers as the outcome, in every mode, and counts no failure', async () => {
    for (const mode of ['full', 'leaf'] as const) {
      const { client, around, telemetry, points, spans } = setUp(mode);
      await around(() =>
        client.attempt(request, async () => ({ status: null, errorCode: 'not_running', isExpected: true })),
      );
      const [span] = spans();
      expect(span!.status).not.toBe('error');
      expect(span!.attributes['tracedeck.outcome']).toBe('not_running');
      expect(span!.attributes).not.toHaveProperty('error.type');
      expect(telemetry.component('client').counts()).toMatchObject({ operations: 1, errors: 0 });
      expect((await points(METRIC.httpDuration))[0]!.attributes).not.toHaveProperty('error.type');
    }
  });

  it('shows nothing of an address that is no URL', () => {
    expect(publicUrl('not a url with secret')).toBe('invalid');
  });
});

describe('what happens in between', () => {
  it('is an event of the call: retries with delay and reason, and the breaker', async () => {
    const { client, spans, points } = setUp();
    await client.call(
      facts,
      async () => {
        client.event({ kind: 'retry', code: 'rate_limited', attempts: 1, waitMs: 250 });
        client.event({ kind: 'breaker', state: 'open' });
        client.event({ kind: 'breaker', state: 'half_open' });
        client.event({ kind: 'breaker', state: 'closed' });
      },
      () => ({ usage: null }),
    );
    expect(spans()[0]!.events.map(({ name, attributes }) => [name, attributes])).toStrictEqual([
      [
        'retry',
        { 'error.type': 'rate_limited', 'tracedeck.retry.attempt': 1, 'tracedeck.retry.delay': 0.25 },
      ],
      ['breaker open', { 'tracedeck.breaker.state': 'open' }],
      ['breaker half-open', { 'tracedeck.breaker.state': 'half-open' }],
      ['breaker closed', { 'tracedeck.breaker.state': 'closed' }],
    ]);
    expect((await points(METRIC.retries))[0]).toMatchObject({
      value: 1,
      attributes: { 'error.type': 'rate_limited' },
    });
  });
});

describe('modes', () => {
  it('leave rows, counts or nothing, and the metrics the same', async () => {
    for (const [mode, rows, spans] of [
      ['full', 0, 4],
      ['leaf', 4, 0],
      ['sampled', 4, 0],
      ['counted', 2, 0],
      ['off', 0, 0],
    ] as const) {
      const { client, call, around, telemetry, points } = setUp(mode);
      await around(async () => {
        await call();
        await client.attempt(request, async () => ({ status: 200, errorCode: null }));
        await client.attempt(request, async () => ({ status: 500, errorCode: 'server_error' }));
        await client
          .call(
            facts,
            () => Promise.reject(new Error('x')),
            () => ({ usage: null }),
          )
          .catch(() => undefined);
      });
      client.event({ kind: 'retry', code: 'x', attempts: 1, waitMs: 1 });
      const counts = telemetry.component('client').counts();
      const isOff = mode === 'off';
      expect([mode, counts.operations, counts.rows, counts.spans]).toStrictEqual([
        mode,
        isOff ? 0 : 4,
        rows,
        spans,
      ]);
      expect(await points(METRIC.httpDuration)).toHaveLength(isOff ? 0 : 2);
      expect(await points(METRIC.retries)).toHaveLength(isOff ? 0 : 1);
    }
  });

  it('count the duration of an attempt that throws, with its error', async () => {
    for (const mode of ['full', 'leaf', 'sampled', 'counted'] as const) {
      const { client, points, around } = setUp(mode);
      await around(async () => {
        for (const thrown of [new TypeError('no'), new DOMException('stopped', 'AbortError')])
          await expect(client.attempt(request, () => Promise.reject(thrown))).rejects.toBe(thrown);
      });
      const counted = await points(METRIC.httpDuration);
      expect(counted.map(({ attributes }) => attributes)).toStrictEqual(
        ['TypeError', 'cancelled'].map((type) => ({
          'http.request.method': 'POST',
          'server.address': 'host',
          'server.port': 1,
          'error.type': type,
        })),
      );
    }
  });

  it('write rows with their facts, and pass on what a cancelled attempt throws', async () => {
    const { client, call, around, spans } = setUp('leaf');
    await around(async () => {
      await call();
      await call({ problem: 'invalid_answer' });
      await client.attempt(request, async () => ({ status: 200, errorCode: null }));
      await client.attempt(request, async () => ({ status: 503, errorCode: 'server_error' }));
      await expect(client.attempt(request, () => Promise.reject(new Error('cancelled')))).rejects.toThrow(
        'cancelled',
      );
    });
    const told = spans().map(({ name, status, attributes }) => [
      name,
      status,
      attributes['gen_ai.usage.input_tokens'] ?? attributes['http.response.status_code'],
      attributes['error.type'],
    ]);
    expect(told).toStrictEqual([
      ['chat tiny', 'unset', 35, undefined],
      ['chat tiny', 'error', 35, 'invalid_answer'],
      ['POST', 'unset', 200, undefined],
      ['POST', 'error', 503, '503'],
      ['POST', 'error', undefined, 'Error'],
    ]);
    const [, answered, , refused] = spans();
    expect(answered!.attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
    expect(refused!.attributes['http.request.resend_count']).toBe(request.resendCount);
  });

  it('count failures the same way: what is cancelled is none', async () => {
    for (const mode of ['full', 'leaf'] as const) {
      const { client, call, around, telemetry, points, spans } = setUp(mode);
      const cancelled = () => Promise.reject(Object.assign(new Error('stop'), { name: 'AbortError' }));
      await around(async () => {
        await call({ problem: 'invalid_answer' });
        await client.attempt(request, async () => ({ status: 503, errorCode: 'server_error' }));
        await client.call(facts, cancelled, () => ({ usage: null })).catch(() => undefined);
        await client.attempt(request, cancelled).catch(() => undefined);
      });
      expect(telemetry.component('client').counts()).toMatchObject({ operations: 4, leftOut: 0, errors: 2 });
      const [, , ...stopped] = spans();
      expect(stopped.map(({ status, attributes }) => [status, attributes['error.type']])).toStrictEqual([
        ['unset', 'cancelled'],
        ['unset', 'cancelled'],
      ]);
      const types = (await points(METRIC.genAiDuration)).map(({ attributes }) => attributes['error.type']);
      expect(types.sort()).toStrictEqual(['cancelled', 'invalid_answer']);
    }
  });

  it('count what head sampling leaves out as left out', async () => {
    const telemetry = initTelemetry({ version: '1', sampling: samplingSchema.parse({ ratio: 0 }) });
    const client = instrumentApiClient(telemetry);
    await client.attempt(request, async () => ({ status: 200, errorCode: null }));
    expect(telemetry.component('client').counts()).toMatchObject({ operations: 1, spans: 0, leftOut: 1 });
    expect(telemetry.spans.counts()).toMatchObject({ started: 0, headDropped: 1 });
  });

  it('hand on an answer whatever goes wrong with what only watches', async () => {
    for (const mode of ['full', 'leaf'] as const) {
      const oops = () => {
        throw new Error('oops');
      };
      const { client, call, telemetry } = setUp(mode, { price: oops, recordText: oops });
      expect(await call()).toBe(ANSWER);
      expect(await client.call(facts, async () => ANSWER, oops)).toBe(ANSWER);
      for (const outcome of [undefined, {}, { usage: undefined }]) {
        expect(
          await client.call(
            facts,
            async () => ANSWER,
            () => outcome as never,
          ),
        ).toBe(ANSWER);
      }
      // Text is asked for in full spans alone.
      expect(telemetry.faults).toBe(mode === 'full' ? 8 : 3);
    }
  });

  it('are of no matter while it is disabled: no span, and no trace for the server', async () => {
    const { client, call, around, spans, points } = setUp();
    client.disable();
    let headers: object = { none: true };
    await around(async () => {
      await call();
      client.event({ kind: 'retry', code: 'x', attempts: 1, waitMs: 1 });
      await client.attempt(request, async (given) => {
        headers = given;
        return { status: 200, errorCode: null };
      });
    });
    expect([client.isEnabled, spans(), headers, await points(METRIC.retries)]).toStrictEqual([
      false,
      [],
      {},
      [],
    ]);
    client.enable();
    await around(call);
    expect([client.isEnabled, spans().length]).toStrictEqual([true, 1]);
  });
});
