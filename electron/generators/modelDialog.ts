/** What a model generator needs of a model, whoever serves it: one question, one answer. */
import type { Stage } from '../../shared/card.ts';
import type { TokenUsage } from '../../shared/run.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { NamedSchema } from './answerSchema.ts';

export type DialogMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export type DialogRequest = {
  readonly model: string;
  /** A system message first, where there is one. */
  readonly messages: readonly DialogMessage[];
  readonly maxOutputTokens: number;
  readonly temperature: number | null;
  /** What the answer must look like; `null` for any text. */
  readonly answer: NamedSchema | null;
  /** Tokens that the call is going to take, as far as one can tell. */
  readonly expectedTokens: number;
};

export type DialogAnswer = {
  /** The model's words; empty where it said nothing. */
  readonly text: string;
  /** Why it is not worth reading; `null` where it is. A cut-off answer may well parse. */
  readonly stopped: 'answer_too_long' | 'refused' | null;
  readonly finishReason: string | null;
  /** As the server names it; `null` where it does not. */
  readonly model: string | null;
  readonly id: string | null;
  /** `null` where the server does not say. */
  readonly usage: TokenUsage | null;
  /** How the model was held to the schema. */
  readonly format: 'json_schema' | 'json_object' | 'plain';
};

export interface ModelDialog {
  /** As runs and provenance name it. */
  readonly generator: string;
  /** As OpenTelemetry's `gen_ai.provider.name` has it. */
  readonly provider: string;
  readonly models: Readonly<Record<Stage, string>>;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  /** Canonical JSON of what else decides an answer. */
  readonly parameters: string;
  /** See `Generator.rowsAtOnce`. */
  readonly rowsAtOnce: number | null;
  /** `null` for a model in this program. */
  readonly server: { readonly address: string; readonly port: number } | null;
  /** Throws TracedeckError where no answer came. */
  say(request: DialogRequest, signal: AbortSignal): Promise<DialogAnswer>;
}

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

/** A server that is not held to the schema is at least shown it. */
export function withSchemaInWords(system: string, { schema }: NamedSchema): string {
  return `${system}\n\nThe JSON schema of the answer (fill it, do not repeat it):\n${JSON.stringify(schema)}`;
}

/** @throws TracedeckError `model_not_set` */
export function requireModels(models: Readonly<Record<Stage, string>>): void {
  for (const stage of ['analyse', 'write'] as const) {
    if (models[stage].trim() !== '') continue;
    throw new TracedeckError('user', 'model_not_set', `No model is set for the stage '${stage}'.`, {
      hint: 'Name a model for each stage in the settings of the model server, or on the command line with --model.',
    });
  }
}
