/** Writes packed blocks of spans (spanFormat.ts). */
import { checkId, hexWord } from './hexWords.ts';
import { FLAG_EXTRAS, HEADER_BYTES, MAGIC, ROW_BYTES, SpanCodecError, TYPE } from './spanFormat.ts';
import type { Dropped } from './spanFormat.ts';
import type { Attributes, AttributeValue, Origin, SpanEvent, SpanLink } from './span.ts';
import { writeUtf8 } from './utf8.ts';

type Rests = { readonly start: Int16Array; readonly end: Int16Array };
type More = { readonly row: number; readonly traceState: string | null; readonly dropped: Dropped | null };

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
  #origins = new Map<Origin, number>();
  /** Where spans of another origin begin: row, 0 or 1 + origin, in turns. */
  #originRuns: number[] = [];
  /** Rows up to here have their origin. */
  #originAt = 0;
  #more: More[] = [];
  /** Rests of starts and ends (nanoseconds.ts); `null` as long as no span has one. */
  #rests: Rests | null = null;
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
    this.#key(key, TYPE.text);
    this.#varint(value);
  }
  numberAttribute(key: number, value: number): void {
    const int = value | 0;
    if (int === value && !Object.is(value, -0)) {
      this.#key(key, TYPE.int);
      this.#varint(((int << 1) ^ (int >> 31)) >>> 0);
    } else {
      this.#key(key, TYPE.float);
      this.#writeFloat(value);
    }
  }
  booleanAttribute(key: number, value: boolean): void {
    this.#key(key, value ? TYPE.true : TYPE.false);
  }
  /** @throws SpanCodecError where the values are not all strings, all numbers or all booleans */
  arrayAttribute(key: number, values: readonly unknown[]): void {
    const type = typeof values[0];
    const code = type === 'number' ? TYPE.numbers : type === 'boolean' ? TYPE.booleans : TYPE.texts;
    this.#key(key, code);
    this.#reserve(5 + values.length * 8);
    this.#varint(values.length);
    for (const value of values) {
      if (typeof value !== type) throw new SpanCodecError('An array attribute mixes types.');
      if (code === TYPE.numbers) this.#writeFloat(value as number);
      else if (code === TYPE.booleans) this.#detail[this.#at++] = value ? 1 : 0;
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
      this.#flags[row]! |= FLAG_EXTRAS;
      this.#reserve(15);
      this.#varint(statusMessage === null ? 0 : this.intern(statusMessage) + 1);
      this.#varint(events?.length ?? 0);
      for (const event of events ?? []) {
        if (!Number.isFinite(event.timeMs)) throw new SpanCodecError('An event has no time.');
        const restNs = event.timeRestNs ?? 0;
        this.#reserve(18);
        this.#varint(this.intern(event.name) * 2 + (restNs === 0 ? 0 : 1));
        this.#writeFloat(event.timeMs);
        if (restNs !== 0) this.#varint(((restNs << 1) ^ (restNs >> 31)) >>> 0);
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

  /** Where the latest span comes from; of the same object, all share one entry. Not called: this program itself. */
  origin(origin: Origin): void {
    const row = this.#spans - 1;
    let index = this.#origins.get(origin);
    if (index === undefined) this.#origins.set(origin, (index = this.#origins.size + 1));
    if (row > this.#originAt) this.#beginOrigin(this.#originAt, 0);
    this.#beginOrigin(row, index);
    this.#originAt = row + 1;
  }

  /** What the latest span has besides. */
  more(traceState: string | null, dropped: Dropped | null): void {
    this.#more.push({ row: this.#spans - 1, traceState, dropped });
  }

  /** The rests of the latest span's times (nanoseconds.ts). Not called: none. */
  rests(startNs: number, endNs: number): void {
    const rows = this.#start.length;
    this.#rests ??= { start: new Int16Array(rows), end: new Int16Array(rows) };
    this.#rests.start[this.#spans - 1] = startNs;
    this.#rests.end[this.#spans - 1] = endNs;
  }

  /** Takes the span in the making back, after a call for it has thrown. */
  dropSpan(): void {
    if (this.#rests !== null) this.rests(0, 0);
    this.#spans -= 1;
    this.#at = this.#spans === 0 ? 0 : this.#detailEnd[this.#spans - 1]!;
    while (this.#originRuns.length > 0 && this.#originRuns.at(-2)! >= this.#spans) {
      this.#originRuns.length -= 2;
    }
    this.#originAt = Math.min(this.#originAt, this.#spans);
    if (this.#more.at(-1)?.row === this.#spans) this.#more.pop();
  }

  /** The block, in a buffer of its own (so that it can be transferred). The writer is empty afterwards. */
  finish(): Uint8Array {
    const n = this.#spans;
    const tail = this.#writeTail();
    const strings = this.#stringEnds.length;
    const words = this.#traces.length + strings;
    const total = HEADER_BYTES + ROW_BYTES * n + words * 4 + this.#stringBytes + this.#at;
    const out = new Uint8Array(total);
    const header = new Uint32Array(out.buffer, 0, 8);
    header.set([MAGIC, n, this.#traces.length / 4, strings, this.#stringBytes, this.#at, total, tail]);
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
    if (tail > 0) {
      this.#origins.clear();
      this.#originRuns = [];
      this.#originAt = 0;
      this.#more = [];
      this.#rests = null;
    }
    return out;
  }

  #beginOrigin(row: number, index: number): void {
    const runs = this.#originRuns;
    if (runs.at(-2) === row) runs[runs.length - 1] = index;
    else if ((runs.at(-1) ?? -1) !== index) runs.push(row, index);
  }

  /** Bytes that it took; none where nothing of it is there. */
  #writeTail(): number {
    const from = this.#at;
    const n = this.#spans;
    if (this.#originRuns.length === 0 && this.#more.length === 0 && this.#rests === null) return 0;
    if (this.#originAt < n) this.#beginOrigin(this.#originAt, 0);
    const put = (value: number): void => {
      this.#reserve(5);
      this.#varint(value);
    };
    const putText = (text: string | null): void => put(text === null ? 0 : this.intern(text) + 1);
    put(this.#origins.size);
    for (const { scope, resource } of this.#origins.keys()) {
      put(this.intern(scope.name));
      putText(scope.version);
      this.attributes(resource);
    }
    const runs = this.#originRuns;
    put(runs.length / 2);
    for (let i = 0; i < runs.length; i += 2) {
      put((runs[i + 2] ?? n) - runs[i]!);
      put(runs[i + 1]!);
    }
    put(this.#more.length);
    let next = 0;
    for (const { row, traceState, dropped } of this.#more) {
      put(row - next);
      next = row + 1;
      putText(traceState);
      put(dropped === null ? 0 : 1);
      if (dropped !== null) {
        put(dropped.attributes);
        put(dropped.events);
        put(dropped.links);
      }
    }
    put(this.#rests === null ? 0 : 1);
    if (this.#rests !== null) {
      this.#reserve(4 * n);
      for (const column of [this.#rests.start, this.#rests.end]) {
        this.#detail.set(new Uint8Array(column.buffer, 0, 2 * n), this.#at);
        this.#at += 2 * n;
      }
    }
    return this.#at - from;
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
    const widen = <T extends Float64Array | Uint32Array | Int16Array | Uint8Array>(old: T, next: T): T => {
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
    if (this.#rests !== null) {
      const { start, end } = this.#rests;
      this.#rests = { start: widen(start, new Int16Array(rows)), end: widen(end, new Int16Array(rows)) };
    }
  }
}

function grown(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.max(needed, bytes.length * 2));
  next.set(bytes);
  return next;
}
