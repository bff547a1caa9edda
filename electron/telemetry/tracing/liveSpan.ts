/**
 * A span that is recorded: what `withSpan` hands in, the parent of rows beneath it, and what the tail sampler
 * judges at its end. Nothing here throws.
 */
import { SpanStatusCode } from '@opentelemetry/api';
import type { HrTime } from '@opentelemetry/api';
import type { Span as SdkSpan } from '@opentelemetry/sdk-trace-base';
import { ATTR } from '../../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import type { TraceIds } from '../api.ts';
import type { Scope, ScopeSpan } from '../context/scope.ts';
import { tieSpans } from '../context/ownSpan.ts';
import type { EndedSpan } from '../sampling/tailSampler.ts';
import { toErrorFacts, toHrTime, toMs } from './spanRecord.ts';
import type { ErrorFacts } from './spanRecord.ts';

export type SpanHandle = {
  /** All zeros where telemetry is off. */
  readonly traceId: string;
  readonly spanId: string;
  set(key: string, value: AttributeValue): void;
  setAll(attributes: Attributes): void;
  addEvent(name: string, attributes?: Attributes): void;
  link(to: TraceIds, attributes?: Attributes): void;
  /** Marks the span as failed without an error at hand. */
  fail(errorType: string, message?: string): void;
  /** States an error. Cancellations and what the input decides leave the status as it is. */
  recordError(thrown: unknown): void;
  /** Milliseconds since the start. */
  elapsedMs(): number;
  /** For spans of `startSpan`; `withSpan` ends its own. */
  end(): void;
};

export type LiveSpanTools = {
  /** Something in here threw. */
  readonly onFault: () => void;
  /** An error was described for the first time. */
  readonly onException: (facts: ErrorFacts, attributes: Attributes, ids: TraceIds) => void;
};

/** Errors whose exception event is written: the spans around the first one only name it. */
const described = new WeakSet<object>();
const MAX_ARRAY = 1024;

export class LiveSpan implements ScopeSpan, EndedSpan {
  readonly otelSpan: SdkSpan;
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled = true;
  leafNo = 0;
  leafGeneration = 0;
  ownScope: Scope | null = null;
  /** What the ring wants back at the end. */
  ringHandle = -1;
  readonly #tools: LiveSpanTools;
  readonly #startMs: number;
  readonly #offsetMs: number;
  #ended = false;

  /** @param offsetMs - of the clock, as it stands now: should it be set meanwhile, no duration changes */
  constructor(otelSpan: SdkSpan, offsetMs: number, tools: LiveSpanTools) {
    const { traceId, spanId } = otelSpan.spanContext();
    this.otelSpan = otelSpan;
    this.traceId = traceId;
    this.spanId = spanId;
    this.#startMs = toMs(otelSpan.startTime);
    this.#offsetMs = offsetMs;
    this.#tools = tools;
    tieSpans(otelSpan, this);
  }

  set(key: string, value: AttributeValue): void {
    if (this.#ended) return;
    try {
      this.otelSpan.setAttribute(key, (typeof value === 'object' ? short(value) : value) as never);
    } catch {
      this.#tools.onFault();
    }
  }
  setAll(attributes: Attributes): void {
    try {
      for (const key in attributes) this.set(key, attributes[key]!);
    } catch {
      this.#tools.onFault();
    }
  }
  addEvent(name: string, attributes?: Attributes): void {
    if (this.#ended) return;
    try {
      this.otelSpan.addEvent(String(name), attributes as never, this.#now());
    } catch {
      this.#tools.onFault();
    }
  }
  link(to: TraceIds, attributes?: Attributes): void {
    if (this.#ended) return;
    try {
      const { traceId, spanId } = to;
      this.otelSpan.addLink({ context: { traceId, spanId, traceFlags: 1 }, attributes: attributes as never });
    } catch {
      this.#tools.onFault();
    }
  }
  fail(errorType: string, message?: string): void {
    if (this.#ended) return;
    this.set(ATTR.errorType, errorType);
    this.#setFailed(message ?? errorType);
  }
  recordError(thrown: unknown): void {
    if (this.#ended) return;
    try {
      const facts = toErrorFacts(thrown);
      this.set(ATTR.errorType, facts.type);
      if (facts.category !== null) this.set(ATTR.errorCategory, facts.category);
      if (facts.expected) return;
      this.#setFailed(facts.message ?? facts.type);
      if (typeof thrown === 'object' && thrown !== null) {
        if (described.has(thrown)) return;
        described.add(thrown);
      }
      const attributes: Record<string, AttributeValue> = { [ATTR.exceptionType]: facts.type };
      if (facts.message !== null) attributes[ATTR.exceptionMessage] = facts.message;
      if (facts.stack !== null) attributes[ATTR.exceptionStacktrace] = facts.stack;
      this.addEvent('exception', attributes);
      this.#tools.onException(facts, attributes, this);
    } catch {
      this.#tools.onFault();
    }
  }
  elapsedMs(): number {
    return performance.now() + this.#offsetMs - this.#startMs;
  }
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.otelSpan.end(this.#now());
    } catch {
      this.#tools.onFault();
    }
  }

  #now(): HrTime {
    return toHrTime(this.#offsetMs + performance.now());
  }
  #setFailed(message: string): void {
    this.otelSpan.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  get traceState(): string {
    return this.otelSpan.spanContext().traceState?.serialize() ?? '';
  }
  /** It has no parent at all. */
  get isRoot(): boolean {
    return this.otelSpan.parentSpanContext === undefined;
  }
  get hasLocalParent(): boolean {
    const parent = this.otelSpan.parentSpanContext;
    return parent !== undefined && parent.isRemote !== true;
  }
  get name(): string {
    return this.otelSpan.name;
  }
  get durationMs(): number {
    return toMs(this.otelSpan.endTime) - this.#startMs;
  }
  get isError(): boolean {
    return this.otelSpan.status.code === SpanStatusCode.ERROR;
  }
  get attributes(): Attributes {
    return this.otelSpan.attributes as Attributes;
  }
}

function short(value: AttributeValue): AttributeValue {
  return Array.isArray(value) && value.length > MAX_ARRAY ? (value.slice(0, MAX_ARRAY) as never) : value;
}
