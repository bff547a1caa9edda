/** One chat completion: built in the server's dialect, sent, and read as far as the wire format goes. */
import { TracedeckError } from '../../errors/tracedeckError.ts';
import { withSchemaInWords } from '../modelDialog.ts';
import type { DialogAnswer, DialogMessage, DialogRequest, ModelTransport } from '../modelDialog.ts';
import { modelTrouble } from '../modelFaults.ts';
import { readUsage, tokensOfAnswer } from '../usage.ts';
import type { ChatDialect, ChatDialects } from './dialect.ts';

export type ChatRequest = DialogRequest & { readonly reasoningEffort: string | null };

/** Sends `request`, in simpler and simpler words where the server refuses a parameter by name. */
export async function chat(
  transport: ModelTransport,
  dialects: ChatDialects,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<DialogAnswer> {
  for (;;) {
    const dialect = dialects.get(transport.origin, request.model);
    try {
      const { json } = await transport.postJson('/chat/completions', bodyOf(request, dialect), {
        signal,
        expectedTokens: request.expectedTokens,
        tokensOf: tokensOfAnswer,
      });
      return readAnswer(json, dialect.format);
    } catch (error) {
      if (!dialects.learn(transport.origin, request.model, dialect, error)) throw error;
    }
  }
}

function bodyOf(request: ChatRequest, dialect: ChatDialect): Record<string, unknown> {
  const { answer } = request;
  return {
    model: request.model,
    messages:
      answer === null || dialect.format === 'json_schema'
        ? request.messages
        : inWords(request.messages, answer),
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

function inWords(
  messages: readonly DialogMessage[],
  answer: NonNullable<DialogRequest['answer']>,
): readonly DialogMessage[] {
  return messages.map((message) =>
    message.role === 'system' ? { ...message, content: withSchemaInWords(message.content, answer) } : message,
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

function readAnswer(json: unknown, format: ChatDialect['format']): DialogAnswer {
  const wire = (typeof json === 'object' && json !== null ? json : {}) as WireAnswer;
  const choice = Array.isArray(wire.choices) ? wire.choices[0] : undefined;
  if (choice === undefined) {
    if (wire.error !== undefined && wire.error !== null) throw modelTrouble();
    throw new TracedeckError('permanent', 'bad_response', 'The answer of the server is no chat completion.', {
      hint: 'Check that the base URL is that of an OpenAI-compatible server, up to /v1.',
    });
  }
  const refusal = choice.message?.refusal;
  const refused =
    choice.finish_reason === 'content_filter' || (typeof refusal === 'string' && refusal !== '');
  return {
    text: textOf(choice.message?.content),
    stopped: choice.finish_reason === 'length' ? 'answer_too_long' : refused ? 'refused' : null,
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
