/** OTLP to one endpoint, over HTTP or gRPC: three deliveries that share a spool, and their state as one. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { LogRecord, SpanRecord } from '../../../shared/span.ts';
import { SIGNALS } from '../../../shared/telemetrySettings.ts';
import type {
  ExporterState,
  OtlpExporterSettings,
  Signal,
  SignalCounts,
} from '../../../shared/telemetrySettings.ts';
import { Delivery } from './delivery.ts';
import { DELIVERY_TIMING } from './deliveryOptions.ts';
import type { DeliveryLimits, DeliveryOptions, DeliveryTiming } from './deliveryOptions.ts';
import type { ExportContext, SignalExporter } from './exporter.ts';
import { ExporterFigures } from './exporterFigures.ts';
import { exporterTarget } from './exporterTarget.ts';
import { createGrpcTransport } from './grpcTransport.ts';
import { createHttpTransport } from './httpTransport.ts';
import type { TlsFiles } from './httpTransport.ts';
import { encodeLogs, encodeMetrics, encodeTraces, readResponse } from './otlpEncode.ts';
import type { OtlpForm } from './otlpEncode.ts';
import { resolveHeaders } from './requestHeaders.ts';
import type { RequestHeaders } from './requestHeaders.ts';
import { openSpool } from './spool.ts';
import type { Spool } from './spool.ts';
import { oneLine } from './transport.ts';
import type { Transport } from './transport.ts';

export interface OtlpExporter extends SignalExporter {
  /** Other settings under the same id: what waits, in memory and on disk, goes to the new endpoint. */
  reconfigure(settings: OtlpExporterSettings): void;
  /** Resolves when there is room in the queues, or none is to be expected soon. */
  room(): Promise<void>;
  /** So many spans fit in where there is room. */
  readonly portion: number;
  /** From now on what waits, and what is still given, goes to disk instead of the endpoint; where there is a disk. */
  toDisk(): void;
}

type Push = { readonly snapshots: readonly MetricSnapshot[]; readonly timeMs: number };
type Route = {
  readonly transport: Transport | null;
  readonly headers: RequestHeaders;
  readonly problem: string | null;
};

/** Never throws: settings that cannot work make an exporter that is `failed`, says why, and keeps what it is given. */
export function createOtlpExporter(
  first: OtlpExporterSettings,
  context: ExportContext,
  timing: DeliveryTiming = DELIVERY_TIMING,
): OtlpExporter {
  let settings = first;
  const figures = new ExporterFigures(first, []);
  let route = openRoute(settings, context);

  const report = {
    request(isRetry: boolean) {
      figures.requests += 1;
      if (isRetry) figures.retries += 1;
    },
    delivered: (latencyMs: number) => figures.arrived(latencyMs),
    error: (message: string) => figures.error(oneLine(route.headers.hide(message))),
  };

  const spool = openOwnSpool();
  const traces = delivery<SpanRecord>(
    'traces',
    () => 1,
    (spans, form) => encodeTraces(context, spans, form),
  );
  const logs = delivery<LogRecord>(
    'logs',
    () => 1,
    (records, form) => encodeLogs(context, records, form),
  );
  const metrics = delivery<Push>('metrics', countPoints, ([push], form) =>
    encodeMetrics(context, push!.snapshots, push!.timeMs, form),
  );
  const deliveries = { traces, logs, metrics };
  const all = SIGNALS.map((signal) => deliveries[signal]);
  aim();

  function openOwnSpool(): Spool | null {
    const { spoolDir } = context;
    if (spoolDir === null) return null;
    try {
      return openSpool({
        spoolDir,
        id: settings.id,
        maxBytes: settings.spoolBytes,
        onDropped: (signal, items) => deliveries[signal].spoolDropped(items),
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      report.error(`Nothing can wait on disk: ${code ?? message}`);
      return null;
    }
  }

  function delivery<T>(
    signal: Signal,
    weigh: DeliveryOptions<T>['weigh'],
    encode: DeliveryOptions<T>['encode'],
  ): Delivery<T> {
    return new Delivery<T>({
      signal,
      weigh,
      encode,
      readAnswer: (form, bytes) => readResponse(signal, form, bytes),
      limits: limitsOf(signal),
      spool,
      timing,
      report,
    });
  }

  /** Totals as of two moments do not go into one request. */
  function limitsOf(signal: Signal): DeliveryLimits {
    return { maxQueue: settings.maxQueue, maxBatch: signal === 'metrics' ? 1 : settings.maxBatch };
  }

  function aim(): void {
    const form: OtlpForm = settings.protocol === 'http/json' ? 'json' : 'protobuf';
    const { transport, problem } = route;
    const target = transport === null ? null : { transport, form, timeoutMs: settings.timeoutMs };
    if (problem !== null) report.error(problem);
    for (const signal of SIGNALS) deliveries[signal].aim(target, limitsOf(signal));
  }

  function state(): ExporterState {
    if (route.problem !== null) return 'failed';
    const states = new Set(all.map((each) => each.state));
    return (['waiting', 'failed', 'ok'] as const).find((one) => states.has(one)) ?? 'idle';
  }

  return {
    spans(spans) {
      if (settings.signals.includes('traces')) traces.add(spans);
    },
    logs(records) {
      if (settings.signals.includes('logs')) logs.add(records);
    },
    metrics(snapshots, timeMs) {
      if (settings.signals.includes('metrics')) metrics.add([{ snapshots, timeMs }]);
    },
    get metricIntervalMs() {
      return settings.signals.includes('metrics') ? settings.metricIntervalMs : null;
    },
    status() {
      const signals: Partial<Record<Signal, SignalCounts>> = {};
      for (const signal of SIGNALS) {
        const counts = deliveries[signal].counts();
        if (counts.taken > 0 || settings.signals.includes(signal)) signals[signal] = counts;
      }
      const spoolBytes = spool?.bytes ?? 0;
      return figures.status(exporterTarget(settings), { state: state(), signals, spoolBytes });
    },
    get portion() {
      return Math.max(1, Math.floor(settings.maxQueue / 2));
    },
    async room() {
      await Promise.all(all.map((each) => each.room()));
    },
    toDisk() {
      if (spool !== null && spool.maxBytes > 0) for (const each of all) void each.stop();
    },
    reconfigure(next) {
      const before = route;
      settings = next;
      // Whatever was wrong may be over.
      figures.lastError = null;
      route = openRoute(settings, context);
      if (spool !== null) spool.maxBytes = settings.spoolBytes;
      const underWay = all.map((each) => each.settled());
      aim();
      // Requests under way end as they began.
      void Promise.all(underWay).then(() => before.transport?.close());
    },
    async flush(timeoutMs) {
      const done = await Promise.all(all.map((each) => each.flush(timeoutMs)));
      return done.every((isDone) => isDone);
    },
    async close(timeoutMs) {
      await Promise.all(all.map((each) => each.flush(timeoutMs)));
      await Promise.all(all.map((each) => each.stop()));
      if (spool !== null) spool.maxBytes = 0;
      spool?.close();
      route.transport?.close();
    },
  };
}

function openRoute(settings: OtlpExporterSettings, { env }: ExportContext): Route {
  const { endpoint, protocol, gzip } = settings;
  const endpoints = Object.fromEntries(
    SIGNALS.map((signal) => [
      signal,
      settings.endpoints[signal] ?? (protocol === 'grpc' ? endpoint : signalUrl(endpoint, signal)),
    ]),
  ) as Record<Signal, string>;
  const headers = resolveHeaders(settings.headers, env, Object.values(endpoints));
  let problem = headers.problem;
  let transport: Transport | null = null;
  try {
    const tls = tlsFiles(settings.tls);
    const create = protocol === 'grpc' ? createGrpcTransport : createHttpTransport;
    if (problem === null) transport = create({ endpoints, headers, gzip, tls });
  } catch (error) {
    problem ??= (error as Error).message;
  }
  return { transport, headers, problem };
}

function signalUrl(endpoint: string, signal: Signal): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return url.href;
}

/** @throws Error where a connection cannot be made with them, whoever answers */
function tlsFiles({ ca, cert, key }: OtlpExporterSettings['tls']): TlsFiles {
  const files: TlsFiles = {
    ca: pem(ca, 'certificate authority'),
    cert: pem(cert, 'client certificate'),
    key: pem(key, 'client key'),
  };
  if ((files.cert === null) !== (files.key === null)) {
    throw new Error('A client certificate (tls.cert) and its key (tls.key) are only of use together.');
  }
  try {
    if (files.cert !== null && files.key !== null) createSecureContext({ cert: files.cert, key: files.key });
  } catch (error) {
    throw new Error(
      'The client certificate (tls.cert) and its key (tls.key) are no PEM files that belong together.',
      {
        cause: error,
      },
    );
  }
  return files;
}

function pem(path: string | null, what: string): Buffer | null {
  if (path === null) return null;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`The file with the ${what} cannot be read (${(error as NodeJS.ErrnoException).code}).`, {
      cause: error,
    });
  }
}

function countPoints({ snapshots }: Push): number {
  return snapshots.reduce((sum, { points }) => sum + points.length, 0);
}
