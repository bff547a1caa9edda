/** The exporters' thread through all its lives: requests to it and their answers, its end, and its start after a fault. */
import type { ExporterState, ExporterStatus } from '../../../shared/telemetrySettings.ts';
import { within } from '../within.ts';
import type { ExportLink, ExportLinkOptions } from './exportLink.ts';
import type { FromExportWorker, ToExportWorker } from './exportMessages.ts';

/** Of a request, what is lost with it: totals of metrics that get lost are in the next ones. */
export type Cargo = { readonly signal: 'traces' | 'logs'; readonly items: number };
type Request = DistributedOmit<ToExportWorker, 'seq'>;
type DistributedOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;
type Awaited = { readonly cargo: Cargo | null; readonly done: (isDone: boolean) => void };

export type ExportThreadParts = {
  readonly open: (listeners: Pick<ExportLinkOptions, 'onMessage' | 'onGone'>) => ExportLink;
  readonly onStarted: () => void;
  readonly onMessage: (message: Exclude<FromExportWorker, { type: 'done' }>) => void;
  readonly onSettled: (cargo: Cargo, isDone: boolean) => void;
  /** It ended by itself (`mayReturn` where it is started again), or had to be ended before it was done. */
  readonly onGone: (mayReturn: boolean) => void;
  /** Whether there is anything for a thread to do. */
  readonly isWanted: () => boolean;
  readonly restartMs: number;
};

/** A thread that keeps ending is left alone in the end, until somebody changes the exporters. */
const MAX_RESTARTS = 5;
const MAX_RESTART_MS = 30_000;
const STEADY_MS = 300_000;

export class ExportThread {
  readonly #parts: ExportThreadParts;
  #link: ExportLink | null = null;
  #sinceMs = 0;
  #isEnding = false;
  #restarts = 0;
  #restartTimer: NodeJS.Timeout | null = null;
  #failure: ExporterStatus['lastError'] = null;
  #seq = 0;
  readonly #answers = new Map<number, Awaited>();
  #underway = 0;
  /** Requests without cargo that are not answered. */
  #asked = 0;

  constructor(parts: ExportThreadParts) {
    this.#parts = parts;
  }

  get isThere(): boolean {
    return this.#link !== null;
  }
  /** There, and takes more. */
  get isOpen(): boolean {
    return this.#link !== null && !this.#isEnding;
  }
  get hasFailed(): boolean {
    return this.#failure !== null;
  }
  /** Requests with cargo that are not answered. */
  get underway(): number {
    return this.#underway;
  }

  /** Why there is none, where it is not by wish. */
  fault(): { readonly state: ExporterState; readonly lastError: ExporterStatus['lastError'] } | null {
    if (this.#link !== null || this.#failure === null) return null;
    return { state: this.#restartTimer === null ? 'failed' : 'waiting', lastError: this.#failure };
  }

  /** Resolves to whether it was done: `false` where there is no thread, or it ended first. */
  send(request: Request, cargo: Cargo | null = null): Promise<boolean> {
    const link = this.#link;
    if (link === null) return Promise.resolve(false);
    const seq = (this.#seq += 1);
    const count = (by: number): void => {
      if (cargo === null) this.#asked += by;
      else this.#underway += by;
      if (this.#link === link) link.hold(this.#asked > 0);
    };
    return new Promise((resolve) => {
      count(1);
      const done = (isDone: boolean): void => {
        count(-1);
        resolve(isDone);
      };
      this.#answers.set(seq, { cargo, done });
      link.post({ ...request, seq } as ToExportWorker);
    });
  }

  start(): void {
    this.#sinceMs = performance.now();
    try {
      const opened: ExportLink = this.#parts.open({
        onMessage: (message) => {
          if (this.#link === opened) this.#receive(message);
        },
        onGone: (reason) => {
          if (this.#link === opened) this.#gone(reason);
        },
      });
      this.#link = opened;
    } catch (error) {
      return this.#gone(error instanceof Error ? error.name : 'unknown');
    }
    this.#parts.onStarted();
  }

  /** Faults of the past are no reason any more to leave it alone. */
  forgive(): void {
    this.#failure = null;
    this.#restarts = 0;
    this.stayAway();
  }

  /** Where it is gone, it does not come back by itself. */
  stayAway(): void {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#restartTimer = null;
  }

  /** Lets the exporters finish for so long, then ends the thread. */
  async end(timeoutMs: number, graceMs: number): Promise<void> {
    const link = this.#link;
    if (link === null) return;
    this.#isEnding = true;
    const isDone = await within(this.send({ type: 'close', timeoutMs }), timeoutMs + graceMs, false);
    if (this.#link === link) {
      this.#link = null;
      this.#abandon();
      if (!isDone) this.#parts.onGone(false);
    }
    this.#isEnding = false;
    await link.end();
  }

  #receive(message: FromExportWorker): void {
    if (message.type !== 'done') return this.#parts.onMessage(message);
    const answer = this.#answers.get(message.seq);
    this.#answers.delete(message.seq);
    if (answer === undefined) return;
    if (answer.cargo !== null) this.#parts.onSettled(answer.cargo, message.ok);
    answer.done(message.ok);
  }

  #gone(reason: string): void {
    if (performance.now() - this.#sinceMs > STEADY_MS) this.#restarts = 0;
    this.#link = null;
    this.#abandon();
    this.#restarts += 1;
    const mayReturn = this.#restarts <= MAX_RESTARTS;
    const next = mayReturn
      ? 'It is started again.'
      : 'It is not started again until the exporters are changed.';
    this.#failure = {
      message: `The thread of the exporters ended (${reason}). ${next}`,
      timeMs: Date.now(),
    };
    if (mayReturn && this.#parts.isWanted()) {
      const delayMs = Math.min(MAX_RESTART_MS, this.#parts.restartMs * 2 ** (this.#restarts - 1));
      this.#restartTimer = setTimeout(() => {
        this.#restartTimer = null;
        if (this.#parts.isWanted()) this.start();
      }, delayMs).unref();
    }
    this.#parts.onGone(mayReturn);
  }

  /** Nobody answers these any more. */
  #abandon(): void {
    const waiting = [...this.#answers.values()];
    this.#answers.clear();
    for (const { cargo, done } of waiting) {
      if (cargo !== null) this.#parts.onSettled(cargo, false);
      done(false);
    }
  }
}
