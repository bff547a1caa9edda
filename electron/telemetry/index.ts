/** All that is used from outside this folder: by the app, by the examples and by programs of your own. */
export type * from './api.ts';
export { initTelemetry } from './telemetry.ts';
export type { TelemetryConfig } from './telemetry.ts';
export type { Logger } from './logs/logger.ts';
export type { SpanHandle, TraceIds } from './tracing/spanHandle.ts';
export { toErrorFacts } from './tracing/spanRecord.ts';

export { traced } from './wrap/traced.ts';
export type { TracedOptions } from './wrap/traced.ts';
export { span } from './wrap/spanDecorator.ts';
export { instrumentClass } from './wrap/instrumentClass.ts';
export type { InstrumentClassOptions } from './wrap/instrumentClass.ts';

export { instrumentApiClient } from './components/apiClient.ts';
export type { ApiClientInstrumentation, ApiClientOptions, ClientEvent } from './components/apiClient.ts';
export type { HttpAttemptFacts, HttpRequestFacts } from './components/httpAttempts.ts';
export type { ModelCallFacts, ModelCallOutcome } from './components/modelCalls.ts';
export { instrumentCache } from './components/cache.ts';
export type { CacheInstrumentation, CacheOptions, CacheRecorder, TierState } from './components/cache.ts';
export { instrumentDatabase } from './components/database.ts';
export type { DatabaseInstrumentation, DatabaseOptions } from './components/database.ts';

export { telemetryFromEnvironment } from './export/fromEnvironment.ts';
export { startExports } from './export/exportHub.ts';
export type { Exports, ExportsOptions } from './export/exportHub.ts';
export { startSpanFlusher } from './spans/spanFlusher.ts';
export type { SpanFlusher, SpanSink } from './spans/spanFlusher.ts';

export { printTraces, recordedSpans } from './console/printTraces.ts';
export { textWaterfall } from './console/textWaterfall.ts';
export { histogramPercentile } from '../../shared/metric.ts';
export type { MetricSnapshot } from '../../shared/metric.ts';
export type {
  Attributes,
  AttributeValue,
  LogLevel,
  LogRecord,
  SpanKind,
  SpanRecord,
} from '../../shared/span.ts';
export {
  componentSettingsSchema,
  exporterSchema,
  samplingSchema,
  telemetrySettingsSchema,
} from '../../shared/telemetrySettings.ts';
export type {
  ComponentCounts,
  ComponentMode,
  ComponentSettings,
  ExporterSettings,
  ExporterStatus,
  Sampling,
  TelemetrySettings,
} from '../../shared/telemetrySettings.ts';
