/**
 * What is pushed to the windows, and how often. Spans go in batches: a window pulls `spansSince` first and then
 * takes pushes, so a reload or a second window sees all that is still held.
 */
import type { RunProgress, RunState } from '../../shared/run.ts';
import type { SpanBatch, SpanCursor } from '../../shared/span.ts';

export type SpanSource = {
  /** What changed after that place; a batch may stop short, its cursor says where. */
  since(cursor: SpanCursor): SpanBatch;
  /** After the latest change. */
  readonly cursor: SpanCursor;
};

const PUSH_EVERY_MS = 100;

/** Starts pushing; returns the function that stops it. Nothing is encoded while nobody listens. */
export function startSpanFeed(
  source: SpanSource,
  push: (batch: SpanBatch) => void,
  hasListeners: () => boolean,
): () => void {
  let sent = source.cursor;
  const timer = setInterval(() => {
    const { cursor } = source;
    if (cursor.spans === sent.spans && cursor.leaves === sent.leaves) return;
    if (!hasListeners()) {
      sent = cursor;
      return;
    }
    const batch = source.since(sent);
    sent = batch.cursor;
    push(batch);
  }, PUSH_EVERY_MS);
  return () => clearInterval(timer);
}

const PROGRESS_EVERY_MS = 200;

/** At most five reports a second and run; a change of state goes out at once, and the last one always does. */
export function throttleProgress(push: (progress: RunProgress) => void): (progress: RunProgress) => void {
  const sent = new Map<string, { state: RunState; atMs: number; timer: NodeJS.Timeout | null }>();

  return (progress) => {
    const { runId, state } = progress;
    const last = sent.get(runId);
    const now = performance.now();
    if (last?.timer) clearTimeout(last.timer);
    const waitMs = last?.state === state ? last.atMs + PROGRESS_EVERY_MS - now : 0;
    if (waitMs <= 0) {
      sent.set(runId, { state, atMs: now, timer: null });
      push(progress);
      return;
    }
    const timer = setTimeout(() => {
      sent.set(runId, { state, atMs: performance.now(), timer: null });
      push(progress);
    }, waitMs);
    sent.set(runId, { state, atMs: last?.atMs ?? now, timer });
  };
}
