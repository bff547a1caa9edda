/** What a run would take: counted over the very prompts, with what the deck and the cache have already left out. */
import { costOfTokens } from '../../shared/analysis/usage.ts';
import { analysisSchema } from '../../shared/card.ts';
import type { Analysis, CardDraft, SourceItem, Stage } from '../../shared/card.ts';
import { addTokens, NO_TOKENS, totalTokens } from '../../shared/run.ts';
import type { ModelPrice, RowError, RunSettings, StageStats, TokenUsage } from '../../shared/run.ts';
import type { ModelEstimate, RunEstimate } from '../../shared/source.ts';
import { answerSchema } from '../generators/answerSchema.ts';
import { createCallEstimator } from '../generators/estimate.ts';
import type { CallEstimator, TokenCounter } from '../generators/estimate.ts';
import { emptyAnalysis } from '../generators/emptyAnalysis.ts';
import { allowedTypes, analysePrompt, promptKindOf, writePrompt } from '../generators/prompts.ts';
import type { Prompt, PromptTexts } from '../generators/prompts.ts';
import type { CacheGlance, CacheRequest, Generator, WriteInput } from '../pipeline/ports.ts';
import { analyseInputOf, canonicalInput, isRecalled, writeInput } from '../pipeline/stageInputs.ts';

export type EstimatedList = {
  items(options?: { readonly limit?: number | null }): AsyncIterable<readonly (SourceItem | RowError)[]>;
};

export type EstimateTools = {
  /** The run's own: its identity decides what the cache has. */
  readonly generator: Generator;
  readonly prompts: PromptTexts;
  /** How long answers are where nothing is known; also what stage 2 is asked with. */
  readonly offline: Generator;
  readonly noteKey: (item: SourceItem) => string;
  /** Whether the deck has a note with that key. */
  readonly noteExists: (deck: string, noteKey: string) => boolean;
  /** Looks without counting as a lookup. */
  readonly look: (request: CacheRequest) => CacheGlance | null;
  readonly tokenCounter: TokenCounter;
  readonly prices: readonly ModelPrice[];
  /** Of earlier runs: how long a model's answers were. */
  readonly past?: readonly StageStats[];
  /** Whether the server is asked to keep the instructions; by default it does so by itself. */
  readonly promptCaching?: boolean;
};

/** Rows that are looked at in a longer list, evenly spread over it. */
export const MAX_LOOKED = 2000;
/** Rows that the offline generator answers, to see how long answers are. */
const MAX_ANSWERED = 60;
/** Tokens of a model's usual answer, where no past run says. */
const USUAL_OUTPUT: Readonly<Record<Stage, number>> = { analyse: 350, write: 450 };
/** So many rows between two turns of the event loop. */
const ROWS_A_TURN = 32;

type StageCount = {
  calls: number;
  fixed: number;
  input: number;
  /** Calls that are asked with an analysis that nobody has yet. */
  awaiting: number;
};

/** @throws what reading the list throws, or the reason of `signal` */
export async function estimateRun(
  list: EstimatedList,
  settings: RunSettings,
  tools: EstimateTools,
  signal: AbortSignal,
): Promise<RunEstimate> {
  const { terms, repeated, sample } = await sampleRows(list, settings, tools, signal);
  const estimator = createCallEstimator(await tools.tokenCounter.load());
  const counts: Record<Stage, StageCount> = { analyse: noCalls(), write: noCalls() };
  const cached = { analyse: 0, write: 0 };
  const answers = answerLengths(tools, estimator);
  let inDeck = 0;

  for (const [index, { item, noteKey }] of sample.entries()) {
    if (index % ROWS_A_TURN === ROWS_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const noteId = tools.noteExists(settings.deck, noteKey) ? 0 : null;
    if (noteId !== null) inDeck += 1;
    if (isRecalled(settings, { noteId })) continue;
    await lookAt(item);
  }

  /** What of the row's two stages the cache has, and what the others would be asked. */
  async function lookAt(item: SourceItem): Promise<void> {
    const { cardTypes = null } = settings;
    const input = analyseInputOf(settings, item);
    const kind = promptKindOf(item.kind);
    const about = canonicalInput(input);
    const look = (stage: Stage, text: string) =>
      tools.look({ stage, identity: tools.generator.identity(stage, item.kind), input: text });
    const found = look('analyse', about);
    const written = found === null ? null : look('write', writeInput(about, found.text, cardTypes));
    if (found !== null) cached.analyse += 1;
    if (written !== null) cached.write += 1;
    // What the offline generator has answered says nothing of what a model would be asked.
    const known = settings.generator === 'offline' ? null : found;
    if (known !== null && written !== null) return;
    if (known === null) {
      count('analyse', analysePrompt(input, tools.prompts), answerSchema('analyse', kind));
    }
    const types = allowedTypes(item.kind, cardTypes);
    if (types.length === 0) return;
    const analysis = parsedAnalysis(known);
    if (analysis === null) {
      counts.write.awaiting += 1;
      await answers.look(input, cardTypes, signal);
    }
    const asked: WriteInput = { ...input, cardTypes, analysis: analysis ?? emptyAnalysis(item.term) };
    count('write', writePrompt(asked, tools.prompts), answerSchema('write', kind, types));
  }

  function count(stage: Stage, prompt: Prompt, answer: ReturnType<typeof answerSchema>): void {
    const fixed = estimator.fixed(prompt.system, answer);
    const of = counts[stage];
    of.calls += 1;
    of.fixed += fixed;
    of.input += estimator.input(prompt, answer) - fixed;
  }

  const looked = sample.length;
  // Rows that repeat others are none of the looked-at ones.
  const scale = looked === 0 ? 0 : (terms - repeated) / looked;
  const estimateOf = (price: ModelPrice): ModelEstimate => {
    let usage = NO_TOKENS;
    let calls = 0;
    const lengthOf = (stage: Stage) => answers.past(stage, price.model) ?? answers.usual(stage);
    for (const stage of ['analyse', 'write'] as const) {
      const { awaiting, ...of } = counts[stage];
      const input = of.input + awaiting * lengthOf('analyse');
      calls += of.calls * scale;
      usage = addTokens(usage, {
        ...inputUsage(price, { ...of, input }, scale, tools.promptCaching ?? true),
        output: of.calls * scale * lengthOf(stage),
        reasoning: 0,
      });
    }
    const { output } = usage;
    return {
      model: price.model,
      calls: Math.round(calls),
      inputTokens: Math.round(totalTokens(usage) - output),
      outputTokens: Math.round(output),
      cost: costOfTokens([price], price.model, usage) ?? 0,
      exact: price.exactTokenizer,
    };
  };
  const own = new Set((['analyse', 'write'] as const).map((stage) => tools.generator.identity(stage).model));
  const models = tools.prices.map(estimateOf);
  return {
    terms,
    inDeck: Math.round(inDeck * scale),
    repeated,
    cached: {
      analyse: Math.round(cached.analyse * scale),
      write: Math.round(cached.write * scale),
    },
    looked,
    // The run's own models first.
    models: [
      ...models.filter(({ model }) => own.has(model)),
      ...models.filter(({ model }) => !own.has(model)),
    ],
  };
}

const noCalls = (): StageCount => ({ calls: 0, fixed: 0, input: 0, awaiting: 0 });

/** The instructions are kept after the first call, where the server keeps prompts of that length. */
function inputUsage(
  price: ModelPrice,
  { calls, fixed, input }: Omit<StageCount, 'awaiting'>,
  scale: number,
  promptCaching: boolean,
): Pick<TokenUsage, 'input' | 'cacheRead' | 'cacheWrite'> {
  const each = calls === 0 ? 0 : fixed / calls;
  const isKept =
    promptCaching && price.cacheReadFactor !== undefined && calls > 0 && each >= (price.cacheMinTokens ?? 0);
  if (!isKept) return { input: (input + fixed) * scale, cacheRead: 0, cacheWrite: 0 };
  return { input: input * scale, cacheWrite: each, cacheRead: Math.max(0, fixed * scale - each) };
}

type Row = { readonly item: SourceItem; readonly noteKey: string };

/**
 * Reads the whole list. Keeps every row, then every second, every fourth and so on as more come, so that what is left
 * at the end is spread evenly over a list whose length nobody knew.
 */
async function sampleRows(
  list: EstimatedList,
  { limit }: RunSettings,
  { noteKey: keyOf }: Pick<EstimateTools, 'noteKey'>,
  signal: AbortSignal,
): Promise<{ readonly terms: number; readonly repeated: number; readonly sample: readonly Row[] }> {
  const seen = new Set<string>();
  let sample: Row[] = [];
  let every = 1;
  let terms = 0;
  let repeated = 0;
  for await (const batch of list.items({ limit })) {
    signal.throwIfAborted();
    for (const entry of batch) {
      if ('code' in entry) continue;
      terms += 1;
      const noteKey = keyOf(entry);
      if (seen.has(noteKey)) {
        repeated += 1;
        continue;
      }
      seen.add(noteKey);
      if ((seen.size - 1) % every !== 0) continue;
      sample.push({ item: entry, noteKey });
      if (sample.length <= MAX_LOOKED) continue;
      sample = sample.filter((_, index) => index % 2 === 0);
      every *= 2;
    }
  }
  return { terms, repeated, sample };
}

function parsedAnalysis(known: CacheGlance | null): Analysis | null {
  if (known === null) return null;
  try {
    return analysisSchema.parse(JSON.parse(known.text));
  } catch {
    return null;
  }
}

/** How long answers are: those of past runs with the model, else the mean of the offline generator's. */
function answerLengths({ offline, past = [] }: EstimateTools, estimator: CallEstimator) {
  const lengths: Record<Stage, number[]> = { analyse: [], write: [] };
  let looked = 0;
  const note = (stage: Stage, value: Analysis | readonly CardDraft[]): void => {
    lengths[stage].push(estimator.output(value));
  };
  return {
    /** What the offline generator makes of a row, where it can. */
    async look(
      input: Parameters<Generator['analyse']>[0],
      cardTypes: WriteInput['cardTypes'],
      signal: AbortSignal,
    ): Promise<void> {
      if (looked >= MAX_ANSWERED) return;
      looked += 1;
      try {
        const analysis = (await offline.analyse(input, signal)).value;
        note('analyse', analysis);
        const cards = (await offline.write({ ...input, analysis, cardTypes }, signal)).value;
        note('write', cards);
      } catch {
        signal.throwIfAborted();
        // Nothing can be made of it without a model; that says nothing about how long a model's answer is.
      }
    },
    /** A model says at least as much as the offline generator, and seldom less than usual. */
    usual(stage: Stage): number {
      const all = lengths[stage];
      const mean = all.length === 0 ? 0 : all.reduce((total, one) => total + one, 0) / all.length;
      return Math.max(mean, USUAL_OUTPUT[stage]);
    },
    /** `null` where no run with the model is known. */
    past(stage: Stage, model: string): number | null {
      const runs = past.filter((stats) => stats.stage === stage && stats.model === model && stats.calls > 0);
      const calls = runs.reduce((total, stats) => total + stats.calls, 0);
      const output = runs.reduce((total, { tokens }) => total + tokens.output + tokens.reasoning, 0);
      return calls === 0 || output === 0 ? null : output / calls;
    },
  };
}
