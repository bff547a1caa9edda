/**
 * The pipeline's ports, watched: each wrapper runs the real part inside a span and turns the facts it returns
 * into attributes and metrics. Nothing of what the ports carry (terms, answers, prompts) goes into either.
 *
 * Short spans get their attributes after the start, where the SDK cleans them once and not three times; runs and
 * items have theirs from the start, to be told apart while they are open.
 */
import { ATTR, SPAN } from '../../shared/span.ts';
import type { AttributeValue } from '../../shared/span.ts';
import type { Stage } from '../../shared/card.ts';
import { totalTokens } from '../../shared/run.ts';
import type { TokenUsage } from '../../shared/run.ts';
import type {
  Generated,
  Generator,
  QueuedItem,
  RunObserver,
  RunQueue,
  StageCache,
} from '../pipeline/ports.ts';
import { rootSpanId } from '../telemetry/tracing/idGenerator.ts';
import type { Instruments } from './instruments.ts';
import type { SpanHandle } from '../telemetry/tracing/liveSpan.ts';
import { toErrorFacts } from '../telemetry/tracing/spanRecord.ts';
import type { Telemetry, TraceIds } from '../telemetry/telemetry.ts';

/** Spans around runs, items and stages. */
export function createRunObserver(telemetry: Telemetry): RunObserver {
  const { instruments, logger } = telemetry;
  return {
    run(plan, work) {
      const links: TraceIds[] = [];
      const caller = telemetry.currentIds();
      if (caller !== null) links.push(caller);
      if (plan.previousTraceId !== null) {
        links.push({ traceId: plan.previousTraceId, spanId: rootSpanId(plan.previousTraceId) });
      }
      const attributes = {
        [ATTR.runId]: plan.runId,
        [ATTR.deckName]: plan.settings.deck,
        [ATTR.generator]: plan.settings.generator,
        [ATTR.runSource]: baseName(plan.sourceName),
        [ATTR.termCount]: plan.terms,
      };
      return telemetry.withSpan(SPAN.run, { parent: null, attributes, links }, async (span) => {
        const runId = { [ATTR.runId]: plan.runId };
        logger.info(plan.previousTraceId === null ? 'A run began.' : 'A run was taken up again.', {
          ...runId,
          [ATTR.generator]: plan.settings.generator,
          [ATTR.termCount]: plan.terms,
        });
        const facts = await work(span.traceId);
        logger.info('A run came to rest.', {
          ...runId,
          [ATTR.runState]: facts.state,
          [ATTR.noteCount]: facts.done,
          [ATTR.cardCount]: facts.cards,
          [ATTR.failedCount]: facts.failed,
        });
        span.set(ATTR.runState, facts.state);
        span.set(ATTR.cardCount, facts.cards);
        span.set(ATTR.noteCount, facts.done);
        span.set(ATTR.failedCount, facts.failed);
        return facts;
      });
    },

    item(queued, work) {
      if (!telemetry.enabled) return work();
      const attributes = {
        [ATTR.itemKey]: itemKeyHash(queued),
        [ATTR.itemRow]: queued.item.row,
        [ATTR.itemAttempt]: queued.attempt,
      };
      return telemetry.withSpan(SPAN.item, { attributes }, async (span) => {
        const result = await work();
        const { outcome } = result;
        span.set(ATTR.itemState, outcome.state);
        if (outcome.state === 'done') span.set(ATTR.cardCount, outcome.cards.length);
        else if (outcome.state === 'failed') {
          span.fail(outcome.code);
          logger.warn('A row failed.', { [ATTR.itemRow]: queued.item.row, [ATTR.errorType]: outcome.code });
        } else if (outcome.state === 'skipped') span.set(ATTR.errorType, outcome.code);
        instruments.itemDuration.record(span.elapsedMs() / 1000, BY_STATE[outcome.state]);
        return result;
      });
    },

    stage(stage, work) {
      if (!telemetry.enabled) return work();
      return telemetry.withSpan(SPAN[stage], async (span) => {
        const facts = await work();
        span.set(ATTR.stage, stage);
        if (facts.tier !== null) span.set(ATTR.cacheTier, facts.tier);
        setEstimate(span, facts.generated?.estimate ?? null);
        return facts;
      });
    },
  };
}

/** A span around every answer that is really made. */
export function traceGenerator(generator: Generator, telemetry: Telemetry): Generator {
  if (!telemetry.enabled) return generator;
  const generate = <T>(stage: Stage, make: () => Promise<Generated<T>>) =>
    telemetry.withSpan(SPAN.generate, async (span) => {
      const { generator: name, model, promptVersion } = generator.identity(stage);
      span.set(ATTR.stage, stage);
      span.set(ATTR.generator, name);
      span.set(ATTR.genAiRequestModel, model);
      span.set(ATTR.promptVersion, promptVersion);
      const generated = await make();
      setEstimate(span, generated.estimate);
      return generated;
    });
  return {
    rowsAtOnce: generator.rowsAtOnce,
    identity: (stage) => generator.identity(stage),
    analyse: (input, signal) => generate('analyse', () => generator.analyse(input, signal)),
    write: (input, signal) => generate('write', () => generator.write(input, signal)),
  };
}

/**
 * `cache get` lasts until the answer is found or is known to be missing, `cache set` from the made answer until
 * it is kept: the making lies between them and has a span of its own. Both are leaves: a lookup takes no longer
 * than a full span costs.
 */
export function traceCache(cache: StageCache, telemetry: Telemetry): StageCache {
  if (!telemetry.enabled) return cache;
  const { instruments } = telemetry;
  instruments.watchCache(() => cache.stats());
  const cells = { analyse: cellsOf('analyse', instruments), write: cellsOf('write', instruments) };

  type Lookup = { readonly tier: 'memory' | 'disk'; readonly usage: TokenUsage };
  function recordLookup(stage: Stage, startedMs: number, hit: Lookup | null, shared: boolean): void {
    const count = cells[stage];
    const attributes: Record<string, AttributeValue> = {
      [ATTR.stage]: stage,
      [ATTR.cacheOutcome]: hit === null ? 'miss' : 'hit',
    };
    if (shared) attributes[ATTR.cacheShared] = true;
    if (hit?.tier === 'memory') count.memoryHit.add(1);
    else {
      count.memoryMiss.add(1);
      (hit === null ? count.diskMiss : count.diskHit).add(1);
    }
    if (hit !== null) {
      attributes[ATTR.cacheTier] = hit.tier;
      const saved = totalTokens(hit.usage);
      if (saved > 0) {
        attributes[ATTR.tokensSaved] = saved;
        count.saved.add(saved);
      }
    }
    telemetry.leaf(SPAN.cacheGet, startedMs, attributes);
  }
  const recordFault = (name: string, stage: Stage, startedMs: number, thrown: unknown) =>
    telemetry.leaf(name, startedMs, { [ATTR.stage]: stage }, toErrorFacts(thrown).type);

  return {
    stats: () => cache.stats(),
    async peek(request) {
      const { stage } = request;
      const startedMs = performance.now();
      try {
        const found = await cache.peek(request);
        recordLookup(stage, startedMs, found, false);
        return found;
      } catch (thrown) {
        recordFault(SPAN.cacheGet, stage, startedMs, thrown);
        throw thrown;
      }
    },
    async through(request, parse, make) {
      const { stage } = request;
      const startedMs = performance.now();
      let phase: 'get' | 'make' | 'set' = 'get';
      let madeMs = 0;
      try {
        const answer = await cache.through(request, parse, async () => {
          phase = 'make';
          recordLookup(stage, startedMs, null, false);
          const generated = await make();
          madeMs = performance.now();
          phase = 'set';
          return generated;
        });
        if (madeMs > 0) {
          telemetry.leaf(SPAN.cacheSet, madeMs, { [ATTR.stage]: stage });
        } else {
          const { tier, generated, shared } = answer;
          recordLookup(stage, startedMs, tier === null ? null : { tier, usage: generated.usage }, shared);
        }
        return answer;
      } catch (thrown) {
        // A generator's error is told by its own span.
        if (phase === 'get') recordFault(SPAN.cacheGet, stage, startedMs, thrown);
        else if (phase === 'set') recordFault(SPAN.cacheSet, stage, madeMs, thrown);
        throw thrown;
      }
    },
  };
}

/** Spans around the queue's two transactions of a run. */
export function traceQueue(queue: RunQueue, telemetry: Telemetry): RunQueue {
  if (!telemetry.enabled) return queue;
  const { instruments } = telemetry;
  return {
    claim: (runId, afterItemId, count) =>
      telemetry.withSpan(SPAN.claimItems, { kind: 'client', attributes: CLAIM }, async (span) => {
        const items = await queue.claim(runId, afterItemId, count);
        span.set(ATTR.dbReturnedRows, items.length);
        instruments.dbDuration.record(span.elapsedMs() / 1000, CLAIM_METRIC);
        return items;
      }),
    settle: (runId, items, stages) =>
      telemetry.withSpan(SPAN.saveNote, { kind: 'client', attributes: SETTLE }, async (span) => {
        span.set(ATTR.dbBatchSize, items.length);
        const saved = await queue.settle(runId, items, stages);
        instruments.dbDuration.record(span.elapsedMs() / 1000, SETTLE_METRIC);
        const counts = { done: 0, duplicate: 0, skipped: 0, failed: 0 };
        let cards = 0;
        for (const item of saved) {
          counts[item.state] += 1;
          cards += item.cards.length;
        }
        for (const state of ['done', 'duplicate', 'skipped', 'failed'] as const) {
          if (counts[state] > 0) instruments.items.add(counts[state], BY_STATE[state]);
        }
        if (cards > 0) instruments.cards.add(cards);
        span.set(ATTR.noteCount, counts.done);
        span.set(ATTR.cardCount, cards);
        return saved;
      }),
  };
}

const BY_STATE = {
  done: { [ATTR.itemState]: 'done' },
  duplicate: { [ATTR.itemState]: 'duplicate' },
  skipped: { [ATTR.itemState]: 'skipped' },
  failed: { [ATTR.itemState]: 'failed' },
} as const;

function cellsOf(stage: Stage, { cacheLookups, tokensSaved }: Instruments) {
  const of = (tier: string, outcome: string) =>
    cacheLookups.cell({ [ATTR.stage]: stage, [ATTR.cacheTier]: tier, [ATTR.cacheOutcome]: outcome });
  return {
    memoryHit: of('memory', 'hit'),
    memoryMiss: of('memory', 'miss'),
    diskHit: of('disk', 'hit'),
    diskMiss: of('disk', 'miss'),
    saved: tokensSaved.cell({ [ATTR.stage]: stage }),
  };
}

const database = (operation: string, collection: string) => ({
  [ATTR.dbSystem]: 'sqlite',
  [ATTR.dbOperation]: operation,
  [ATTR.dbCollection]: collection,
});
const CLAIM_METRIC = database('SELECT', 'run_items');
const CLAIM = { ...CLAIM_METRIC, [ATTR.dbQuerySummary]: 'SELECT run_items' };
const SETTLE_METRIC = database('INSERT', 'notes');
const SETTLE = {
  ...SETTLE_METRIC,
  [ATTR.dbQuerySummary]: 'INSERT notes cards stage_results UPDATE run_items',
};

function setEstimate(
  span: SpanHandle,
  estimate: { readonly input: number; readonly output: number } | null,
): void {
  if (estimate === null) return;
  span.set(ATTR.estimateInput, estimate.input);
  span.set(ATTR.estimateOutput, estimate.output);
}

/** The folders above a file are nobody's business. */
function baseName(sourceName: string): string {
  return sourceName.split(/[/\\]/).at(-1) || sourceName;
}

/**
 * Twelve hex digits that stay the same for the same note and do not show it. cyrb53 (two multiplicative 32-bit
 * hashes over the UTF-16 units, mixed crosswise): a cryptographic hash would cost as much as the span.
 */
function itemKeyHash({ noteKey }: QueuedItem): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < noteKey.length; i += 1) {
    const unit = noteKey.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (low >>> 0).toString(16).padStart(8, '0') + (high >>> 16).toString(16).padStart(4, '0').slice(-4);
}
