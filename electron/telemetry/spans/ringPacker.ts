/** Packs spans of the ring for those who read them elsewhere: ended ones out of their columns, open ones as they are. */
import type { InternTable } from './internTable.ts';
import { FLAG_OPEN } from './ringColumns.ts';
import type { RingColumns } from './ringColumns.ts';
import { kindOf, startOf, statusOf } from './ringSpan.ts';
import type { RingSpan } from './ringSpan.ts';
import type { SpanDetails } from './spanDetails.ts';
import { SpanPacking } from './spanPacking.ts';

export type PackedFrom = {
  readonly columns: RingColumns;
  readonly strings: InternTable;
  readonly details: SpanDetails;
  /** Open spans by their slot. */
  readonly live: readonly (RingSpan | null)[];
  readonly redactText: (text: string) => string;
};

/** Returns what packs the spans in some slots. A closure: what it reads for every span is found in one step. */
export function createRingPacker(from: PackedFrom): (slots: readonly number[]) => Uint8Array {
  const { strings, details, live, redactText } = from;
  const { columns } = from;
  const { startMs, endMs, ids, parents, traces, names, flags } = columns;
  const packing = new SpanPacking(strings);

  function packSlot(slot: number): void {
    const { writer } = packing;
    if ((flags[slot]! & FLAG_OPEN) !== 0) {
      packOpen(live[slot]!);
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
    const { rests } = columns;
    if (rests !== null && (rests[slot * 2] !== 0 || rests[slot * 2 + 1] !== 0)) {
      writer.rests(rests[slot * 2]!, rests[slot * 2 + 1]!);
    }
    details.pack(slot, packing);
  }

  function packOpen(span: RingSpan): void {
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
    if (span.rests !== undefined) packing.writer.rests(span.rests.startNs, 0);
    details.packDetail(span, packing);
  }

  return function pack(slots) {
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
  };
}
