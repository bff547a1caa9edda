import { VALUE } from '../blockTypes.ts';
import type { Strings } from '../blockTypes.ts';
import type { AttributeColumn, SpanBlock } from '../blockTypes.ts';

/** Numbers of those keys that any span has, in the order given. */
export function keyNumbers(strings: Strings, keys: readonly string[]): number[] {
  return keys.flatMap((key) => strings.find(key) ?? []);
}

/**
 * One fact of a block's rows that goes by several attribute keys: the first that a row has. Rows are asked for in any
 * order; in ascending order it is a step, else a search.
 */
export class AttributeAccess {
  readonly #columns: readonly AttributeColumn[];
  readonly #at: number[];

  constructor(block: SpanBlock, keys: readonly number[]) {
    this.#columns = keys.flatMap((key) => block.attribute(key) ?? []);
    this.#at = this.#columns.map(() => 0);
  }

  /** No row of the block has it. */
  get isEmpty(): boolean {
    return this.#columns.length === 0;
  }

  /** Rows that have it under any of the keys: ascending in each list. */
  get rows(): readonly Uint32Array[] {
    return this.#columns.map(({ rows }) => rows);
  }

  has(row: number): boolean {
    for (let i = 0; i < this.#columns.length; i += 1) if (this.#place(i, row) >= 0) return true;
    return false;
  }

  /** `null` where the row has none, or one of another type. */
  text(row: number): string | null {
    for (let i = 0; i < this.#columns.length; i += 1) {
      const place = this.#place(i, row);
      if (place < 0) continue;
      const { type, value, texts } = this.#columns[i]!;
      if (type[place] === VALUE.string) return texts[value[place]!]!;
    }
    return null;
  }

  /** Finite and not negative; `null` where the row has no such number. */
  amount(row: number): number | null {
    for (let i = 0; i < this.#columns.length; i += 1) {
      const place = this.#place(i, row);
      if (place < 0) continue;
      const { type, value } = this.#columns[i]!;
      if (type[place] !== VALUE.int && type[place] !== VALUE.float) continue;
      const amount = value[place]!;
      if (amount >= 0 && amount < Infinity) return amount;
    }
    return null;
  }

  isTrue(row: number): boolean {
    for (let i = 0; i < this.#columns.length; i += 1) {
      const place = this.#place(i, row);
      if (place >= 0) return this.#columns[i]!.type[place] === VALUE.true;
    }
    return false;
  }

  #place(i: number, row: number): number {
    const { rows } = this.#columns[i]!;
    let at = this.#at[i]!;
    if (at < rows.length && rows[at]! < row) {
      at += 1;
      if (at < rows.length && rows[at]! < row) at = lowerBound(rows, row, at + 1);
    } else if (at > 0 && rows[at - 1]! >= row) at = lowerBound(rows, row, 0);
    this.#at[i] = at;
    return rows[at] === row ? at : -1;
  }
}

function lowerBound(rows: Uint32Array, row: number, from: number): number {
  // Steps that double first: the next one asked for is seldom far.
  let low = from;
  let step = 1;
  while (low + step < rows.length && rows[low + step]! < row) {
    low += step;
    step *= 2;
  }
  let high = Math.min(rows.length, low + step + 1);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
