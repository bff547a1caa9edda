/** A span as the ring reads it, the same object from start to end. */
import { SPAN_KINDS, SPAN_STATUSES } from '../../../../shared/span.ts';
import type { SpanEvent, SpanLink, SpanRecord } from '../../../../shared/span.ts';
import { hexWord } from '../../../../shared/hexWords.ts';
import type { RingSpan } from '../../../../electron/telemetry/spans/ringSpan.ts';
import type { SpanRing } from '../../../../electron/telemetry/spans/spanRing.ts';

export class PlainSpan implements RingSpan {
  readonly traceId: string;
  readonly idHigh: number;
  readonly idLow: number;
  readonly parentHigh: number;
  readonly parentLow: number;
  name!: string;
  kind!: number;
  startMs!: number;
  endMs!: number;
  statusCode!: number;
  statusMessage!: string | null;
  keys!: readonly string[];
  values!: readonly unknown[];
  attributeCount!: number;
  events!: readonly SpanEvent[];
  links!: readonly SpanLink[];
  traceState!: string;
  dropped!: NonNullable<SpanRecord['dropped']> | null;
  ringSlot = -1;
  timesFiled = 0;

  constructor(record: SpanRecord) {
    const { traceId, spanId, parentSpanId } = record;
    this.traceId = traceId;
    this.idHigh = hexWord(spanId, 0);
    this.idLow = hexWord(spanId, 8);
    this.parentHigh = parentSpanId === null ? 0 : hexWord(parentSpanId, 0);
    this.parentLow = parentSpanId === null ? 0 : hexWord(parentSpanId, 8);
    this.become(record);
  }

  /** Everything but ids. */
  become(record: SpanRecord): void {
    this.name = record.name;
    this.kind = SPAN_KINDS.indexOf(record.kind);
    this.startMs = record.startMs;
    this.endMs = record.endMs ?? 0;
    this.statusCode = SPAN_STATUSES.indexOf(record.status);
    this.statusMessage = record.statusMessage;
    this.keys = Object.keys(record.attributes);
    this.values = Object.values(record.attributes);
    this.attributeCount = this.keys.length;
    this.events = record.events;
    this.links = record.links;
    this.traceState = record.traceState ?? '';
    this.dropped = record.dropped ?? null;
  }

  start(ring: SpanRing): this {
    ring.started(this);
    return this;
  }
  filed(): void {
    this.timesFiled += 1;
  }
  end(ring: SpanRing): void {
    ring.ended(this);
  }
}
