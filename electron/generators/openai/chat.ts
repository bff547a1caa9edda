/** One chat completion: built in the server's dialect, sent, and read as far as the wire format goes. */
import { totalTokens } from '../../../shared/run.ts';
import type { TokenUsage } from '../../../shared/run.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { JsonSchema } from '../prompts.ts';
import type { Dialect, Dialects } from './dialect.ts';
import { readUsage } from './usage.ts';

/** What is needed of an HTTP client; `createApiClient` makes one. */
export interface ModelTransport {
  readonly origin: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** Throws TracedeckError; a `bad_request` may have a `mentions(pattern)` that asks about the answer. */
  postJson(
    path: string,
    body: unknown,
    options: {
      readonly signal: AbortSignal;
      readonly expectedTokens: number;
      readonly tokensOf: (json: unknown) => number | null;
    },
  ): Promise<{ readonly json: unknown }>;
}

export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export type ChatRequest = {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly maxOutputTokens: number;
  readonly temperature: number | null;
  readonly reasoningEffort: string | null;
  /** What the answer must look like; `null` for any text. */
  readonly answer: { readonly name: string; readonly schema: JsonSchema } | null;
  readonly expectedTokens: number;
};

export type ChatAnswer = {
  /** The model's words; empty where it said nothing. */
  readonly text: string;
  readonly refused: boolean;
  readonly finishReason: string | null;
  /** As the server names it; `null` where it does not. */
  readonly model: string | null;
  readonly id: string | null;
  /** `null` where the server does not say. */
  readonly usage: TokenUsage | null;
  readonly format: Dialect['format'];
};

/** Sends `request`, in simpler and simpler words where the server refuses a parameter by name. */
export async function chat(
  transport: ModelTransport,
  dialects: Dialects,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<ChatAnswer> {
  for (;;) {
    const dialect = dialects.get(transport.origin, request.model);
    try {
      const { json } = await transport.postJson('/chat/completions', bodyOf(request, dialect), {
        signal,
        expectedTokens: request.expectedTokens,
        tokensOf: (answer) => {
          const usage = readUsage((answer as { usage?: unknown } | null)?.usage);
          return usage === null ? null : totalTokens(usage);
        },
      });
      return readAnswer(json, dialect.format);
    } catch (error) {
      if (!dialects.learn(transport.origin, request.model, dialect, error)) throw error;
    }
  }
}

function bodyOf(request: ChatRequest, dialect: Dialect): Record<string, unknown> {
  const { answer } = request;
  return {
    model: request.model,
    messages:
      answer === null || dialect.format === 'json_schema'
        ? request.messages
        : withSchemaInWords(request.messages, answer.schema),
    stream: false,
    [dialect.outputLimit]: request.maxOutputTokens,
    ...(dialect.temperature && request.temperature !== null ? { temperature: request.temperature } : {}),
    ...(dialect.reasoningEffort && request.reasoningEffort !== null
      ? { reasoning_effort: request.reasoningEffort }
      : {}),
    ...(answer === null || dialect.format === 'plain'
      ? {}
      : dialect.format === 'json_object'
        ? { response_format: { type: 'json_object' } }
        : {
            response_format: {
              type: 'json_schema',
              json_schema: { name: answer.name, strict: true, schema: answer.schema },
            },
          }),
  };
}

/** A server that is not held to the schema is at least shown it. */
function withSchemaInWords(messages: readonly ChatMessage[], schema: JsonSchema): readonly ChatMessage[] {
  const words = `\n\nThe JSON schema of the answer (fill it, do not repeat it):\n${JSON.stringify(schema)}`;
  return messages.map((message) =>
    message.role === 'system' ? { ...message, content: message.content + words } : message,
  );
}

type WireAnswer = {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly error?: unknown;
  readonly usage?: unknown;
  readonly choices?: readonly {
    readonly finish_reason?: unknown;
    readonly message?: { readonly content?: unknown; readonly refusal?: unknown };
  }[];
};

function readAnswer(json: unknown, format: Dialect['format']): ChatAnswer {
  const wire = (typeof json === 'object' && json !== null ? json : {}) as WireAnswer;
  const choice = Array.isArray(wire.choices) ? wire.choices[0] : undefined;
  if (choice === undefined) {
    // Gateways report trouble of the model behind them with status 200 and an `error`.
    if (wire.error !== undefined && wire.error !== null) {
      throw new TracedeckError(
        'transient',
        'server_error',
        'The model server reported an error of the model.',
        {
          hint: "Look into the provider's status page or the server's log, then retry the failed rows.",
        },
      );
    }
    throw new TracedeckError('permanent', 'bad_response', 'The answer of the server is no chat completion.', {
      hint: 'Check that the base URL is that of an OpenAI-compatible server, up to /v1.',
    });
  }
  const refusal = choice.message?.refusal;
  return {
    text: textOf(choice.message?.content),
    refused: choice.finish_reason === 'content_filter' || (typeof refusal === 'string' && refusal !== ''),
    finishReason: typeof choice.finish_reason === 'string' ? choice.finish_reason : null,
    model: typeof wire.model === 'string' ? wire.model : null,
    id: typeof wire.id === 'string' ? wire.id : null,
    usage: readUsage(wire.usage),
    format,
  };
}

/** A string, or a list of parts of which the texts count. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (part as { text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('');
}
