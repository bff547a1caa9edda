/**
 * A block of spans as chunks of bytes, one a column, and back: columns are decoded when they are first asked for.
 *
 *   trace      runs of rows of one trace: number, rows          start, duration   whole microseconds
 *   name, origin, flags, parent's id where it is not in the block: each value once, and which one a row has
 *   parent     0 none, 1 elsewhere, 2 cut out of a cycle, else 3 + the steps back to its row
 *   extraRows, extra: see extraCodec.ts                         16 + key: one attribute
 */
import { NO_PARENT, PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { AttributeColumn, BlockMemo, NamedParents, SpanBlock, SpanExtra } from '../blockTypes.ts';
import { bitsFor, ByteReader, ByteWriter, ChunkError, packBits, unpackBits } from './bytes.ts';
import {
  entriesOf,
  readAttribute,
  readAttributeOf,
  readAttributeTexts,
  readIds,
  readIndexed,
  readInts,
  writeAttribute,
  writeIds,
  writeIndexed,
  writeInts,
} from './columnCodec.ts';
import { openExtras, readExtraRows, writeExtras } from './extraCodec.ts';
import type { ExtraRows } from './extraCodec.ts';
import { parentRows, RowIndex } from './parents.ts';
import type { SpanColumns } from './spanColumns.ts';

const SLOT = {
  trace: 0,
  start: 1,
  duration: 2,
  name: 3,
  origin: 4,
  flags: 5,
  spanId: 6,
  parent: 7,
  extraRows: 8,
  extra: 9,
  attributes: 16,
} as const;

export type Chunk = { readonly slot: number; readonly bytes: Uint8Array };

const NONE = 0;
const ELSEWHERE = 1;
const CUT = 2;
const STEPS = 3;

/** Attributes by key; one that is made from others may be made when it is asked for. */
export type Attributes = { keys(): Iterable<number>; get(key: number): AttributeColumn | undefined };

/**
 * At most one chunk a step, so that somebody who has other work can do it in between.
 * @param columns - in `clusterOrder`
 */
export function* writeChunks(
  columns: SpanColumns,
  attributes: Attributes = columns.attributes,
): Generator<Chunk | null, void> {
  const { count, startUs, durationUs } = columns;
  const into = new ByteWriter();
  const chunk = (slot: number): Chunk => ({ slot, bytes: into.take() });
  writeTraces(into, columns.trace);
  yield chunk(SLOT.trace);
  writeInts(into, startUs);
  yield chunk(SLOT.start);
  // 0: open; above: the duration and one; below: a negative one.
  writeInts(
    into,
    durationUs.map((us) => (Number.isNaN(us) ? 0 : us >= 0 ? us + 1 : us)),
  );
  yield chunk(SLOT.duration);
  writeIndexed(into, columns.name);
  yield chunk(SLOT.name);
  writeIndexed(into, columns.origin);
  yield chunk(SLOT.origin);
  writeIndexed(into, columns.flags);
  yield chunk(SLOT.flags);
  writeIds(into, columns.spanId);
  yield chunk(SLOT.spanId);
  writeParents(into, columns);
  yield chunk(SLOT.parent);
  if (columns.extras.size > 0) {
    const { rows, bodies } = yield* writeExtras(columns.extras, count);
    yield { slot: SLOT.extraRows, bytes: rows };
    yield { slot: SLOT.extra, bytes: bodies };
  }
  for (const key of [...attributes.keys()].sort((a, b) => a - b)) {
    const column = attributes.get(key);
    if (column === undefined || column.rows.length === 0) continue;
    writeAttribute(into, column, count);
    yield chunk(SLOT.attributes + key);
  }
}

/** The same at once. */
export function allChunks(columns: SpanColumns): Chunk[] {
  return [...writeChunks(columns)].filter((chunk) => chunk !== null);
}

function writeTraces(into: ByteWriter, trace: Uint32Array): void {
  let last = 0;
  for (let row = 0; row < trace.length;) {
    let end = row + 1;
    while (end < trace.length && trace[end] === trace[row]) end += 1;
    into.varint(trace[row]! - last);
    into.varint(end - row);
    last = trace[row]!;
    row = end;
  }
}

function writeParents(into: ByteWriter, columns: SpanColumns): void {
  const { count, parentId } = columns;
  const { parent, isCut } = parentRows(columns);
  const codes = new Float64Array(count);
  const named: number[] = [];
  for (let row = 0; row < count; row += 1) {
    const found = parent[row]!;
    if (found >= 0) {
      const steps = row - found;
      codes[row] = STEPS + (steps > 0 ? 2 * steps - 2 : -2 * steps - 1);
    } else if (found === PARENT_ELSEWHERE) codes[row] = ELSEWHERE;
    else codes[row] = isCut?.[row] === 1 ? CUT : NONE;
    if (codes[row] === ELSEWHERE || codes[row] === CUT) named.push(row);
  }
  writeInts(into, codes);
  const places = new Map<string, number>();
  const ids: number[] = [];
  const indexes = Uint32Array.from(named, (row) => {
    const high = parentId[row * 2]!;
    const low = parentId[row * 2 + 1]!;
    const key = `${high} ${low}`;
    let place = places.get(key);
    if (place === undefined) {
      places.set(key, (place = places.size));
      ids.push(high, low);
    }
    return place;
  });
  into.varint(named.length);
  into.varint(places.size);
  writeIds(into, Uint32Array.from(ids));
  packBits(into, indexes, named.length, bitsFor(places.size));
}

export type BlockMeta = {
  readonly id: number;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
};
/** Where a block's chunks come from. */
export interface ChunkSource {
  /** Ascending. */
  readonly slots: readonly number[];
  read(slot: number): Uint8Array;
  /** What is thrown where a chunk cannot be what was written; not given: the error itself. */
  damaged?(cause: ChunkError): Error;
}

/** Keeps decoded columns from one question to the next. */
export interface ColumnKeeper {
  get<T>(slot: number): T | undefined;
  put(slot: number, value: unknown, bytes: number): void;
}

export type TraceRun = { readonly trace: number; readonly from: number; readonly to: number };
type Parents = { readonly parent: Int32Array; readonly named: NamedParents };

/** What is made of columns, where it is kept. */
const DERIVED = { runs: -1, parentId: -2, index: -3, texts: 2 ** 40 } as const;
/** Of a text in memory, its letters aside. */
const TEXT_BYTES = 24;
const ARRAY_BYTES = 100;

/** The columns of a block, which never change once it is written; `dead` may, and is not part of it. */
export class BlockColumns {
  readonly count: number;
  readonly #source: ChunkSource;
  readonly #keeper: ColumnKeeper | null;
  #trace: Uint32Array | undefined;
  #runs: readonly TraceRun[] | undefined;
  #startUs: Float64Array | undefined;
  #durationUs: Float64Array | undefined;
  #name: Uint32Array | undefined;
  #origin: Uint32Array | undefined;
  #flags: Uint8Array | undefined;
  #spanId: Uint32Array | undefined;
  #parent: Parents | undefined;
  #parentId: Uint32Array | undefined;
  #index: RowIndex | undefined;
  #extraRows: ExtraRows | undefined;
  #extra: ((place: number) => SpanExtra) | undefined;
  #keys: Uint32Array | undefined;
  readonly #attributes = new Map<number, AttributeColumn>();

  constructor(count: number, source: ChunkSource, keeper: ColumnKeeper | null = null) {
    this.count = count;
    this.#source = source;
    this.#keeper = keeper;
  }

  /** Reads a chunk, or what is kept of it. */
  #decoded<T>(slot: number, decode: () => T, bytesOf: (value: T) => number): T {
    const kept = this.#keeper?.get<T>(slot);
    if (kept !== undefined) return kept;
    const value = this.#sound(decode);
    this.#keeper?.put(slot, value, bytesOf(value) + ARRAY_BYTES);
    return value;
  }
  #sound<T>(decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (error instanceof ChunkError && this.#source.damaged !== undefined)
        throw this.#source.damaged(error);
      throw error;
    }
  }
  #column<T extends Uint32Array | Float64Array | Uint8Array>(
    slot: number,
    decode: (from: ByteReader) => T,
  ): T {
    return this.#decoded(
      slot,
      () => decode(this.#open(slot)),
      ({ byteLength }) => byteLength,
    );
  }
  /** Chunks as they lie there. */
  get slots(): readonly number[] {
    return this.#source.slots;
  }
  read(slot: number): Uint8Array {
    return this.#source.read(slot);
  }
  #open(slot: number): ByteReader {
    return new ByteReader(this.#source.read(slot));
  }

  /** Ascending by trace; the rows of a trace lie together. */
  get runs(): readonly TraceRun[] {
    return (this.#runs ??= this.#decoded(
      DERIVED.runs,
      () => readRuns(this.#open(SLOT.trace), this.count),
      ({ length }) => length * 48,
    ));
  }
  /** `null` where the block has no span of it. */
  runOf(trace: number): TraceRun | null {
    const { runs } = this;
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (runs[middle]!.trace < trace) low = middle + 1;
      else high = middle;
    }
    const found = runs[low];
    return found?.trace === trace ? found : null;
  }
  get trace(): Uint32Array {
    return (this.#trace ??= this.#decoded(
      SLOT.trace,
      () => {
        const trace = new Uint32Array(this.count);
        for (const run of this.runs) trace.fill(run.trace, run.from, run.to);
        return trace;
      },
      ({ byteLength }) => byteLength,
    ));
  }
  get startUs(): Float64Array {
    return (this.#startUs ??= this.#column(SLOT.start, (from) => readInts(from, this.count)));
  }
  get durationUs(): Float64Array {
    return (this.#durationUs ??= this.#column(SLOT.duration, (from) => {
      const values = readInts(from, this.count);
      for (let row = 0; row < values.length; row += 1) {
        const value = values[row]!;
        if (value >= 0) values[row] = value === 0 ? NaN : value - 1;
      }
      return values;
    }));
  }
  get name(): Uint32Array {
    return (this.#name ??= this.#column(SLOT.name, (from) => readIndexed(from, new Uint32Array(this.count))));
  }
  get origin(): Uint32Array {
    return (this.#origin ??= this.#column(SLOT.origin, (from) =>
      readIndexed(from, new Uint32Array(this.count)),
    ));
  }
  get flags(): Uint8Array {
    return (this.#flags ??= this.#column(SLOT.flags, (from) =>
      readIndexed(from, new Uint8Array(this.count)),
    ));
  }
  get spanId(): Uint32Array {
    return (this.#spanId ??= this.#column(SLOT.spanId, (from) => readIds(from, this.count)));
  }
  get parent(): Int32Array {
    return this.#parents().parent;
  }
  get namedParents(): NamedParents {
    return this.#parents().named;
  }
  get parentId(): Uint32Array {
    return (this.#parentId ??= this.#decoded(
      DERIVED.parentId,
      () => {
        const { parent, named } = this.#parents();
        const { spanId } = this;
        const ids = new Uint32Array(this.count * 2);
        for (let row = 0; row < this.count; row += 1) {
          const above = parent[row]!;
          if (above < 0) continue;
          ids[row * 2] = spanId[above * 2]!;
          ids[row * 2 + 1] = spanId[above * 2 + 1]!;
        }
        for (let i = 0; i < named.rows.length; i += 1) {
          ids[named.rows[i]! * 2] = named.ids[i * 2]!;
          ids[named.rows[i]! * 2 + 1] = named.ids[i * 2 + 1]!;
        }
        return ids;
      },
      ({ byteLength }) => byteLength,
    ));
  }
  #parents(): Parents {
    return (this.#parent ??= this.#decoded(
      SLOT.parent,
      () => readParents(this.#open(SLOT.parent), this.count),
      ({ parent, named }) => parent.byteLength + named.rows.byteLength * 3,
    ));
  }
  /** Rows by trace and id. */
  get index(): RowIndex {
    return (this.#index ??= this.#decoded(
      DERIVED.index,
      () => {
        const index = new RowIndex(this, this.count);
        for (let row = 0; row < this.count; row += 1) index.add(row);
        return index;
      },
      // With the columns that it holds on to.
      () => this.count * 24,
    ));
  }
  get keys(): Uint32Array {
    return (this.#keys ??= Uint32Array.from(
      this.#source.slots.filter((slot) => slot >= SLOT.attributes),
      (slot) => slot - SLOT.attributes,
    ));
  }
  attribute(key: number): AttributeColumn | null {
    let column = this.#attributes.get(key);
    if (column === undefined) {
      if (!this.keys.includes(key)) return null;
      const slot = SLOT.attributes + key;
      column = this.#decoded(slot, () => readAttribute(this.#open(slot), this.count), attributeBytes);
      this.#attributes.set(key, column);
    }
    return column;
  }
  attributeOf(key: number, rows: Uint32Array): AttributeColumn | null {
    if (!this.keys.includes(key)) return null;
    const slot = SLOT.attributes + key;
    const whole = this.#attributes.get(key) ?? this.#keeper?.get<AttributeColumn>(slot);
    if (whole !== undefined) return entriesOf(whole, rows);
    return this.#sound(() => readAttributeOf(this.#open(slot), this.count, rows));
  }
  textsOf(key: number): readonly string[] {
    if (!this.keys.includes(key)) return [];
    const slot = SLOT.attributes + key;
    const whole = this.#attributes.get(key) ?? this.#keeper?.get<AttributeColumn>(slot);
    if (whole !== undefined) return whole.texts;
    return this.#decoded(
      DERIVED.texts + slot,
      () => readAttributeTexts(this.#open(slot), this.count),
      textBytes,
    );
  }
  #extras(): ExtraRows {
    return (this.#extraRows ??= this.#source.slots.includes(SLOT.extraRows)
      ? this.#decoded(
          SLOT.extraRows,
          () => readExtraRows(this.#source.read(SLOT.extraRows), this.count),
          ({ rows }) => rows.length * 12,
        )
      : { rows: new Uint32Array(), starts: new Float64Array(1) });
  }
  get extraRows(): Uint32Array {
    return this.#extras().rows;
  }
  extra(row: number): SpanExtra | null {
    const extras = this.#extras();
    const place = placeOf(extras.rows, row);
    if (place === -1) return null;
    this.#extra ??= this.#sound(() => openExtras(this.#source.read(SLOT.extra), extras));
    return this.#sound(() => this.#extra!(place));
  }
}

const textBytes = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + TEXT_BYTES + text.length, 0);
const attributeBytes = ({ rows, texts }: AttributeColumn): number => rows.length * 13 + textBytes(texts);

function readRuns(from: ByteReader, count: number): TraceRun[] {
  const runs: TraceRun[] = [];
  let trace = 0;
  for (let row = 0; row < count;) {
    trace += from.varint();
    const to = row + from.varint();
    if (to <= row || to > count) throw new ChunkError('A trace has rows that are not there.');
    runs.push({ trace, from: row, to });
    row = to;
  }
  return runs;
}

function readParents(from: ByteReader, count: number): Parents {
  const codes = readInts(from, count);
  const parent = new Int32Array(count);
  let rows = new Uint32Array(64);
  let length = 0;
  for (let row = 0; row < count; row += 1) {
    const code = codes[row]!;
    if (code >= STEPS) {
      const steps = code - STEPS;
      const above = row - ((steps & 1) === 0 ? (steps >> 1) + 1 : -((steps + 1) >> 1));
      if (above < 0 || above >= count) throw new ChunkError('A parent is not in its block.');
      parent[row] = above;
      continue;
    }
    parent[row] = code === ELSEWHERE ? PARENT_ELSEWHERE : NO_PARENT;
    if (code === NONE) continue;
    if (length === rows.length) {
      const next = new Uint32Array(length * 2);
      next.set(rows);
      rows = next;
    }
    rows[length++] = row;
  }
  if (from.varint() !== length) throw new ChunkError('Parents are missing.');
  const different = from.varint();
  if (different > length) throw new ChunkError('Parents are missing.');
  const all = readIds(from, different);
  const indexes = unpackBits(from, length, bitsFor(different));
  const ids = new Uint32Array(length * 2);
  for (let i = 0; i < length; i += 1) {
    ids[i * 2] = all[indexes[i]! * 2]!;
    ids[i * 2 + 1] = all[indexes[i]! * 2 + 1]!;
  }
  return { parent, named: { rows: rows.slice(0, length), ids } };
}

function placeOf(rows: Uint32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return rows[low] === row ? low : -1;
}

/** A block as the questions see it: its columns, and which of its rows still count. */
export class StoredBlock implements SpanBlock {
  readonly id: number;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly dead: Uint8Array | null;
  readonly columns: BlockColumns;
  readonly memo: BlockMemo;
  #parent: Int32Array | undefined;
  #namedParents: NamedParents | undefined;

  constructor(
    { id, count, firstUs, lastUs }: BlockMeta,
    dead: Uint8Array | null,
    columns: BlockColumns,
    memo: BlockMemo = NO_MEMO,
  ) {
    this.id = id;
    this.count = count;
    this.firstUs = firstUs;
    this.lastUs = lastUs;
    this.dead = dead;
    this.columns = columns;
    this.memo = memo;
  }

  get trace(): Uint32Array {
    return this.columns.trace;
  }
  get startUs(): Float64Array {
    return this.columns.startUs;
  }
  get durationUs(): Float64Array {
    return this.columns.durationUs;
  }
  get name(): Uint32Array {
    return this.columns.name;
  }
  get origin(): Uint32Array {
    return this.columns.origin;
  }
  get flags(): Uint8Array {
    return this.columns.flags;
  }
  get spanId(): Uint32Array {
    return this.columns.spanId;
  }
  get parentId(): Uint32Array {
    return this.columns.parentId;
  }
  /** A parent that no longer counts has a later state: here, or elsewhere. */
  get parent(): Int32Array {
    const { dead } = this;
    if (dead === null) return this.columns.parent;
    if (this.#parent === undefined) {
      const { parent } = this.columns;
      let isAbove = false;
      for (let row = 0; row < this.count && !isAbove; row += 1) {
        isAbove = parent[row]! >= 0 && dead[parent[row]!] === 1 && dead[row] === 0;
      }
      this.#parent = isAbove ? parentRows(this, dead).parent : parent;
    }
    return this.#parent;
  }
  get namedParents(): NamedParents {
    const { parent } = this;
    if (parent === this.columns.parent) return this.columns.namedParents;
    return (this.#namedParents ??= namedIn(parent, this.parentId));
  }
  get keys(): Uint32Array {
    return this.columns.keys;
  }
  attribute(key: number): AttributeColumn | null {
    return this.columns.attribute(key);
  }
  attributeOf(key: number, rows: Uint32Array): AttributeColumn | null {
    return this.columns.attributeOf(key, rows);
  }
  textsOf(key: number): readonly string[] {
    return this.columns.textsOf(key);
  }
  get extraRows(): Uint32Array {
    return this.columns.extraRows;
  }
  extra(row: number): SpanExtra | null {
    return this.columns.extra(row);
  }
}

const NO_MEMO: BlockMemo = { get: () => undefined, set: () => undefined };

function namedIn(parent: Int32Array, parentId: Uint32Array): NamedParents {
  const rows: number[] = [];
  const ids: number[] = [];
  for (let row = 0; row < parent.length; row += 1) {
    if (parent[row]! >= 0 || (parentId[row * 2]! | parentId[row * 2 + 1]!) === 0) continue;
    rows.push(row);
    ids.push(parentId[row * 2]!, parentId[row * 2 + 1]!);
  }
  return { rows: Uint32Array.from(rows), ids: Uint32Array.from(ids) };
}
