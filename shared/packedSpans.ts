/** Reads packed blocks of spans (spanFormat.ts). */
import { DetailReader, NO_EXTRAS } from './detailReader.ts';
import type { AttributeSink, Extras } from './detailReader.ts';
import { wordHex } from './hexWords.ts';
import { PackedStrings } from './packedStrings.ts';
import { SpanDetails } from './spanDetails.ts';
import { SPAN_KINDS, SPAN_STATUSES } from './span.ts';
import type { Attributes, Origin } from './span.ts';
import { FLAG_EXTRAS, HEADER_BYTES, MAGIC, ROW_BYTES, SpanCodecError } from './spanFormat.ts';
import type { Dropped } from './spanFormat.ts';

/** One entry a span. */
export type PackedRests = { readonly startNs: Int16Array; readonly endNs: Int16Array };

/** A packed block, its columns checked. One entry a span, in the order they were written. */
export type PackedSpans = {
  readonly count: number;
  /** Made when first asked for. */
  readonly strings: readonly string[];
  readonly stringCount: number;
  /** One of them, without the others. */
  text(index: number): string;
  readonly traceIds: readonly string[];
  /** Epoch milliseconds; `endMs` is NaN while open. */
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** Two words a span, high then low; a parent of zeros is none. */
  readonly spanId: Uint32Array;
  readonly parentId: Uint32Array;
  /** Into `traceIds`. */
  readonly trace: Uint32Array;
  /** Into `strings`. */
  readonly name: Uint32Array;
  /** Kind in bits 0-2, status in bits 3-4. */
  readonly flags: Uint8Array;
  readonly origins: readonly Origin[];
  /** 0, or 1 + place in `origins`; `null` where no span has an origin. */
  readonly origin: Uint32Array | null;
  readonly more: ReadonlyMap<
    number,
    { readonly traceState: string | null; readonly dropped: Dropped | null }
  >;
  /** Of times that were told in nanoseconds (nanoseconds.ts); `null` where none was. */
  readonly rests: PackedRests | null;
  /** Whether a row has nothing besides what is in the columns. */
  isBare(row: number): boolean;
  /** Whether a row has a status message, events or links. */
  hasExtras(row: number): boolean;
  /** Where a row's detail begins, for `keepDetails`. */
  detailAt(row: number): number;
  /** The attributes of any row. */
  attributesAt(row: number): Attributes;
  /** A copy of all details with their strings: the rest of the block need not be held for it. */
  keepDetails(): SpanDetails;
  /** Reads the next row's attributes; rows have to be read in order, each once. Returns the rest of its detail. */
  next(sink: AttributeSink): Extras;
  /** The same, with the attributes as an object. */
  nextRecord(): { readonly attributes: Attributes; readonly extras: Extras };
  /** @throws SpanCodecError where bytes are left behind the last row */
  end(): void;
};

const NO_MORE: PackedSpans['more'] = new Map();

/** Opens what `encodeSpans` packed. @throws SpanCodecError for anything else, here or while it is read */
export function openSpans(bytes: Uint8Array): PackedSpans {
  if (bytes.byteLength < HEADER_BYTES) throw new SpanCodecError('The block is too short for its header.');
  const block = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const view = block.buffer as ArrayBuffer;
  const base = block.byteOffset;
  const [magic, n, traceCount, stringCount, stringBytes, detailBytes, total, tail] = new Uint32Array(
    view,
    base,
    8,
  ) as unknown as [number, number, number, number, number, number, number, number];
  const words = traceCount * 4 + stringCount;
  const expected = HEADER_BYTES + ROW_BYTES * n + words * 4 + stringBytes + detailBytes;
  if (magic !== MAGIC || tail > detailBytes) throw new SpanCodecError('The block does not hold spans.');
  if (total !== block.byteLength || expected !== block.byteLength) {
    throw new SpanCodecError('The block is cut short or too long.');
  }
  const floats = new Float64Array(view, base + HEADER_BYTES, 2 * n);
  const ints = new Uint32Array(view, base + HEADER_BYTES + 16 * n, 7 * n + words);
  const bytesAt = HEADER_BYTES + 44 * n + words * 4;
  const traceIds: string[] = [];
  for (let t = 0; t < traceCount; t += 1) {
    const at = 7 * n + t * 4;
    traceIds.push(
      wordHex(ints[at]!) + wordHex(ints[at + 1]!) + wordHex(ints[at + 2]!) + wordHex(ints[at + 3]!),
    );
  }
  const strings = new PackedStrings(
    block.subarray(bytesAt + n, bytesAt + n + stringBytes),
    ints.subarray(7 * n + traceCount * 4),
  );
  const startMs = floats.subarray(0, n);
  const endMs = floats.subarray(n);
  const trace = ints.subarray(4 * n, 5 * n);
  const name = ints.subarray(5 * n, 6 * n);
  const detailEnd = ints.subarray(6 * n, 7 * n);
  const hasExtras = block.subarray(bytesAt, bytesAt + n);
  const flags = new Uint8Array(n);
  for (let row = 0; row < n; row += 1) {
    const given = hasExtras[row]!;
    if (
      (given & 7) >= SPAN_KINDS.length ||
      ((given >> 3) & 3) >= SPAN_STATUSES.length ||
      given > 63 ||
      trace[row]! >= traceCount ||
      name[row]! >= stringCount
    ) {
      throw new SpanCodecError(`Span ${row} refers to what is not there.`);
    }
    if (!Number.isFinite(startMs[row]!) || Math.abs(endMs[row]!) === Infinity) {
      throw new SpanCodecError(`Span ${row} has a time that is no number.`);
    }
    flags[row] = given & 31;
  }
  const details = block.subarray(bytesAt + n + stringBytes);
  const rowDetails = details.subarray(0, detailBytes - tail);
  const reader = new DetailReader(rowDetails, strings);
  const { origins, origin, more, rests } =
    tail === 0
      ? { origins: [], origin: null, more: NO_MORE, rests: null }
      : readTail(new DetailReader(details.subarray(detailBytes - tail), strings), n);
  let any: DetailReader | null = null;
  const detailAt = (at: number): number => (at === 0 ? 0 : detailEnd[at - 1]!);
  let row = 0;
  return {
    count: n,
    get strings() {
      return strings.all();
    },
    stringCount,
    text: (index) => strings.text(index),
    traceIds,
    startMs,
    endMs,
    spanId: ints.subarray(0, 2 * n),
    parentId: ints.subarray(2 * n, 4 * n),
    trace,
    name,
    flags,
    origins,
    origin,
    more,
    rests,
    // A detail of one byte: no attributes.
    isBare: (at) => detailEnd[at]! - detailAt(at) === 1 && (hasExtras[at]! & FLAG_EXTRAS) === 0,
    hasExtras: (at) => (hasExtras[at]! & FLAG_EXTRAS) !== 0,
    detailAt,
    attributesAt: (at) => {
      any ??= new DetailReader(rowDetails, strings);
      any.seek(detailAt(at));
      return any.attributes();
    },
    keepDetails() {
      const kept = new Uint8Array(stringCount * 4 + stringBytes + rowDetails.length);
      const ends = new Uint32Array(kept.buffer, 0, stringCount);
      ends.set(ints.subarray(7 * n + traceCount * 4));
      kept.set(block.subarray(bytesAt + n, bytesAt + n + stringBytes), stringCount * 4);
      kept.set(rowDetails, stringCount * 4 + stringBytes);
      const texts = kept.subarray(stringCount * 4, stringCount * 4 + stringBytes);
      return new SpanDetails(
        kept.subarray(stringCount * 4 + stringBytes),
        new PackedStrings(texts, ends),
        kept.byteLength,
      );
    },
    next(sink) {
      reader.enter(detailEnd[row]!);
      reader.visit(sink);
      const extras = (hasExtras[row]! & FLAG_EXTRAS) === 0 ? NO_EXTRAS : reader.extras();
      reader.leave();
      row += 1;
      return extras;
    },
    nextRecord() {
      reader.enter(detailEnd[row]!);
      const attributes = reader.attributes();
      const extras = (hasExtras[row]! & FLAG_EXTRAS) === 0 ? NO_EXTRAS : reader.extras();
      reader.leave();
      row += 1;
      return { attributes, extras };
    },
    end() {
      if (!reader.done) throw new SpanCodecError('Bytes are left behind the last span.');
    },
  };
}

type Tail = Pick<PackedSpans, 'origins' | 'origin' | 'more' | 'rests'>;

function readTail(reader: DetailReader, rows: number): Tail {
  reader.enter(reader.length);
  const origins: Origin[] = [];
  for (let left = reader.count(3); left > 0; left -= 1) {
    const name = reader.string(reader.varint());
    const version = reader.textOrNull();
    origins.push({ scope: { name, version }, resource: reader.attributes() });
  }
  const origin = new Uint32Array(rows);
  let row = 0;
  for (let left = reader.count(2); left > 0; left -= 1) {
    const end = row + reader.varint();
    const index = reader.varint();
    if (end > rows || index > origins.length) throw new SpanCodecError('An origin is that of no span.');
    origin.fill(index, row, end);
    row = end;
  }
  const more = new Map<number, { readonly traceState: string | null; readonly dropped: Dropped | null }>();
  let at = 0;
  for (let left = reader.count(3); left > 0; left -= 1) {
    at += reader.varint();
    if (at >= rows) throw new SpanCodecError('A trace state is that of no span.');
    const traceState = reader.textOrNull();
    const dropped =
      reader.varint() === 0
        ? null
        : { attributes: reader.varint(), events: reader.varint(), links: reader.varint() };
    more.set(at, { traceState, dropped });
    at += 1;
  }
  const rests = reader.varint() === 0 ? null : { startNs: reader.shorts(rows), endNs: reader.shorts(rows) };
  reader.leave();
  return { origins, origin: origins.length === 0 ? null : origin, more, rests };
}
