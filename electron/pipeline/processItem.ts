/** One row: stage 1 analyses the term, stage 2 writes the cards; each goes through the cache. */
import type { z } from 'zod';
import { analysisSchema, cardDraftsSchema } from '../../shared/card.ts';
import type { CardType, ItemKind, Stage } from '../../shared/card.ts';
import { NO_TOKENS } from '../../shared/run.ts';
import { isAbort, toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { analyseInputOf, canonicalInput, isRecalled, writeInput } from './stageInputs.ts';
import type {
  AnalyseInput,
  Generated,
  Generator,
  ItemOutcome,
  ItemResult,
  QueuedItem,
  RunObserver,
  RunPlan,
  StageCache,
  StageExchange,
  StageFacts,
  StageResult,
  WriteInput,
} from './ports.ts';

export type ItemTools = {
  readonly generator: Generator;
  readonly cache: StageCache;
  readonly observer: RunObserver;
};

type StageAnswer<T> = StageFacts & { readonly value: T };

/**
 * Takes one row through both stages. A fault of the row becomes its outcome.
 * @param stages - filled as they end: what was paid is told also where this throws
 * @throws what stops the whole run: an abort, and errors that `stopsRun` names
 */
export async function processItem(
  tools: ItemTools,
  plan: RunPlan,
  queued: QueuedItem,
  signal: AbortSignal,
  stages: StageFacts[] = [],
): Promise<ItemResult> {
  const { generator } = tools;
  const input = analyseInputOf(plan.settings, queued.item);
  const { kind } = input.item;
  if (isRecalled(plan.settings, queued)) return recallKnown(tools, input, plan.settings.cardTypes);

  const results: StageResult[] = [];
  async function answer<T>(
    stage: Stage,
    asked: AnalyseInput | WriteInput,
    cacheInput: string,
    schema: z.ZodType<T>,
    ask: () => Promise<Generated<unknown>>,
  ): Promise<T> {
    let exchange: StageExchange | undefined;
    // Texts of a call go past cache and observer: straight from the generator to the deck.
    const make = async (): Promise<Generated<unknown>> => {
      const { exchange: said, ...made } = await ask();
      exchange = said;
      return made;
    };
    try {
      const { value, ...facts } = await tools.observer.stage(stage, () =>
        runStage(tools, stage, kind, cacheInput, schema, make),
      );
      stages.push(facts);
      // An answer out of the cache: what would be asked today, and what was made of what was said.
      if (exchange === undefined && generator.promptOf !== undefined) {
        exchange = { prompt: generator.promptOf(asked), answer: JSON.stringify(value) };
      }
      results.push(toStageResult(facts, exchange));
      return value;
    } catch (thrown) {
      if (thrown instanceof TracedeckError && thrown.spent !== null) {
        const generated = { usage: thrown.spent, estimate: null };
        stages.push({
          stage,
          identity: generator.identity(stage, kind),
          tier: null,
          shared: false,
          generated,
        });
      }
      throw thrown;
    }
  }

  try {
    const about = canonicalInput(input);
    const analysis = await answer('analyse', input, about, analysisSchema, () =>
      generator.analyse(input, signal),
    );
    const { cardTypes = null } = plan.settings;
    const asked: WriteInput = { ...input, analysis, cardTypes };
    const keyed = writeInput(about, JSON.stringify(analysis), cardTypes);
    const cards = await answer('write', asked, keyed, cardDraftsSchema, () => generator.write(asked, signal));
    return { outcome: { state: 'done', analysis, cards, stages: results }, stages };
  } catch (thrown) {
    if (isAbort(thrown) || signal.aborted) throw thrown;
    const error = toTracedeckError(thrown);
    if (stopsRun(error)) throw error;
    const state = error.category === 'user' ? 'skipped' : 'failed';
    const message = error.hint === null ? error.message : `${error.message} ${error.hint}`;
    return { outcome: { state, code: error.code, message } satisfies ItemOutcome, stages };
  }
}

/**
 * A row whose note the deck has: no stage is run for it and nothing is paid. What the cache knows of its answers
 * is looked up and counted all the same, so that a run over a known list says what it would have cost.
 */
async function recallKnown(
  { cache, generator }: ItemTools,
  input: AnalyseInput,
  cardTypes: readonly CardType[] = [],
): Promise<ItemResult> {
  const stages: StageFacts[] = [];
  async function look(stage: Stage, cacheInput: string): Promise<string | null> {
    const identity = generator.identity(stage, input.item.kind);
    const found = await cache.peek({ stage, identity, input: cacheInput });
    const generated = found === null ? null : { usage: found.usage, estimate: null };
    stages.push({ stage, identity, tier: found?.tier ?? null, shared: false, generated });
    return found?.text ?? null;
  }
  const about = canonicalInput(input);
  const analysis = await look('analyse', about);
  if (analysis !== null) await look('write', writeInput(about, analysis, cardTypes));
  return { outcome: { state: 'duplicate' }, stages };
}

const RUN_STOPPERS: ReadonlySet<string> = new Set([
  'unauthorised',
  'not_found',
  'no_model_server',
  'quota_exhausted',
  'connection_failed',
  'retry_later',
  'wordnet_missing',
  'wordnet_outdated',
  'local_model_missing',
  'local_model_failed',
  'local_model_unreadable',
  'circuit_open',
]);

/**
 * Faults that every further row would meet as well: going on would only turn the whole list into failures, and
 * the rows lose nothing by waiting in the queue.
 */
function stopsRun(error: TracedeckError): boolean {
  return RUN_STOPPERS.has(error.code);
}

async function runStage<T>(
  { generator, cache }: ItemTools,
  stage: Stage,
  kind: ItemKind,
  cacheInput: string,
  schema: z.ZodType<T>,
  ask: () => Promise<Generated<unknown>>,
): Promise<StageAnswer<T>> {
  const identity = generator.identity(stage, kind);
  const make = async (): Promise<Generated<T>> => {
    const generated = await ask();
    const checked = schema.safeParse(generated.value);
    if (!checked.success) {
      throw new TracedeckError(
        'permanent',
        'invalid_answer',
        `Stage ${stage} gave an answer of the wrong shape.`,
        {
          hint: `At ${checked.error.issues.map((issue) => issue.path.join('.') || 'the top').join(', ')}.`,
        },
      );
    }
    return { ...generated, value: checked.data };
  };
  const { generated, tier, shared } = await cache.through(
    { stage, identity, input: cacheInput },
    (value) => schema.parse(value),
    make,
  );
  return { stage, identity, tier, shared, generated, value: generated.value };
}

function toStageResult(
  { stage, identity, tier, shared, generated }: StageFacts,
  exchange: StageExchange | undefined,
): StageResult {
  // Who waited for another caller's answer did not pay for it.
  const cached = tier !== null || shared;
  return {
    ...identity,
    stage,
    cached,
    usage: cached ? NO_TOKENS : (generated?.usage ?? NO_TOKENS),
    ...(exchange === undefined ? {} : { exchange }),
  };
}
