/**
 * A generator that asks a model. Every answer is validated here, whatever a server promises; a model whose answer does
 * not fit is shown it once, with what is wrong, and asked again.
 */
import type { Analysis, CardDraft, CardType, Stage } from '../../shared/card.ts';
import { NO_TOKENS, addTokens, totalTokens } from '../../shared/run.ts';
import type { TokenUsage } from '../../shared/run.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Generated, Generator, WriteInput } from '../pipeline/ports.ts';
import { answerSchema } from './answerSchema.ts';
import type { NamedSchema } from './answerSchema.ts';
import { createCallEstimator } from './estimate.ts';
import type { TokenCounter } from './estimate.ts';
import { noCards, readingError, repairMessages, stopError } from './modelFaults.ts';
import type { DialogAnswer, DialogMessage, ModelDialog } from './modelDialog.ts';
import { withOwnColumns, withOwnTags } from './ownColumns.ts';
import {
  BUILT_IN_PROMPTS,
  allowedTypes,
  analysePrompt,
  promptKindOf,
  rewritePrompt,
  writePrompt,
} from './prompts.ts';
import type { Prompt, PromptTexts } from './prompts.ts';
import { readAnalysis, readCards } from './readAnswer.ts';
import type { Reading } from './readAnswer.ts';

/** One model call, as telemetry names it. A repair is a call of its own. */
export type ModelCall = {
  readonly operation: 'chat';
  readonly provider: string;
  readonly model: string;
  /** `null` for a call that is no stage of a run. */
  readonly stage: Stage | null;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  /** 0 for the first answer, 1 for the repair. */
  readonly repair: number;
  /** What is asked. Not to be recorded unless the user wants it. */
  readonly messages: readonly DialogMessage[];
};
export type ModelCallFacts = {
  /** `null` where the server does not say. */
  readonly responseModel: string | null;
  readonly responseId: string | null;
  readonly finishReasons: readonly string[];
  /** `null` where the server does not say. */
  readonly usage: TokenUsage | null;
  /** How the server was asked to keep to the schema. */
  readonly format: DialogAnswer['format'];
  /** Code of what is wrong with the answer; `null` for a good one. */
  readonly problem: string | null;
  /** The model's words. Not to be recorded unless the user wants it. */
  readonly text: string;
};
/** `run` resolves to the facts of any answer, good or bad, and rejects where no answer came. */
export type ObserveCall = (call: ModelCall, run: () => Promise<ModelCallFacts>) => Promise<unknown>;

export type ModelGeneratorOptions = {
  readonly dialog: ModelDialog;
  readonly prompts?: PromptTexts;
  /** Wraps every model call, for tracing. Must call `run` once and pass its rejection on. */
  readonly observeCall?: ObserveCall;
  /** Estimates the usage of servers that do not report it; without one it stays unknown. */
  readonly tokenCounter?: TokenCounter;
};

export type Greeting = {
  /** As the server names it, or as asked for. */
  readonly model: string;
  readonly latencyMs: number;
  readonly usage: TokenUsage;
};

export interface ModelGenerator extends Generator {
  /** One card anew, as the learner's `wish` asks. Throws as `write` does. */
  rewrite(
    input: WriteInput,
    card: CardDraft,
    wish: string,
    signal: AbortSignal,
  ): Promise<Generated<CardDraft>>;
  /** One tiny call to the model of stage 1, which shows whether server, key and model work together. */
  greet(signal: AbortSignal): Promise<Greeting>;
}

/** Tokens of a usual answer, for the first booking of tokens per minute; later ones go by what calls took. */
const USUAL_OUTPUT = 500;

type Question<T> = {
  readonly stage: Stage;
  readonly prompt: Prompt;
  readonly answer: NamedSchema;
  readonly read: (text: string) => Reading<T>;
};

/**
 * Its stages throw what the dialog throws, and `answer_too_long`, `refused`, `empty_answer`, `invalid_answer`,
 * `schema_echo`, `no_cards`.
 */
export function createModelGenerator(options: ModelGeneratorOptions): ModelGenerator {
  const { dialog, prompts = BUILT_IN_PROMPTS } = options;
  const { models, temperature, maxOutputTokens, parameters } = dialog;
  const observeCall: ObserveCall = options.observeCall ?? ((_call, run) => run());
  /** Tokens of a stage's calls so far, exponentially smoothed. */
  const usualTokens = new Map<Stage, number>();

  /** One call to the model, observed; `judge` says what is wrong with the answer. */
  async function call(
    stage: Stage | null,
    asked: Pick<
      Parameters<ModelDialog['say']>[0],
      'messages' | 'answer' | 'maxOutputTokens' | 'expectedTokens'
    >,
    repair: number,
    signal: AbortSignal,
    judge: (answer: DialogAnswer) => string | null,
  ): Promise<DialogAnswer> {
    const model = models[stage ?? 'analyse'];
    const server =
      dialog.server === null ? {} : { serverAddress: dialog.server.address, serverPort: dialog.server.port };
    let answer: DialogAnswer | undefined;
    await observeCall(
      {
        operation: 'chat',
        provider: dialog.provider,
        model,
        stage,
        ...server,
        temperature,
        maxOutputTokens: asked.maxOutputTokens,
        repair,
        messages: asked.messages,
      },
      async () => {
        answer = await dialog.say({ ...asked, model, temperature }, signal);
        return {
          responseModel: answer.model,
          responseId: answer.id,
          finishReasons: answer.finishReason === null ? [] : [answer.finishReason],
          usage: answer.usage,
          format: answer.format,
          problem: judge(answer),
          text: answer.text,
        };
      },
    );
    if (answer === undefined) throw new Error('observeCall did not run the call');
    return answer;
  }

  function expectedTokens(stage: Stage, messages: readonly DialogMessage[]): number {
    const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.content), 0);
    return Math.ceil(usualTokens.get(stage) ?? bytes / 4 + Math.min(maxOutputTokens, USUAL_OUTPUT));
  }

  function remember(stage: Stage, usage: TokenUsage): void {
    const tokens = totalTokens(usage);
    usualTokens.set(stage, 0.8 * (usualTokens.get(stage) ?? tokens) + 0.2 * tokens);
  }

  /** Asks, reads, and asks once more where the reading fails. */
  async function ask<T>({ stage, prompt, answer: wanted, read }: Question<T>, signal: AbortSignal) {
    const messages: DialogMessage[] = [
      { role: 'system', content: prompt.system },
      { role: 'user', content: prompt.user },
    ];
    let usage = NO_TOKENS;
    let estimate = null as Generated<unknown>['estimate'];
    const failed = (error: unknown): unknown => {
      if (error instanceof TracedeckError && totalTokens(usage) > 0) error.spent = usage;
      return error;
    };
    const generated = (value: T, text: string): Generated<T> => ({
      value,
      usage,
      estimate,
      exchange: { prompt: messages.map(({ content }) => content).join('\n\n'), answer: text },
    });
    for (let repair = 0; ; repair += 1) {
      let reading: Reading<T> | undefined;
      const asked = {
        messages: [...messages],
        answer: wanted,
        maxOutputTokens,
        expectedTokens: expectedTokens(stage, messages),
      };
      const answer = await call(stage, asked, repair, signal, (said) => {
        if (said.stopped !== null) return said.stopped;
        reading = read(said.text);
        // A good answer of which nothing is wanted is no fault of the model's.
        return reading.ok || reading.code === 'no_cards' ? null : reading.code;
      }).catch((error: unknown) => {
        throw failed(error);
      });
      if (answer.usage !== null) {
        usage = addTokens(usage, answer.usage);
        remember(stage, answer.usage);
      } else if (options.tokenCounter !== undefined) {
        const { input, text } = createCallEstimator(await options.tokenCounter.load());
        const said = messages.slice(1).map((message) => message.content);
        const used = input({ system: prompt.system, user: said.join('\n') }, wanted);
        estimate = {
          input: (estimate?.input ?? 0) + used,
          output: (estimate?.output ?? 0) + text(answer.text),
        };
      }
      if (reading === undefined) throw failed(stopError(answer.stopped, maxOutputTokens));
      if (reading.ok) return generated(reading.value, answer.text);
      if (reading.code === 'no_cards') throw failed(noCards());
      if (repair > 0) {
        if (reading.salvage !== null) return generated(reading.salvage, answer.text);
        throw failed(readingError(reading.code, models[stage]));
      }
      messages.push(...repairMessages(answer.text, reading.problems));
    }
  }

  function cardsQuestion(
    { item }: WriteInput,
    types: readonly CardType[],
    prompt: () => Prompt,
  ): Question<readonly CardDraft[]> {
    if (types.length === 0) throw noCards();
    return {
      stage: 'write',
      prompt: prompt(),
      answer: answerSchema('write', promptKindOf(item.kind), types),
      read: (text) => readCards(text, item, types),
    };
  }

  const promptOf = (input: Parameters<Generator['analyse']>[0] | WriteInput): Prompt =>
    'analysis' in input ? writePrompt(input, prompts) : analysePrompt(input, prompts);

  return {
    rowsAtOnce: dialog.rowsAtOnce,
    identity: (stage, kind = 'term') => ({
      generator: dialog.generator,
      model: models[stage],
      promptVersion: prompts[stage][promptKindOf(kind)].version,
      parameters,
    }),
    promptOf: (input) => {
      const { system, user } = promptOf(input);
      return `${system}\n\n${user}`;
    },
    async analyse(input, signal): Promise<Generated<Analysis>> {
      const { item } = input;
      const question: Question<Analysis> = {
        stage: 'analyse',
        prompt: promptOf(input),
        answer: answerSchema('analyse', promptKindOf(item.kind)),
        read: (text) => readAnalysis(text, item),
      };
      const made = await ask(question, signal);
      return { ...made, value: withOwnColumns(made.value, item) };
    },
    async write(input, signal): Promise<Generated<readonly CardDraft[]>> {
      const { item, cardTypes } = input;
      const question = cardsQuestion(input, allowedTypes(item.kind, cardTypes), () => promptOf(input));
      const made = await ask(question, signal);
      return { ...made, value: withOwnTags(made.value, item) };
    },
    async rewrite(input, card, wish, signal) {
      const types = input.cardTypes ?? [card.type];
      const question = cardsQuestion(input, types, () => rewritePrompt(input, card, wish));
      const made = await ask(question, signal);
      return { ...made, value: made.value[0]! };
    },
    async greet(signal) {
      const startMs = performance.now();
      const messages: DialogMessage[] = [{ role: 'user', content: 'Answer with OK.' }];
      const asked = { messages, answer: null, maxOutputTokens: 16, expectedTokens: 32 };
      const answer = await call(null, asked, 0, signal, () => null);
      return {
        model: answer.model ?? models.analyse,
        latencyMs: performance.now() - startMs,
        usage: answer.usage ?? NO_TOKENS,
      };
    },
  };
}
