/** Totals of metrics for the exporters: pushed at the interval that they want, and when one asks for them. */
import type { Telemetry } from '../api.ts';
import type { ExportThread } from './exportThread.ts';

export class MetricFeed {
  readonly #metrics: Pick<Telemetry['metrics'], 'collect'>;
  readonly #thread: ExportThread;
  #timer: NodeJS.Timeout | null = null;
  #isPushing = false;

  constructor(metrics: Pick<Telemetry['metrics'], 'collect'>, thread: ExportThread) {
    this.#metrics = metrics;
    this.#thread = thread;
  }

  /** `null`: no more of them. */
  pushEvery(intervalMs: number | null): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = intervalMs === null ? null : setInterval(() => void this.#push(), intervalMs).unref();
  }

  /** @param pull - number of the exporters' question, which is answered; `null` for a push */
  async send(pull: number | null): Promise<void> {
    try {
      const snapshots = await this.#metrics.collect();
      await this.#thread.send({ type: 'metrics', pull, snapshots, timeMs: Date.now() });
    } catch {
      // Without totals there is nothing to send; the exporters wait in vain, and not for long.
    }
  }

  /** Pushes do not pile up. */
  async #push(): Promise<void> {
    if (this.#isPushing) return;
    this.#isPushing = true;
    await this.send(null);
    this.#isPushing = false;
  }
}
