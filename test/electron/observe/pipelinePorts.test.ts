import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import { METRIC } from '../../../shared/span.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { NO_TOKENS } from '../../../shared/run.ts';
import type { RunSettings } from '../../../shared/run.ts';
import type { Stage } from '../../../shared/card.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type {
  CacheAnswer,
  CacheRequest,
  Generated,
  QueuedItem,
  RunFacts,
  RunQueue,
  StageCache,
  StageFacts,
} from '../../../electron/pipeline/ports.ts';
import {
  createRunObserver,
  traceCache,
  traceGenerator,
  traceQueue,
} from '../../../electron/observe/pipelinePorts.ts';
import { publicUrl, traceHttpAttempt, traceModelCall } from '../../../electron/observe/modelCalls.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import type { Telemetry } from '../../../electron/telemetry/telemetry.ts';

const TERM = '비밀스러운낱말';
const settings: RunSettings = {
  deck: 'Korean',
  generator: 'offline',
  termLanguage: 'ko',
  meaningLanguage: 'en',
  concurrency: 4,
  limit: null,
};
const identity = { generator: 'offline', model: 'wordnet-3.1', promptVersion: '1', parameters: '{}' };
const queued: QueuedItem = {
  itemId: 1,
  item: { row: 7, term: TERM, kind: 'term', fields: {}, extra: {} },
  noteKey: `${TERM}|meaning`,
  noteId: null,
  attempt: 2,
};
const runFacts: RunFacts = {
  state: 'done',
  terms: 1,
  done: 1,
  duplicates: 0,
  skipped: 0,
  failed: 0,
  cards: 3,
};
const request: CacheRequest = { stage: 'analyse', identity, input: TERM };
const made: Generated<string> = {
  value: TERM,
  usage: { ...NO_TOKENS, input: 90, output: 10 },
  estimate: null,
};

const spansOf = (telemetry: Telemetry): SpanRecord[] => decodeSpans(telemetry.ring.since(0).bytes);
const named = (telemetry: Telemetry, name: string) => spansOf(telemetry).filter((span) => span.name === name);
const one = (telemetry: Telemetry, name: string) => {
  const [span, ...others] = named(telemetry, name);
  expect(others).toStrictEqual([]);
  return span!;
};
const telemetryOn = () => initTelemetry({ version: '1' });
async function total(telemetry: Telemetry, name: string) {
  const metric = (await telemetry.collectMetrics()).find((entry) => entry.name === name);
  return (metric?.points ?? []).map(({ attributes, value }) => [attributes, value] as const);
}

/** A cache that holds nothing at first and remembers what was made. */
function memoryCache(): StageCache {
  const kept = new Map<string, Generated<unknown>>();
  const tier = { hits: 0, misses: 0, stale: 0, evictions: 1, entries: 0, bytes: 10 };
  return {
    async through<T>(of: CacheRequest, _parse: (value: unknown) => T, make: () => Promise<Generated<T>>) {
      const known = kept.get(of.input) as Generated<T> | undefined;
      if (known !== undefined) return { generated: known, tier: 'memory', shared: false } as CacheAnswer<T>;
      await sleep(1);
      const generated = await make();
      kept.set(of.input, generated);
      await sleep(1);
      return { generated, tier: null, shared: false };
    },
    peek: async (of: CacheRequest) => {
      const known = kept.get(of.input);
      return known === undefined
        ? null
        : { tier: 'disk', usage: known.usage, text: JSON.stringify(known.value) };
    },
    stats: () => ({ memory: tier, disk: tier }),
  };
}

describe('traced pipeline', () => {
  it('makes one trace of run, item, stage, cache and generator, without a word of the list', async () => {
    const telemetry = telemetryOn();
    const observer = createRunObserver(telemetry);
    const cache = traceCache(memoryCache(), telemetry);
    const generator = traceGenerator(
      {
        rowsAtOnce: null,
        identity: () => identity,
        analyse: async () => made as never,
        write: async () => made as never,
      },
      telemetry,
    );
    const plan = {
      runId: 'run-1',
      settings,
      sourceName: '/home/somebody/secret/list.csv',
      terms: 1,
      previousTraceId: 'ab'.repeat(16),
    };
    let seenTrace = '';
    const result = await observer.run(plan, async (traceId) => {
      seenTrace = traceId;
      await observer.item(queued, async () => {
        const facts = await observer.stage('analyse', async (): Promise<StageFacts> => {
          const answer = await cache.through(
            request,
            String,
            () => generator.analyse({} as never, AbortSignal.abort()) as never,
          );
          return {
            stage: 'analyse',
            identity,
            tier: answer.tier,
            shared: false,
            generated: answer.generated,
          };
        });
        return {
          outcome: { state: 'done', analysis: {} as never, cards: [1, 2, 3] as never, stages: [] },
          stages: [facts],
        };
      });
      return runFacts;
    });
    expect(result).toBe(runFacts);

    const run = one(telemetry, 'run');
    const item = one(telemetry, 'item');
    const stage = one(telemetry, 'stage analyse');
    expect(run).toMatchObject({
      traceId: seenTrace,
      parentSpanId: null,
      attributes: {
        'tracedeck.run.id': 'run-1',
        'tracedeck.run.source': 'list.csv',
        'tracedeck.terms.count': 1,
        'tracedeck.cards.count': 3,
        'tracedeck.run.state': 'done',
      },
      links: [{ traceId: 'ab'.repeat(16), spanId: 'ab'.repeat(8) }],
    });
    expect(item).toMatchObject({
      parentSpanId: run.spanId,
      attributes: { 'tracedeck.item.row': 7, 'tracedeck.item.attempt': 2, 'tracedeck.item.state': 'done' },
    });
    expect(stage.parentSpanId).toBe(item.spanId);
    const [get, generate, set] = ['cache get', 'generate', 'cache set'].map((name) => one(telemetry, name));
    for (const span of [get!, generate!, set!]) expect(span.parentSpanId).toBe(stage.spanId);
    expect(get!.endMs!).toBeLessThanOrEqual(generate!.startMs);
    expect(generate!.endMs!).toBeLessThanOrEqual(set!.startMs);
    expect(get!.attributes).toMatchObject({ 'tracedeck.cache.outcome': 'miss' });
    expect(generate!.attributes).toMatchObject({
      'tracedeck.generator': 'offline',
      'tracedeck.prompt.version': '1',
    });

    const everything = JSON.stringify(spansOf(telemetry));
    expect(everything).not.toContain(TERM);
    expect(everything).not.toContain('somebody');
    expect(item.attributes['tracedeck.item.key']).toMatch(/^[0-9a-f]{12}$/);
  });

  it('says which tier answered and what that saved', async () => {
    const telemetry = telemetryOn();
    const cache = traceCache(memoryCache(), telemetry);
    await telemetry.withSpan('around', async () => {
      expect(await cache.peek(request)).toBeNull();
      await cache.through(request, String, async () => made);
      await cache.through(request, String, async () => made);
      await cache.peek(request);
    });
    expect(named(telemetry, 'cache get').map(({ attributes }) => attributes)).toStrictEqual([
      { 'tracedeck.stage': 'analyse', 'tracedeck.cache.outcome': 'miss' },
      { 'tracedeck.stage': 'analyse', 'tracedeck.cache.outcome': 'miss' },
      {
        'tracedeck.stage': 'analyse',
        'tracedeck.cache.outcome': 'hit',
        'tracedeck.cache.tier': 'memory',
        'tracedeck.tokens.saved': 100,
      },
      {
        'tracedeck.stage': 'analyse',
        'tracedeck.cache.outcome': 'hit',
        'tracedeck.cache.tier': 'disk',
        'tracedeck.tokens.saved': 100,
      },
    ]);
    const lookups = await total(telemetry, METRIC.cacheLookups);
    const of = (tier: string, outcome: string) =>
      lookups.find(
        ([a]) => a['tracedeck.cache.tier'] === tier && a['tracedeck.cache.outcome'] === outcome,
      )?.[1];
    expect([of('memory', 'hit'), of('memory', 'miss'), of('disk', 'hit'), of('disk', 'miss')]).toStrictEqual([
      1, 3, 1, 2,
    ]);
    expect(await total(telemetry, METRIC.tokensSaved)).toStrictEqual([
      [{ 'tracedeck.stage': 'analyse' }, 200],
    ]);
    expect(await total(telemetry, METRIC.cacheEvictions)).toHaveLength(2);
  });

  it('records lookups as leaves that add up in the ring, and none outside a trace', async () => {
    const telemetry = telemetryOn();
    const cache = traceCache(memoryCache(), telemetry);
    await cache.peek(request);
    expect(telemetry.ring.counts().started).toBe(0);
    await telemetry.withSpan('around', () => cache.peek(request));
    const { started, ended, open, held, evicted } = telemetry.ring.counts();
    expect({ started, ended, open, held, evicted }).toStrictEqual({
      started: 2,
      ended: 2,
      open: 0,
      held: 2,
      evicted: 0,
    });
    const [get, around] = [one(telemetry, 'cache get'), one(telemetry, 'around')];
    expect([get.traceId, get.parentSpanId]).toStrictEqual([around.traceId, around.spanId]);
    expect(get.startMs).toBeGreaterThanOrEqual(around.startMs);
    expect(get.endMs!).toBeLessThanOrEqual(around.endMs!);
  });

  it('passes on what a generator throws, told by its own span alone', async () => {
    const telemetry = telemetryOn();
    const error = new TracedeckError('transient', 'server_error', 'The server broke.');
    const cache = traceCache(memoryCache(), telemetry);
    const generator = traceGenerator(
      {
        rowsAtOnce: null,
        identity: () => identity,
        analyse: () => Promise.reject(error),
        write: () => Promise.reject(error),
      },
      telemetry,
    );
    const attempt = telemetry.withSpan('around', () =>
      cache.through(request, String, () => generator.write({} as never, AbortSignal.abort()) as never),
    );
    await expect(attempt).rejects.toBe(error);
    expect(one(telemetry, 'generate')).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'server_error' },
    });
    expect(one(telemetry, 'cache get').status).toBe('unset');
    expect(named(telemetry, 'cache set')).toStrictEqual([]);
    expect(telemetry.ring.counts().open).toBe(0);
  });

  it('calls a failed row an error and a skipped one by its reason', async () => {
    const telemetry = telemetryOn();
    const observer = createRunObserver(telemetry);
    const outcome = (state: 'failed' | 'skipped') => ({ state, code: 'some_code', message: TERM });
    for (const state of ['failed', 'skipped'] as const) {
      await observer.item(queued, async () => ({ outcome: outcome(state), stages: [] }));
    }
    const [failed, skipped] = named(telemetry, 'item');
    expect(failed).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'some_code', 'tracedeck.item.state': 'failed' },
    });
    expect(skipped).toMatchObject({
      status: 'unset',
      attributes: { 'error.type': 'some_code', 'tracedeck.item.state': 'skipped' },
    });
    expect(JSON.stringify(spansOf(telemetry))).not.toContain(TERM);
  });

  it('watches the two transactions of the queue and counts what they settled', async () => {
    const telemetry = telemetryOn();
    const queue: RunQueue = {
      claim: async () => [queued, queued],
      settle: async () => [
        { state: 'done', cards: [{}, {}] as never },
        { state: 'duplicate', cards: [] },
      ],
    };
    const traced = traceQueue(queue, telemetry);
    await traced.claim('run-1', 0, 2);
    await traced.settle('run-1', [{ queued, outcome: { state: 'duplicate' } }], []);
    expect(one(telemetry, 'queue claim')).toMatchObject({
      kind: 'client',
      attributes: {
        'db.system.name': 'sqlite',
        'db.collection.name': 'run_items',
        'db.response.returned_rows': 2,
      },
    });
    expect(one(telemetry, 'deck save note')).toMatchObject({
      kind: 'client',
      attributes: { 'db.operation.batch.size': 1, 'tracedeck.cards.count': 2, 'tracedeck.notes.count': 1 },
    });
    expect(await total(telemetry, METRIC.cardCount)).toStrictEqual([[{}, 2]]);
    expect(await total(telemetry, METRIC.itemCount)).toHaveLength(2);
    expect(await total(telemetry, METRIC.dbDuration)).toHaveLength(2);
  });

  it('hands the parts back unwrapped when telemetry is off, and runs all the same', async () => {
    const telemetry = initTelemetry({ version: '1', enabled: false });
    const cache = memoryCache();
    expect(traceCache(cache, telemetry)).toBe(cache);
    const observer = createRunObserver(telemetry);
    const plan = { runId: 'r', settings, sourceName: 'x', terms: 1, previousTraceId: null };
    expect(await observer.run(plan, async () => runFacts)).toBe(runFacts);
    const facts = { stage: 'write' as Stage, identity, tier: null, shared: false, generated: null };
    expect(await observer.stage('write', async () => facts)).toBe(facts);
  });
});

describe('traced calls', () => {
  it('names a model call by the conventions and counts each token once', async () => {
    const telemetry = telemetryOn();
    const usage = { input: 10, cacheRead: 20, cacheWrite: 5, output: 7, reasoning: 3 };
    const facts = {
      operation: 'chat',
      model: 'tiny',
      stage: 'analyse',
      serverAddress: '127.0.0.1',
      serverPort: 11434,
    };
    const answer = await traceModelCall(
      telemetry,
      facts,
      async () => ({ text: TERM, usage }),
      (result) => ({ usage: result.usage, responseModel: 'tiny-2', finishReason: 'stop' }),
    );
    expect(answer.text).toBe(TERM);
    expect(one(telemetry, 'chat tiny')).toMatchObject({
      kind: 'client',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'tiny',
        'gen_ai.response.model': 'tiny-2',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 35,
        'gen_ai.usage.cache_read.input_tokens': 20,
        'gen_ai.usage.cache_creation.input_tokens': 5,
        'gen_ai.usage.output_tokens': 10,
        'gen_ai.usage.reasoning.output_tokens': 3,
      },
    });
    const tokens = await total(telemetry, METRIC.genAiTokens);
    expect(
      tokens.map(([attributes, value]) => [attributes['gen_ai.token.type'], (value as { sum: number }).sum]),
    ).toStrictEqual([
      ['input', 35],
      ['output', 10],
    ]);
    expect(JSON.stringify(spansOf(telemetry))).not.toContain(TERM);
  });

  it('tags the duration of a failed model call with the error', async () => {
    const telemetry = telemetryOn();
    const error = new TracedeckError('transient', 'timeout', 'Too slow.');
    const facts = { operation: 'chat', model: 'tiny', stage: 'write' };
    await expect(
      traceModelCall(
        telemetry,
        facts,
        () => Promise.reject(error),
        () => ({ usage: null }),
      ),
    ).rejects.toBe(error);
    expect((await total(telemetry, METRIC.genAiDuration))[0]![0]).toMatchObject({ 'error.type': 'timeout' });
  });

  it('hands the trace to the server and states the exchange', async () => {
    const telemetry = telemetryOn();
    const call = {
      method: 'POST',
      url: 'http://u:secretpw@host:1/v1?key=secretkey&page=secretpage',
      serverAddress: 'host',
      serverPort: 1,
      resendCount: 2,
    };
    let header = '';
    await traceHttpAttempt(telemetry, call, async (headers) => {
      header = headers.traceparent!;
      return { status: 429, errorCode: 'rate_limited' };
    });
    const span = one(telemetry, 'POST');
    expect(header).toBe(`00-${span.traceId}-${span.spanId}-01`);
    expect(span).toMatchObject({
      kind: 'client',
      status: 'error',
      statusMessage: 'rate_limited',
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 429,
        'http.request.resend_count': 2,
        'error.type': '429',
        'url.full': 'http://host:1/v1?key=[redacted]&page=REDACTED',
      },
    });
    expect(JSON.stringify(span)).not.toMatch(/secret(pw|key|page)/);
    expect(await total(telemetry, METRIC.httpDuration)).toHaveLength(1);
  });

  it('shows nothing of an address that is no URL', () => {
    expect(publicUrl('not a url with secret')).toBe('invalid');
  });
});
