/** What the local model's thread is told and says. */
import type { PlainError } from '../../errors/tracedeckError.ts';
import type { NamedSchema } from '../answerSchema.ts';
import type { DialogAnswer, DialogMessage } from '../modelDialog.ts';

export type LocalModelOptions = {
  readonly path: string;
  readonly contextTokens: number;
  /** `null`: as many as fit. */
  readonly gpuLayers: number | null;
  /** Folders in whose `node_modules` node-llama-cpp may be; the first that has it counts. */
  readonly packageFolders: readonly string[];
};

export type LocalQuestion = {
  readonly messages: readonly DialogMessage[];
  readonly answer: NamedSchema | null;
  readonly maxOutputTokens: number;
  readonly temperature: number | null;
};
export type LocalAnswer = Pick<DialogAnswer, 'text' | 'stopped' | 'finishReason'> & {
  readonly inputTokens: number;
  readonly outputTokens: number;
};

export type ToLocalWorker =
  | { readonly type: 'ask'; readonly id: number; readonly question: LocalQuestion }
  | { readonly type: 'abort'; readonly id: number }
  /** Ends the thread, once the model has let go of its memory. */
  | { readonly type: 'close' };
export type FromLocalWorker =
  | { readonly type: 'answer'; readonly id: number; readonly answer: LocalAnswer }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError };
