/** The real client and generator against a real server, watched. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from '../../../electron/client/apiClient.ts';
import { createOpenAiGenerator } from '../../../electron/generators/openai/openaiGenerator.ts';
import { watchModelCalls } from '../../../electron/observe/modelCalls.ts';
import { recordedSpans } from '../../../electron/telemetry/console/printTraces.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import { METRIC } from '../../../shared/span.ts';
import { startModelServer, type ModelServer } from '../../fixtures/modelServer.ts';

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer({ headers: { 'x-ratelimit-remaining-requests': '17' } });
});
afterEach(() => server.close());

function setUp(breaker = {}) {
  const telemetry = initTelemetry({ version: '1' });
  const watch = watchModelCalls({
    telemetry,
    prices: () => [{ model: 'tiny', inputPerMillion: 1000, outputPerMillion: 2000, exactTokenizer: false }],
    recordText: () => false,
  });
  const client = createApiClient({
    baseUrl: server.baseUrl,
    apiKey: null,
    maxInFlight: 4,
    requestsPerMinute: 1000,
    tokensPerMinute: 1e9,
    timeoutMs: 5000,
    retries: 3,
    backoff: { initialMs: 1, maxMs: 2 },
    breaker,
    wrapAttempt: watch.wrapAttempt,
    observe: watch.onEvent,
  });
  const models = { analyse: 'tiny', write: 'other' };
  const generator = createOpenAiGenerator({
    client,
    models,
    temperature: 0.2,
    maxOutputTokens: 256,
    observeCall: watch.observeCall,
  });
  const item = { term: '나무', kind: 'term' as const, fields: {} };
  const analyse = () =>
    generator.analyse({ item, termLanguage: 'ko', meaningLanguage: 'en' }, new AbortController().signal);
  return { telemetry, client, analyse };
}

describe('calls of the model client', () => {
  it('are spans with their requests beneath, which the server sees as its parents', async () => {
    const { telemetry, client, analyse } = setUp();
    server.behave([{ kind: 'status', status: 503 }]);
    await analyse();
    client.close();
    const spans = recordedSpans(telemetry);
    const call = spans.find(({ name }) => name === 'chat tiny');
    const requests = spans.filter(({ name }) => name === 'POST');
    expect(
      requests.map(({ status, parentSpanId, attributes }) => [
        status,
        parentSpanId,
        attributes['http.request.resend_count'],
      ]),
    ).toStrictEqual([
      ['error', call!.spanId, undefined],
      ['unset', call!.spanId, 1],
    ]);
    expect(server.requests.map(({ headers }) => headers.traceparent)).toStrictEqual(
      requests.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
    );
    expect(call!.events.map(({ name }) => name)).toStrictEqual(['retry']);
    expect(call!.attributes['tracedeck.stage']).toBe('analyse');
    expect(call!.attributes['tracedeck.cost']).toBeGreaterThan(0);
    const limits = (await telemetry.metrics.collect()).find(({ name }) => name === METRIC.limitRemaining);
    expect(limits!.points[0]).toMatchObject({
      value: 17,
      attributes: { 'tracedeck.limit.kind': 'requests' },
    });
    expect(telemetry.logger.recent(null, 9).map(({ message }) => message)).toStrictEqual([
      'A model call is tried again.',
    ]);
  });

  it('tell when the breaker opens', async () => {
    const { telemetry, client, analyse } = setUp({
      failureShare: 0.1,
      windowCalls: 4,
      minimumCalls: 1,
      halfOpenAfterMs: 5,
      maxOutageMs: 50,
    });
    server.behave(({ attempt }) => (attempt < 3 ? { kind: 'status', status: 500 } : undefined));
    await analyse().catch(() => undefined);
    client.close();
    const events = recordedSpans(telemetry).flatMap(({ events }) => events.map(({ name }) => name));
    expect(events).toContain('breaker open');
    expect(
      telemetry.logger
        .recent(null, 20)
        .some(({ level, message }) => level === 'warn' && message.includes('breaker')),
    ).toBe(true);
  });
});
