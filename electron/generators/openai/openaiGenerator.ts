/**
 * Asks a model on an OpenAI-compatible server. Every answer is validated here, whatever the server
 * promises; a model whose answer does not fit is shown it once, with what is wrong, and asked again.
 */
import type { Analysis, CardDraft, Stage } from '../../../shared/card.ts';
import { NO_TOKENS, addTokens, totalTokens } from '../../../shared/run.ts';
import type { TokenUsage } from '../../../shared/run.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { Generated, Generator } from '../../pipeline/ports.ts';
import { createCallEstimator } from '../estimate.ts';
import type { TokenCounter } from '../estimate.ts';
import { ANSWER_SCHEMA, PROMPT_VERSION, analysePrompt, writePrompt } from '../prompts.ts';
import type { Prompt } from '../prompts.ts';
import { chat } from './chat.ts';
import type { ChatAnswer, ChatMessage, ModelTransport } from './chat.ts';
import { sharedDialects } from './dialect.ts';
import type { Dialect, Dialects } from './dialect.ts';
import { withOwnColumns, withOwnTags } from './ownColumns.ts';
import { readAnalysis, readCards } from './readAnswer.ts';
import type { Reading } from './readAnswer.ts';
import { modelNotSet } from './testConnection.ts';

/** One model call, as telemetry names it. A repair is a call of its own. */
export type ModelCall = {
  readonly operation: 'chat';
  readonly model: string;
  readonly stage: Stage;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  /** 0 for the first answer, 1 for the repair. */
  readonly repair: number;
  /** What is asked. Not to be recorded unless the user wants it. */
  readonly messages: readonly ChatMessage[];
};
export type ModelCallFacts = {
  /** `null` where the server does not say. */
  readonly responseModel: string | null;
  readonly responseId: string | null;
  readonly finishReasons: readonly string[];
  /** `null` where the server does not say. */
  readonly usage: TokenUsage | null;
  /** How the server was asked to keep to the schema. */
  readonly format: Dialect['format'];
  /** Code of what is wrong with the answer; `null` for a good one. */
  readonly problem: string | null;
  /** The model's words. Not to be recorded unless the user wants it. */
  readonly text: string;
};
/** `run` resolves to the facts of any answer, good or bad, and rejects where no answer came. */
export type ObserveCall = (call: ModelCall, run: () => Promise<ModelCallFacts>) => Promise<unknown>;

export type OpenAiGeneratorOptions = {
  readonly client: ModelTransport;
  readonly models: Readonly<Record<Stage, string>>;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  /** `none` asks models that think to answer at once; `null` leaves it to the server. */
  readonly reasoningEffort?: string | null;
  /** Wraps every model call, for tracing. Must call `run` once and pass its rejection on. */
  readonly observeCall?: ObserveCall;
  /** Estimates the usage of servers that do not report it; without one it stays unknown. */
  readonly tokenCounter?: TokenCounter;
  /** What is known of servers; by default all that this process has learned. */
  readonly dialects?: Dialects;
};

/** Tokens of a usual answer, for the first booking of tokens per minute; later ones go by what calls took. */
const USUAL_OUTPUT = 500;

/**
 * @throws TracedeckError `model_not_set` where a stage has no model. Its stages throw what the client
 *   throws, and `answer_too_long`, `refused`, `empty_answer`, `invalid_answer`, `schema_echo`.
 */
export function createOpenAiGenerator(options: OpenAiGeneratorOptions): Generator {
  const { client, models, temperature, maxOutputTokens } = options;
  const reasoningEffort = options.reasoningEffort === undefined ? 'none' : options.reasoningEffort;
  const dialects = options.dialects ?? sharedDialects;
  const observeCall: ObserveCall = options.observeCall ?? ((_call, run) => run());
  for (const stage of ['analyse', 'write'] as const) {
    if (models[stage].trim() === '') throw modelNotSet(stage);
  }
  // A model of the same name on another server may be another model.
  const parameters = JSON.stringify({
    maxOutputTokens,
    reasoningEffort,
    server: client.origin,
    temperature,
  });
  /** Tokens of a stage's calls so far, exponentially smoothed. */
  const usualTokens = new Map<Stage, number>();

  async function call(
    stage: Stage,
    messages: readonly ChatMessage[],
    repair: number,
    signal: AbortSignal,
    judge: (answer: ChatAnswer) => string | null,
  ): Promise<ChatAnswer> {
    const model = models[stage];
    const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.content), 0);
    let answer: ChatAnswer | undefined;
    const about: ModelCall = {
      operation: 'chat',
      model,
      stage,
      serverAddress: client.serverAddress,
      serverPort: client.serverPort,
      temperature,
      maxOutputTokens,
      repair,
      messages,
    };
    await observeCall(about, async () => {
      answer = await chat(
        client,
        dialects,
        {
          model,
          messages,
          maxOutputTokens,
          temperature,
          reasoningEffort,
          answer: ANSWER_SCHEMA[stage],
          expectedTokens: Math.ceil(
            usualTokens.get(stage) ?? bytes / 4 + Math.min(maxOutputTokens, USUAL_OUTPUT),
          ),
        },
        signal,
      );
      if (answer.usage !== null) {
        const tokens = totalTokens(answer.usage);
        usualTokens.set(stage, 0.8 * (usualTokens.get(stage) ?? tokens) + 0.2 * tokens);
      }
      return {
        responseModel: answer.model,
        responseId: answer.id,
        finishReasons: answer.finishReason === null ? [] : [answer.finishReason],
        usage: answer.usage,
        format: answer.format,
        problem: judge(answer),
        text: answer.text,
      };
    });
    if (answer === undefined) throw new Error('observeCall did not run the call');
    return answer;
  }

  /** Asks, reads, and asks once more where the reading fails. */
  async function ask<T extends Analysis | readonly CardDraft[]>(
    stage: Stage,
    prompt: Prompt,
    read: (text: string) => Reading<T>,
    signal: AbortSignal,
  ): Promise<Generated<T>> {
    const messages: ChatMessage[] = [
      { role: 'system', content: prompt.system },
      { role: 'user', content: prompt.user },
    ];
    let usage = NO_TOKENS;
    let estimate = null as Generated<unknown>['estimate'];
    const failed = (error: unknown): unknown => {
      if (error instanceof TracedeckError && totalTokens(usage) > 0) error.spent = usage;
      return error;
    };
    for (let repair = 0; ; repair += 1) {
      let reading: Reading<T> | undefined;
      const answer = await call(stage, messages, repair, signal, (said) => {
        const stopped = stopCode(said);
        if (stopped !== null) return stopped;
        reading = read(said.text);
        return reading.ok ? null : reading.code;
      }).catch((error: unknown) => {
        throw failed(error);
      });
      if (answer.usage !== null) usage = addTokens(usage, answer.usage);
      else if (options.tokenCounter !== undefined) {
        const { input, text } = createCallEstimator(await options.tokenCounter.load());
        const asked = messages.slice(1).map((message) => message.content);
        estimate = {
          input: (estimate?.input ?? 0) + input(stage, asked.join('\n')),
          output: (estimate?.output ?? 0) + text(answer.text),
        };
      }
      if (reading === undefined) throw failed(stopError(stopCode(answer), maxOutputTokens));
      if (reading.ok) return { value: reading.value, usage, estimate };
      if (repair > 0) {
        if (reading.salvage !== null) return { value: reading.salvage, usage, estimate };
        throw failed(readingError(reading.code, models[stage]));
      }
      messages.push(...repairMessages(answer.text, reading.problems));
    }
  }

  return {
    rowsAtOnce: null,
    identity: (stage) => ({
      generator: 'openai',
      model: models[stage],
      promptVersion: PROMPT_VERSION[stage],
      parameters,
    }),
    async analyse(input, signal) {
      const made = await ask('analyse', analysePrompt(input), readAnalysis, signal);
      return { ...made, value: withOwnColumns(made.value, input.item) };
    },
    async write(input, signal) {
      const { term } = input.item;
      const made = await ask('write', writePrompt(input), (text) => readCards(text, term), signal);
      return { ...made, value: withOwnTags(made.value, input.item) };
    },
  };
}

/** Why an answer is not worth reading; `null` where it is. A cut-off answer may well parse: this comes first. */
function stopCode(answer: ChatAnswer): 'answer_too_long' | 'refused' | null {
  if (answer.finishReason === 'length') return 'answer_too_long';
  return answer.refused ? 'refused' : null;
}

function stopError(code: ReturnType<typeof stopCode>, maxOutputTokens: number): TracedeckError {
  if (code === 'refused') {
    return new TracedeckError('permanent', 'refused', 'The model refused to answer for this row.', {
      hint: 'Reword the row, or take another model.',
    });
  }
  return new TracedeckError(
    'permanent',
    'answer_too_long',
    `The answer did not fit into ${maxOutputTokens} tokens and was cut off.`,
    {
      hint: 'Raise the output limit in the settings, or take a model that does not think aloud.',
    },
  );
}

function readingError(code: Extract<Reading<never>, { ok: false }>['code'], model: string): TracedeckError {
  const messages = {
    empty_answer: `The model '${model}' answered with nothing, twice.`,
    schema_echo: `The model '${model}' repeated the schema instead of filling it, twice.`,
    invalid_answer: `The answer of the model '${model}' does not fit the schema, not even after a correction.`,
  };
  return new TracedeckError('transient', code, messages[code], {
    hint: 'Retry the failed rows; if it happens often, take a larger model or one that supports JSON schemas.',
  });
}

/** Longest piece of its own answer that the model is shown again, in characters. */
const MAX_SHOWN = 8000;

function repairMessages(said: string, problems: readonly string[]): ChatMessage[] {
  const list = problems.map((problem) => `- ${problem}`).join('\n');
  const wrong = `Your answer cannot be used:\n${list}\nAnswer again: the whole corrected JSON object and nothing else.`;
  // Some servers do not take an empty message.
  return said.trim() === ''
    ? [{ role: 'user', content: wrong }]
    : [
        { role: 'assistant', content: said.slice(0, MAX_SHOWN) },
        { role: 'user', content: wrong },
      ];
}
