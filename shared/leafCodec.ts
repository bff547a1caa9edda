/**
 * Rows of hot operations as one packed block of bytes: columns as the recorder holds them, and a table of
 * only those operations, parents and error types that occur. Packing is copying; making spans of the rows
 * (`leavesToSpans`, `decodeBlock`) is for the thread or window that wants spans.
 *
 *   header   12 x u32: magic, rows n, parents p, scattered (0 or 1), text bytes, total bytes,
 *                      id base high, low, first row's number high, low, 0, 0
 *   f64      start[n]  first fact[n]                       epoch ms; NaN for a fact that was not given
 *   f32      duration[n]  second fact[n]                   ms
 *   u32      parent[n]  row[n] (only where scattered: the row's number less the first row's)
 *            parents[7p]: number, trace id in four words, span id in two
 *   u16      operation[n]  error type[n]                   0: no error
 *   u8       text: JSON of the operations and error types by their numbers
 *
 * A row's span id is the id base plus the row's number. All words are little-endian.
 */
import { ATTR, SPAN_KINDS, SPAN_STATUSES } from './span.ts';
import type { Attributes, AttributeValue, SpanKind, SpanRecord } from './span.ts';
import {
  decodeSpans,
  readUtf8,
  spanCountOf,
  SpanCodecError,
  SpanWriter,
  wordHex,
  writeUtf8,
} from './spanCodec.ts';

/** A kind of operation: what all its rows have in common. */
export type LeafOperation = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Attribute names of the two numbers of a row. */
  readonly facts: readonly string[];
};
/** An expected error is stated on the span without marking it as failed. */
export type LeafErrorType = { readonly type: string; readonly expected: boolean };

/** Columns written round and round: row n lies in slot n % length. */
export type LeafColumns = {
  readonly startMs: Float64Array;
  readonly durationMs: Float32Array;
  readonly operation: Uint16Array;
  readonly error: Uint16Array;
  readonly parent: Uint32Array;
  readonly first: Float64Array;
  readonly second: Float32Array;
};
/** What the numbers in the columns stand for. */
export type LeafTables = {
  readonly idBase: readonly [number, number];
  readonly operations: readonly LeafOperation[];
  /** Without a use for 0. */
  readonly errors: readonly LeafErrorType[];
  /** Six words each: trace id and span id. */
  readonly parentIds: Uint32Array;
  readonly parentLimit: number;
};

export const ROW_COLUMNS = { bytes: 32 } as const;

const MAGIC = 0x31464c54; // 'TLF1'
const HEADER_WORDS = 12;
const HEADER_BYTES = HEADER_WORDS * 4;
const PARENT_WORDS = 7;
const WORD = 2 ** 32;

/** Whether a number has been met in the block in the making: where the stamp is the block's. */
let seen = new Uint32Array(1024);
let stamp = 0;

function distinct(column: Uint32Array | Uint16Array, limit: number): number[] {
  if (seen.length < limit) seen = new Uint32Array(limit * 2);
  stamp = (stamp + 1) >>> 0;
  if (stamp === 0) {
    seen.fill(0);
    stamp = 1;
  }
  const found: number[] = [];
  let last = -1;
  for (let i = 0; i < column.length; i += 1) {
    const no = column[i]!;
    if (no === last) continue;
    last = no;
    if (seen[no] === stamp) continue;
    seen[no] = stamp;
    found.push(no);
  }
  return found;
}

/**
 * Packs `count` rows from row `from` on, or those of `rows` (ascending, the first of them `from`), in a buffer
 * of its own.
 */
export function packLeaves(
  columns: LeafColumns,
  tables: LeafTables,
  from: number,
  count: number,
  rows: readonly number[] | null,
): Uint8Array {
  const capacity = columns.startMs.length;
  const copy = <T extends Float64Array | Float32Array | Uint32Array | Uint16Array>(to: T, column: T): T => {
    if (rows !== null) {
      for (let i = 0; i < count; i += 1) to[i] = column[rows[i]! % capacity]!;
      return to;
    }
    const slot = from % capacity;
    const straight = Math.min(count, capacity - slot);
    to.set(column.subarray(slot, slot + straight));
    if (straight < count) to.set(column.subarray(0, count - straight), straight);
    return to;
  };
  // The small columns first: what they refer to decides how large the block is.
  const operation = copy(new Uint16Array(count), columns.operation);
  const error = copy(new Uint16Array(count), columns.error);
  const parent = copy(new Uint32Array(count), columns.parent);
  const parents = distinct(parent, tables.parentLimit);
  const text = JSON.stringify([
    distinct(operation, tables.operations.length).map((no) => {
      const { name, kind, attributes, facts } = tables.operations[no]!;
      return [no, name, SPAN_KINDS.indexOf(kind), Object.entries(attributes), facts];
    }),
    distinct(error, tables.errors.length)
      .filter((no) => no !== 0)
      .map((no) => [no, tables.errors[no]!.type, tables.errors[no]!.expected]),
  ]);
  const utf8 = new Uint8Array(text.length * 3);
  const textBytes = writeUtf8(text, utf8, 0);

  const n = count;
  const words = n * (rows === null ? 1 : 2) + parents.length * PARENT_WORDS;
  const intsAt = HEADER_BYTES + 24 * n;
  const shortsAt = intsAt + words * 4;
  const textAt = shortsAt + 4 * n;
  const total = textAt + textBytes;
  const out = new Uint8Array(total);
  const [baseHigh, baseLow] = tables.idBase;
  new Uint32Array(out.buffer, 0, HEADER_WORDS).set([
    MAGIC,
    n,
    parents.length,
    rows === null ? 0 : 1,
    textBytes,
    total,
    baseHigh,
    baseLow,
    Math.floor(from / WORD),
    from % WORD,
  ]);
  copy(new Float64Array(out.buffer, HEADER_BYTES, n), columns.startMs);
  copy(new Float64Array(out.buffer, HEADER_BYTES + 8 * n, n), columns.first);
  copy(new Float32Array(out.buffer, HEADER_BYTES + 16 * n, n), columns.durationMs);
  copy(new Float32Array(out.buffer, HEADER_BYTES + 20 * n, n), columns.second);
  const ints = new Uint32Array(out.buffer, intsAt, words);
  ints.set(parent);
  let at = n;
  if (rows !== null) for (let i = 0; i < n; i += 1) ints[at++] = rows[i]! - from;
  for (const no of parents) {
    ints[at] = no;
    for (let word = 0; word < 6; word += 1) ints[at + 1 + word] = tables.parentIds[no * 6 + word]!;
    at += PARENT_WORDS;
  }
  const shorts = new Uint16Array(out.buffer, shortsAt, 2 * n);
  shorts.set(operation);
  shorts.set(error, n);
  out.set(utf8.subarray(0, textBytes), textAt);
  return out;
}

export function isLeafBlock(bytes: Uint8Array): boolean {
  return bytes.byteLength >= HEADER_BYTES && wordAt(bytes, 0) === MAGIC;
}

/** How many rows a block says it holds, without a look at the rest; 0 for what is no block. */
export function rowCountOf(bytes: Uint8Array): number {
  return isLeafBlock(bytes) ? wordAt(bytes, 1) : 0;
}

/** How many spans a block of either kind says it holds. */
export function blockCountOf(bytes: Uint8Array): number {
  return isLeafBlock(bytes) ? rowCountOf(bytes) : spanCountOf(bytes);
}

/**
 * The rows of a block as spans, packed by `shared/spanCodec.ts`.
 * @throws SpanCodecError for what is no block of rows
 */
export function leavesToSpans(bytes: Uint8Array): Uint8Array {
  const block = openBlock(bytes);
  const { n, startMs, first, durationMs, second, ints, shorts } = block;
  const writer = new SpanWriter();
  const parents = readParents(block, writer);
  const { operations, errors } = readText(block.text, writer);
  for (let row = 0; row < n; row += 1) {
    const operation = operations[shorts[row]!];
    const error = errors[shorts[n + row]!];
    const parent = parents.get(ints[row]!);
    if (operation === undefined || error === undefined || parent === undefined) {
      throw new SpanCodecError(`Row ${row} refers to what is not there.`);
    }
    const no = block.firstRow + (block.isScattered ? ints[n + row]! : row);
    const low = block.baseLow + (no % WORD);
    const start = startMs[row]!;
    writer.beginSpan(
      parent.trace,
      (block.baseHigh + Math.floor(no / WORD) + (low >= WORD ? 1 : 0)) >>> 0,
      low >>> 0,
      parent.high,
      parent.low,
      operation.name,
      start,
      start + durationMs[row]!,
      operation.kind,
      error.status,
    );
    const hasFirst = operation.facts.length > 0 && !Number.isNaN(first[row]!);
    const hasSecond = operation.facts.length > 1 && !Number.isNaN(second[row]!);
    const { attributes } = operation;
    writer.attributeCount(
      attributes.length + (hasFirst ? 1 : 0) + (hasSecond ? 1 : 0) + (error.type === null ? 0 : 1),
    );
    for (const { key, value, text } of attributes) {
      if (text >= 0) writer.stringAttribute(key, text);
      else if (typeof value === 'number') writer.numberAttribute(key, value);
      else if (typeof value === 'boolean') writer.booleanAttribute(key, value);
      else writer.arrayAttribute(key, value as readonly unknown[]);
    }
    if (hasFirst) writer.numberAttribute(operation.facts[0]!, first[row]!);
    if (hasSecond) writer.numberAttribute(operation.facts[1]!, second[row]!);
    if (error.type !== null) writer.stringAttribute(error.key, error.text);
    writer.endSpan(error.status === STATUS_ERROR ? error.type : null, null, null);
  }
  return writer.finish();
}

/** The spans of a block of either kind. @throws SpanCodecError for anything else */
export function decodeBlock(bytes: Uint8Array): SpanRecord[] {
  return decodeSpans(isLeafBlock(bytes) ? leavesToSpans(bytes) : bytes);
}

function wordAt(bytes: Uint8Array, word: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(word * 4, true);
}

const STATUS_ERROR = SPAN_STATUSES.indexOf('error');

type Block = {
  readonly n: number;
  readonly parentCount: number;
  readonly isScattered: boolean;
  readonly baseHigh: number;
  readonly baseLow: number;
  readonly firstRow: number;
  readonly startMs: Float64Array;
  readonly first: Float64Array;
  readonly durationMs: Float32Array;
  readonly second: Float32Array;
  /** Parents of the rows, numbers of the rows where scattered, table of parents. */
  readonly ints: Uint32Array;
  /** Operations of the rows, then their error types. */
  readonly shorts: Uint16Array;
  readonly text: Uint8Array;
};

function openBlock(bytes: Uint8Array): Block {
  if (!isLeafBlock(bytes)) throw new SpanCodecError('The block does not hold rows.');
  const block = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const view = block.buffer as ArrayBuffer;
  const base = block.byteOffset;
  const header = new Uint32Array(view, base, HEADER_WORDS);
  const [, n, parentCount, scattered, textBytes, total] = header as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [baseHigh, baseLow, firstHigh, firstLow] = header.subarray(6) as unknown as [
    number,
    number,
    number,
    number,
  ];
  if (scattered > 1 || header[10] !== 0 || header[11] !== 0 || firstHigh >= 2 ** 21) {
    throw new SpanCodecError('The block does not hold rows.');
  }
  const words = n * (1 + scattered) + parentCount * PARENT_WORDS;
  const intsAt = HEADER_BYTES + 24 * n;
  const shortsAt = intsAt + words * 4;
  const textAt = shortsAt + 4 * n;
  if (total !== block.byteLength || textAt + textBytes !== block.byteLength) {
    throw new SpanCodecError('The block is cut short or too long.');
  }
  return {
    n,
    parentCount,
    isScattered: scattered === 1,
    baseHigh,
    baseLow,
    firstRow: firstHigh * WORD + firstLow,
    startMs: new Float64Array(view, base + HEADER_BYTES, n),
    first: new Float64Array(view, base + HEADER_BYTES + 8 * n, n),
    durationMs: new Float32Array(view, base + HEADER_BYTES + 16 * n, n),
    second: new Float32Array(view, base + HEADER_BYTES + 20 * n, n),
    ints: new Uint32Array(view, base + intsAt, words),
    shorts: new Uint16Array(view, base + shortsAt, 2 * n),
    text: block.subarray(textAt),
  };
}

type Parent = { readonly trace: number; readonly high: number; readonly low: number };

function readParents({ n, isScattered, ints, parentCount }: Block, writer: SpanWriter): Map<number, Parent> {
  const parents = new Map<number, Parent>();
  const traces = new Map<string, number>();
  for (let i = 0; i < parentCount; i += 1) {
    const at = n * (isScattered ? 2 : 1) + i * PARENT_WORDS;
    let traceId = '';
    for (let word = 1; word < 5; word += 1) traceId += wordHex(ints[at + word]!);
    let trace = traces.get(traceId);
    if (trace === undefined) traces.set(traceId, (trace = writer.trace(traceId)));
    const high = ints[at + 5]!;
    const low = ints[at + 6]!;
    if ((high | low) === 0) throw new SpanCodecError('A parent has no id.');
    parents.set(ints[at]!, { trace, high, low });
  }
  return parents;
}

/** Strings are indexes of the writer's. */
type Operation = {
  readonly name: number;
  readonly kind: number;
  readonly attributes: readonly {
    readonly key: number;
    readonly value: AttributeValue;
    /** -1 where the value is no string. */
    readonly text: number;
  }[];
  readonly facts: readonly number[];
};
type ErrorType = {
  readonly type: string | null;
  readonly status: number;
  readonly key: number;
  readonly text: number;
};

function readText(
  bytes: Uint8Array,
  writer: SpanWriter,
): { readonly operations: readonly Operation[]; readonly errors: readonly ErrorType[] } {
  const [operationList, errorList] = listOf(parse(readUtf8(bytes, 0, bytes.length)), 2);
  const operations: Operation[] = [];
  for (const entry of listOf(operationList)) {
    const [no, name, kind, attributes, facts] = listOf(entry, 5);
    if (SPAN_KINDS[kind as number] === undefined) {
      throw new SpanCodecError('An operation has an unknown kind.');
    }
    operations[numberOf(no)] = {
      name: writer.intern(stringOf(name)),
      kind: kind as number,
      attributes: listOf(attributes).map((attribute) => {
        const [key, value] = listOf(attribute, 2);
        return {
          key: writer.intern(stringOf(key)),
          value: valueOf(value),
          text: typeof value === 'string' ? writer.intern(value) : -1,
        };
      }),
      facts: listOf(facts).map((fact) => writer.intern(stringOf(fact))),
    };
  }
  const errors: ErrorType[] = [{ type: null, status: 0, key: 0, text: 0 }];
  for (const entry of listOf(errorList)) {
    const [no, type, expected] = listOf(entry, 3);
    if (no === 0) throw new SpanCodecError('The number that stands for no error has a type.');
    errors[numberOf(no)] = {
      type: stringOf(type),
      status: expected === true ? 0 : STATUS_ERROR,
      key: writer.intern(ATTR.errorType),
      text: writer.intern(stringOf(type)),
    };
  }
  return { operations, errors };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SpanCodecError('The table of operations is no JSON.');
  }
}
function listOf(value: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw new SpanCodecError('The table of operations has another form.');
  }
  return value;
}
function stringOf(value: unknown): string {
  if (typeof value !== 'string') throw new SpanCodecError('The table of operations lacks a string.');
  return value;
}
function numberOf(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 0xffff) {
    throw new SpanCodecError('The table of operations has a number that none can have.');
  }
  return value as number;
}
function valueOf(value: unknown): AttributeValue {
  const isScalar = (part: unknown) => ['string', 'number', 'boolean'].includes(typeof part);
  const isValue = Array.isArray(value)
    ? value.every((part) => isScalar(part) && typeof part === typeof value[0])
    : isScalar(value);
  if (!isValue) throw new SpanCodecError('An attribute has a value that it cannot have.');
  return value as AttributeValue;
}
