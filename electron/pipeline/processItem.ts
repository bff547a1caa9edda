/** One row: stage 1 analyses the term, stage 2 writes the cards; each goes through the cache. */
import type { z } from 'zod';
import { analysisSchema, cardDraftsSchema, type Stage } from '../../shared/card.ts';
import { NO_TOKENS } from '../../shared/run.ts';
import { isAbort, toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
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
  StageFacts,
  StageResult,
} from './ports.ts';

export type ItemTools = {
  readonly generator: Generator;
  readonly cache: StageCache;
  readonly observer: RunObserver;
};

type StageAnswer<T> = StageFacts & { readonly value: T | null };

/**
 * Takes one row through both stages. A fault of the row becomes its outcome.
 * @throws what stops the whole run: an abort, and errors that `stopsRun` names
 */
export async function processItem(
  tools: ItemTools,
  plan: RunPlan,
  queued: QueuedItem,
  signal: AbortSignal,
): Promise<ItemResult> {
  const stages: StageFacts[] = [];
  const { term, kind, fields } = queued.item;
  const input: AnalyseInput = {
    item: { term, kind, fields },
    termLanguage: plan.settings.termLanguage,
    meaningLanguage: plan.settings.meaningLanguage,
  };

  async function answer<T>(
    stage: Stage,
    cacheInput: string,
    schema: z.ZodType<T>,
    make: () => Promise<Generated<unknown>>,
  ): Promise<T | null> {
    const facts = await tools.observer.stage(stage, () =>
      runStage({ ...tools, stage, cacheInput, schema, make, known: queued.noteExists }),
    );
    stages.push(facts);
    return facts.value;
  }

  try {
    const facts = canonicalInput(input);
    const analysis = await answer('analyse', facts, analysisSchema, () =>
      tools.generator.analyse(input, signal),
    );
    if (analysis === null) return { outcome: { state: 'duplicate' }, stages };
    const cards = await answer('write', `${facts}\n${JSON.stringify(analysis)}`, cardDraftsSchema, () =>
      tools.generator.write({ ...input, analysis }, signal),
    );
    if (cards === null) return { outcome: { state: 'duplicate' }, stages };
    return { outcome: { state: 'done', analysis, cards, stages: stages.map(toStageResult) }, stages };
  } catch (thrown) {
    if (isAbort(thrown) || signal.aborted) throw thrown;
    const error = toTracedeckError(thrown);
    if (stopsRun(error)) throw error;
    const state = error.category === 'user' ? 'skipped' : 'failed';
    const message = error.hint === null ? error.message : `${error.message} ${error.hint}`;
    return { outcome: { state, code: error.code, message } satisfies ItemOutcome, stages };
  }
}

const RUN_STOPPERS: ReadonlySet<string> = new Set([
  'unauthorised',
  'not_found',
  'quota_exhausted',
  'connection_failed',
  'circuit_open',
]);

/**
 * Faults that every further row would meet as well: going on would only turn the whole list into failures, and
 * the rows lose nothing by waiting in the queue.
 */
export function stopsRun(error: TracedeckError): boolean {
  return RUN_STOPPERS.has(error.code);
}

async function runStage<T>(options: {
  generator: Generator;
  cache: StageCache;
  stage: Stage;
  cacheInput: string;
  schema: z.ZodType<T>;
  make: () => Promise<Generated<unknown>>;
  /** The deck has the note: look the answer up, but never pay for it. */
  known: boolean;
}): Promise<StageAnswer<T>> {
  const { generator, cache, stage, cacheInput, schema, known } = options;
  const identity = generator.identity(stage);
  const request = { stage, identity, input: cacheInput };
  const parse = (value: unknown) => schema.parse(value);
  const make = async (): Promise<Generated<T>> => {
    const generated = await options.make();
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
  const found = known ? await cache.peek(request, parse) : await cache.through(request, parse, make);
  if (found === null) return { stage, identity, tier: null, shared: false, generated: null, value: null };
  const { generated, tier, shared } = found;
  return { stage, identity, tier, shared, generated, value: generated.value };
}

function toStageResult({ stage, identity, tier, generated }: StageFacts): StageResult {
  const cached = tier !== null;
  return { ...identity, stage, cached, usage: cached ? NO_TOKENS : (generated?.usage ?? NO_TOKENS) };
}

/** The same facts give the same text, whatever the order in which a list named its columns. */
function canonicalInput({ item, termLanguage, meaningLanguage }: AnalyseInput): string {
  const fields = Object.entries(item.fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([termLanguage, meaningLanguage, item.kind, item.term, fields]).normalize('NFC');
}
