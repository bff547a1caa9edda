/**
 * Metrics for a Prometheus that comes to fetch them: `GET /metrics` on the loopback address alone. What a scrape
 * reads is collected when it asks.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { PrometheusExporterSettings } from '../../../shared/telemetrySettings.ts';
import { within } from '../within.ts';
import type { ExportContext, SignalExporter } from './exporter.ts';
import { ExporterFigures } from './exporterFigures.ts';
import { CONTENT_TYPES, negotiateFormat, toPrometheusText } from './prometheusText.ts';

export type PrometheusTimes = {
  /** A scrape that got no metrics within this is answered with 503; Prometheus itself waits for 10 s. */
  readonly collectTimeoutMs?: number;
  /** Between attempts to listen on a port that is taken. */
  readonly retryMs?: number;
};

const PATH = '/metrics';
/** Scrapers, not crowds. */
const MAX_CONNECTIONS = 32;
/** Names under which this machine calls itself: any other `Host` comes from a page whose name points here. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** Listens from now on, and tries again as long as the port is taken. Never throws. */
export function createPrometheusExporter(
  settings: PrometheusExporterSettings,
  context: ExportContext,
  { collectTimeoutMs = 5000, retryMs = 5000 }: PrometheusTimes = {},
): SignalExporter {
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  const isWanted = settings.enabled && settings.signals.includes('metrics');
  const figures = new ExporterFigures(settings, ['metrics']);
  if (!isWanted) figures.state = 'off';
  let port = settings.port;
  /** From the attempt to listen until its outcome. */
  let isBinding = false;
  let retryTimer: NodeJS.Timeout | null = null;
  let collecting: Promise<readonly MetricSnapshot[]> | null = null;

  /** One collection at a time: whoever asks meanwhile gets its outcome. One that hangs is given up for the next. */
  function collect(): Promise<readonly MetricSnapshot[]> {
    if (collecting !== null) return collecting;
    const begun = new Promise<readonly MetricSnapshot[]>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Metrics could not be read within ${collectTimeoutMs} ms.`)),
        collectTimeoutMs,
      );
      // Called inside a promise, so that what it throws at once is a rejection as well.
      Promise.resolve()
        .then(context.pullMetrics)
        .then(resolve, () => reject(new Error('Metrics could not be read.')))
        .finally(() => clearTimeout(timer));
    }).finally(() => {
      if (collecting === begun) collecting = null;
    });
    collecting = begun;
    return begun;
  }

  function refuse(response: ServerResponse, status: number, text: string, headers = {}): void {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
    response.end(`${text}\n`);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    if (!LOOPBACK_HOST.test(request.headers.host ?? ''))
      return refuse(response, 403, 'Only requests to localhost are answered.');
    const [path] = (request.url ?? '').split('?');
    if (path !== PATH) return refuse(response, 404, `Metrics are at ${PATH}.`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'GET and HEAD are answered.', { Allow: 'GET, HEAD' });
    const startedMs = performance.now();
    let snapshots: readonly MetricSnapshot[];
    try {
      snapshots = await collect();
    } catch (error) {
      const { message } = error as Error;
      figures.error(message);
      return refuse(response, 503, message, { 'Retry-After': '5' });
    }
    const format = negotiateFormat(request.headers.accept);
    const { text, points, leftOut, conflicts } = toPrometheusText(snapshots, {
      format,
      resource: context.resource,
      scope: context.scope,
    });
    const body = Buffer.from(text);
    response.writeHead(200, { 'Content-Type': CONTENT_TYPES[format], 'Content-Length': body.byteLength });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    figures.requests += 1;
    figures.take('metrics', points + leftOut);
    figures.count('metrics', 'rejected', leftOut);
    if (conflicts.length > 0)
      figures.error(`Left out, since Prometheus knows their names as another type: ${conflicts.join(', ')}.`);
    response.once('close', () => {
      if (!response.writableFinished) {
        figures.count('metrics', 'dropped', points);
        return;
      }
      figures.count('metrics', 'sent', points);
      if (figures.state !== 'off') figures.arrived(performance.now() - startedMs);
    });
    response.end(body);
  }

  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5000 }, (request, response) => {
    answer(request, response).catch(() => {
      figures.error('A scrape could not be answered.');
      response.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;

  function listen(): void {
    retryTimer = null;
    isBinding = true;
    server.listen({ host: settings.host, port: settings.port, exclusive: true });
  }
  server.on('listening', () => {
    isBinding = false;
    if (figures.state === 'off') return;
    ({ port } = server.address() as AddressInfo);
    figures.state = 'ok';
    figures.lastError = null;
    // The endpoint alone keeps no process alive.
    server.unref();
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    isBinding = false;
    if (figures.state === 'off') return;
    const isTaken = error.code === 'EADDRINUSE';
    figures.failed(
      isTaken
        ? `Port ${settings.port} on ${settings.host} is taken by another program. Choose another port, or end that program: this is tried again.`
        : `Listening on ${host}:${settings.port} failed (${error.code ?? 'unknown error'}).`,
    );
    retryTimer = setTimeout(() => {
      figures.retries += 1;
      listen();
    }, retryMs);
    retryTimer.unref();
  });
  if (isWanted) listen();

  /** The outcome of an attempt to listen that is under way. */
  async function bound(): Promise<void> {
    if (isBinding) await new Promise((resolve) => server.once('listening', resolve).once('error', resolve));
  }

  return {
    spans() {},
    logs() {},
    metrics() {},
    metricIntervalMs: null,
    status: () => figures.status(`http://${host}:${port}${PATH}`),
    // From then on the status has the port, where a free one was asked for.
    flush: (timeoutMs) =>
      within(
        bound().then(() => true),
        timeoutMs,
        true,
      ),
    async close(timeoutMs) {
      figures.state = 'off';
      if (retryTimer !== null) clearTimeout(retryTimer);
      await bound();
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
