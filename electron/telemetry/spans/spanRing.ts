/**
 * The last spans of the process, open ones included, in bounded memory: columns of numbers, strings interned
 * and counted by use. Windows and the trace store read what changed since they last looked.
 *
 *   slots    [ 0 | 1 | 2 | ... ]  written round and round; a slot that holds an open span is passed over, so
 *                                 that the root of a long run stays, as long as a quarter of the slots is not open
 *   changes  [ slot of change 1, slot of change 2, ... ]  every start and end is one change; `seq` counts them
 */
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type {
  Attributes,
  AttributeValue,
  SpanBatch,
  SpanEvent,
  SpanLink,
  SpanRecord,
} from '../../../shared/span.ts';
import { hexWord, SpanWriter, wordHex } from '../../../shared/spanCodec.ts';
import { InternTable } from './internTable.ts';
import { CELL_ARRAY, CELL_BOOLEAN, CELL_NUMBER, CELL_STRING, createShapeTable } from './spanShapes.ts';
import type { CellType } from './spanShapes.ts';

export type SpanRingOptions = {
  /** Spans held at most. */
  readonly capacity?: number;
  /** What the strings of held spans may take, in bytes; the oldest spans go first. */
  readonly maxTextBytes?: number;
  /** Sees every string before it is kept. */
  readonly redactText?: (text: string) => string;
  readonly isSecretKey?: (key: string) => boolean;
  /** A listener threw. */
  readonly onFault?: () => void;
};

export type SpanCounts = {
  /** Always `held + evicted`, and always `ended + open`. */
  readonly started: number;
  readonly ended: number;
  /** Started, and no longer in the ring. */
  readonly evicted: number;
  readonly held: number;
  readonly open: number;
  /** Had been evicted while open and came back, whole, with their end. */
  readonly readmitted: number;
};

/** A reader's own place in the ring, which learns how many ended spans were gone before it came to them. */
export type SpanReader = {
  /** The next ended spans, each once; `null` when there are none. */
  next(maxSpans: number): SpanBatch | null;
  /** All spans that are open now. */
  open(): Uint8Array;
  readonly lost: number;
  close(): void;
};

export type SpanRing = {
  started(span: SpanRecord): void;
  ended(span: SpanRecord): void;
  /** A span that nobody saw open: start and end in one change. */
  completed(span: SpanRecord): void;
  /**
   * Every held span that changed after `seq`, in its latest state. With `maxSpans` the batch may end early: go
   * on from its `seq` until that no longer grows. A batch moves `seq` by at most two per span it carries, unless
   * spans were evicted in between.
   */
  since(seq: number, maxSpans?: number): SpanBatch;
  reader(): SpanReader;
  /** The number of the latest change. */
  readonly seq: number;
  counts(): SpanCounts;
  /** Memory of columns, and upper bound of the strings', in bytes. */
  memory(): { readonly columnBytes: number; readonly textBytes: number; readonly strings: number };
  /** Called at every change, and so once for every start and end: collect, do not work. Returns its end. */
  onChange(listener: () => void): () => void;
};

/** Attributes of one span kept in columns; further ones go the slow way, complete. */
const CELLS = 12;
const FLAG_USED = 1 << 6;
const FLAG_OPEN = 1 << 7;

const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

type Extras = {
  readonly attributes: Attributes | null;
  readonly statusMessage: string | null;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly textBytes: number;
};

export function createSpanRing(options: SpanRingOptions = {}): SpanRing {
  const capacity = Math.max(1, options.capacity ?? 131_072);
  const maxTextBytes = options.maxTextBytes ?? 64_000_000;
  const redactText = options.redactText ?? ((text) => text);
  const onFault = options.onFault ?? (() => undefined);
  const isSecretKey = options.isSecretKey ?? (() => false);
  const logLength = capacity * 2;

  // The system hands out zeroed pages when they are first written: an idle ring takes next to nothing.
  const startMs = new Float64Array(capacity);
  const endMs = new Float64Array(capacity);
  const startSeq = new Float64Array(capacity);
  const latestSeq = new Float64Array(capacity);
  const cells = new Float64Array(capacity * CELLS);
  const ids = new Uint32Array(capacity * 2);
  const parents = new Uint32Array(capacity * 2);
  const traces = new Uint32Array(capacity);
  const names = new Uint32Array(capacity);
  const shapeIds = new Uint16Array(capacity);
  const flags = new Uint8Array(capacity);
  const changes = new Uint32Array(logLength);
  /** The batch that carried the slot last, by its stamp. */
  const batchOf = new Uint32Array(capacity);
  const columns = [
    startMs,
    endMs,
    startSeq,
    latestSeq,
    cells,
    ids,
    parents,
    traces,
    names,
    shapeIds,
    flags,
    changes,
    batchOf,
  ];
  const extras = new Map<number, Extras>();
  const openSlots = new Map<string, number>();
  const strings = new InternTable(redactText);
  const shapes = createShapeTable();
  const secretShapeKeys = new Set<string>();
  const knownKeys = new Set<string>();

  let seq = 0;
  let startedCount = 0;
  let endedCount = 0;
  let held = 0;
  let openHeld = 0;
  let readmitted = 0;
  let cursor = 0;
  let extrasTextBytes = 0;
  const listeners = new Set<() => void>();
  const readers = new Set<{ seq: number; lost: number }>();

  const writer = new SpanWriter();
  // Which string of the batch in the making stands for an interned one: valid where the stamp is the batch's.
  let stamps = new Uint32Array(1024);
  let indexes = new Uint32Array(1024);
  let stamp = 0;
  let shapeKeys = new Map<number, Uint32Array>();

  function change(slot: number): void {
    seq += 1;
    latestSeq[slot] = seq;
    changes[seq % logLength] = slot;
    for (const listener of listeners) {
      try {
        listener();
      } catch {
        onFault();
      }
    }
  }

  function slotFor(): number {
    if (openHeld * 4 <= capacity) {
      while ((flags[cursor]! & FLAG_OPEN) !== 0) cursor = (cursor + 1) % capacity;
    }
    const slot = cursor;
    if ((flags[slot]! & FLAG_USED) !== 0) evict(slot);
    cursor = (cursor + 1) % capacity;
    return slot;
  }

  function evict(slot: number): void {
    if ((flags[slot]! & FLAG_OPEN) !== 0) {
      openSlots.delete(wordHex(ids[slot * 2]!) + wordHex(ids[slot * 2 + 1]!));
      openHeld -= 1;
    } else {
      for (const reader of readers) if (latestSeq[slot]! > reader.seq) reader.lost += 1;
    }
    releaseDetail(slot);
    strings.release(traces[slot]!);
    strings.release(names[slot]!);
    flags[slot] = 0;
    held -= 1;
  }

  function releaseDetail(slot: number): void {
    const types = shapes.byId(shapeIds[slot]!).types;
    for (let i = 0; i < types.length; i += 1) {
      if (types[i]! >= CELL_STRING) strings.release(cells[slot * CELLS + i]!);
    }
    shapeIds[slot] = shapes.root.id;
    const extra = extras.get(slot);
    if (extra === undefined) return;
    extrasTextBytes -= extra.textBytes;
    extras.delete(slot);
  }

  function writeDetail(slot: number, span: SpanRecord): void {
    const base = slot * CELLS;
    let shape = shapes.root;
    let overflow: Record<string, AttributeValue> | null = null;
    for (const key in span.attributes) {
      const raw = span.attributes[key];
      if (raw === undefined || raw === null) continue;
      const value = isSecret(key) ? '[redacted]' : uniform(raw);
      const type = cellType(value);
      const at = shape.keys.length;
      const next = overflow === null && at < CELLS ? shapes.extend(shape, key, type) : null;
      if (next === null) {
        (overflow ??= {})[key] = redactValue(value);
        continue;
      }
      cells[base + at] = type >= CELL_STRING ? strings.acquire(value as string) : Number(value);
      shape = next;
    }
    shapeIds[slot] = shape.id;
    if (overflow !== null || span.statusMessage !== null || span.events.length > 0 || span.links.length > 0) {
      const extra: Omit<Extras, 'textBytes'> = {
        attributes: overflow,
        statusMessage: span.statusMessage === null ? null : redactText(span.statusMessage),
        events: span.events
          .filter(({ timeMs }) => Number.isFinite(timeMs))
          .map(({ name, timeMs, attributes }) => ({
            name: redactText(name),
            timeMs,
            attributes: redactAll(attributes),
          })),
        links: span.links
          .filter(({ traceId, spanId }) => TRACE_ID.test(traceId) && SPAN_ID.test(spanId))
          .map(({ traceId, spanId, attributes }) => ({ traceId, spanId, attributes: redactAll(attributes) })),
      };
      const textBytes = textBytesOf(extra);
      extras.set(slot, { ...extra, textBytes });
      extrasTextBytes += textBytes;
    }
  }

  function isSecret(key: string): boolean {
    if (!knownKeys.has(key)) {
      if (knownKeys.size >= 10_000) return isSecretKey(key);
      knownKeys.add(key);
      if (isSecretKey(key)) secretShapeKeys.add(key);
    }
    return secretShapeKeys.size > 0 && secretShapeKeys.has(key);
  }
  function redactValue(value: AttributeValue): AttributeValue {
    if (typeof value === 'string') return redactText(value);
    if (!Array.isArray(value)) return value;
    return (uniform(value) as readonly unknown[]).map((part) =>
      typeof part === 'string' ? redactText(part) : part,
    ) as AttributeValue;
  }
  function redactAll(attributes: Attributes): Attributes {
    const clean: Record<string, AttributeValue> = {};
    for (const [key, value] of Object.entries(attributes)) {
      clean[key] = isSecret(key) ? '[redacted]' : redactValue(value);
    }
    return clean;
  }

  function admit(span: SpanRecord, open: boolean): number {
    // Checked first: an id that is no id must not leave half a row behind.
    const idHigh = hexWord(span.spanId, 0);
    const idLow = hexWord(span.spanId, 8);
    const parentHigh = span.parentSpanId === null ? 0 : hexWord(span.parentSpanId, 0);
    const parentLow = span.parentSpanId === null ? 0 : hexWord(span.parentSpanId, 8);
    const slot = slotFor();
    ids[slot * 2] = idHigh;
    ids[slot * 2 + 1] = idLow;
    parents[slot * 2] = parentHigh;
    parents[slot * 2 + 1] = parentLow;
    traces[slot] = strings.acquire(span.traceId);
    names[slot] = strings.acquire(span.name);
    startMs[slot] = Number.isFinite(span.startMs) ? span.startMs : Date.now();
    endMs[slot] = open ? NaN : endOf(span);
    flags[slot] =
      FLAG_USED |
      (open ? FLAG_OPEN : 0) |
      SPAN_KINDS.indexOf(span.kind) |
      (SPAN_STATUSES.indexOf(span.status) << 3);
    shapeIds[slot] = shapes.root.id;
    writeDetail(slot, span);
    held += 1;
    startSeq[slot] = seq + 1;
    change(slot);
    return slot;
  }

  /** Strings of any length may be recorded, so slots alone are no bound. */
  function boundText(): void {
    let at = cursor;
    for (let i = 0; i < capacity && strings.textBytes + extrasTextBytes > maxTextBytes; i += 1) {
      if ((flags[at]! & (FLAG_USED | FLAG_OPEN)) === FLAG_USED) evict(at);
      at = (at + 1) % capacity;
    }
  }

  function writeSlot(slot: number): void {
    const status = (flags[slot]! >> 3) & 3;
    const end = endMs[slot]!;
    writer.beginSpan(
      traceIndex(traces[slot]!),
      ids[slot * 2]!,
      ids[slot * 2 + 1]!,
      parents[slot * 2]!,
      parents[slot * 2 + 1]!,
      stringIndex(names[slot]!),
      startMs[slot]!,
      Number.isNaN(end) ? null : end,
      flags[slot]! & 7,
      status,
    );
    const extra = extras.size === 0 ? undefined : extras.get(slot);
    const shape = shapes.byId(shapeIds[slot]!);
    const { types } = shape;
    const overflow = extra?.attributes == null ? null : Object.entries(extra.attributes);
    writer.attributeCount(types.length + (overflow?.length ?? 0));
    if (types.length > 0) {
      let keys = shapeKeys.get(shape.id);
      if (keys === undefined) {
        keys = Uint32Array.from(shape.keys, (key) => writer.intern(key));
        shapeKeys.set(shape.id, keys);
      }
      for (let i = 0; i < types.length; i += 1) {
        const cell = cells[slot * CELLS + i]!;
        const key = keys[i]!;
        if (types[i] === CELL_STRING) writer.stringAttribute(key, stringIndex(cell));
        else if (types[i] === CELL_NUMBER) writer.numberAttribute(key, cell);
        else if (types[i] === CELL_BOOLEAN) writer.booleanAttribute(key, cell === 1);
        else writer.attribute(shape.keys[i]!, strings.value(cell) as AttributeValue);
      }
    }
    if (overflow !== null) for (const [key, value] of overflow) writer.attribute(key, value);
    writer.endSpan(extra?.statusMessage ?? null, extra?.events ?? null, extra?.links ?? null);
  }

  function beginBatch(): void {
    stamp += 1;
    shapeKeys = new Map();
    if (stamps.length < strings.limit) {
      stamps = new Uint32Array(strings.limit * 2);
      indexes = new Uint32Array(strings.limit * 2);
    }
  }
  function stringIndex(id: number): number {
    if (stamps[id] !== stamp) {
      stamps[id] = stamp;
      indexes[id] = writer.string(strings.text(id));
    }
    return indexes[id]!;
  }
  function traceIndex(id: number): number {
    if (stamps[id] !== stamp) {
      stamps[id] = stamp;
      indexes[id] = writer.trace(strings.text(id));
    }
    return indexes[id]!;
  }

  /** Slots whose latest change lies after `from` but is too old for the log of changes, oldest first. */
  function beyondLog(from: number, logStart: number, wanted: (slot: number) => boolean): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < capacity; slot += 1) {
      const latest = latestSeq[slot]!;
      if ((flags[slot]! & FLAG_USED) !== 0 && latest > from && latest <= logStart && wanted(slot))
        slots.push(slot);
    }
    return slots.sort((a, b) => latestSeq[a]! - latestSeq[b]!);
  }

  function collect(
    from: number,
    maxSpans: number,
    endedOnly: boolean,
  ): { seq: number; bytes: Uint8Array; spans: number } {
    beginBatch();
    const isWanted = (slot: number) =>
      (flags[slot]! & (endedOnly ? FLAG_USED | FLAG_OPEN : FLAG_USED)) === FLAG_USED &&
      batchOf[slot] !== stamp;
    const take = (slot: number) => {
      batchOf[slot] = stamp;
      const before = writer.spanCount;
      try {
        writeSlot(slot);
      } catch {
        // One span that cannot be packed must not cost its readers all the others.
        if (writer.spanCount > before) writer.dropSpan();
      }
    };
    const logStart = Math.max(0, seq - logLength);
    let at = from;
    if (at < logStart) {
      const old = beyondLog(at, logStart, isWanted);
      const fitting = old.slice(0, maxSpans);
      for (const slot of fitting) take(slot);
      at = fitting.length < old.length ? latestSeq[fitting.at(-1)!]! : logStart;
    }
    while (at >= logStart && at < seq && writer.spanCount < maxSpans) {
      at += 1;
      const slot = changes[at % logLength]!;
      // The change is of the span that is there now, and not of one that had the slot before it.
      if ((latestSeq[slot] === at || (!endedOnly && startSeq[slot] === at)) && isWanted(slot)) take(slot);
    }
    return { seq: at, spans: writer.spanCount, bytes: writer.finish() };
  }

  return {
    started(span) {
      const slot = admit(span, true);
      openSlots.set(span.spanId, slot);
      startedCount += 1;
      openHeld += 1;
      boundText();
    },
    ended(span) {
      const slot = openSlots.get(span.spanId);
      if (slot === undefined) {
        admit(span, false);
        readmitted += 1;
      } else {
        openSlots.delete(span.spanId);
        openHeld -= 1;
        releaseDetail(slot);
        writeDetail(slot, span);
        const name = strings.acquire(span.name);
        strings.release(names[slot]!);
        names[slot] = name;
        endMs[slot] = endOf(span);
        flags[slot] = FLAG_USED | (flags[slot]! & 7) | (SPAN_STATUSES.indexOf(span.status) << 3);
        change(slot);
      }
      endedCount += 1;
      boundText();
    },
    completed(span) {
      admit(span, false);
      startedCount += 1;
      endedCount += 1;
      boundText();
    },
    since(from, maxSpans = capacity) {
      // A place beyond the end is of another process: such a reader starts over.
      const place = from >= 0 && from <= seq ? from : 0;
      const { seq: next, bytes } = collect(place, Math.max(1, maxSpans), false);
      return { seq: next, evicted: startedCount - held, bytes };
    },
    reader() {
      const place = { seq: 0, lost: 0 };
      readers.add(place);
      return {
        next(maxSpans) {
          const { seq: next, bytes, spans } = collect(place.seq, Math.max(1, maxSpans), true);
          place.seq = next;
          return spans === 0 ? null : { seq: next, evicted: startedCount - held, bytes };
        },
        open() {
          beginBatch();
          for (const slot of openSlots.values()) writeSlot(slot);
          return writer.finish();
        },
        get lost() {
          return place.lost;
        },
        close: () => void readers.delete(place),
      };
    },
    get seq() {
      return seq;
    },
    counts: () => ({
      started: startedCount,
      ended: endedCount,
      evicted: startedCount - held,
      held,
      open: startedCount - endedCount,
      readmitted,
    }),
    memory: () => ({
      columnBytes: columns.reduce((sum, column) => sum + column.byteLength, 0),
      textBytes: strings.textBytes + extrasTextBytes,
      strings: strings.size,
    }),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function endOf({ startMs, endMs }: SpanRecord): number {
  return endMs !== null && Number.isFinite(endMs) ? endMs : Number.isFinite(startMs) ? startMs : Date.now();
}

/** The API lets arrays hold gaps; what does not fit the first element's type is left out. */
function uniform(value: AttributeValue): AttributeValue {
  if (!Array.isArray(value)) return value;
  const type = typeof value.find((part) => part !== null && part !== undefined);
  return value.every((part) => typeof part === type)
    ? value
    : (value.filter((part) => typeof part === type) as AttributeValue);
}

function cellType(value: AttributeValue): CellType {
  if (typeof value === 'string') return CELL_STRING;
  if (typeof value === 'number') return CELL_NUMBER;
  return typeof value === 'boolean' ? CELL_BOOLEAN : CELL_ARRAY;
}

function textBytesOf({ attributes, statusMessage, events, links }: Omit<Extras, 'textBytes'>): number {
  const ofAttributes = (all: Attributes) => {
    let bytes = 0;
    for (const [key, value] of Object.entries(all)) {
      bytes +=
        2 * (key.length + (typeof value === 'string' ? value.length : JSON.stringify(value).length)) + 32;
    }
    return bytes;
  };
  let bytes = 200 + 2 * (statusMessage?.length ?? 0) + ofAttributes(attributes ?? {});
  for (const event of events) bytes += 100 + 2 * event.name.length + ofAttributes(event.attributes);
  for (const link of links) bytes += 200 + ofAttributes(link.attributes);
  return bytes;
}
