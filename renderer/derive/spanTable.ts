/**
 * All spans that the window holds, of many traces, as columns: about 60 B a span besides its attributes.
 * Rows of a dropped trace are used again, so a row number means something only while its trace is held.
 */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { Attributes, SpanEvent, SpanKind, SpanLink, SpanRecord } from '../../shared/span.ts';
import { F64Column, I32Column, RowList, U32Column, U8Column } from './chunkedColumn.ts';
import { SpanIndex } from './spanIndex.ts';

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

export type SpanTableMemory = {
  readonly spans: number;
  readonly columnBytes: number;
  readonly indexBytes: number;
  /** Attributes, events and links, estimated from a sample of 1,000 rows. */
  readonly payloadBytes: number;
  readonly bytesPerSpan: number;
};

type Extra = {
  readonly statusMessage: string | null;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};
type OddIds = { readonly spanId: string; readonly parentSpanId: string | null };

const STATUS_SHIFT = 3;
const HAS_PARENT = 1 << 5;
const ODD_ID = 1 << 6;
const DUPLICATE = 1 << 7;
const ERROR_STATUS = SPAN_STATUSES.indexOf('error');
const NO_ATTRIBUTES: Attributes = {};

/** The two halves of the id parsed last. A pair of module variables, since a returned pair would be garbage. */
let high = 0;
let low = 0;
/** `false` where the id is not 16 hex digits: then the halves are a hash of it. */
function parseId(id: string): boolean {
  let h = 0;
  let l = 0;
  let valid = id.length === 16;
  for (let i = 0; valid && i < 16; i += 1) {
    const code = id.charCodeAt(i);
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : -1;
    if (digit < 0) valid = false;
    else if (i < 8) h = (h << 4) | digit;
    else l = (l << 4) | digit;
  }
  if (!valid) {
    h = 0x811c9dc5;
    l = 0x1b873593;
    for (let i = 0; i < id.length; i += 1) {
      h = Math.imul(h ^ id.charCodeAt(i), 0x01000193);
      l = Math.imul(l ^ id.charCodeAt(i), 0x5bd1e995) ^ (l >>> 13);
    }
  }
  high = h >>> 0;
  low = l >>> 0;
  return valid;
}
const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

/** Names by number, each kept as long as a span has it. */
class NamePool {
  readonly #ids = new Map<string, number>();
  readonly names: string[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];

  take(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#free.pop() ?? this.names.length;
      this.#ids.set(name, id);
      this.names[id] = name;
      this.#uses[id] = 0;
    }
    this.#uses[id]! += 1;
    return id;
  }

  release(id: number): void {
    this.#uses[id]! -= 1;
    if (this.#uses[id] !== 0) return;
    this.#ids.delete(this.names[id]!);
    this.names[id] = '';
    this.#free.push(id);
  }

  get count(): number {
    return this.names.length;
  }
}

export class SpanTable {
  /** Grows with every `upsert` or drop that changed something. */
  version = 0;
  /** Spans dropped with their whole trace, to stay below `maxSpans`. */
  evictedSpans = 0;
  /** Spans refused because their trace alone fills the table. */
  refusedSpans = 0;

  readonly #maxSpans: number;
  #size = 0;
  /** The parent's row found last: siblings mostly come one after another. -1 for none. */
  #lastParent = -1;
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
  readonly #attributes: Attributes[] = [];
  readonly #extras = new Map<number, Extra>();
  readonly #oddIds = new Map<number, OddIds>();
  /** Rows beyond the first that carry the same ids, by the first one's row. */
  readonly #duplicates = new Map<number, number[]>();
  readonly #index = new SpanIndex({
    traceAt: (row) => this.#trace.get(row),
    idHighAt: (row) => this.#idHigh.get(row),
    idLowAt: (row) => this.#idLow.get(row),
  });

  /** Holds at most `maxSpans`: whole traces are dropped first, the one changed longest ago before others. */
  constructor({ maxSpans = 1_000_000 }: { maxSpans?: number } = {}) {
    this.#maxSpans = Math.max(1, maxSpans);
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
  upsert(records: readonly SpanRecord[]): void {
    if (records.length === 0) return;
    let trace: TraceRows | undefined;
    for (const record of records) {
      if (trace?.traceId !== record.traceId || this.#traceBySlot[trace.slot] !== trace) {
        trace = this.#touch(record.traceId);
      }
      this.#upsertOne(trace, record);
    }
    this.version += 1;
  }

  /** Forgets a trace. */
  drop(traceId: string): void {
    const trace = this.#traces.get(traceId);
    if (trace === undefined) return;
    for (let i = 0; i < trace.rows.length; i += 1) this.#freeRow(trace.rows.get(i));
    this.#size -= trace.rows.length;
    this.#lastParent = -1;
    this.#traces.delete(traceId);
    this.#traceBySlot[trace.slot] = undefined;
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
    return this.#index.find(slot, high, low);
  }

  /** The row of a span's parent; -1 for a root and where the parent is not held. */
  parentRow(row: number): number {
    const known = this.#parentRow.get(row);
    if (known >= 0 || !this.hasParent(row)) return known;
    // It may have come after its child.
    const found = this.#index.find(this.#trace.get(row), this.#parentHigh.get(row), this.#parentLow.get(row));
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
  attributes(row: number): Attributes {
    return this.#attributes[row]!;
  }
  statusMessage(row: number): string | null {
    return this.#extras.get(row)?.statusMessage ?? null;
  }
  /** Place of a row among its trace's rows. */
  positionOf(row: number): number {
    return this.#position.get(row);
  }

  /** The whole span again, for the detail panel and for copies. */
  record(row: number): SpanRecord {
    const bits = this.#bits.get(row);
    const odd = this.#oddIds.get(row);
    const extra = this.#extras.get(row);
    const end = this.#end.get(row);
    const parent = hex8(this.#parentHigh.get(row)) + hex8(this.#parentLow.get(row));
    return {
      traceId: this.#traceBySlot[this.#trace.get(row)]!.traceId,
      spanId: odd?.spanId ?? hex8(this.#idHigh.get(row)) + hex8(this.#idLow.get(row)),
      parentSpanId: odd !== undefined ? odd.parentSpanId : (bits & HAS_PARENT) === 0 ? null : parent,
      name: this.name(row),
      kind: SPAN_KINDS[bits & 7]!,
      startMs: this.#start.get(row),
      endMs: Number.isNaN(end) ? null : end,
      status: SPAN_STATUSES[(bits >> STATUS_SHIFT) & 3]!,
      statusMessage: extra?.statusMessage ?? null,
      attributes: this.#attributes[row]!,
      events: extra?.events ?? [],
      links: extra?.links ?? [],
    };
  }

  /** What the table takes: columns and index exactly, the rest as an estimate. */
  memory(): SpanTableMemory {
    const columns = [this.#start, this.#end, this.#idHigh, this.#idLow, this.#parentHigh, this.#parentLow];
    let columnBytes =
      this.#parentRow.bytes() +
      this.#name.bytes() +
      this.#trace.bytes() +
      this.#position.bytes() +
      this.#bits.bytes();
    for (const column of columns) columnBytes += column.bytes();
    columnBytes += this.#attributes.length * 8;
    for (const trace of this.#traces.values()) columnBytes += trace.rows.bytes();
    const indexBytes = this.#index.bytes();
    const rows = this.#start.length;
    const step = Math.max(1, Math.floor(rows / 1000));
    let sampled = 0;
    let bytes = 0;
    for (let row = 0; row < rows; row += step) {
      if (this.#trace.get(row) < 0) continue;
      sampled += 1;
      bytes += payloadBytes(this.#attributes[row]!, this.#extras.get(row));
    }
    const payload = sampled === 0 ? 0 : Math.round((bytes / sampled) * this.#size);
    const total = columnBytes + indexBytes + payload;
    return {
      spans: this.#size,
      columnBytes,
      indexBytes,
      payloadBytes: payload,
      bytesPerSpan: this.#size === 0 ? 0 : Math.round(total / this.#size),
    };
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

  #upsertOne(trace: TraceRows, record: SpanRecord): void {
    const validParent = record.parentSpanId === null || parseId(record.parentSpanId);
    const parentHigh = record.parentSpanId === null ? 0 : high;
    const parentLow = record.parentSpanId === null ? 0 : low;
    const odd = !parseId(record.spanId) || !validParent;
    const idHigh = high;
    const idLow = low;
    const first = this.#index.find(trace.slot, idHigh, idLow);
    let row = first;
    if (first >= 0 && !this.#continues(first, record)) {
      row = this.#duplicates.get(first)?.find((other) => this.#continues(other, record)) ?? -1;
    }
    const isNew = row < 0;
    if (isNew) {
      if (this.#size >= this.#maxSpans && !this.#makeRoom(trace)) {
        this.refusedSpans += 1;
        return;
      }
      row = this.#newRow(trace);
    } else {
      const moved =
        this.#start.get(row) !== record.startMs ||
        this.#parentHigh.get(row) !== parentHigh ||
        this.#parentLow.get(row) !== parentLow ||
        (!Number.isNaN(this.#end.get(row)) && this.#end.get(row) !== record.endMs);
      if (moved) trace.restructured += 1;
      if (Number.isNaN(this.#end.get(row))) trace.openCount -= 1;
      if (this.isError(row)) trace.errorCount -= 1;
      this.#names.release(this.#name.get(row));
    }
    this.#start.set(row, record.startMs);
    this.#end.set(row, record.endMs ?? NaN);
    this.#idHigh.set(row, idHigh);
    this.#idLow.set(row, idLow);
    this.#parentHigh.set(row, parentHigh);
    this.#parentLow.set(row, parentLow);
    this.#parentRow.set(
      row,
      record.parentSpanId === null ? -1 : this.#findParent(trace.slot, parentHigh, parentLow),
    );
    this.#name.set(row, this.#names.take(record.name));
    this.#bits.set(
      row,
      Math.max(0, SPAN_KINDS.indexOf(record.kind)) |
        (Math.max(0, SPAN_STATUSES.indexOf(record.status)) << STATUS_SHIFT) |
        (record.parentSpanId === null ? 0 : HAS_PARENT) |
        (odd ? ODD_ID : 0) |
        (first >= 0 && first !== row ? DUPLICATE : 0),
    );
    this.#attributes[row] = record.attributes;
    if (record.statusMessage !== null || record.events.length > 0 || record.links.length > 0) {
      const { statusMessage, events, links } = record;
      this.#extras.set(row, { statusMessage, events, links });
    } else if (!isNew) this.#extras.delete(row);
    if (odd) this.#oddIds.set(row, { spanId: record.spanId, parentSpanId: record.parentSpanId });
    if (record.endMs === null) trace.openCount += 1;
    else if (record.endMs > trace.endMs) trace.endMs = record.endMs;
    if (record.startMs < trace.startMs) trace.startMs = record.startMs;
    trace.latestMs = Math.max(trace.latestMs, record.startMs, record.endMs ?? -Infinity);
    if (record.status === 'error') trace.errorCount += 1;
    if (!isNew) return;
    if (first < 0) this.#index.add(row);
    else this.#duplicates.set(first, [...(this.#duplicates.get(first) ?? []), row]);
  }

  /**
   * Whether a record is a later state of the span in `row`, and not another span under the same id (which
   * broken senders do produce): an open span may end; an ended one is only sent again with its name and start.
   */
  #continues(row: number, record: SpanRecord): boolean {
    if (Number.isNaN(this.#end.get(row))) return true;
    return this.#start.get(row) === record.startMs && this.name(row) === record.name;
  }

  #findParent(slot: number, idHigh: number, idLow: number): number {
    const last = this.#lastParent;
    if (
      last >= 0 &&
      this.#idLow.get(last) === idLow &&
      this.#idHigh.get(last) === idHigh &&
      this.#trace.get(last) === slot
    ) {
      return last;
    }
    return (this.#lastParent = this.#index.find(slot, idHigh, idLow));
  }

  #newRow(trace: TraceRows): number {
    let row = this.#freeRows.pop();
    if (row === undefined) {
      row = this.#start.length;
      for (const column of [this.#start, this.#end, this.#idHigh, this.#idLow]) column.push(0);
      for (const column of [this.#parentHigh, this.#parentLow, this.#name, this.#bits]) column.push(0);
      this.#parentRow.push(-1);
      this.#trace.push(0);
      this.#position.push(0);
      this.#attributes.push(NO_ATTRIBUTES);
    }
    this.#trace.set(row, trace.slot);
    this.#position.set(row, trace.rows.length);
    trace.rows.push(row);
    this.#size += 1;
    return row;
  }

  #freeRow(row: number): void {
    if (!this.isDuplicate(row)) this.#index.remove(row);
    this.#names.release(this.#name.get(row));
    this.#attributes[row] = NO_ATTRIBUTES;
    this.#extras.delete(row);
    this.#oddIds.delete(row);
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

/** Object header and slots, 2 B a character of values; keys are shared. */
function payloadBytes(attributes: Attributes, extra: Extra | undefined): number {
  let bytes = 0;
  for (const key in attributes) {
    const value = attributes[key];
    bytes +=
      8 + (typeof value === 'string' ? 16 + value.length * 2 : Array.isArray(value) ? 16 * value.length : 8);
  }
  if (bytes > 0) bytes += 24;
  if (extra !== undefined) {
    bytes += 80 + (extra.statusMessage?.length ?? 0) * 2;
    for (const event of extra.events)
      bytes += 48 + event.name.length * 2 + payloadBytes(event.attributes, undefined);
    for (const link of extra.links) bytes += 48 + 112 + payloadBytes(link.attributes, undefined);
  }
  return bytes;
}
