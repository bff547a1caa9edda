/**
 * Telemetry's public API: spans, logs and metrics of this process. OpenTelemetry stays behind it, and nothing
 * that goes wrong in here reaches the code that is watched: faults are counted.
 */
import { createNoopMeter, ROOT_CONTEXT, SpanKind as OtelKind, trace, TraceFlags } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { MetricSnapshot } from '../../shared/metric.ts';
import { ATTR } from '../../shared/span.ts';
import type { Attributes, LogLevel, SpanKind } from '../../shared/span.ts';
import { createClock } from './tracing/clock.ts';
import { createIdGenerator } from './tracing/idGenerator.ts';
import { createInstruments, VIEWS } from '../observe/instruments.ts';
import type { Instruments } from '../observe/instruments.ts';
import { LiveSpan, NO_SPAN } from './tracing/liveSpan.ts';
import type { SpanHandle } from './tracing/liveSpan.ts';
import { openLogFile } from './logs/logFile.ts';
import { createLogger } from './logs/logger.ts';
import type { Logger } from './logs/logger.ts';
import { OnDemandMetricReader, toMetricSnapshots } from './metrics/metricReader.ts';
import { createRedactor } from './redact.ts';
import { createSpanRing } from './spans/spanRing.ts';
import type { SpanRing } from './spans/spanRing.ts';
import { toSpanRecord } from './tracing/spanRecord.ts';

export type TelemetryConfig = {
  /** `false`: no spans and no metrics, at next to no cost. Logs go on. */
  readonly enabled?: boolean;
  readonly version: string;
  /** Spans kept in memory. */
  readonly ringCapacity?: number;
  /** `null` (or not given) keeps logs in memory alone. */
  readonly logFile?: string | null;
  readonly logLevel?: LogLevel;
  /** Log records kept in memory. */
  readonly logCapacity?: number;
};

export type TraceIds = { readonly traceId: string; readonly spanId: string };
export type SpanOptions = {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** `null` starts a trace of its own; not given: whatever span is active. */
  readonly parent?: TraceIds | null;
  readonly links?: readonly TraceIds[];
};

export interface Telemetry {
  readonly enabled: boolean;
  readonly ring: SpanRing;
  readonly logger: Logger;
  readonly instruments: Instruments;
  /** What identifies this process in everything it records. */
  readonly resource: Attributes;
  /**
   * Runs `fn` inside a span and ends the span when `fn`, or the promise it returns, is done. What `fn` throws
   * is recorded and thrown on.
   */
  withSpan<T>(name: string, fn: (span: SpanHandle) => T): T;
  withSpan<T>(name: string, options: SpanOptions, fn: (span: SpanHandle) => T): T;
  /** A span around nothing in particular, never the active one. The caller ends it. */
  startSpan(name: string, options?: SpanOptions): SpanHandle;
  /**
   * Records a finished operation as a span under the active one, past the SDK: for what takes no longer than a
   * full span costs. Outside any span it is not recorded.
   * @param startedMs - `performance.now()` before the operation
   */
  leaf(name: string, startedMs: number, attributes: Attributes, errorType?: string | null): void;
  /** Ids of the active span; `null` outside any. */
  currentIds(): TraceIds | null;
  /** W3C header that carries the active span to another process; `null` outside any. */
  traceparent(): string | null;
  /** Every instrument's totals as of now. */
  collectMetrics(): Promise<readonly MetricSnapshot[]>;
  /** From now on this text is kept out of spans and logs. */
  protectSecret(secret: string): void;
  /** After the machine slept or its clock was set. */
  anchorClock(): void;
  /** Exceptions inside telemetry that were swallowed. */
  readonly faults: number;
  /** Runs at shutdown, before the log file is closed; gets the milliseconds that are left. */
  onShutdown(flush: (timeoutMs: number) => Promise<void>): void;
  /** Flushes everything; `false` where that took longer than allowed or failed. Never throws. */
  shutdown(timeoutMs: number): Promise<boolean>;
}

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
};
const NOTHING: readonly never[] = [];
/** Longer attribute values are cut: a stack is long, a mistake is longer. */
const MAX_VALUE_LENGTH = 16_384;

export function initTelemetry(config: TelemetryConfig): Telemetry {
  const enabled = config.enabled ?? true;
  let faults = 0;
  const countFault = () => {
    faults += 1;
  };
  const redactor = createRedactor();
  const ring = createSpanRing({
    capacity: enabled ? (config.ringCapacity ?? 131_072) : 1,
    redactText: redactor.text,
    isSecretKey: redactor.isSecretKey,
    onFault: countFault,
  });
  const resource = {
    'service.name': 'tracedeck',
    'service.version': config.version,
    'service.instance.id': crypto.randomUUID(),
    'session.id': crypto.randomUUID(),
  };
  const otelResource = resourceFromAttributes(resource);
  // Not registered globally: several instances live side by side in one process, and nothing else asks for one.
  const contexts = new AsyncLocalStorageContextManager();
  const clock = createClock();
  const ids = createIdGenerator();

  const toRing: SpanProcessor = {
    onStart(span) {
      try {
        ring.started(toSpanRecord(span, true));
      } catch {
        countFault();
      }
    },
    onEnd(span) {
      try {
        ring.ended(toSpanRecord(span, false));
      } catch {
        countFault();
      }
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const provider = enabled
    ? new BasicTracerProvider({
        resource: otelResource,
        sampler: new AlwaysOnSampler(),
        idGenerator: ids,
        spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
        spanProcessors: [toRing],
      })
    : null;
  const tracer = provider?.getTracer('tracedeck', config.version) ?? null;

  const reader = new OnDemandMetricReader();
  const meters = enabled
    ? new MeterProvider({ resource: otelResource, readers: [reader], views: [...VIEWS] })
    : null;
  const instruments = createInstruments(meters?.getMeter('tracedeck', config.version) ?? createNoopMeter());

  function currentIds(): TraceIds | null {
    const context = tracer === null ? undefined : trace.getSpanContext(contexts.active());
    return context === undefined ? null : { traceId: context.traceId, spanId: context.spanId };
  }

  const logger = createLogger({
    level: config.logLevel ?? 'info',
    capacity: config.logCapacity ?? 5000,
    redactor,
    file: config.logFile == null ? null : openLogFile(config.logFile),
    ids: currentIds,
    onFault: countFault,
  });

  function parentContext(parent: TraceIds | null | undefined): Context {
    if (parent === undefined) return contexts.active();
    if (parent === null) return ROOT_CONTEXT;
    return trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  }

  /** `null` where telemetry is off or broken. */
  function begin(name: string, options: SpanOptions): { handle: SpanHandle; context: Context } | null {
    if (tracer === null) return null;
    try {
      const parent = parentContext(options.parent);
      if (trace.getSpan(parent) === undefined) clock.anchor();
      const startedMs = performance.now();
      const span = tracer.startSpan(
        name,
        {
          kind: KINDS[options.kind ?? 'internal'],
          startTime: clock.epochMs(startedMs),
          // One by one after the start they would be missing from the open span.
          ...(options.attributes === undefined ? {} : { attributes: options.attributes as never }),
          ...(options.links === undefined
            ? {}
            : {
                links: options.links.map((ids) => ({ context: { ...ids, traceFlags: TraceFlags.SAMPLED } })),
              }),
        },
        parent,
      );
      return { handle: new LiveSpan(span, clock, startedMs), context: trace.setSpan(parent, span) };
    } catch {
      countFault();
      return null;
    }
  }

  function withSpan<T>(
    name: string,
    optionsOrFn: SpanOptions | ((span: SpanHandle) => T),
    maybeFn?: (span: SpanHandle) => T,
  ): T {
    const fn = typeof optionsOrFn === 'function' ? optionsOrFn : maybeFn!;
    const begun = begin(name, typeof optionsOrFn === 'function' ? {} : optionsOrFn);
    if (begun === null) return fn(NO_SPAN);
    const { handle, context } = begun;
    let isPending = false;
    try {
      const result = contexts.with(context, fn, undefined, handle);
      if (!isThenable(result)) return result;
      isPending = true;
      return result.then(
        (value: unknown) => {
          handle.end();
          return value;
        },
        (thrown: unknown) => {
          handle.recordError(thrown);
          handle.end();
          throw thrown;
        },
      ) as T;
    } catch (thrown) {
      handle.recordError(thrown);
      throw thrown;
    } finally {
      if (!isPending) handle.end();
    }
  }

  const flushes: ((timeoutMs: number) => Promise<void>)[] = [];
  let stopping: Promise<boolean> | null = null;

  async function stop(timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    let isComplete = true;
    const bounded = async (work: () => Promise<unknown>) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(resolve, Math.max(0, deadlineMs - performance.now()), 'late');
      });
      try {
        if ((await Promise.race([work(), late])) === 'late') isComplete = false;
      } catch {
        countFault();
        isComplete = false;
      } finally {
        clearTimeout(timer);
      }
    };
    for (const flush of flushes) await bounded(() => flush(Math.max(0, deadlineMs - performance.now())));
    await bounded(() => logger.flush());
    await bounded(() => Promise.all([provider?.shutdown(), meters?.shutdown()]));
    return isComplete;
  }

  return {
    enabled,
    ring,
    logger,
    instruments,
    resource,
    withSpan,
    startSpan: (name, options = {}) => begin(name, options)?.handle ?? NO_SPAN,
    leaf(name, startedMs, attributes, errorType = null) {
      const parent = currentIds();
      if (parent === null) return;
      try {
        ring.completed({
          traceId: parent.traceId,
          spanId: ids.generateSpanId(),
          parentSpanId: parent.spanId,
          name,
          kind: 'internal',
          startMs: clock.epochMs(startedMs),
          endMs: clock.epochMs(performance.now()),
          status: errorType === null ? 'unset' : 'error',
          statusMessage: errorType,
          attributes: errorType === null ? attributes : { ...attributes, [ATTR.errorType]: errorType },
          events: NOTHING,
          links: NOTHING,
        });
      } catch {
        countFault();
      }
    },
    currentIds,
    traceparent() {
      const ids = currentIds();
      return ids === null ? null : `00-${ids.traceId}-${ids.spanId}-01`;
    },
    async collectMetrics() {
      if (meters === null) return [];
      const { resourceMetrics, errors } = await reader.collect();
      faults += errors.length;
      return toMetricSnapshots(resourceMetrics);
    },
    protectSecret: (secret) => redactor.protect(secret),
    anchorClock: () => clock.anchor(),
    get faults() {
      return faults;
    },
    onShutdown: (flush) => void flushes.push(flush),
    shutdown: (timeoutMs) => (stopping ??= stop(timeoutMs)),
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
