import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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
import { traceGenerator } from '../../../electron/observe/generator.ts';
import { createTieredCache } from '../../../electron/cache/tieredCache.ts';
import { createRunObserver, traceQueue } from '../../../electron/observe/pipelinePorts.ts';
import { traceCache } from '../../../electron/observe/stageCache.ts';
import type { Telemetry } from '../../../electron/telemetry/api.ts';
import { recordedSpans } from '../../../electron/telemetry/console/printTraces.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import type { ComponentMode } from '../../../shared/telemetrySettings.ts';

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

const spansOf = (telemetry: Telemetry): SpanRecord[] => recordedSpans(telemetry);
const named = (telemetry: Telemetry, name: string) => spansOf(telemetry).filter((span) => span.name === name);
const one = (telemetry: Telemetry, name: string) => {
  const [span, ...others] = named(telemetry, name);
  expect(others).toStrictEqual([]);
  return span!;
};
const telemetryOn = (mode?: ComponentMode, component = 'pipeline') =>
  initTelemetry({
    version: '1',
    ...(mode === undefined ? {} : { components: { [component]: { mode, every: 1, slowMs: 100 } } }),
  });
async function total(telemetry: Telemetry, name: string) {
  const metric = (await telemetry.metrics.collect()).find((entry) => entry.name === name);
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
            () => generator.analyse({ item: { kind: 'term' } } as never, AbortSignal.abort()) as never,
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
    // Whoever keeps the trace id alone can link to the run.
    expect(run.spanId).toBe(run.traceId.slice(16));
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

  it('puts what each stage does under it, of rows that are worked side by side, and where a stage fails', async () => {
    const telemetry = telemetryOn();
    const observer = createRunObserver(telemetry);
    const beneath = telemetry.component('parts');
    const facts: StageFacts = { stage: 'analyse', identity, tier: null, shared: false, generated: null };
    const item = (row: number) =>
      observer.item({ ...queued, item: { ...queued.item, row } }, async () => {
        for (const stage of ['analyse', 'write'] as const) {
          const work = async (): Promise<StageFacts> => {
            await sleep(row % 3);
            const operation = beneath.operation(`${row} ${stage}`);
            operation.end(operation.begin());
            if (row === 4) throw new Error('no');
            return facts;
          };
          // A failed stage gives its place back as any other does.
          await observer.stage(stage, work).catch(() => undefined);
          expect(telemetry.currentSpanId()).toBe(itemId());
        }
        return { outcome: { state: 'skipped', code: 'x', message: '' }, stages: [] };

        function itemId() {
          return named(telemetry, 'item').find(({ attributes }) => attributes['tracedeck.item.row'] === row)!
            .spanId;
        }
      });
    await Promise.all(Array.from({ length: 8 }, (_, row) => item(row)));
    for (const { spanId, attributes } of named(telemetry, 'item')) {
      const row = String(attributes['tracedeck.item.row']);
      const stages = spansOf(telemetry).filter(({ parentSpanId }) => parentSpanId === spanId);
      expect(stages.map(({ name }) => name).sort()).toStrictEqual(['stage analyse', 'stage write']);
      for (const stage of stages) {
        expect(one(telemetry, `${row} ${String(stage.attributes['tracedeck.stage'])}`).parentSpanId).toBe(
          stage.spanId,
        );
        expect(stage.status).toBe(row === '4' ? 'error' : 'unset');
      }
    }
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
      [{ 'tracedeck.cache.name': 'answers', 'tracedeck.stage': 'analyse' }, 200],
    ]);
    expect(await total(telemetry, METRIC.cacheEvictions)).toHaveLength(2);
  });

  it('records lookups as leaves that add up in the ring, and none outside a trace', async () => {
    const telemetry = telemetryOn();
    const cache = traceCache(memoryCache(), telemetry);
    await cache.peek(request);
    expect(telemetry.spans.counts().started).toBe(0);
    await telemetry.withSpan('around', () => cache.peek(request));
    const { started, ended, open, held, evicted } = telemetry.spans.counts();
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
      cache.through(
        request,
        String,
        () => generator.write({ item: { kind: 'term' } } as never, AbortSignal.abort()) as never,
      ),
    );
    await expect(attempt).rejects.toBe(error);
    expect(one(telemetry, 'generate')).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'server_error' },
    });
    expect(one(telemetry, 'cache get').status).toBe('unset');
    expect(named(telemetry, 'cache set')).toStrictEqual([]);
    expect(telemetry.spans.counts().open).toBe(0);
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
      kind: 'internal',
      attributes: { 'db.response.returned_rows': 2 },
    });
    expect(one(telemetry, 'deck save note')).toMatchObject({
      kind: 'internal',
      attributes: { 'db.operation.batch.size': 1, 'tracedeck.cards.count': 2, 'tracedeck.notes.count': 1 },
    });
    expect(await total(telemetry, METRIC.cardCount)).toStrictEqual([[{}, 2]]);
    expect(await total(telemetry, METRIC.itemCount)).toHaveLength(2);
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

  it('makes a run the child of what asked for it', async () => {
    const telemetry = telemetryOn();
    const observer = createRunObserver(telemetry);
    const plan = { runId: 'r', settings, sourceName: 'x', terms: 1, previousTraceId: null };
    await telemetry.withSpan('ipc startRun', () => observer.run(plan, async () => runFacts));
    const [asking, run] = [one(telemetry, 'ipc startRun'), one(telemetry, 'run')];
    expect([run.traceId, run.parentSpanId]).toStrictEqual([asking.traceId, asking.spanId]);
    expect(run.spanId).toBe(run.traceId.slice(16));
    expect(run.links).toStrictEqual([]);
  });

  it('records rows where the pipeline shall leave no spans, under the run all the same', async () => {
    const telemetry = telemetryOn('leaf');
    const observer = createRunObserver(telemetry);
    const queue = traceQueue(
      { claim: async () => [queued], settle: async () => [{ state: 'done', cards: [{}] as never }] },
      telemetry,
    );
    const plan = { runId: 'r', settings, sourceName: 'x', terms: 1, previousTraceId: null };
    const facts = { stage: 'write' as Stage, identity, tier: null, shared: false, generated: null };
    await observer.run(plan, async () => {
      await queue.claim('r', 0, 1);
      await observer.item(queued, async () => {
        await observer.stage('write', async () => facts);
        return {
          outcome: { state: 'done', analysis: {} as never, cards: [1] as never, stages: [] },
          stages: [],
        };
      });
      await observer.item(queued, async () => ({
        outcome: { state: 'failed', code: 'some_code', message: TERM },
        stages: [],
      }));
      await expect(observer.item(queued, () => Promise.reject(new Error('stop')))).rejects.toThrow('stop');
      await queue.settle('r', [{ queued, outcome: { state: 'duplicate' } }], []);
      return runFacts;
    });
    const run = one(telemetry, 'run');
    const rows = spansOf(telemetry).filter(({ name }) => name !== 'run');
    expect(rows.every(({ parentSpanId }) => parentSpanId === run.spanId)).toBe(true);
    expect(rows.map(({ name, status }) => [name, status]).sort()).toStrictEqual([
      ['deck save note', 'unset'],
      ['item', 'error'],
      ['item', 'unset'],
      ['item', 'unset'],
      ['queue claim', 'unset'],
      ['stage write', 'unset'],
    ]);
    expect(named(telemetry, 'item')[0]!.attributes).toStrictEqual({
      'tracedeck.item.state': 'done',
      'tracedeck.item.row': 7,
      'tracedeck.cards.count': 1,
    });
    expect(telemetry.component('pipeline').counts()).toMatchObject({
      operations: 7,
      spans: 1,
      rows: 6,
      errors: 1,
    });
    expect(await total(telemetry, METRIC.itemDuration)).toHaveLength(2);
    expect(JSON.stringify(spansOf(telemetry))).not.toContain(TERM);
  });

  it('records nothing of a pipeline that is off, and its runs have no trace', async () => {
    const telemetry = telemetryOn('off');
    const observer = createRunObserver(telemetry);
    const plan = { runId: 'r', settings, sourceName: 'x', terms: 1, previousTraceId: '0'.repeat(32) };
    let seen = '';
    await observer.run(plan, async (traceId) => {
      seen = traceId;
      await observer.item(queued, async () => ({ outcome: { state: 'duplicate' }, stages: [] }));
      await observer.stage('write', async () => ({}) as never);
      return runFacts;
    });
    expect([seen, spansOf(telemetry)]).toStrictEqual(['0'.repeat(32), []]);
  });
});

describe('a stage', () => {
  it('says which tier answered, and what the answer is estimated to take', async () => {
    const telemetry = telemetryOn();
    const observer = createRunObserver(telemetry);
    const estimate = { input: 40, output: 4 };
    const facts = { stage: 'write' as Stage, identity, tier: 'disk' as const, shared: false };
    await observer.stage('write', async () => ({ ...facts, generated: { usage: NO_TOKENS, estimate } }));
    await observer.stage('write', async () => ({ ...facts, generated: null }));
    expect(named(telemetry, 'stage write').map(({ attributes }) => attributes)).toStrictEqual([
      {
        'tracedeck.stage': 'write',
        'tracedeck.cache.tier': 'disk',
        'tracedeck.tokens.estimate.input': 40,
        'tracedeck.tokens.estimate.output': 4,
      },
      { 'tracedeck.stage': 'write', 'tracedeck.cache.tier': 'disk' },
    ]);
  });
});

describe('a watched generator', () => {
  const about = {
    'tracedeck.stage': 'write',
    'tracedeck.generator': 'offline',
    'gen_ai.request.model': 'wordnet-3.1',
    'tracedeck.prompt.version': '1',
  };
  const generatorOf = (write: () => Promise<unknown>) => ({
    rowsAtOnce: 4,
    identity: () => identity,
    analyse: () => Promise.reject(new Error('not asked')),
    write: write as never,
  });
  const estimate = { input: 40, output: 4 };

  it('leaves a row with its estimate, or a full span where it calls a server', async () => {
    for (const callsServer of [false, true]) {
      const telemetry = telemetryOn();
      const generator = traceGenerator(
        generatorOf(async () => ({ ...made, estimate })),
        telemetry,
        { callsServer },
      );
      expect(generator.rowsAtOnce).toBe(4);
      await telemetry.withSpan('around', () =>
        generator.write({ item: { kind: 'term' } } as never, AbortSignal.abort()),
      );
      expect(one(telemetry, 'generate').attributes).toStrictEqual({
        ...about,
        'tracedeck.tokens.estimate.input': 40,
        'tracedeck.tokens.estimate.output': 4,
      });
      const { rows, spans } = telemetry.component('generator').counts();
      expect([rows, spans]).toStrictEqual(callsServer ? [0, 1] : [1, 0]);
    }
  });

  it('states what the input decides and what was cancelled without calling either a failure', async () => {
    const thrown = [
      new TracedeckError('user', 'nothing_known', 'Nothing is known.'),
      new TracedeckError('transient', 'cancelled', 'Cancelled.'),
      new TracedeckError('permanent', 'wordnet_missing', 'No dictionary.'),
      new RangeError(TERM),
      'text',
    ];
    const telemetry = telemetryOn();
    for (const error of thrown) {
      const generator = traceGenerator(
        generatorOf(() => Promise.reject(error as Error)),
        telemetry,
      );
      const asked = telemetry.withSpan('around', () =>
        generator.write({ item: { kind: 'term' } } as never, AbortSignal.abort()),
      );
      await expect(asked).rejects.toBe(error);
    }
    expect(
      named(telemetry, 'generate').map(({ status, attributes }) => [status, attributes['error.type']]),
    ).toStrictEqual([
      ['unset', 'nothing_known'],
      ['unset', 'cancelled'],
      ['error', 'wordnet_missing'],
      ['error', 'RangeError'],
      ['error', 'string'],
    ]);
    expect(JSON.stringify(spansOf(telemetry))).not.toContain(TERM);
  });

  it('is the generator itself where telemetry is off', () => {
    const generator = generatorOf(async () => made);
    expect(traceGenerator(generator, initTelemetry({ version: '1', enabled: false }))).toBe(generator);
  });
});

describe('a watched answer cache', () => {
  it('tells a stale answer from a missing one, who waited, and what could not be kept', async () => {
    const telemetry = telemetryOn();
    const real = createTieredCache({
      db: ':memory:',
      memoryBytes: 1e6,
      diskBytes: 1e6,
      ttlMs: 1000,
      now: () => nowMs,
    });
    let nowMs = 0;
    const cache = traceCache(real, telemetry);
    await telemetry.withSpan('around', async () => {
      await cache.through(request, String, async () => made);
      nowMs = 5000;
      await cache.through(request, String, async () => made);
      nowMs = 10_000;
      const slow = async () => {
        await sleep(2);
        return made;
      };
      await Promise.all([cache.through(request, String, slow), cache.through(request, String, slow)]);
      const other = { ...request, input: 'other' };
      const refuse = () => {
        throw new RangeError(TERM);
      };
      await expect(cache.through(other, refuse as never, async () => made)).rejects.toThrow(RangeError);
    });
    real.close();
    const told = spansOf(telemetry)
      .filter(({ name }) => name.startsWith('cache'))
      .map(({ name, status, attributes }) => [
        name,
        attributes['tracedeck.cache.outcome'] ?? attributes['error.type'],
        attributes['tracedeck.cache.tier'] ?? attributes['tracedeck.cache.shared'] ?? status,
      ]);
    expect(told).toHaveLength(9);
    expect(told).toEqual(
      expect.arrayContaining([
        ['cache get', 'miss', 'unset'],
        ['cache get', 'stale', 'disk'],
        ['cache get', 'miss', true],
        ['cache set', undefined, 'unset'],
        ['cache set', 'internal', 'error'],
      ]),
    );
    expect(JSON.stringify(spansOf(telemetry))).not.toContain(TERM);
    expect(await total(telemetry, METRIC.cacheLoad)).toHaveLength(1);
    expect((await total(telemetry, METRIC.cacheWaits))[0]![1]).toBe(1);
  });

  it('calls it no fault of a lookup that the answer it waited for was never made', async () => {
    const telemetry = telemetryOn();
    const real = createTieredCache({ db: ':memory:', memoryBytes: 1e6, diskBytes: 1e6, ttlMs: 1000 });
    const cache = traceCache(real, telemetry);
    const error = new TracedeckError('transient', 'server_error', 'The server broke.');
    const fail = async () => {
      await sleep(2);
      throw error;
    };
    await telemetry.withSpan('around', () =>
      Promise.allSettled([1, 2, 3].map(() => cache.through(request, String, fail))),
    );
    real.close();
    expect(
      named(telemetry, 'cache get').map(({ status, attributes }) => [
        status,
        attributes['tracedeck.cache.outcome'],
        attributes['tracedeck.cache.shared'],
      ]),
    ).toStrictEqual([
      ['unset', 'miss', undefined],
      ['unset', 'miss', true],
      ['unset', 'miss', true],
    ]);
    expect(telemetry.component('cache').counts().errors).toBe(0);
    expect((await total(telemetry, METRIC.cacheWaits))[0]![1]).toBe(2);
  });

  it('makes a rejection, told like any other, of what is thrown before there is a promise', async () => {
    const telemetry = telemetryOn();
    const thrown = new TracedeckError('degraded', 'disk_broken', 'Broken.');
    const fail = (): never => {
      throw thrown;
    };
    const cache = traceCache({ through: fail, peek: fail, stats: () => memoryCache().stats() }, telemetry);
    const generator = traceGenerator(
      { rowsAtOnce: null, identity: () => identity, analyse: fail, write: fail },
      telemetry,
    );
    const observer = createRunObserver(telemetry);
    await telemetry.withSpan('around', async () => {
      for (const work of [
        () => cache.peek(request),
        () => cache.through(request, String, async () => made),
        () => generator.analyse({ item: { kind: 'term' } } as never, new AbortController().signal),
        () => observer.stage('write', fail),
        () => observer.item(queued, fail),
      ]) {
        await expect(work()).rejects.toBe(thrown);
      }
    });
    const failed = spansOf(telemetry).filter(({ attributes }) => attributes['error.type'] === 'disk_broken');
    expect(failed.map(({ name }) => name).sort()).toStrictEqual([
      'cache get',
      'cache get',
      'generate',
      'item',
      'stage write',
    ]);
    expect(failed.every(({ endMs }) => endMs !== null)).toBe(true);
  });

  it('tells of a lookup that broke', async () => {
    const telemetry = telemetryOn();
    const broken: StageCache = {
      through: () => Promise.reject(new TracedeckError('degraded', 'disk_broken', 'Broken.')),
      peek: () => Promise.reject(new TracedeckError('degraded', 'disk_broken', 'Broken.')),
      stats: () => memoryCache().stats(),
    };
    const cache = traceCache(broken, telemetry);
    await telemetry.withSpan('around', async () => {
      await expect(cache.peek(request)).rejects.toThrow('Broken.');
      await expect(cache.through(request, String, async () => made)).rejects.toThrow('Broken.');
    });
    expect(named(telemetry, 'cache get').map(({ attributes }) => attributes['error.type'])).toStrictEqual([
      'disk_broken',
      'disk_broken',
    ]);
  });
});
