/** Finds our span again where OpenTelemetry's code hands in its own. */
import type { Span } from '@opentelemetry/api';
import type { ScopeSpan } from './scope.ts';

/** A span that is both has it from its class. */
export const OWN_SPAN = Symbol('tracedeck.span');
type Tied = { [OWN_SPAN]?: ScopeSpan };

export function tieSpans(otelSpan: Span, own: ScopeSpan): void {
  (otelSpan as Tied)[OWN_SPAN] = own;
}
export function ownSpan(otelSpan: unknown): ScopeSpan | null {
  return (otelSpan as Tied | undefined)?.[OWN_SPAN] ?? null;
}
