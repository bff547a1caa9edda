/**
 * Cuts JSON that is too large to be parsed as a whole: into the elements of a list, the members of an object and,
 * of members that are lists, their elements. Knows of JSON only where strings, lists and objects begin and end; what
 * it cuts out is parsed by somebody else.
 *
 *     {"resourceSpans":[{…},{…}],"x":1}   →  resourceSpans[0]  resourceSpans[1]  x
 *     [{…},{…}]                           →  [0]  [1]
 *
 * Several documents one after the other are taken as they come.
 */

export type JsonElement = {
  /** The member that it is, or is in; `null` for elements of a list and for a document that is neither. */
  readonly key: string | null;
  readonly bytes: Buffer;
  /** Where it stands, for people. */
  readonly at: string;
};

/** No element is larger: parsed, it takes some four times as much memory. */
const MAX_ELEMENT_BYTES = 256_000_000;

/** How the message of that ends. */
export const TOO_LARGE = `is larger than ${MAX_ELEMENT_BYTES / 1e6} MB`;

/** How the message ends where an element is small enough, but has more values than fit into memory. */
export const TOO_MANY_VALUES = 'has too many values for the memory';

/**
 * Above these an element is counted before it is parsed: the parser ends the whole program where its thread's memory
 * does not suffice. `{},` are 3 bytes in the file and some 60 in memory.
 */
const COUNTED_BYTES = 32_000_000;
const OPEN_COSTS_BYTES = 64;
const COMMA_COSTS_BYTES = 40;
const MAX_PARSED_BYTES = 3_000_000_000;

/** Whether what is made of JSON would be too large, as far as it can be told without parsing it. */
export function needsTooMuch(bytes: Buffer): boolean {
  if (bytes.length <= COUNTED_BYTES) return false;
  let cost = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte === OPEN || byte === OPEN_LIST) cost += OPEN_COSTS_BYTES;
    else if (byte === COMMA) cost += COMMA_COSTS_BYTES;
  }
  return cost > MAX_PARSED_BYTES;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** What is expected where no element is being read. */
const DOCUMENT = 0;
const LIST = 1;
const KEY = 2;
const MEMBER = 3;

export class JsonSplitter {
  readonly #isList: (key: string) => boolean;
  #place = DOCUMENT;
  /** A list within an object: its end leads back there. */
  #isInMember = false;
  #key: string | null = null;
  #index = 0;
  /** What is being read, as far as it stood in earlier pieces; `null` between elements. */
  #parts: Buffer[] | null = null;
  #partBytes = 0;
  #isKey = false;
  #depth = 0;
  #isScalar = false;
  #isText = false;
  #isEscaped = false;
  #bytes = 0;

  /** @param isList members whose elements are wanted one by one, where they are lists */
  constructor(isList: (key: string) => boolean) {
    this.#isList = isList;
  }

  /** The elements that end in this piece. @throws RangeError for an element beyond all bounds */
  push(piece: Buffer): JsonElement[] {
    const found: JsonElement[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at]!;
      if (this.#parts === null) {
        if (this.#between(byte)) from = at;
        if (this.#parts === null) continue;
      } else if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) {
          this.#isText = false;
          if (this.#depth === 0) this.#end(piece, from, at + 1, found);
        }
        continue;
      }
      if (this.#isScalar) {
        if (byte > 0x20 && byte !== COMMA && byte !== CLOSE && byte !== CLOSE_LIST) continue;
        this.#end(piece, from, at, found);
        at -= 1;
      } else if (byte === QUOTE) this.#isText = true;
      else if (byte === OPEN || byte === OPEN_LIST) this.#depth += 1;
      else if (byte === CLOSE || byte === CLOSE_LIST) {
        this.#depth -= 1;
        if (this.#depth === 0) this.#end(piece, from, at + 1, found);
      }
    }
    if (this.#parts !== null && from < piece.length) {
      this.#parts.push(piece.subarray(from));
      this.#partBytes += piece.length - from;
      if (this.#partBytes > MAX_ELEMENT_BYTES) throw new RangeError(`${this.#where()} ${TOO_LARGE}`);
    }
    this.#bytes += piece.length;
    return found;
  }

  /** What the end of the file leaves: a last number or word; `cut` says what it broke off, `null` for nothing. */
  end(): { readonly last: JsonElement[]; readonly cut: string | null } {
    const last: JsonElement[] = [];
    if (this.#parts !== null && this.#isScalar) this.#end(Buffer.alloc(0), 0, 0, last);
    const isOpen = this.#parts !== null || this.#place !== DOCUMENT;
    return { last, cut: isOpen ? (this.#parts === null ? `byte ${this.#bytes}` : this.#where()) : null };
  }

  /** A byte outside of elements; whether one begins with it. */
  #between(byte: number): boolean {
    if (byte <= 0x20 || byte === COMMA || byte === COLON) return false;
    if (byte === CLOSE_LIST || byte === CLOSE) {
      this.#place = this.#isInMember && byte === CLOSE_LIST ? KEY : DOCUMENT;
      this.#isInMember = false;
      return false;
    }
    if (this.#place === DOCUMENT) {
      this.#key = null;
      this.#index = 0;
      if (byte === OPEN_LIST) this.#place = LIST;
      else if (byte === OPEN) this.#place = KEY;
      if (this.#place !== DOCUMENT) return false;
    }
    if (this.#place === MEMBER && byte === OPEN_LIST && this.#isList(this.#key ?? '')) {
      this.#place = LIST;
      this.#isInMember = true;
      this.#index = 0;
      return false;
    }
    this.#isKey = this.#place === KEY;
    this.#isScalar = byte !== QUOTE && byte !== OPEN && byte !== OPEN_LIST;
    this.#isText = false;
    this.#depth = 0;
    this.#parts = [];
    this.#partBytes = 0;
    return true;
  }

  #end(piece: Buffer, from: number, to: number, found: JsonElement[]): void {
    const tail = piece.subarray(from, to);
    const bytes = this.#parts!.length === 0 ? tail : Buffer.concat([...this.#parts!, tail]);
    this.#isScalar = false;
    this.#parts = null;
    if (this.#isKey) {
      this.#key = keyOf(bytes);
      this.#place = MEMBER;
      return;
    }
    found.push({ key: this.#key, bytes, at: this.#where() });
    if (this.#place === LIST) this.#index += 1;
    else if (this.#place === MEMBER) this.#place = KEY;
  }

  #where(): string {
    return this.#place === LIST ? `${this.#key ?? ''}[${this.#index}]` : (this.#key ?? `byte ${this.#bytes}`);
  }
}

function keyOf(bytes: Buffer): string {
  try {
    return String(JSON.parse(bytes.toString('utf8')));
  } catch {
    return '';
  }
}

/** One document a line: a damaged one costs its line. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #partBytes = 0;
  #line = 0;

  /** @throws RangeError for a line beyond all bounds */
  push(piece: Buffer): JsonElement[] {
    const found: JsonElement[] = [];
    let from = 0;
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      this.#add(Buffer.concat([...this.#parts, piece.subarray(from, at)]), found);
      this.#parts = [];
      this.#partBytes = 0;
      from = at + 1;
    }
    if (from < piece.length) {
      this.#parts.push(piece.subarray(from));
      this.#partBytes += piece.length - from;
      if (this.#partBytes > MAX_ELEMENT_BYTES) throw new RangeError(`line ${this.#line + 1} ${TOO_LARGE}`);
    }
    return found;
  }

  end(): { readonly last: JsonElement[]; readonly cut: string | null } {
    const last: JsonElement[] = [];
    this.#add(Buffer.concat(this.#parts), last);
    this.#parts = [];
    return { last, cut: null };
  }

  #add(bytes: Buffer, found: JsonElement[]): void {
    this.#line += 1;
    const isBlank = bytes.every((byte) => byte <= 0x20);
    if (!isBlank) found.push({ key: null, bytes, at: `line ${this.#line}` });
  }
}
