/** When a delivery tries again, and whether what waits meanwhile goes to disk. */
import type { DeliveryTiming } from './deliveryOptions.ts';

export class RetryPace {
  readonly #timing: DeliveryTiming;
  readonly #onDue: () => void;
  /** In a row. */
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;
  #isAsked = false;

  /** @param onDue - it is time for the next attempt */
  constructor(timing: DeliveryTiming, onDue: () => void) {
    this.#timing = timing;
    this.#onDue = onDue;
  }

  get hasFailed(): boolean {
    return this.#failures > 0;
  }
  /** An attempt failed, and the next one is not due yet. */
  get isWaiting(): boolean {
    return this.#timer !== null;
  }
  /** So many failures in a row that nobody waits for the endpoint in memory. */
  get isLasting(): boolean {
    return this.#failures >= this.#timing.spoolAfter;
  }

  /** The endpoint answered, or is another one. */
  reset(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
  }

  /** Nothing will change by itself: what waits goes to disk at once. */
  blocked(): void {
    this.#failures = Math.max(this.#failures + 1, this.#timing.spoolAfter);
  }

  /** @param wishMs - the server's own */
  waitForServer(wishMs: number | null): void {
    const { backoffMs, maxBackoffMs, maxRetryAfterMs } = this.#timing;
    const backoff = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(this.#failures - 1, 30));
    const wish = Math.min(maxRetryAfterMs, Math.max(0, wishMs ?? 0));
    this.#wait(Math.max(wish * (1 + Math.random() / 10), backoff * (0.5 + Math.random() / 2)));
    this.#isAsked = wish > 0;
  }

  /** Until somebody has put something right. */
  waitForRepair(): void {
    this.#wait(this.#timing.repairMs * (0.9 + Math.random() / 5));
  }

  /** The next attempt is due now. */
  skip(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isAsked = false;
  }

  /** The same, unless the server asked for the wait. */
  hurry(): void {
    if (!this.#isAsked) this.skip();
  }

  #wait(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.skip();
      this.#onDue();
    }, delayMs).unref();
  }
}
