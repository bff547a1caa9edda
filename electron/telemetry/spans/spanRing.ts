/**
 * The last full spans of the process, open ones included, in bounded memory: columns of numbers, strings interned
 * and counted by use. An open span has its slot and nothing in it: it is read from the span itself when somebody
 * asks, and copied once, after its end. What starts and ends is filed a little later (spanInbox.ts), and always
 * before anybody looks.
 *
 *   slots    [ 0 | 1 | 2 | ... ]  written round and round; a slot that holds an open span is passed over, so
 *                                 that the root of a long run stays, as long as a quarter of the slots is not open
 *   changes  [ slot of change 1, slot of change 2, ... ]  every start and end is one change; `seq` counts them
 */
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { SpanEvent, SpanLink, SpanRecord } from '../../../shared/span.ts';
import { hexWord } from '../../../shared/hexWords.ts';
import type { SpanCounts } from '../api.ts';
import { InternTable } from './internTable.ts';
import { SpanDetails } from './spanDetails.ts';
import { SpanInbox, WAITING } from './spanInbox.ts';
import { SpanPacking } from './spanPacking.ts';

export type SpanRingOptions = {
  /** Spans held at most. */
  readonly capacity?: number;
  /** What the strings of held spans may take, in bytes; the oldest spans go first. */
  readonly maxTextBytes?: number;
  /** Sees every string before it is kept. */
  readonly redactText?: (text: string) => string;
  readonly isSecretKey?: (key: string) => boolean;
  /** A listener threw. */
  readonly onFault?: (thrown?: unknown) => void;
};

/** What the ring reads of a span: after its end, and before that whenever somebody wants open spans. */
export type RingSpan = {
  readonly traceId: string;
  /** Ids as two words each, signed or not. */
  readonly idHigh: number;
  readonly idLow: number;
  /** Both 0 where it has no parent. */
  readonly parentHigh: number;
  readonly parentLow: number;
  readonly name: string;
  /** Kind and status in OpenTelemetry's numbers. */
  readonly kind: number;
  readonly statusCode: number;
  readonly statusMessage: string | null;
  readonly startMs: number;
  readonly endMs: number;
  /**
   * Attributes, which may hold what cannot be kept: each key once, and its value at the same place. What stands
   * behind the first `attributeCount` is none of its own.
   */
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
  readonly attributeCount: number;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** The ring's own, from its start on: where it is held, negative while it waits for that. */
  ringSlot: number;
  /** It has ended and was read for the last time. */
  filed(): void;
};

export type RingCounts = Omit<SpanCounts, 'headDropped'>;

/** A reader's own place among the ended spans. */
export type RingReader = {
  /** Slots of the next ended spans, each once, `maxSpans` at most; `null` when there are none. */
  nextSlots(maxSpans: number): readonly number[] | null;
  /** Ended spans that were gone before it came to them. */
  readonly lost: number;
  close(): void;
};

export type SpanRing = {
  /** Keeps the object until the span has ended. */
  started(span: RingSpan): void;
  /** Once for each start, with the same object, which changes no more. */
  ended(span: RingSpan): void;
  /** A span that nobody saw open: start and end in one change. */
  completed(span: SpanRecord): void;
  /**
   * Every held span that changed after `seq`, in its latest state. With `maxSpans` the batch may end early: go
   * on from its `seq` until that no longer grows. A batch moves `seq` by at most two per span it carries, unless
   * spans were evicted in between.
   */
  since(
    seq: number,
    maxSpans?: number,
  ): { readonly seq: number; readonly bytes: Uint8Array; readonly count: number };
  /** @param fromNow - leaves out what has ended already */
  reader(fromNow?: boolean): RingReader;
  /** The spans in these slots. */
  pack(slots: readonly number[]): Uint8Array;
  /** All spans that are open now, in the order of their starts. */
  packOpen(): Uint8Array;
  traceIdOf(slot: number): string;
  /** The latest change of what is in the slot: the same as long as it is the same ended span. */
  stampOf(slot: number): number;
  /** The number of the latest change. */
  readonly seq: number;
  readonly capacity: number;
  counts(): RingCounts;
  /** Redacts all that is held once more, after a secret became known. */
  redactAgain(): void;
  /** Memory of columns, and upper bound of the strings', in bytes. */
  memory(): { readonly columnBytes: number; readonly textBytes: number; readonly strings: number };
  /** Called once for each turn of the event loop that changed something, at its end. Returns the end of it. */
  onChange(listener: () => void): () => void;
};

const FLAG_USED = 1 << 6;
const FLAG_OPEN = 1 << 7;

export function createSpanRing(options: SpanRingOptions = {}): SpanRing {
  const capacity = Math.max(1, options.capacity ?? 131_072);
  const maxTextBytes = options.maxTextBytes ?? 64_000_000;
  const redactText = options.redactText ?? ((text) => text);
  const isSecretKey = options.isSecretKey ?? (() => false);
  const onFault = options.onFault ?? ((): undefined => undefined);
  const logLength = capacity * 2;

  // The system hands out zeroed pages when they are first written: an idle ring takes next to nothing.
  const startMs = new Float64Array(capacity);
  const endMs = new Float64Array(capacity);
  const startSeq = new Float64Array(capacity);
  const latestSeq = new Float64Array(capacity);
  const ids = new Uint32Array(capacity * 2);
  const parents = new Uint32Array(capacity * 2);
  const traces = new Uint32Array(capacity);
  const names = new Uint32Array(capacity);
  const flags = new Uint8Array(capacity);
  const changes = new Uint32Array(logLength);
  /** The collection that found the slot last, by its stamp. */
  const foundBy = new Uint32Array(capacity);
  const columns = [startMs, endMs, startSeq, latestSeq, ids, parents, traces, names, flags, changes, foundBy];
  /** Open spans by their slot. Grows with the slots in use. */
  const live: (RingSpan | null)[] = [];
  const strings = new InternTable(redactText);
  const details = new SpanDetails(capacity, strings, { redactText, isSecretKey });
  const packing = new SpanPacking(strings);
  const readers = new Set<{ seq: number; lost: number }>();
  let listeners: readonly (() => void)[] = [];

  let seq = 0;
  let startedCount = 0;
  let endedCount = 0;
  let held = 0;
  let openHeld = 0;
  let readmitted = 0;
  let cursor = 0;
  let collection = 0;
  // Spans come in runs of the same trace.
  let latestTraceId = '';
  let latestTrace = -1;

  function change(slot: number): void {
    seq += 1;
    latestSeq[slot] = seq;
    changes[seq % logLength] = slot;
  }

  function slotFor(): number {
    if (openHeld * 4 <= capacity) {
      while ((flags[cursor]! & FLAG_OPEN) !== 0) cursor = cursor + 1 === capacity ? 0 : cursor + 1;
    }
    const slot = cursor;
    if ((flags[slot]! & FLAG_USED) !== 0) evict(slot);
    cursor = slot + 1 === capacity ? 0 : slot + 1;
    return slot;
  }

  function evict(slot: number): void {
    if ((flags[slot]! & FLAG_OPEN) !== 0) {
      live[slot] = null;
      openHeld -= 1;
    } else {
      for (const reader of readers) if (latestSeq[slot]! > reader.seq) reader.lost += 1;
      details.release(slot);
      const trace = traces[slot]!;
      if (strings.release(trace) && trace === latestTrace) latestTrace = -1;
      strings.release(names[slot]!);
    }
    flags[slot] = 0;
    held -= 1;
  }

  function traceNo(traceId: string): number {
    if (latestTrace !== -1 && traceId === latestTraceId) strings.retain(latestTrace);
    else {
      latestTrace = strings.acquireText(traceId);
      latestTraceId = traceId;
    }
    return latestTrace;
  }

  /** Takes a slot, whose columns are still to be filled. */
  function admit(): number {
    const slot = slotFor();
    // Slots come one by one: the array never has a gap.
    if (slot === live.length) live.push(null);
    held += 1;
    startSeq[slot] = seq + 1;
    return slot;
  }

  /** A span that has ended, into the slot that is its own. */
  function fill(slot: number, span: RingSpan): void {
    ids[slot * 2] = span.idHigh;
    ids[slot * 2 + 1] = span.idLow;
    parents[slot * 2] = span.parentHigh;
    parents[slot * 2 + 1] = span.parentLow;
    traces[slot] = traceNo(span.traceId);
    names[slot] = strings.acquireText(span.name);
    const start = startOf(span);
    startMs[slot] = start;
    endMs[slot] = Number.isFinite(span.endMs) ? span.endMs : start;
    flags[slot] = FLAG_USED | kindOf(span) | (statusOf(span) << 3);
    endedCount += 1;
    details.write(slot, span);
    change(slot);
    boundText();
  }

  /** Strings of any length may be recorded, so slots alone are no bound. */
  function boundText(): void {
    if (strings.textBytes + details.textBytes <= maxTextBytes) return;
    let at = cursor;
    for (let i = 0; i < capacity && strings.textBytes + details.textBytes > maxTextBytes; i += 1) {
      if ((flags[at]! & (FLAG_USED | FLAG_OPEN)) === FLAG_USED) evict(at);
      at = (at + 1) % capacity;
    }
  }

  function packSlot(slot: number): void {
    const { writer } = packing;
    if ((flags[slot]! & FLAG_OPEN) !== 0) {
      packOpenSpan(live[slot]!);
      return;
    }
    writer.beginSpan(
      packing.trace(traces[slot]!),
      ids[slot * 2]!,
      ids[slot * 2 + 1]!,
      parents[slot * 2]!,
      parents[slot * 2 + 1]!,
      packing.string(names[slot]!),
      startMs[slot]!,
      endMs[slot]!,
      flags[slot]! & 7,
      (flags[slot]! >> 3) & 3,
    );
    details.pack(slot, packing);
  }

  function packOpenSpan(span: RingSpan): void {
    packing.writer.beginSpan(
      packing.traceOf(span.traceId),
      span.idHigh,
      span.idLow,
      span.parentHigh,
      span.parentLow,
      packing.writer.intern(redactText(span.name)),
      startOf(span),
      null,
      kindOf(span),
      statusOf(span),
    );
    details.packDetail(span, packing);
  }

  function pack(slots: readonly number[]): Uint8Array {
    packing.begin();
    const { writer } = packing;
    for (const slot of slots) {
      const before = writer.spanCount;
      try {
        packSlot(slot);
      } catch {
        // One span that cannot be packed must not cost its readers all the others.
        if (writer.spanCount > before) writer.dropSpan();
      }
    }
    return packing.finish();
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

  /** What changed after `from`, each span once, and how far that goes. */
  function collect(from: number, maxSpans: number, endedOnly: boolean): { seq: number; slots: number[] } {
    collection += 1;
    const isWanted = (slot: number) =>
      (flags[slot]! & (endedOnly ? FLAG_USED | FLAG_OPEN : FLAG_USED)) === FLAG_USED &&
      foundBy[slot] !== collection;
    const logStart = Math.max(0, seq - logLength);
    let slots: number[] = [];
    let at = from;
    if (at < logStart) {
      const old = beyondLog(at, logStart, isWanted);
      slots = old.slice(0, maxSpans);
      for (const slot of slots) foundBy[slot] = collection;
      at = slots.length < old.length ? latestSeq[slots.at(-1)!]! : logStart;
    }
    while (at >= logStart && at < seq && slots.length < maxSpans) {
      at += 1;
      const slot = changes[at % logLength]!;
      // The change is of the span that is there now, and not of one that had the slot before it.
      if ((latestSeq[slot] === at || (!endedOnly && startSeq[slot] === at)) && isWanted(slot)) {
        foundBy[slot] = collection;
        slots.push(slot);
      }
    }
    return { seq: at, slots };
  }

  const inbox = new SpanInbox({
    open(span) {
      const slot = admit();
      span.ringSlot = slot;
      flags[slot] = FLAG_USED | FLAG_OPEN;
      live[slot] = span;
      openHeld += 1;
      startedCount += 1;
      change(slot);
    },
    close(span) {
      let slot = span.ringSlot;
      if (live[slot] === span) {
        live[slot] = null;
        openHeld -= 1;
      } else {
        slot = admit();
        readmitted += 1;
      }
      fill(slot, span);
    },
    whole(span) {
      startedCount += 1;
      fill(admit(), span);
    },
    told() {
      for (const listener of listeners) {
        try {
          listener();
        } catch (thrown) {
          onFault(thrown);
        }
      }
    },
    onFault,
  });

  return {
    started: (span) => inbox.started(span),
    ended: (span) => inbox.ended(span),
    completed(record) {
      // Checked first: an id that is no id must not leave half a row behind.
      const span = ofRecord(record);
      inbox.empty();
      startedCount += 1;
      fill(admit(), span);
      inbox.tellSoon();
    },
    since(from, maxSpans = capacity) {
      inbox.empty();
      // A place beyond the end is of another process: such a reader starts over.
      const { seq: next, slots } = collect(from >= 0 && from <= seq ? from : 0, Math.max(1, maxSpans), false);
      return { seq: next, bytes: pack(slots), count: slots.length };
    },
    reader(fromNow = false) {
      inbox.empty();
      const place = { seq: fromNow ? seq : 0, lost: 0 };
      readers.add(place);
      return {
        nextSlots(maxSpans) {
          inbox.empty();
          const { seq: next, slots } = collect(place.seq, Math.max(1, maxSpans), true);
          place.seq = next;
          return slots.length === 0 ? null : slots;
        },
        get lost() {
          inbox.empty();
          return place.lost;
        },
        close: () => void readers.delete(place),
      };
    },
    pack,
    packOpen() {
      inbox.empty();
      const slots: number[] = [];
      for (let slot = 0; slot < live.length; slot += 1) if (live[slot] !== null) slots.push(slot);
      return pack(slots.sort((a, b) => startSeq[a]! - startSeq[b]!));
    },
    traceIdOf: (slot) => live[slot]?.traceId ?? strings.text(traces[slot]!),
    stampOf: (slot) => ((flags[slot]! & FLAG_USED) === 0 ? 0 : latestSeq[slot]!),
    get seq() {
      inbox.empty();
      return seq;
    },
    capacity,
    counts() {
      inbox.empty();
      return {
        started: startedCount,
        ended: endedCount,
        evicted: startedCount - held,
        held,
        open: startedCount - endedCount,
        readmitted,
      };
    },
    redactAgain() {
      strings.readmit();
      details.readmit();
    },
    memory() {
      inbox.empty();
      return {
        columnBytes: columns.reduce((sum, column) => sum + column.byteLength, details.columnBytes),
        textBytes: strings.textBytes + details.textBytes,
        strings: strings.size,
      };
    },
    onChange(listener) {
      listeners = [...listeners, listener];
      return () => {
        listeners = listeners.filter((other) => other !== listener);
      };
    },
  };
}

function kindOf({ kind }: RingSpan): number {
  return kind >= 0 && kind < SPAN_KINDS.length ? kind : 0;
}
function statusOf({ statusCode }: RingSpan): number {
  return statusCode >= 0 && statusCode < SPAN_STATUSES.length ? statusCode : 0;
}
function startOf({ startMs }: RingSpan): number {
  return Number.isFinite(startMs) ? startMs : Date.now();
}

function ofRecord(record: SpanRecord): RingSpan {
  const { spanId, parentSpanId, kind, status, attributes, endMs } = record;
  return {
    ...record,
    idHigh: hexWord(spanId, 0),
    idLow: hexWord(spanId, 8),
    parentHigh: parentSpanId === null ? 0 : hexWord(parentSpanId, 0),
    parentLow: parentSpanId === null ? 0 : hexWord(parentSpanId, 8),
    kind: SPAN_KINDS.indexOf(kind),
    statusCode: SPAN_STATUSES.indexOf(status),
    endMs: endMs ?? NaN,
    keys: Object.keys(attributes),
    values: Object.values(attributes),
    attributeCount: Object.keys(attributes).length,
    ringSlot: WAITING,
    filed: () => undefined,
  };
}
