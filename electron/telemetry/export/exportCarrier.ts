/**
 * Hands what is recorded to the exporters' thread. The ring of spans is the buffer: while the exporters are behind
 * nothing is read, and what the ring gives up meanwhile is counted as dropped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { blockCountOf } from '../../../shared/leafCodec.ts';
import type { LogRecord } from '../../../shared/span.ts';
import type { SpanReader, Telemetry } from '../api.ts';
import { within } from '../within.ts';
import type { ExportThread } from './exportThread.ts';

const SPANS_A_BATCH = 2048;
/** Batches on their way; further ones stay in the ring. */
const MAX_UNDERWAY = 4;
/** At the end, when there is no later. */
const MAX_LAST = 50;
const MAX_WAITING_LOGS = 5000;

type Parts = {
  readonly telemetry: Pick<Telemetry, 'spans' | 'logger'>;
  readonly thread: ExportThread;
  readonly lose: (signal: 'traces' | 'logs', items: number) => void;
  /** How long new spans and logs wait for others to go with. */
  readonly intervalMs: number;
  /** Whether logs are wanted from the start: what was recorded before is carried too. */
  readonly wantsLogs: boolean;
};

export class ExportCarrier {
  readonly #parts: Parts;
  #reader: SpanReader | null = null;
  #wantsLogs: boolean;
  #logs: LogRecord[];
  #wakeTimer: NodeJS.Timeout | null = null;
  #isClosed = false;
  readonly #underway = new Set<Promise<boolean>>();
  readonly #ends: readonly (() => void)[];

  constructor(parts: Parts) {
    const { telemetry, wantsLogs } = parts;
    this.#parts = parts;
    this.#wantsLogs = wantsLogs;
    this.#logs = wantsLogs ? [...telemetry.logger.recent(null, MAX_WAITING_LOGS)] : [];
    this.#ends = [
      telemetry.spans.onChange(() => this.wake()),
      telemetry.logger.onRecord((record) => this.#addLog(record)),
    ];
  }

  /** Spans that the ring gave up before the present reader came to them. */
  get readerLost(): number {
    return this.#reader?.lost ?? 0;
  }

  /** @param fromNow - whether spans that are in the ring already are left alone, where none were wanted before */
  want(wanted: { readonly spans: boolean; readonly logs: boolean }, fromNow: boolean): void {
    if (wanted.spans) this.#reader ??= this.#parts.telemetry.spans.reader(fromNow);
    else this.closeReader();
    this.#wantsLogs = wanted.logs;
    if (!wanted.logs) this.#logs = [];
  }

  /** There is something to carry soon. */
  wake(): void {
    if (this.#wakeTimer !== null || !this.#parts.thread.isThere || this.#isClosed) return;
    this.#wakeTimer = setTimeout(() => {
      this.#wakeTimer = null;
      this.#pump();
    }, this.#parts.intervalMs);
    this.#wakeTimer.unref();
  }

  /** Until all that is recorded by now has reached the exporters; `false` where the time was too short. */
  async drain(deadlineMs: number): Promise<boolean> {
    const { thread } = this.#parts;
    while (!this.#pump()) {
      if (!thread.isOpen || performance.now() >= deadlineMs) return false;
      await sleep(thread.underway === 0 ? 1 : 5);
    }
    // What comes from here on is carried in its own time: else a busy program would never be done.
    const all = Promise.all(this.#underway).then(() => thread.isOpen);
    return within(all, deadlineMs - performance.now(), false);
  }

  /** What came meanwhile, whether there is room or not: at the end what cannot be sent goes to disk. */
  pumpLast(): void {
    if (!this.#parts.thread.isOpen) return;
    let batches = 0;
    while (batches < MAX_LAST && this.#carrySpans()) batches += 1;
    this.#carryLogs();
  }

  /** Nothing that is recorded from now on is carried. */
  close(): void {
    this.#isClosed = true;
    if (this.#wakeTimer !== null) clearTimeout(this.#wakeTimer);
    for (const end of this.#ends) end();
  }

  closeReader(): void {
    if (this.#reader === null) return;
    this.#parts.lose('traces', this.#reader.lost);
    this.#reader.close();
    this.#reader = null;
  }

  #addLog(record: LogRecord): void {
    if (!this.#wantsLogs || this.#isClosed) return;
    this.#logs.push(record);
    if (this.#logs.length > MAX_WAITING_LOGS) {
      const kept = this.#logs.slice(-Math.ceil(MAX_WAITING_LOGS / 2));
      this.#parts.lose('logs', this.#logs.length - kept.length);
      this.#logs = kept;
    }
    this.wake();
  }

  /** Hands over what the exporters have room for; `false` when there is more than that. */
  #pump(): boolean {
    const { thread } = this.#parts;
    if (!thread.isOpen) return false;
    do {
      if (thread.underway >= MAX_UNDERWAY) return false;
    } while (this.#carrySpans());
    this.#carryLogs();
    return true;
  }

  /** A batch; `false` where there is none. */
  #carrySpans(): boolean {
    const bytes = this.#reader?.next(SPANS_A_BATCH) ?? null;
    if (bytes === null) return false;
    this.#carried(
      this.#parts.thread.send({ type: 'spans', bytes }, { signal: 'traces', items: blockCountOf(bytes) }),
    );
    return true;
  }

  #carryLogs(): void {
    if (this.#logs.length === 0) return;
    const records = this.#logs;
    this.#logs = [];
    this.#carried(
      this.#parts.thread.send({ type: 'logs', records }, { signal: 'logs', items: records.length }),
    );
  }

  #carried(sent: Promise<boolean>): void {
    this.#underway.add(sent);
    void sent.then(() => {
      this.#underway.delete(sent);
      if (this.#parts.thread.underway === MAX_UNDERWAY - 1 && !this.#isClosed) this.#pump();
    });
  }
}
