/**
 * (trace, span id) -> row, as open addressing over typed arrays: 8-16 B a span where a Map of strings takes
 * over 100. Split into shards that grow on their own, so that no single insert pays for rehashing everything.
 */
const SHARD_BITS = 8;
const SHARDS = 1 << SHARD_BITS;
const EMPTY = -1;

type Shard = { slots: Int32Array; used: number };

/** What the index has to know of a row to compare it with a key. */
export type SpanKeys = {
  readonly traceAt: (row: number) => number;
  readonly idHighAt: (row: number) => number;
  readonly idLowAt: (row: number) => number;
};

function mix(trace: number, high: number, low: number): number {
  let h = Math.imul(high ^ (trace + 0x9e3779b9), 0x85ebca6b) ^ low;
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}

export class SpanIndex {
  readonly #keys: SpanKeys;
  readonly #shards: (Shard | undefined)[] = new Array<Shard | undefined>(SHARDS);

  constructor(keys: SpanKeys) {
    this.#keys = keys;
  }

  /** The row of a span, -1 where there is none. */
  find(trace: number, high: number, low: number): number {
    const hash = mix(trace, high, low);
    const shard = this.#shards[hash & (SHARDS - 1)];
    if (shard === undefined) return -1;
    const mask = shard.slots.length - 1;
    for (let slot = (hash >>> SHARD_BITS) & mask; ; slot = (slot + 1) & mask) {
      const row = shard.slots[slot]!;
      if (row === EMPTY) return -1;
      if (this.#isKey(row, trace, high, low)) return row;
    }
  }

  /** The key must not be in the index yet, and the row's key columns must be written already. */
  add(row: number): void {
    const hash = this.#hashOf(row);
    let shard = this.#shards[hash & (SHARDS - 1)];
    if (shard === undefined) {
      shard = { slots: new Int32Array(8).fill(EMPTY), used: 0 };
      this.#shards[hash & (SHARDS - 1)] = shard;
    } else if (shard.used * 4 >= shard.slots.length * 3) {
      const old = shard.slots;
      shard.slots = new Int32Array(old.length * 2).fill(EMPTY);
      for (const moved of old) if (moved !== EMPTY) this.#put(shard, moved, this.#hashOf(moved));
    }
    this.#put(shard, row, hash);
    shard.used += 1;
  }

  /** Backward-shift deletion: leaves no tombstones behind. Does nothing for a row that is not indexed. */
  remove(row: number): void {
    const shard = this.#shards[this.#hashOf(row) & (SHARDS - 1)];
    if (shard === undefined) return;
    const { slots } = shard;
    const mask = slots.length - 1;
    let hole = (this.#hashOf(row) >>> SHARD_BITS) & mask;
    while (slots[hole] !== row) {
      if (slots[hole] === EMPTY) return;
      hole = (hole + 1) & mask;
    }
    for (let next = (hole + 1) & mask; slots[next] !== EMPTY; next = (next + 1) & mask) {
      const home = (this.#hashOf(slots[next]!) >>> SHARD_BITS) & mask;
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
    return this.#shards.reduce((sum, shard) => sum + (shard?.slots.byteLength ?? 0), 0);
  }

  #hashOf(row: number): number {
    return mix(this.#keys.traceAt(row), this.#keys.idHighAt(row), this.#keys.idLowAt(row));
  }

  #isKey(row: number, trace: number, high: number, low: number): boolean {
    const keys = this.#keys;
    return keys.idLowAt(row) === low && keys.idHighAt(row) === high && keys.traceAt(row) === trace;
  }

  #put(shard: Shard, row: number, hash: number): void {
    const mask = shard.slots.length - 1;
    let slot = (hash >>> SHARD_BITS) & mask;
    while (shard.slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    shard.slots[slot] = row;
  }
}
