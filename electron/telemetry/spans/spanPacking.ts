/** A block of spans in the making, whose strings are numbers of the ring's table. */
import { SpanWriter } from '../../../shared/spanWriter.ts';
import type { InternTable } from './internTable.ts';
import type { Shape } from './spanShapes.ts';

export class SpanPacking {
  readonly writer = new SpanWriter();
  readonly #strings: InternTable;
  // Which string of the block stands for an interned one: valid where the stamp is the block's.
  #stamps = new Uint32Array(1024);
  #indexes = new Uint32Array(1024);
  #stamp = 0;
  #shapeKeys = new Map<number, Uint32Array>();
  #openTraces = new Map<string, number>();

  constructor(strings: InternTable) {
    this.#strings = strings;
  }

  begin(): void {
    this.#stamp += 1;
    this.#shapeKeys = new Map();
    this.#openTraces = new Map();
    const { limit } = this.#strings;
    if (this.#stamps.length < limit) {
      this.#stamps = new Uint32Array(limit * 2);
      this.#indexes = new Uint32Array(limit * 2);
    }
  }
  finish(): Uint8Array {
    return this.writer.finish();
  }

  string(id: number): number {
    if (this.#stamps[id] !== this.#stamp) {
      this.#stamps[id] = this.#stamp;
      this.#indexes[id] = this.writer.string(this.#strings.text(id));
    }
    return this.#indexes[id]!;
  }
  trace(id: number): number {
    if (this.#stamps[id] !== this.#stamp) {
      this.#stamps[id] = this.#stamp;
      this.#indexes[id] = this.writer.trace(this.#strings.text(id));
    }
    return this.#indexes[id]!;
  }
  /** Of an open span: its trace is in no table. */
  traceOf(traceId: string): number {
    let index = this.#openTraces.get(traceId);
    if (index === undefined) this.#openTraces.set(traceId, (index = this.writer.trace(traceId)));
    return index;
  }
  keysOf(shape: Shape): Uint32Array {
    let keys = this.#shapeKeys.get(shape.id);
    if (keys === undefined) {
      keys = Uint32Array.from(shape.keys, (key) => this.writer.intern(key));
      this.#shapeKeys.set(shape.id, keys);
    }
    return keys;
  }
}
