/** The string table of a packed block: a string is made when it is asked for. */
import { SpanCodecError } from './spanFormat.ts';
import { readUtf8 } from './utf8.ts';

/** What is made is kept where it is short, as names and common values are: so many strings of so many characters. */
const KEPT = 4096;
const KEPT_LENGTH = 64;

export class PackedStrings {
  readonly #bytes: Uint8Array;
  /** Where each ends. */
  readonly #ends: Uint32Array;
  /** Some of those asked for so far. */
  readonly #made = new Map<number, string>();
  /** Once somebody asked for every one. */
  #all: readonly string[] | null = null;

  /** @throws SpanCodecError where the ends are not those of the bytes */
  constructor(bytes: Uint8Array, ends: Uint32Array) {
    let from = 0;
    for (let i = 0; i < ends.length; i += 1) {
      const end = ends[i]!;
      if (end < from || end > bytes.length) throw new SpanCodecError('A string lies outside the block.');
      from = end;
    }
    if (from !== bytes.length) throw new SpanCodecError('Bytes are left behind the last string.');
    this.#bytes = bytes;
    this.#ends = ends;
  }

  get length(): number {
    return this.#ends.length;
  }

  /** @throws SpanCodecError where there is none of that number, or it is no UTF-8 */
  text(index: number): string {
    if (this.#all !== null) {
      const text = this.#all[index];
      if (text === undefined) throw new SpanCodecError('A string is missing.');
      return text;
    }
    let text = this.#made.get(index);
    if (text === undefined) {
      text = this.read(index);
      if (text.length <= KEPT_LENGTH && this.#made.size < KEPT) this.#made.set(index, text);
    }
    return text;
  }

  /** The same, made anew: for whoever looks at many once. */
  read(index: number): string {
    if (index >= this.#ends.length) throw new SpanCodecError('A string is missing.');
    return readUtf8(this.#bytes, index === 0 ? 0 : this.#ends[index - 1]!, this.#ends[index]!);
  }

  /** Every string. @throws SpanCodecError for one that is no UTF-8 */
  all(): readonly string[] {
    if (this.#all === null) {
      this.#all = Array.from({ length: this.#ends.length }, (_, index) => this.read(index));
      this.#made.clear();
    }
    return this.#all;
  }
}
