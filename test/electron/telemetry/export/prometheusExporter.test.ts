import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPrometheusExporter } from '../../../../electron/telemetry/export/prometheusExporter.ts';
import type { PrometheusTimes } from '../../../../electron/telemetry/export/prometheusExporter.ts';
import type { ExportContext, SignalExporter } from '../../../../electron/telemetry/export/exporter.ts';
import type { MetricSnapshot } from '../../../../shared/metric.ts';
import { prometheusExporterSchema } from '../../../../shared/telemetrySettings.ts';
import type { PrometheusExporterSettings } from '../../../../shared/telemetrySettings.ts';

const SNAPSHOTS: readonly MetricSnapshot[] = [
  {
    name: 'tracedeck.items',
    unit: '{item}',
    description: 'Rows.',
    kind: 'counter',
    points: [
      { attributes: { state: 'done' }, value: 3 },
      { attributes: { state: 'failed' }, value: 1 },
    ],
  },
];

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

function create(
  settings: Partial<PrometheusExporterSettings> = {},
  pullMetrics: ExportContext['pullMetrics'] = () => Promise.resolve(SNAPSHOTS),
  times: PrometheusTimes = {},
): SignalExporter {
  const exporter = createPrometheusExporter(
    prometheusExporterSchema.parse({ id: 'prom', kind: 'prometheus', port: 0, ...settings }),
    {
      resource: { 'service.name': 'tracedeck' },
      scope: { name: 'tracedeck', version: '1' },
      spoolDir: null,
      env: {},
      pullMetrics,
      startedMs: 0,
      print: () => undefined,
    },
    times,
  );
  opened.push({ close: () => exporter.close(1000) });
  return exporter;
}
async function start(...given: Parameters<typeof create>): Promise<SignalExporter> {
  const exporter = create(...given);
  await vi.waitFor(() => expect(exporter.status().state).not.toBe('idle'));
  return exporter;
}

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };
async function ask(
  exporter: SignalExporter,
  options: { path?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { path = '/metrics', method = 'GET', headers = {} } = options;
  const asked = request(new URL(path, exporter.status().target), { method, headers, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

/** A port that somebody else listens on. */
async function takenPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({ close: () => server.listening && new Promise((resolve) => server.close(resolve)) });
  return { server, port: (server.address() as AddressInfo).port };
}

describe('Prometheus endpoint', () => {
  it('answers a scrape in the format that was asked for, and counts it', async () => {
    const exporter = await start();
    expect(exporter.status()).toMatchObject({
      id: 'prom',
      kind: 'prometheus',
      state: 'ok',
      requests: 0,
      latencyMs: null,
      lastSentMs: null,
      lastError: null,
    });
    expect(exporter.status().target).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/metrics$/);
    const text = await ask(exporter);
    expect(text.status).toBe(200);
    expect(text.headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'content-length': String(Buffer.byteLength(text.text)),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(text.headers).not.toHaveProperty('access-control-allow-origin');
    expect(text.text).toContain(
      'tracedeck_items_total{otel_scope_name="tracedeck",otel_scope_version="1",state="done"} 3\n',
    );
    expect(text.text).toContain('target_info{service_name="tracedeck"} 1\n');

    const open = await ask(exporter, {
      path: '/metrics?x=1',
      headers: { accept: 'application/openmetrics-text' },
    });
    expect(open.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    );
    expect(open.text).toMatch(/\n# EOF\n$/);
    const newer = await ask(exporter, {
      headers: { accept: 'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.4' },
    });
    expect(newer.headers['content-type']).toBe(
      'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
    );
    expect(newer.text).toBe(text.text);
    await vi.waitFor(() =>
      expect(exporter.status()).toMatchObject({
        requests: 3,
        latencyMs: expect.any(Number),
        lastSentMs: expect.any(Number),
        signals: { metrics: { taken: 6, sent: 6, rejected: 0, dropped: 0, queued: 0, spooled: 0 } },
      }),
    );
  });

  it('answers HEAD without a body, and nothing but GET and HEAD of /metrics', async () => {
    const exporter = await start();
    const head = await ask(exporter, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
    expect(await ask(exporter, { path: '/' })).toMatchObject({
      status: 404,
      text: 'Metrics are at /metrics.\n',
    });
    expect((await ask(exporter, { path: '/metrics/x' })).status).toBe(404);
    expect(await ask(exporter, { method: 'POST' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    expect(exporter.status().requests).toBe(0);
  });

  it('answers to names of this machine alone', async () => {
    const exporter = await start();
    const { port } = new URL(exporter.status().target);
    const status = async (host: string) => (await ask(exporter, { headers: { host } })).status;
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', '[::1]:1', 'LOCALHOST:80'])
      expect(await status(host)).toBe(200);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      '10.0.0.1',
    ])
      expect(await status(host)).toBe(403);
  });

  it('listens, and says where, once what it has is flushed', async () => {
    const exporter = create();
    expect(exporter.status().target).toContain(':0/');
    expect(await exporter.flush(1000)).toBe(true);
    expect(exporter.status().state).toBe('ok');
    expect((await ask(exporter)).status).toBe(200);
  });

  it('wants a host to be named', async () => {
    const { hostname, port } = new URL((await start()).status().target);
    const status = async (head: string) => {
      const socket = connect(Number(port), hostname);
      socket.setEncoding('utf8').end(`${head}\r\n\r\n`);
      let text = '';
      for await (const chunk of socket) text += chunk;
      return text.split('\r\n')[0];
    };
    expect(await status('GET /metrics HTTP/1.1\r\nConnection: close')).toBe('HTTP/1.1 400 Bad Request');
    expect(await status('GET /metrics HTTP/1.0')).toBe('HTTP/1.1 403 Forbidden');
    expect(await status('GET /metrics HTTP/1.0\r\nHost: localhost')).toBe('HTTP/1.1 200 OK');
  });

  it('listens on the other loopback address, or says why it cannot', async () => {
    const exporter = await start({ host: '::1' });
    const { state, target, lastError } = exporter.status();
    expect(target).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
    if (state === 'ok') expect((await ask(exporter)).status).toBe(200);
    else expect(lastError?.message).toMatch(/^Listening on \[::1\]:0 failed \(EA\w+\)\.$/);
  });

  it('collects once for all that ask at the same time, and anew for the next', async () => {
    let pulls = 0;
    let release: () => void = () => undefined;
    const exporter = await start({}, async () => {
      pulls += 1;
      await new Promise<void>((resolve) => (release = resolve));
      return SNAPSHOTS;
    });
    const asked = [ask(exporter), ask(exporter), ask(exporter)];
    await vi.waitFor(() => expect(pulls).toBe(1));
    // All three have arrived when a fourth, refused at once, has been answered.
    expect((await ask(exporter, { path: '/' })).status).toBe(404);
    release();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(pulls).toBe(1);
    const next = ask(exporter);
    await vi.waitFor(() => expect(pulls).toBe(2));
    release();
    expect((await next).status).toBe(200);
  });

  it('answers 503 when metrics do not come, and is well again when they do', async () => {
    let mode: 'hang' | 'reject' | 'throw' | 'work' = 'hang';
    const exporter = await start(
      {},
      () => {
        if (mode === 'hang') return new Promise(() => undefined);
        if (mode === 'reject') return Promise.reject(new Error('secret detail'));
        if (mode === 'throw') throw new Error('secret detail');
        return Promise.resolve(SNAPSHOTS);
      },
      { collectTimeoutMs: 50 },
    );
    expect(await ask(exporter)).toMatchObject({
      status: 503,
      text: 'Metrics could not be read within 50 ms.\n',
      headers: { 'retry-after': '5' },
    });
    for (const failing of ['reject', 'throw'] as const) {
      mode = failing;
      expect(await ask(exporter)).toMatchObject({ status: 503, text: 'Metrics could not be read.\n' });
    }
    expect(exporter.status()).toMatchObject({
      state: 'ok',
      requests: 0,
      lastError: { message: 'Metrics could not be read.' },
    });
    mode = 'work';
    expect((await ask(exporter)).status).toBe(200);
  });

  it('drops the connection over metrics that cannot be written, and goes on', async () => {
    let isBroken = true;
    const exporter = await start({}, () =>
      Promise.resolve(isBroken ? [null as unknown as MetricSnapshot] : SNAPSHOTS),
    );
    await expect(ask(exporter)).rejects.toThrow();
    expect(exporter.status().lastError?.message).toBe('A scrape could not be answered.');
    isBroken = false;
    expect((await ask(exporter)).status).toBe(200);
  });

  it('says which metrics it had to leave out', async () => {
    const exporter = await start({}, () =>
      Promise.resolve([
        ...SNAPSHOTS,
        { ...SNAPSHOTS[0]!, name: 'tracedeck.items.total', kind: 'gauge' as never },
      ]),
    );
    expect((await ask(exporter)).status).toBe(200);
    await vi.waitFor(() =>
      expect(exporter.status()).toMatchObject({
        signals: { metrics: { taken: 4, sent: 2, rejected: 2 } },
        lastError: { message: expect.stringContaining('tracedeck.items.total') },
      }),
    );
  });

  it('counts what a scraper did not wait for as dropped', async () => {
    const exporter = await start({}, () =>
      Promise.resolve([
        {
          ...SNAPSHOTS[0]!,
          kind: 'gauge' as never,
          // More than the buffers between two sockets hold.
          points: Array.from({ length: 1000 }, (_, i) => ({
            attributes: { i, long: 'x'.repeat(16_000) },
            value: i,
          })),
        },
      ]),
    );
    const asked = request(exporter.status().target, { agent: false });
    asked.end();
    const [response] = await once(asked, 'response');
    response.destroy();
    await vi.waitFor(() =>
      expect(exporter.status().signals.metrics).toMatchObject({ taken: 1000, sent: 0, dropped: 1000 }),
    );
  });

  it('says that its port is taken, tries again, and listens once it is free', async () => {
    const { server, port } = await takenPort();
    const exporter = await start({ port }, undefined, { retryMs: 20 });
    expect(exporter.status()).toMatchObject({
      state: 'failed',
      target: `http://127.0.0.1:${port}/metrics`,
      lastError: {
        message: expect.stringContaining(`Port ${port} on 127.0.0.1 is taken by another program.`),
      },
    });
    await vi.waitFor(() => expect(exporter.status().retries).toBeGreaterThan(1));
    await new Promise((resolve) => server.close(resolve));
    await vi.waitFor(() => expect(exporter.status()).toMatchObject({ state: 'ok', lastError: null }));
    expect((await ask(exporter)).status).toBe(200);
  });

  it('stops trying when closed, and lets go of its port', async () => {
    const { port } = await takenPort();
    const failing = await start({ port }, undefined, { retryMs: 10 });
    await failing.close(1000);
    const { retries } = failing.status();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(failing.status()).toMatchObject({ state: 'off', retries });

    const exporter = await start();
    const { target } = exporter.status();
    expect((await ask(exporter)).status).toBe(200);
    await exporter.close(1000);
    await exporter.close(1000);
    expect(exporter.status().state).toBe('off');
    await expect(ask(exporter)).rejects.toThrow('ECONNREFUSED');
    const again = await start({ port: Number(new URL(target).port) });
    expect(again.status().state).toBe('ok');
  });

  it('closed while it begins to listen is closed afterwards, and closed on a taken port too', async () => {
    const { port } = await takenPort();
    for (const tried of [0, port]) {
      const exporter = createPrometheusExporter(
        prometheusExporterSchema.parse({ id: 'prom', kind: 'prometheus', port: tried }),
        {
          resource: {},
          scope: { name: '', version: '' },
          spoolDir: null,
          env: {},
          pullMetrics: async () => [],
          startedMs: 0,
          print: () => undefined,
        },
      );
      await exporter.close(1000);
      expect(exporter.status()).toMatchObject({ state: 'off', lastError: null });
    }
  });

  it('ends scrapes that hang over the time it has to close', async () => {
    const exporter = await start({}, () => new Promise(() => undefined));
    const asked = ask(exporter).catch((error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await exporter.close(20);
    expect(await asked).toBeInstanceOf(Error);
  });

  it('is off where metrics are not among its signals, and takes no pushed data', async () => {
    const exporter = await start({ signals: ['traces'] });
    expect(exporter.status().state).toBe('off');
    expect(exporter.metricIntervalMs).toBeNull();
    exporter.spans([]);
    exporter.logs([]);
    exporter.metrics([], 0);
    expect(await exporter.flush(10)).toBe(true);
    await expect(ask(exporter)).rejects.toThrow();
  });
});
