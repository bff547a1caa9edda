/** Full spans of a component that need more than an operation gives: attributes, events, children. */
import type { ComponentCounts } from '../../../shared/telemetrySettings.ts';
import type { SpanOptions, Telemetry } from '../api.ts';
import type { SpanHandle } from '../tracing/liveSpan.ts';

export interface CountedSpans {
  /** For hot paths, which begin their spans themselves. */
  readonly counts: { spans: number; errors: number };
  withSpan<T>(name: string, options: SpanOptions, fn: (span: SpanHandle) => Promise<T>): Promise<T>;
}
type Counts = { spans: number; errors: number };

const counted = new WeakMap<Telemetry, Map<string, Counts>>();

function countsFor(telemetry: Telemetry, component: string): Counts {
  let all = counted.get(telemetry);
  if (all === undefined) counted.set(telemetry, (all = new Map<string, Counts>()));
  let one = all.get(component);
  if (one === undefined) all.set(component, (one = { spans: 0, errors: 0 }));
  return one;
}

/** Spans that count as the component's, beside its operations. */
export function countedSpans(telemetry: Telemetry, component: string): CountedSpans {
  const counts = countsFor(telemetry, component);
  const failed = (thrown: unknown): never => {
    counts.errors += 1;
    throw thrown;
  };
  return {
    counts,
    withSpan(name, options, fn) {
      counts.spans += 1;
      return telemetry.withSpan(name, options, (span) => fn(span).catch(failed));
    },
  };
}

/** What a component counted: its operations and its counted spans. */
export function countsOf(telemetry: Telemetry, component: string): ComponentCounts {
  const { spans, errors } = countsFor(telemetry, component);
  const own = telemetry.component(component).counts();
  return {
    ...own,
    operations: own.operations + spans,
    spans: own.spans + spans,
    errors: own.errors + errors,
  };
}
