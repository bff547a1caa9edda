/** Calls to a model by the GenAI conventions: one span a call with its retries, tokens and cost as metrics. */
import type { TokenUsage } from '../../../shared/run.ts';
import { ATTR, METRIC } from '../../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import type { Component, Telemetry } from '../api.ts';
import type { SpanHandle } from '../tracing/spanHandle.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';
import type { CountedSpans } from './countedSpans.ts';
import type { LeanOperations } from './leanOperations.ts';

export type ModelMessage = { readonly role: string; readonly content: string };
export type ModelCallFacts = {
  /** `chat`, `text_completion`, `embeddings`. */
  readonly operation: string;
  readonly model: string;
  /** The wire format, whoever serves it: `openai` where not given. */
  readonly provider?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
  /** Of few values: part of the metrics' attributes too. */
  readonly attributes?: Attributes;
  /** Read only where text is recorded. */
  readonly messages?: readonly ModelMessage[];
};
export type ModelCallOutcome = {
  /** `null` where the server does not say. */
  readonly usage: TokenUsage | null;
  readonly responseModel?: string | null;
  readonly responseId?: string | null;
  readonly finishReason?: string | null;
  /** Code of what is wrong with an answer that did come. */
  readonly problem?: string | null;
  /** Recorded only where text is. */
  readonly text?: string;
};

export type ModelCallOptions = {
  /** What a call cost, in `currency`; `null` where it is not known. */
  readonly price: (model: string, usage: TokenUsage) => number | null;
  /** ISO 4217. */
  readonly currency: string;
  /** Whether prompts and answers go on the spans: asked at the beginning of each call. */
  readonly recordText: () => boolean;
};
/** One call, its retries included. `outcomeOf` picks the facts out of what `run` resolves to. */
export type WatchCall = <T>(
  facts: ModelCallFacts,
  run: () => Promise<T>,
  outcomeOf: (result: T) => ModelCallOutcome,
) => Promise<T>;

/** Seconds, as the conventions advise for models; and tokens. */
const MODEL_BUCKETS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKEN_BUCKETS: readonly number[] = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304,
];
type MutableAttributes = Record<string, AttributeValue>;

/** Watches in the mode that the component is in: a full span, or an operation. */
export function createModelCalls(
  telemetry: Telemetry,
  component: Component,
  spans: CountedSpans,
  operations: LeanOperations,
  { price, currency, recordText }: ModelCallOptions,
): WatchCall {
  const { metrics } = telemetry;
  const callDuration = metrics.histogram(METRIC.genAiDuration, {
    unit: 's',
    description: 'Model calls.',
    boundaries: MODEL_BUCKETS,
  });
  const callTokens = metrics.histogram(METRIC.genAiTokens, {
    unit: '{token}',
    description: 'Tokens of a model call, by type.',
    boundaries: TOKEN_BUCKETS,
  });
  const tokens = metrics.counter(METRIC.tokens, {
    unit: '{token}',
    description: 'Tokens of model calls; each is of one kind.',
  });
  const cost = metrics.counter(METRIC.cost, {
    unit: `{${currency}}`,
    description: 'What model calls cost, by the price table.',
  });
  function tagsOf(facts: ModelCallFacts): MutableAttributes {
    return {
      [ATTR.genAiOperation]: facts.operation,
      [ATTR.genAiProvider]: facts.provider ?? 'openai',
      [ATTR.genAiRequestModel]: facts.model,
      ...facts.attributes,
    };
  }

  /** Tokens and cost, each once. The conventions count cached tokens as input and reasoning as output. */
  function account(model: string, usage: TokenUsage, tags: Attributes): Account {
    const input = usage.input + usage.cacheRead + usage.cacheWrite;
    const output = usage.output + usage.reasoning;
    callTokens.record(input, { ...tags, [ATTR.genAiTokenType]: 'input' });
    callTokens.record(output, { ...tags, [ATTR.genAiTokenType]: 'output' });
    for (const kind of ['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const) {
      if (usage[kind] > 0) tokens.add(usage[kind], { ...tags, [ATTR.tokenKind]: kind });
    }
    const amount = telemetry.safely(() => price(model, usage), null);
    if (amount !== null && amount > 0) cost.add(amount, tags);
    return { input, output, amount };
  }

  /** What whoever is not checked by a compiler leaves out is missing here, and no reason to lose the answer. */
  function readOutcome<T>(outcomeOf: (result: T) => ModelCallOutcome, result: T): ModelCallOutcome {
    return telemetry.safely(() => {
      const outcome = outcomeOf(result);
      return { ...outcome, usage: outcome.usage ?? null };
    }, NO_OUTCOME);
  }

  async function fullCall<T>(
    facts: ModelCallFacts,
    run: () => Promise<T>,
    outcomeOf: (result: T) => ModelCallOutcome,
  ): Promise<T> {
    const tags = tagsOf(facts);
    const withText = telemetry.safely(recordText, false);
    const attributes: MutableAttributes = { ...tags };
    if (facts.serverAddress !== undefined) attributes[ATTR.serverAddress] = facts.serverAddress;
    if (facts.serverPort !== undefined) attributes[ATTR.serverPort] = facts.serverPort;
    if (facts.temperature !== undefined) attributes[ATTR.genAiTemperature] = facts.temperature;
    if (facts.maxOutputTokens !== undefined) attributes[ATTR.genAiMaxTokens] = facts.maxOutputTokens;
    if (withText && facts.messages !== undefined) {
      attributes[ATTR.genAiInputMessages] = JSON.stringify(facts.messages.map(toMessage));
    }
    return spans.withSpan(callName(facts), { kind: 'client', attributes }, async (span) => {
      let result: T;
      try {
        result = await run();
      } catch (thrown) {
        timed(span.elapsedMs(), tags, toErrorFacts(thrown).type);
        throw thrown;
      }
      // From here on nothing may go wrong: the answer is there and paid for.
      const outcome = readOutcome(outcomeOf, result);
      const problem = outcome.problem ?? null;
      if (problem !== null) spans.failed();
      timed(span.elapsedMs(), tags, problem);
      const accounted = outcome.usage === null ? null : account(facts.model, outcome.usage, tags);
      stateOutcome(span, outcome, accounted, currency);
      if (withText && outcome.text !== undefined) {
        span.set(ATTR.genAiOutputMessages, outputMessages(outcome.text, outcome.finishReason ?? null));
      }
      return result;
    });
  }

  async function leanCall<T>(
    facts: ModelCallFacts,
    run: () => Promise<T>,
    outcomeOf: (result: T) => ModelCallOutcome,
  ): Promise<T> {
    const tags = tagsOf(facts);
    const operation = operations.of(callName(facts), tags, [ATTR.genAiInputTokens, ATTR.genAiOutputTokens]);
    const startedMs = performance.now();
    const token = operation.begin();
    let result: T;
    try {
      result = await run();
    } catch (thrown) {
      timed(performance.now() - startedMs, tags, operations.endThrown(callName(facts), tags, token, thrown));
      throw thrown;
    }
    const { usage, problem = null } = readOutcome(outcomeOf, result);
    timed(performance.now() - startedMs, tags, problem);
    const accounted = usage === null ? null : account(facts.model, usage, tags);
    if (problem !== null) operation.fail(token, problem, accounted?.input, accounted?.output);
    else operation.end(token, accounted?.input, accounted?.output);
    return result;
  }

  function timed(milliseconds: number, tags: Attributes, errorType: string | null): void {
    const all = errorType === null ? tags : { ...tags, [ATTR.errorType]: errorType };
    callDuration.record(milliseconds / 1000, all);
  }

  return (facts, run, outcomeOf) =>
    component.mode === 'full' ? fullCall(facts, run, outcomeOf) : leanCall(facts, run, outcomeOf);
}

const NO_OUTCOME: ModelCallOutcome = { usage: null };
const callName = ({ operation, model }: ModelCallFacts): string => `${operation} ${model}`;

type Account = { readonly input: number; readonly output: number; readonly amount: number | null };

function stateOutcome(
  span: SpanHandle,
  { usage, responseModel, responseId, finishReason, problem }: ModelCallOutcome,
  accounted: Account | null,
  currency: string,
): void {
  if (problem) span.fail(problem);
  if (responseModel) span.set(ATTR.genAiResponseModel, responseModel);
  if (responseId) span.set(ATTR.genAiResponseId, responseId);
  if (finishReason) span.set(ATTR.genAiFinishReasons, [finishReason]);
  if (usage === null || accounted === null) return;
  span.set(ATTR.genAiInputTokens, accounted.input);
  span.set(ATTR.genAiOutputTokens, accounted.output);
  if (usage.cacheRead > 0) span.set(ATTR.genAiCacheReadTokens, usage.cacheRead);
  if (usage.cacheWrite > 0) span.set(ATTR.genAiCacheCreationTokens, usage.cacheWrite);
  if (usage.reasoning > 0) span.set(ATTR.genAiReasoningTokens, usage.reasoning);
  if (accounted.amount === null) return;
  span.set(ATTR.cost, accounted.amount);
  span.set(ATTR.currency, currency);
}

/** As the GenAI conventions write messages into one attribute. */
function toMessage({ role, content }: ModelMessage) {
  return { role, parts: [{ type: 'text', content }] };
}
function outputMessages(text: string, finishReason: string | null): string {
  const message = toMessage({ role: 'assistant', content: text });
  return JSON.stringify([finishReason === null ? message : { ...message, finish_reason: finishReason }]);
}
