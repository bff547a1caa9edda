/** One message of Anthropic's Messages API: built as far as the model takes it, sent, and read. */
import { TracedeckError } from '../../errors/tracedeckError.ts';
import { withSchemaInWords } from '../modelDialog.ts';
import type { DialogAnswer, DialogRequest, ModelTransport } from '../modelDialog.ts';
import { modelTrouble } from '../modelFaults.ts';
import { readUsage, tokensOfAnswer } from '../usage.ts';
import type { MessagesDialect, MessagesDialects } from './messagesDialect.ts';

export type MessagesRequest = DialogRequest & {
  /** Marks the instructions to be kept by the server. */
  readonly promptCaching: boolean;
};

/** Sends `request`, in simpler and simpler words where the model refuses a parameter by name. */
export async function sendMessage(
  transport: ModelTransport,
  path: string,
  dialects: MessagesDialects,
  request: MessagesRequest,
  signal: AbortSignal,
): Promise<DialogAnswer> {
  for (;;) {
    const dialect = dialects.get(transport.origin, request.model);
    try {
      const { json } = await transport.postJson(path, bodyOf(request, dialect), {
        signal,
        expectedTokens: request.expectedTokens,
        tokensOf: tokensOfAnswer,
      });
      return readAnswer(json, request.answer === null ? 'plain' : dialect.format);
    } catch (error) {
      if (!dialects.learn(transport.origin, request.model, dialect, error)) throw error;
    }
  }
}

function bodyOf(request: MessagesRequest, dialect: MessagesDialect): Record<string, unknown> {
  const { answer, temperature } = request;
  const isHeld = answer !== null && dialect.format === 'json_schema';
  const instructions = request.messages.find(({ role }) => role === 'system')?.content;
  const system =
    instructions === undefined || answer === null || isHeld
      ? instructions
      : withSchemaInWords(instructions, answer);
  const outputConfig = {
    ...(isHeld ? { format: { type: 'json_schema', schema: answer.schema } } : {}),
    ...(dialect.effort === null ? {} : { effort: dialect.effort }),
  };
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens,
    ...(system === undefined ? {} : { system: [systemBlock(system, request.promptCaching)] }),
    messages: request.messages.filter(({ role }) => role !== 'system'),
    ...(dialect.temperature && temperature !== null ? { temperature } : {}),
    ...(dialect.thinking === null ? {} : { thinking: { type: dialect.thinking } }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
  };
}

/** All up to and including the marked block is kept: the schema stands before it. */
function systemBlock(text: string, promptCaching: boolean): Record<string, unknown> {
  return { type: 'text', text, ...(promptCaching ? { cache_control: { type: 'ephemeral' } } : {}) };
}

type WireAnswer = {
  readonly type?: unknown;
  readonly id?: unknown;
  readonly model?: unknown;
  readonly stop_reason?: unknown;
  readonly content?: unknown;
  readonly usage?: unknown;
};

const STOPPED: Readonly<Record<string, DialogAnswer['stopped']>> = {
  max_tokens: 'answer_too_long',
  model_context_window_exceeded: 'answer_too_long',
  refusal: 'refused',
};

function readAnswer(json: unknown, format: DialogAnswer['format']): DialogAnswer {
  const wire = (typeof json === 'object' && json !== null ? json : {}) as WireAnswer;
  if (!Array.isArray(wire.content)) {
    if (wire.type === 'error') throw modelTrouble();
    throw new TracedeckError(
      'permanent',
      'bad_response',
      'The answer of the server is no message of Claude.',
      {
        hint: "Check that the base URL is that of Anthropic's API, without /v1/messages.",
      },
    );
  }
  const reason = typeof wire.stop_reason === 'string' ? wire.stop_reason : null;
  return {
    text: textOf(wire.content),
    stopped: STOPPED[reason ?? ''] ?? null,
    finishReason: reason,
    model: typeof wire.model === 'string' ? wire.model : null,
    id: typeof wire.id === 'string' ? wire.id : null,
    usage: readUsage(wire.usage),
    format,
  };
}

/** Thoughts are no part of the answer. */
function textOf(content: readonly unknown[]): string {
  return content
    .map((block) => block as { type?: unknown; text?: unknown } | null)
    .flatMap((block) => (block?.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('');
}
