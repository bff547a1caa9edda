/** Every span that starts or ends, our own and the SDK's, goes to the ring and to the tail sampler. */
import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ownSpan } from '../context/ownSpan.ts';
import { Scope } from '../context/scope.ts';
import type { EndedSpan, TailSampler } from '../sampling/tailSampler.ts';
import type { SpanRing } from '../spans/spanRing.ts';
import { AdoptedSpan } from './adoptedSpan.ts';
import type { Clock } from './clock.ts';
import type { LiveSpan } from './liveSpan.ts';
import type { OnException } from './recordError.ts';

export type SpanKeeper = {
  started(span: LiveSpan | AdoptedSpan, context: Context | null): void;
  ended(span: LiveSpan | AdoptedSpan): void;
  /** For spans of the SDK's tracers. */
  readonly processor: SpanProcessor;
  configureBaggage(keys: readonly string[]): void;
};

export function createSpanKeeper(
  ring: SpanRing,
  tail: TailSampler,
  clock: Clock,
  tools: { readonly onFault: (thrown?: unknown) => void; readonly onException: OnException },
): SpanKeeper {
  let baggageKeys: readonly string[] = [];

  function copyBaggage(span: LiveSpan | AdoptedSpan, { home }: Scope): void {
    for (const key of baggageKeys) {
      const value = home.baggage.get(key);
      if (value !== undefined) span.set(key, value);
    }
  }
  function started(span: LiveSpan | AdoptedSpan, context: Context | null): void {
    try {
      ring.started(span);
      if (baggageKeys.length > 0 && context instanceof Scope) copyBaggage(span, context);
      if (tail.active) tail.started(span.traceId, span.isRoot, span.hasLocalParent);
    } catch (thrown) {
      tools.onFault(thrown);
    }
  }
  function ended(span: LiveSpan | AdoptedSpan): void {
    try {
      // First, since the ring may read it now for the last time.
      if (tail.active) tail.ended(judged(span));
    } catch (thrown) {
      tools.onFault(thrown);
    }
    ring.ended(span);
  }

  return {
    started,
    ended,
    processor: {
      onStart(otelSpan: Span, context: Context) {
        try {
          started(new AdoptedSpan(otelSpan, clock.offsetMs, tools), context);
        } catch (thrown) {
          tools.onFault(thrown);
        }
      },
      onEnd(otelSpan: ReadableSpan) {
        const span = ownSpan(otelSpan);
        if (span instanceof AdoptedSpan) ended(span);
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
    configureBaggage(keys) {
      baggageKeys = [...keys];
    },
  };
}

/** As the tail sampler's rules want it. */
function judged(span: LiveSpan | AdoptedSpan): EndedSpan {
  const { traceId, isRoot, name, durationMs, isError } = span;
  return {
    traceId,
    isRoot,
    name,
    durationMs,
    isError,
    // Few rules ask for them.
    get attributes() {
      return span.toAttributes();
    },
  };
}
