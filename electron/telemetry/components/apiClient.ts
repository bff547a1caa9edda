/**
 * Watches calls to a model's HTTP API by the GenAI and HTTP conventions: one span a call with its retries, one a
 * request, the trace handed on in the request's headers; tokens, cost and what the server's limits leave as
 * metrics; retries and the circuit breaker as events. What was asked and answered stays out unless it is wanted.
 */
import type { TokenUsage } from '../../../shared/run.ts';
import { ATTR, METRIC } from '../../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import type { Carrier, Operation, OperationOptions, Telemetry } from '../api.ts';
import type { SpanHandle } from '../tracing/liveSpan.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';
import { countedSpans } from './countedSpans.ts';

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

export type HttpRequestFacts = {
  readonly method: string;
  readonly url: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** 0 for the first attempt. */
  readonly resendCount: number;
};
type Limit = { readonly remaining: number | null };
export type HttpAttemptFacts = {
  /** `null` where no answer arrived. */
  readonly status: number | null;
  /** `null` for a usable answer. */
  readonly errorCode: string | null;
  readonly headroom?: { readonly requests: Limit | null; readonly tokens: Limit | null } | null;
};

export type ClientEvent =
  | { readonly kind: 'breaker'; readonly state: 'open' | 'half_open' | 'closed' }
  | {
      readonly kind: 'retry';
      readonly code: string;
      /** Attempts made so far. */
      readonly attempts: number;
      readonly waitMs: number;
    };

export type ApiClientOptions = {
  /** `client` where not given. */
  readonly component?: string;
  /** What a call cost, in `currency`; `null` where it is not known. */
  readonly price?: (model: string, usage: TokenUsage) => number | null;
  /** ISO 4217; `USD` where not given. */
  readonly currency?: string;
  /** Whether prompts and answers go on the spans: asked at the beginning of each call. Never where not given. */
  readonly recordText?: () => boolean;
};
export interface ApiClientInstrumentation {
  readonly isEnabled: boolean;
  enable(): void;
  disable(): void;
  /** One call, its retries included. `outcomeOf` picks the facts out of what `run` resolves to. */
  call<T>(
    facts: ModelCallFacts,
    run: () => Promise<T>,
    outcomeOf: (result: T) => ModelCallOutcome,
  ): Promise<T>;
  /**
   * One HTTP exchange. `run` gets the headers that carry the trace to the server and resolves to the exchange's
   * facts, failed or not.
   */
  attempt<Facts extends HttpAttemptFacts>(
    request: HttpRequestFacts,
    run: (headers: Carrier) => Promise<Facts>,
  ): Promise<Facts>;
  /** On the span of the call that is under way. */
  event(event: ClientEvent): void;
}

/** Seconds, as the conventions advise for HTTP, and for models. */
const HTTP_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 120,
];
const MODEL_BUCKETS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKEN_BUCKETS: readonly number[] = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304,
];
type MutableAttributes = Record<string, AttributeValue>;

export function instrumentApiClient(
  telemetry: Telemetry,
  options: ApiClientOptions = {},
): ApiClientInstrumentation {
  const { currency = 'USD', price, recordText = () => false } = options;
  const component = telemetry.component(options.component ?? 'client');
  const spans = countedSpans(telemetry, component);
  const { metrics } = telemetry;
  const httpDuration = metrics.histogram(METRIC.httpDuration, {
    unit: 's',
    description: 'HTTP attempts.',
    boundaries: HTTP_BUCKETS,
  });
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
  const remaining = metrics.gauge(METRIC.limitRemaining, {
    description: "What the server's limits leave, by its last answer.",
  });
  const retries = metrics.counter(METRIC.retries, {
    unit: '{retry}',
    description: 'Requests that are sent again, by the reason.',
  });
  let isOn = telemetry.enabled;

  /** Operations for the modes that record no full span: by name, attributes and error. */
  const operations = new Map<string, Operation>();
  function operationOf(name: string, attributes: Attributes, facts: readonly string[]): Operation {
    const key = JSON.stringify([name, attributes, facts]);
    let operation = operations.get(key);
    if (operation === undefined) {
      const about: OperationOptions = { kind: 'client', attributes, facts };
      operation = component.operation(name, about);
      // Names come from settings and servers: few, and nobody's promise.
      if (operations.size < 1000) operations.set(key, operation);
    }
    return operation;
  }

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
    const amount = telemetry.safely(() => price?.(model, usage) ?? null, null);
    if (amount !== null && amount > 0) cost.add(amount, tags);
    return { input, output, amount };
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
      const outcome = telemetry.safely(() => outcomeOf(result), NO_OUTCOME);
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
    const operation = operationOf(callName(facts), tags, [ATTR.genAiInputTokens, ATTR.genAiOutputTokens]);
    const startedMs = performance.now();
    const token = operation.begin();
    let result: T;
    try {
      result = await run();
    } catch (thrown) {
      timed(performance.now() - startedMs, tags, endThrown(callName(facts), tags, token, thrown));
      throw thrown;
    }
    const { usage, problem = null } = telemetry.safely(() => outcomeOf(result), NO_OUTCOME);
    timed(performance.now() - startedMs, tags, problem);
    const accounted = usage === null ? null : account(facts.model, usage, tags);
    if (problem !== null) operation.fail(token, problem);
    else operation.end(token, accounted?.input, accounted?.output);
    return result;
  }

  function timed(milliseconds: number, tags: Attributes, errorType: string | null): void {
    const all = errorType === null ? tags : { ...tags, [ATTR.errorType]: errorType };
    callDuration.record(milliseconds / 1000, all);
  }

  /** Ends what threw; its error type. What was asked for is stated and is no failure. */
  function endThrown(name: string, attributes: Attributes, token: number, thrown: unknown): string {
    const { type, expected } = toErrorFacts(thrown);
    if (expected) operationOf(name, { ...attributes, [ATTR.errorType]: type }, []).end(token);
    else operationOf(name, attributes, []).fail(token, type);
    return type;
  }

  /** What both ways of recording an exchange count; the error type by the conventions, `null` for none. */
  function countAttempt(request: HttpRequestFacts, facts: HttpAttemptFacts, seconds: number): string | null {
    const { status, errorCode, headroom } = facts;
    const tags: MutableAttributes = {
      [ATTR.httpMethod]: request.method,
      [ATTR.serverAddress]: request.serverAddress,
      [ATTR.serverPort]: request.serverPort,
    };
    if (status !== null) tags[ATTR.httpStatus] = status;
    const isHttpError = status !== null && status >= 400;
    // The conventions want the status where there is one; our own code says more where there is none.
    const errorType = isHttpError ? String(status) : errorCode;
    if (errorType !== null) tags[ATTR.errorType] = errorType;
    httpDuration.record(seconds, tags);
    for (const kind of ['requests', 'tokens'] as const) {
      const left = headroom?.[kind]?.remaining ?? null;
      if (left === null) continue;
      remaining.record(left, { [ATTR.serverAddress]: request.serverAddress, [ATTR.limitKind]: kind });
    }
    return errorType;
  }

  function fullAttempt<Facts extends HttpAttemptFacts>(
    request: HttpRequestFacts,
    run: (headers: Carrier) => Promise<Facts>,
  ): Promise<Facts> {
    const attributes: MutableAttributes = {
      [ATTR.httpMethod]: request.method,
      [ATTR.urlFull]: publicUrl(request.url),
      [ATTR.serverAddress]: request.serverAddress,
      [ATTR.serverPort]: request.serverPort,
    };
    if (request.resendCount > 0) attributes[ATTR.httpResendCount] = request.resendCount;
    return spans.withSpan(request.method, { kind: 'client', attributes }, async (span) => {
      const facts = await run(telemetry.inject());
      const errorType = countAttempt(request, facts, span.elapsedMs() / 1000);
      if (facts.status !== null) span.set(ATTR.httpStatus, facts.status);
      if (errorType !== null) {
        span.fail(errorType, facts.errorCode ?? errorType);
        spans.failed();
      }
      return facts;
    });
  }

  async function leanAttempt<Facts extends HttpAttemptFacts>(
    request: HttpRequestFacts,
    run: (headers: Carrier) => Promise<Facts>,
  ): Promise<Facts> {
    const attributes: MutableAttributes = {
      [ATTR.httpMethod]: request.method,
      [ATTR.serverAddress]: request.serverAddress,
      [ATTR.serverPort]: request.serverPort,
    };
    const operation = operationOf(request.method, attributes, [ATTR.httpStatus, ATTR.httpResendCount]);
    const startedMs = performance.now();
    const token = operation.begin();
    let facts: Facts;
    try {
      facts = await run(telemetry.inject());
    } catch (thrown) {
      endThrown(request.method, attributes, token, thrown);
      throw thrown;
    }
    const errorType = countAttempt(request, facts, (performance.now() - startedMs) / 1000);
    if (errorType === null) operation.end(token, facts.status ?? undefined, request.resendCount);
    else {
      if (facts.status !== null) attributes[ATTR.httpStatus] = facts.status;
      operationOf(request.method, attributes, []).fail(token, errorType);
    }
    return facts;
  }

  return {
    get isEnabled() {
      return isOn;
    },
    enable() {
      isOn = telemetry.enabled;
    },
    disable() {
      isOn = false;
    },
    call(facts, run, outcomeOf) {
      if (!isOn || component.mode === 'off') return run();
      return component.mode === 'full' ? fullCall(facts, run, outcomeOf) : leanCall(facts, run, outcomeOf);
    },
    attempt(request, run) {
      // The trace goes on at the server even where this end of it is not recorded.
      if (!isOn || component.mode === 'off') return run(isOn ? telemetry.inject() : {});
      return component.mode === 'full' ? fullAttempt(request, run) : leanAttempt(request, run);
    },
    event(event) {
      if (!isOn || component.mode === 'off') return;
      if (event.kind === 'breaker') {
        const state = event.state.replace('_', '-');
        telemetry.addEvent(`breaker ${state}`, { [ATTR.breakerState]: state });
        return;
      }
      const reason = { [ATTR.errorType]: event.code };
      retries.add(1, reason);
      telemetry.addEvent('retry', {
        ...reason,
        [ATTR.retryAttempt]: event.attempts,
        [ATTR.retryDelay]: event.waitMs / 1000,
      });
    },
  };
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

/** The URL without user-info, and with the values of its query left out. */
export function publicUrl(text: string): string {
  try {
    const url = new URL(text);
    url.username = '';
    url.password = '';
    url.hash = '';
    for (const key of new Set(url.searchParams.keys())) url.searchParams.set(key, 'REDACTED');
    return url.href;
  } catch {
    return 'invalid';
  }
}
