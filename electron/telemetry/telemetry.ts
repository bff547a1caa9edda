/**
 * Telemetry's public API: spans, logs and metrics of this process. OpenTelemetry stays behind it, and nothing
 * that goes wrong in here reaches the code that is watched: faults are counted.
 */
import { randomUUID } from 'node:crypto';
import { ProxyTracerProvider } from '@opentelemetry/api';
import { parseBaggage } from '../../shared/baggage.ts';
import type { Attributes, LogLevel, SpanRecord } from '../../shared/span.ts';
import { samplingSchema } from '../../shared/telemetrySettings.ts';
import type { ComponentSettings, Sampling } from '../../shared/telemetrySettings.ts';
import type { Origin, RemoteParent, Telemetry } from './api.ts';
import { createBaggage, createChosenBaggage } from './context/baggage.ts';
import { extract, inject } from './context/propagation.ts';
import { createCurrentParent } from './context/rowParent.ts';
import { createScopes, NO_SCOPES } from './context/scope.ts';
import { openLogFile } from './logs/logFile.ts';
import { createFaults } from './faults.ts';
import { createLogger } from './logs/logger.ts';
import { clean } from './metrics/attributeCells.ts';
import { createMetrics } from './metrics/metrics.ts';
import { NO_METRICS } from './metrics/noMetrics.ts';
import { createComponents } from './operations/component.ts';
import { createRedactor } from '../../shared/redact.ts';
import { createHeadSampler } from './sampling/headSampler.ts';
import type { HeadSampler } from './sampling/headSampler.ts';
import { createTailSampler } from './sampling/tailSampler.ts';
import type { TailSampler } from './sampling/tailSampler.ts';
import { createShutdown } from './shutdown.ts';
import { LeafRing } from './spans/leafRing.ts';
import { createSpanRing } from './spans/spanRing.ts';
import { createSpanSource } from './spans/spanSource.ts';
import { createActiveSpan } from './tracing/activeSpan.ts';
import { createClock } from './tracing/clock.ts';
import { createMetricRecorder } from './metrics/recordMetric.ts';
import { createTracing, NO_TRACING } from './tracing/tracing.ts';

export type TelemetryConfig = {
  /** `false`: no spans, no metrics and no baggage, at next to no cost. Logs go on. */
  readonly enabled?: boolean;
  /** Of the service. */
  readonly version: string;
  readonly serviceName?: string;
  /** What else identifies this process. */
  readonly resource?: Attributes;
  /** Spans kept in memory. */
  readonly ringCapacity?: number | undefined;
  /** Rows kept in memory. */
  readonly leafCapacity?: number | undefined;
  /** `null` (or not given) keeps logs in memory alone. */
  readonly logFile?: string | null;
  readonly logLevel?: LogLevel;
  /** Log records kept in memory. */
  readonly logCapacity?: number;
  /** Not given: everything is recorded and kept. */
  readonly sampling?: Sampling;
  /** By the component's name. */
  readonly components?: Readonly<Record<string, ComponentSettings>>;
  /** Baggage entries that every span carries as attributes of the same name. */
  readonly baggageAttributes?: readonly string[];
};

/** This module itself, whatever program it serves: OpenTelemetry asks whoever records to say so. */
const SDK: Attributes = {
  'telemetry.sdk.name': 'tracedeck',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.version': '0.1.0',
};
/** How long the spans of a window may come after those of the trace's part in this process. */
const TAIL_GRACE_MS = 2000;

export function initTelemetry(config: TelemetryConfig): Telemetry {
  const enabled = config.enabled ?? true;
  const faults = createFaults();
  const onFault = (thrown?: unknown) => faults.add(thrown);
  const safely = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch (thrown) {
      onFault(thrown);
      return otherwise;
    }
  };
  const serviceName = config.serviceName ?? 'tracedeck';
  const redactor = createRedactor();
  const { text: redactText, isSecretKey } = redactor;
  const keeping = { redactText, isSecretKey, onFault };
  const resource = clean(
    {
      'service.name': serviceName,
      'service.version': config.version,
      'service.instance.id': randomUUID(),
      'session.id': randomUUID(),
      ...SDK,
      ...config.resource,
    },
    keeping,
  );
  const clock = createClock();
  const scopes = enabled ? createScopes() : NO_SCOPES;
  const sampling = config.sampling ?? samplingSchema.parse({});
  const head = createHeadSampler(sampling);
  const tail = createTailSampler(sampling.tail, { onFault, graceMs: TAIL_GRACE_MS });
  const ring = createSpanRing({ ...keeping, capacity: enabled ? config.ringCapacity : 1 });
  const leaves = new LeafRing({
    ...keeping,
    capacity: enabled ? config.leafCapacity : 1,
    epochMs: clock.epochMs,
  });

  const active = createActiveSpan(scopes);
  const logger = createLogger({
    level: config.logLevel ?? 'info',
    capacity: config.logCapacity ?? 5000,
    redactor,
    file: config.logFile == null ? null : openLogFile(config.logFile),
    ids: active.parent,
    onFault,
  });
  const tracing = enabled
    ? createTracing({ resource, scopes, clock, sampler: head, tail, ring, logger, onFault })
    : NO_TRACING;
  const chosenBaggage = createChosenBaggage();
  const configureBaggage = (keys: readonly string[]) => {
    tracing.configureBaggage(keys);
    chosenBaggage.configure(keys);
  };
  configureBaggage(config.baggageAttributes ?? []);

  const ownMetrics = enabled
    ? createMetrics({
        resource,
        currentIds: active.sampledIds,
        beforeCollect: () => components.settleDurations(),
        ...keeping,
      })
    : null;
  const metrics = ownMetrics ?? NO_METRICS;
  const components = createComponents({
    enabled,
    settings: config.components,
    leaves,
    currentParent: createCurrentParent(scopes, chosenBaggage),
    withSpan: tracing.withSpan,
    startSpan: tracing.startSpan,
    onRowError: tail.rowError,
    onRow: tail.row,
    onFault,
  });
  const spans = createSpanSource({
    enabled,
    ring,
    leaves,
    tail,
    headDropped: () => head.dropped() + tracing.skipped(),
    admits: head.admits,
    baggageAttributes: (header) => chosenBaggage.of(parseBaggage(header)),
    onAdopted(records) {
      if (tail.active) judge(tail, records);
    },
    onFault,
  });
  const ending = createShutdown(
    () => Promise.all([logger.flush(), tracing.shutdown(), ownMetrics?.shutdown()]),
    onFault,
  );
  const proxy = new ProxyTracerProvider();

  return {
    enabled,
    resource,
    spans,
    metrics,
    logger,
    baggage: createBaggage(scopes, onFault),
    withSpan: tracing.withSpan as Telemetry['withSpan'],
    startSpan: tracing.startSpan,
    activate: tracing.activate,
    activateForSteps: tracing.activateForSteps,
    beginStep: tracing.beginStep,
    endStep: tracing.endStep,
    withParent: tracing.withParent,
    component: (name) => components.component(name),
    ...active.actions,
    recordMetric: createMetricRecorder(metrics, onFault),
    currentIds: active.currentIds,
    currentTraceId: () => active.parent()?.traceId ?? null,
    currentSpanId: () => active.parent()?.spanId ?? null,
    inject: () => safely(() => inject(scopes.current()), {}),
    extract: (carrier, origin) =>
      safely(() => {
        const parent = extract(carrier);
        if (parent === null) return null;
        return isAdmitted(head, parent, origin ?? {}) ? parent : { ...parent, sampled: false };
      }, null),
    tracer: (name, version) => tracing.tracer(name, version) ?? proxy.getTracer(name, version),
    configureSampling(next) {
      safely(() => {
        head.configure(next);
        tail.configure(next.tail);
      }, undefined);
    },
    tailCounts: () => tail.counts(),
    configureBaggageAttributes: (keys) => safely(() => configureBaggage(keys), undefined),
    protectSecret(secret) {
      safely(() => {
        if (!redactor.protect(secret)) return;
        ring.redactAgain();
        leaves.redactAgain();
        logger.redactAgain();
      }, undefined);
    },
    safely,
    anchorClock: () => clock.anchor(),
    get faults() {
      return faults.count;
    },
    faultKinds: () => faults.kinds(),
    onShutdown: ending.onShutdown,
    shutdown(timeoutMs) {
      safely(() => tracing.endOpen(), undefined);
      // What is undecided now stays so: it is kept.
      safely(() => tail.configure(null), undefined);
      return ending.shutdown(timeoutMs);
    },
  };
}

/** Spans above that are only handed in later are decided now, since those beneath them begin now. */
function isAdmitted(head: HeadSampler, parent: RemoteParent, { undecided = false, above }: Origin): boolean {
  let isWanted = true;
  let parentSpanId: string | null = null;
  // A parent that nobody names: its trace alone is asked for.
  for (const { spanId = parent.spanId, name } of above ?? (undecided ? [{ name: '' }] : [])) {
    isWanted = head.admits({ traceId: parent.traceId, spanId, parentSpanId, name }, undecided);
    parentSpanId = spanId;
  }
  return isWanted;
}

/** What a window says of a trace counts for its rules as what was seen here. */
function judge(tail: TailSampler, records: readonly SpanRecord[]): void {
  for (const { traceId, parentSpanId, name, startMs, endMs, status, attributes } of records) {
    if (endMs === null) continue;
    const isRoot = parentSpanId === null;
    tail.started(traceId, isRoot, false);
    const durationMs = endMs - startMs;
    tail.ended({ traceId, isRoot, name, durationMs, isError: status === 'error', attributes });
  }
}
