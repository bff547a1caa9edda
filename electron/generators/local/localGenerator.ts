/** Asks a model out of a GGUF file, in a thread of this program: nothing leaves the machine. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { ModelDialog } from '../modelDialog.ts';
import { createModelGenerator } from '../modelGenerator.ts';
import type { ModelGenerator, ObserveCall } from '../modelGenerator.ts';
import type { PromptTexts } from '../prompts.ts';
import { findLlamaPackage, packageMissing } from './llamaPackage.ts';
import type { LocalThread } from './localThread.ts';

export type LocalDialogOptions = {
  readonly thread: LocalThread;
  readonly path: string;
  readonly contextTokens: number;
  readonly temperature: number;
  readonly maxOutputTokens: number;
};
export type LocalGeneratorOptions = LocalDialogOptions & {
  readonly observeCall?: ObserveCall;
  readonly prompts?: PromptTexts;
};

/** @throws TracedeckError `model_not_set`, `local_model_unreadable` */
export function createLocalGenerator(options: LocalGeneratorOptions): ModelGenerator {
  return createModelGenerator({ ...options, dialog: createLocalDialog(options) });
}

/** @throws TracedeckError `model_not_set`, `local_model_unreadable` */
function createLocalDialog(options: LocalDialogOptions): ModelDialog {
  const { thread, path, contextTokens, temperature, maxOutputTokens } = options;
  const model = localModelName(path);
  return {
    generator: 'local',
    provider: 'llama_cpp',
    models: { analyse: model, write: model },
    temperature,
    maxOutputTokens,
    parameters: JSON.stringify({ contextTokens, maxOutputTokens, temperature }),
    // One model, one thread: more rows at once would only wait.
    rowsAtOnce: 1,
    server: null,
    async say({ messages, answer, maxOutputTokens: limit, temperature: warmth }, signal) {
      const question = { messages, answer, maxOutputTokens: limit, temperature: warmth };
      const { text, stopped, finishReason, inputTokens, outputTokens } = await thread.ask(question, signal);
      return {
        text,
        stopped,
        finishReason,
        model,
        id: null,
        usage: { input: inputTokens, cacheRead: 0, cacheWrite: 0, output: outputTokens, reasoning: 0 },
        format: answer === null ? 'plain' : 'json_schema',
      };
    },
  };
}

/**
 * The file's name and twelve hex digits of its size and date: another file under the same name is another model.
 * @throws TracedeckError `model_not_set`, `local_model_unreadable`
 */
export function localModelName(path: string): string {
  if (path.trim() === '') {
    throw new TracedeckError('user', 'model_not_set', 'No model file is chosen.', {
      hint: 'Choose a GGUF file in the settings of the local model.',
    });
  }
  try {
    const { size, mtimeMs } = statSync(path);
    requireGguf(path);
    const mark = createHash('sha256')
      .update(`${size} ${Math.floor(mtimeMs)}`)
      .digest('hex')
      .slice(0, 12);
    return `${basename(path).slice(0, 180)}@${mark}`;
  } catch (cause) {
    throw new TracedeckError('user', 'local_model_unreadable', `The model file ${path} cannot be read.`, {
      cause,
      hint: 'Choose another GGUF file in the settings of the local model.',
    });
  }
}

/** Versions of the format, and more parts than any model has. */
const VERSIONS: ReadonlySet<number> = new Set([2, 3]);
const MAX_PARTS = 1_000_000n;

/** The library reads what it takes for a count without end: a file that is no model never comes that far. */
function requireGguf(path: string): void {
  const head = Buffer.alloc(24);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const isModel =
    head.toString('latin1', 0, 4) === 'GGUF' &&
    VERSIONS.has(head.readUInt32LE(4)) &&
    head.readBigUInt64LE(8) <= MAX_PARTS &&
    head.readBigUInt64LE(16) <= MAX_PARTS;
  if (!isModel) throw new Error('not a GGUF file of version 2 or 3');
}

/** @throws TracedeckError `local_model_missing` with the command that installs it into the last of the folders */
export function requireLlama(folders: readonly string[]): void {
  if (findLlamaPackage(folders) === null) throw packageMissing(folders.at(-1) ?? '.');
}
