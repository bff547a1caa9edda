/**
 * What a run would take with a hosted model, counted and not guessed: the very prompts that the openai
 * generator would send, and the answer as JSON.
 */
import type { Analysis, CardDraft, Stage } from '../../shared/card.ts';
import { ESTIMATE_ENCODING } from '../../shared/run.ts';
import type { Generated, Generator, WriteInput } from '../pipeline/ports.ts';
import { ANSWER_SCHEMA, SYSTEM_PROMPT, analysePrompt, writePrompt } from './prompts.ts';

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
  /** `user` is the user message of a prompt of the stage. */
  input(stage: Stage, user: string): number;
  output(value: Analysis | readonly CardDraft[]): number;
  text(text: string): number;
}

export function createCallEstimator(count: CountTokens): CallEstimator {
  const constant = new Map<Stage, number>();
  return {
    input(stage, user) {
      let fixed = constant.get(stage);
      if (fixed === undefined) {
        fixed =
          count(SYSTEM_PROMPT[stage]) +
          count(JSON.stringify(ANSWER_SCHEMA[stage])) +
          2 * TOKENS_PER_MESSAGE +
          TOKENS_PER_REPLY;
        constant.set(stage, fixed);
      }
      return fixed + count(user);
    },
    output: (value) => count(JSON.stringify(Array.isArray(value) ? { cards: value } : value)),
    text: count,
  };
}

/** `generator`, with an estimate where it called no model. */
export function withEstimate(generator: Generator, counter: TokenCounter): Generator {
  let estimator: Promise<CallEstimator> | undefined;
  const load = (): Promise<CallEstimator> => (estimator ??= counter.load().then(createCallEstimator));
  async function estimated<T extends Analysis | readonly CardDraft[]>(
    stage: Stage,
    user: () => string,
    generated: Generated<T>,
  ): Promise<Generated<T>> {
    if (generated.estimate !== null || Object.values(generated.usage).some((tokens) => tokens > 0)) {
      return generated;
    }
    const { input, output } = await load();
    return { ...generated, estimate: { input: input(stage, user()), output: output(generated.value) } };
  }
  return {
    rowsAtOnce: generator.rowsAtOnce,
    identity: (stage) => generator.identity(stage),
    analyse: async (input, signal) =>
      estimated('analyse', () => analysePrompt(input).user, await generator.analyse(input, signal)),
    write: async (input: WriteInput, signal) =>
      estimated('write', () => writePrompt(input).user, await generator.write(input, signal)),
  };
}
