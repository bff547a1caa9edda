/**
 * All spans that the window holds, of many traces, as columns (`rowColumns.ts`), with their attributes packed as they
 * came (`spanRows.ts`). Here they come in and go.
 * Rows of a dropped trace are used again, so a row number means something only while its trace is held.
 */
import { openSpans } from '../../shared/packedSpans.ts';
import type { PackedSpans } from '../../shared/packedSpans.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { countState } from './heldTraces.ts';
import type { TraceRows } from './heldTraces.ts';
import { high, low, packRecords, parseId } from './packRecords.ts';
import { DUPLICATE, HAS_PARENT, isErrorBits } from './rowColumns.ts';
import { hashOfSpan, MAX_ROWS } from './spanIndex.ts';
import { newLoad, originAt, takeName } from './spanLoad.ts';
import type { SpanLoad } from './spanLoad.ts';
import { SpanRows } from './spanRows.ts';

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

/** Rows that the columns are made longer by; no chunk holds part of such a step. */
const RESERVED_ROWS = 1 << 12;
/** So many rows at once have the index make room for them first. */
const MANY_ROWS = 4096;

export class SpanTable extends SpanRows {
  /** Grows with every `upsert` or drop that changed something. */
  version = 0;
  /** Spans dropped with their whole trace, to stay below `maxSpans`. */
  evictedSpans = 0;
  /** Spans refused because their trace alone fills the table. */
  refusedSpans = 0;

  readonly #maxSpans: number;
  #size = 0;
  /** Rows that were ever in use. */
  #rows = 0;
  readonly #freeRows: number[] = [];
  #watched: string | null = null;
  /** Rows beyond the first that carry the same ids, by the first one's row. */
  readonly #duplicates = new Map<number, number[]>();

  /** Holds at most `maxSpans`: whole traces are dropped first, the one changed longest ago before others. */
  constructor({ maxSpans = 1_000_000 }: { maxSpans?: number } = {}) {
    super();
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

  /** Ids of the traces held, least recently changed first. */
  traceIds(): readonly string[] {
    return this.traces.ids();
  }

  /** A number for a trace that stays the same while it is held; -1 where it is not. */
  indexOfTrace(traceId: string): number {
    return this.traces.get(traceId)?.slot ?? -1;
  }

  trace(traceId: string): TraceRows | null {
    return this.traces.get(traceId) ?? null;
  }

  /** The row of a span; -1 where it is not held. Of spans with the same ids, the first. */
  rowOf(traceId: string, spanId: string): number {
    const slot = this.indexOfTrace(traceId);
    if (slot < 0) return -1;
    parseId(spanId);
    return this.index.find(hashOfSpan(slot, high, low), slot, high, low);
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
    const { traceIds } = packed;
    yield* this.#take(newLoad({ packed, traceIds, records: null, odd: null }, this.origins), rows);
  }

  /** The same with records, which are packed first. */
  upsert(records: readonly SpanRecord[]): void {
    const load = newLoad({ ...packRecords(records), records }, this.origins);
    for (const rows of this.#take(load, Infinity)) void rows;
  }

  /** Forgets a trace. */
  drop(traceId: string): void {
    const trace = this.traces.get(traceId);
    if (trace === undefined) return;
    for (let i = 0; i < trace.rows.length; i += 1) this.#freeRow(trace.rows.get(i));
    this.#size -= trace.rows.length;
    this.traces.remove(trace);
    this.details.tidy(this.#rows);
    this.version += 1;
  }

  /** What the table takes. */
  memory(): SpanTableMemory {
    const details = this.details.bytes();
    const columnBytes = this.columnBytes() + this.rests.bytes() + details.columns + this.traces.bytes();
    const indexBytes = this.index.bytes();
    const payloadBytes = details.details;
    const total = columnBytes + indexBytes + payloadBytes;
    return {
      spans: this.#size,
      columnBytes,
      indexBytes,
      payloadBytes,
      blocks: this.details.count,
      bytesPerSpan: this.#size === 0 ? 0 : Math.round(total / this.#size),
    };
  }

  *#take(load: SpanLoad, partRows: number): Generator<number, void> {
    const { count } = load.packed;
    if (count === 0) return;
    if (count >= MANY_ROWS) this.index.reserve(Math.min(count, this.#maxSpans - this.#size));
    try {
      for (let from = 0; from < count; from += partRows) {
        const to = Math.min(count, from + partRows);
        this.#takeRows(load, from, to);
        this.version += 1;
        yield to;
      }
    } finally {
      for (const id of load.taken) this.names.release(id);
      if (load.block >= 0) this.details.close(load.block);
      this.details.tidy(this.#rows);
    }
  }

  #takeRows(load: SpanLoad, from: number, to: number): void {
    const { packed, traceIds } = load;
    const touched: (TraceRows | undefined)[] = [];
    // Where traces may have to go, the order of what changed last is kept span by span.
    const isTight = this.#size + to - from > this.#maxSpans;
    let last = -1;
    for (let place = from; place < to; place += 1) {
      const no = packed.trace[place]!;
      let trace = touched[no];
      if (trace === undefined || this.traces.at(trace.slot) !== trace || (isTight && no !== last)) {
        trace = touched[no] = this.traces.touch(traceIds[no]!);
      }
      last = no;
      this.#put(trace, load, place);
    }
  }

  #put(trace: TraceRows, load: SpanLoad, place: number): void {
    const { packed } = load;
    const idHigh = packed.spanId[place * 2]!;
    const idLow = packed.spanId[place * 2 + 1]!;
    const parentHigh = packed.parentId[place * 2]!;
    const parentLow = packed.parentId[place * 2 + 1]!;
    const startMs = packed.startMs[place]!;
    const endMs = packed.endMs[place]!;
    const flags = packed.flags[place]!;
    const isOdd = load.odd !== null && load.odd.has(place);
    // What an odd one says of its parent may not be in the block.
    const hasParent = isOdd ? load.records![place]!.parentSpanId !== null : (parentHigh | parentLow) !== 0;
    // Looked up here and not in a call: calls that are not inlined are a twentieth of what a span costs.
    let name = load.nameIds[packed.name[place]!]!;
    if (name < 0) name = takeName(load, packed.name[place]!, this.names);
    const { slot } = trace;
    const hash = hashOfSpan(slot, idHigh, idLow);
    const first = this.index.find(hash, slot, idHigh, idLow);
    let row = first;
    if (first >= 0 && !this.#continues(first, startMs, name)) {
      row = this.#duplicates.get(first)?.find((other) => this.#continues(other, startMs, name)) ?? -1;
    }
    if (row >= 0) {
      if (this.#moves(row, packed, place)) trace.restructured += 1;
      this.#leaveState(trace, row);
    } else {
      if (this.#size >= this.#maxSpans && !this.#makeRoom(trace)) {
        this.refusedSpans += 1;
        return;
      }
      row = this.#newRow(trace, idHigh, idLow);
      if (first < 0) this.index.add(row, hash);
      else this.#addDuplicate(first, row);
    }
    this.start.set(row, startMs);
    this.end.set(row, endMs);
    this.parentHigh.set(row, parentHigh);
    this.parentLow.set(row, parentLow);
    this.above.set(row, hasParent ? this.index.findParent(slot, parentHigh, parentLow) : -1);
    this.names.use(name);
    this.nameNo.set(row, name);
    this.bits.set(row, flags | (hasParent ? HAS_PARENT : 0) | (first >= 0 && first !== row ? DUPLICATE : 0));
    this.origin.set(row, originAt(load, place, this.origins));
    this.keepDetails(row, load, place, isOdd);
    countState(trace, startMs, endMs, isErrorBits(flags));
  }

  /**
   * Whether what came is a later state of the span in `row`, and not another span under the same id (which
   * broken senders do produce): an open span may end; an ended one is only sent again with its name and start.
   */
  #continues(row: number, startMs: number, name: number): boolean {
    if (Number.isNaN(this.end.get(row))) return true;
    return this.start.get(row) === startMs && this.nameNo.get(row) === name;
  }

  /** Whether a later state of the span in `row` has it stand elsewhere. An open span that ends stays where it is. */
  #moves(row: number, packed: PackedSpans, place: number): boolean {
    const end = this.end.get(row);
    return (
      this.start.get(row) !== packed.startMs[place] ||
      this.parentHigh.get(row) !== packed.parentId[place * 2] ||
      this.parentLow.get(row) !== packed.parentId[place * 2 + 1] ||
      (!Number.isNaN(end) && end !== packed.endMs[place])
    );
  }

  /** Takes a row's state out of all that counts or holds it, before the next one is written. */
  #leaveState(trace: TraceRows, row: number): void {
    if (Number.isNaN(this.end.get(row))) trace.openCount -= 1;
    if (this.isError(row)) trace.errorCount -= 1;
    this.names.release(this.nameNo.get(row));
    this.releaseDetails(row);
  }

  #addDuplicate(first: number, row: number): void {
    const others = this.#duplicates.get(first);
    if (others === undefined) this.#duplicates.set(first, [row]);
    else others.push(row);
  }

  #newRow(trace: TraceRows, idHigh: number, idLow: number): number {
    let row = this.#freeRows.pop();
    if (row === undefined) {
      row = this.#rows++;
      if (row === this.start.length) {
        this.reserveColumns(row + RESERVED_ROWS);
        this.details.reserve(row + RESERVED_ROWS);
      }
    }
    this.idHigh.set(row, idHigh);
    this.idLow.set(row, idLow);
    this.slot.set(row, trace.slot);
    this.position.set(row, trace.rows.length);
    trace.rows.push(row);
    this.#size += 1;
    return row;
  }

  #freeRow(row: number): void {
    if (!this.isDuplicate(row)) this.index.remove(row);
    this.names.release(this.nameNo.get(row));
    this.releaseDetails(row);
    this.#duplicates.delete(row);
    this.slot.set(row, -1);
    this.#freeRows.push(row);
  }

  /** Drops a trace for the one being written; `false` where there is none that may go. */
  #makeRoom(writing: TraceRows): boolean {
    const trace = this.traces.oldestBut(writing, this.#watched);
    if (trace === null) return false;
    this.evictedSpans += trace.rows.length;
    this.drop(trace.traceId);
    return true;
  }
}
