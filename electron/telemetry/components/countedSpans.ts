/** Full spans of a component that need more than an operation gives: attributes, events, children. */
import type { ComponentCounts } from '../../../shared/telemetrySettings.ts';
import type { SpanOptions, Telemetry } from '../api.ts';
import { LiveSpan } from '../tracing/liveSpan.ts';
import type { SpanHandle } from '../tracing/liveSpan.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';

export interface CountedSpans {
  /** For who begins his spans himself: once for each; with `null` for one that was left out. */
  began(span: SpanHandle | null): void;
  /** One of them failed and nothing was thrown. */
  failed(): void;
  withSpan<T>(name: string, options: SpanOptions, fn: (span: SpanHandle) => Promise<T>): Promise<T>;
}
type Counts = { spans: number; leftOut: number; errors: number };

const counted = new WeakMap<Telemetry, Map<string, Counts>>();

function countsFor(telemetry: Telemetry, component: string): Counts {
  let all = counted.get(telemetry);
  if (all === undefined) counted.set(telemetry, (all = new Map<string, Counts>()));
  let one = all.get(component);
  if (one === undefined) all.set(component, (one = { spans: 0, leftOut: 0, errors: 0 }));
  return one;
}

/** Spans that count as the component's, beside its operations. */
export function countedSpans(telemetry: Telemetry, component: string): CountedSpans {
  const counts = countsFor(telemetry, component);
  const began = (span: SpanHandle | null): void => {
    // What is sampled out is no such span.
    if (span instanceof LiveSpan) counts.spans += 1;
    else counts.leftOut += 1;
  };
  const rejected = (thrown: unknown): never => {
    if (!toErrorFacts(thrown).expected) counts.errors += 1;
    throw thrown;
  };
  return {
    began,
    failed() {
      counts.errors += 1;
    },
    withSpan: (name, options, fn) =>
      telemetry.withSpan(name, options, (span) => {
        began(span);
        return fn(span).catch(rejected);
      }),
  };
}

/** What a component counted: its operations and its counted spans. */
export function countsOf(telemetry: Telemetry, component: string): ComponentCounts {
  const { spans, leftOut, errors } = countsFor(telemetry, component);
  const own = telemetry.component(component).counts();
  return {
    ...own,
    operations: own.operations + spans + leftOut,
    spans: own.spans + spans,
    leftOut: own.leftOut + leftOut,
    errors: own.errors + errors,
  };
}
