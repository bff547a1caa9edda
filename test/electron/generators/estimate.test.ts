import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createCallEstimator,
  createTokenCounter,
  withEstimate,
} from '../../../electron/generators/estimate.ts';
import {
  ANSWER_SCHEMA,
  PROMPT_VERSION,
  SYSTEM_PROMPT,
  analysePrompt,
  strictSchema,
  writePrompt,
} from '../../../electron/generators/prompts.ts';
import type { Generated, Generator } from '../../../electron/pipeline/ports.ts';
import { analysisSchema } from '../../../shared/card.ts';
import type { Analysis, CardDraft } from '../../../shared/card.ts';
import { NO_TOKENS } from '../../../shared/run.ts';

const signal = new AbortController().signal;
const counter = createTokenCounter();
const analysis: Analysis = {
  term: '학교',
  meaning: 'school',
  otherMeanings: [],
  partOfSpeech: 'noun',
  reading: '학꾜',
  romanisation: 'hakgyo',
  nuance: null,
  usage: null,
  synonyms: [],
  comparison: null,
  homonyms: [],
  mnemonic: null,
  examples: [{ text: '학교에 가요.', translation: 'I go to school.' }],
  keywords: [],
  level: null,
  unknown: ['nuance'],
};
const cards: readonly CardDraft[] = [{ type: 'recognition', front: '학교', back: 'school', tags: [] }];
const input = {
  item: { term: '학교', kind: 'term', fields: { meaning: 'school', tags: 'a', frequency: '9' } },
  termLanguage: 'ko',
  meaningLanguage: 'en',
} as const;

function generator(cost: Partial<Pick<Generated<unknown>, 'usage' | 'estimate'>> = {}): Generator {
  const free = { usage: NO_TOKENS, estimate: null, ...cost };
  return {
    rowsAtOnce: null,
    identity: () => ({ generator: 'offline', model: 'm', promptVersion: '1', parameters: '{}' }),
    analyse: async () => ({ value: analysis, ...free }),
    write: async () => ({ value: cards, ...free }),
  };
}

describe('createTokenCounter', () => {
  it('counts as o200k_base does', async () => {
    const count = await counter.load();
    expect(count('hello world')).toBe(2);
    expect(count('')).toBe(0);
    expect(count('학교에 가요.')).toBeGreaterThan(3);
  });

  it('takes what looks like a control token for text', async () => {
    const count = await counter.load();
    expect(count('<|endoftext|>')).toBeGreaterThan(1);
  });
});

describe('withEstimate', () => {
  it('counts the prompts that a hosted model would get and the JSON that it would answer', async () => {
    const count = await counter.load();
    const estimated = withEstimate(generator(), counter);
    const analysed = await estimated.analyse(input, signal);
    const { system, user } = analysePrompt(input);
    const texts = count(system) + count(user) + count(JSON.stringify(ANSWER_SCHEMA.analyse));
    expect(analysed.estimate!.input - texts).toBe(11);
    expect(analysed.estimate!.output).toBe(count(JSON.stringify(analysis)));

    const written = await estimated.write({ ...input, analysis }, signal);
    expect(written.estimate!.output).toBe(count(JSON.stringify({ cards })));
    expect(written.value).toBe(cards);
  });

  it('leaves real usage and given estimates alone', async () => {
    const paid = withEstimate(generator({ usage: { ...NO_TOKENS, input: 3 } }), counter);
    expect((await paid.analyse(input, signal)).estimate).toBeNull();
    const told = withEstimate(generator({ estimate: { input: 1, output: 2 } }), counter);
    expect((await told.write({ ...input, analysis }, signal)).estimate).toEqual({ input: 1, output: 2 });
  });

  it('adds up: a longer row takes more', async () => {
    const estimator = createCallEstimator(await counter.load());
    const long = { ...input, item: { ...input.item, fields: { meaning: 'school '.repeat(50) } } };
    const difference =
      estimator.input('analyse', analysePrompt(long).user) -
      estimator.input('analyse', analysePrompt(input).user);
    expect(difference).toBeGreaterThan(40);
  });
});

describe('prompts', () => {
  it('change their version with their text', () => {
    const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
    const texts = {
      analyse: SYSTEM_PROMPT.analyse + analysePrompt(input).user + JSON.stringify(ANSWER_SCHEMA.analyse),
      write:
        SYSTEM_PROMPT.write + writePrompt({ ...input, analysis }).user + JSON.stringify(ANSWER_SCHEMA.write),
    };
    // After a change to a prompt: raise its PROMPT_VERSION, then put the new digest here.
    expect({ ...PROMPT_VERSION, digests: [digest(texts.analyse), digest(texts.write)] }).toEqual({
      analyse: 'analyse-1',
      write: 'write-1',
      digests: ['cb45ec1cfa8e', 'edc590e703df'],
    });
  });

  it('carry the facts of the row, and nothing of the analysis that is empty', () => {
    const data = (user: string) => JSON.parse(user.replace(/<\/?data>/g, '')) as Record<string, never>;
    expect(data(analysePrompt(input).user)).toEqual({
      term: '학교',
      kind: 'term',
      termLanguage: 'ko',
      meaningLanguage: 'en',
      facts: { meaning: 'school' },
    });
    const written = data(writePrompt({ ...input, analysis }).user);
    expect(Object.keys(written['analysis']!)).toEqual([
      'meaning',
      'partOfSpeech',
      'reading',
      'romanisation',
      'examples',
      'unknown',
    ]);
  });

  it('ask for schemas that strict structured output takes', () => {
    const keywords = new Set<string>();
    const walk = (node: unknown): void => {
      if (Array.isArray(node)) return node.forEach(walk);
      if (typeof node !== 'object' || node === null) return;
      const object = node as Record<string, unknown>;
      for (const key of Object.keys(object)) keywords.add(key);
      if (object['type'] === 'object') {
        expect(object['additionalProperties']).toBe(false);
        expect(object['required']).toEqual(Object.keys(object['properties'] as object));
      }
      for (const [key, value] of Object.entries(object)) {
        if (key === 'properties') Object.values(value as object).forEach(walk);
        else if (key !== 'enum' && key !== 'required') walk(value);
      }
    };
    for (const { schema } of Object.values(ANSWER_SCHEMA)) {
      expect(schema['type']).toBe('object');
      walk(schema);
    }
    expect([...keywords].sort()).toEqual([
      'additionalProperties',
      'anyOf',
      'enum',
      'items',
      'properties',
      'required',
      'type',
    ]);
    expect(Object.keys(strictSchema(analysisSchema)['properties'] as object)).toEqual(
      Object.keys(analysisSchema.shape),
    );
  });
});
