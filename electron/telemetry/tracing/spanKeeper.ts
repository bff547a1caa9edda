/** Between the SDK and what is recorded: every span that starts or ends goes to the ring and to the tail sampler. */
import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ownSpan } from '../context/ownSpan.ts';
import { Scope } from '../context/scope.ts';
import type { BaggageEntries } from '../context/scope.ts';
import type { TailSampler } from '../sampling/tailSampler.ts';
import type { SpanRing } from '../spans/spanRing.ts';
import type { Clock } from './clock.ts';
import { LiveSpan } from './liveSpan.ts';
import type { LiveSpanTools } from './liveSpan.ts';

export type SpanKeeper = {
  readonly processor: SpanProcessor;
  configureBaggage(keys: readonly string[]): void;
};

export function createSpanKeeper(
  ring: SpanRing,
  tail: TailSampler,
  clock: Clock,
  tools: LiveSpanTools,
): SpanKeeper {
  let baggageKeys: readonly string[] = [];

  function copyBaggage(span: LiveSpan, baggage: BaggageEntries): void {
    for (const key of baggageKeys) {
      const value = baggage.get(key);
      if (value !== undefined) span.set(key, value);
    }
  }

  return {
    processor: {
      onStart(otelSpan: Span, context: Context) {
        try {
          const span = new LiveSpan(otelSpan, clock.offsetMs, tools);
          span.ringHandle = ring.started(otelSpan);
          if (baggageKeys.length > 0 && context instanceof Scope) copyBaggage(span, context.home.baggage);
          if (tail.active) tail.started(span.traceId, span.isRoot, span.hasLocalParent);
        } catch {
          tools.onFault();
        }
      },
      onEnd(otelSpan: ReadableSpan) {
        try {
          const span = ownSpan(otelSpan) as LiveSpan;
          ring.ended(span.ringHandle, otelSpan);
          if (tail.active) tail.ended(span);
        } catch {
          tools.onFault();
        }
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
    configureBaggage(keys) {
      baggageKeys = [...keys];
    },
  };
}
