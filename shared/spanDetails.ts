/** The details of a block's spans apart from its columns, read in any order: nothing is made of what nobody looks at. */
import { DetailReader } from './detailReader.ts';
import type { AttributeSink, Extras } from './detailReader.ts';
import type { PackedStrings } from './packedStrings.ts';
import type { Attributes } from './span.ts';

export class SpanDetails {
  readonly strings: PackedStrings;
  /** What it takes, strings that were made apart. */
  readonly bytes: number;
  readonly #reader: DetailReader;

  constructor(details: Uint8Array, strings: PackedStrings, bytes: number) {
    this.strings = strings;
    this.bytes = bytes;
    this.#reader = new DetailReader(details, strings);
  }

  /** @throws SpanCodecError, as do the others, where no detail begins there */
  attributes(at: number): Attributes {
    this.#reader.seek(at);
    return this.#reader.attributes();
  }

  /** Shows the attributes as they stand; keys and texts are numbers of `strings`. */
  visit(at: number, sink: AttributeSink): void {
    this.#reader.seek(at);
    this.#reader.visit(sink);
  }

  /** Only for a row that has extras. */
  extras(at: number): Extras {
    this.#reader.seek(at);
    this.#reader.visit(NOBODY);
    return this.#reader.extras();
  }
}

const NOBODY: AttributeSink = {
  text: () => undefined,
  number: () => undefined,
  boolean: () => undefined,
  list: () => undefined,
};
