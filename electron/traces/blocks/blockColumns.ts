/** The columns of a block, each decoded when it is first asked for, and kept where somebody keeps it. */
import type { AttributeColumn, NamedParents, SpanExtra, SpanFacts, UsageSums } from '../blockTypes.ts';
import { entriesOf, readAttribute, readAttributeOf, readAttributeTexts } from './attributeCodec.ts';
import { readRuns, SLOT } from './blockChunks.ts';
import type { TraceRun } from './blockChunks.ts';
import { ByteReader, ChunkError } from './bytes.ts';
import { openExtras, readExtraRows } from './extraCodec.ts';
import type { ExtraRows } from './extraCodec.ts';
import { copyIdOf, openIds, readIds } from './idCodec.ts';
import type { CopyId } from './idCodec.ts';
import { openIndexed, readIndexed, readInts } from './numberCodec.ts';
import { NAMED, openParents, readParents } from './parentCodec.ts';
import type { Parents } from './parentCodec.ts';
import { RowIndex } from './parents.ts';
import { readUsageSums } from './usageCodec.ts';

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

/** What is made of columns, where it is kept. */
const DERIVED = { runs: -1, parentId: -2, index: -3, texts: 2 ** 40 } as const;

const NO_ID = new Uint32Array(2);

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
  #startRestNs: Int16Array | null | undefined;
  #endRestNs: Int16Array | null | undefined;
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
  #column<T extends Uint32Array | Float64Array | Int16Array | Uint8Array>(
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
  /** Of columns that are not held, all but these rows (ascending) is passed over. */
  spansAt(rows: Uint32Array): SpanFacts {
    return this.#sound(() => {
      const copyId = this.#ids();
      const parentRow = this.#parentRow();
      const spanId = new Uint32Array(rows.length * 2);
      const parentId = new Uint32Array(rows.length * 2);
      for (const [at, row] of rows.entries()) {
        copyId(row, spanId, at);
        const above = parentRow(row);
        if (above >= 0) copyId(above, parentId, at);
        else if (above === NAMED) parentId.set(this.#namedParentOf(row), at * 2);
      }
      return {
        rows,
        trace: Uint32Array.from(rows, (row) => this.#traceAt(row)),
        name: Uint32Array.from(rows, this.#indexed(SLOT.name, this.#name)),
        origin: Uint32Array.from(rows, this.#indexed(SLOT.origin, this.#origin)),
        flags: Uint8Array.from(rows, this.#indexed(SLOT.flags, this.#flags)),
        spanId,
        parentId,
      };
    });
  }
  #ids(): CopyId {
    const whole = this.#spanId ?? this.#keeper?.get<Uint32Array>(SLOT.spanId);
    return whole === undefined ? openIds(this.#open(SLOT.spanId), this.count) : copyIdOf(whole);
  }
  #traceAt(row: number): number {
    const { runs } = this;
    let low = 0;
    let high = runs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (runs[middle]!.to <= row) low = middle + 1;
      else high = middle;
    }
    return runs[low]!.trace;
  }
  #indexed(slot: number, held: Uint32Array | Uint8Array | undefined): (row: number) => number {
    const whole = held ?? this.#keeper?.get<Uint32Array | Uint8Array>(slot);
    return whole === undefined ? openIndexed(this.#open(slot), this.count) : (row) => whole[row]!;
  }
  #parentRow(): (row: number) => number {
    const whole = this.#parent ?? this.#keeper?.get<Parents>(SLOT.parent);
    if (whole === undefined) return openParents(this.#open(SLOT.parent), this.count);
    return (row) => (whole.parent[row]! >= 0 ? whole.parent[row]! : NAMED);
  }
  /** Zeros where it names none. */
  #namedParentOf(row: number): Uint32Array {
    const { rows, ids } = this.namedParents;
    const at = placeOf(rows, row);
    return at === -1 ? NO_ID : ids.subarray(at * 2, at * 2 + 2);
  }
  get startRestNs(): Int16Array | null {
    return (this.#startRestNs ??= this.#rests(SLOT.startRest));
  }
  get endRestNs(): Int16Array | null {
    return (this.#endRestNs ??= this.#rests(SLOT.endRest));
  }
  #rests(slot: number): Int16Array | null {
    if (!this.#source.slots.includes(slot)) return null;
    return this.#column(slot, (from) => Int16Array.from(readInts(from, this.count)));
  }
  /** `null` where they were not summed up, or in another way than today's. */
  get usageSums(): UsageSums | null {
    if (!this.#source.slots.includes(SLOT.usageSums)) return null;
    return this.#sound(() => readUsageSums(this.#open(SLOT.usageSums), this.count));
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
