/** A span as the program has it in hand. */
import type { Attributes, AttributeValue } from '../../../shared/span.ts';

export type TraceIds = { readonly traceId: string; readonly spanId: string };

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
  /** Milliseconds since the start; once it has ended, those that it took. */
  elapsedMs(): number;
  /** For spans of `startSpan`; `withSpan` ends its own. */
  end(): void;
};
