/**
 * Cuts JSON that is too large to be parsed as a whole: into the elements of a list, the members of an object and,
 * where that is asked for, the elements and members of these. Knows of JSON only where strings, lists and objects
 * begin and end; what it cuts out is parsed by somebody else.
 *
 *     {"resourceSpans":[{…},{…}],"x":1}   →  resourceSpans[0]  resourceSpans[1]  x
 *     [{…},{…}]                           →  [0]  [1]
 *     {"data":[{"spans":[{…}],"x":1}]}    →  data[0].spans[0]  data[0].x
 *
 * Several documents one after the other are taken as they come.
 */

export type JsonElement = {
  /** The member that it is, or is in; `null` for elements of a list and for a document that is neither. */
  readonly key: string | null;
  /** The object in a list that it is a part of, as `data[0]`; `null` for a part of the document itself. */
  readonly within: string | null;
  /** Which of the documents in the file it is of, from 0. */
  readonly document: number;
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

/** A list or an object that is gone into. */
type Frame = {
  readonly isList: boolean;
  /** What it is called in `opens`: keys with dots between them, elements of lists as `[]`. */
  readonly path: string;
  /** Where it stands; empty for the document. */
  readonly at: string;
  /** Of an object: the member that is read, `null` where its key comes first. */
  key: string | null;
  /** Of a list: its element that is read. */
  index: number;
};

export class JsonSplitter {
  readonly #opens: (path: string) => boolean;
  readonly #frames: Frame[] = [];
  #document = -1;
  /** What is being read, as far as it stood in earlier pieces; `null` between elements. */
  #parts: Buffer[] | null = null;
  #partBytes = 0;
  #depth = 0;
  #isScalar = false;
  #isText = false;
  #isEscaped = false;
  #bytes = 0;

  /**
   * @param opens - lists (`data`, `data[].spans`) and objects in lists (`data[]`) whose parts are wanted one by one; of
   *   a document they always are
   */
  constructor(opens: (path: string) => boolean) {
    this.#opens = opens;
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
    const isOpen = this.#parts !== null || this.#frames.length > 0;
    return { last, cut: isOpen ? this.place : null };
  }

  /** How far it has come: the element under way, or the byte behind the last one. */
  get place(): string {
    return this.#parts === null ? `byte ${this.#bytes}` : this.#where();
  }

  /** A byte outside of elements; whether one begins with it. */
  #between(byte: number): boolean {
    if (byte <= 0x20 || byte === COMMA || byte === COLON) return false;
    if (byte === CLOSE_LIST || byte === CLOSE) {
      this.#frames.pop();
      this.#passed();
      return false;
    }
    const frame = this.#frames.at(-1);
    if (frame === undefined) this.#document += 1;
    const isList = byte === OPEN_LIST;
    const isKey = frame !== undefined && !frame.isList && frame.key === null;
    if ((isList || byte === OPEN) && !isKey) {
      const path =
        frame === undefined ? '' : frame.isList ? `${frame.path}[]` : joined(frame.path, frame.key!);
      if (frame === undefined || (isList !== frame.isList && this.#opens(path))) {
        this.#frames.push({
          isList,
          path,
          at: frame === undefined ? '' : this.#where(),
          key: null,
          index: 0,
        });
        return false;
      }
    }
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
    const frame = this.#frames.at(-1);
    if (frame !== undefined && !frame.isList && frame.key === null) {
      frame.key = keyOf(bytes);
      return;
    }
    // A list that is a member stands for its key; the object around it is what its elements are within.
    const holder = frame?.isList === true ? this.#frames.at(-2) : frame;
    const within = holder === undefined || holder.at === '' ? null : holder.at;
    const key = holder?.key ?? null;
    found.push({ key, within, document: this.#document, bytes, at: this.#where() });
    this.#passed();
  }

  /** Behind an element, or behind a list or an object that was gone into. */
  #passed(): void {
    const frame = this.#frames.at(-1);
    if (frame?.isList === true) frame.index += 1;
    else if (frame !== undefined) frame.key = null;
  }

  #where(): string {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return `byte ${this.#bytes}`;
    return frame.isList
      ? `${frame.at}[${frame.index}]`
      : joined(frame.at, frame.key ?? '') || `byte ${this.#bytes}`;
  }
}

const joined = (before: string, key: string): string => (before === '' ? key : `${before}.${key}`);

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
      if (this.#partBytes > MAX_ELEMENT_BYTES) throw new RangeError(`${this.place} ${TOO_LARGE}`);
    }
    return found;
  }

  /** How far it has come. */
  get place(): string {
    return `line ${this.#line + 1}`;
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
    if (!isBlank)
      found.push({ key: null, within: null, document: this.#line - 1, bytes, at: `line ${this.#line}` });
  }
}
