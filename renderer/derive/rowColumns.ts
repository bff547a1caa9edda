/** What every span has, as columns: about 80 B a row. Read by row, or many rows of a trace at once. */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { SpanKind, SpanStatus } from '../../shared/span.ts';
import { F64Column, I32Column, U32Column, U8Column } from './chunkedColumn.ts';
import type { TraceRows } from './heldTraces.ts';
import { NamePool } from './namePool.ts';
import { SpanIndex } from './spanIndex.ts';

/** Columns that `readRows` fills, one entry a span of the trace. */
export type SpanColumns = {
  /** Epoch milliseconds. */
  readonly startMs: Float64Array;
  /** Epoch milliseconds; NaN while open. */
  readonly endMs: Float64Array;
  /** Place of the parent among the trace's rows; -1 for none, -2 where it is not held. */
  readonly parent: Int32Array;
  /** Name number. */
  readonly name: Int32Array;
  /** `SPAN_STATE` bits. */
  readonly state: Uint8Array;
};
export const SPAN_STATE = { error: 1, duplicate: 2 } as const;

const STATUS_SHIFT = 3;
export const HAS_PARENT = 1 << 5;
export const DUPLICATE = 1 << 7;
const ERROR_STATUS = SPAN_STATUSES.indexOf('error');
/** `SPAN_STATE` of a row's bits. */
const STATE_OF_BITS = Uint8Array.from(
  { length: 256 },
  (_, bits) =>
    (isErrorBits(bits) ? SPAN_STATE.error : 0) | ((bits & DUPLICATE) !== 0 ? SPAN_STATE.duplicate : 0),
);

/** Whether a row's bits, or a packed span's flags, say that it failed. */
export function isErrorBits(bits: number): boolean {
  return ((bits >> STATUS_SHIFT) & 3) === ERROR_STATUS;
}

export class RowColumns {
  protected readonly start = new F64Column();
  /** NaN while open. */
  protected readonly end = new F64Column();
  protected readonly idHigh = new U32Column();
  protected readonly idLow = new U32Column();
  protected readonly parentHigh = new U32Column();
  protected readonly parentLow = new U32Column();
  /** -1 for a root, and while the parent is not found. */
  protected readonly above = new I32Column();
  protected readonly nameNo = new I32Column();
  /** Slot of the trace. */
  protected readonly slot = new I32Column();
  protected readonly position = new I32Column();
  /** Kind, status, `HAS_PARENT` and `DUPLICATE`. */
  protected readonly bits = new U8Column();
  protected readonly origin = new I32Column();
  protected readonly names = new NamePool();
  protected readonly index = new SpanIndex({ trace: this.slot, idHigh: this.idHigh, idLow: this.idLow });

  /** The row of a span's parent; -1 for a root and where the parent is not held. */
  parentRow(row: number): number {
    const known = this.above.get(row);
    if (known >= 0 || !this.hasParent(row)) return known;
    // It may have come after its child.
    const { index } = this;
    const found = index.findParent(this.slot.get(row), this.parentHigh.get(row), this.parentLow.get(row));
    this.above.set(row, found);
    return found;
  }

  hasParent(row: number): boolean {
    return (this.bits.get(row) & HAS_PARENT) !== 0;
  }
  isDuplicate(row: number): boolean {
    return (this.bits.get(row) & DUPLICATE) !== 0;
  }
  kind(row: number): SpanKind {
    return SPAN_KINDS[this.bits.get(row) & 7]!;
  }
  protected status(row: number): SpanStatus {
    return SPAN_STATUSES[(this.bits.get(row) >> STATUS_SHIFT) & 3]!;
  }
  isError(row: number): boolean {
    return isErrorBits(this.bits.get(row));
  }
  /** Epoch milliseconds. */
  startMs(row: number): number {
    return this.start.get(row);
  }
  /** Epoch milliseconds; NaN while the span is open. */
  endMs(row: number): number {
    return this.end.get(row);
  }
  name(row: number): string {
    return this.names.names[this.nameNo.get(row)]!;
  }
  nameId(row: number): number {
    return this.nameNo.get(row);
  }
  /** Above every number that `nameId` returns. */
  get nameCount(): number {
    return this.names.count;
  }
  nameOf(nameId: number): string {
    return this.names.names[nameId]!;
  }
  /** Place of a row among its trace's rows. */
  positionOf(row: number): number {
    return this.position.get(row);
  }

  /** Reads the trace's rows from place `from` on, as many as the columns hold: several times as fast as one by one. */
  readRows({ rows }: TraceRows, from: number, into: SpanColumns): void {
    const { startMs, endMs, parent, name, state } = into;
    const count = startMs.length;
    if (rows.isRun && count > 0) {
      const first = rows.get(0);
      this.start.read(first + from, startMs);
      this.end.read(first + from, endMs);
      this.nameNo.read(first + from, name);
      this.above.read(first + from, parent);
      this.bits.read(first + from, state);
      for (let i = 0; i < count; i += 1) {
        const bits = state[i]!;
        state[i] = STATE_OF_BITS[bits]!;
        const above = parent[i]!;
        if (above >= 0) parent[i] = above - first;
        else if ((bits & HAS_PARENT) !== 0) parent[i] = this.#parentPlace(first + from + i);
      }
      return;
    }
    for (let i = 0; i < count; i += 1) {
      const row = rows.get(from + i);
      const bits = this.bits.get(row);
      startMs[i] = this.start.get(row);
      endMs[i] = this.end.get(row);
      name[i] = this.nameNo.get(row);
      state[i] = STATE_OF_BITS[bits]!;
      parent[i] = (bits & HAS_PARENT) === 0 ? -1 : this.#parentPlace(row);
    }
  }

  #parentPlace(row: number): number {
    const above = this.parentRow(row);
    return above < 0 ? -2 : this.position.get(above);
  }

  /** Room in every column at once: eleven columns pushed one by one are half of what a span costs. */
  protected reserveColumns(rows: number): void {
    for (const column of [this.start, this.end]) column.reserve(rows);
    for (const column of [this.idHigh, this.idLow, this.parentHigh, this.parentLow]) column.reserve(rows);
    const numbers = [this.above, this.nameNo, this.slot, this.position, this.origin];
    for (const column of numbers) column.reserve(rows);
    this.bits.reserve(rows);
  }

  protected columnBytes(): number {
    let bytes = this.start.bytes() + this.end.bytes() + this.bits.bytes();
    for (const column of [this.idHigh, this.idLow, this.parentHigh, this.parentLow]) bytes += column.bytes();
    const numbers = [this.above, this.nameNo, this.slot, this.position, this.origin];
    for (const column of numbers) bytes += column.bytes();
    return bytes;
  }
}
