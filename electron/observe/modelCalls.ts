/** Spans around calls to a model server, by the GenAI and HTTP conventions. Prompts and answers stay out. */
import { ATTR } from '../../shared/span.ts';
import type { AttributeValue } from '../../shared/span.ts';
import type { TokenUsage } from '../../shared/run.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export type ModelCallFacts = {
  /** `chat` for all that the program does today. */
  readonly operation: string;
  readonly model: string;
  readonly stage: string;
  /** Defaults to `openai`: the wire format, whoever serves it. */
  readonly provider?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
};

export type ModelCallOutcome = {
  /** `null` where the server does not say. */
  readonly usage: TokenUsage | null;
  readonly responseModel?: string | null;
  readonly finishReason?: string | null;
  /** Code of what is wrong with an answer that did come. */
  readonly problem?: string | null;
};

/** One model call, its retries included. `outcomeOf` picks the facts out of what `run` resolves to. */
export function traceModelCall<T>(
  telemetry: Telemetry,
  facts: ModelCallFacts,
  run: () => Promise<T>,
  outcomeOf: (result: T) => ModelCallOutcome,
): Promise<T> {
  if (!telemetry.enabled) return run();
  const { instruments } = telemetry;
  const attributes: Record<string, AttributeValue> = {
    [ATTR.genAiOperation]: facts.operation,
    [ATTR.genAiProvider]: facts.provider ?? 'openai',
    [ATTR.genAiRequestModel]: facts.model,
    [ATTR.stage]: facts.stage,
  };
  if (facts.serverAddress !== undefined) attributes[ATTR.serverAddress] = facts.serverAddress;
  if (facts.serverPort !== undefined) attributes[ATTR.serverPort] = facts.serverPort;
  const metric = {
    [ATTR.genAiOperation]: facts.operation,
    [ATTR.genAiProvider]: facts.provider ?? 'openai',
    [ATTR.genAiRequestModel]: facts.model,
  };
  return telemetry.withSpan(
    `${facts.operation} ${facts.model}`,
    { kind: 'client', attributes },
    async (span) => {
      let errorType: string | null = null;
      try {
        const result = await run();
        const { usage, responseModel, finishReason, problem } = outcomeOf(result);
        if (problem) {
          errorType = problem;
          span.fail(problem);
        }
        if (responseModel) span.set(ATTR.genAiResponseModel, responseModel);
        if (finishReason) span.set(ATTR.genAiFinishReasons, [finishReason]);
        if (usage !== null) {
          // The conventions count cached tokens as input and reasoning as output; the parts are named beside.
          const input = usage.input + usage.cacheRead + usage.cacheWrite;
          const output = usage.output + usage.reasoning;
          span.set(ATTR.genAiInputTokens, input);
          span.set(ATTR.genAiOutputTokens, output);
          if (usage.cacheRead > 0) span.set(ATTR.genAiCacheReadTokens, usage.cacheRead);
          if (usage.cacheWrite > 0) span.set(ATTR.genAiCacheCreationTokens, usage.cacheWrite);
          if (usage.reasoning > 0) span.set(ATTR.genAiReasoningTokens, usage.reasoning);
          instruments.genAiTokens.record(input, { ...metric, [ATTR.genAiTokenType]: 'input' });
          instruments.genAiTokens.record(output, { ...metric, [ATTR.genAiTokenType]: 'output' });
        }
        return result;
      } catch (thrown) {
        errorType = errorTypeOf(thrown);
        throw thrown;
      } finally {
        const tags = errorType === null ? metric : { ...metric, [ATTR.errorType]: errorType };
        instruments.genAiDuration.record(span.elapsedMs() / 1000, tags);
      }
    },
  );
}

export type HttpRequestFacts = {
  readonly method: string;
  readonly url: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** 0 for the first attempt. */
  readonly resendCount: number;
};
export type HttpAttemptFacts = {
  /** `null` where no answer arrived. */
  readonly status: number | null;
  /** `null` for a usable answer. */
  readonly errorCode: string | null;
};

/**
 * One HTTP exchange. `run` gets the headers that carry the trace to the server and resolves to the exchange's
 * facts, failed or not.
 */
export function traceHttpAttempt<Facts extends HttpAttemptFacts>(
  telemetry: Telemetry,
  request: HttpRequestFacts,
  run: (headers: Readonly<Record<string, string>>) => Promise<Facts>,
): Promise<Facts> {
  if (!telemetry.enabled) return run({});
  const attributes: Record<string, AttributeValue> = {
    [ATTR.httpMethod]: request.method,
    [ATTR.urlFull]: publicUrl(request.url),
    [ATTR.serverAddress]: request.serverAddress,
    [ATTR.serverPort]: request.serverPort,
  };
  if (request.resendCount > 0) attributes[ATTR.httpResendCount] = request.resendCount;
  return telemetry.withSpan(request.method, { kind: 'client', attributes }, async (span) => {
    const traceparent = telemetry.traceparent();
    const facts = await run(traceparent === null ? {} : { traceparent });
    const tags: Record<string, AttributeValue> = {
      [ATTR.httpMethod]: request.method,
      [ATTR.serverAddress]: request.serverAddress,
      [ATTR.serverPort]: request.serverPort,
    };
    if (facts.status !== null) {
      span.set(ATTR.httpStatus, facts.status);
      tags[ATTR.httpStatus] = facts.status;
    }
    const isHttpError = facts.status !== null && facts.status >= 400;
    if (isHttpError || facts.errorCode !== null) {
      // The conventions want the status where there is one; our own code says more where there is none.
      const type = isHttpError ? String(facts.status) : facts.errorCode!;
      span.fail(type, facts.errorCode ?? type);
      tags[ATTR.errorType] = type;
    }
    telemetry.instruments.httpDuration.record(span.elapsedMs() / 1000, tags as never);
    return facts;
  });
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

function errorTypeOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return thrown instanceof Error ? thrown.name : typeof thrown;
}
