import { I16Column } from './chunkedColumn.ts';

/** Nanoseconds that the times of rows have beyond their floats (shared/nanoseconds.ts). Nothing is held until a row has any. */
export class SpanRests {
  readonly #start = new I16Column();
  readonly #end = new I16Column();

  startNs(row: number): number {
    return row < this.#start.length ? this.#start.get(row) : 0;
  }
  endNs(row: number): number {
    return row < this.#end.length ? this.#end.get(row) : 0;
  }

  /** Replaces what a row had. */
  set(row: number, startNs: number, endNs: number): void {
    if (row >= this.#start.length) {
      if (startNs === 0 && endNs === 0) return;
      this.#start.reserve(row + 1);
      this.#end.reserve(row + 1);
    }
    this.#start.set(row, startNs);
    this.#end.set(row, endNs);
  }

  bytes(): number {
    return this.#start.bytes() + this.#end.bytes();
  }
}
