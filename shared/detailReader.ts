/** Attributes, events and links as they lie in a packed block (spanFormat.ts). */
import { wordHex } from './hexWords.ts';
import type { PackedStrings } from './packedStrings.ts';
import { SpanCodecError, TYPE } from './spanFormat.ts';
import type { Attributes, AttributeValue, SpanEvent, SpanLink } from './span.ts';

/** Takes the attributes of a span as they stand in a block: keys and texts are places in `PackedSpans.strings`. */
export interface AttributeSink {
  text(key: number, text: number): unknown;
  number(key: number, value: number): unknown;
  boolean(key: number, value: boolean): unknown;
  list(key: number, values: AttributeValue): unknown;
}

/** What few spans have. */
export type Extras = {
  readonly statusMessage: string | null;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};
export const NO_EXTRAS: Extras = { statusMessage: null, events: [], links: [] };

/** Reads details front to back and never beyond the end of the one it is in. */
export class DetailReader {
  readonly #bytes: Uint8Array;
  readonly #strings: PackedStrings;
  readonly #view: DataView;
  #at = 0;
  #end = 0;

  constructor(bytes: Uint8Array, strings: PackedStrings) {
    this.#bytes = bytes;
    this.#strings = strings;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }
  get length(): number {
    return this.#bytes.length;
  }
  /** Goes to where a detail begins; it ends where it ends. */
  seek(at: number): void {
    if (at > this.#bytes.length) throw new SpanCodecError('A detail lies outside the block.');
    this.#at = at;
    this.#end = this.#bytes.length;
  }
  enter(end: number): void {
    if (end < this.#at || end > this.#bytes.length)
      throw new SpanCodecError('A detail lies outside the block.');
    this.#end = end;
  }
  leave(): void {
    if (this.#at !== this.#end) throw new SpanCodecError('A detail is longer than what it says.');
  }

  visit(sink: AttributeSink): void {
    for (let left = this.count(1); left > 0; left -= 1) {
      const tag = this.varint();
      const key = Math.floor(tag / 8);
      if (key >= this.#strings.length) throw new SpanCodecError('An attribute has no name.');
      const type = tag % 8;
      if (type === TYPE.text) {
        const text = this.varint();
        if (text >= this.#strings.length) throw new SpanCodecError('A string is missing.');
        sink.text(key, text);
      } else if (type === TYPE.int) {
        const raw = this.varint();
        sink.number(key, (raw >>> 1) ^ -(raw & 1));
      } else if (type === TYPE.float) sink.number(key, this.#float());
      else if (type === TYPE.false || type === TYPE.true) sink.boolean(key, type === TYPE.true);
      else sink.list(key, this.#value(type));
    }
  }

  attributes(): Attributes {
    const count = this.count(1);
    const attributes: Record<string, AttributeValue> = {};
    for (let i = 0; i < count; i += 1) {
      const tag = this.varint();
      const key = this.string(Math.floor(tag / 8));
      const value = this.#value(tag % 8);
      if (key === '__proto__') {
        Object.defineProperty(attributes, key, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else attributes[key] = value;
    }
    return attributes;
  }

  extras(): Extras {
    const message = this.varint();
    const statusMessage = message === 0 ? null : this.string(message - 1);
    const events: SpanEvent[] = [];
    for (let left = this.count(10); left > 0; left -= 1) {
      const tag = this.varint();
      const name = this.string(Math.floor(tag / 2));
      const timeMs = this.#float();
      if (!Number.isFinite(timeMs)) throw new SpanCodecError('An event has no time.');
      if (tag % 2 === 0) events.push({ name, timeMs, attributes: this.attributes() });
      else {
        const raw = this.varint();
        events.push({ name, timeMs, timeRestNs: (raw >>> 1) ^ -(raw & 1), attributes: this.attributes() });
      }
    }
    const links: SpanLink[] = [];
    for (let left = this.count(25); left > 0; left -= 1) {
      const traceId = this.#hex() + this.#hex() + this.#hex() + this.#hex();
      const spanId = this.#hex() + this.#hex();
      links.push({ traceId, spanId, attributes: this.attributes() });
    }
    return { statusMessage, events, links };
  }

  #value(type: number): AttributeValue {
    if (type === TYPE.text) return this.string(this.varint());
    if (type === TYPE.int) {
      const raw = this.varint();
      return (raw >>> 1) ^ -(raw & 1);
    }
    if (type === TYPE.float) return this.#float();
    if (type === TYPE.false) return false;
    if (type === TYPE.true) return true;
    if (type === TYPE.numbers) return Array.from({ length: this.count(8) }, () => this.#float());
    if (type === TYPE.texts) return Array.from({ length: this.count(1) }, () => this.string(this.varint()));
    return Array.from({ length: this.count(1) }, () => this.#byte() !== 0);
  }
  textOrNull(): string | null {
    const index = this.varint();
    return index === 0 ? null : this.string(index - 1);
  }
  string(index: number): string {
    return this.#strings.text(index);
  }
  /** A count of things that take at least so many bytes each: more than fit are refused before any is made. */
  count(bytesEach: number): number {
    const count = this.varint();
    if (count * bytesEach > this.#end - this.#at)
      throw new SpanCodecError('A list is longer than its bytes.');
    return count;
  }
  /** So many numbers of 16 bits. */
  shorts(count: number): Int16Array {
    const to = this.#at + count * 2;
    if (to > this.#end) throw new SpanCodecError('A detail is cut short.');
    const shorts = new Int16Array(count);
    new Uint8Array(shorts.buffer).set(this.#bytes.subarray(this.#at, to));
    this.#at = to;
    return shorts;
  }
  #byte(): number {
    if (this.#at >= this.#end) throw new SpanCodecError('A detail is cut short.');
    return this.#bytes[this.#at++]!;
  }
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new SpanCodecError('A number is too large.');
  }
  #float(): number {
    if (this.#end - this.#at < 8) throw new SpanCodecError('A detail is cut short.');
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }
  #hex(): string {
    if (this.#end - this.#at < 4) throw new SpanCodecError('A detail is cut short.');
    this.#at += 4;
    return wordHex(this.#view.getUint32(this.#at - 4, true));
  }
}
