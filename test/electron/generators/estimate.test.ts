import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createCallEstimator,
  createTokenCounter,
  withEstimate,
} from '../../../electron/generators/estimate.ts';
import { answerSchema } from '../../../electron/generators/answerSchema.ts';
import { BUILT_IN_TEXTS, BUILT_IN_VERSIONS } from '../../../electron/generators/builtInPrompts.ts';
import { promptProblems } from '../../../electron/generators/fillPrompt.ts';
import { SAMPLE_ITEMS } from '../../../electron/generators/previewPrompt.ts';
import { analysePrompt, promptTexts, writePrompt } from '../../../electron/generators/prompts.ts';
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
    const texts = count(system) + count(user) + count(JSON.stringify(answerSchema('analyse', 'term')));
    expect(analysed.estimate!.input - texts).toBe(11);
    expect(analysed.estimate!.output).toBe(count(JSON.stringify(analysis)));

    const written = await estimated.write({ ...input, analysis, cardTypes: null }, signal);
    expect(written.estimate!.output).toBe(count(JSON.stringify({ cards })));
    expect(written.value).toBe(cards);
  });

  it('leaves real usage and given estimates alone', async () => {
    const paid = withEstimate(generator({ usage: { ...NO_TOKENS, input: 3 } }), counter);
    expect((await paid.analyse(input, signal)).estimate).toBeNull();
    const told = withEstimate(generator({ estimate: { input: 1, output: 2 } }), counter);
    expect((await told.write({ ...input, analysis, cardTypes: null }, signal)).estimate).toEqual({
      input: 1,
      output: 2,
    });
  });

  it('adds up: a longer row takes more', async () => {
    const estimator = createCallEstimator(await counter.load());
    const long = { ...input, item: { ...input.item, fields: { meaning: 'school '.repeat(50) } } };
    const answer = answerSchema('analyse', 'term');
    const difference =
      estimator.input(analysePrompt(long), answer) - estimator.input(analysePrompt(input), answer);
    expect(difference).toBeGreaterThan(40);
  });
});

describe('prompts', () => {
  it('change their version with their text', () => {
    const digest = (...parts: unknown[]) =>
      createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
    const passage = { ...input, item: SAMPLE_ITEMS.passage };
    const write = { analysis, cardTypes: null };
    const digests = {
      'analyse term': digest(
        BUILT_IN_TEXTS.analyse.term,
        analysePrompt(input),
        answerSchema('analyse', 'term'),
      ),
      'analyse passage': digest(analysePrompt(passage), answerSchema('analyse', 'passage')),
      'write term': digest(writePrompt({ ...input, ...write }), answerSchema('write', 'term')),
      'write passage': digest(writePrompt({ ...passage, ...write }), answerSchema('write', 'passage')),
    };
    // After a change to a prompt: raise its version in builtInPrompts.ts, then put the new digest here.
    expect({ ...BUILT_IN_VERSIONS, digests }).toEqual({
      analyse: {
        passage: 'analyse-passage-1',
        term: 'analyse-2',
      },
      digests: {
        'analyse passage': '92e7fc8cfb37',
        'analyse term': '948f0585517d',
        'write passage': 'a4cc6527af3d',
        'write term': 'e97e3b5b81cc',
      },
      write: {
        passage: 'write-passage-1',
        term: 'write-2',
      },
    });
  });

  it('take the text of a template, and always say what is data and what form is wanted', () => {
    const text =
      'Explain in {{meaningLanguage}} what {{ termLanguage }} says; {{c1::x}} and {{nothing}} stay.';
    const texts = promptTexts([{ id: 'abc', stage: 'analyse', kind: 'term', text, builtIn: false }]);
    const { system } = analysePrompt(input, texts);
    expect(system.split('\n')).toEqual([
      'Explain in English (en) what Korean (ko) says; {{c1::x}} and {{nothing}} stay.',
      expect.stringContaining('between <data> and </data>'),
      expect.stringContaining('one JSON object that fits the schema'),
    ]);
    expect(texts.analyse.term.version).toBe('custom-abc');
    expect(texts.analyse.passage.version).toBe(BUILT_IN_VERSIONS.analyse.passage);
    expect(promptProblems('analyse', text)).toEqual([
      'Nothing fills {{nothing}}: the model gets it as it stands.',
    ]);
    expect(promptProblems('write', 'Write {{maxCards}} cards.')).toHaveLength(1);
  });

  it('name the types of cards that are asked for, whether the template does or not', () => {
    const asked = { ...input, analysis, cardTypes: ['cloze', 'basic', 'recognition'] as const };
    const texts = promptTexts([{ id: 'a', stage: 'write', kind: 'term', text: 'Cards!', builtIn: false }]);
    expect(writePrompt(asked).system).toContain('of these types only: recognition, cloze.');
    expect(writePrompt(asked, texts).system).toContain(
      'Cards!\nWrite cards of these types only: recognition, cloze.',
    );
    expect(writePrompt({ ...asked, cardTypes: null }, texts).system).not.toContain('types only');
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
    const written = data(writePrompt({ ...input, analysis, cardTypes: null }).user);
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
    const schemas = (['analyse', 'write'] as const).flatMap((stage) =>
      (['term', 'passage'] as const).map((kind) => answerSchema(stage, kind).schema),
    );
    for (const schema of schemas) {
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
    // What a term does not have is not asked for.
    expect(Object.keys(schemas[0]!['properties'] as object)).toEqual(
      Object.keys(analysisSchema.shape).filter((name) => name !== 'facts'),
    );
    expect(JSON.stringify(schemas[2])).not.toMatch(/quote|basic/);
    expect(JSON.stringify(schemas[3])).toMatch(/quote/);
  });
});
