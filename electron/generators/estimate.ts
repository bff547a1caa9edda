/**
 * What a run would take with a hosted model, counted and not guessed: the very prompts that the openai
 * generator would send, and the answer as JSON.
 */
import type { Analysis, CardDraft } from '../../shared/card.ts';
import { ESTIMATE_ENCODING } from '../../shared/run.ts';
import type { AnalyseInput, Generated, Generator, WriteInput } from '../pipeline/ports.ts';
import { answerSchema } from './answerSchema.ts';
import type { NamedSchema } from './answerSchema.ts';
import { allowedTypes, analysePrompt, promptKindOf, writePrompt } from './prompts.ts';
import type { Prompt } from './prompts.ts';

export type CountTokens = (text: string) => number;

export interface TokenCounter {
  /** Name of the encoding; exact for the models that use it, 'about' for all others. */
  readonly encoding: typeof ESTIMATE_ENCODING;
  /** Loads the tokenizer (tens of megabytes) the first time somebody asks. */
  load(): Promise<CountTokens>;
}

/** Around every message, and once before the answer: what the chat format adds to the texts. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_REPLY = 3;

export function createTokenCounter(): TokenCounter {
  let loaded: Promise<CountTokens> | undefined;
  return {
    encoding: ESTIMATE_ENCODING,
    load() {
      loaded ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens, setMergeCacheSize }) => {
        // The default keeps 100,000 words; a list's words do not come twice often enough to pay for that.
        setMergeCacheSize(5_000);
        // Text of the user's that looks like a control token is text.
        const options = { disallowedSpecial: new Set<string>() };
        return (text) => countTokens(text, options);
      });
      return loaded;
    },
  };
}

/** Counts the tokens of a stage's model call. */
export interface CallEstimator {
  input(prompt: Prompt, answer: NamedSchema): number;
  /** The part of it that is the same for every row. */
  fixed(system: string, answer: NamedSchema): number;
  output(value: Analysis | readonly CardDraft[]): number;
  text(text: string): number;
}

/** Systems whose count is remembered: the stages and kinds of a run or two. */
const MAX_KNOWN = 16;

export function createCallEstimator(count: CountTokens): CallEstimator {
  const known = new Map<string, number>();
  function fixed(system: string, answer: NamedSchema): number {
    const key = `${answer.name}\n${system}`;
    let tokens = known.get(key);
    if (tokens === undefined) {
      tokens = count(system) + count(JSON.stringify(answer)) + 2 * TOKENS_PER_MESSAGE + TOKENS_PER_REPLY;
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(key, tokens);
    }
    return tokens;
  }
  return {
    fixed,
    input: ({ system, user }, answer) => fixed(system, answer) + count(user),
    output: (value) => count(JSON.stringify(Array.isArray(value) ? { cards: value } : value)),
    text: count,
  };
}

/** `generator`, with an estimate where it called no model. */
export function withEstimate(generator: Generator, counter: TokenCounter): Generator {
  let estimator: Promise<CallEstimator> | undefined;
  const load = (): Promise<CallEstimator> => (estimator ??= counter.load().then(createCallEstimator));
  async function estimated<T extends Analysis | readonly CardDraft[]>(
    question: () => { readonly prompt: Prompt; readonly answer: NamedSchema },
    generated: Generated<T>,
  ): Promise<Generated<T>> {
    if (generated.estimate !== null || Object.values(generated.usage).some((tokens) => tokens > 0)) {
      return generated;
    }
    const { input, output } = await load();
    const { prompt, answer } = question();
    return { ...generated, estimate: { input: input(prompt, answer), output: output(generated.value) } };
  }
  return {
    ...generator,
    analyse: async (input, signal) =>
      estimated(() => analyseQuestion(input), await generator.analyse(input, signal)),
    write: async (input, signal) =>
      estimated(() => writeQuestion(input), await generator.write(input, signal)),
  };
}

function analyseQuestion(input: AnalyseInput) {
  return {
    prompt: analysePrompt(input),
    answer: answerSchema('analyse', promptKindOf(input.item.kind)),
  };
}

function writeQuestion(input: WriteInput) {
  const { kind } = input.item;
  return {
    prompt: writePrompt(input),
    answer: answerSchema('write', promptKindOf(kind), allowedTypes(kind, input.cardTypes)),
  };
}
