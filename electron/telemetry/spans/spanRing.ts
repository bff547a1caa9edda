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
import type { SpanRecord } from '../../../shared/span.ts';
import type { SpanCounts } from '../api.ts';
import { InternTable } from './internTable.ts';
import { createRingChanges } from './ringChanges.ts';
import { FLAG_OPEN, FLAG_USED, RingColumns } from './ringColumns.ts';
import { createRingPacker } from './ringPacker.ts';
import { RingReaders } from './ringReaders.ts';
import type { RingReader } from './ringReaders.ts';
import { kindOf, ofRecord, startOf, statusOf } from './ringSpan.ts';
import type { RingSpan } from './ringSpan.ts';
import { SpanDetails } from './spanDetails.ts';
import { SpanInbox } from './spanInbox.ts';

export type SpanRingOptions = {
  /** Spans held at most. */
  readonly capacity?: number | undefined;
  /** What the strings of held spans may take, in bytes; the oldest spans go first. */
  readonly maxTextBytes?: number;
  /** Sees every string before it is kept. */
  readonly redactText?: (text: string) => string;
  readonly isSecretKey?: (key: string) => boolean;
  /** A listener threw. */
  readonly onFault?: (thrown?: unknown) => void;
};

export type RingCounts = Omit<SpanCounts, 'headDropped'>;

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
  /** All spans that are open now. */
  open(): readonly RingSpan[];
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

export function createSpanRing(options: SpanRingOptions = {}): SpanRing {
  const capacity = Math.max(1, options.capacity ?? 131_072);
  const maxTextBytes = options.maxTextBytes ?? 64_000_000;
  const redactText = options.redactText ?? ((text) => text);
  const isSecretKey = options.isSecretKey ?? (() => false);
  const onFault = options.onFault ?? ((): undefined => undefined);

  const columns = new RingColumns(capacity);
  const { startMs, endMs, ids, parents, traces, names, flags } = columns;
  const changes = createRingChanges(capacity, flags);
  /** Open spans by their slot. Grows with the slots in use. */
  const live: (RingSpan | null)[] = [];
  const strings = new InternTable(redactText);
  const details = new SpanDetails(capacity, strings, { redactText, isSecretKey });
  const pack = createRingPacker({ columns, strings, details, live, redactText });
  const readers = new RingReaders(changes, () => inbox.empty());
  let listeners: readonly (() => void)[] = [];

  let startedCount = 0;
  let endedCount = 0;
  let held = 0;
  let openHeld = 0;
  let readmitted = 0;
  let cursor = 0;
  // Spans come in runs of the same trace.
  let latestTraceId = '';
  let latestTrace = -1;

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
      readers.givenUp(changes.latestOf(slot));
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
    changes.begin(slot);
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
    const { rests } = span;
    columns.setRests(slot, rests?.startNs ?? 0, rests?.endNs ?? 0);
    flags[slot] = FLAG_USED | kindOf(span) | (statusOf(span) << 3);
    endedCount += 1;
    details.write(slot, span);
    changes.add(slot);
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

  const inbox = new SpanInbox({
    open(span) {
      const slot = admit();
      span.ringSlot = slot;
      flags[slot] = FLAG_USED | FLAG_OPEN;
      live[slot] = span;
      openHeld += 1;
      startedCount += 1;
      changes.add(slot);
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
      const start = from >= 0 && from <= changes.seq ? from : 0;
      const { seq, slots } = changes.collect(start, Math.max(1, maxSpans), false);
      return { seq, bytes: pack(slots), count: slots.length };
    },
    reader: (fromNow = false) => readers.open(fromNow),
    pack,
    open() {
      inbox.empty();
      return live.filter((span) => span !== null);
    },
    traceIdOf: (slot) => live[slot]?.traceId ?? strings.text(traces[slot]!),
    stampOf: (slot) => ((flags[slot]! & FLAG_USED) === 0 ? 0 : changes.latestOf(slot)),
    get seq() {
      inbox.empty();
      return changes.seq;
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
        columnBytes: columns.bytes + changes.bytes + details.columnBytes,
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
