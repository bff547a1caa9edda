/** A span as the ring takes it. */
import { hexWord } from '../../../shared/hexWords.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { SpanEvent, SpanLink, SpanRecord } from '../../../shared/span.ts';
import type { Dropped } from '../../../shared/spanFormat.ts';

/** `RingSpan.ringSlot` of a span that is in no slot yet. */
export const WAITING = -1;

export type Rests = { readonly startNs: number; readonly endNs: number };

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
  /** Of times in nanoseconds (`shared/nanoseconds.ts`); not given: of our own clock, which has none. */
  readonly rests?: Rests;
  /**
   * Attributes, which may hold what cannot be kept: each key once, and its value at the same place. What stands
   * behind the first `attributeCount` is none of its own.
   */
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
  readonly attributeCount: number;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** W3C `tracestate`; `''` for none. */
  readonly traceState: string;
  /** What it had no room for; `null` for nothing. */
  readonly dropped: Dropped | null;
  /** The ring's own, from its start on: where it is held, negative while it waits for that. */
  ringSlot: number;
  /** It has ended and was read for the last time. */
  filed(): void;
};

/** The kind in the numbers of SPAN_KINDS; what is none of them is the first. */
export function kindOf({ kind }: RingSpan): number {
  return kind >= 0 && kind < SPAN_KINDS.length ? kind : 0;
}

/** The status in the numbers of SPAN_STATUSES; what is none of them is the first. */
export function statusOf({ statusCode }: RingSpan): number {
  return statusCode >= 0 && statusCode < SPAN_STATUSES.length ? statusCode : 0;
}

/** Epoch milliseconds; a span without a start that is a number starts now. */
export function startOf({ startMs }: RingSpan): number {
  return Number.isFinite(startMs) ? startMs : Date.now();
}

/** A span that was recorded as a whole. */
export function ofRecord(record: SpanRecord): RingSpan {
  const { spanId, parentSpanId, kind, status, attributes, endMs, startRestNs, endRestNs } = record;
  return {
    ...record,
    idHigh: hexWord(spanId, 0),
    idLow: hexWord(spanId, 8),
    parentHigh: parentSpanId === null ? 0 : hexWord(parentSpanId, 0),
    parentLow: parentSpanId === null ? 0 : hexWord(parentSpanId, 8),
    kind: SPAN_KINDS.indexOf(kind),
    statusCode: SPAN_STATUSES.indexOf(status),
    endMs: endMs ?? NaN,
    ...(startRestNs === undefined && endRestNs === undefined
      ? {}
      : { rests: { startNs: startRestNs ?? 0, endNs: endRestNs ?? 0 } }),
    keys: Object.keys(attributes),
    values: Object.values(attributes),
    attributeCount: Object.keys(attributes).length,
    traceState: record.traceState ?? '',
    dropped: record.dropped ?? null,
    ringSlot: WAITING,
    filed: () => undefined,
  };
}
