/**
 * What waits in a delivery: elements in memory, requests on disk, and the request in front of both. All of it is
 * counted here: at every moment taken = sent + rejected + dropped + queued + spooled.
 */
import type { SignalCounts } from '../../../shared/telemetrySettings.ts';
import { BoundedQueue } from './boundedQueue.ts';
import type { DeliveryLimits, DeliveryOptions } from './deliveryOptions.ts';
import type { OtlpForm } from './otlpEncode.ts';
import { splitRequest } from './requestSplit.ts';
import type { Spool, SpoolEntry } from './spool.ts';

/** A request, or what of it the server wants at once. */
export type Part = { readonly form: OtlpForm; readonly bytes: Uint8Array; readonly items: number };
/** The oldest request, in as many parts as the server wants it; `entry` where it lies on disk. */
type Head = { readonly parts: Part[]; readonly entry: SpoolEntry | null };

export class Backlog<T> {
  readonly #options: DeliveryOptions<T>;
  readonly #queue: BoundedQueue<T>;
  #maxBatch: number;
  #head: Head | null = null;
  #taken: number;
  #sent = 0;
  #rejected = 0;
  #dropped = 0;
  /** Everything waits in one form even while nothing can be sent. */
  form: OtlpForm = 'protobuf';

  constructor(options: DeliveryOptions<T>) {
    this.#options = options;
    this.#queue = new BoundedQueue(options.limits.maxQueue, options.weigh);
    this.#maxBatch = options.limits.maxBatch;
    this.#taken = options.spool?.items(options.signal) ?? 0;
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

  /** What is sent next; `null` where nothing is under way. */
  get part(): Part | null {
    return this.#head?.parts[0] ?? null;
  }
  /** Elements that are in no request yet. */
  get queued(): number {
    return this.#queue.length;
  }
  /** Enough of them for a request. */
  get isBatch(): boolean {
    return this.#queue.length >= this.#maxBatch;
  }
  get isHalfFull(): boolean {
    return this.#queue.weight * 2 > this.#queue.maxWeight;
  }
  /** A request is there, begun or on disk. */
  get hasRequest(): boolean {
    const { signal, spool } = this.#options;
    return this.#head !== null || (spool?.oldest(signal) ?? null) !== null;
  }
  /** The request in front is not on disk. */
  get isHeadInMemory(): boolean {
    return this.#head?.entry === null;
  }
  /** Where requests can be put away; `null` for nowhere. */
  get disk(): Spool | null {
    const { spool } = this.#options;
    return spool !== null && spool.maxBytes > 0 ? spool : null;
  }

  resize({ maxBatch, maxQueue }: DeliveryLimits): void {
    this.#maxBatch = maxBatch;
    this.#queue.maxWeight = maxQueue;
    this.#dropped += this.#queue.trim();
  }

  /** `false` where there is nothing in it that is to be sent. */
  add(elements: readonly T[]): boolean {
    const { weigh } = this.#options;
    const wanted = elements.filter((element) => weigh(element) > 0);
    for (const element of wanted) this.#taken += weigh(element);
    this.#dropped += this.#queue.push(wanted);
    return wanted.length > 0;
  }

  /** The spool gave this up. */
  spoolDropped(items: number): void {
    this.#dropped += items;
  }

  /** Makes the oldest request the one in front: from disk, or else of what is queued, where that may be taken. */
  open(mayTake: boolean): void {
    if (this.#head !== null) return;
    const { signal, spool, report } = this.#options;
    const entry = spool?.oldest(signal) ?? null;
    if (entry !== null) {
      const bytes = spool!.read(entry);
      if (bytes === null) report.error(spool!.problem ?? 'A file that waited on disk is gone.');
      else this.#head = { parts: [{ form: entry.form, bytes, items: entry.items }], entry };
    } else if (mayTake) {
      const part = this.#encode(this.#queue.take(this.#maxBatch));
      if (part !== null) this.#head = { parts: [part], entry: null };
    }
  }

  /** The server takes less at once; `false` where less is not to be had. */
  split(part: Part): boolean {
    const halves = splitRequest(this.#options.signal, part.form, part.bytes, part.items);
    if (halves === null || this.#head === null) return false;
    this.#head.parts.splice(0, 1, ...halves.map((half) => ({ form: part.form, ...half })));
    return true;
  }

  /** The server has decided about the part in front, all of which is over with that. */
  settle(part: Part, rejected: number): void {
    const head = this.#head;
    if (head === null) return;
    head.parts.shift();
    if (head.entry !== null) this.#options.spool!.settle(head.entry, part.items);
    this.#rejected += rejected;
    this.#sent += part.items - rejected;
    if (head.parts.length === 0) this.#head = null;
  }

  /** Puts the request in front on disk; `false` where it stays in memory, and all behind it must too. */
  spoolHead(): boolean {
    const { signal, report } = this.#options;
    const { disk } = this;
    const head = this.#head;
    if (disk === null) return false;
    if (head === null || head.entry !== null) return true;
    for (let part = head.parts[0]; part !== undefined; part = head.parts[0]) {
      // Taken off first: the spool's counts and ours must never hold it both.
      head.parts.shift();
      if (disk.append(signal, part.form, part.bytes, part.items) === null) {
        head.parts.unshift(part);
        if (disk.problem !== null) report.error(disk.problem);
        return false;
      }
    }
    this.#head = null;
    return true;
  }

  /** Puts on disk what is queued: all of it, or whole requests alone. */
  spoolQueue(isAll: boolean): void {
    const { signal, report } = this.#options;
    const { disk } = this;
    const least = isAll ? 1 : this.#maxBatch;
    while (disk !== null && this.#queue.length > 0 && this.#queue.length >= least) {
      const elements = this.#queue.peek(this.#maxBatch);
      const part = this.#encode(elements);
      if (part !== null && disk.append(signal, part.form, part.bytes, part.items) === null) {
        if (disk.problem !== null) report.error(disk.problem);
        return;
      }
      this.#queue.take(elements.length);
    }
  }

  /** Drops what is in memory. */
  dropRest(): void {
    if (this.#head?.entry === null) for (const { items } of this.#head.parts) this.#dropped += items;
    this.#head = null;
    this.#dropped += this.#queue.clear();
  }

  /** `null` where the elements cannot be encoded: then they count as rejected. */
  #encode(elements: readonly T[]): Part | null {
    const { weigh, encode, report } = this.#options;
    const items = elements.reduce((sum, element) => sum + weigh(element), 0);
    try {
      return { form: this.form, bytes: encode(elements, this.form), items };
    } catch (error) {
      this.#rejected += items;
      report.error(`Cannot be encoded (${error instanceof Error ? error.name : 'unknown'}).`);
      return null;
    }
  }
}
