/**
 * What is kept of blocks between questions: decoded columns, up to so many bytes, and small results that hang on one
 * block alone. Both are found again by the block's number, and go with it.
 */
import type { BlockMemo } from './blockTypes.ts';
import type { ColumnKeeper } from './blocks/blockColumns.ts';

/** Decoded columns: those that a question over a million spans is about. */
const MAX_COLUMN_BYTES = 32_000_000;
const MAX_MEMO_BYTES = 16_000_000;
/** Of the columns that find no room when everything is read, every so many takes the place of others. */
const TAKES_PLACE = 16;

type Column = {
  readonly block: number;
  readonly slot: number;
  readonly value: unknown;
  readonly bytes: number;
};

/**
 * Who reads all there is would push out each column shortly before it is asked for again. So a passing read fills what
 * is free, and beyond that puts only few in the place of those that were not used for longest.
 */
export class ColumnCache {
  readonly #byBlock = new Map<number, Map<number, Column>>();
  /** Least recently used first. */
  readonly #columns = new Set<Column>();
  readonly #maxBytes: number;
  #bytes = 0;
  #refused = 0;

  constructor(maxBytes = MAX_COLUMN_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  of(block: number, isPassing: boolean): ColumnKeeper {
    return new KeptColumns(this, block, isPassing);
  }

  get(block: number, slot: number): unknown {
    const found = this.#byBlock.get(block)?.get(slot);
    if (found === undefined) return undefined;
    this.#columns.delete(found);
    this.#columns.add(found);
    return found.value;
  }

  put(column: Column, isPassing: boolean): void {
    if (this.#bytes + column.bytes > this.#maxBytes) {
      this.#refused += 1;
      if (column.bytes > this.#maxBytes / 4 || (isPassing && this.#refused % TAKES_PLACE !== 0)) return;
      for (const oldest of this.#columns) {
        this.#remove(oldest);
        if (this.#bytes + column.bytes <= this.#maxBytes) break;
      }
    }
    let columns = this.#byBlock.get(column.block);
    if (columns === undefined) this.#byBlock.set(column.block, (columns = new Map()));
    const before = columns.get(column.slot);
    if (before !== undefined) this.#remove(before);
    columns.set(column.slot, column);
    // Taking out the one before may have taken the block out with it.
    this.#byBlock.set(column.block, columns);
    this.#columns.add(column);
    this.#bytes += column.bytes;
  }

  #remove(column: Column): void {
    const columns = this.#byBlock.get(column.block);
    if (columns?.delete(column.slot) && columns.size === 0) this.#byBlock.delete(column.block);
    this.#columns.delete(column);
    this.#bytes -= column.bytes;
  }

  forget(block: number): void {
    for (const column of this.#byBlock.get(block)?.values() ?? []) {
      this.#columns.delete(column);
      this.#bytes -= column.bytes;
    }
    this.#byBlock.delete(block);
  }

  /** Forgets all blocks but these. */
  keepOnly(blocks: { has(block: number): boolean }): void {
    for (const block of this.#byBlock.keys()) if (!blocks.has(block)) this.forget(block);
  }

  clear(): void {
    this.#byBlock.clear();
    this.#columns.clear();
    this.#bytes = 0;
  }
}

/** Those of one block. (A class, so that hot code meets one shape.) */
class KeptColumns implements ColumnKeeper {
  readonly #cache: ColumnCache;
  readonly #block: number;
  readonly #isPassing: boolean;

  constructor(cache: ColumnCache, block: number, isPassing: boolean) {
    this.#cache = cache;
    this.#block = block;
    this.#isPassing = isPassing;
  }
  get<T>(slot: number): T | undefined {
    return this.#cache.get(this.#block, slot) as T | undefined;
  }
  put(slot: number, value: unknown, bytes: number): void {
    this.#cache.put({ block: this.#block, slot, value, bytes }, this.#isPassing);
  }
}

type Result = { readonly value: unknown; readonly bytes: number };
type Held = { readonly deadCount: number; readonly results: Map<string, Result>; bytes: number };

/** Of each block as it is: a row that dies makes all of its results void. */
export class BlockMemos {
  readonly #blocks = new Map<number, Held>();
  #bytes = 0;

  of(block: number, deadCount: number): BlockMemo {
    return new KeptResults(this, block, deadCount);
  }

  get(block: number, deadCount: number, key: string): unknown {
    return this.#held(block, deadCount)?.results.get(key)?.value;
  }

  set(block: number, deadCount: number, key: string, value: unknown, bytes: number): void {
    let of = this.#held(block, deadCount);
    const more = bytes - (of?.results.get(key)?.bytes ?? 0);
    if (this.#bytes + more > MAX_MEMO_BYTES) return;
    if (of === null) this.#blocks.set(block, (of = { deadCount, results: new Map(), bytes: 0 }));
    of.results.set(key, { value, bytes });
    of.bytes += more;
    this.#bytes += more;
  }

  #held(block: number, deadCount: number): Held | null {
    const found = this.#blocks.get(block);
    if (found === undefined || found.deadCount === deadCount) return found ?? null;
    this.forget(block);
    return null;
  }

  forget(block: number): void {
    const held = this.#blocks.get(block);
    if (held === undefined) return;
    this.#blocks.delete(block);
    this.#bytes -= held.bytes;
  }

  /** Forgets all blocks but these. */
  keepOnly(blocks: { has(block: number): boolean }): void {
    for (const block of this.#blocks.keys()) if (!blocks.has(block)) this.forget(block);
  }
}

/** Those of one block. */
class KeptResults implements BlockMemo {
  readonly #memos: BlockMemos;
  readonly #block: number;
  readonly #deadCount: number;

  constructor(memos: BlockMemos, block: number, deadCount: number) {
    this.#memos = memos;
    this.#block = block;
    this.#deadCount = deadCount;
  }
  get<T>(key: string): T | undefined {
    return this.#memos.get(this.#block, this.#deadCount, key) as T | undefined;
  }
  set(key: string, value: unknown, bytes: number): void {
    this.#memos.set(this.#block, this.#deadCount, key, value, bytes);
  }
}
