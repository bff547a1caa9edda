/**
 * Telemetry as it shall be: the settings, before them the file that TRACEDECK_TELEMETRY_CONFIG names, before that
 * the standard OTEL_* variables.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Attributes, LogLevel } from '../../shared/span.ts';
import { COMPONENTS, telemetrySettingsSchema } from '../../shared/telemetrySettings.ts';
import type {
  ExporterSettings,
  ExporterSource,
  TelemetrySettings,
  TelemetryStatus,
} from '../../shared/telemetrySettings.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Telemetry } from '../telemetry/api.ts';
import type { DatabaseInstrumentation } from '../telemetry/components/database.ts';
import type { Exports } from '../telemetry/export/exportHub.ts';
import { telemetryFromEnvironment } from '../telemetry/export/fromEnvironment.ts';
import { resolveHeaders } from '../telemetry/export/requestHeaders.ts';
import type { SpanFlusher } from '../telemetry/spans/spanFlusher.ts';

type Environment = Readonly<Record<string, string | undefined>>;
export type TelemetryPlan = {
  readonly enabled: boolean;
  /** Paths in them are absolute. */
  readonly settings: TelemetrySettings;
  /** By the exporters' ids. */
  readonly sources: Readonly<Record<string, ExporterSource>>;
  readonly above: TelemetryStatus['above'];
  /** `null` where the environment says nothing. */
  readonly serviceName: string | null;
  readonly resource: Attributes;
  readonly logLevel: LogLevel | null;
};
export type PlanTelemetry = (saved: TelemetrySettings) => TelemetryPlan;

/**
 * Reads file and environment once; what is of no use in them is told to `notice` and passed over. The result says
 * what holds for settings as they are saved. Relative paths of exporters are relative to `dataDir`.
 */
export function createTelemetryPlan(
  env: Environment,
  dataDir: string,
  notice: (notice: TracedeckError) => void,
): PlanTelemetry {
  const fromEnv = telemetryFromEnvironment(env, (message) =>
    notice(new TracedeckError('user', 'bad_environment', message)),
  );
  const path = env.TRACEDECK_TELEMETRY_CONFIG?.trim() ?? '';
  const fromFile = readConfigFile(path, notice);
  const enabled = env.TRACEDECK_TELEMETRY !== 'off' && !fromEnv.disabled;
  const above = {
    isOff: !enabled,
    file: fromFile === null ? null : path,
    ratio: fromEnv.sampling.ratio ?? null,
  };
  return (saved) => {
    const base = fromFile ?? saved;
    const ids = new Set(fromEnv.exporters.map(({ id }) => id));
    const rest = base.exporters.filter(({ id }) => !ids.has(id));
    const settings: TelemetrySettings = {
      ...base,
      sampling: { ...base.sampling, ...fromEnv.sampling },
      exporters: [...fromEnv.exporters, ...rest.map((exporter) => absolutePaths(exporter, dataDir))],
    };
    const restSource: ExporterSource = fromFile === null ? 'settings' : 'file';
    return {
      enabled,
      settings,
      sources: Object.fromEntries([
        ...fromEnv.exporters.map(({ id }) => [id, 'environment'] as const),
        ...rest.map(({ id }) => [id, restSource] as const),
      ]),
      above,
      serviceName: fromEnv.serviceName,
      resource: fromEnv.resource,
      logLevel: fromEnv.logLevel,
    };
  };
}

function absolutePaths(exporter: ExporterSettings, dataDir: string): ExporterSettings {
  if (exporter.kind === 'file') return { ...exporter, path: resolve(dataDir, exporter.path) };
  if (exporter.kind !== 'otlp') return exporter;
  const { ca, cert, key } = exporter.tls;
  const absolute = (path: string | null) => (path === null ? null : resolve(dataDir, path));
  return { ...exporter, tls: { ca: absolute(ca), cert: absolute(cert), key: absolute(key) } };
}

function readConfigFile(path: string, notice: (notice: TracedeckError) => void): TelemetrySettings | null {
  if (path === '') return null;
  const unusable = (message: string, cause?: unknown): null => {
    notice(
      new TracedeckError('degraded', 'bad_telemetry_config', `The telemetry configuration ${message}`, {
        hint: `It is passed over. See ${path}, which TRACEDECK_TELEMETRY_CONFIG names.`,
        ...(cause === undefined ? {} : { cause }),
      }),
    );
    return null;
  };
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    // A parser's message quotes the file, and with it perhaps a header.
    return unusable(error instanceof SyntaxError ? 'is no JSON.' : 'cannot be read.', error);
  }
  const parsed = telemetrySettingsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const places = new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'the top'));
  return unusable(`is not valid at ${[...places].join(', ')}.`);
}

export type WatchedParts = {
  readonly telemetry: Telemetry;
  readonly exports: Pick<Exports, 'configure'>;
  readonly databases: () => readonly Pick<DatabaseInstrumentation<unknown>, 'setSlowQueryMs'>[];
  readonly env: Environment;
};

/** Makes changed settings hold, at run time. */
export function applyTelemetrySettings(
  { telemetry, exports, databases, env }: WatchedParts,
  settings: TelemetrySettings,
): void {
  telemetry.configureSampling(settings.sampling);
  telemetry.configureBaggageAttributes(settings.baggageAttributes);
  for (const name of COMPONENTS) telemetry.component(name).configure(settings.components[name]);
  for (const database of databases()) database.setSlowQueryMs(settings.slowQueryMs);
  protectHeaders(telemetry, settings.exporters, env);
  void exports.configure(telemetry.enabled ? settings.exporters : []);
}

/** What exporters log in with must not stand in a trace either. */
export function protectHeaders(
  telemetry: Pick<Telemetry, 'protectSecret'>,
  exporters: readonly ExporterSettings[],
  env: Environment,
): void {
  for (const exporter of exporters) {
    if (exporter.kind !== 'otlp') continue;
    const addresses = [exporter.endpoint, ...Object.values(exporter.endpoints)];
    // Users and what stands behind a `?` are often words that are everywhere.
    const users = new Set(addresses.map((address) => new URL(address).username));
    const { secrets } = resolveHeaders(
      exporter.headers,
      env,
      addresses.map((address) => address.replace(/\?.*$/s, '')),
    );
    for (const secret of secrets) {
      if (secret.length >= MIN_SECRET && !users.has(secret)) telemetry.protectSecret(secret);
    }
  }
}
/** Shorter values are words and numbers. */
const MIN_SECRET = 8;

export function telemetryStatusOf(
  telemetry: Telemetry,
  flusher: Pick<SpanFlusher, 'counts'>,
  exports: Pick<Exports, 'status'>,
  { sources, above }: Pick<TelemetryPlan, 'sources' | 'above'>,
): TelemetryStatus {
  const { writtenSpans, failedSpans, lostSpans, writtenLogs, lostLogs, ...tail } = flusher.counts();
  const { started, ended, held, evicted, headDropped } = telemetry.spans.counts();
  const mode = (name: string) => (telemetry.enabled ? telemetry.component(name).mode : 'off');
  return {
    components: Object.fromEntries(
      COMPONENTS.map((name) => [name, { ...telemetry.component(name).counts(), mode: mode(name) }]),
    ),
    exporters: exports.status().map((one) => ({ ...one, source: sources[one.id] ?? 'settings' })),
    above,
    spans: {
      started,
      ended,
      held,
      evicted,
      headDropped,
      tailDropped: tail.droppedSpans,
      tailDroppedTraces: telemetry.tailCounts().droppedTraces,
      undecided: tail.undecidedSpans,
      windowDropped: telemetry.spans.neverCame,
    },
    store: { written: writtenSpans, failed: failedSpans, lost: lostSpans, writtenLogs, lostLogs },
    memory: telemetry.spans.memory(),
    faults: telemetry.faults,
    faultKinds: telemetry.faultKinds(),
  };
}
