import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiClient } from '../../../../electron/client/apiClient.ts';
import type { ApiClient, ApiClientOptions, CallFacts } from '../../../../electron/client/apiClientTypes.ts';
import {
  ANTHROPIC_HEADERS,
  ANTHROPIC_KEY_HEADER,
  createAnthropicGenerator,
} from '../../../../electron/generators/anthropic/anthropicGenerator.ts';
import type { AnthropicGeneratorOptions } from '../../../../electron/generators/anthropic/anthropicGenerator.ts';
import { createMessagesDialects } from '../../../../electron/generators/anthropic/messagesDialect.ts';
import type { ModelCall } from '../../../../electron/generators/modelGenerator.ts';
import { watchModelCalls } from '../../../../electron/observe/modelCalls.ts';
import { recordedSpans } from '../../../../electron/telemetry/console/printTraces.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';
import { totalTokens } from '../../../../shared/run.ts';
import { settingsSchema } from '../../../../shared/settings.ts';
import { CLAUDE_KEY, startClaudeServer } from '../../../fixtures/claudeServer.ts';
import type { ClaudeModel, ClaudeServer } from '../../../fixtures/claudeServer.ts';

const never = new AbortController().signal;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp(model: ClaudeModel = 'any', options: Partial<AnthropicGeneratorOptions> = {}) {
  const server = await startClaudeServer(model);
  closing.push(() => server.close());
  const facts: CallFacts[] = [];
  const client = connect(server, { observe: (event) => event.kind === 'call' && facts.push(event.facts) });
  const calls: ModelCall[] = [];
  const generator = createAnthropicGenerator({
    client,
    baseUrl: server.baseUrl,
    models: { analyse: 'claude-small', write: 'claude-large' },
    temperature: 0.2,
    maxOutputTokens: 512,
    promptCaching: true,
    dialects: createMessagesDialects(),
    observeCall: (call, run) => (calls.push(call), run()),
    ...options,
  });
  return { server, generator, calls, facts, bodies: () => server.requests.map(({ body }) => body) };
}

function connect(server: ClaudeServer, options: Partial<ApiClientOptions> = {}): ApiClient {
  const client = createApiClient({
    baseUrl: server.baseUrl,
    apiKey: CLAUDE_KEY,
    keyHeader: ANTHROPIC_KEY_HEADER,
    headers: ANTHROPIC_HEADERS,
    maxInFlight: 4,
    requestsPerMinute: 100_000,
    tokensPerMinute: 1e9,
    timeoutMs: 5000,
    retries: 1,
    backoff: { initialMs: 1, maxMs: 2 },
    ...options,
  });
  closing.push(() => client.close());
  return client;
}

const input = (term = '학교') =>
  ({ item: { term, kind: 'term', fields: {} }, termLanguage: 'ko', meaningLanguage: 'en' }) as const;

describe('Claude', () => {
  it('is asked with key, version, a marked system prompt and a schema, and answers both stages', async () => {
    const { server, generator, bodies } = await setUp();
    const { value: analysis } = await generator.analyse(input(), never);
    const { value: cards } = await generator.write({ ...input(), analysis, cardTypes: null }, never);
    expect([analysis.meaning, cards.map(({ type }) => type)]).toEqual(['meaning of 학교', ['recognition']]);
    expect(server.requests[0]!.headers).toMatchObject({
      'x-api-key': CLAUDE_KEY,
      'anthropic-version': '2023-06-01',
    });
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
    expect(bodies()[0]).toMatchObject({
      model: 'claude-small',
      max_tokens: 512,
      temperature: 0.2,
      system: [{ type: 'text', cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user' }],
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
    });
    expect(bodies()[1]!.model).toBe('claude-large');
    expect(generator.identity('write')).toMatchObject({ generator: 'anthropic', model: 'claude-large' });
  });

  it('counts each token once: plain, written to the prompt cache and read from it', async () => {
    const { generator, bodies } = await setUp();
    const first = await generator.analyse(input('하나'), never);
    const second = await generator.analyse(input('둘'), never);
    const system = Math.ceil(bodies()[0]!.system![0]!.text.length / 4);
    const user = Math.ceil(bodies()[0]!.messages[0]!.content.length / 4);
    expect(first.usage).toMatchObject({ input: user, cacheWrite: system, cacheRead: 0, reasoning: 0 });
    expect(second.usage).toMatchObject({ cacheWrite: 0, cacheRead: system });
    expect(totalTokens(first.usage)).toBe(system + user + first.usage.output);
  });

  it('keeps the instructions unmarked where prompt caching is off', async () => {
    const { generator, bodies } = await setUp('any', { promptCaching: false });
    expect((await generator.analyse(input(), never)).usage).toMatchObject({ cacheWrite: 0, cacheRead: 0 });
    expect(bodies()[0]!.system![0]!.cache_control).toBeUndefined();
  });

  it.each<[ClaudeModel, number, object]>([
    ['any', 1, { thinking: { type: 'disabled' }, temperature: 0.2 }],
    ['thinks_between_tools', 3, { thinking: { type: 'between_tools' }, temperature: undefined }],
    [
      'always_thinks',
      3,
      { thinking: undefined, output_config: { effort: 'low', format: { type: 'json_schema' } } },
    ],
    ['old', 2, { thinking: { type: 'disabled' }, output_config: undefined }],
  ])('is spared what the model refuses, once: %s', async (model, requests, last) => {
    const { server, generator, bodies } = await setUp(model);
    const { value } = await generator.analyse(input(), never);
    expect(value.meaning).toBe('meaning of 학교');
    expect(server.requests).toHaveLength(requests);
    const { output_config: config, ...rest } = bodies().at(-1)!;
    expect({ thinking: undefined, temperature: undefined, ...rest, output_config: config }).toMatchObject(
      last,
    );
    if (model === 'old') expect(bodies().at(-1)!.system![0]!.text).toContain('The JSON schema of the answer');
    await generator.analyse(input('둘'), never);
    expect(server.requests).toHaveLength(requests + 1);
  });

  it.each([
    ['max_tokens', 'answer_too_long'],
    ['model_context_window_exceeded', 'answer_too_long'],
    ['refusal', 'refused'],
  ])('says so where it stops for %s, though the answer parses', async (stopReason, code) => {
    const { server, generator } = await setUp();
    server.behave([{ kind: 'text', text: '{"meaning":"school"}', stopReason }]);
    const error = await generator.analyse(input(), never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, spent: { output: 5 } });
  });

  it('shows an answer that does not fit once, and takes the second', async () => {
    const { server, generator, bodies } = await setUp();
    server.behave([{ kind: 'text', text: 'Certainly!' }]);
    const { value, usage } = await generator.analyse(input(), never);
    expect(value.meaning).toBe('meaning of 학교');
    expect(bodies()[1]!.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(usage.cacheRead).toBeGreaterThan(0);
  });

  it('waits where it is overloaded or told to, and goes on', async () => {
    const { server, generator, facts } = await setUp();
    const wait = { 'retry-after': '0.05' };
    server.behave([{ kind: 'error', status: 529, type: 'overloaded_error', headers: wait }]);
    await generator.analyse(input(), never);
    server.behave([{ kind: 'error', status: 429, type: 'rate_limit_error', headers: wait }]);
    await generator.analyse(input('둘'), never);
    expect(facts.map(({ attempts }) => attempts)).toEqual([2, 2]);
    // A timer may fire a fraction of a millisecond early.
    expect(facts[0]!.backoffMs).toBeGreaterThanOrEqual(49);
    expect(facts[0]!.headroom).toEqual({
      requests: { limit: 50, remaining: 49, resetMs: expect.closeTo(60_000, -4) as number },
      tokens: { limit: 8000, remaining: 800, resetMs: null },
    });
  });

  it.each([
    [529, 'overloaded_error', 'Overloaded', 'overloaded'],
    [401, 'authentication_error', 'invalid x-api-key', 'unauthorised'],
    [404, 'not_found_error', 'model: claude-9', 'not_found'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', 'quota_exhausted'],
    [429, 'rate_limit_error', 'enforced_spend_limit_reached', 'quota_exhausted'],
    [413, 'request_too_large', 'too large', 'bad_request'],
  ])('%s %s is %4$s'.replace('%4$s', 'told in our words'), async (status, type, message, code) => {
    const { server, generator } = await setUp();
    const error = { kind: 'error', status, type, message } as const;
    server.behave([error, error]);
    const failure: unknown = await generator.analyse(input(), never).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/canary|학교/);
  });

  it('does not take any JSON for a message', async () => {
    const server = await startClaudeServer();
    closing.push(() => server.close());
    const transport = {
      origin: 'http://x',
      serverAddress: 'x',
      serverPort: 1,
      postJson: async () => ({ json: { choices: [] } }),
    };
    const { generator } = await setUp('any', { client: transport });
    await expect(generator.analyse(input(), never)).rejects.toMatchObject({ code: 'bad_response' });
  });

  it('is named in its spans, with the tokens of the prompt cache and what they cost; its key is not', async () => {
    const server = await startClaudeServer();
    closing.push(() => server.close());
    const telemetry = initTelemetry({ version: '1' });
    const prices = settingsSchema.parse({}).prices;
    const watch = watchModelCalls({ telemetry, prices: () => prices, recordText: () => false });
    const client = connect(server, { wrapAttempt: watch.wrapAttempt, observe: watch.onEvent });
    const { generator } = await setUp('any', {
      client,
      models: { analyse: 'claude-haiku-5-5', write: 'claude-haiku-5-5' },
      observeCall: watch.observeCall,
    });
    await generator.analyse(input('하나'), never);
    const { usage } = await generator.analyse(input('둘'), never);
    const spans = recordedSpans(telemetry).filter(({ name }) => name === 'chat claude-haiku-5-5');
    const cost = (usage.input * 0.1 + usage.cacheRead * 0.01 + usage.output * 0.5) / 1e6;
    expect(spans[1]!.attributes).toMatchObject({
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.usage.input_tokens': usage.input + usage.cacheRead,
      'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
      'tracedeck.cost': expect.closeTo(cost, 12) as number,
    });
    expect(spans[0]!.attributes['gen_ai.usage.cache_creation.input_tokens']).toBe(usage.cacheRead);
    expect(JSON.stringify(recordedSpans(telemetry))).not.toMatch(/canary|하나/);
  });

  it('greets with one tiny call', async () => {
    const { generator, bodies } = await setUp();
    expect(await generator.greet(never)).toMatchObject({
      model: 'claude-small-20260101',
      usage: { output: 1 },
    });
    expect(bodies()).toEqual([
      expect.objectContaining({ max_tokens: 16, messages: [{ role: 'user', content: 'Answer with OK.' }] }),
    ]);
    expect(bodies()[0]!.system).toBeUndefined();
  });
});
