/**
 * A span of the SDK, begun through OpenTelemetry's tracer: active, recorded and judged as our own are. Nothing here
 * throws.
 */
import { SpanStatusCode } from '@opentelemetry/api';
import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan, Span as SdkSpan } from '@opentelemetry/sdk-trace-base';
import { ATTR } from '../../../shared/span.ts';
import type { Attributes, AttributeValue, SpanEvent, SpanLink } from '../../../shared/span.ts';
import type { Dropped } from '../../../shared/spanFormat.ts';
import { hexWord } from '../../../shared/hexWords.ts';
import type { TraceIds } from './spanHandle.ts';
import { tieSpans } from '../context/ownSpan.ts';
import type { Scope, ScopeSpan } from '../context/scope.ts';
import type { Rests, RingSpan } from '../spans/ringSpan.ts';
import type { LiveSpanTools } from './liveSpan.ts';
import { recordErrorOn } from './recordError.ts';
import { restNsOfHrTime, toHrTime, toMs, toSpanEvents, toSpanLinks } from './spanRecord.ts';

export class AdoptedSpan implements ScopeSpan, RingSpan {
  readonly otelSpan: SdkSpan;
  readonly traceId: string;
  readonly spanId: string;
  readonly startMs: number;
  readonly sampled = true;
  leafNo = 0;
  leafGeneration = 0;
  ownScope: Scope | null = null;
  ringSlot = -1;
  readonly #tools: Omit<LiveSpanTools, 'limits' | 'onEnd'>;
  readonly #offsetMs: number;

  /** @param offsetMs - of the clock, as it stands now */
  constructor(otelSpan: SdkSpan, offsetMs: number, tools: Omit<LiveSpanTools, 'limits' | 'onEnd'>) {
    const { traceId, spanId } = otelSpan.spanContext();
    this.otelSpan = otelSpan;
    this.traceId = traceId;
    this.spanId = spanId;
    this.startMs = toMs(otelSpan.startTime);
    this.#offsetMs = offsetMs;
    this.#tools = tools;
    tieSpans(otelSpan, this);
  }

  set(key: string, value: AttributeValue): void {
    this.#safely((span) => span.setAttribute(key, value as never));
  }
  setAll(attributes: Attributes): void {
    this.#safely((span) => span.setAttributes(attributes as never));
  }
  addEvent(name: string, attributes?: Attributes): void {
    this.#safely((span) => span.addEvent(String(name), attributes as never, this.#now()));
  }
  link({ traceId, spanId }: TraceIds, attributes?: Attributes): void {
    this.#safely((span) =>
      span.addLink({ context: { traceId, spanId, traceFlags: 1 }, attributes: attributes as never }),
    );
  }
  fail(errorType: string, message?: string): void {
    this.set(ATTR.errorType, errorType);
    this.setFailed(message ?? errorType);
  }
  setFailed(message: string): void {
    this.#safely((span) => span.setStatus({ code: SpanStatusCode.ERROR, message }));
  }
  recordError(thrown: unknown): void {
    this.#safely(() => recordErrorOn(this, thrown, this.#tools.onException));
  }
  elapsedMs(): number {
    return performance.now() + this.#offsetMs - this.startMs;
  }
  end(): void {
    this.#safely((span) => span.end(this.#now()));
  }

  filed(): void {}

  #now(): HrTime {
    return toHrTime(this.#offsetMs + performance.now());
  }
  #safely(work: (span: SdkSpan) => void): void {
    if (!this.otelSpan.isRecording()) return;
    try {
      work(this.otelSpan);
    } catch (thrown) {
      this.#tools.onFault(thrown);
    }
  }

  get traceState(): string {
    return this.otelSpan.spanContext().traceState?.serialize() ?? '';
  }
  get isRoot(): boolean {
    return this.#parent === undefined;
  }
  get hasLocalParent(): boolean {
    return this.#parent !== undefined && this.#parent.isRemote !== true;
  }
  get #parent(): ReadableSpan['parentSpanContext'] {
    return this.otelSpan.parentSpanContext;
  }
  get idHigh(): number {
    return hexWord(this.spanId, 0);
  }
  get idLow(): number {
    return hexWord(this.spanId, 8);
  }
  get parentHigh(): number {
    return this.#parent === undefined ? 0 : hexWord(this.#parent.spanId, 0);
  }
  get parentLow(): number {
    return this.#parent === undefined ? 0 : hexWord(this.#parent.spanId, 8);
  }
  get name(): string {
    return this.otelSpan.name;
  }
  get kind(): number {
    return this.otelSpan.kind;
  }
  get endMs(): number {
    return toMs(this.otelSpan.endTime);
  }
  get rests(): Rests {
    const { startTime, endTime } = this.otelSpan;
    return { startNs: restNsOfHrTime(startTime), endNs: restNsOfHrTime(endTime) };
  }
  get durationMs(): number {
    return this.endMs - this.startMs;
  }
  get statusCode(): number {
    return this.otelSpan.status.code;
  }
  get statusMessage(): string | null {
    return this.otelSpan.status.message ?? null;
  }
  get isError(): boolean {
    return this.statusCode === SpanStatusCode.ERROR;
  }
  toAttributes(): Attributes {
    return this.otelSpan.attributes as Attributes;
  }
  get keys(): readonly string[] {
    return Object.keys(this.otelSpan.attributes);
  }
  get values(): readonly unknown[] {
    return Object.values(this.otelSpan.attributes);
  }
  get attributeCount(): number {
    return this.keys.length;
  }
  get events(): readonly SpanEvent[] {
    return toSpanEvents(this.otelSpan.events);
  }
  get dropped(): Dropped | null {
    const { droppedAttributesCount, droppedEventsCount, droppedLinksCount } = this.otelSpan;
    if (droppedAttributesCount + droppedEventsCount + droppedLinksCount === 0) return null;
    return { attributes: droppedAttributesCount, events: droppedEventsCount, links: droppedLinksCount };
  }
  get links(): readonly SpanLink[] {
    return toSpanLinks(this.otelSpan.links);
  }
}
