/**
 * node-llama-cpp, which is no part of this program: hundreds of megabytes that only few need. It is imported from
 * where the user installed it. Only what is used of it is described here.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { JsonSchema } from '../answerSchema.ts';

const LLAMA_PACKAGE = 'node-llama-cpp';
/** The major version that this is written for. */
const LLAMA_VERSION = 3;

type ChatItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] };
export type Grammar = { readonly __brand: 'grammar' };
export type ChatSession = {
  setChatHistory(history: readonly ChatItem[]): void;
  promptWithMeta(
    text: string,
    options: {
      readonly grammar?: Grammar;
      readonly maxTokens: number;
      readonly temperature: number;
      readonly signal: AbortSignal;
      readonly budgets: { readonly thoughtTokens: number };
    },
  ): Promise<{ readonly responseText: string; readonly stopReason: string }>;
  dispose(): void;
};
type TokenMeter = {
  getState(): unknown;
  diff(before: unknown): { readonly usedInputTokens: number; readonly usedOutputTokens: number };
};
export type Sequence = { readonly tokenMeter: TokenMeter };
type Context = { getSequence(): Sequence; readonly contextSize: number };
export type Model = {
  createContext(options: {
    readonly contextSize: number;
    readonly sequences: number;
    readonly threads: number;
  }): Promise<Context>;
  tokenize(text: string): readonly number[];
};
export type Llama = {
  loadModel(options: { readonly modelPath: string; readonly gpuLayers?: number }): Promise<Model>;
  createGrammarForJsonSchema(schema: JsonSchema): Promise<Grammar>;
  dispose(): Promise<void>;
};
export type LlamaPackage = {
  getLlama(options: {
    readonly gpu: 'auto' | false;
    readonly build: 'never';
    readonly skipDownload: true;
    readonly logLevel: 'disabled';
    readonly progressLogs: false;
  }): Promise<Llama>;
  readonly LlamaChatSession: new (options: { readonly contextSequence: Sequence }) => ChatSession;
};

/** The package's entry; `null` where no folder has it. */
export function findLlamaPackage(folders: readonly string[]): string | null {
  for (const folder of folders) {
    try {
      return createRequire(join(folder, 'package.json')).resolve(LLAMA_PACKAGE);
    } catch {
      // The next folder may have it.
    }
  }
  return null;
}

/** @throws TracedeckError `local_model_missing` */
export async function importLlama(folders: readonly string[]): Promise<LlamaPackage> {
  const found = findLlamaPackage(folders);
  if (found === null) throw packageMissing(folders.at(-1) ?? '.');
  const url = pathToFileURL(found).href;
  return (await import(/* @vite-ignore */ url)) as LlamaPackage;
}

/** @param folder where the user is told to install it */
export function packageMissing(folder: string): TracedeckError {
  return new TracedeckError(
    'user',
    'local_model_missing',
    `The package ${LLAMA_PACKAGE}, which runs local models, is not installed.`,
    { hint: `Install it with: npm install --prefix "${folder}" ${LLAMA_PACKAGE}@${LLAMA_VERSION}` },
  );
}
