/**
 * A span that is recorded: what `withSpan` hands in, what OpenTelemetry's code gets as its active span, the parent
 * of rows beneath it, what the ring reads and the tail sampler judges. Nothing here throws.
 *
 * It is a span of OpenTelemetry's API and none of its SDK's, whose spans take several times as long to make: they
 * keep times as pairs, ids as text and every attribute as a property. Here a start is a dozen numbers, ids become
 * text when somebody asks, and attributes stay in the order in which they came until the ring takes them over.
 */
import { createTraceState, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type {
  AttributeValue as OtelValue,
  Attributes as OtelAttributes,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api';
import { ATTR } from '../../../shared/span.ts';
import type { Attributes, AttributeValue, SpanEvent, SpanLink } from '../../../shared/span.ts';
import type { Dropped } from '../../../shared/spanFormat.ts';
import { hexWord, wordHex } from '../../../shared/hexWords.ts';
import { OWN_SPAN } from '../context/ownSpan.ts';
import type { Scope, ScopeSpan } from '../context/scope.ts';
import type { RingSpan } from '../spans/ringSpan.ts';
import { AttributeList, giveBack, takeAttributeList } from './attributeList.ts';
import { recordErrorOn } from './recordError.ts';
import type { OnException } from './recordError.ts';
import { cleanAttributes, cleanValue } from './spanLimits.ts';
import type { SpanLimits } from './spanLimits.ts';
import { exceptionAttributes, isTimeInput, toEpochMs } from './spanRecord.ts';
import type { TraceIds } from './spanHandle.ts';
import { UnrecordedSpan } from './unrecordedSpan.ts';

export type LiveSpanTools = {
  readonly limits: SpanLimits;
  /** Something in here threw. */
  readonly onFault: (thrown?: unknown) => void;
  readonly onException: OnException;
  readonly onEnd: (span: LiveSpan) => void;
};

const NO_EVENTS: SpanEvent[] = [];
const NO_LINKS: SpanLink[] = [];
const NO_LIST = new AttributeList();
const NOTHING: Dropped = { attributes: 0, events: 0, links: 0 };

export class LiveSpan implements Span, ScopeSpan, RingSpan {
  readonly traceId: string;
  readonly idHigh: number;
  readonly idLow: number;
  readonly parentHigh: number;
  readonly parentLow: number;
  /** In OpenTelemetry's numbers, as the status is. */
  readonly kind: number;
  readonly startMs: number;
  endMs = NaN;
  name: string;
  statusCode: number = SpanStatusCode.UNSET;
  statusMessage: string | null = null;
  /** `NO_LIST` once the ring has it. */
  #list = takeAttributeList();
  events: SpanEvent[] = NO_EVENTS;
  links: SpanLink[] = NO_LINKS;
  dropped: Dropped | null = null;
  readonly sampled = true;
  leafNo = 0;
  leafGeneration = 0;
  ownScope: Scope | null = null;
  ringSlot = -1;
  readonly hasLocalParent: boolean;
  readonly traceState: string;
  readonly #offsetMs: number;
  readonly #tools: LiveSpanTools;
  #ended = false;
  #spanId: string | null = null;
  #context: SpanContext | null = null;

  /**
   * @param offsetMs - of the clock, as it stands now: should it be set meanwhile, no duration changes
   * @param idHigh, idLow - the two words of its id, signed or not
   * @param parent - `null` where it has none at all
   */
  constructor(
    name: string,
    kind: number,
    startMs: number,
    offsetMs: number,
    traceId: string,
    idHigh: number,
    idLow: number,
    parent: ScopeSpan | null,
    tools: LiveSpanTools,
  ) {
    this.name = name;
    this.kind = kind;
    this.startMs = startMs;
    this.#offsetMs = offsetMs;
    this.traceId = traceId;
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.#tools = tools;
    if (parent === null) {
      this.hasLocalParent = false;
      this.parentHigh = 0;
      this.parentLow = 0;
      this.traceState = '';
    } else {
      this.hasLocalParent = !(parent instanceof UnrecordedSpan && parent.isRemote);
      const isLive = parent instanceof LiveSpan;
      this.parentHigh = isLive ? parent.idHigh : hexWord(parent.spanId, 0);
      this.parentLow = isLive ? parent.idLow : hexWord(parent.spanId, 8);
      this.traceState = parent.traceState;
    }
  }

  get otelSpan(): this {
    return this;
  }
  get [OWN_SPAN](): this {
    return this;
  }
  get spanId(): string {
    return (this.#spanId ??= wordHex(this.idHigh >>> 0) + wordHex(this.idLow >>> 0));
  }
  spanContext(): SpanContext {
    return (this.#context ??= {
      traceId: this.traceId,
      spanId: this.spanId,
      traceFlags: TraceFlags.SAMPLED,
      ...(this.traceState === '' ? {} : { traceState: createTraceState(this.traceState) }),
    });
  }
  isRecording(): boolean {
    return !this.#ended;
  }
  get durationMs(): number {
    return this.endMs - this.startMs;
  }
  /** It has no parent at all. */
  get isRoot(): boolean {
    return this.parentHigh === 0 && this.parentLow === 0;
  }
  get isError(): boolean {
    return this.statusCode === SpanStatusCode.ERROR;
  }
  /** By another name than that of a row's parent, whose attributes would be those of all rows beneath it. */
  toAttributes(): Attributes {
    return this.#list.toAttributes();
  }

  get keys(): readonly string[] {
    return this.#list.keys;
  }
  get values(): readonly unknown[] {
    return this.#list.values;
  }
  get attributeCount(): number {
    return this.#list.count;
  }

  set(key: string, value: AttributeValue): void {
    if (this.#ended) return;
    if (typeof value === 'number' || typeof value === 'boolean') this.#put(key, value);
    else this.#setSafely(key, value);
  }
  setAttribute(key: string, value: OtelValue): this {
    this.set(key, value as AttributeValue);
    return this;
  }
  setAll(attributes: Attributes): void {
    try {
      for (const key in attributes) this.set(key, attributes[key]!);
    } catch (thrown) {
      this.#tools.onFault(thrown);
    }
  }
  setAttributes(attributes: OtelAttributes): this {
    this.setAll(attributes as Attributes);
    return this;
  }

  /** Given a time, it may be in any of OpenTelemetry's forms, in place of the attributes as well. */
  addEvent(name: string, attributes?: Attributes | OtelAttributes | TimeInput, time?: TimeInput): this {
    if (this.#ended) return this;
    try {
      const { eventCountLimit, attributePerEventCountLimit, attributeValueLengthLimit } = this.#tools.limits;
      if (this.events.length >= eventCountLimit) this.#drop('events');
      if (eventCountLimit === 0) return this;
      const isTime = isTimeInput(attributes);
      const at = isTimeInput(time) ? time : isTime ? attributes : undefined;
      if (this.events === NO_EVENTS) this.events = [];
      else if (this.events.length >= eventCountLimit) this.events.shift();
      this.events.push({
        name: String(name),
        timeMs: this.#toMs(at),
        attributes: cleanAttributes(
          isTime ? undefined : attributes,
          attributePerEventCountLimit,
          attributeValueLengthLimit,
        ),
      });
    } catch (thrown) {
      this.#tools.onFault(thrown);
    }
    return this;
  }

  link(to: TraceIds, attributes?: Attributes | OtelAttributes): void {
    if (this.#ended) return;
    try {
      const { linkCountLimit, attributePerLinkCountLimit, attributeValueLengthLimit } = this.#tools.limits;
      if (this.links.length >= linkCountLimit) this.#drop('links');
      if (linkCountLimit === 0) return;
      const { traceId, spanId } = to;
      if (this.links === NO_LINKS) this.links = [];
      else if (this.links.length >= linkCountLimit) this.links.shift();
      this.links.push({
        traceId,
        spanId,
        attributes: cleanAttributes(attributes, attributePerLinkCountLimit, attributeValueLengthLimit),
      });
    } catch (thrown) {
      this.#tools.onFault(thrown);
    }
  }
  addLink(link: Link): this {
    this.link(link.context, link.attributes);
    return this;
  }
  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** `OK` is final; `UNSET` changes nothing; only an error has a message. */
  setStatus({ code, message }: SpanStatus): this {
    if (this.#ended || code === SpanStatusCode.UNSET || this.statusCode === SpanStatusCode.OK) return this;
    this.statusCode = code;
    this.statusMessage = code === SpanStatusCode.ERROR && typeof message === 'string' ? message : null;
    return this;
  }
  updateName(name: string): this {
    if (!this.#ended) this.name = String(name);
    return this;
  }
  fail(errorType: string, message?: string): void {
    if (this.#ended) return;
    this.set(ATTR.errorType, errorType);
    this.setFailed(message ?? errorType);
  }
  setFailed(message: string): void {
    this.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  recordError(thrown: unknown): void {
    if (this.#ended) return;
    try {
      recordErrorOn(this, thrown, this.#tools.onException);
    } catch (thrown) {
      this.#tools.onFault(thrown);
    }
  }
  /** OpenTelemetry's: an event with all that the exception says, and no status. */
  recordException(exception: Exception, time?: TimeInput): void {
    if (this.#ended) return;
    try {
      const attributes = exceptionAttributes(exception);
      if (attributes !== null) this.addEvent('exception', attributes, time);
    } catch (thrown) {
      this.#tools.onFault(thrown);
    }
  }

  elapsedMs(): number {
    return (this.#ended ? this.endMs : performance.now() + this.#offsetMs) - this.startMs;
  }
  /** The first time; a time before the start counts as the start. */
  end(time?: TimeInput): void {
    if (this.#ended) return;
    const endMs = this.#toMs(time);
    this.endMs = endMs >= this.startMs ? endMs : this.startMs;
    this.#ended = true;
    this.#tools.onEnd(this);
  }
  filed(): void {
    giveBack(this.#list);
    this.#list = NO_LIST;
  }

  #toMs(time: TimeInput | undefined): number {
    return time === undefined ? this.#offsetMs + performance.now() : toEpochMs(time, this.#offsetMs);
  }
  #put(key: string, value: AttributeValue): void {
    if (!this.#list.put(key, value, this.#tools.limits.attributeCountLimit)) this.#drop('attributes');
  }
  #drop(what: keyof Dropped): void {
    const dropped = this.dropped ?? NOTHING;
    this.dropped = { ...dropped, [what]: dropped[what] + 1 };
  }
  #setSafely(key: string, value: AttributeValue): void {
    try {
      const clean = cleanValue(value, this.#tools.limits.attributeValueLengthLimit);
      if (clean !== undefined) this.#put(key, clean);
    } catch (thrown) {
      this.#tools.onFault(thrown);
    }
  }
}
