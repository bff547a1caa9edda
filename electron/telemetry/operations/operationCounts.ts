/** What an operation counts in every mode, and which of it its histogram knows already. */
import type { OperationSpec } from './operationSpec.ts';

export class OperationCounts {
  spans = 0;
  rows = 0;
  leftOut = 0;
  errors = 0;
  slow = 0;
  protected readonly spec: OperationSpec;
  /** Operations that are in the histogram, or will be when they end. */
  #accounted = 0;

  constructor(spec: OperationSpec) {
    this.spec = spec;
  }

  /** All that were counted; those of `run` in the mode `full` from their beginning on. */
  get total(): number {
    return this.spans + this.rows + this.leftOut;
  }

  /** One that is about to be counted was timed. @param isTurn - it stands for those that ended untimed before it */
  protected timed(seconds: number, isTurn: boolean): void {
    const { durations, onTimed } = this.spec;
    if (durations !== null) {
      const count = isTurn ? this.total + 1 - this.#accounted : 1;
      durations.record(seconds, count);
      this.#accounted += count;
    }
    onTimed?.(seconds);
  }

  /** One was counted that will be timed by itself. */
  accountForOne(): void {
    this.#accounted += 1;
  }

  /** Those that were counted so far have no durations, now or later. */
  protected forgetUntimed(): void {
    this.#accounted = this.total;
  }

  /** Those that no timed one has stood for yet are counted as well. */
  protected settleUntimed(): void {
    const { durations } = this.spec;
    const untimed = this.total - this.#accounted;
    if (durations !== null && untimed > 0 && durations.repeat(untimed)) this.#accounted += untimed;
  }
}
