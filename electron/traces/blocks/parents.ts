/** Which row of a block is the parent of which. */
import { NO_PARENT, PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { SpanColumns } from './spanColumns.ts';

/** Rows by trace and span id: open addressing over row numbers. */
export class RowIndex {
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #columns: Pick<SpanColumns, 'trace' | 'spanId'>;

  constructor(columns: Pick<SpanColumns, 'trace' | 'spanId'>, capacity: number) {
    const size = 2 ** Math.max(4, Math.ceil(Math.log2(capacity * 2 + 1)));
    this.#slots = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    this.#columns = columns;
  }

  /** Adds a row, also where one of the same id is there. */
  add(row: number): void {
    const { trace, spanId } = this.#columns;
    let slot = this.#slotOf(trace[row]!, spanId[row * 2]!, spanId[row * 2 + 1]!);
    while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = row;
  }

  /** The rows of an id, in the order in which they were added; `visit` ends it with `true`. */
  each(trace: number, high: number, low: number, visit: (row: number) => boolean): void {
    const { trace: traces, spanId } = this.#columns;
    for (let slot = this.#slotOf(trace, high, low); ; slot = (slot + 1) & this.#mask) {
      const row = this.#slots[slot]!;
      if (row === -1) return;
      if (spanId[row * 2 + 1] === low && spanId[row * 2] === high && traces[row] === trace && visit(row)) {
        return;
      }
    }
  }

  /** The first row of an id; -1 where there is none. */
  find(trace: number, high: number, low: number): number {
    const { trace: traces, spanId } = this.#columns;
    for (let slot = this.#slotOf(trace, high, low); ; slot = (slot + 1) & this.#mask) {
      const row = this.#slots[slot]!;
      if (row === -1) return -1;
      if (spanId[row * 2 + 1] === low && spanId[row * 2] === high && traces[row] === trace) return row;
    }
  }

  #slotOf(trace: number, high: number, low: number): number {
    let mixed = Math.imul(low ^ Math.imul(trace, 0x9e3779b1), 0x85ebca6b) ^ high;
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 13)) & this.#mask;
  }
}

/**
 * Rows of the parents, cycles cut at the row that comes first in the block. Of several spans with the parent's id
 * (clocks and recorders differ) the one that came first in the block.
 */
export function parentRows(
  columns: Pick<SpanColumns, 'count' | 'trace' | 'spanId' | 'parentId'>,
  dead: Uint8Array | null = null,
): { readonly parent: Int32Array; readonly isCut: Uint8Array | null } {
  const { count, trace, parentId } = columns;
  const index = new RowIndex(columns, count);
  for (let row = 0; row < count; row += 1) if (dead?.[row] !== 1) index.add(row);
  const parent = new Int32Array(count);
  let isSorted = true;
  for (let row = 0; row < count; row += 1) {
    const high = parentId[row * 2]!;
    const low = parentId[row * 2 + 1]!;
    if ((high | low) === 0) parent[row] = NO_PARENT;
    else {
      const found = index.find(trace[row]!, high, low);
      parent[row] = found === -1 ? PARENT_ELSEWHERE : found;
      if (found >= row) isSorted = false;
    }
  }
  // Parents that all come before their children make no cycle.
  return { parent, isCut: isSorted ? null : cutCycles(parent) };
}

/** Makes roots of one row of each cycle. Returns which, `null` where there is no cycle. */
function cutCycles(parent: Int32Array): Uint8Array | null {
  const state = new Int32Array(parent.length);
  let isCut: Uint8Array | null = null;
  for (let from = 0; from < parent.length; from += 1) {
    let row = from;
    while (row >= 0 && state[row] === 0) {
      state[row] = from + 1;
      row = parent[row]!;
    }
    if (row < 0 || state[row] !== from + 1) continue;
    let first = row;
    for (let at = parent[row]!; at !== row; at = parent[at]!) first = Math.min(first, at);
    parent[first] = NO_PARENT;
    isCut ??= new Uint8Array(parent.length);
    isCut[first] = 1;
  }
  return isCut;
}
