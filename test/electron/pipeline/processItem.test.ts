import { describe, expect, it } from 'vitest';
import type {
  AnalyseInput,
  Generator,
  QueuedItem,
  RunPlan,
  WriteInput,
} from '../../../electron/pipeline/ports.ts';
import { processItem } from '../../../electron/pipeline/processItem.ts';
import { canonicalInput, writeInput } from '../../../electron/pipeline/stageInputs.ts';
import { NO_TOKENS } from '../../../shared/run.ts';
import type { RunSettings } from '../../../shared/run.ts';
import { anAnalysis, anItem, cardsFor, someSettings } from '../../fixtures/items.ts';
import { blindObserver, mapCache } from '../../fixtures/pipeline.ts';

const never = new AbortController().signal;
const usage = { ...NO_TOKENS, input: 7 };

function setUp() {
  const seen: unknown[] = [];
  const asked: (AnalyseInput | WriteInput)[] = [];
  const generator: Generator = {
    rowsAtOnce: null,
    identity: (stage, kind = 'term') => ({
      generator: 'g',
      model: 'm',
      promptVersion: `${stage}-${kind}`,
      parameters: '{}',
    }),
    promptOf: (input) => `prompt of ${'analysis' in input ? 'write' : 'analyse'} ${input.item.term}`,
    async analyse(input) {
      asked.push(input);
      const exchange = { prompt: 'sent', answer: 'said' };
      return { value: anAnalysis(input.item.term), usage, estimate: null, exchange };
    },
    async write(input) {
      asked.push(input);
      return {
        value: cardsFor(input.item.term),
        usage,
        estimate: null,
        exchange: { prompt: 'p', answer: 'a' },
      };
    },
  };
  const cache = mapCache();
  const observer: typeof blindObserver = {
    ...blindObserver,
    stage: async (_stage, work) => {
      const facts = await work();
      seen.push(facts);
      return facts;
    },
  };
  const run = (over: Partial<RunSettings> = {}, queued: Partial<QueuedItem> = {}) => {
    const plan: RunPlan = {
      runId: 'r',
      settings: someSettings(over),
      sourceName: 's',
      terms: 1,
      previousTraceId: null,
    };
    const item = { itemId: 1, item: anItem('one'), noteKey: 'one', noteId: null, attempt: 1, ...queued };
    return processItem({ generator, cache, observer }, plan, item, never);
  };
  return { run, cache, asked, seen };
}

describe('what was asked and said', () => {
  it('goes to the deck, and past the cache and whoever looks on', async () => {
    const { run, cache, seen } = setUp();
    const { outcome } = await run();
    expect(outcome.state === 'done' && outcome.stages.map(({ exchange }) => exchange)).toEqual([
      { prompt: 'sent', answer: 'said' },
      { prompt: 'p', answer: 'a' },
    ]);
    expect(JSON.stringify([...cache.entries.values()])).not.toMatch(/exchange|said/);
    expect(JSON.stringify(seen)).not.toMatch(/exchange|"said"/);
  });

  it('is told of a cached answer as it would be asked today', async () => {
    const { run } = setUp();
    await run();
    const { outcome } = await run();
    expect(outcome.state === 'done' && outcome.stages).toMatchObject([
      {
        cached: true,
        usage: NO_TOKENS,
        exchange: { prompt: 'prompt of analyse one', answer: JSON.stringify(anAnalysis('one')) },
      },
      { cached: true, exchange: { prompt: 'prompt of write one', answer: JSON.stringify(cardsFor('one')) } },
    ]);
  });
});

describe('a row', () => {
  it('whose note the deck has is recalled, or taken through the stages to fill it up', async () => {
    const { run, asked } = setUp();
    expect((await run({}, { noteId: 5 })).outcome.state).toBe('duplicate');
    expect((await run({ known: 'skip' }, { noteId: 5 })).outcome.state).toBe('duplicate');
    expect(asked).toEqual([]);
    expect((await run({ known: 'fill' }, { noteId: 5 })).outcome.state).toBe('done');
    expect(asked).toHaveLength(2);
  });

  it('is written with the types that the run asks for', async () => {
    const { run, asked, cache } = setUp();
    await run();
    await run({ cardTypes: ['cloze', 'recognition'] });
    expect(asked.flatMap((input) => ('analysis' in input ? [input.cardTypes] : []))).toEqual([
      null,
      ['cloze', 'recognition'],
    ]);
    // The same types in another order are the same answer, and stage 1 is the same for all.
    await run({ cardTypes: ['recognition', 'cloze'] });
    expect([asked.length, cache.entries.size]).toEqual([3, 3]);
  });

  it('that is a passage is known by its text and has prompts of its own', async () => {
    const { run, asked, cache } = setUp();
    const passage = { blocks: [{ kind: 'paragraph' as const, text: 'Words.' }], tokens: 2 };
    const other = { blocks: [{ kind: 'paragraph' as const, text: 'Others.' }], tokens: 2 };
    const item = anItem('Chapter 1', { kind: 'passage', passage });
    await run({}, { item });
    await run({}, { item: { ...item, passage: other } });
    expect(asked.map((input) => input.item.passage)).toEqual([passage, passage, other, other]);
    expect([...cache.entries.keys()].every((key) => key.includes('-passage'))).toBe(true);
  });
});

describe('cache keys', () => {
  it('of terms are what they were before there were passages and types', () => {
    const item = { term: 'one', kind: 'term', fields: { meaning: 'eins', example: 'One.' } } as const;
    const about = canonicalInput({ item, termLanguage: 'en', meaningLanguage: 'de' });
    expect(about).toBe('["en","de","term","one",[["example","One."],["meaning","eins"]]]');
    expect(writeInput(about, '{}', null)).toBe(`${about}\n{}`);
    expect(writeInput(about, '{}', ['cloze', 'recognition'])).toBe(`${about}\n{}\nrecognition,cloze`);
  });
});
