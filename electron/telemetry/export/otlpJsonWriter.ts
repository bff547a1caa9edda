/** Writes OTLP's JSON: names in camel case, ids in hex, 64-bit numbers as strings, enumerations as numbers. */
import { ByteBuffer } from './byteBuffer.ts';
import type { OtlpWriter } from './otlpWriter.ts';
import { unixNanos } from './unixNanos.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const ZERO = 0x30;

/** Longer text is searched for what needs escaping by native code. */
const SHORT_TEXT = 64;

export class OtlpJsonWriter implements OtlpWriter {
  readonly #out = new ByteBuffer();
  /** `,"name":` by name. */
  readonly #keys = new Map<string, string>();
  /** Nothing precedes in the innermost object or list. */
  #isFirst = true;

  constructor() {
    this.#byte(OPEN);
  }

  string(_field: number, name: string, value: string): void {
    this.#key(name);
    const { length } = value;
    const out = this.#out;
    if (length <= SHORT_TEXT) {
      out.reserve(length + 2);
      const { bytes } = out;
      const start = out.at + 1;
      let index = 0;
      for (; index < length; index += 1) {
        const code = value.charCodeAt(index);
        if (code > 126 || code < 32 || code === QUOTE || code === BACKSLASH) break;
        bytes[start + index] = code;
      }
      if (index === length) {
        bytes[start - 1] = QUOTE;
        bytes[start + length] = QUOTE;
        out.at = start + length + 1;
        return;
      }
    }
    const text = quote(value);
    // A UTF-16 unit takes three bytes at most.
    out.reserve(text.length * 3);
    out.at += out.bytes.write(text, out.at);
  }

  id(_field: number, name: string, hex: string): void {
    this.#quoted(name, hex);
  }

  time(_field: number, name: string, epochMs: number, restNs?: number): void {
    const { wholeMs, nanos } = unixNanos(epochMs, restNs);
    this.#key(name);
    this.#byte(QUOTE);
    if (wholeMs > 0) {
      this.#out.ascii(String(wholeMs));
      for (let least = 100_000; least > 1 && nanos < least; least /= 10) this.#byte(ZERO);
    }
    this.#out.ascii(String(nanos));
    this.#byte(QUOTE);
  }

  int64(_field: number, name: string, value: number): void {
    this.#quoted(name, digitsOf(value));
  }

  count64(field: number, name: string, value: number): void {
    this.int64(field, name, value);
  }

  uint32(_field: number, name: string, value: number): void {
    this.#key(name);
    this.#out.ascii(String(value));
  }

  bits32(field: number, name: string, value: number): void {
    this.uint32(field, name, value);
  }

  double(_field: number, name: string, value: number): void {
    this.#key(name);
    this.#out.ascii(numberText(value));
  }

  bool(_field: number, name: string, value: boolean): void {
    this.#key(name);
    this.#out.ascii(value ? 'true' : 'false');
  }

  counts64(_field: number, name: string, values: readonly number[]): void {
    this.#key(name);
    this.#out.ascii(`[${values.map((value) => `"${digitsOf(value)}"`).join(',')}]`);
  }

  doubles(_field: number, name: string, values: readonly number[]): void {
    this.#key(name);
    this.#out.ascii(`[${values.map(numberText).join(',')}]`);
  }

  open(_field: number, name: string): void {
    this.#key(name);
    this.#byte(OPEN);
    this.#isFirst = true;
  }

  close(): void {
    this.#byte(CLOSE);
    this.#isFirst = false;
  }

  list(_field: number, name: string): void {
    this.#key(name);
    this.#byte(OPEN_LIST);
    this.#isFirst = true;
  }

  item(): void {
    if (!this.#isFirst) this.#byte(COMMA);
    this.#byte(OPEN);
    this.#isFirst = true;
  }

  endList(): void {
    this.#byte(CLOSE_LIST);
    this.#isFirst = false;
  }

  finish(): Uint8Array {
    this.#byte(CLOSE);
    const bytes = this.#out.take();
    this.reset();
    return bytes;
  }

  reset(): void {
    this.#out.reset();
    this.#byte(OPEN);
    this.#isFirst = true;
  }

  #key(name: string): void {
    let key = this.#keys.get(name);
    if (key === undefined) this.#keys.set(name, (key = `,"${name}":`));
    const out = this.#out;
    const from = this.#isFirst ? 1 : 0;
    this.#isFirst = false;
    out.reserve(key.length);
    const { bytes, at } = out;
    for (let index = from; index < key.length; index += 1) bytes[at + index - from] = key.charCodeAt(index);
    out.at = at + key.length - from;
  }

  #quoted(name: string, text: string): void {
    this.#key(name);
    this.#byte(QUOTE);
    this.#out.ascii(text);
    this.#byte(QUOTE);
  }

  #byte(value: number): void {
    this.#out.reserve(1);
    this.#out.bytes[this.#out.at] = value;
    this.#out.at += 1;
  }
}

/** Text as JSON; halves of characters, which no UTF-8 can hold, become U+FFFD as they do in protobuf. */
function quote(value: string): string {
  const json = JSON.stringify(value);
  return json.includes('\\ud') ? JSON.stringify(value.replace(/\p{Surrogate}/gu, '\u{fffd}')) : json;
}

function digitsOf(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
}

function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
