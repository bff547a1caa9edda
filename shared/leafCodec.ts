/** Spans out of packed rows (leafFormat.ts), for the thread or window that wants them. */
import { HEADER_BYTES, HEADER_WORDS, MAGIC, PARENT_WORDS, WORD } from './leafFormat.ts';
import { ATTR, SPAN_KINDS, SPAN_STATUSES } from './span.ts';
import type { AttributeValue, SpanRecord } from './span.ts';
import { wordHex } from './hexWords.ts';
import { decodeSpans } from './spanCodec.ts';
import { SpanCodecError, spanCountOf } from './spanFormat.ts';
import { SpanWriter } from './spanWriter.ts';
import { readUtf8 } from './utf8.ts';

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
 * The rows of a block as spans, packed by `shared/spanFormat.ts`.
 * @throws SpanCodecError for what is no block of rows
 */
export function leavesToSpans(bytes: Uint8Array): Uint8Array {
  const block = openBlock(bytes);
  const { n, startMs, first, durationMs, second, ints, shorts } = block;
  const writer = new SpanWriter();
  const { operations, errors, sets } = readText(block.text, writer);
  const parents = readParents(block, writer, sets);
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
    const isOwn = (key: number) =>
      attributes.some((own) => own.key === key) || operation.facts.includes(key) || key === error.key;
    // What the operation says goes before what its parent has.
    const added = parent.attributes.length === 0 ? NONE : parent.attributes.filter(({ key }) => !isOwn(key));
    writer.attributeCount(
      attributes.length +
        added.length +
        (hasFirst ? 1 : 0) +
        (hasSecond ? 1 : 0) +
        (error.type === null ? 0 : 1),
    );
    for (const attribute of attributes) writeAttribute(writer, attribute);
    for (const attribute of added) writeAttribute(writer, attribute);
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

type Parent = {
  readonly trace: number;
  readonly high: number;
  readonly low: number;
  readonly attributes: readonly Attribute[];
};

function readParents(
  { n, isScattered, ints, parentCount }: Block,
  writer: SpanWriter,
  sets: readonly (readonly Attribute[])[],
): Map<number, Parent> {
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
    const attributes = sets[ints[at + 7]!];
    if (attributes === undefined) throw new SpanCodecError('A parent refers to what is not there.');
    parents.set(ints[at]!, { trace, high, low, attributes });
  }
  return parents;
}

/** Strings are indexes of the writer's. */
type Attribute = {
  readonly key: number;
  readonly value: AttributeValue;
  /** -1 where the value is no string. */
  readonly text: number;
};
type Operation = {
  readonly name: number;
  readonly kind: number;
  readonly attributes: readonly Attribute[];
  readonly facts: readonly number[];
};
type ErrorType = {
  readonly type: string | null;
  readonly status: number;
  readonly key: number;
  readonly text: number;
};

const NONE: readonly Attribute[] = [];

function writeAttribute(writer: SpanWriter, { key, value, text }: Attribute): void {
  if (text >= 0) writer.stringAttribute(key, text);
  else if (typeof value === 'number') writer.numberAttribute(key, value);
  else if (typeof value === 'boolean') writer.booleanAttribute(key, value);
  else writer.arrayAttribute(key, value as readonly unknown[]);
}

type Names = {
  readonly operations: readonly Operation[];
  readonly errors: readonly ErrorType[];
  /** Attributes of parents, by their number. */
  readonly sets: readonly (readonly Attribute[])[];
};

function readText(bytes: Uint8Array, writer: SpanWriter): Names {
  const [operationList, errorList, setList] = listOf(parse(readUtf8(bytes, 0, bytes.length)), 3);
  const attributesOf = (entries: unknown): readonly Attribute[] =>
    listOf(entries).map((attribute) => {
      const [key, value] = listOf(attribute, 2);
      return {
        key: writer.intern(stringOf(key)),
        value: valueOf(value),
        text: typeof value === 'string' ? writer.intern(value) : -1,
      };
    });
  const operations: Operation[] = [];
  for (const entry of listOf(operationList)) {
    const [no, name, kind, attributes, facts] = listOf(entry, 5);
    if (SPAN_KINDS[kind as number] === undefined) {
      throw new SpanCodecError('An operation has an unknown kind.');
    }
    operations[numberOf(no)] = {
      name: writer.intern(stringOf(name)),
      kind: kind as number,
      attributes: attributesOf(attributes),
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
  return { operations, errors, sets: [NONE, ...listOf(setList).map(attributesOf)] };
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
