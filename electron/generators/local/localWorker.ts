/** The thread that holds a local model and answers one question after the other. Runs from the sources and bundled. */
import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { isAbort, toPlainError, TracedeckError } from '../../errors/tracedeckError.ts';
import type { NamedSchema } from '../answerSchema.ts';
import { grammarSchema } from './grammarSchema.ts';
import type {
  FromLocalWorker,
  LocalAnswer,
  LocalModelOptions,
  LocalQuestion,
  ToLocalWorker,
} from './localMessages.ts';
import { importLlama } from './llamaPackage.ts';
import type { ChatSession, Grammar, Llama, Model, Sequence } from './llamaPackage.ts';

const port = parentPort;
if (port === null) throw new Error('localWorker is the entry of a thread.');
const { path, contextTokens, gpuLayers, packageFolders } = workerData as LocalModelOptions;

/** The library's threads wait by spinning: where they have to share a core with the program, each token takes 100 times as long. */
const THREADS = Math.max(1, availableParallelism() - 1);

type Loaded = {
  readonly llama: Llama;
  readonly model: Model;
  readonly contextSize: number;
  readonly sequence: Sequence;
  readonly newSession: () => ChatSession;
};

async function load(): Promise<Loaded> {
  const { getLlama, LlamaChatSession } = await importLlama(packageFolders);
  try {
    const llama = await getLlama({
      gpu: gpuLayers === 0 ? false : 'auto',
      // What is not there is not built and not fetched behind the user's back.
      build: 'never',
      skipDownload: true,
      logLevel: 'disabled',
      progressLogs: false,
    });
    const model = await llama.loadModel({ modelPath: path, ...(gpuLayers === null ? {} : { gpuLayers }) });
    const context = await model.createContext({ contextSize: contextTokens, sequences: 1, threads: THREADS });
    const sequence = context.getSequence();
    // Sessions come one after the other over one sequence: what two prompts begin with is read once.
    const newSession = () => new LlamaChatSession({ contextSequence: sequence });
    return { llama, model, contextSize: context.contextSize, sequence, newSession };
  } catch (cause) {
    throw new TracedeckError('user', 'local_model_failed', 'The local model cannot be loaded.', {
      cause,
      hint: `${cause instanceof Error ? cause.message : String(cause)} A smaller model or context takes less memory.`,
    });
  }
}

let loading: Promise<Loaded> | undefined;
function loaded(): Promise<Loaded> {
  // What failed is tried anew: the user may have installed the package meanwhile.
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

const grammars = new Map<string, Promise<Grammar>>();
function grammarFor(llama: Llama, { schema }: NamedSchema): Promise<Grammar> {
  const key = JSON.stringify(schema);
  const known = grammars.get(key) ?? llama.createGrammarForJsonSchema(grammarSchema(schema));
  grammars.set(key, known);
  return known;
}

async function answer(question: LocalQuestion, signal: AbortSignal): Promise<LocalAnswer> {
  const { llama, model, contextSize, sequence, newSession } = await loaded();
  signal.throwIfAborted();
  const { messages, maxOutputTokens, temperature } = question;
  const taken = messages.reduce((sum, { content }) => sum + model.tokenize(content).length, 0);
  if (taken + maxOutputTokens > contextSize) {
    throw new TracedeckError(
      'permanent',
      'context_too_small',
      `The row takes ${taken} of ${contextSize} tokens.`,
      {
        hint: `With an answer of ${maxOutputTokens} tokens it does not fit: raise the context or lower the output limit.`,
      },
    );
  }
  const session = newSession();
  try {
    const before = sequence.tokenMeter.getState();
    session.setChatHistory(
      messages.slice(0, -1).map(({ role, content }) => {
        return role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content };
      }),
    );
    const grammar = question.answer === null ? {} : { grammar: await grammarFor(llama, question.answer) };
    const { responseText, stopReason } = await session.promptWithMeta(messages.at(-1)?.content ?? '', {
      ...grammar,
      maxTokens: maxOutputTokens,
      temperature: temperature ?? 0,
      signal,
      budgets: { thoughtTokens: 0 },
    });
    const used = sequence.tokenMeter.diff(before);
    return {
      text: responseText,
      stopped: stopReason === 'maxTokens' ? 'answer_too_long' : null,
      finishReason: stopReason,
      inputTokens: used.usedInputTokens,
      outputTokens: used.usedOutputTokens,
    };
  } finally {
    session.dispose();
  }
}

const asked = new Map<number, AbortController>();
let last: Promise<void> = Promise.resolve();

async function reply(id: number, question: LocalQuestion, signal: AbortSignal): Promise<void> {
  let message: FromLocalWorker;
  try {
    signal.throwIfAborted();
    message = { type: 'answer', id, answer: await answer(question, signal) };
  } catch (thrown) {
    const stopped = signal.aborted || isAbort(thrown);
    const error = stopped ? new TracedeckError('transient', 'cancelled', 'Cancelled.') : thrown;
    message = { type: 'failed', id, error: toPlainError(error) };
  }
  asked.delete(id);
  port!.postMessage(message, []);
}

/** A thread that is ended while the library works takes the whole program with it: it ends by itself. */
async function close(): Promise<void> {
  for (const abort of asked.values()) abort.abort();
  await last;
  await loading?.then(({ llama }) => llama.dispose()).catch(() => undefined);
  port!.close();
}

port.on('message', (message: ToLocalWorker) => {
  if (message.type === 'close') {
    void close();
    return;
  }
  if (message.type === 'abort') {
    asked.get(message.id)?.abort();
    return;
  }
  const abort = new AbortController();
  asked.set(message.id, abort);
  last = last.then(() => reply(message.id, message.question, abort.signal));
});
