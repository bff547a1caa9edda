/** What became of each signal between memory and the exporters, through all lives of their thread. */
import type { ExporterSettings, ExporterStatus, Signal } from '../../../shared/telemetrySettings.ts';
import { afterThread, beginPast, emptyStatus, NO_SIGNALS, wholeStatus } from './exportStatus.ts';
import type { ExporterPast, PerSignal } from './exportStatus.ts';
import type { Cargo } from './exportThread.ts';

export class ExportTally {
  /** Lost between memory and the exporters. */
  #lost: PerSignal = NO_SIGNALS;
  /** Reached the thread after its latest word. */
  #unconfirmed: PerSignal = NO_SIGNALS;
  #latest = new Map<string, ExporterStatus>();
  readonly #pasts = new Map<string, ExporterPast>();
  readonly #readerLost: () => number;

  /** @param readerLost - spans that the ring gave up before the present reader came to them */
  constructor(readerLost: () => number) {
    this.#readerLost = readerLost;
  }

  lose(signal: Signal, items: number): void {
    this.#lost = { ...this.#lost, [signal]: this.#lost[signal] + items };
  }

  /** The thread has it, or never will. */
  settled({ signal, items }: Cargo, isDone: boolean): void {
    if (!isDone) return this.lose(signal, items);
    this.#unconfirmed = { ...this.#unconfirmed, [signal]: this.#unconfirmed[signal] + items };
  }

  /** The thread's own word, which counts all that it has. */
  heard(exporters: readonly ExporterStatus[]): void {
    this.#latest = new Map(exporters.map((status) => [status.id, status]));
    this.#unconfirmed = NO_SIGNALS;
  }

  /** The thread ended before it was done: what it had in memory is lost. */
  threadGone(): void {
    for (const [id, past] of this.#pasts) this.#pasts.set(id, afterThread(past, this.#latest.get(id)));
    this.#latest = new Map();
    this.lose('traces', this.#unconfirmed.traces);
    this.lose('logs', this.#unconfirmed.logs);
    this.#unconfirmed = NO_SIGNALS;
  }

  /** From now on of these exporters: whoever is new begins here, and what is known of others is forgotten. */
  follow(enabled: readonly ExporterSettings[]): void {
    for (const id of this.#pasts.keys()) {
      if (!enabled.some((each) => each.id === id)) this.#pasts.delete(id);
    }
    for (const { id } of enabled) {
      if (!this.#pasts.has(id)) this.#pasts.set(id, beginPast(this.#lostSoFar()));
    }
  }

  status(exporter: ExporterSettings): ExporterStatus {
    if (!exporter.enabled) return emptyStatus(exporter, 'off');
    const past = this.#pasts.get(exporter.id) ?? beginPast(NO_SIGNALS);
    return wholeStatus(exporter, this.#latest.get(exporter.id), past, this.#lostSoFar());
  }

  #lostSoFar(): PerSignal {
    return { ...this.#lost, traces: this.#lost.traces + this.#readerLost() };
  }
}
