/** What was left out of both sides of a comparison. */
import type { Hidden, HiddenSpans } from '../../../shared/traceQuery.ts';

/** Both sides were asked with the same rules, but of named traces none is hidden. */
export function both(a: Hidden | undefined, b: Hidden | undefined): Hidden | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { traces: a.traces + b.traces, faults: a.faults };
}

export function bothSpans(
  a: HiddenSpans | null | undefined,
  b: HiddenSpans | null | undefined,
): HiddenSpans | null {
  return a == null || b == null ? null : { spans: a.spans + b.spans, faults: a.faults };
}
