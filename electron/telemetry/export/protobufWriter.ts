/** Writes protobuf's wire format into one growing buffer, front to back. */
import { ByteBuffer } from './byteBuffer.ts';
import type { OtlpWriter } from './otlpWriter.ts';
import { unixNanos } from './unixNanos.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const TWO_32 = 2 ** 32;

/** Up to here a loop over the characters beats the call into native code. */
const SHORT_TEXT = 40;

/** Values of hex digits by character code. */
const NIBBLES = new Uint8Array(128);
for (let value = 0; value < 16; value += 1) {
  NIBBLES[value.toString(16).charCodeAt(0)] = value;
  NIBBLES[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

export class ProtobufWriter implements OtlpWriter {
  readonly #out = new ByteBuffer();
  /** Where the messages begin that are open, outermost first. */
  readonly #starts: number[] = [];

  string(field: number, _name: string, value: string): void {
    this.#tag(field, BYTES);
    const { length } = value;
    if (length < SHORT_TEXT) {
      this.#out.reserve(SHORT_TEXT);
      const bytes = this.#out.bytes;
      const start = this.#out.at + 1;
      let index = 0;
      for (; index < length; index += 1) {
        const code = value.charCodeAt(index);
        if (code > 127) break;
        bytes[start + index] = code;
      }
      if (index === length) {
        bytes[this.#out.at] = length;
        this.#out.at = start + length;
        return;
      }
    }
    const size = Buffer.byteLength(value);
    this.#varint(size);
    this.#out.reserve(size);
    this.#out.at += this.#out.bytes.write(value, this.#out.at);
  }

  id(field: number, _name: string, hex: string): void {
    this.#tag(field, BYTES);
    const size = hex.length >> 1;
    this.#out.reserve(size + 1);
    const bytes = this.#out.bytes;
    let at = this.#out.at;
    bytes[at++] = size;
    for (let digit = 0; digit < size * 2; digit += 2)
      bytes[at++] = (NIBBLES[hex.charCodeAt(digit)]! << 4) | NIBBLES[hex.charCodeAt(digit + 1)]!;
    this.#out.at = at;
  }

  time(field: number, _name: string, epochMs: number, restNs?: number): void {
    const { wholeMs, nanos } = unixNanos(epochMs, restNs);
    // 2^32 ms times 10^6 still fits the 53 bits of a double.
    const low = (wholeMs % TWO_32) * 1e6 + nanos;
    const high = Math.floor(wholeMs / TWO_32) * 1e6 + Math.floor(low / TWO_32);
    this.#fixed64(field, low % TWO_32, high);
  }

  /** Epoch nanoseconds in digits. */
  nanos(field: number, digits: string): void {
    const value = BigInt(digits);
    this.#fixed64(field, Number(value & 0xffff_ffffn), Number(value >> 32n));
  }

  int64(field: number, _name: string, value: number): void {
    this.#tag(field, VARINT);
    if (value >= 0 && value < TWO_32) return this.#varint(value);
    // Both halves of the two's complement: `>>>` takes a double modulo 2^32, exactly.
    let low = value >>> 0;
    let high = Math.floor(value / TWO_32) >>> 0;
    this.#out.reserve(10);
    while (high > 0 || low > 127) {
      this.#out.bytes[this.#out.at++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#out.bytes[this.#out.at++] = low;
  }

  count64(field: number, _name: string, value: number): void {
    this.#fixed64(field, value % TWO_32, Math.floor(value / TWO_32));
  }

  uint32(field: number, _name: string, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  bits32(field: number, _name: string, value: number): void {
    this.#tag(field, FIXED32);
    this.#out.reserve(4);
    this.#out.view.setUint32(this.#out.at, value, true);
    this.#out.at += 4;
  }

  double(field: number, _name: string, value: number): void {
    this.#tag(field, FIXED64);
    this.#out.reserve(8);
    this.#out.view.setFloat64(this.#out.at, value, true);
    this.#out.at += 8;
  }

  bool(field: number, _name: string, value: boolean): void {
    this.uint32(field, '', value ? 1 : 0);
  }

  counts64(field: number, _name: string, values: readonly number[]): void {
    if (values.length === 0) return;
    this.#packed(field, values.length);
    for (const value of values) {
      this.#out.view.setUint32(this.#out.at, value % TWO_32, true);
      this.#out.view.setUint32(this.#out.at + 4, Math.floor(value / TWO_32), true);
      this.#out.at += 8;
    }
  }

  doubles(field: number, _name: string, values: readonly number[]): void {
    if (values.length === 0) return;
    this.#packed(field, values.length);
    for (const value of values) {
      this.#out.view.setFloat64(this.#out.at, value, true);
      this.#out.at += 8;
    }
  }

  /** One byte is kept for the length; what is longer moves up when it is closed. */
  open(field: number): void {
    this.#tag(field, BYTES);
    this.#out.reserve(1);
    this.#out.at += 1;
    this.#starts.push(this.#out.at);
  }

  close(): void {
    const start = this.#starts.pop()!;
    const size = this.#out.at - start;
    if (size < 128) {
      this.#out.bytes[start - 1] = size;
      return;
    }
    const moved = varintBytes(size) - 1;
    this.#out.reserve(moved);
    this.#out.bytes.copyWithin(start + moved, start, this.#out.at);
    this.#out.at = start - 1;
    this.#varint(size);
    this.#out.at += size;
  }

  /** Repeated messages follow each other with the same tag: a list is nothing of its own. */
  list(): void {}
  endList(): void {}
  item(field: number): void {
    this.open(field);
  }

  /** What was written, as a copy; the writer begins anew. */
  finish(): Uint8Array {
    this.#starts.length = 0;
    return this.#out.take();
  }

  /** Forgets what was written, also where that ended in the middle. */
  reset(): void {
    this.#starts.length = 0;
    this.#out.reset();
  }

  #tag(field: number, wire: number): void {
    this.#varint((field << 3) | wire);
  }

  /** @param value below 2^32 */
  #varint(value: number): void {
    this.#out.reserve(5);
    let rest = value;
    while (rest > 127) {
      this.#out.bytes[this.#out.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#out.bytes[this.#out.at++] = rest;
  }

  #fixed64(field: number, low: number, high: number): void {
    this.#tag(field, FIXED64);
    this.#out.reserve(8);
    this.#out.view.setUint32(this.#out.at, low, true);
    this.#out.view.setUint32(this.#out.at + 4, high, true);
    this.#out.at += 8;
  }

  #packed(field: number, count: number): void {
    this.#tag(field, BYTES);
    this.#varint(count * 8);
    this.#out.reserve(count * 8);
  }
}

function varintBytes(value: number): number {
  return value < 2 ** 7 ? 1 : value < 2 ** 14 ? 2 : value < 2 ** 21 ? 3 : value < 2 ** 28 ? 4 : 5;
}
