/**
 * Columns that grow by whole chunks: no element is ever copied to grow, so appending to a million rows costs
 * what appending to ten does (doubling one array costs 20-35 ms at that size).
 */
const CHUNK_BITS = 14;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;

type Numbers = Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Uint8Array;

/** What is done by the chunk. */
abstract class Column<A extends Numbers> {
  readonly chunks: A[] = [];
  length = 0;

  protected abstract make(length: number): A;

  /** Makes the column at least `length` long; what is new is 0 or left from before `clear`. */
  reserve(length: number): void {
    while (this.chunks.length << CHUNK_BITS < length) this.chunks.push(this.make(1 << CHUNK_BITS));
    if (length > this.length) this.length = length;
  }

  /** Adds values at the end, a chunk at a time. */
  append(values: Numbers): void {
    let at = this.length;
    this.reserve(at + values.length);
    for (let from = 0; from < values.length;) {
      const room = (1 << CHUNK_BITS) - (at & CHUNK_MASK);
      const part = values.subarray(from, from + room);
      this.chunks[at >> CHUNK_BITS]!.set(part, at & CHUNK_MASK);
      from += part.length;
      at += part.length;
    }
  }

  /** Adds values at the end and keeps them: nothing but their end is copied where the column is empty. */
  take(values: A): void {
    if (this.length > 0) return this.append(values);
    const whole = values.length >> CHUNK_BITS;
    if (whole > 0) this.chunks.length = 0;
    for (let chunk = 0; chunk < whole; chunk += 1)
      this.chunks.push(values.subarray(chunk << CHUNK_BITS, (chunk + 1) << CHUNK_BITS) as A);
    this.length = whole << CHUNK_BITS;
    this.append(values.subarray(this.length));
  }

  /** Fills `into` with the values from `from` on, a chunk at a time. */
  read(from: number, into: Numbers): void {
    for (let at = 0; at < into.length;) {
      const place = (from + at) & CHUNK_MASK;
      const part = this.chunks[(from + at) >> CHUNK_BITS]!.subarray(place, place + into.length - at);
      into.set(part, at);
      at += part.length;
    }
  }

  /** Forgets all values; one chunk is kept for the next ones. */
  clear(): void {
    const [first] = this.chunks;
    // One that is part of a longer array holds all of that.
    const isOwn = first !== undefined && first.buffer.byteLength === first.byteLength;
    this.chunks.length = isOwn ? 1 : 0;
    this.length = 0;
  }

  bytes(): number {
    return this.chunks.length * (this.chunks[0]?.byteLength ?? 0);
  }
}

/*
 * What is done by the element stands in each class by itself. A method that is shared, or made by a function for each
 * class, has one record of the types it met: with five of them every access is looked up anew, and filling a table
 * takes more than twice as long.
 */
export class F64Column extends Column<Float64Array> {
  get(index: number): number {
    return this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK]!;
  }
  /** `index` must be below `length`. */
  set(index: number, value: number): void {
    this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
  }
  protected make(length: number): Float64Array {
    return new Float64Array(length);
  }
}

export class I32Column extends Column<Int32Array> {
  get(index: number): number {
    return this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK]!;
  }
  /** `index` must be below `length`. */
  set(index: number, value: number): void {
    this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
  }
  push(value: number): void {
    const index = this.length;
    if (index >> CHUNK_BITS === this.chunks.length) this.chunks.push(this.make(1 << CHUNK_BITS));
    this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
    this.length = index + 1;
  }
  protected make(length: number): Int32Array {
    return new Int32Array(length);
  }
}

export class U32Column extends Column<Uint32Array> {
  get(index: number): number {
    return this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK]!;
  }
  /** `index` must be below `length`. */
  set(index: number, value: number): void {
    this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
  }
  protected make(length: number): Uint32Array {
    return new Uint32Array(length);
  }
}

export class I16Column extends Column<Int16Array> {
  get(index: number): number {
    return this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK]!;
  }
  /** `index` must be below `length`. */
  set(index: number, value: number): void {
    this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
  }
  protected make(length: number): Int16Array {
    return new Int16Array(length);
  }
}

export class U16Column extends Column<Uint16Array> {
  get(index: number): number {
    return this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK]!;
  }
  /** `index` must be below `length`. */
  set(index: number, value: number): void {
    this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
  }
  protected make(length: number): Uint16Array {
    return new Uint16Array(length);
  }
}

export class U8Column extends Column<Uint8Array> {
  get(index: number): number {
    return this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK]!;
  }
  /** `index` must be below `length`. */
  set(index: number, value: number): void {
    this.chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
  }
  protected make(length: number): Uint8Array {
    return new Uint8Array(length);
  }
}

/** A list of small whole numbers for one trace: starts with a few bytes, then grows by chunks. */
export class RowList {
  #small = new Int32Array(8);
  #chunks: Int32Array[] = [];
  length = 0;
  /** Each number is one more than the one before it. */
  isRun = true;

  get(index: number): number {
    return this.#chunks.length === 0
      ? this.#small[index]!
      : this.#chunks[index >> CHUNK_BITS]![index & CHUNK_MASK]!;
  }

  push(value: number): void {
    const index = this.length;
    if (this.isRun && index > 0 && value !== this.get(0) + index) this.isRun = false;
    this.length = index + 1;
    if (this.#chunks.length === 0) {
      if (index < this.#small.length) {
        this.#small[index] = value;
        return;
      }
      const larger = new Int32Array(Math.min(1 << CHUNK_BITS, this.#small.length * 4));
      larger.set(this.#small);
      if (larger.length < 1 << CHUNK_BITS) {
        this.#small = larger;
        larger[index] = value;
        return;
      }
      this.#small = new Int32Array(0);
      this.#chunks.push(larger);
    }
    if (index >> CHUNK_BITS === this.#chunks.length) this.#chunks.push(new Int32Array(1 << CHUNK_BITS));
    this.#chunks[index >> CHUNK_BITS]![index & CHUNK_MASK] = value;
  }

  bytes(): number {
    return this.#small.byteLength + this.#chunks.length * 4 * (1 << CHUNK_BITS);
  }
}
