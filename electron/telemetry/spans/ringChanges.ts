/**
 * Which slots changed when. Every start and end is one change, and the log holds the last of them; a reader that
 * comes later than that finds the slots themselves by the number of their latest change.
 */
import { FLAG_OPEN, FLAG_USED } from './ringColumns.ts';

export class RingChanges {
  /** The number of the latest change. */
  seq = 0;
  readonly #capacity: number;
  readonly #logLength: number;
  readonly #flags: Uint8Array;
  /** The slot of each change, written round and round. */
  readonly #log: Uint32Array;
  readonly #startSeq: Float64Array;
  readonly #latestSeq: Float64Array;
  /** The collection that found the slot last, by its number. */
  readonly #foundBy: Uint32Array;
  #collection = 0;

  constructor(capacity: number, flags: Uint8Array) {
    this.#capacity = capacity;
    this.#logLength = capacity * 2;
    this.#flags = flags;
    this.#log = new Uint32Array(this.#logLength);
    this.#startSeq = new Float64Array(capacity);
    this.#latestSeq = new Float64Array(capacity);
    this.#foundBy = new Uint32Array(capacity);
  }

  get bytes(): number {
    return (
      this.#log.byteLength + this.#startSeq.byteLength + this.#latestSeq.byteLength + this.#foundBy.byteLength
    );
  }

  /** The next change is the first of the span in the slot. */
  begin(slot: number): void {
    this.#startSeq[slot] = this.seq + 1;
  }

  add(slot: number): void {
    this.seq += 1;
    this.#latestSeq[slot] = this.seq;
    this.#log[this.seq % this.#logLength] = slot;
  }

  /** The first change of what is in the slot. */
  firstOf(slot: number): number {
    return this.#startSeq[slot]!;
  }

  /** The latest change of what is in the slot. */
  latestOf(slot: number): number {
    return this.#latestSeq[slot]!;
  }

  /** What changed after `from`, each span once, and how far that goes. */
  collect(from: number, maxSpans: number, endedOnly: boolean): { seq: number; slots: number[] } {
    this.#collection += 1;
    const collection = this.#collection;
    const foundBy = this.#foundBy;
    const flags = this.#flags;
    const startSeq = this.#startSeq;
    const latestSeq = this.#latestSeq;
    const seq = this.seq;
    const isWanted = (slot: number) =>
      (flags[slot]! & (endedOnly ? FLAG_USED | FLAG_OPEN : FLAG_USED)) === FLAG_USED &&
      foundBy[slot] !== collection;
    const logStart = Math.max(0, seq - this.#logLength);
    let slots: number[] = [];
    let at = from;
    if (at < logStart) {
      const old = this.#beyondLog(at, logStart, isWanted);
      slots = old.slice(0, maxSpans);
      for (const slot of slots) foundBy[slot] = collection;
      at = slots.length < old.length ? latestSeq[slots.at(-1)!]! : logStart;
    }
    while (at >= logStart && at < seq && slots.length < maxSpans) {
      at += 1;
      const slot = this.#log[at % this.#logLength]!;
      // The change is of the span that is there now, and not of one that had the slot before it.
      if ((latestSeq[slot] === at || (!endedOnly && startSeq[slot] === at)) && isWanted(slot)) {
        foundBy[slot] = collection;
        slots.push(slot);
      }
    }
    return { seq: at, slots };
  }

  /** Slots whose latest change lies after `from` but is too old for the log, oldest first. */
  #beyondLog(from: number, logStart: number, wanted: (slot: number) => boolean): number[] {
    const latestSeq = this.#latestSeq;
    const slots: number[] = [];
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      const latest = latestSeq[slot]!;
      if ((this.#flags[slot]! & FLAG_USED) !== 0 && latest > from && latest <= logStart && wanted(slot))
        slots.push(slot);
    }
    return slots.sort((a, b) => latestSeq[a]! - latestSeq[b]!);
  }
}
