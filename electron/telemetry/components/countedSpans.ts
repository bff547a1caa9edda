/** Full spans of a component that need more than an operation gives: attributes, events, children. */
import type { Component, SpanOptions, Telemetry } from '../api.ts';
import { LiveSpan } from '../tracing/liveSpan.ts';
import type { SpanHandle } from '../tracing/spanHandle.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';

export interface CountedSpans {
  /** For who begins his spans himself: once for each; with `null` for one that was left out. */
  began(span: SpanHandle | null): void;
  /** One of them failed and nothing was thrown. */
  failed(): void;
  /** One of them ends with what was thrown: a failure, unless it is a cancellation or what the input decides. */
  threw(thrown: unknown): void;
  withSpan<T>(name: string, options: SpanOptions, fn: (span: SpanHandle) => Promise<T>): Promise<T>;
}
/** Spans that count as the component's, beside its operations. */
export function countedSpans(telemetry: Telemetry, { tally }: Component): CountedSpans {
  const began = (span: SpanHandle | null): void => {
    // What is sampled out is no such span.
    if (span instanceof LiveSpan) tally.spans += 1;
    else tally.leftOut += 1;
  };
  const threw = (thrown: unknown): void => {
    if (!toErrorFacts(thrown).expected) tally.errors += 1;
  };
  return {
    began,
    failed() {
      tally.errors += 1;
    },
    threw,
    withSpan: (name, options, fn) =>
      telemetry.withSpan(name, options, (span) => {
        began(span);
        return fn(span).catch((thrown: unknown) => {
          threw(thrown);
          throw thrown;
        });
      }),
  };
}
