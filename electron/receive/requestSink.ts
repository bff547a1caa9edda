/** Takes what a request holds, within bounds, and counts what of it could not be taken. */
import type { HistogramValue } from '../../shared/metric.ts';
import { encodeSpans } from '../../shared/spanCodec.ts';
import type {
  Attributes,
  AttributeValue,
  LogRecord,
  Origin,
  SpanEvent,
  SpanLink,
  SpanRecord,
} from '../../shared/span.ts';
import type { StoredPoint } from '../../shared/traceQuery.ts';
import { setOwn } from '../traceFiles/attributeValues.ts';
import type { RecordSink } from '../traceFiles/collector.ts';
import { Refusal } from './refusal.ts';

/** Of a span, an event, a link, a record, a point, a resource. */
export const MAX_ATTRIBUTES = 1024;
/** Of a text: a value, a name, a message. */
export const MAX_TEXT = 262_144;
const MAX_LIST = 10_000;
/** Of a span. */
export const MAX_EVENTS = 20_000;
export const MAX_LINKS = 20_000;
const MAX_BUCKETS = 10_000;

/** More than so many spans, or events and links, are packed before there are more. */
const PACK_SPANS = 4096;
const PACK_WEIGHT = 50_000;
const MAX_REASONS = 8;
const MAX_ORIGINS = 512;

/** Costs a part of a span and not the span. */
const PARTS: ReadonlySet<string> = new Set([
  'an event without a time',
  'a link without a trace id and a span id',
  'a parent that is no span id',
]);
/** Stands for this program itself. */
const OWN: Origin = { resource: {}, scope: { name: '', version: null } };

/** What a request held. Spans in packs, the last of them, or the only ones, as they were read. */
export type RequestRecords = {
  readonly packs: readonly Uint8Array[];
  readonly packedSpans: number;
  readonly spans: readonly SpanRecord[];
  readonly logs: readonly LogRecord[];
  readonly points: readonly StoredPoint[];
  readonly deltas: readonly StoredPoint[];
};

/** Origins of all requests, so that the same ones are one object. */
export type OriginTable = Map<string, Origin>;

export class RequestSink implements RecordSink {
  readonly #maxRecords: number;
  readonly #ownInstance: string | null;
  readonly #origins: OriginTable;
  readonly #packs: Uint8Array[] = [];
  #packedSpans = 0;
  #spans: SpanRecord[] = [];
  #weight = 0;
  readonly #logs: LogRecord[] = [];
  readonly #points: StoredPoint[] = [];
  readonly #deltas: StoredPoint[] = [];
  #count = 0;
  #own = 0;
  #rejected = 0;
  #cut = 0;
  readonly #reasons = new Map<string, { count: number; at: string }>();

  constructor(
    limits: { readonly maxSpansPerRequest: number },
    ownInstance: string | null,
    origins: OriginTable,
  ) {
    this.#maxRecords = limits.maxSpansPerRequest;
    this.#ownInstance = ownInstance;
    this.#origins = origins;
  }

  /** Taken so far. */
  get count(): number {
    return this.#count;
  }
  /** Came from this very program. */
  get own(): number {
    return this.#own;
  }
  get rejected(): number {
    return this.#rejected + this.#own;
  }

  origin(origin: Origin): Origin {
    const instance = origin.resource['service.instance.id'];
    if (this.#ownInstance !== null && instance === this.#ownInstance) return OWN;
    const { name, version } = origin.scope;
    const bounded: Origin = {
      resource: this.#attributes(origin.resource),
      scope: { name: cut(name), version: version === null ? null : cut(version) },
    };
    const key = JSON.stringify(bounded);
    const known = this.#origins.get(key);
    if (known !== undefined) return known;
    if (this.#origins.size >= MAX_ORIGINS) this.#origins.delete(this.#origins.keys().next().value!);
    this.#origins.set(key, bounded);
    return bounded;
  }

  span(given: SpanRecord): void {
    if (!this.#takes(given.origin)) return;
    const span = this.#bounded(given);
    this.#weight += 1 + span.events.length + span.links.length;
    this.#spans.push(span);
    if (this.#spans.length < PACK_SPANS && this.#weight < PACK_WEIGHT) return;
    this.#packedSpans += this.#spans.length;
    this.#packs.push(encodeSpans(this.#spans));
    this.#spans = [];
    this.#weight = 0;
  }

  log(record: LogRecord): void {
    if (!this.#takes(record.origin)) return;
    const { message, attributes } = record;
    this.#logs.push({ ...record, message: this.#text(message), attributes: this.#attributes(attributes) });
  }

  point(point: StoredPoint, isDelta = false): void {
    if (typeof point.value !== 'number' && isHuge(point.value))
      return this.refuse('a histogram of too many buckets', point.name.slice(0, 100));
    if (!this.#takes(point.origin)) return;
    const { name, description, attributes, exemplars } = point;
    (isDelta ? this.#deltas : this.#points).push({
      ...point,
      name: this.#text(name),
      description: this.#text(description),
      attributes: this.#attributes(attributes),
      exemplars: exemplars.length > MAX_LIST ? exemplars.slice(0, MAX_LIST) : exemplars,
    });
  }

  refuse(reason: string, at: string, count = 1): void {
    if (!PARTS.has(reason)) this.#rejected += count;
    const known = this.#reasons.get(reason);
    if (known !== undefined) known.count += count;
    else if (this.#reasons.size < MAX_REASONS) this.#reasons.set(reason, { count, at: at.trim() });
  }

  note(): void {
    // Readers' remarks are of files; here nobody waits for them.
  }

  records(): RequestRecords {
    return {
      packs: this.#packs,
      packedSpans: this.#packedSpans,
      spans: this.#spans,
      logs: this.#logs,
      points: this.#points,
      deltas: this.#deltas,
    };
  }

  /** What became of what was not taken as it came, in words; empty where all was. */
  message(): string {
    const parts = [...this.#reasons].map(
      ([reason, { count, at }]) => `${count > 1 ? `${count} × ` : ''}${reason} (first at ${at})`,
    );
    if (this.#own > 0) parts.push(OWN_MESSAGE);
    if (this.#cut > 0) parts.push(`${this.#cut} texts or lists were cut to the receiver's limits`);
    return parts.join('; ').slice(0, 2000);
  }

  #takes(origin: Origin | undefined): boolean {
    if (origin === OWN) {
      this.#own += 1;
      return false;
    }
    this.#count += 1;
    if (this.#count > this.#maxRecords) {
      throw new Refusal(
        'tooLarge',
        `The request holds more than ${this.#maxRecords} records, larger than this receiver takes: send smaller batches.`,
      );
    }
    return true;
  }

  #bounded(span: SpanRecord): SpanRecord {
    const before = this.#cut;
    const { name, statusMessage } = span;
    const attributes = this.#attributes(span.attributes);
    const events = span.events.length === 0 ? span.events : this.#events(span.events);
    const links = span.links.length === 0 ? span.links : this.#links(span.links);
    const isShort =
      name.length <= MAX_TEXT &&
      (statusMessage === null || statusMessage.length <= MAX_TEXT) &&
      (span.traceState === undefined || span.traceState.length <= MAX_TEXT);
    if (isShort && this.#cut === before) return span;
    const lost = (was: number, is: number) => Math.max(0, was - is);
    const dropped = span.dropped ?? { attributes: 0, events: 0, links: 0 };
    return {
      ...span,
      name: this.#text(name),
      statusMessage: statusMessage === null ? null : this.#text(statusMessage),
      ...(span.traceState === undefined ? {} : { traceState: this.#text(span.traceState) }),
      attributes,
      events,
      links,
      dropped: {
        attributes:
          dropped.attributes + lost(Object.keys(span.attributes).length, Object.keys(attributes).length),
        events: dropped.events + lost(span.events.length, events.length),
        links: dropped.links + lost(span.links.length, links.length),
      },
    };
  }

  #events(events: readonly SpanEvent[]): readonly SpanEvent[] {
    if (events.length > MAX_EVENTS) this.#cut += 1;
    return events.slice(0, MAX_EVENTS).map((event) => ({
      ...event,
      name: this.#text(event.name),
      attributes: this.#attributes(event.attributes),
    }));
  }

  #links(links: readonly SpanLink[]): readonly SpanLink[] {
    if (links.length > MAX_LINKS) this.#cut += 1;
    return links
      .slice(0, MAX_LINKS)
      .map((link) => ({ ...link, attributes: this.#attributes(link.attributes) }));
  }

  /** The same object where it is within bounds. */
  #attributes(attributes: Attributes): Attributes {
    let count = 0;
    let isWithin = true;
    for (const key in attributes) {
      count += 1;
      if (key.length > MAX_TEXT || isLong(attributes[key]!)) isWithin = false;
    }
    if (isWithin && count <= MAX_ATTRIBUTES) return attributes;
    const kept: Record<string, AttributeValue> = {};
    if (count > MAX_ATTRIBUTES) this.#cut += 1;
    for (const [key, value] of Object.entries(attributes).slice(0, MAX_ATTRIBUTES))
      setOwn(kept, this.#text(key), this.#value(value));
    return kept;
  }

  #value(value: AttributeValue): AttributeValue {
    if (typeof value === 'string') return this.#text(value);
    if (!Array.isArray(value)) return value;
    if (value.length > MAX_LIST) this.#cut += 1;
    const list = value.slice(0, MAX_LIST) as AttributeValue[];
    return list.map((part) => (typeof part === 'string' ? this.#text(part) : part)) as never;
  }

  #text(text: string): string {
    if (text.length <= MAX_TEXT) return text;
    this.#cut += 1;
    return cut(text);
  }
}

export const OWN_MESSAGE =
  'These records are of this very program: one of its exporters points at its own receiver. Switch it off in Settings › Exporters';

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

function isLong(value: AttributeValue): boolean {
  if (typeof value === 'string') return value.length > MAX_TEXT;
  if (!Array.isArray(value)) return false;
  return (
    value.length > MAX_LIST ||
    (typeof value[0] === 'string' && value.some((part) => (part as string).length > MAX_TEXT))
  );
}

function isHuge({ counts, boundaries }: HistogramValue): boolean {
  return counts.length > MAX_BUCKETS || boundaries.length > MAX_BUCKETS;
}
