/**
 * OTLP's protobuf, read by hand: a request of spans, log records or metrics as records. A damaged span costs that
 * span, a damaged frame what stands behind it in that frame.
 */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type {
  Attributes,
  AttributeValue,
  Origin,
  SpanEvent,
  SpanLink,
  SpanRecord,
} from '../../shared/span.ts';
import { setOwn, toAttributeValue } from './attributeValues.ts';
import type { RecordSink } from './collector.ts';
import { readLog } from './otlpJson.ts';
import { readMetric } from './otlpMetrics.ts';
import { ANY_VALUE, LOG_RECORD, METRIC, readByTable } from './otlpTables.ts';
import { plainValue } from './otlpValues.ts';
import { EIGHT_BYTES, LENGTH, ProtobufCursor } from './protobufCursor.ts';

export type OtlpSignal = 'traces' | 'logs' | 'metrics';

const NO_ATTRIBUTES: Attributes = Object.freeze({});
const NO_EVENTS: readonly SpanEvent[] = [];
const NO_LINKS: readonly SpanLink[] = [];

/**
 * Reads an Export…ServiceRequest (TracesData, LogsData and MetricsData are the same bytes).
 *
 * @param signal what the request is; `null` to go by its first record
 * @param at put before the places of what is refused
 */
export function readOtlpProtobuf(
  bytes: Uint8Array,
  into: RecordSink,
  signal: OtlpSignal | null = null,
  at = '',
): void {
  const reader = new RequestReader(bytes, into, signal, at);
  reader.read();
}

class RequestReader {
  readonly #cursor: ProtobufCursor;
  readonly #into: RecordSink;
  readonly #at: string;
  #signal: OtlpSignal | null;
  #resource = 0;
  #scope = 0;
  #item = 0;

  constructor(bytes: Uint8Array, into: RecordSink, signal: OtlpSignal | null, at: string) {
    this.#cursor = new ProtobufCursor(bytes);
    this.#into = into;
    this.#signal = signal;
    this.#at = at;
  }

  read(): void {
    this.#frames(1, () => {
      this.#scope = -1;
      this.#resourceFrame();
      this.#resource += 1;
    });
  }

  /** Each message that is field `wanted` of this one. What is damaged ends the message. */
  #frames(wanted: number, each: () => void): void {
    const cursor = this.#cursor;
    const { end } = cursor;
    try {
      while (cursor.at < end) {
        const tag = cursor.tag();
        if (tag !== ((wanted << 3) | LENGTH)) {
          cursor.skip(tag & 7);
          continue;
        }
        const outer = cursor.enter();
        each();
        cursor.leave(outer);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#into.refuse(`damaged protobuf: ${error.message}`, this.#place());
      cursor.end = end;
      cursor.at = end;
    }
  }

  #place(): string {
    return `${this.#at}resource ${this.#resource}, scope ${this.#scope}, record ${this.#item}`;
  }

  #resourceFrame(): void {
    const cursor = this.#cursor;
    const from = cursor.at;
    let resource: Attributes = NO_ATTRIBUTES;
    // Fields may stand in any order: the resource first, then its scopes.
    this.#frames(1, () => (resource = this.#attributesAt(1)));
    cursor.at = from;
    this.#frames(2, () => {
      this.#scope += 1;
      this.#item = -1;
      this.#scopeFrame(resource);
    });
  }

  #scopeFrame(resource: Attributes): void {
    const cursor = this.#cursor;
    const from = cursor.at;
    let name = '';
    let version: string | null = null;
    this.#frames(1, () => {
      while (cursor.at < cursor.end) {
        const tag = cursor.tag();
        if (tag === 0x0a) name = cursor.text();
        else if (tag === 0x12) version = cursor.text() || null;
        else cursor.skip(tag & 7);
      }
    });
    cursor.at = from;
    const origin = this.#into.origin({ resource, scope: { name, version } });
    this.#frames(2, () => {
      this.#item += 1;
      this.#record(origin);
    });
  }

  #record(origin: Origin | undefined): void {
    const cursor = this.#cursor;
    const { at, end } = cursor;
    try {
      this.#signal ??= signalOf(cursor);
      cursor.at = at;
      if (this.#signal === 'traces') this.#span(origin);
      else if (this.#signal === 'logs')
        readLog(readByTable(cursor, LOG_RECORD), origin, this.#into, this.#place());
      else readMetric(readByTable(cursor, METRIC), origin, this.#into, this.#place());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#into.refuse(`damaged protobuf: ${error.message}`, this.#place());
    }
    cursor.end = end;
  }

  #span(origin: Origin | undefined): void {
    const cursor = this.#cursor;
    let traceId: string | null = null;
    let spanId: string | null = null;
    let parentSpanId: string | null = null;
    let name = '';
    let kind = 0;
    let startMs = NaN;
    let endMs = NaN;
    let startRestNs = 0;
    let endRestNs = 0;
    let statusCode = 0;
    let statusMessage = '';
    let traceState = '';
    let attributes: Record<string, AttributeValue> | null = null;
    let events: SpanEvent[] | null = null;
    let links: SpanLink[] | null = null;
    let droppedAttributes = 0;
    let droppedEvents = 0;
    let droppedLinks = 0;
    while (cursor.at < cursor.end) {
      const tag = cursor.tag();
      switch (tag) {
        case 0x0a:
          traceId = cursor.id(16);
          break;
        case 0x12:
          spanId = cursor.id(8);
          break;
        case 0x1a:
          traceState = cursor.text();
          break;
        case 0x22:
          if (cursor.peekLength() === 0) cursor.skip(LENGTH);
          else {
            parentSpanId = cursor.id(8);
            if (parentSpanId === null && cursor.bytes[cursor.at - 1] !== 0)
              this.#into.refuse('a parent that is no span id', this.#place());
          }
          break;
        case 0x2a:
          name = cursor.text();
          break;
        case 0x30:
          kind = cursor.varint();
          break;
        case 0x39:
          startMs = cursor.nanos();
          startRestNs = cursor.restNs;
          break;
        case 0x41:
          endMs = cursor.nanos();
          endRestNs = cursor.restNs;
          break;
        case 0x4a:
          this.#attribute((attributes ??= {}));
          break;
        case 0x50:
          droppedAttributes = cursor.varint();
          break;
        case 0x5a:
          this.#event((events ??= []));
          break;
        case 0x60:
          droppedEvents = cursor.varint();
          break;
        case 0x6a:
          this.#link((links ??= []));
          break;
        case 0x70:
          droppedLinks = cursor.varint();
          break;
        case 0x7a: {
          const outer = cursor.enter();
          while (cursor.at < cursor.end) {
            const part = cursor.tag();
            if (part === 0x12) statusMessage = cursor.text();
            else if (part === 0x18) statusCode = cursor.varint();
            else cursor.skip(part & 7);
          }
          cursor.leave(outer);
          break;
        }
        default:
          cursor.skip(tag & 7);
      }
    }
    if (traceId === null) return this.#into.refuse('a span without a trace id', this.#place());
    if (spanId === null) return this.#into.refuse('a span without an id', this.#place());
    if (Number.isNaN(startMs)) return this.#into.refuse('a span without a start time', this.#place());
    const span: Mutable<SpanRecord> = {
      traceId,
      spanId,
      parentSpanId,
      name,
      kind: SPAN_KINDS[kind - 1] ?? 'internal',
      startMs,
      endMs: Number.isNaN(endMs) ? null : endMs,
      status: SPAN_STATUSES[statusCode] ?? 'unset',
      statusMessage: statusMessage === '' ? null : statusMessage,
      attributes: attributes ?? {},
      events: events ?? NO_EVENTS,
      links: links ?? NO_LINKS,
    };
    if (startRestNs !== 0) span.startRestNs = startRestNs;
    if (endRestNs !== 0) span.endRestNs = endRestNs;
    if (origin !== undefined) span.origin = origin;
    if (traceState !== '') span.traceState = traceState;
    if (droppedAttributes + droppedEvents + droppedLinks > 0)
      span.dropped = { attributes: droppedAttributes, events: droppedEvents, links: droppedLinks };
    this.#into.span(span);
  }

  #event(events: SpanEvent[]): void {
    const cursor = this.#cursor;
    const outer = cursor.enter();
    let timeMs = NaN;
    let timeRestNs = 0;
    let name = '';
    const attributes: Record<string, AttributeValue> = {};
    while (cursor.at < cursor.end) {
      const tag = cursor.tag();
      if (tag === 0x09) {
        timeMs = cursor.nanos();
        timeRestNs = cursor.restNs;
      } else if (tag === 0x12) name = cursor.text();
      else if (tag === 0x1a) this.#attribute(attributes);
      else cursor.skip(tag & 7);
    }
    cursor.leave(outer);
    if (Number.isNaN(timeMs)) this.#into.refuse('an event without a time', this.#place());
    else
      events.push(timeRestNs === 0 ? { name, timeMs, attributes } : { name, timeMs, timeRestNs, attributes });
  }

  #link(links: SpanLink[]): void {
    const cursor = this.#cursor;
    const outer = cursor.enter();
    let traceId: string | null = null;
    let spanId: string | null = null;
    const attributes: Record<string, AttributeValue> = {};
    while (cursor.at < cursor.end) {
      const tag = cursor.tag();
      if (tag === 0x0a) traceId = cursor.id(16);
      else if (tag === 0x12) spanId = cursor.id(8);
      else if (tag === 0x22) this.#attribute(attributes);
      else cursor.skip(tag & 7);
    }
    cursor.leave(outer);
    if (traceId === null || spanId === null)
      this.#into.refuse('a link without a trace id and a span id', this.#place());
    else links.push({ traceId, spanId, attributes });
  }

  /** The attributes of a message that has nothing else of interest: a resource. */
  #attributesAt(field: number): Attributes {
    const cursor = this.#cursor;
    const attributes: Record<string, AttributeValue> = {};
    while (cursor.at < cursor.end) {
      const tag = cursor.tag();
      if (tag === ((field << 3) | LENGTH)) this.#attribute(attributes);
      else cursor.skip(tag & 7);
    }
    return attributes;
  }

  #attribute(attributes: Record<string, AttributeValue>): void {
    const cursor = this.#cursor;
    const outer = cursor.enter();
    let key = '';
    let value: AttributeValue = '';
    while (cursor.at < cursor.end) {
      const tag = cursor.tag();
      if (tag === 0x0a) key = cursor.text();
      else if (tag === 0x12) value = this.#value();
      else cursor.skip(tag & 7);
    }
    cursor.leave(outer);
    setOwn(attributes, key, value);
  }

  #value(): AttributeValue {
    const cursor = this.#cursor;
    const outer = cursor.enter();
    const from = cursor.at;
    let value: AttributeValue = '';
    while (cursor.at < cursor.end) {
      const tag = cursor.tag();
      if (tag === 0x0a) value = cursor.text();
      else if (tag === 0x18) value = cursor.int64();
      else if (tag === 0x21) value = cursor.double();
      else if (tag === 0x10) value = cursor.varint() !== 0;
      else if (tag === 0x2a || tag === 0x32 || tag === 0x3a) {
        cursor.at = from;
        value = toAttributeValue(plainValue(readByTable(cursor, ANY_VALUE), 0));
      } else cursor.skip(tag & 7);
    }
    cursor.leave(outer);
    return value;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** By the fields that only one of the three messages has: times of fixed width, in places of their own. */
function signalOf(cursor: ProtobufCursor): OtlpSignal {
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    const field = tag >>> 3;
    if ((tag & 7) === EIGHT_BYTES) {
      if (field === 7 || field === 8) return 'traces';
      if (field === 1 || field === 11) return 'logs';
    }
    cursor.skip(tag & 7);
  }
  return 'metrics';
}
