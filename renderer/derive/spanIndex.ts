/**
 * (trace, span id) -> row, as open addressing over typed arrays: 8-16 B a span where a Map of strings takes
 * over 100. Split into shards that grow on their own, so that no single insert pays for rehashing everything.
 * A slot is the row in its lower 24 bits and 8 bits of the hash above: other spans are told apart without a look at
 * their ids, which lie anywhere in memory.
 */
import type { I32Column, U32Column } from './chunkedColumn.ts';

const SHARD_BITS = 8;
const SHARDS = 1 << SHARD_BITS;
const EMPTY = -1;
const ROW_BITS = 24;
const ROW_MASK = (1 << ROW_BITS) - 1;
/** Spans as found or added last, by their hash. */
const RECENT = 1024;
/** Rows are below this. */
export const MAX_ROWS = ROW_MASK - 1;

type Shard = { slots: Int32Array; used: number };

/** The columns that a row is known by. */
export type SpanKeys = { readonly trace: I32Column; readonly idHigh: U32Column; readonly idLow: U32Column };

export function hashOfSpan(trace: number, high: number, low: number): number {
  let h = Math.imul(high ^ (trace + 0x9e3779b9), 0x85ebca6b) ^ low;
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}

export class SpanIndex {
  readonly #trace: I32Column;
  readonly #idHigh: U32Column;
  readonly #idLow: U32Column;
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => ({ slots: NO_SLOTS, used: 0 }));
  /** -1 for none. */
  readonly #recent = new Int32Array(RECENT).fill(-1);

  constructor({ trace, idHigh, idLow }: SpanKeys) {
    this.#trace = trace;
    this.#idHigh = idHigh;
    this.#idLow = idLow;
  }

  /** The row of a span, -1 where there is none. `hash` is the key's, by `hashOfSpan`. */
  find(hash: number, trace: number, high: number, low: number): number {
    const { slots } = this.#shards[hash & (SHARDS - 1)]!;
    const mask = slots.length - 1;
    const tag = hash >>> ROW_BITS;
    for (let at = (hash >>> SHARD_BITS) & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === EMPTY) return -1;
      if (slot >>> ROW_BITS === tag && this.#isKey(slot & ROW_MASK, trace, high, low)) return slot & ROW_MASK;
    }
  }

  /** The same for a span that others lie under: it mostly was found or added a moment ago. */
  findParent(trace: number, high: number, low: number): number {
    const hash = hashOfSpan(trace, high, low);
    const at = hash & (RECENT - 1);
    const recent = this.#recent[at]!;
    if (recent >= 0 && this.#isKey(recent, trace, high, low)) return recent;
    const found = this.find(hash, trace, high, low);
    if (found >= 0) this.#recent[at] = found;
    return found;
  }

  /** The key must not be in the index yet, and the row's key columns must be written already. */
  add(row: number, hash: number): void {
    const shard = this.#shards[hash & (SHARDS - 1)]!;
    if ((shard.used + 1) * 4 > shard.slots.length * 3) this.#grow(shard, Math.max(8, shard.slots.length * 2));
    put(shard.slots, row, hash);
    shard.used += 1;
    this.#recent[hash & (RECENT - 1)] = row;
  }

  /** Room for so many more: a large block would have every shard grow, and all its rows hashed, several times. */
  reserve(rows: number): void {
    for (const shard of this.#shards) {
      const wanted = ((shard.used + rows / SHARDS) * 4) / 3;
      let length = Math.max(8, shard.slots.length);
      while (length < wanted) length *= 2;
      if (length > shard.slots.length) this.#grow(shard, length);
    }
  }

  /** Backward-shift deletion: leaves no tombstones behind. Does nothing for a row that is not indexed. */
  remove(row: number): void {
    const hash = this.#hashOf(row);
    const at = hash & (RECENT - 1);
    if (this.#recent[at] === row) this.#recent[at] = -1;
    const shard = this.#shards[hash & (SHARDS - 1)]!;
    const { slots } = shard;
    const mask = slots.length - 1;
    let hole = (hash >>> SHARD_BITS) & mask;
    for (; ; hole = (hole + 1) & mask) {
      if (slots[hole] === EMPTY) return;
      if ((slots[hole]! & ROW_MASK) === row) break;
    }
    for (let next = (hole + 1) & mask; slots[next] !== EMPTY; next = (next + 1) & mask) {
      const home = (this.#hashOf(slots[next]! & ROW_MASK) >>> SHARD_BITS) & mask;
      // Move back unless the entry's home lies cyclically between the hole and where it is.
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = slots[next]!;
        hole = next;
      }
    }
    slots[hole] = EMPTY;
    shard.used -= 1;
  }

  bytes(): number {
    return this.#shards.reduce((sum, { slots }) => sum + slots.byteLength, 0);
  }

  #isKey(row: number, trace: number, high: number, low: number): boolean {
    return this.#idLow.get(row) === low && this.#idHigh.get(row) === high && this.#trace.get(row) === trace;
  }

  #hashOf(row: number): number {
    return hashOfSpan(this.#trace.get(row), this.#idHigh.get(row), this.#idLow.get(row));
  }

  #grow(shard: Shard, length: number): void {
    const slots = new Int32Array(length).fill(EMPTY);
    for (const slot of shard.slots) {
      if (slot !== EMPTY) put(slots, slot & ROW_MASK, this.#hashOf(slot & ROW_MASK));
    }
    shard.slots = slots;
  }
}

/** Of a shard that nothing was added to: never written, since it counts as full. */
const NO_SLOTS = new Int32Array(1).fill(EMPTY);

function put(slots: Int32Array, row: number, hash: number): void {
  const mask = slots.length - 1;
  let at = (hash >>> SHARD_BITS) & mask;
  while (slots[at] !== EMPTY) at = (at + 1) & mask;
  slots[at] = row | ((hash >>> ROW_BITS) << ROW_BITS);
}
