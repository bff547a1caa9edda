import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTieredCache } from '../../../electron/cache/tieredCache.ts';
import { createGenerators } from '../../../electron/compose/composeGenerators.ts';
import { createKeyStore } from '../../../electron/config/keyStore.ts';
import { createSettingsStore } from '../../../electron/config/settingsStore.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { MAX_LOOKED } from '../../../electron/compose/estimateRun.ts';
import { noteKey } from '../../../electron/exchange/noteKey.ts';
import { BUILT_IN_TEXTS, BUILT_IN_VERSIONS } from '../../../electron/generators/builtInPrompts.ts';
import { SAMPLE_ITEMS } from '../../../electron/generators/previewPrompt.ts';
import { toTracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { RegenerateRequest } from '../../../electron/generators/regenerate.ts';
import type { Generator } from '../../../electron/pipeline/ports.ts';
import { processItem } from '../../../electron/pipeline/processItem.ts';
import { createPromptStore } from '../../../electron/prompts/promptStore.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import type { SourceItem } from '../../../shared/card.ts';
import { NO_TOKENS, type RunSettings } from '../../../shared/run.ts';
import type { Settings } from '../../../shared/settings.ts';
import { CLAUDE_KEY, startClaudeServer, type ClaudeServer } from '../../fixtures/claudeServer.ts';
import { anItem, someSettings } from '../../fixtures/items.ts';
import { startModelServer, type ModelServer } from '../../fixtures/modelServer.ts';
import { blindObserver } from '../../fixtures/pipeline.ts';

const never = new AbortController().signal;
let folder: string;
let claude: ClaudeServer;
let server: ModelServer;
let generators: ReturnType<typeof createGenerators>;
let settings: ReturnType<typeof createSettingsStore>;
let prompts: ReturnType<typeof createPromptStore>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-generators-'));
  [claude, server] = await Promise.all([startClaudeServer(), startModelServer()]);
  settings = createSettingsStore({ path: join(folder, 'settings.json'), env: {}, onNotice: () => {} });
  const now = settings.current();
  save({
    generator: 'anthropic',
    server: {
      ...now.server,
      baseUrl: server.baseUrl,
      models: { analyse: 'gpt-4o-mini', write: 'gpt-4o-mini' },
    },
    anthropic: { ...now.anthropic, baseUrl: claude.baseUrl },
  });
  const env = { OPENAI_API_KEY: 'sk-other', ANTHROPIC_API_KEY: CLAUDE_KEY };
  const keys = createKeyStore({
    path: join(folder, 'keys.json'),
    env,
    mayGoTo: (_source, url, provider) =>
      provider === 'anthropic' ? url === claude.baseUrl : url === server.baseUrl,
  });
  prompts = createPromptStore(openDeck(':memory:'), {
    builtIn: { texts: BUILT_IN_TEXTS, versions: BUILT_IN_VERSIONS },
  });
  generators = createGenerators({
    telemetry: initTelemetry({ version: '1' }),
    settings,
    keys,
    prompts,
    wordNetPath: join(folder, 'none.sqlite'),
    recordText: () => false,
    localWorker: join(folder, 'none.cjs'),
    llamaFolders: [folder],
  });
});
afterEach(async () => {
  await generators.close();
  await Promise.all([claude.close(), server.close()]);
  rmSync(folder, { recursive: true });
});
function save(over: Partial<Settings>): void {
  settings.save({ ...settings.current(), ...over });
}

const korean = { termLanguage: 'ko', meaningLanguage: 'en' } as const;
const item = SAMPLE_ITEMS.term;

describe('a connection', () => {
  it('is tested with one tiny call to the generator that is asked about, with its own key', async () => {
    const anthropic = await generators.testConnection({ generator: 'anthropic' });
    expect(anthropic).toMatchObject({ model: 'claude-haiku-5-5-20260101', outputTokens: 1 });
    expect(anthropic.traceId).toMatch(/^[0-9a-f]{32}$/);
    const openai = await generators.testConnection({ generator: 'openai' });
    expect(openai.model).toBe('gpt-4o-mini-2026');
    expect(server.requests[0]!.headers.authorization).toBe('Bearer sk-other');
    expect(claude.requests[0]!.headers['x-api-key']).toBe(CLAUDE_KEY);
    expect([claude.requests.length, server.requests.length]).toEqual([1, 1]);
  });

  it('to a local model says what to install, and with which command', async () => {
    await expect(generators.testConnection({ generator: 'local' })).rejects.toMatchObject({
      code: 'local_model_missing',
      hint: `Install it with: npm install --prefix "${folder}" node-llama-cpp@3`,
    });
  });
});

describe('a run', () => {
  it('goes on with the server, models and prompts that it began with', async () => {
    const template = prompts.save({
      stage: 'write',
      kind: 'term',
      name: 'Mine',
      text: 'Short cards of {{cardTypes}}.',
    });
    const run = someSettings({
      generator: 'anthropic',
      modelServer: generators.modelServer('anthropic'),
      prompts: { write: template.id },
    });
    save({
      anthropic: { ...settings.current().anthropic, models: { analyse: 'claude-x', write: 'claude-x' } },
    });
    const generator = generators.forRun(run);
    expect(generator.identity('write')).toMatchObject({
      model: 'claude-haiku-5-5',
      promptVersion: `custom-${template.id}`,
    });
    expect(generator.identity('analyse').promptVersion).toBe(BUILT_IN_VERSIONS.analyse.term);
    const { value: analysis } = await generator.analyse({ item, ...korean }, never);
    await generator.write({ item, ...korean, analysis, cardTypes: ['recognition'] }, never);
    expect(claude.requests[1]!.body.system![0]!.text).toMatch(/^Short cards of recognition\.\n/);
    expect(generator.promptOf!({ item, ...korean })).toContain('학교');
  });

  it('is refused where its template is gone', () => {
    const run = someSettings({ generator: 'openai', prompts: { analyse: 'f'.repeat(16) } });
    expect(() => generators.forRun(run)).toThrow(expect.objectContaining({ code: 'prompt_unknown' }));
  });
});

describe('one card', () => {
  const request: RegenerateRequest = {
    card: { type: 'basic', front: 'Old?', back: 'Old.', tags: ['kept'] },
    item: { term: '학교', kind: 'term', fields: {} },
    analysis: null,
    ...korean,
    wish: '',
  };

  it('is written anew by the generator of the settings', async () => {
    const better = { type: 'basic', front: 'New?', back: 'New.', tags: ['kept'] };
    claude.behave([{ kind: 'text', text: JSON.stringify({ cards: [better] }) }]);
    const { card, usage, traceId, made } = await generators.regenerate(request);
    expect(card).toEqual(better);
    expect(usage.output).toBeGreaterThan(0);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(made).toMatchObject({
      traceId,
      usage,
      identity: { generator: 'anthropic', promptVersion: 'rewrite-1' },
      exchange: {
        prompt: expect.stringContaining('Old?') as string,
        answer: expect.stringContaining('New?') as string,
      },
    });
  });

  it('is not waited for where it was stopped', async () => {
    claude.behave([{ kind: 'hang' }]);
    const stop = new AbortController();
    const asked = generators.regenerate(request, stop.signal);
    await vi.waitUntil(() => claude.requests.length > 0);
    stop.abort();
    await expect(asked).rejects.toSatisfy((thrown) => toTracedeckError(thrown).code === 'cancelled');
  });

  it('needs a model', async () => {
    save({ generator: 'offline' });
    await expect(generators.regenerate(request)).rejects.toMatchObject({ code: 'needs_model' });
  });
});

describe('a template', () => {
  const draft = {
    stage: 'write',
    kind: 'term',
    name: 'Mine',
    text: 'Cards in {{meaningLanguage}}.',
  } as const;

  it('is shown as a prompt with its tokens and problems, and nothing is asked', async () => {
    const shown = await generators.previewPrompt({ draft, item, ...korean });
    expect(shown.system).toMatch(/^Cards in English \(en\)\.\n/);
    expect(JSON.parse(shown.user.replace(/<\/?data>/g, ''))).toMatchObject({
      term: '학교',
      analysis: { meaning: 'school' },
    });
    expect(shown.tokens).toBeGreaterThan(100);
    expect(shown.problems).toEqual([]);
    const unfilled = { ...draft, text: '{{wrong}} {{constructor}}' };
    const asItStands = await generators.previewPrompt({ draft: unfilled, item, ...korean });
    expect(asItStands.system).toMatch(/^\{\{wrong\}\} \{\{constructor\}\}\n/);
    const other = await generators.previewPrompt({
      draft: { ...draft, text: 'Cards! {{wrong}} {{constructor}}' },
      item: SAMPLE_ITEMS.passage,
      ...korean,
    });
    expect(other.problems).toEqual([
      'Nothing fills {{wrong}}: the model gets it as it stands.',
      'Nothing fills {{constructor}}: the model gets it as it stands.',
      'The text does not say {{meaningLanguage}}: the model may answer in another language.',
      'The template is for terms and sentences, and the item is none: the built-in text is shown.',
    ]);
    expect(claude.requests).toEqual([]);
  });

  it('is tried on one item, stage 1 alone or both', async () => {
    const trial = { draft, item, ...korean, generator: 'anthropic' } as const;
    const both = await generators.tryPrompt(trial);
    expect([both.analysis?.meaning, both.cards.length]).toEqual(['school', 1]);
    expect(claude.requests.map(({ body }) => body.system![0]!.text.slice(0, 8))).toEqual([
      'You are ',
      'Cards in',
    ]);
    const first = await generators.tryPrompt({ ...trial, draft: { ...draft, stage: 'analyse' } });
    expect([first.analysis?.meaning, first.cards]).toEqual(['school', []]);
    await expect(generators.tryPrompt({ ...trial, generator: 'offline' })).rejects.toMatchObject({
      code: 'needs_model',
    });
  });

  it('is broken off where nobody waits any more', async () => {
    claude.behave([{ kind: 'hang' }]);
    const stop = new AbortController();
    const trying = generators.tryPrompt({ draft, item, ...korean, generator: 'anthropic' }, stop.signal);
    await vi.waitUntil(() => claude.requests.length > 0);
    stop.abort();
    await expect(trying).rejects.toMatchObject({ code: 'cancelled' });
    expect(claude.requests).toHaveLength(1);
  });
});

describe('an estimate', () => {
  const listOf = (items: readonly SourceItem[]) => ({
    async *items({ limit }: { readonly limit?: number | null } = {}) {
      yield items.slice(0, limit ?? undefined);
    },
  });
  const words = (count: number) => Array.from({ length: count }, (_, index) => anItem(`낱말${index}`));
  const run = (over: Partial<RunSettings> = {}) =>
    someSettings({ generator: 'anthropic', ...korean, ...over });
  const cache = () => createTieredCache({ db: ':memory:', memoryBytes: 1e6, diskBytes: 1e6, ttlMs: 1e9 });
  const nothing = { noteKey, noteExists: () => false, look: () => null };

  it('is close to what the run then takes', async () => {
    const list = words(20);
    const output = { analyse: 0, write: 0 };
    const estimate = async (past: Parameters<typeof generators.estimateRun>[2]['past']) =>
      generators.estimateRun(listOf(list), run(), { ...nothing, ...(past === undefined ? {} : { past }) });
    const generator = generators.forRun(run());
    for (const one of list) {
      const analysed = await generator.analyse({ item: one, ...korean }, never);
      const written = await generator.write(
        { item: one, ...korean, analysis: analysed.value, cardTypes: null },
        never,
      );
      output.analyse += analysed.usage.output;
      output.write += written.usage.output;
    }
    const stats = (stage: 'analyse' | 'write') => ({
      stage,
      model: 'claude-haiku-5-5',
      calls: 20,
      memory: { hits: 0, misses: 0 },
      disk: { hits: 0, misses: 0 },
      tokens: { ...NO_TOKENS, output: output[stage] },
      saved: 0,
      estimate: { input: 0, output: 0 },
    });
    const [own, ...others] = (await estimate([stats('analyse'), stats('write')])).models;
    expect(own).toMatchObject({ model: 'claude-haiku-5-5', calls: 40, exact: false });
    expect(own!.outputTokens).toBe(output.analyse + output.write);
    expect(own!.cost).toBeGreaterThan(0);
    // Where no run of the model is known, answers are expected to be of the usual length.
    expect((await estimate(undefined)).models[0]!.outputTokens).toBe(20 * 800);
    expect(others.find(({ model }) => model === 'gpt-4o-mini')).toMatchObject({ calls: 40, exact: true });
  });

  it('leaves out what the deck has, what repeats and what the cache has, and counts no lookup', async () => {
    const kept = cache();
    const settingsNow = run();
    const generator = generators.forRun(settingsNow);
    const plan = { runId: 'r', settings: settingsNow, sourceName: 's', terms: 1, previousTraceId: null };
    const answer = (one: SourceItem, how: Generator = generator) => {
      const queued = { itemId: 1, item: one, noteKey: noteKey(one), noteId: null, attempt: 1 };
      return processItem({ generator: how, cache: kept, observer: blindObserver }, plan, queued, never);
    };
    const list = words(8);
    await answer(list[0]!);
    await answer(list[1]!, { ...generator, write: () => Promise.reject(new Error('stopped')) });
    const before = kept.stats();
    const estimate = await generators.estimateRun(listOf([...list, list[2]!]), settingsNow, {
      noteKey,
      noteExists: (deck, key) => deck === 'Test' && key === noteKey(list[7]!),
      look: kept.look,
    });
    expect(estimate).toMatchObject({
      terms: 9,
      repeated: 1,
      looked: 8,
      inDeck: 1,
      cached: { analyse: 2, write: 1 },
      models: expect.arrayContaining([expect.objectContaining({ calls: 5 + 6 })]) as unknown,
    });
    expect(kept.stats()).toEqual(before);
    const filled = await generators.estimateRun(
      listOf(list),
      { ...settingsNow, known: 'fill', cardTypes: ['cloze'] },
      { noteKey, noteExists: () => true, look: kept.look },
    );
    // Other types of cards, other answers of stage 2.
    expect(filled).toMatchObject({ inDeck: 8, cached: { analyse: 2, write: 0 } });
    expect(filled.models[0]!.calls).toBe(6 + 8);
    // The answers that the offline generator has given before are none of a model's.
    const offline = await generators.estimateRun(
      listOf(list),
      { ...settingsNow, generator: 'offline' },
      { noteKey, noteExists: () => false, look: () => ({ tier: 'memory', usage: NO_TOKENS, text: '{}' }) },
    );
    expect(offline).toMatchObject({ cached: { analyse: 8, write: 8 } });
    expect(offline.models[0]!.calls).toBe(16);
    kept.close();
  });

  it('looks at a part of a long list, evenly, and projects the rest', async () => {
    const estimate = await generators.estimateRun(listOf(words(9000)), run(), {
      ...nothing,
      noteExists: (_deck, key) => Number(key.slice(2)) < 4500,
    });
    expect(estimate.looked).toBeLessThanOrEqual(MAX_LOOKED);
    expect(estimate.looked).toBeGreaterThan(MAX_LOOKED / 2);
    expect(estimate.terms).toBe(9000);
    expect(estimate.inDeck).toBeCloseTo(4500, -2);
    expect(estimate.models[0]!.calls).toBeCloseTo(9000, -2);
  });

  it('prices the instructions as kept by the server where they are long enough', async () => {
    const price = { model: 'kept', inputPerMillion: 1, outputPerMillion: 0, exactTokenizer: false };
    save({
      prices: [
        price,
        { ...price, model: 'cheap', cacheReadFactor: 0.1, cacheWriteFactor: 1.25, cacheMinTokens: 500 },
        { ...price, model: 'too short', cacheReadFactor: 0.1, cacheMinTokens: 100_000 },
      ],
    });
    const costs = async () => {
      const { models } = await generators.estimateRun(listOf(words(100)), run(), nothing);
      return Object.fromEntries(models.map(({ model, cost }) => [model, cost]));
    };
    const { kept, cheap, 'too short': short } = await costs();
    expect(short).toBe(kept);
    expect(cheap).toBeLessThan(kept! * 0.6);
    save({ anthropic: { ...settings.current().anthropic, promptCaching: false } });
    expect((await costs())['cheap']).toBe(kept);
  });

  it('can be given up', async () => {
    const asked = generators.estimateRun(listOf(words(10)), run(), nothing, AbortSignal.abort());
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
