/**
 * The pipeline's ports, watched: each wrapper runs the real part inside a span and turns the facts it returns
 * into attributes and metrics. Nothing of what the ports carry (terms, answers, prompts) goes into either.
 */
import { ATTR, SPAN } from '../../shared/span.ts';
import { STAGES, type Stage } from '../../shared/card.ts';
import { wordHex } from '../../shared/hexWords.ts';
import type { ItemResult, QueuedItem, RunObserver, RunQueue, StageFacts } from '../pipeline/ports.ts';
import type { Telemetry } from '../telemetry/api.ts';
import { countedSpans } from '../telemetry/components/countedSpans.ts';
import type { SpanHandle, TraceIds } from '../telemetry/tracing/spanHandle.ts';
import { begun } from './begun.ts';
import { createInstruments, ITEM_STATES } from './instruments.ts';
import type { ItemState } from './instruments.ts';

const NO_TRACE = '0'.repeat(32);

/**
 * Spans around runs, items and stages. A run is a child of what asked for it, where that is recorded.
 *
 * The run store keeps no more of a run's span than its trace id. The span's own id is that trace id's second half
 * (`idFromTrace`), and so a later session of the run can link to it.
 */
export function createRunObserver(telemetry: Telemetry): RunObserver {
  const { logger } = telemetry;
  const component = telemetry.component('pipeline');
  const spans = countedSpans(telemetry, component);
  const { itemDuration } = createInstruments(telemetry.metrics);
  const itemOperations = byKey(ITEM_STATES, (state) =>
    component.operation(SPAN.item, {
      attributes: { [ATTR.itemState]: state },
      facts: [ATTR.itemRow, ATTR.cardCount],
    }),
  );
  const stageOperations = byKey(STAGES, (stage) =>
    component.operation(SPAN[stage], { attributes: { [ATTR.stage]: stage } }),
  );

  /** Items and stages without a span of their own. */
  function leanItem(queued: QueuedItem, work: () => Promise<ItemResult>): Promise<ItemResult> {
    const startedMs = performance.now();
    const token = itemOperations.done.begin();
    return begun(work).then(
      (result) => {
        const { outcome } = result;
        const operation = itemOperations[outcome.state];
        if (outcome.state === 'failed') operation.fail(token, outcome.code);
        else operation.end(token, queued.item.row, outcome.state === 'done' ? outcome.cards.length : 0);
        finished(queued, result, (performance.now() - startedMs) / 1000);
        return result;
      },
      (thrown: unknown) => {
        // It stays in the queue: what stops the run is told by the run.
        itemOperations.failed.end(token, queued.item.row);
        throw thrown;
      },
    );
  }

  function finished(queued: QueuedItem, { outcome }: ItemResult, seconds: number): void {
    itemDuration[outcome.state].record(seconds);
    if (outcome.state !== 'failed') return;
    logger.warn('A row failed.', { [ATTR.itemRow]: queued.item.row, [ATTR.errorType]: outcome.code });
  }

  return {
    run(plan, work) {
      if (!telemetry.enabled || component.mode === 'off') return work(telemetry.currentTraceId() ?? NO_TRACE);
      const links: TraceIds[] = [];
      const { previousTraceId } = plan;
      if (previousTraceId !== null && previousTraceId !== NO_TRACE) {
        links.push({ traceId: previousTraceId, spanId: previousTraceId.slice(16) });
      }
      const runId = { [ATTR.runId]: plan.runId };
      const attributes = {
        ...runId,
        [ATTR.deckName]: plan.settings.deck,
        [ATTR.generator]: plan.settings.generator,
        [ATTR.runSource]: baseName(plan.sourceName),
        [ATTR.termCount]: plan.terms,
      };
      return spans.withSpan(SPAN.run, { attributes, links, idFromTrace: true }, async (span) => {
        logger.info(plan.previousTraceId === null ? 'A run began.' : 'A run was taken up again.', {
          ...runId,
          [ATTR.generator]: plan.settings.generator,
          [ATTR.termCount]: plan.terms,
        });
        const facts = await work(span.traceId);
        const outcome = {
          [ATTR.runState]: facts.state,
          [ATTR.noteCount]: facts.done,
          [ATTR.cardCount]: facts.cards,
          [ATTR.failedCount]: facts.failed,
        };
        logger.info('A run came to rest.', { ...runId, ...outcome });
        span.setAll(outcome);
        return facts;
      });
    },

    item(queued, work) {
      const { mode } = component;
      if (!telemetry.enabled || mode === 'off') return work();
      if (mode !== 'full') return leanItem(queued, work);
      const span = telemetry.startSpan(SPAN.item);
      span.set(ATTR.itemKey, itemKeyHash(queued));
      span.set(ATTR.itemRow, queued.item.row);
      span.set(ATTR.itemAttempt, queued.attempt);
      spans.began(span);
      const end = (result: ItemResult): ItemResult => {
        const { outcome } = result;
        span.set(ATTR.itemState, outcome.state);
        if (outcome.state === 'done') span.set(ATTR.cardCount, outcome.cards.length);
        else if (outcome.state === 'failed') {
          span.fail(outcome.code);
          spans.failed();
        } else if (outcome.state === 'skipped') span.set(ATTR.errorType, outcome.code);
        span.end();
        finished(queued, result, span.elapsedMs() / 1000);
        return result;
      };
      // Inside, where the span is what logs and metrics refer to.
      return telemetry.activateForSteps(span, () => begun(work).then(end, failing(span)));
    },

    stage<T extends StageFacts>(stage: Stage, work: () => Promise<T>): Promise<T> {
      const { mode } = component;
      if (!telemetry.enabled || mode === 'off') return work();
      if (mode !== 'full') return stageOperations[stage].run(work);
      const span = telemetry.startSpan(SPAN[stage]);
      span.set(ATTR.stage, stage);
      spans.began(span);
      const isStep = telemetry.beginStep(span);
      const working = isStep ? begun(work) : begun(() => telemetry.activate(span, work));
      return working.then(
        (facts) => {
          if (isStep) telemetry.endStep();
          if (facts.tier !== null) {
            span.set(ATTR.cacheTier, facts.tier);
            // What was made just now is told by the generator.
            const estimate = facts.generated?.estimate ?? null;
            if (estimate !== null) {
              span.set(ATTR.estimateInput, estimate.input);
              span.set(ATTR.estimateOutput, estimate.output);
            }
          }
          span.end();
          return facts;
        },
        failing(span, isStep ? telemetry : null),
      );
    },
  };
}

/** Spans around what the queue does for a group of rows; the statements beneath are the database's. */
export function traceQueue(queue: RunQueue, telemetry: Telemetry): RunQueue {
  if (!telemetry.enabled) return queue;
  const component = telemetry.component('pipeline');
  const spans = countedSpans(telemetry, component);
  const { items: settled, cards: written } = createInstruments(telemetry.metrics);
  const isFull = () => component.mode === 'full';
  const claiming = component.operation(SPAN.claimItems, { facts: [ATTR.dbReturnedRows] });
  const saving = component.operation(SPAN.saveNote, { facts: [ATTR.noteCount, ATTR.cardCount] });

  return {
    claim(runId, afterItemId, count) {
      if (!isFull()) return claiming.run(() => queue.claim(runId, afterItemId, count));
      return spans.withSpan(SPAN.claimItems, {}, async (span) => {
        const items = await queue.claim(runId, afterItemId, count);
        span.set(ATTR.dbReturnedRows, items.length);
        return items;
      });
    },
    async settle(runId, items, stages) {
      const settle = () => queue.settle(runId, items, stages);
      const saved = await (isFull()
        ? spans.withSpan(
            SPAN.saveNote,
            { attributes: { [ATTR.dbBatchSize]: items.length } },
            async (span) => {
              const result = await settle();
              const { notes, cards } = sumOf(result);
              span.set(ATTR.noteCount, notes);
              span.set(ATTR.cardCount, cards);
              return result;
            },
          )
        : saving.run(settle));
      for (const { state, cards } of saved) {
        settled[state].add(1);
        if (cards.length > 0) written.add(cards.length);
      }
      return saved;
    },
  };
}

/** States what was thrown, ends the span and throws on. @param steps - where the span was one */
function failing(span: SpanHandle, steps: Telemetry | null = null): (thrown: unknown) => never {
  return (thrown) => {
    steps?.endStep();
    span.recordError(thrown);
    span.end();
    throw thrown;
  };
}

function sumOf(saved: Awaited<ReturnType<RunQueue['settle']>>): { notes: number; cards: number } {
  let notes = 0;
  let cards = 0;
  for (const item of saved) {
    if (item.state === 'done') notes += 1;
    cards += item.cards.length;
  }
  return { notes, cards };
}

function byKey<K extends Stage | ItemState, T>(keys: readonly K[], make: (key: K) => T): Record<K, T> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, T>;
}

/** The folders above a file are nobody's business. */
export function baseName(sourceName: string): string {
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
  return wordHex(low >>> 0) + wordHex(high >>> 0).slice(0, 4);
}
