/** Numbers and texts as bytes, and back: what the columns of a block are written with. */

/** Bytes of a chunk that cannot be what was written: the file is damaged. */
export class ChunkError extends Error {
  /** SQLite's own word for it, so that the file is set aside as any damaged one. */
  readonly code = 'SQLITE_CORRUPT_CHUNK';
  constructor(message: string) {
    super(message);
    this.name = 'ChunkError';
  }
}

/** Grows as it is written; `take` hands out a copy and begins anew. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const next = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(next, 0, 0, this.#at);
    this.#bytes = next;
  }
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }
  /** A whole number from 0 to 2 ** 53. */
  varint(value: number): void {
    this.#reserve(8);
    const bytes = this.#bytes;
    let at = this.#at;
    while (value > 0x7fffffff) {
      bytes[at++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    while (value > 127) {
      bytes[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.#at = at;
  }
  /** A whole number of either sign, up to 2 ** 52. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }
  float(value: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }
  word(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }
  /** Texts with their lengths in UTF-16 units, so that lone surrogates come back as they were. */
  texts(texts: readonly string[]): void {
    this.varint(texts.length);
    for (const text of texts) this.varint(text.length);
    const all = texts.join('');
    const isWhole = isWellFormed(all);
    const bytes = isWhole ? Buffer.byteLength(all) : all.length * 2;
    this.varint(bytes * 2 + (isWhole ? 0 : 1));
    this.#reserve(bytes);
    this.#at += this.#bytes.write(all, this.#at, isWhole ? 'utf8' : 'utf16le');
  }
  take(): Uint8Array {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return bytes;
  }
}

/** Whether no surrogate stands alone. (Node has had it since version 20, its type comes with a later library.) */
function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** Reads front to back. @throws ChunkError beyond the end */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }
  #pass(bytes: number): number {
    const from = this.#at;
    if (from + bytes > this.#bytes.length) throw new ChunkError('A chunk is cut short.');
    this.#at = from + bytes;
    return from;
  }
  byte(): number {
    return this.#bytes[this.#pass(1)]!;
  }
  /** The next byte, which stays the next. */
  peek(): number {
    return this.#bytes[this.#at] ?? 0;
  }
  varint(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at++]!;
    let value = byte & 127;
    if (byte > 127) {
      byte = bytes[at++]!;
      value |= (byte & 127) << 7;
      if (byte > 127) {
        byte = bytes[at++]!;
        value |= (byte & 127) << 14;
        if (byte > 127) {
          byte = bytes[at++]!;
          value |= (byte & 127) << 21;
          for (let scale = 2 ** 28; byte > 127; scale *= 128) {
            byte = bytes[at++]!;
            value += (byte & 127) * scale;
          }
        }
      }
    }
    if (at > bytes.length) throw new ChunkError('A chunk is cut short.');
    this.#at = at;
    return value;
  }
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  /** As many as `into` has room for; as steps from one to the next where `isDelta`. */
  zigzags(into: Float64Array, isDelta: boolean): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let last = 0;
    for (let i = 0; i < into.length; i += 1) {
      let raw = bytes[at++]!;
      if (raw > 127) {
        const second = bytes[at++]!;
        raw = (raw & 127) | ((second & 127) << 7);
        if (second > 127) {
          const third = bytes[at++]!;
          raw |= (third & 127) << 14;
          if (third > 127) {
            // Longer ones are few: read again, by the way that takes any length.
            this.#at = at - 3;
            const value = this.zigzag();
            at = this.#at;
            into[i] = isDelta ? (last += value) : value;
            continue;
          }
        }
      }
      const value = (raw >>> 1) ^ -(raw & 1);
      into[i] = isDelta ? (last += value) : value;
    }
    if (at > bytes.length) throw new ChunkError('A chunk is cut short.');
    this.#at = at;
  }
  float(): number {
    return this.#bytes.readDoubleLE(this.#pass(8));
  }
  word(): number {
    return this.#bytes.readUInt32LE(this.#pass(4));
  }
  bytes(count: number): Uint8Array {
    const from = this.#pass(count);
    return this.#bytes.subarray(from, from + count);
  }
  texts(): string[] {
    const count = this.varint();
    if (count > this.#bytes.length - this.#at) throw new ChunkError('A chunk is cut short.');
    const lengths = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) lengths[i] = this.varint();
    const tag = this.varint();
    const bytes = Math.floor(tag / 2);
    const from = this.#pass(bytes);
    const all = this.#bytes.toString(tag % 2 === 0 ? 'utf8' : 'utf16le', from, from + bytes);
    const texts = new Array<string>(count);
    let at = 0;
    for (let i = 0; i < count; i += 1) texts[i] = all.slice(at, (at += lengths[i]!));
    if (at !== all.length) throw new ChunkError('A text is cut short.');
    return texts;
  }
}

/** Bits that numbers below `limit` take. */
export function bitsFor(limit: number): number {
  return limit <= 1 ? 0 : 32 - Math.clz32(limit - 1);
}

/** Numbers of `width` bits each (at most 24), the first in the lowest bits. */
export function packBits(into: ByteWriter, values: Uint32Array, count: number, width: number): void {
  if (width === 0) return;
  const bytes = new Uint8Array(Math.ceil((count * width) / 8));
  let at = 0;
  let held = 0;
  let bits = 0;
  for (let i = 0; i < count; i += 1) {
    held |= values[i]! << bits;
    bits += width;
    while (bits >= 8) {
      bytes[at++] = held & 255;
      held >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) bytes[at] = held & 255;
  into.bytes(bytes);
}

/**
 * What `packBits` wrote.
 * @param values - where they go; not given: an array that the next call writes to again
 */
export function unpackBits(
  from: ByteReader,
  count: number,
  width: number,
  values = passing(count),
): Uint32Array {
  if (width === 0) return values.fill(0, 0, count);
  if (width > 24) throw new ChunkError('A number has too many bits.');
  const bytes = from.bytes(Math.ceil((count * width) / 8));
  // Each number is cut out of four bytes, as long as there are four.
  const inside = Math.min(count, Math.max(0, Math.floor(((bytes.length - 3) * 8) / width)));
  const mask = 2 ** width - 1;
  let bit = 0;
  for (let i = 0; i < inside; i += 1, bit += width) {
    const at = bit >>> 3;
    const held = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    values[i] = (held >>> (bit & 7)) & mask;
  }
  const rest = bitsAt(bytes, width);
  for (let i = inside; i < count; i += 1) values[i] = rest(i);
  return values;
}

/** Most columns are made of numbers that are looked at once: memory that is new each time costs more than reading them. */
let passingNumbers = new Uint32Array(0);
function passing(count: number): Uint32Array {
  if (passingNumbers.length < count) passingNumbers = new Uint32Array(Math.max(count, 20_480));
  return passingNumbers;
}

function bitsAt(bytes: Uint8Array, width: number): (i: number) => number {
  const mask = 2 ** width - 1;
  return (i) => {
    const bit = i * width;
    const at = bit >>> 3;
    const held =
      bytes[at]! | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    return (held >>> (bit & 7)) & mask;
  };
}

/** The same of single ones, without the others: `at(i)` for `i` below `count`. */
export function openBits(from: ByteReader, count: number, width: number): (i: number) => number {
  if (width === 0) return () => 0;
  if (width > 24) throw new ChunkError('A number has too many bits.');
  return bitsAt(from.bytes(Math.ceil((count * width) / 8)), width);
}
