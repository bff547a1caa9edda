/**
 * A histogram of all operations where only some are timed. The one whose turn it is was picked without a look at
 * how long it takes, so it stands for those that ended untimed since the turn before: it is recorded as many times
 * as they are, and once for itself. Those that are timed for a reason (a slow interval came before) stand for
 * themselves alone. What ended since the last turn gets the latest value when metrics are read, so that the
 * histogram's count is the number of operations, exactly, whenever somebody looks.
 */
import type { HistogramCell } from '../api.ts';

/** Those of all operations that share a cell. */
export class Durations {
  readonly #cell: HistogramCell;
  #latest = Number.NaN;

  constructor(cell: HistogramCell) {
    this.#cell = cell;
  }

  /** @param count - operations it stands for, itself included */
  record(seconds: number, count: number): void {
    this.#cell.record(seconds, count);
    this.#latest = seconds;
  }

  /** So many ended untimed. `false` where none was timed so far: nothing is recorded. */
  repeat(count: number): boolean {
    if (Number.isNaN(this.#latest)) return false;
    this.#cell.record(this.#latest, count);
    return true;
  }
}
