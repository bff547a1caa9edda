/** Spans that leave nothing here: one of another process, one that was sampled out, and none at all. */
import { createTraceState, trace, TraceFlags } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { tieSpans } from '../context/ownSpan.ts';
import type { Scope, ScopeSpan } from '../context/scope.ts';
import type { SpanHandle } from './spanHandle.ts';

export class UnrecordedSpan implements ScopeSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly traceState: string;
  /** Of another process. */
  readonly isRemote: boolean;
  leafNo = 0;
  leafGeneration = 0;
  ownScope: Scope | null = null;
  readonly #startedMs: number;
  #otelSpan: Span | null = null;

  constructor(traceId: string, spanId: string, sampled: boolean, traceState: string, isRemote: boolean) {
    this.traceId = traceId;
    this.spanId = spanId;
    this.sampled = sampled;
    this.traceState = traceState;
    this.isRemote = isRemote;
    this.#startedMs = performance.now();
  }

  get otelSpan(): Span {
    if (this.#otelSpan === null) {
      this.#otelSpan = trace.wrapSpanContext({
        traceId: this.traceId,
        spanId: this.spanId,
        traceFlags: this.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
        isRemote: this.isRemote,
        ...(this.traceState === '' ? {} : { traceState: createTraceState(this.traceState) }),
      });
      tieSpans(this.#otelSpan, this);
    }
    return this.#otelSpan;
  }
  elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }
  set(): void {}
  setAll(): void {}
  addEvent(): void {}
  link(): void {}
  fail(): void {}
  recordError(): void {}
  end(): void {}
}

/** In the place of a span where telemetry is off. */
export const NO_SPAN: SpanHandle = {
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  set: () => undefined,
  setAll: () => undefined,
  addEvent: () => undefined,
  link: () => undefined,
  fail: () => undefined,
  recordError: () => undefined,
  elapsedMs: () => 0,
  end: () => undefined,
};
