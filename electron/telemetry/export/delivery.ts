/**
 * One signal's way to its endpoint: queue, batches, retries, spool. One request is under way at a time, and
 * everything arrives in order (at least once: a request that broke off is sent again).
 *
 *   add -> queue -> head (encoded, being sent) -> sent | rejected
 *             \        | the endpoint is away
 *              \       v
 *               `--> spool (disk) -> head ...          oldest first, and before anything that is newer
 *
 * At every moment taken = sent + rejected + dropped + queued + spooled.
 */
import type { SignalCounts } from '../../../shared/telemetrySettings.ts';
import { Backlog } from './backlog.ts';
import type { Part } from './backlog.ts';
import type { DeliveryLimits, DeliveryOptions, DeliveryTarget } from './deliveryOptions.ts';
import { RetryPace } from './retryPace.ts';
import type { TransportAnswer } from './transport.ts';
import { Watchers } from './watchers.ts';

export class Delivery<T> {
  readonly #options: DeliveryOptions<T>;
  /** What waits. */
  readonly #backlog: Backlog<T>;
  #target: DeliveryTarget | null = null;
  #state: 'idle' | 'ok' | 'waiting' | 'failed' = 'idle';
  /** What is queued has waited long enough. */
  #isDue = false;
  #batchTimer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #flushes = 0;
  #running: Promise<void> | null = null;
  #isSending = false;
  readonly #abort = new AbortController();
  readonly #watchers = new Watchers();
  readonly #pace: RetryPace;

  constructor(options: DeliveryOptions<T>) {
    this.#options = options;
    this.#backlog = new Backlog(options);
    this.#pace = new RetryPace(options.timing, () => this.#kick());
  }

  get state(): 'idle' | 'ok' | 'waiting' | 'failed' {
    return this.#state;
  }

  counts(): SignalCounts {
    return this.#backlog.counts();
  }

  /** Where to send from now on; `null` keeps everything waiting. What is under way ends as it began. */
  aim(target: DeliveryTarget | null, limits: DeliveryLimits): void {
    this.#target = target;
    this.#state = 'idle';
    this.#backlog.form = target?.form ?? 'protobuf';
    this.#backlog.resize(limits);
    this.#pace.reset();
    this.#pace.skip();
    if (this.#backlog.queued > 0) this.#arm();
    this.#kick();
  }

  add(elements: readonly T[]): void {
    const backlog = this.#backlog;
    if (!backlog.add(elements)) return;
    if (this.#isStopped) {
      backlog.spoolQueue(true);
      backlog.dropRest();
    } else if (backlog.isBatch || this.#flushes > 0) this.#ripen();
    else this.#arm();
  }

  /** The spool gave this up. */
  spoolDropped(items: number): void {
    this.#backlog.spoolDropped(items);
  }

  /** Resolves when half of the queue is free, or when that is not to be expected soon. */
  async room(): Promise<void> {
    const isFull = () =>
      this.#backlog.isHalfFull &&
      // An endpoint that is away makes room as well, once what waits goes to disk.
      (!this.#pace.hasFailed || (this.#backlog.disk !== null && !this.#isSpooling)) &&
      this.#target !== null &&
      !this.#isStopped;
    if (isFull()) {
      this.#ripen();
      await this.#watchers.until(() => !isFull());
    }
  }

  /**
   * Sends all there is, now. `false` where some is left: when the time is over, or as soon as the endpoint is
   * away and the rest can wait on disk.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    this.#flushes += 1;
    this.#pace.hurry();
    this.#isDue = true;
    this.#kick();
    const canWait = () => this.#backlog.disk !== null && this.#backlog.disk.problem === null;
    await this.#watchers.until(
      () =>
        this.#isEmpty() || this.#isStopped || this.#target === null || (this.#pace.isWaiting && canWait()),
      timeoutMs,
    );
    this.#flushes -= 1;
    return this.#isEmpty();
  }

  /** Resolves when the request that is under way now, if any, has its answer. */
  async settled(): Promise<void> {
    const { part } = this.#backlog;
    const isSame = () => this.#isSending && this.#backlog.part === part;
    await this.#watchers.until(() => !isSame());
  }

  /** Breaks off, and puts on disk what is left; without a spool it is dropped. */
  async stop(): Promise<void> {
    if (!this.#isStopped) {
      this.#isStopped = true;
      this.#pace.skip();
      if (this.#batchTimer !== null) clearTimeout(this.#batchTimer);
      if (this.#backlog.spoolHead()) this.#backlog.spoolQueue(true);
      this.#backlog.dropRest();
      this.#abort.abort();
      this.#watchers.changed();
    }
    await this.#running;
  }

  #isEmpty(): boolean {
    return !this.#backlog.hasRequest && this.#backlog.queued === 0;
  }

  get #isSpooling(): boolean {
    return this.#backlog.disk !== null && (this.#pace.isLasting || this.#target === null);
  }

  #arm(): void {
    const { batchMs, spoolMs } = this.#options.timing;
    this.#batchTimer ??= setTimeout(
      () => {
        this.#batchTimer = null;
        this.#ripen();
      },
      this.#isSpooling ? spoolMs : batchMs,
    ).unref();
  }

  /** What is queued has waited long enough, or is enough for a request. */
  #ripen(): void {
    if (this.#isSpooling) {
      this.#putAway(this.#batchTimer === null);
      if (this.#backlog.queued > 0) this.#arm();
      return;
    }
    this.#isDue = true;
    this.#kick();
  }

  #kick(): void {
    if (this.#running !== null || this.#isStopped) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      this.#watchers.changed();
      // Something may have come between the last look and now.
      if (this.#isReady()) this.#kick();
    });
  }

  #isReady(): boolean {
    if (this.#target === null || this.#pace.isWaiting || this.#isStopped) return false;
    return this.#backlog.hasRequest || this.#hasBatch();
  }

  #hasBatch(): boolean {
    const { queued, isBatch } = this.#backlog;
    return queued > 0 && (this.#isDue || this.#flushes > 0 || isBatch);
  }

  async #run(): Promise<void> {
    // Whoever called goes on first.
    await Promise.resolve();
    while (this.#isReady()) {
      this.#open();
      const target = this.#target;
      const { part } = this.#backlog;
      if (part === null || target === null) continue;
      this.#options.report.request(this.#pace.hasFailed);
      const startedMs = performance.now();
      this.#isSending = true;
      const answer = await target.transport.send(
        this.#options.signal,
        part.form,
        part.bytes,
        target.timeoutMs,
        this.#abort.signal,
      );
      this.#isSending = false;
      if (this.#isStopped) return;
      this.#settle(part, answer, performance.now() - startedMs, this.#target !== target);
      this.#watchers.changed();
    }
  }

  #open(): void {
    const backlog = this.#backlog;
    const before = backlog.queued;
    backlog.open(this.#hasBatch());
    if (backlog.queued === before || backlog.isBatch || this.#flushes > 0) return;
    // What came later waits for its own time.
    this.#isDue = false;
    if (backlog.queued > 0) this.#arm();
  }

  #settle(part: Part, answer: TransportAnswer, latencyMs: number, isOldTarget: boolean): void {
    const { report } = this.#options;
    if (answer.type === 'retry' || answer.type === 'blocked') {
      report.error(answer.message);
      this.#state = answer.type === 'retry' ? 'waiting' : 'failed';
      // The new endpoint has not failed yet.
      if (!isOldTarget) this.#failed(answer);
      return;
    }
    this.#pace.reset();
    if (answer.type === 'tooLarge' && this.#backlog.split(part)) return;
    let rejected = part.items;
    if (answer.type === 'delivered') {
      rejected = this.#readDelivered(part, answer);
      this.#state = 'ok';
      report.delivered(latencyMs);
    } else {
      this.#state = 'failed';
      report.error(answer.message);
    }
    this.#backlog.settle(part, rejected);
  }

  /** How much of it the server left out. */
  #readDelivered(part: Part, { form, bytes }: Extract<TransportAnswer, { type: 'delivered' }>): number {
    if (bytes === null || bytes.length === 0) return 0;
    const { report, readAnswer } = this.#options;
    try {
      const { rejected, message } = readAnswer(form, bytes);
      const count = Math.min(Math.max(0, Math.floor(rejected) || 0), part.items);
      if (count > 0 || (message ?? '') !== '') report.error(message || 'The server left some of it out.');
      return count;
    } catch {
      // The status said that it arrived.
      return 0;
    }
  }

  #failed(answer: Extract<TransportAnswer, { type: 'retry' | 'blocked' }>): void {
    if (answer.type === 'retry') this.#pace.failed();
    else this.#pace.blocked();
    if (this.#isSpooling) this.#putAway(false);
    // What makes no whole request yet goes to disk in its time.
    if (this.#isSpooling && this.#backlog.queued > 0) this.#arm();
    if (answer.type === 'retry') this.#pace.waitForServer(answer.afterMs);
    else this.#pace.waitForRepair();
  }

  /** Puts on disk what waits; of what is in no request yet all, or what makes whole ones. */
  #putAway(isAll: boolean): void {
    // The answer to what is under way decides what it counts as, and what comes after it must stay behind it.
    if (this.#isSending && this.#backlog.isHeadInMemory) return;
    if (this.#backlog.spoolHead()) this.#backlog.spoolQueue(isAll);
  }
}
