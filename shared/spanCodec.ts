/**
 * Spans as one packed block of bytes: how they travel from the main process to a window and to the trace
 * store. Columns for what every span has, one table for all strings, ids as raw words.
 *
 *   header   8 x u32: magic, spans, traces, strings, string bytes, detail bytes, total bytes, 0
 *   f64      start[n]  end[n]                                     epoch ms; end is NaN while open
 *   u32      spanId[2n]  parentId[2n]  trace[n]  name[n]  detailEnd[n]  traceId[4t]  stringEnd[s]
 *   u8       flags[n]  strings  details
 *
 * flags: kind in bits 0-2, status in bits 3-4, bit 5 where the detail goes on behind the attributes.
 * A detail is a list of attributes: count, then per attribute varint(key << 3 | type) and its value; with bit 5
 * the status message, the events and the links follow. A parent of zero means none. All words are little-endian,
 * as is every platform the program runs on.
 */
import { SPAN_KINDS, SPAN_STATUSES } from './span.ts';
import type { Attributes, AttributeValue, SpanEvent, SpanLink, SpanRecord } from './span.ts';

/** Bytes that are no block of spans, or spans that cannot be packed. */
export class SpanCodecError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SpanCodecError';
  }
}

const MAGIC = 0x31505354; // 'TSP1'
const HEADER_BYTES = 32;
/** Bytes that each span takes in the columns, its detail and strings apart. */
const ROW_BYTES = 45;
const HAS_EXTRAS = 1 << 5;

const STRING = 0;
const INT = 1;
const FLOAT = 2;
const FALSE = 3;
const TRUE = 4;
const STRINGS = 5;
const NUMBERS = 6;
const BOOLEANS = 7;

/** Packs spans. @throws SpanCodecError for ids that are not hex or times that are no numbers */
export function encodeSpans(spans: readonly SpanRecord[]): Uint8Array {
  const writer = new SpanWriter();
  const traces = new Map<string, number>();
  for (const span of spans) {
    let trace = traces.get(span.traceId);
    if (trace === undefined) traces.set(span.traceId, (trace = writer.trace(span.traceId)));
    const { spanId, parentSpanId: parent } = span;
    checkId(spanId, 16);
    if (parent !== null) checkId(parent, 16);
    writer.beginSpan(
      trace,
      hexWord(spanId, 0),
      hexWord(spanId, 8),
      parent === null ? 0 : hexWord(parent, 0),
      parent === null ? 0 : hexWord(parent, 8),
      writer.intern(span.name),
      span.startMs,
      span.endMs,
      SPAN_KINDS.indexOf(span.kind),
      SPAN_STATUSES.indexOf(span.status),
    );
    writer.attributes(span.attributes);
    writer.endSpan(span.statusMessage, span.events, span.links);
  }
  return writer.finish();
}

/**
 * The writer beneath `encodeSpans`, for sources that hold spans in columns of their own. Order of calls:
 * `beginSpan`, `attributeCount` and that many attributes, `endSpan`; at the end `finish`, after which the
 * writer is empty and can be used again.
 */
export class SpanWriter {
  #spans = 0;
  #start = new Float64Array(256);
  #end = new Float64Array(256);
  #ids = new Uint32Array(512);
  #parents = new Uint32Array(512);
  #trace = new Uint32Array(256);
  #name = new Uint32Array(256);
  #detailEnd = new Uint32Array(256);
  #flags = new Uint8Array(256);
  #traces: number[] = [];
  #strings = new Uint8Array(4096);
  #stringBytes = 0;
  #stringEnds: number[] = [];
  #interned = new Map<string, number>();
  #detail = new Uint8Array(16_384);
  #at = 0;
  readonly #float = new Float64Array(1);
  readonly #floatBytes = new Uint8Array(this.#float.buffer);

  get spanCount(): number {
    return this.#spans;
  }

  /** Adds a trace id (32 hex digits) and returns its index. Does not look whether it is there already. */
  trace(traceId: string): number {
    checkId(traceId, 32);
    for (let digit = 0; digit < 32; digit += 8) this.#traces.push(hexWord(traceId, digit));
    return this.#traces.length / 4 - 1;
  }

  /** Adds a string and returns its index. Does not look whether it is there already. */
  string(text: string): number {
    const needed = this.#stringBytes + text.length * 3;
    if (needed > this.#strings.length) this.#strings = grown(this.#strings, needed);
    this.#stringBytes = writeUtf8(text, this.#strings, this.#stringBytes);
    this.#stringEnds.push(this.#stringBytes);
    return this.#stringEnds.length - 1;
  }

  /** Index of a string, added where it is new. */
  intern(text: string): number {
    let index = this.#interned.get(text);
    if (index === undefined) this.#interned.set(text, (index = this.string(text)));
    return index;
  }

  beginSpan(
    trace: number,
    idHigh: number,
    idLow: number,
    parentHigh: number,
    parentLow: number,
    name: number,
    startMs: number,
    endMs: number | null,
    kind: number,
    status: number,
  ): void {
    if (!Number.isFinite(startMs) || (endMs !== null && !Number.isFinite(endMs))) {
      throw new SpanCodecError('A span has a time that is no number.');
    }
    if (kind < 0 || status < 0) throw new SpanCodecError('A span has an unknown kind or status.');
    const row = this.#spans;
    if (row === this.#start.length) this.#growRows();
    this.#spans = row + 1;
    this.#start[row] = startMs;
    this.#end[row] = endMs ?? NaN;
    this.#ids[row * 2] = idHigh;
    this.#ids[row * 2 + 1] = idLow;
    this.#parents[row * 2] = parentHigh;
    this.#parents[row * 2 + 1] = parentLow;
    this.#trace[row] = trace;
    this.#name[row] = name;
    this.#flags[row] = kind | (status << 3);
  }

  attributeCount(count: number): void {
    this.#reserve(5);
    this.#varint(count);
  }
  stringAttribute(key: number, value: number): void {
    this.#key(key, STRING);
    this.#varint(value);
  }
  numberAttribute(key: number, value: number): void {
    const int = value | 0;
    if (int === value && !Object.is(value, -0)) {
      this.#key(key, INT);
      this.#varint(((int << 1) ^ (int >> 31)) >>> 0);
    } else {
      this.#key(key, FLOAT);
      this.#writeFloat(value);
    }
  }
  booleanAttribute(key: number, value: boolean): void {
    this.#key(key, value ? TRUE : FALSE);
  }
  /** @throws SpanCodecError where the values are not all strings, all numbers or all booleans */
  arrayAttribute(key: number, values: readonly unknown[]): void {
    const type = typeof values[0];
    const code = type === 'number' ? NUMBERS : type === 'boolean' ? BOOLEANS : STRINGS;
    this.#key(key, code);
    this.#reserve(5 + values.length * 8);
    this.#varint(values.length);
    for (const value of values) {
      if (typeof value !== type) throw new SpanCodecError('An array attribute mixes types.');
      if (code === NUMBERS) this.#writeFloat(value as number);
      else if (code === BOOLEANS) this.#detail[this.#at++] = value ? 1 : 0;
      else if (type === 'string') this.#varint(this.intern(value as string));
      else throw new SpanCodecError('An array attribute holds what cannot be packed.');
    }
  }

  /** Any attribute, its key and strings interned. */
  attribute(key: string, value: AttributeValue): void {
    const keyIndex = this.intern(key);
    if (typeof value === 'string') this.stringAttribute(keyIndex, this.intern(value));
    else if (typeof value === 'number') this.numberAttribute(keyIndex, value);
    else if (typeof value === 'boolean') this.booleanAttribute(keyIndex, value);
    else if (Array.isArray(value)) this.arrayAttribute(keyIndex, value as readonly unknown[]);
    else throw new SpanCodecError(`The attribute ${key} has a value that cannot be packed.`);
  }

  /** All attributes of an object, with their count before them. */
  attributes(attributes: Attributes): void {
    const keys = Object.keys(attributes);
    this.attributeCount(keys.length);
    for (const key of keys) this.attribute(key, attributes[key]!);
  }

  endSpan(
    statusMessage: string | null,
    events: readonly SpanEvent[] | null,
    links: readonly SpanLink[] | null,
  ): void {
    const row = this.#spans - 1;
    if (statusMessage !== null || events?.length || links?.length) {
      this.#flags[row]! |= HAS_EXTRAS;
      this.#reserve(15);
      this.#varint(statusMessage === null ? 0 : this.intern(statusMessage) + 1);
      this.#varint(events?.length ?? 0);
      for (const event of events ?? []) {
        if (!Number.isFinite(event.timeMs)) throw new SpanCodecError('An event has no time.');
        this.#reserve(13);
        this.#varint(this.intern(event.name));
        this.#writeFloat(event.timeMs);
        this.attributes(event.attributes);
      }
      this.#reserve(5);
      this.#varint(links?.length ?? 0);
      for (const link of links ?? []) {
        checkId(link.traceId, 32);
        checkId(link.spanId, 16);
        this.#reserve(24);
        for (let digit = 0; digit < 32; digit += 8) this.#word(hexWord(link.traceId, digit));
        for (let digit = 0; digit < 16; digit += 8) this.#word(hexWord(link.spanId, digit));
        this.attributes(link.attributes);
      }
    }
    this.#detailEnd[row] = this.#at;
  }

  /** Takes the span in the making back, after a call for it has thrown. */
  dropSpan(): void {
    this.#spans -= 1;
    this.#at = this.#spans === 0 ? 0 : this.#detailEnd[this.#spans - 1]!;
  }

  /** The block, in a buffer of its own (so that it can be transferred). The writer is empty afterwards. */
  finish(): Uint8Array {
    const n = this.#spans;
    const strings = this.#stringEnds.length;
    const words = this.#traces.length + strings;
    const total = HEADER_BYTES + ROW_BYTES * n + words * 4 + this.#stringBytes + this.#at;
    const out = new Uint8Array(total);
    const header = new Uint32Array(out.buffer, 0, 8);
    header.set([MAGIC, n, this.#traces.length / 4, strings, this.#stringBytes, this.#at, total]);
    const floats = new Float64Array(out.buffer, HEADER_BYTES, 2 * n);
    floats.set(this.#start.subarray(0, n));
    floats.set(this.#end.subarray(0, n), n);
    const ints = new Uint32Array(out.buffer, HEADER_BYTES + 16 * n, 7 * n + words);
    ints.set(this.#ids.subarray(0, 2 * n));
    ints.set(this.#parents.subarray(0, 2 * n), 2 * n);
    ints.set(this.#trace.subarray(0, n), 4 * n);
    ints.set(this.#name.subarray(0, n), 5 * n);
    ints.set(this.#detailEnd.subarray(0, n), 6 * n);
    ints.set(this.#traces, 7 * n);
    ints.set(this.#stringEnds, 7 * n + this.#traces.length);
    const bytesAt = HEADER_BYTES + 44 * n + words * 4;
    out.set(this.#flags.subarray(0, n), bytesAt);
    out.set(this.#strings.subarray(0, this.#stringBytes), bytesAt + n);
    out.set(this.#detail.subarray(0, this.#at), bytesAt + n + this.#stringBytes);
    this.#spans = 0;
    this.#at = 0;
    this.#stringBytes = 0;
    this.#traces = [];
    this.#stringEnds = [];
    this.#interned.clear();
    return out;
  }

  /** Makes room for a value without a length of its own as well: a varint or a float. */
  #key(key: number, type: number): void {
    this.#reserve(13);
    this.#varint(key * 8 + type);
  }
  #varint(value: number): void {
    const detail = this.#detail;
    let at = this.#at;
    while (value > 127) {
      detail[at++] = (value & 127) | 128;
      value = value > 0x7fffffff ? Math.floor(value / 128) : value >>> 7;
    }
    detail[at] = value;
    this.#at = at + 1;
  }
  #writeFloat(value: number): void {
    this.#float[0] = value;
    this.#detail.set(this.#floatBytes, this.#at);
    this.#at += 8;
  }
  #word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.#detail[this.#at++] = (value >>> shift) & 255;
  }
  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#detail.length) this.#detail = grown(this.#detail, this.#at + bytes);
  }
  #growRows(): void {
    const rows = this.#start.length * 2;
    const widen = <T extends Float64Array | Uint32Array | Uint8Array>(old: T, next: T): T => {
      next.set(old as never);
      return next;
    };
    this.#start = widen(this.#start, new Float64Array(rows));
    this.#end = widen(this.#end, new Float64Array(rows));
    this.#ids = widen(this.#ids, new Uint32Array(rows * 2));
    this.#parents = widen(this.#parents, new Uint32Array(rows * 2));
    this.#trace = widen(this.#trace, new Uint32Array(rows));
    this.#name = widen(this.#name, new Uint32Array(rows));
    this.#detailEnd = widen(this.#detailEnd, new Uint32Array(rows));
    this.#flags = widen(this.#flags, new Uint8Array(rows));
  }
}

/** Unpacks what `encodeSpans` packed. @throws SpanCodecError for anything else */
export function decodeSpans(bytes: Uint8Array): SpanRecord[] {
  if (bytes.byteLength < HEADER_BYTES) throw new SpanCodecError('The block is too short for its header.');
  const block = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const view = block.buffer as ArrayBuffer;
  const base = block.byteOffset;
  const [magic, n, traceCount, stringCount, stringBytes, detailBytes, total, zero] = new Uint32Array(
    view,
    base,
    8,
  ) as unknown as [number, number, number, number, number, number, number, number];
  const words = traceCount * 4 + stringCount;
  const expected = HEADER_BYTES + ROW_BYTES * n + words * 4 + stringBytes + detailBytes;
  if (magic !== MAGIC || zero !== 0) throw new SpanCodecError('The block does not hold spans.');
  if (total !== block.byteLength || expected !== block.byteLength) {
    throw new SpanCodecError('The block is cut short or too long.');
  }
  const floats = new Float64Array(view, base + HEADER_BYTES, 2 * n);
  const ints = new Uint32Array(view, base + HEADER_BYTES + 16 * n, 7 * n + words);
  const bytesAt = HEADER_BYTES + 44 * n + words * 4;
  const traces: string[] = [];
  for (let t = 0; t < traceCount; t += 1) {
    const at = 7 * n + t * 4;
    traces.push(
      wordHex(ints[at]!) + wordHex(ints[at + 1]!) + wordHex(ints[at + 2]!) + wordHex(ints[at + 3]!),
    );
  }
  const strings = readStrings(
    block.subarray(bytesAt + n, bytesAt + n + stringBytes),
    ints.subarray(7 * n + traceCount * 4),
  );
  const reader = new DetailReader(block.subarray(bytesAt + n + stringBytes), strings);
  const spans: SpanRecord[] = [];
  for (let row = 0; row < n; row += 1) {
    const flags = block[bytesAt + row]!;
    const kind = SPAN_KINDS[flags & 7];
    const status = SPAN_STATUSES[(flags >> 3) & 3];
    const traceId = traces[ints[4 * n + row]!];
    const name = strings[ints[5 * n + row]!];
    const startMs = floats[row]!;
    const endMs = floats[n + row]!;
    if (
      kind === undefined ||
      status === undefined ||
      flags > 63 ||
      traceId === undefined ||
      name === undefined
    ) {
      throw new SpanCodecError(`Span ${row} refers to what is not there.`);
    }
    if (!Number.isFinite(startMs) || Math.abs(endMs) === Infinity) {
      throw new SpanCodecError(`Span ${row} has a time that is no number.`);
    }
    const parentHigh = ints[2 * n + row * 2]!;
    const parentLow = ints[2 * n + row * 2 + 1]!;
    reader.enter(ints[6 * n + row]!);
    const attributes = reader.attributes();
    const extras = (flags & HAS_EXTRAS) !== 0 ? reader.extras() : NO_EXTRAS;
    reader.leave();
    spans.push({
      traceId,
      spanId: wordHex(ints[row * 2]!) + wordHex(ints[row * 2 + 1]!),
      parentSpanId: (parentHigh | parentLow) === 0 ? null : wordHex(parentHigh) + wordHex(parentLow),
      name,
      kind,
      startMs,
      endMs: Number.isNaN(endMs) ? null : endMs,
      status,
      statusMessage: extras.statusMessage,
      attributes,
      events: extras.events,
      links: extras.links,
    });
  }
  if (!reader.done) throw new SpanCodecError('Bytes are left behind the last span.');
  return spans;
}

/** How many spans a block says it holds, without a look at the rest; 0 for what is no block. */
export function spanCountOf(bytes: Uint8Array): number {
  if (bytes.byteLength < HEADER_BYTES) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(0, true) === MAGIC ? view.getUint32(4, true) : 0;
}

type Extras = {
  readonly statusMessage: string | null;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};
const NO_EXTRAS: Extras = { statusMessage: null, events: [], links: [] };

/** Reads details front to back and never beyond the end of the one it is in. */
class DetailReader {
  readonly #bytes: Uint8Array;
  readonly #strings: readonly string[];
  readonly #view: DataView;
  #at = 0;
  #end = 0;

  constructor(bytes: Uint8Array, strings: readonly string[]) {
    this.#bytes = bytes;
    this.#strings = strings;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }
  enter(end: number): void {
    if (end < this.#at || end > this.#bytes.length)
      throw new SpanCodecError('A detail lies outside the block.');
    this.#end = end;
  }
  leave(): void {
    if (this.#at !== this.#end) throw new SpanCodecError('A detail is longer than what it says.');
  }

  attributes(): Attributes {
    const count = this.#count(1);
    const attributes: Record<string, AttributeValue> = {};
    for (let i = 0; i < count; i += 1) {
      const tag = this.#varint();
      const key = this.#strings[Math.floor(tag / 8)];
      if (key === undefined) throw new SpanCodecError('An attribute has no name.');
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
    const message = this.#varint();
    const statusMessage = message === 0 ? null : this.#string(message - 1);
    const events: SpanEvent[] = [];
    for (let left = this.#count(10); left > 0; left -= 1) {
      const name = this.#string(this.#varint());
      const timeMs = this.#float();
      if (!Number.isFinite(timeMs)) throw new SpanCodecError('An event has no time.');
      events.push({ name, timeMs, attributes: this.attributes() });
    }
    const links: SpanLink[] = [];
    for (let left = this.#count(25); left > 0; left -= 1) {
      const traceId = this.#hex() + this.#hex() + this.#hex() + this.#hex();
      const spanId = this.#hex() + this.#hex();
      links.push({ traceId, spanId, attributes: this.attributes() });
    }
    return { statusMessage, events, links };
  }

  #value(type: number): AttributeValue {
    if (type === STRING) return this.#string(this.#varint());
    if (type === INT) {
      const raw = this.#varint();
      return (raw >>> 1) ^ -(raw & 1);
    }
    if (type === FLOAT) return this.#float();
    if (type === FALSE) return false;
    if (type === TRUE) return true;
    if (type === NUMBERS) return Array.from({ length: this.#count(8) }, () => this.#float());
    if (type === STRINGS) return Array.from({ length: this.#count(1) }, () => this.#string(this.#varint()));
    return Array.from({ length: this.#count(1) }, () => this.#byte() !== 0);
  }
  #string(index: number): string {
    const text = this.#strings[index];
    if (text === undefined) throw new SpanCodecError('A string is missing.');
    return text;
  }
  /** A count of things that take at least so many bytes each: more than fit are refused before any is made. */
  #count(bytesEach: number): number {
    const count = this.#varint();
    if (count * bytesEach > this.#end - this.#at)
      throw new SpanCodecError('A list is longer than its bytes.');
    return count;
  }
  #byte(): number {
    if (this.#at >= this.#end) throw new SpanCodecError('A detail is cut short.');
    return this.#bytes[this.#at++]!;
  }
  #varint(): number {
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

function readStrings(bytes: Uint8Array, ends: Uint32Array): string[] {
  const strings: string[] = [];
  let from = 0;
  for (const end of ends) {
    if (end < from || end > bytes.length) throw new SpanCodecError('A string lies outside the block.');
    strings.push(readUtf8(bytes, from, end));
    from = end;
  }
  if (from !== bytes.length) throw new SpanCodecError('Bytes are left behind the last string.');
  return strings;
}

const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX_VALUES = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  HEX_VALUES[digit.toString(16).charCodeAt(0)] = digit;
  HEX_VALUES[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Eight hex digits of `text` from `at` on, as an unsigned 32-bit number. */
export function hexWord(text: string, at: number): number {
  let word = 0;
  for (let i = at; i < at + 8; i += 1) {
    const digit = HEX_VALUES[text.charCodeAt(i)];
    if (digit === undefined || digit < 0) throw new SpanCodecError('An id is not hex.');
    word = (word << 4) | digit;
  }
  return word >>> 0;
}

/** The eight lower-case hex digits of an unsigned 32-bit number. */
export function wordHex(word: number): string {
  return (
    HEX_PAIRS[word >>> 24]! +
    HEX_PAIRS[(word >>> 16) & 255]! +
    HEX_PAIRS[(word >>> 8) & 255]! +
    HEX_PAIRS[word & 255]!
  );
}

function checkId(id: string, digits: number): void {
  if (id.length !== digits) throw new SpanCodecError(`An id has ${id.length} digits in place of ${digits}.`);
}

function grown(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.max(needed, bytes.length * 2));
  next.set(bytes);
  return next;
}

/** UTF-8, with lone surrogates as three bytes each so that every string comes back as it was. */
export function writeUtf8(text: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) into[at++] = unit;
    else if (unit < 0x800) {
      into[at++] = 0xc0 | (unit >> 6);
      into[at++] = 0x80 | (unit & 63);
    } else {
      const code = text.codePointAt(i)!;
      if (code > 0xffff) {
        i += 1;
        into[at++] = 0xf0 | (code >> 18);
        into[at++] = 0x80 | ((code >> 12) & 63);
      } else into[at++] = 0xe0 | (code >> 12);
      into[at++] = 0x80 | ((code >> 6) & 63);
      into[at++] = 0x80 | (code & 63);
    }
  }
  return at;
}

/** The text between two offsets. @throws SpanCodecError for what `writeUtf8` never writes */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let units: number[] = [];
  for (let at = from; at < to;) {
    const lead = bytes[at]!;
    const length =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > to) throw new SpanCodecError('A string is not UTF-8.');
    let code = length === 1 ? lead : lead & (0x7f >> length);
    for (let i = 1; i < length; i += 1) {
      const next = bytes[at + i]!;
      if (next >> 6 !== 2) throw new SpanCodecError('A string is not UTF-8.');
      code = (code << 6) | (next & 63);
    }
    if ((length === 3 && code < 0x800) || (length === 4 && (code < 0x10000 || code > 0x10ffff))) {
      throw new SpanCodecError('A string is not UTF-8.');
    }
    if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
    at += length;
    if (units.length > 8000) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}
