/** What an exporter tells of itself: counts by signal, requests, and how the last one fared. */
import { SIGNALS } from '../../../shared/telemetrySettings.ts';
import type {
  ExporterSettings,
  ExporterState,
  ExporterStatus,
  Signal,
  SignalCounts,
} from '../../../shared/telemetrySettings.ts';

type Outcome = 'sent' | 'rejected' | 'dropped';
type Counts = { taken: number } & Record<Outcome, number>;

export class ExporterFigures {
  state: ExporterState = 'idle';
  requests = 0;
  retries = 0;
  lastError: ExporterStatus['lastError'] = null;
  readonly #counts = new Map<Signal, Counts>();
  readonly #id: string;
  readonly #kind: ExporterSettings['kind'];
  #latencyMs: number | null = null;
  #lastSentMs: number | null = null;

  /** @param signals - that it counts here: none where somebody else does */
  constructor({ id, kind }: Pick<ExporterSettings, 'id' | 'kind'>, signals: readonly Signal[]) {
    this.#id = id;
    this.#kind = kind;
    for (const signal of signals) this.#counts.set(signal, { taken: 0, sent: 0, rejected: 0, dropped: 0 });
  }

  wants(signal: Signal): boolean {
    return this.#counts.has(signal);
  }

  /** Counts what came; `false` where it is nothing, or nothing for this exporter. */
  take(signal: Signal, count: number): boolean {
    const own = this.#counts.get(signal);
    if (own === undefined || count === 0) return false;
    own.taken += count;
    return true;
  }

  /** What became of so many that were taken. */
  count(signal: Signal, outcome: Outcome, count: number): void {
    const own = this.#counts.get(signal);
    if (own !== undefined) own[outcome] += count;
  }

  /** @param latencyMs - `null` where there is nothing to wait for */
  arrived(latencyMs: number | null): void {
    this.state = 'ok';
    this.#latencyMs = latencyMs;
    this.#lastSentMs = Date.now();
  }

  /** States an error; what state that is stays with the exporter. */
  error(message: string): void {
    this.lastError = { message, timeMs: Date.now() };
  }

  failed(message: string): void {
    this.state = 'failed';
    this.error(message);
  }

  /** What was taken and came to nothing yet is queued. */
  status(target: string, more: Partial<ExporterStatus> = {}): ExporterStatus {
    const signals: Partial<Record<Signal, SignalCounts>> = {};
    for (const signal of SIGNALS) {
      const own = this.#counts.get(signal);
      if (own === undefined) continue;
      const { taken, sent, rejected, dropped } = own;
      signals[signal] = { ...own, queued: taken - sent - rejected - dropped, spooled: 0 };
    }
    return {
      id: this.#id,
      kind: this.#kind,
      state: this.state,
      target,
      signals,
      spoolBytes: 0,
      requests: this.requests,
      retries: this.retries,
      latencyMs: this.#latencyMs,
      lastSentMs: this.#lastSentMs,
      lastError: this.lastError,
      ...more,
    };
  }
}
