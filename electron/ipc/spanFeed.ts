/**
 * Pushes span changes to the windows in batches. A window pulls `spansSince(0)` first and then takes pushes, so
 * a reload or a second window sees all that the ring still holds.
 */
import type { SpanBatch } from '../../shared/span.ts';

export type SpanSource = {
  /** Latest state of spans that changed after `seq`; a batch may stop short, `seq` says where. */
  since(seq: number): SpanBatch;
  /** Number of the latest change. */
  readonly seq: number;
};

const PUSH_EVERY_MS = 100;

/** Starts pushing; returns the function that stops it. Nothing is encoded while nobody listens. */
export function startSpanFeed(
  source: SpanSource,
  push: (batch: SpanBatch) => void,
  hasListeners: () => boolean,
): () => void {
  let sentSeq = source.seq;
  const timer = setInterval(() => {
    if (source.seq === sentSeq) return;
    if (!hasListeners()) {
      sentSeq = source.seq;
      return;
    }
    const batch = source.since(sentSeq);
    sentSeq = batch.seq;
    push(batch);
  }, PUSH_EVERY_MS);
  return () => clearInterval(timer);
}
