/** Rows with all that hangs on them: attributes, events, links and origin, which stay packed until somebody looks. */
import type { AttributeSink } from '../../shared/detailReader.ts';
import { wordHex } from '../../shared/hexWords.ts';
import type { Attributes, Origin, SpanEvent, SpanLink, SpanRecord } from '../../shared/span.ts';
import type { SpanDetails } from '../../shared/spanDetails.ts';
import { DetailBlocks } from './detailBlocks.ts';
import { HeldTraces } from './heldTraces.ts';
import { OriginPool } from './originPool.ts';
import { RowColumns } from './rowColumns.ts';
import { moreAt } from './spanLoad.ts';
import type { More, SpanLoad } from './spanLoad.ts';
import { SpanRests } from './spanRests.ts';

export class SpanRows extends RowColumns {
  protected readonly traces = new HeldTraces();
  protected readonly details = new DetailBlocks();
  protected readonly origins = new OriginPool();
  protected readonly rests = new SpanRests();
  readonly #more = new Map<number, More>();
  /** Rows that are not what their columns and details say. */
  readonly #odd = new Map<number, SpanRecord>();

  /** The same object as long as little else was looked at meanwhile; do not change it. */
  attributes(row: number): Attributes {
    return this.#oddOf(row)?.attributes ?? this.details.attributes(row);
  }
  statusMessage(row: number): string | null {
    const odd = this.#oddOf(row);
    return odd === undefined ? this.details.extras(row).statusMessage : odd.statusMessage;
  }
  eventsOf(row: number): readonly SpanEvent[] {
    return (this.#oddOf(row) ?? this.details.extras(row)).events;
  }
  linksOf(row: number): readonly SpanLink[] {
    return (this.#oddOf(row) ?? this.details.extras(row)).links;
  }
  /** The packed block that says what hangs on a row: for reading many rows. `null`: nothing, or it is not packed. */
  detailsOf(row: number): SpanDetails | null {
    return this.details.detailsOf(row);
  }
  /** Shows a row's attributes as they stand in `detailsOf(row)`, without making anything of them. */
  visitAttributes(row: number, sink: AttributeSink): void {
    this.details.visit(row, sink);
  }
  /** Whether a row is not packed: `attributes` says what it has. */
  isOdd(row: number): boolean {
    return this.#odd.size > 0 && this.#odd.has(row);
  }
  /** 16 hex digits, or what the span has instead. */
  spanId(row: number): string {
    return this.#oddOf(row)?.spanId ?? wordHex(this.idHigh.get(row)) + wordHex(this.idLow.get(row));
  }
  /** Who recorded it; not given: this program itself. */
  originOf(row: number): Origin | undefined {
    return this.origins.at(this.origin.get(row));
  }
  /** A number for the service that recorded it; the same service has the same number. */
  serviceId(row: number): number {
    return this.origins.serviceId(this.origin.get(row));
  }
  serviceOf(row: number): string {
    return this.origins.service(this.serviceId(row));
  }

  /** The whole span again, for the detail panel and for copies. */
  record(row: number): SpanRecord {
    const odd = this.#oddOf(row);
    if (odd !== undefined) return odd;
    const end = this.end.get(row);
    const origin = this.originOf(row);
    const { statusMessage, events, links } = this.details.extras(row);
    const { traceState = null, dropped = null } = this.#more.get(row) ?? {};
    const startRestNs = this.rests.startNs(row);
    const endRestNs = this.rests.endNs(row);
    return {
      traceId: this.traces.at(this.slot.get(row))!.traceId,
      spanId: this.spanId(row),
      parentSpanId: this.hasParent(row)
        ? wordHex(this.parentHigh.get(row)) + wordHex(this.parentLow.get(row))
        : null,
      name: this.name(row),
      kind: this.kind(row),
      startMs: this.start.get(row),
      endMs: Number.isNaN(end) ? null : end,
      status: this.status(row),
      statusMessage,
      attributes: this.details.attributes(row),
      events,
      links,
      ...(startRestNs !== 0 && { startRestNs }),
      ...(endRestNs !== 0 && { endRestNs }),
      ...(origin !== undefined && { origin }),
      ...(traceState !== null && { traceState }),
      ...(dropped !== null && { dropped }),
    };
  }

  /** Hangs on a row what the span at `place` has; what the row had before must be released. */
  protected keepDetails(row: number, load: SpanLoad, place: number, isOdd: boolean): void {
    if (isOdd) {
      this.#odd.set(row, load.records![place]!);
      return;
    }
    const { packed } = load;
    if (!packed.isBare(place)) {
      if (load.block < 0) load.block = this.details.open(packed);
      this.details.set(row, load.block, packed.detailAt(place), packed.hasExtras(place));
    }
    const { rests } = packed;
    if (rests !== null) this.rests.set(row, rests.startNs[place]!, rests.endNs[place]!);
    const more = moreAt(load, place);
    if (more !== undefined) this.#more.set(row, more);
  }

  protected releaseDetails(row: number): void {
    this.details.release(row);
    this.rests.set(row, 0, 0);
    if (this.#odd.size > 0) this.#odd.delete(row);
    if (this.#more.size > 0) this.#more.delete(row);
  }

  #oddOf(row: number): SpanRecord | undefined {
    return this.#odd.size === 0 ? undefined : this.#odd.get(row);
  }
}
