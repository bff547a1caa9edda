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
import type { Signal, SignalCounts } from '../../../shared/telemetrySettings.ts';
import { BoundedQueue } from './boundedQueue.ts';
import { splitRequest } from './requestSplit.ts';
import type { OtlpForm } from './otlpEncode.ts';
import type { Spool, SpoolEntry } from './spool.ts';
import type { Transport, TransportAnswer } from './transport.ts';

export type DeliveryTiming = {
  /** How long something waits for others to share its request. */
  readonly batchMs: number;
  /** The same while requests go to disk. */
  readonly spoolMs: number;
  /** Before the first repetition; doubles with each, and half of it is chance. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** A server's own wish is followed so far. */
  readonly maxRetryAfterMs: number;
  /** After so many failures in a row what waits goes to disk. */
  readonly spoolAfter: number;
};
export const DELIVERY_TIMING: DeliveryTiming = {
  batchMs: 1000,
  spoolMs: 5000,
  backoffMs: 1000,
  maxBackoffMs: 30_000,
  maxRetryAfterMs: 600_000,
  spoolAfter: 2,
};

/** Where to, and how. */
export type DeliveryTarget = {
  readonly transport: Transport;
  readonly form: OtlpForm;
  readonly timeoutMs: number;
};
export type DeliveryLimits = { readonly maxQueue: number; readonly maxBatch: number };

/** What the exporter wants to know of all its signals. */
export type DeliveryReport = {
  request(isRetry: boolean): void;
  delivered(latencyMs: number): void;
  error(message: string): void;
};

export type DeliveryOptions<T> = {
  readonly signal: Signal;
  /** Items (spans, records, points) in one element of the queue. */
  readonly weigh: (element: T) => number;
  readonly encode: (elements: readonly T[], form: OtlpForm) => Uint8Array;
  /** What the server left out of a request that it took. May throw on what is no answer. */
  readonly readAnswer: (
    form: OtlpForm,
    bytes: Uint8Array,
  ) => { readonly rejected: number; readonly message: string | null };
  readonly limits: DeliveryLimits;
  readonly spool: Spool | null;
  readonly timing: DeliveryTiming;
  readonly report: DeliveryReport;
};

type Part = { readonly form: OtlpForm; readonly bytes: Uint8Array; readonly items: number };
/** The oldest request, in as many parts as the server wants it; `entry` where it lies on disk. */
type Head = { parts: Part[]; readonly entry: SpoolEntry | null };

export class Delivery<T> {
  readonly #options: DeliveryOptions<T>;
  readonly #queue: BoundedQueue<T>;
  #target: DeliveryTarget | null = null;
  #maxBatch: number;
  #head: Head | null = null;
  #taken = 0;
  #sent = 0;
  #rejected = 0;
  #dropped = 0;
  /** In a row. */
  #failures = 0;
  #state: 'idle' | 'ok' | 'waiting' | 'failed' = 'idle';
  /** What is queued has waited long enough. */
  #isDue = false;
  #batchTimer: NodeJS.Timeout | null = null;
  /** Until the next attempt. */
  #retryTimer: NodeJS.Timeout | null = null;
  #isThrottled = false;
  #isStopped = false;
  #flushes = 0;
  #running: Promise<void> | null = null;
  #isSending = false;
  readonly #abort = new AbortController();
  readonly #watchers = new Set<() => void>();

  constructor(options: DeliveryOptions<T>) {
    this.#options = options;
    this.#queue = new BoundedQueue(options.limits.maxQueue, options.weigh);
    this.#maxBatch = options.limits.maxBatch;
    this.#taken = options.spool?.items(options.signal) ?? 0;
  }

  get state(): 'idle' | 'ok' | 'waiting' | 'failed' {
    return this.#state;
  }

  counts(): SignalCounts {
    const { signal, spool } = this.#options;
    const head = this.#head?.entry === null ? this.#head.parts.reduce((sum, { items }) => sum + items, 0) : 0;
    return {
      taken: this.#taken,
      sent: this.#sent,
      rejected: this.#rejected,
      dropped: this.#dropped,
      queued: this.#queue.weight + head,
      spooled: spool?.items(signal) ?? 0,
    };
  }

  /** Where to send from now on; `null` keeps everything waiting. What is under way ends as it began. */
  aim(target: DeliveryTarget | null, limits: DeliveryLimits): void {
    this.#target = target;
    this.#state = 'idle';
    this.#maxBatch = limits.maxBatch;
    this.#queue.maxWeight = limits.maxQueue;
    this.#dropped += this.#queue.trim();
    this.#failures = 0;
    this.#clearRetry();
    if (this.#queue.length > 0) this.#arm();
    this.#kick();
  }

  add(elements: readonly T[]): void {
    const wanted = elements.filter((element) => this.#options.weigh(element) > 0);
    if (wanted.length === 0) return;
    for (const element of wanted) this.#taken += this.#options.weigh(element);
    this.#dropped += this.#queue.push(wanted);
    if (this.#isStopped) {
      this.#spoolQueue(1);
      this.#dropped += this.#queue.clear();
    } else if (this.#queue.length >= this.#maxBatch || this.#flushes > 0) this.#ripen();
    else this.#arm();
  }

  /** The spool gave this up. */
  spoolDropped(items: number): void {
    this.#dropped += items;
  }

  /** Resolves when half of the queue is free, or when that is not to be expected soon. */
  async room(): Promise<void> {
    const isFull = () =>
      this.#queue.weight * 2 > this.#queue.maxWeight &&
      // An endpoint that is away makes room as well, once what waits goes to disk.
      (this.#failures === 0 || (this.#disk !== null && !this.#isSpooling)) &&
      this.#target !== null &&
      !this.#isStopped;
    if (isFull()) {
      this.#ripen();
      await this.#until(() => !isFull());
    }
  }

  /**
   * Sends all there is, now. `false` where some is left: when the time is over, or as soon as the endpoint is
   * away and the rest can wait on disk.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    this.#flushes += 1;
    if (!this.#isThrottled) this.#clearRetry();
    this.#isDue = true;
    this.#kick();
    const canWait = () => this.#disk !== null && this.#disk.problem === null;
    await this.#until(
      () =>
        this.#isEmpty() ||
        this.#isStopped ||
        this.#target === null ||
        (this.#retryTimer !== null && canWait()),
      timeoutMs,
    );
    this.#flushes -= 1;
    return this.#isEmpty();
  }

  /** Resolves when the request that is under way now, if any, has its answer. */
  async settled(): Promise<void> {
    const head = this.#head?.parts[0];
    const isSame = () => this.#isSending && this.#head?.parts[0] === head;
    await this.#until(() => !isSame());
  }

  /** Breaks off, and puts on disk what is left; without a spool it is dropped. */
  async stop(): Promise<void> {
    if (!this.#isStopped) {
      this.#isStopped = true;
      this.#clearRetry();
      if (this.#batchTimer !== null) clearTimeout(this.#batchTimer);
      if (this.#spoolHead()) this.#spoolQueue(1);
      if (this.#head?.entry === null) {
        for (const { items } of this.#head.parts) this.#dropped += items;
      }
      this.#head = null;
      this.#dropped += this.#queue.clear();
      this.#abort.abort();
      this.#changed();
    }
    await this.#running;
  }

  #isEmpty(): boolean {
    const { signal, spool } = this.#options;
    return this.#head === null && this.#queue.length === 0 && (spool?.oldest(signal) ?? null) === null;
  }

  /** Where requests can be put away; `null` for nowhere. */
  get #disk(): Spool | null {
    const { spool } = this.#options;
    return spool !== null && spool.maxBytes > 0 ? spool : null;
  }

  get #isSpooling(): boolean {
    return this.#disk !== null && this.#failures >= this.#options.timing.spoolAfter;
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
      if (this.#spoolHead()) this.#spoolQueue(this.#batchTimer === null ? 1 : this.#maxBatch);
      if (this.#queue.length > 0) this.#arm();
      return;
    }
    this.#isDue = true;
    this.#kick();
  }

  #kick(): void {
    if (this.#running !== null || this.#isStopped) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      this.#changed();
      // Something may have come between the last look and now.
      if (this.#isReady()) this.#kick();
    });
  }

  #isReady(): boolean {
    if (this.#target === null || this.#retryTimer !== null || this.#isStopped) return false;
    const { signal, spool } = this.#options;
    return this.#head !== null || (spool?.oldest(signal) ?? null) !== null || this.#hasBatch();
  }

  #hasBatch(): boolean {
    return (
      this.#queue.length > 0 && (this.#isDue || this.#flushes > 0 || this.#queue.length >= this.#maxBatch)
    );
  }

  async #run(): Promise<void> {
    // Whoever called goes on first.
    await Promise.resolve();
    while (this.#isReady()) {
      this.#head ??= this.#nextHead();
      const head = this.#head;
      const target = this.#target;
      const part = head?.parts[0];
      if (head === null || part === undefined || target === null) continue;
      this.#options.report.request(this.#failures > 0);
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
      this.#settle(head, part, answer, performance.now() - startedMs, this.#target !== target);
      this.#changed();
    }
  }

  #nextHead(): Head | null {
    const { signal, spool } = this.#options;
    const entry = spool?.oldest(signal) ?? null;
    if (entry !== null) {
      const bytes = spool!.read(entry);
      if (bytes === null) {
        this.#options.report.error(spool!.problem ?? 'A file that waited on disk is gone.');
        return null;
      }
      return { parts: [{ form: entry.form, bytes, items: entry.items }], entry };
    }
    if (!this.#hasBatch()) return null;
    const elements = this.#queue.take(this.#maxBatch);
    if (this.#queue.length < this.#maxBatch && this.#flushes === 0) {
      this.#isDue = false;
      if (this.#queue.length > 0) this.#arm();
    }
    const part = this.#encode(elements);
    return part === null ? null : { parts: [part], entry: null };
  }

  /** `null` where the elements cannot be encoded: then they count as rejected. */
  #encode(elements: readonly T[]): Part | null {
    const { weigh, encode, report } = this.#options;
    const items = elements.reduce((sum, element) => sum + weigh(element), 0);
    // Everything waits in one form even while nothing can be sent.
    const form = this.#target?.form ?? 'protobuf';
    try {
      return { form, bytes: encode(elements, form), items };
    } catch (error) {
      this.#rejected += items;
      report.error(`Cannot be encoded (${error instanceof Error ? error.name : 'unknown'}).`);
      return null;
    }
  }

  #settle(head: Head, part: Part, answer: TransportAnswer, latencyMs: number, isOldTarget: boolean): void {
    const { signal, report, readAnswer } = this.#options;
    if (answer.type === 'retry') {
      report.error(answer.message);
      this.#state = 'waiting';
      // The new endpoint has not failed yet.
      if (!isOldTarget) this.#failed(answer.afterMs);
      return;
    }
    this.#failures = 0;
    if (answer.type === 'tooLarge') {
      const halves = splitRequest(signal, part.form, part.bytes, part.items);
      if (halves !== null) {
        head.parts.splice(0, 1, ...halves.map((half) => ({ form: part.form, ...half })));
        return;
      }
    }
    let rejected = part.items;
    if (answer.type === 'delivered') {
      rejected = 0;
      let message: string | null = null;
      if (answer.bytes !== null && answer.bytes.length > 0) {
        try {
          const read = readAnswer(answer.form, answer.bytes);
          rejected = Math.min(Math.max(0, Math.floor(read.rejected) || 0), part.items);
          message = read.message;
        } catch {
          // The status said that it arrived.
        }
      }
      this.#state = 'ok';
      report.delivered(latencyMs);
      if (rejected > 0 || (message ?? '') !== '') report.error(message || 'The server left some of it out.');
    } else {
      this.#state = 'failed';
      report.error(answer.message);
    }
    head.parts.shift();
    if (head.entry !== null) this.#options.spool!.settle(head.entry, part.items);
    this.#rejected += rejected;
    this.#sent += part.items - rejected;
    if (head.parts.length === 0) this.#head = null;
  }

  #failed(afterMs: number | null): void {
    const { backoffMs, maxBackoffMs, maxRetryAfterMs } = this.#options.timing;
    this.#failures += 1;
    if (this.#isSpooling && this.#spoolHead()) this.#spoolQueue(this.#maxBatch);
    const backoff = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(this.#failures - 1, 30));
    const wish = Math.min(maxRetryAfterMs, Math.max(0, afterMs ?? 0));
    const delayMs = Math.max(wish * (1 + Math.random() / 10), backoff * (0.5 + Math.random() / 2));
    this.#isThrottled = wish > 0;
    this.#retryTimer = setTimeout(() => {
      this.#clearRetry();
      this.#kick();
    }, delayMs).unref();
  }

  #clearRetry(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#isThrottled = false;
  }

  /** Puts the head on disk; `false` where it stays in memory, and all behind it must too. */
  #spoolHead(): boolean {
    const { signal, report } = this.#options;
    const spool = this.#disk;
    const head = this.#head;
    if (spool === null) return false;
    if (head === null || head.entry !== null) return true;
    // Its answer decides what it counts as.
    if (this.#isSending && !this.#isStopped) return false;
    for (let part = head.parts[0]; part !== undefined; part = head.parts[0]) {
      // Taken off first: the spool's counts and ours must never hold it both.
      head.parts.shift();
      if (spool.append(signal, part.form, part.bytes, part.items) === null) {
        head.parts.unshift(part);
        if (spool.problem !== null) report.error(spool.problem);
        return false;
      }
    }
    this.#head = null;
    return true;
  }

  /** Puts on disk what is queued, in requests of `least` elements or more. */
  #spoolQueue(least: number): void {
    const { signal, report } = this.#options;
    const spool = this.#disk;
    while (spool !== null && this.#queue.length > 0 && this.#queue.length >= least) {
      const elements = this.#queue.peek(this.#maxBatch);
      const part = this.#encode(elements);
      if (part !== null && spool.append(signal, part.form, part.bytes, part.items) === null) {
        if (spool.problem !== null) report.error(spool.problem);
        return;
      }
      this.#queue.take(elements.length);
    }
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Waits for a condition that changes with the deliveries, or for the time to be over. */
  async #until(condition: () => boolean, timeoutMs = Infinity): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const watchers = this.#watchers;
      const end = (): void => {
        clearTimeout(timer);
        watchers.delete(check);
        resolve();
      };
      const check = (): void => {
        if (condition()) end();
      };
      const timer = timeoutMs === Infinity ? undefined : setTimeout(end, timeoutMs);
      watchers.add(check);
    });
  }
}
