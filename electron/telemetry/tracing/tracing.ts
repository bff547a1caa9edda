/**
 * Clock, ids, samplers and ring behind two ways to record: spans of our own, and OpenTelemetry's SDK for code that
 * was written against its API, whose tracers give the SDK's spans. Both meet in the keeper and share one trace.
 */
import type { Tracer } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { DetectedResourceAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { Attributes } from '../../../shared/span.ts';
import type { Scopes } from '../context/scope.ts';
import type { SpanLogger } from '../logs/logger.ts';
import type { HeadSampler } from '../sampling/headSampler.ts';
import type { TailSampler } from '../sampling/tailSampler.ts';
import type { SpanRing } from '../spans/spanRing.ts';
import { AdoptedSpan } from './adoptedSpan.ts';
import { createApiTracer } from './apiTracer.ts';
import type { Clock } from './clock.ts';
import { createIdGenerator } from './idGenerator.ts';
import { LiveSpan } from './liveSpan.ts';
import type { OnException } from './recordError.ts';
import { createSpanKeeper } from './spanKeeper.ts';
import { createSpanLimits } from './spanLimits.ts';
import { createSpanStarter } from './spanStarter.ts';
import type { SpanStarter } from './spanStarter.ts';
import { NO_SPAN } from './unrecordedSpan.ts';

export type TracingOptions = {
  readonly resource: Attributes;
  readonly scopes: Scopes;
  readonly clock: Clock;
  readonly sampler: HeadSampler;
  readonly tail: TailSampler;
  readonly ring: SpanRing;
  readonly logger: SpanLogger;
  readonly onFault: (thrown?: unknown) => void;
};

export type Tracing = SpanStarter & {
  /** `null` where telemetry is off. */
  tracer(name: string, version?: string): Tracer | null;
  configureBaggage(keys: readonly string[]): void;
  /** Ends what is open, as nobody will: with an event that says why. */
  endOpen(): void;
  shutdown(): Promise<void>;
};

/** The event of spans that telemetry itself ended, because it was shut down before they were over. */
const SHUTDOWN_EVENT = 'shutdown';

export function createTracing(options: TracingOptions): Tracing {
  const { scopes, clock, sampler, logger, onFault } = options;
  const ids = createIdGenerator();
  const limits = createSpanLimits(process.env);
  const onException: OnException = (facts, attributes, span) => {
    const isPassing = facts.category === 'transient' || facts.category === 'degraded';
    logger.event('exception', isPassing ? 'warn' : 'error', facts.message ?? facts.type, attributes, span);
  };
  const keeper = createSpanKeeper(options.ring, options.tail, clock, { onFault, onException });
  const spanTools = { limits, onFault, onException, onEnd: keeper.ended };
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(options.resource as DetectedResourceAttributes),
    sampler,
    idGenerator: ids,
    spanLimits: limits,
    spanProcessors: [keeper.processor],
  });
  return {
    ...createSpanStarter({ scopes, sampler, keeper, ids, clock, spanTools, onFault }),
    tracer: (name, version) => createApiTracer(provider.getTracer(name, version), scopes),
    configureBaggage: keeper.configureBaggage,
    endOpen() {
      for (const span of options.ring.open()) {
        if (!(span instanceof LiveSpan || span instanceof AdoptedSpan)) continue;
        span.addEvent(SHUTDOWN_EVENT);
        span.end();
      }
    },
    shutdown: () => provider.shutdown(),
  };
}

/** Telemetry is off: functions are called, and that is all. */
export const NO_TRACING: Tracing = {
  withSpan: (_name, optionsOrFn, maybeFn) =>
    typeof optionsOrFn === 'function' ? optionsOrFn(NO_SPAN) : maybeFn!(NO_SPAN),
  startSpan: () => NO_SPAN,
  activate: (_span, fn) => fn(),
  activateForSteps: (_span, fn) => fn(),
  beginStep: () => false,
  endStep: () => undefined,
  withParent: (_parent, fn) => fn(),
  skipped: () => 0,
  tracer: () => null,
  configureBaggage: () => undefined,
  endOpen: () => undefined,
  shutdown: () => Promise.resolve(),
};
