/** Reads protobuf's wire form front to back. Every length is checked against the end of the message it is in. */
import { wordHex } from '../../shared/hexWords.ts';
import { restNsOf } from '../../shared/nanoseconds.ts';

export const VARINT = 0;
export const EIGHT_BYTES = 1;
export const LENGTH = 2;
export const FOUR_BYTES = 5;

/** Texts up to this long are looked up before they are decoded: names and keys come again and again. */
const CACHED_BYTES = 48;
const CACHE_SLOTS = 8192;

export class ProtobufCursor {
  readonly bytes: Buffer;
  readonly #view: DataView;
  /** The next byte. */
  at = 0;
  /** Behind the message that is being read. */
  end: number;
  readonly #cached: (string | undefined)[];
  /** Where in `bytes` a cached text stands. */
  readonly #cachedAt: Uint32Array;
  readonly #cachedLength: Uint8Array;
  readonly #mask: number;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.byteLength;
    let slots = 64;
    while (slots < CACHE_SLOTS && slots * 64 < bytes.byteLength) slots *= 2;
    this.#mask = slots - 1;
    this.#cached = new Array<string | undefined>(slots);
    this.#cachedAt = new Uint32Array(slots);
    this.#cachedLength = new Uint8Array(slots);
  }

  /** Begins the message that follows. Returns the end of the one around it, for `leave`. */
  enter(): number {
    const outer = this.end;
    const to = this.#lengthEnd();
    this.end = to;
    return outer;
  }
  /** Goes on behind the message, whatever of it has been read. */
  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** A field's number and type in one, as they are written: `field << 3 | type`. */
  tag(): number {
    const tag = this.varint();
    if (tag < 8 || tag > 0xffffffff) throw new RangeError('a field without a number');
    return tag;
  }

  /** Above 2^53 inexact. */
  varint(): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let left = 10; left > 0; left -= 1) {
      if (this.at >= end) throw new RangeError('cut off');
      const byte = bytes[this.at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new RangeError('a number of more than ten bytes');
  }

  /** A signed 64-bit integer; beyond 2^53 its digits. */
  int64(): number | string {
    const from = this.at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let at = this.at - 1; at >= from; at -= 1) exact = (exact << 7n) | BigInt(this.bytes[at]! & 127);
    return safe(BigInt.asIntN(64, exact));
  }

  /** A signed 64-bit integer of fixed width; beyond 2^53 its digits. */
  sfixed64(): number | string {
    return safe(this.#view.getBigInt64(this.#skip(8), true));
  }
  fixed64(): number {
    const at = this.#skip(8);
    return this.#view.getUint32(at + 4, true) * 4_294_967_296 + this.#view.getUint32(at, true);
  }
  fixed32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }
  double(): number {
    return this.#view.getFloat64(this.#skip(8), true);
  }

  /** What is beyond the milliseconds that `nanos` gave last (`shared/nanoseconds.ts`). */
  restNs = 0;

  /** Nanoseconds since 1970 as epoch milliseconds, as exact as a double is; NaN for zero, which says unknown. */
  nanos(): number {
    const at = this.#skip(8);
    const low = this.#view.getUint32(at, true);
    const high = this.#view.getUint32(at + 4, true);
    this.restNs = 0;
    if ((low | high) === 0) return NaN;
    // 2^32 ns are 4294 ms and 967296 ns.
    const rest = high * 967_296 + low;
    const restMs = Math.floor(rest / 1e6);
    const wholeMs = high * 4294 + restMs;
    const nanos = rest - restMs * 1e6;
    const ms = wholeMs + nanos / 1e6;
    this.restNs = restNsOf(ms, wholeMs, nanos);
    return ms;
  }

  /** The length of what follows, without passing over it. */
  peekLength(): number {
    const { at } = this;
    const length = this.varint();
    this.at = at;
    return length;
  }

  /** An id of so many bytes as hex; `null` (and passed over) for another length or nothing but zeros. */
  id(wanted: 8 | 16): string | null {
    const to = this.#lengthEnd();
    const { at } = this;
    this.at = to;
    if (to - at !== wanted) return null;
    const view = this.#view;
    const a = view.getUint32(at);
    const b = view.getUint32(at + 4);
    if (wanted === 8) return (a | b) === 0 ? null : wordHex(a) + wordHex(b);
    const c = view.getUint32(at + 8);
    const d = view.getUint32(at + 12);
    return (a | b | c | d) === 0 ? null : wordHex(a) + wordHex(b) + wordHex(c) + wordHex(d);
  }

  content(): Buffer {
    const to = this.#lengthEnd();
    const content = this.bytes.subarray(this.at, to);
    this.at = to;
    return content;
  }

  /** What is no UTF-8 becomes U+FFFD. */
  text(): string {
    const to = this.#lengthEnd();
    const { bytes, at } = this;
    const length = to - at;
    this.at = to;
    if (length === 0) return '';
    if (length > CACHED_BYTES) return bytes.toString('utf8', at, to);
    let hash = length;
    for (let i = at; i < to; i += 1) hash = Math.imul(hash, 31) + bytes[i]!;
    const slot = (hash ^ (hash >>> 13)) & this.#mask;
    const known = this.#cached[slot];
    if (known !== undefined && this.#cachedLength[slot] === length) {
      const knownAt = this.#cachedAt[slot]!;
      let i = 0;
      while (i < length && bytes[at + i] === bytes[knownAt + i]) i += 1;
      if (i === length) return known;
    }
    const text = bytes.toString('utf8', at, to);
    this.#cached[slot] = text;
    this.#cachedAt[slot] = at;
    this.#cachedLength[slot] = length;
    return text;
  }

  skip(type: number): void {
    if (type === VARINT) this.varint();
    else if (type === EIGHT_BYTES) this.#skip(8);
    else if (type === LENGTH) this.at = this.#lengthEnd();
    else if (type === FOUR_BYTES) this.#skip(4);
    else throw new RangeError('a field of an unknown type');
  }

  #skip(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.end) throw new RangeError('cut off');
    this.at = at + bytes;
    return at;
  }

  #lengthEnd(): number {
    const length = this.varint();
    const to = this.at + length;
    if (to > this.end) throw new RangeError('cut off');
    return to;
  }
}

function safe(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
