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

export class RingPacker {
  readonly #from: PackedFrom;
  readonly #packing: SpanPacking;

  constructor(from: PackedFrom) {
    this.#from = from;
    this.#packing = new SpanPacking(from.strings);
  }

  /** The spans in these slots. */
  pack(slots: readonly number[]): Uint8Array {
    const packing = this.#packing;
    packing.begin();
    const { writer } = packing;
    for (const slot of slots) {
      const before = writer.spanCount;
      try {
        this.#packSlot(slot);
      } catch {
        // One span that cannot be packed must not cost its readers all the others.
        if (writer.spanCount > before) writer.dropSpan();
      }
    }
    return packing.finish();
  }

  #packSlot(slot: number): void {
    const packing = this.#packing;
    const { columns, details, live } = this.#from;
    const { ids, parents, flags } = columns;
    if ((flags[slot]! & FLAG_OPEN) !== 0) {
      this.#packOpen(live[slot]!);
      return;
    }
    packing.writer.beginSpan(
      packing.trace(columns.traces[slot]!),
      ids[slot * 2]!,
      ids[slot * 2 + 1]!,
      parents[slot * 2]!,
      parents[slot * 2 + 1]!,
      packing.string(columns.names[slot]!),
      columns.startMs[slot]!,
      columns.endMs[slot]!,
      flags[slot]! & 7,
      (flags[slot]! >> 3) & 3,
    );
    details.pack(slot, packing);
  }

  #packOpen(span: RingSpan): void {
    const packing = this.#packing;
    const { details, redactText } = this.#from;
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
}
