/**
 * All spans that the window holds, of many traces, as columns: about 80 B a span besides its attributes, which stay
 * packed as they came.
 * Rows of a dropped trace are used again, so a row number means something only while its trace is held.
 */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { Attributes, Origin, SpanEvent, SpanKind, SpanLink, SpanRecord } from '../../shared/span.ts';
import type { AttributeSink } from '../../shared/detailReader.ts';
import { wordHex } from '../../shared/hexWords.ts';
import { openSpans } from '../../shared/packedSpans.ts';
import type { PackedSpans } from '../../shared/packedSpans.ts';
import type { SpanDetails } from '../../shared/spanDetails.ts';
import { F64Column, I32Column, RowList, U32Column, U8Column } from './chunkedColumn.ts';
import { DetailBlocks } from './detailBlocks.ts';
import { NamePool } from './namePool.ts';
import { OriginPool } from './originPool.ts';
import { high, low, packRecords, parseId } from './packRecords.ts';
import { hashOfSpan, MAX_ROWS, SpanIndex } from './spanIndex.ts';

/** A trace's rows in order of arrival. `rows` only ever grows while the trace is held. */
export type TraceRows = {
  readonly traceId: string;
  readonly slot: number;
  readonly rows: RowList;
  /** Epoch milliseconds of the earliest start. */
  startMs: number;
  /** Epoch milliseconds of the latest end; -Infinity while no span has ended. */
  endMs: number;
  /** Epoch milliseconds of the latest start or end: when something was last heard of the trace. */
  latestMs: number;
  openCount: number;
  errorCount: number;
  /** Grows when a span's start or parent changed, or an end was moved: what was derived must be built anew. */
  restructured: number;
  /** Grows with every change. */
  version: number;
};

/** Columns that `readRows` fills, one entry a span of the trace. */
export type SpanColumns = {
  /** Epoch milliseconds. */
  readonly startMs: Float64Array;
  /** Epoch milliseconds; NaN while open. */
  readonly endMs: Float64Array;
  /** Place of the parent among the trace's rows; -1 for none, -2 where it is not held. */
  readonly parent: Int32Array;
  /** Name number. */
  readonly name: Int32Array;
  /** `SPAN_STATE` bits. */
  readonly state: Uint8Array;
};
export const SPAN_STATE = { error: 1, duplicate: 2 } as const;

export type SpanTableMemory = {
  readonly spans: number;
  readonly columnBytes: number;
  readonly indexBytes: number;
  /** Attributes, events and links as they are held, packed; what was made of them for somebody is not counted. */
  readonly payloadBytes: number;
  /** Packed blocks that rows refer to. */
  readonly blocks: number;
  readonly bytesPerSpan: number;
};

type More = { readonly traceState: string | null; readonly dropped: SpanRecord['dropped'] | null };

/** A block on its way in. */
type Load = {
  readonly packed: PackedSpans;
  readonly traceIds: readonly string[];
  /** The records that were packed for it, where there were any; and which of them it does not hold whole. */
  readonly records: readonly SpanRecord[] | null;
  readonly odd: ReadonlySet<number> | null;
  /** Of its strings, as far as they are names of spans; -1 while not met. Each is in use until the load ends. */
  readonly nameIds: Int32Array;
  readonly taken: number[];
  /** Of its origins. */
  readonly origins: readonly number[];
  /** -1 while no row needed one. */
  block: number;
};

const STATUS_SHIFT = 3;
const HAS_PARENT = 1 << 5;
const DUPLICATE = 1 << 7;
const ERROR_STATUS = SPAN_STATUSES.indexOf('error');
/** `SPAN_STATE` of a row's bits. */
const STATE_OF_BITS = Uint8Array.from(
  { length: 256 },
  (_, bits) =>
    (((bits >> STATUS_SHIFT) & 3) === ERROR_STATUS ? SPAN_STATE.error : 0) |
    ((bits & DUPLICATE) !== 0 ? SPAN_STATE.duplicate : 0),
);
/** Rows that the columns are made longer by; no chunk holds part of such a step. */
const RESERVED_ROWS = 1 << 12;
/** So many rows at once have the index make room for them first. */
const MANY_ROWS = 4096;
const RECENT = 1024;

export class SpanTable {
  /** Grows with every `upsert` or drop that changed something. */
  version = 0;
  /** Spans dropped with their whole trace, to stay below `maxSpans`. */
  evictedSpans = 0;
  /** Spans refused because their trace alone fills the table. */
  refusedSpans = 0;

  readonly #maxSpans: number;
  #size = 0;
  /** Rows by their hash, as found or added last: parents mostly are among them. -1 for none. */
  readonly #recent = new Int32Array(RECENT).fill(-1);
  #watched: string | null = null;
  /** Least recently changed first. */
  readonly #traces = new Map<string, TraceRows>();
  readonly #traceBySlot: (TraceRows | undefined)[] = [];
  readonly #freeRows: number[] = [];
  readonly #names = new NamePool();
  readonly #start = new F64Column();
  /** NaN while open. */
  readonly #end = new F64Column();
  readonly #idHigh = new U32Column();
  readonly #idLow = new U32Column();
  readonly #parentHigh = new U32Column();
  readonly #parentLow = new U32Column();
  /** -1 for a root, and while the parent is not found. */
  readonly #parentRow = new I32Column();
  readonly #name = new I32Column();
  readonly #trace = new I32Column();
  readonly #position = new I32Column();
  readonly #bits = new U8Column();
  /** Numbers of `#origins`. */
  readonly #origin = new I32Column();
  readonly #origins = new OriginPool();
  /** Rows that were ever in use. */
  #rows = 0;
  readonly #details = new DetailBlocks();
  readonly #more = new Map<number, More>();
  /** Rows that are not what their columns and details say. */
  readonly #odd = new Map<number, SpanRecord>();
  /** Rows beyond the first that carry the same ids, by the first one's row. */
  readonly #duplicates = new Map<number, number[]>();
  readonly #index = new SpanIndex({ trace: this.#trace, idHigh: this.#idHigh, idLow: this.#idLow });

  /** Holds at most `maxSpans`: whole traces are dropped first, the one changed longest ago before others. */
  constructor({ maxSpans = 1_000_000 }: { maxSpans?: number } = {}) {
    this.#maxSpans = Math.min(Math.max(1, maxSpans), MAX_ROWS);
  }

  /** Spans held. */
  get size(): number {
    return this.#size;
  }

  /** The trace that is looked at: never dropped. */
  watch(traceId: string | null): void {
    this.#watched = traceId;
  }

  /** Adds spans; one whose ids are held already replaces the earlier state (open, then ended). */
  upsertPacked(block: Uint8Array | PackedSpans): void {
    for (const rows of this.upsertInParts(block, Infinity)) void rows;
  }

  /**
   * The same, so many at a time: whoever must not hold up the page rests in between. Yields how many are in.
   * @throws SpanCodecError for bytes that are no block of spans
   */
  *upsertInParts(block: Uint8Array | PackedSpans, rows: number): Generator<number, void> {
    const packed = block instanceof Uint8Array ? openSpans(block) : block;
    yield* this.#take(packed, packed.traceIds, null, null, rows);
  }

  /** The same with records, which are packed first. */
  upsert(records: readonly SpanRecord[]): void {
    const { packed, traceIds, odd } = packRecords(records);
    for (const rows of this.#take(packed, traceIds, records, odd, Infinity)) void rows;
  }

  /** Forgets a trace. */
  drop(traceId: string): void {
    const trace = this.#traces.get(traceId);
    if (trace === undefined) return;
    for (let i = 0; i < trace.rows.length; i += 1) this.#freeRow(trace.rows.get(i));
    this.#size -= trace.rows.length;
    this.#recent.fill(-1);
    this.#traces.delete(traceId);
    this.#traceBySlot[trace.slot] = undefined;
    this.#details.tidy(this.#rows);
    this.version += 1;
  }

  /** Ids of the traces held, least recently changed first. */
  traceIds(): readonly string[] {
    return [...this.#traces.keys()];
  }

  /** A number for a trace that stays the same while it is held; -1 where it is not. */
  indexOfTrace(traceId: string): number {
    return this.#traces.get(traceId)?.slot ?? -1;
  }

  trace(traceId: string): TraceRows | null {
    return this.#traces.get(traceId) ?? null;
  }

  /** The row of a span; -1 where it is not held. Of spans with the same ids, the first. */
  rowOf(traceId: string, spanId: string): number {
    const slot = this.indexOfTrace(traceId);
    if (slot < 0) return -1;
    parseId(spanId);
    return this.#index.find(hashOfSpan(slot, high, low), slot, high, low);
  }

  /** The row of a span's parent; -1 for a root and where the parent is not held. */
  parentRow(row: number): number {
    const known = this.#parentRow.get(row);
    if (known >= 0 || !this.hasParent(row)) return known;
    // It may have come after its child.
    const found = this.#findParent(this.#trace.get(row), this.#parentHigh.get(row), this.#parentLow.get(row));
    this.#parentRow.set(row, found);
    return found;
  }

  hasParent(row: number): boolean {
    return (this.#bits.get(row) & HAS_PARENT) !== 0;
  }
  isDuplicate(row: number): boolean {
    return (this.#bits.get(row) & DUPLICATE) !== 0;
  }
  kind(row: number): SpanKind {
    return SPAN_KINDS[this.#bits.get(row) & 7]!;
  }
  isError(row: number): boolean {
    return ((this.#bits.get(row) >> STATUS_SHIFT) & 3) === ERROR_STATUS;
  }
  /** Epoch milliseconds. */
  startMs(row: number): number {
    return this.#start.get(row);
  }
  /** Epoch milliseconds; NaN while the span is open. */
  endMs(row: number): number {
    return this.#end.get(row);
  }
  name(row: number): string {
    return this.#names.names[this.#name.get(row)]!;
  }
  nameId(row: number): number {
    return this.#name.get(row);
  }
  /** Above every number that `nameId` returns. */
  get nameCount(): number {
    return this.#names.count;
  }
  nameOf(nameId: number): string {
    return this.#names.names[nameId]!;
  }
  /** The same object as long as little else was looked at meanwhile; do not change it. */
  attributes(row: number): Attributes {
    return this.#oddOf(row)?.attributes ?? this.#details.attributes(row);
  }
  statusMessage(row: number): string | null {
    const odd = this.#oddOf(row);
    return odd === undefined ? this.#details.extras(row).statusMessage : odd.statusMessage;
  }
  eventsOf(row: number): readonly SpanEvent[] {
    return (this.#oddOf(row) ?? this.#details.extras(row)).events;
  }
  linksOf(row: number): readonly SpanLink[] {
    return (this.#oddOf(row) ?? this.#details.extras(row)).links;
  }
  /** The packed block that says what hangs on a row: for reading many rows. `null`: nothing, or it is not packed. */
  detailsOf(row: number): SpanDetails | null {
    return this.#details.detailsOf(row);
  }
  /** Shows a row's attributes as they stand in `detailsOf(row)`, without making anything of them. */
  visitAttributes(row: number, sink: AttributeSink): void {
    this.#details.visit(row, sink);
  }
  /** Whether a row is not packed: `attributes` says what it has. */
  isOdd(row: number): boolean {
    return this.#odd.size > 0 && this.#odd.has(row);
  }
  /** 16 hex digits, or what the span has instead. */
  spanId(row: number): string {
    return this.#oddOf(row)?.spanId ?? wordHex(this.#idHigh.get(row)) + wordHex(this.#idLow.get(row));
  }
  /** Who recorded it; not given: this program itself. */
  originOf(row: number): Origin | undefined {
    return this.#origins.at(this.#origin.get(row));
  }
  /** A number for the service that recorded it; the same service has the same number. */
  serviceId(row: number): number {
    return this.#origins.serviceId(this.#origin.get(row));
  }
  serviceOf(row: number): string {
    return this.#origins.service(this.serviceId(row));
  }
  /** Place of a row among its trace's rows. */
  positionOf(row: number): number {
    return this.#position.get(row);
  }

  /** Reads the trace's rows from place `from` on, as many as the columns hold: several times as fast as one by one. */
  readRows({ rows }: TraceRows, from: number, into: SpanColumns): void {
    const { startMs, endMs, parent, name, state } = into;
    const count = startMs.length;
    if (rows.isRun && count > 0) {
      const first = rows.get(0);
      this.#start.read(first + from, startMs);
      this.#end.read(first + from, endMs);
      this.#name.read(first + from, name);
      this.#parentRow.read(first + from, parent);
      this.#bits.read(first + from, state);
      for (let i = 0; i < count; i += 1) {
        const bits = state[i]!;
        state[i] = STATE_OF_BITS[bits]!;
        const above = parent[i]!;
        if (above >= 0) parent[i] = above - first;
        else if ((bits & HAS_PARENT) !== 0) parent[i] = this.#parentPlace(first + from + i);
      }
      return;
    }
    for (let i = 0; i < count; i += 1) {
      const row = rows.get(from + i);
      const bits = this.#bits.get(row);
      startMs[i] = this.#start.get(row);
      endMs[i] = this.#end.get(row);
      name[i] = this.#name.get(row);
      state[i] = STATE_OF_BITS[bits]!;
      parent[i] = (bits & HAS_PARENT) === 0 ? -1 : this.#parentPlace(row);
    }
  }

  #parentPlace(row: number): number {
    const above = this.parentRow(row);
    return above < 0 ? -2 : this.#position.get(above);
  }

  /** The whole span again, for the detail panel and for copies. */
  record(row: number): SpanRecord {
    const odd = this.#oddOf(row);
    if (odd !== undefined) return odd;
    const bits = this.#bits.get(row);
    const end = this.#end.get(row);
    const origin = this.originOf(row);
    const { statusMessage, events, links } = this.#details.extras(row);
    const { traceState = null, dropped = null } = this.#more.get(row) ?? {};
    return {
      traceId: this.#traceBySlot[this.#trace.get(row)]!.traceId,
      spanId: this.spanId(row),
      parentSpanId:
        (bits & HAS_PARENT) === 0
          ? null
          : wordHex(this.#parentHigh.get(row)) + wordHex(this.#parentLow.get(row)),
      name: this.name(row),
      kind: SPAN_KINDS[bits & 7]!,
      startMs: this.#start.get(row),
      endMs: Number.isNaN(end) ? null : end,
      status: SPAN_STATUSES[(bits >> STATUS_SHIFT) & 3]!,
      statusMessage,
      attributes: this.#details.attributes(row),
      events,
      links,
      ...(origin !== undefined && { origin }),
      ...(traceState !== null && { traceState }),
      ...(dropped !== null && { dropped }),
    };
  }

  /** What the table takes. */
  memory(): SpanTableMemory {
    const columns = [this.#start, this.#end, this.#idHigh, this.#idLow, this.#parentHigh, this.#parentLow];
    const details = this.#details.bytes();
    let columnBytes =
      details.columns +
      this.#parentRow.bytes() +
      this.#name.bytes() +
      this.#trace.bytes() +
      this.#position.bytes() +
      this.#origin.bytes() +
      this.#bits.bytes();
    for (const column of columns) columnBytes += column.bytes();
    for (const trace of this.#traces.values()) columnBytes += trace.rows.bytes();
    const indexBytes = this.#index.bytes();
    const payloadBytes = details.details;
    const total = columnBytes + indexBytes + payloadBytes;
    return {
      spans: this.#size,
      columnBytes,
      indexBytes,
      payloadBytes,
      blocks: this.#details.count,
      bytesPerSpan: this.#size === 0 ? 0 : Math.round(total / this.#size),
    };
  }

  #oddOf(row: number): SpanRecord | undefined {
    return this.#odd.size === 0 ? undefined : this.#odd.get(row);
  }

  #touch(traceId: string): TraceRows {
    let trace = this.#traces.get(traceId);
    if (trace === undefined) {
      const free = this.#traceBySlot.indexOf(undefined);
      const slot = free === -1 ? this.#traceBySlot.length : free;
      trace = {
        traceId,
        slot,
        rows: new RowList(),
        startMs: Infinity,
        endMs: -Infinity,
        latestMs: -Infinity,
        openCount: 0,
        errorCount: 0,
        restructured: 0,
        version: 0,
      };
      this.#traceBySlot[slot] = trace;
    } else {
      this.#traces.delete(traceId);
    }
    this.#traces.set(traceId, trace);
    trace.version += 1;
    return trace;
  }

  *#take(
    packed: PackedSpans,
    traceIds: readonly string[],
    records: readonly SpanRecord[] | null,
    odd: ReadonlySet<number> | null,
    partRows: number,
  ): Generator<number, void> {
    const { count } = packed;
    if (count === 0) return;
    const load: Load = {
      packed,
      traceIds,
      records,
      odd,
      nameIds: new Int32Array(packed.stringCount).fill(-1),
      taken: [],
      origins: packed.origins.map((origin) => this.#origins.numberOf(origin)),
      block: -1,
    };
    if (count >= MANY_ROWS) this.#index.reserve(Math.min(count, this.#maxSpans - this.#size));
    try {
      for (let from = 0; from < count; from += partRows) {
        const to = Math.min(count, from + partRows);
        this.#takeRows(load, from, to);
        this.version += 1;
        yield to;
      }
    } finally {
      for (const id of load.taken) this.#names.release(id);
      if (load.block >= 0) this.#details.close(load.block);
      this.#details.tidy(this.#rows);
    }
  }

  #takeRows(load: Load, from: number, to: number): void {
    const { packed, traceIds } = load;
    const touched: (TraceRows | undefined)[] = [];
    // Where traces may have to go, the order of what changed last is kept span by span.
    const isTight = this.#size + to - from > this.#maxSpans;
    let last = -1;
    for (let place = from; place < to; place += 1) {
      const no = packed.trace[place]!;
      let trace = touched[no];
      if (trace === undefined || this.#traceBySlot[trace.slot] !== trace || (isTight && no !== last)) {
        trace = touched[no] = this.#touch(traceIds[no]!);
      }
      last = no;
      this.#put(trace, load, place);
    }
  }

  #put(trace: TraceRows, load: Load, place: number): void {
    const { packed } = load;
    const idHigh = packed.spanId[place * 2]!;
    const idLow = packed.spanId[place * 2 + 1]!;
    const parentHigh = packed.parentId[place * 2]!;
    const parentLow = packed.parentId[place * 2 + 1]!;
    const startMs = packed.startMs[place]!;
    const endMs = packed.endMs[place]!;
    const flags = packed.flags[place]!;
    const isOdd = load.odd !== null && load.odd.has(place);
    const hasParent = isOdd ? load.records![place]!.parentSpanId !== null : (parentHigh | parentLow) !== 0;
    let name = load.nameIds[packed.name[place]!]!;
    if (name < 0) {
      name = this.#names.take(packed.text(packed.name[place]!));
      load.nameIds[packed.name[place]!] = name;
      load.taken.push(name);
    }
    const { slot } = trace;
    const hash = hashOfSpan(slot, idHigh, idLow);
    const first = this.#index.find(hash, slot, idHigh, idLow);
    let row = first;
    if (first >= 0 && !this.#continues(first, startMs, name)) {
      row = this.#duplicates.get(first)?.find((other) => this.#continues(other, startMs, name)) ?? -1;
    }
    const isNew = row < 0;
    if (isNew) {
      if (this.#size >= this.#maxSpans && !this.#makeRoom(trace)) {
        this.refusedSpans += 1;
        return;
      }
      row = this.#newRow(trace);
      if (first < 0) this.#recent[hash & (RECENT - 1)] = row;
    } else {
      const end = this.#end.get(row);
      const isOpen = Number.isNaN(end);
      const moved =
        this.#start.get(row) !== startMs ||
        this.#parentHigh.get(row) !== parentHigh ||
        this.#parentLow.get(row) !== parentLow ||
        (!isOpen && end !== endMs);
      if (moved) trace.restructured += 1;
      if (isOpen) trace.openCount -= 1;
      if (this.isError(row)) trace.errorCount -= 1;
      this.#names.release(this.#name.get(row));
      this.#details.release(row);
      if (this.#odd.size > 0) this.#odd.delete(row);
      if (this.#more.size > 0) this.#more.delete(row);
    }
    this.#start.set(row, startMs);
    this.#end.set(row, endMs);
    this.#idHigh.set(row, idHigh);
    this.#idLow.set(row, idLow);
    this.#parentHigh.set(row, parentHigh);
    this.#parentLow.set(row, parentLow);
    this.#parentRow.set(row, hasParent ? this.#findParent(slot, parentHigh, parentLow) : -1);
    this.#names.use(name);
    this.#name.set(row, name);
    this.#bits.set(row, flags | (hasParent ? HAS_PARENT : 0) | (first >= 0 && first !== row ? DUPLICATE : 0));
    this.#origin.set(row, originOf(load, place, this.#origins));
    if (isOdd) this.#odd.set(row, load.records![place]!);
    else {
      if (!packed.isBare(place)) {
        if (load.block < 0) load.block = this.#details.open(packed);
        this.#details.set(row, load.block, packed.detailAt(place), packed.hasExtras(place));
      }
      const more = moreOf(load, place);
      if (more !== undefined) this.#more.set(row, more);
    }
    if (Number.isNaN(endMs)) trace.openCount += 1;
    else {
      if (endMs > trace.endMs) trace.endMs = endMs;
      if (endMs > trace.latestMs) trace.latestMs = endMs;
    }
    if (startMs < trace.startMs) trace.startMs = startMs;
    if (startMs > trace.latestMs) trace.latestMs = startMs;
    if (flags >> STATUS_SHIFT === ERROR_STATUS) trace.errorCount += 1;
    if (!isNew) return;
    if (first < 0) this.#index.add(row, hash);
    else {
      const others = this.#duplicates.get(first);
      if (others === undefined) this.#duplicates.set(first, [row]);
      else others.push(row);
    }
  }

  /**
   * Whether what came is a later state of the span in `row`, and not another span under the same id (which
   * broken senders do produce): an open span may end; an ended one is only sent again with its name and start.
   */
  #continues(row: number, startMs: number, name: number): boolean {
    if (Number.isNaN(this.#end.get(row))) return true;
    return this.#start.get(row) === startMs && this.#name.get(row) === name;
  }

  #findParent(slot: number, idHigh: number, idLow: number): number {
    const hash = hashOfSpan(slot, idHigh, idLow);
    const at = hash & (RECENT - 1);
    const recent = this.#recent[at]!;
    if (recent >= 0 && this.#index.isKey(recent, slot, idHigh, idLow)) return recent;
    const found = this.#index.find(hash, slot, idHigh, idLow);
    if (found >= 0) this.#recent[at] = found;
    return found;
  }

  #newRow(trace: TraceRows): number {
    let row = this.#freeRows.pop();
    if (row === undefined) {
      row = this.#rows++;
      if (row === this.#start.length) this.#reserve(row + RESERVED_ROWS);
    }
    this.#trace.set(row, trace.slot);
    this.#position.set(row, trace.rows.length);
    trace.rows.push(row);
    this.#size += 1;
    return row;
  }

  /** Room in every column at once: eleven columns pushed one by one are half of what a span costs. */
  #reserve(rows: number): void {
    for (const column of [this.#start, this.#end]) column.reserve(rows);
    for (const column of [this.#idHigh, this.#idLow, this.#parentHigh, this.#parentLow]) column.reserve(rows);
    const numbers = [this.#parentRow, this.#name, this.#trace, this.#position, this.#origin];
    for (const column of numbers) column.reserve(rows);
    this.#bits.reserve(rows);
    this.#details.reserve(rows);
  }

  #freeRow(row: number): void {
    if (!this.isDuplicate(row)) this.#index.remove(row);
    this.#names.release(this.#name.get(row));
    this.#details.release(row);
    this.#odd.delete(row);
    this.#more.delete(row);
    this.#duplicates.delete(row);
    this.#trace.set(row, -1);
    this.#freeRows.push(row);
  }

  /** Drops the trace changed longest ago, but neither the watched one nor the one being written. */
  #makeRoom(writing: TraceRows): boolean {
    for (const trace of this.#traces.values()) {
      if (trace === writing || trace.traceId === this.#watched) continue;
      this.evictedSpans += trace.rows.length;
      this.drop(trace.traceId);
      return true;
    }
    return false;
  }
}

function originOf({ packed, records, origins }: Load, place: number, pool: OriginPool): number {
  if (records !== null) return pool.numberOf(records[place]!.origin);
  const origin = packed.origin === null ? 0 : packed.origin[place]!;
  return origin === 0 ? 0 : origins[origin - 1]!;
}

function moreOf({ packed, records }: Load, place: number): More | undefined {
  if (records === null) return packed.more.size === 0 ? undefined : packed.more.get(place);
  const { traceState, dropped } = records[place]!;
  if (traceState === undefined && dropped === undefined) return undefined;
  return { traceState: traceState ?? null, dropped: dropped ?? null };
}
