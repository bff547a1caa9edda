/**
 * The run loop: so many workers over the durable queue. Finished items are committed in groups: all that
 * finish before the event loop comes round share one transaction. Waiting for the commit is the backpressure,
 * and the turn of the event loop before it keeps the process responsive when no stage ever waits.
 */
import { NO_TOKENS, totalTokens, type RunSettings, type StageStats } from '../../shared/run.ts';
import { isAbort } from '../errors/tracedeckError.ts';
import type { Amount, Budget, CostOf, Place } from './budget.ts';
import type { Gate } from './gate.ts';
import type {
  Generator,
  ItemResult,
  QueuedItem,
  RunObserver,
  RunPlan,
  RunQueue,
  SavedItem,
  StageFacts,
} from './ports.ts';
import { processItem, type ItemTools } from './processItem.ts';
import { analyseInputOf, isRecalled } from './stageInputs.ts';
import type { createRunStats } from './runStats.ts';

export type PipelineTools = ItemTools & {
  readonly queue: RunQueue;
  readonly observer: RunObserver;
  readonly stats: ReturnType<typeof createRunStats>;
  /** `null` for a run that may spend what it takes. */
  readonly budget: Budget | null;
  readonly costOf?: CostOf;
  /** Called after every commit, in commit order. */
  readonly onSettled: (saved: readonly SavedItem[], stages: readonly StageStats[]) => void;
};

/** How many commits one transaction takes at most: bounds the time for which the event loop stands still. */
const MAX_GROUP = 64;

/**
 * Works the queue until it is empty or `signal` aborts. Items in flight at an abort stay in the queue.
 * @throws the first error that stops the run (see `processItem`), after all workers have come to rest; `budget_spent`
 *   after all rows in flight are finished
 */
export async function runPipeline(
  tools: PipelineTools,
  plan: RunPlan,
  gate: Gate,
  signal: AbortSignal,
): Promise<void> {
  const { queue, observer } = tools;
  const concurrency = Math.min(
    plan.settings.concurrency,
    tools.generator.rowsAtOnce ?? Number.POSITIVE_INFINITY,
  );
  const stop = new AbortController();
  const inner = AbortSignal.any([signal, stop.signal]);
  const committer = createCommitter(tools, plan.runId);
  let failure: unknown = null;

  let buffer: QueuedItem[] = [];
  let claiming: Promise<void> | null = null;
  let lastItemId = 0;
  let exhausted = false;
  /** No row fits into the budget any more: those in flight are finished, no other is begun. */
  let isSpent = false;
  async function next(): Promise<QueuedItem | null> {
    while (buffer.length === 0 && !exhausted) {
      claiming ??= queue.claim(plan.runId, lastItemId, Math.max(concurrency, MAX_GROUP)).then((items) => {
        buffer = [...items];
        lastItemId = items.at(-1)?.itemId ?? lastItemId;
        exhausted = items.length === 0;
        claiming = null;
      });
      await claiming;
    }
    return buffer.shift() ?? null;
  }

  async function admit(queued: QueuedItem): Promise<Place | null> {
    const { budget, generator } = tools;
    if (budget === null || isRecalled(plan.settings, queued)) return FREE;
    return budget.admit(() => firstGuess(generator, plan.settings, queued, tools.costOf), inner);
  }

  async function worker(): Promise<void> {
    for (;;) {
      await gate.open(inner);
      if (inner.aborted) return;
      const queued = await next();
      if (queued === null || isSpent) return;
      const place = await admit(queued);
      if (place === null) {
        isSpent = true;
        return;
      }
      const stages: StageFacts[] = [];
      try {
        const result = await observer
          .item(queued, () => processItem(tools, plan, queued, inner, stages))
          .catch((thrown: unknown) => {
            committer.cutOff(stages);
            throw thrown;
          });
        await committer.add(queued, result);
      } finally {
        place.settle(stages);
      }
    }
  }

  async function guarded(): Promise<void> {
    try {
      await worker();
    } catch (error) {
      if (failure === null && !(inner.aborted && isAbort(error))) failure = error;
      stop.abort();
    }
  }

  await Promise.all(Array.from({ length: concurrency }, guarded));
  await committer.saveCutOff().catch((error: unknown) => (failure ??= error));
  if (failure !== null) throw failure;
  if (isSpent && !signal.aborted) throw tools.budget!.problem();
}

const FREE: Place = { settle() {} };
/** Characters of a prompt that make a token, rather too few; tokens of both stages' answers, rather too many. */
const CHARACTERS_PER_TOKEN = 3;
const USUAL_OUTPUT = 1500;

/** What a row may take before any was paid: stage 2 asks about as much as stage 1, and its analysis. */
function firstGuess(
  generator: Generator,
  settings: RunSettings,
  { item }: QueuedItem,
  costOf: CostOf | undefined,
): Amount {
  const asked = generator.promptOf?.(analyseInputOf(settings, item)).length ?? 0;
  const usage = { ...NO_TOKENS, input: Math.ceil((2 * asked) / CHARACTERS_PER_TOKEN), output: USUAL_OUTPUT };
  return {
    tokens: totalTokens(usage),
    dollars: costOf?.(generator.identity('write', item.kind).model, usage) ?? 0,
  };
}

function createCommitter({ queue, stats, onSettled }: PipelineTools, runId: string) {
  type Waiting = {
    queued: QueuedItem;
    result: ItemResult;
    resolve: () => void;
    reject: (error: unknown) => void;
  };
  let waiting: Waiting[] = [];
  let scheduled = false;
  let isCutOff = false;

  async function flush(): Promise<void> {
    scheduled = false;
    while (waiting.length > 0) {
      const group = waiting.slice(0, MAX_GROUP);
      waiting = waiting.slice(MAX_GROUP);
      try {
        for (const { result } of group) for (const facts of result.stages) stats.add(facts);
        const settled = group.map(({ queued, result }) => ({ queued, outcome: result.outcome }));
        const stages = stats.all();
        const saved = await queue.settle(runId, settled, stages);
        onSettled(saved, stages);
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
  }

  return {
    /** Resolves when the item is on disk. */
    add: (queued: QueuedItem, result: ItemResult): Promise<void> =>
      new Promise((resolve, reject) => {
        waiting.push({ queued, result, resolve, reject });
        if (scheduled) return;
        scheduled = true;
        setImmediate(() => void flush());
      }),
    /** What a row had paid that goes back to the queue: it is spent, and is found in the cache the next time. */
    cutOff(stages: readonly StageFacts[]): void {
      for (const facts of stages) {
        if (facts.tier !== null || facts.shared || facts.generated === null) continue;
        stats.add(facts);
        isCutOff = true;
      }
    },
    async saveCutOff(): Promise<void> {
      if (!isCutOff) return;
      const stages = stats.all();
      onSettled(await queue.settle(runId, [], stages), stages);
    },
  };
}
