/** What `withSpan` hands in: a span as far as its user may touch it. Nothing here throws. */
import { SpanStatusCode } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { ATTR } from '../../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import type { Clock } from './clock.ts';
import { toErrorFacts } from './spanRecord.ts';

export type SpanHandle = {
  /** All zeros where telemetry is off. */
  readonly traceId: string;
  readonly spanId: string;
  set(key: string, value: AttributeValue): void;
  setAll(attributes: Attributes): void;
  addEvent(name: string, attributes?: Attributes): void;
  /** Marks the span as failed without an error at hand. */
  fail(errorType: string, message?: string): void;
  /** States an error. Cancellations and what the input decides leave the status as it is. */
  recordError(thrown: unknown): void;
  /** Milliseconds since the start. */
  elapsedMs(): number;
  /** For spans of `startSpan`; `withSpan` ends its own. */
  end(): void;
};

const NO_TRACE = '0'.repeat(32);
const NO_SPAN_ID = '0'.repeat(16);

export const NO_SPAN: SpanHandle = {
  traceId: NO_TRACE,
  spanId: NO_SPAN_ID,
  set: () => undefined,
  setAll: () => undefined,
  addEvent: () => undefined,
  fail: () => undefined,
  recordError: () => undefined,
  elapsedMs: () => 0,
  end: () => undefined,
};

/** Errors whose exception event is written: the spans around the first one only name it. */
const described = new WeakSet<object>();

export class LiveSpan implements SpanHandle {
  readonly #span: Span;
  readonly #clock: Clock;
  readonly #startedMs: number;
  #ended = false;

  /** @param startedMs - reading of `performance.now()` that the span started with */
  constructor(span: Span, clock: Clock, startedMs: number) {
    this.#span = span;
    this.#clock = clock;
    this.#startedMs = startedMs;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }
  get spanId(): string {
    return this.#span.spanContext().spanId;
  }
  set(key: string, value: AttributeValue): void {
    this.#span.setAttribute(key, value as never);
  }
  setAll(attributes: Attributes): void {
    this.#span.setAttributes(attributes as never);
  }
  addEvent(name: string, attributes: Attributes = {}): void {
    this.#span.addEvent(name, attributes as never, this.#clock.epochMs(performance.now()));
  }
  fail(errorType: string, message?: string): void {
    this.#span.setAttribute(ATTR.errorType, errorType);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: message ?? errorType });
  }
  recordError(thrown: unknown): void {
    const facts = toErrorFacts(thrown);
    this.#span.setAttribute(ATTR.errorType, facts.type);
    if (facts.category !== null) this.#span.setAttribute(ATTR.errorCategory, facts.category);
    if (facts.expected) return;
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: facts.message ?? facts.type });
    if (typeof thrown === 'object' && thrown !== null) {
      if (described.has(thrown)) return;
      described.add(thrown);
    }
    this.addEvent('exception', {
      [ATTR.exceptionType]: facts.type,
      ...(facts.message === null ? {} : { [ATTR.exceptionMessage]: facts.message }),
      ...(facts.stack === null ? {} : { [ATTR.exceptionStacktrace]: facts.stack }),
    });
  }
  elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#span.end(this.#clock.epochMs(performance.now()));
  }
}
