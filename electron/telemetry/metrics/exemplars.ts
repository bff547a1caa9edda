/** Which record of a histogram's bucket stands for the others, found without looking at most of them. */
import type { Exemplar } from '../../../shared/metric.ts';
import type { TraceIds } from '../tracing/spanHandle.ts';

/** A bucket that is looked at more often than this is looked at half as often next. */
const SPACING_MS = 50;
/** ... but once in so many records at the least, until metrics are collected. */
const MOST_SKIPPED = 1024;

/**
 * Per bucket the latest record that was looked at, with the span that was active then. Asking for the span and
 * the time costs tens of nanoseconds, so each bucket counts down to its next look on its own: a bucket with
 * few records (the slow ones, which matter) has all of them looked at, a busy one some twenty times a second.
 */
export class Exemplars {
  readonly #currentIds: () => TraceIds | null;
  readonly #onFault: (thrown?: unknown) => void;
  /** Records of each bucket until the next look. */
  readonly #skip: Int32Array;
  /** What the countdown begins at. */
  readonly #every: Int32Array;
  readonly #lookedMs: Float64Array;
  #held: (Exemplar | undefined)[] | null = null;

  constructor(buckets: number, currentIds: () => TraceIds | null, onFault: (thrown?: unknown) => void) {
    this.#currentIds = currentIds;
    this.#onFault = onFault;
    this.#skip = new Int32Array(buckets);
    this.#every = new Int32Array(buckets).fill(1);
    this.#lookedMs = new Float64Array(buckets);
  }

  offer(bucket: number, value: number): void {
    const skip = this.#skip[bucket]!;
    if (skip > 0) this.#skip[bucket] = skip - 1;
    else this.#look(bucket, value);
  }

  #look(bucket: number, value: number): void {
    const timeMs = Date.now();
    const every = this.#every[bucket]!;
    const isBusy = timeMs - this.#lookedMs[bucket]! < SPACING_MS;
    const next = isBusy ? Math.min(every * 2, MOST_SKIPPED) : Math.max(every >> 1, 1);
    this.#every[bucket] = next;
    this.#skip[bucket] = next - 1;
    this.#lookedMs[bucket] = timeMs;
    try {
      const ids = this.#currentIds();
      if (ids === null) return;
      (this.#held ??= [])[bucket] = { value, timeMs, traceId: ids.traceId, spanId: ids.spanId };
    } catch (thrown) {
      this.#onFault(thrown);
    }
  }

  /** In the order of the buckets. The next record of every bucket is looked at: a burst's long skips end here. */
  collect(): readonly Exemplar[] {
    this.#skip.fill(0);
    return this.#held?.filter((exemplar) => exemplar !== undefined) ?? [];
  }
}
