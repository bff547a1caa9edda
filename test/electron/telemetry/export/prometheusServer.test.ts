/**
 * What Prometheus itself says of the endpoint: promtool's linter, and a server that scrapes it and is asked for the
 * values. Runs where both programs are on the PATH or in the folder TRACEDECK_PROMETHEUS_DIR.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPrometheusExporter } from '../../../../electron/telemetry/export/prometheusExporter.ts';
import { createMetrics } from '../../../../electron/telemetry/metrics/metrics.ts';
import type { SignalExporter } from '../../../../electron/telemetry/export/exporter.ts';
import { prometheusExporterSchema } from '../../../../shared/telemetrySettings.ts';
import { freePort } from '../../../harness/freePort.ts';

const folders = [
  process.env['TRACEDECK_PROMETHEUS_DIR'] ?? '',
  ...(process.env['PATH'] ?? '').split(delimiter),
];
const find = (program: string) =>
  folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
const promtool = find('promtool');
const prometheus = find('prometheus');
const missing = [
  promtool === undefined ? 'promtool' : '',
  prometheus === undefined ? 'prometheus' : '',
].filter(Boolean);
const MISSING = `${missing.join(' and ')} not found on the PATH or in TRACEDECK_PROMETHEUS_DIR`;

const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const SCOPE = { name: 'tracedeck', version: '1.2.3' };

const metrics = createMetrics({ resource: {}, currentIds: () => TRACE, onFault: () => undefined });
let exporter: SignalExporter;

beforeAll(async () => {
  metrics
    .counter('tracedeck.items', { unit: '{item}', description: 'Rows, by "state"\\outcome.' })
    .add(42, { state: 'done' });
  metrics
    .counter('tracedeck.cost', { unit: 'USD', description: 'Cost.' })
    .add(0.125, { model: 'a "b"\\c\nd', 'tracedeck.model': '' });
  metrics
    .upDownCounter('db.client.connection.count', { unit: '{connection}', description: 'Connections.' })
    .add(2, { 'db.client.connection.state': 'idle' });
  metrics
    .gauge('tracedeck.cache.size', { unit: 'By', description: 'Held.' })
    .record(1e9, { 'tracedeck.cache.tier': '한국어' });
  metrics.observableGauge('tracedeck.cache.share', { unit: '1', description: 'Share.' }, (report) =>
    report(0.75),
  );
  const wait = metrics.histogram('db.client.operation.duration', {
    unit: 's',
    description: 'Transactions.',
    boundaries: [1e-6, 1e-5, 0.001, 1, 60, 1e6],
  });
  for (const value of [5e-7, 2e-6, 3e-6, 0.0005, 0.5, 1, 30, 100])
    wait.record(value, { 'db.operation.name': 'SELECT' });
  metrics
    .meter('library', '9')
    .createCounter('tracedeck.items', { unit: '{item}' })
    .add(8, { state: 'done' });
  exporter = createPrometheusExporter(
    prometheusExporterSchema.parse({ id: 'prom', kind: 'prometheus', port: 0 }),
    {
      resource: {
        'service.name': 'tracedeck',
        'service.version': '1.2.3',
        'process.command_args': ['a', 'b'],
      },
      scope: SCOPE,
      spoolDir: null,
      env: {},
      pullMetrics: () => metrics.collect(),
      startedMs: Date.now(),
      print: () => undefined,
    },
  );
  await vi.waitFor(() => expect(exporter.status().state).toBe('ok'));
});
afterAll(() => exporter.close(1000));

describe('promtool', () => {
  beforeEach(({ skip }) => skip(promtool === undefined, MISSING));

  it('reads the text, and minds a name of the OpenTelemetry conventions alone', async () => {
    const text = await (await fetch(exporter.status().target)).text();
    const { status, stdout, stderr } = spawnSync(promtool!, ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect({ status, text: `${stdout}${stderr}` }).toEqual({
      status: 3,
      text: 'db_client_connection_count non-histogram and non-summary metrics should not have "_count" suffix\n',
    });
  });
});

describe('a Prometheus server', () => {
  beforeEach(({ skip }) => skip(missing.length > 0, MISSING));

  it('scrapes OpenMetrics with exemplars and gives the values back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracedeck-prometheus-'));
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [
          { job_name: 'tracedeck', static_configs: [{ targets: [new URL(exporter.status().target).host] }] },
        ],
      }),
    );
    execFileSync(promtool!, ['check', 'config', config], { stdio: 'ignore' });
    const server = spawn(
      prometheus!,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
    type Series = { metric: Record<string, string>; value: [number, string] };
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
      return ((await response.json()) as { data: unknown }).data;
    };
    const query = async (text: string) =>
      ((await get(`query?query=${encodeURIComponent(text)}`)) as { result: Series[] }).result;
    const value = async (text: string) => Number((await query(text))[0]?.value[1]);
    try {
      await vi.waitFor(async () => expect(await value('up{job="tracedeck"}')).toBe(1), {
        timeout: 25_000,
        interval: 200,
      });
      await vi.waitFor(async () => expect(await value('count(tracedeck_items_total)')).toBe(2), {
        timeout: 5000,
      });
      expect(
        (await query('tracedeck_items_total'))
          .map(({ metric, value: [, total] }) => [
            metric['otel_scope_name'],
            metric['otel_scope_version'],
            metric['state'],
            total,
          ])
          .sort(),
      ).toEqual([
        ['library', '9', 'done', '8'],
        ['tracedeck', '1.2.3', 'done', '42'],
      ]);
      const [cost] = await query('tracedeck_cost_USD_total');
      expect([cost!.metric['model'], cost!.value[1]]).toEqual(['a "b"\\c\nd', '0.125']);
      expect(await value('db_client_connection_count{db_client_connection_state="idle"}')).toBe(2);
      expect(await value('tracedeck_cache_size_bytes{tracedeck_cache_tier="한국어"}')).toBe(1e9);
      expect(await value('tracedeck_cache_share_ratio')).toBe(0.75);
      const buckets = await query('db_client_operation_duration_seconds_bucket');
      expect(
        Object.fromEntries(buckets.map(({ metric, value: [, count] }) => [metric['le'], Number(count)])),
      ).toEqual({
        '1e-06': 1,
        '1e-05': 3,
        '0.001': 4,
        '1.0': 6,
        '60.0': 7,
        '1e+06': 8,
        '+Inf': 8,
      });
      expect(await value('db_client_operation_duration_seconds_count')).toBe(8);
      expect(await value('db_client_operation_duration_seconds_sum')).toBeCloseTo(131.5005055, 6);
      expect(await value('histogram_quantile(0.5, db_client_operation_duration_seconds_bucket)')).toBeCloseTo(
        0.001,
        6,
      );
      const [target] = await query('target_info');
      expect(target!.metric).toMatchObject({
        service_name: 'tracedeck',
        service_version: '1.2.3',
        process_command_args: '["a","b"]',
      });
      expect(
        (
          (await get(`targets/metadata?metric=db_client_operation_duration_seconds`)) as {
            type: string;
            unit: string;
            help: string;
          }[]
        )[0],
      ).toMatchObject({ type: 'histogram', unit: 'seconds', help: 'Transactions.' });
      const exemplars = (await get(
        `query_exemplars?query=db_client_operation_duration_seconds_bucket&start=0&end=${Math.ceil(Date.now() / 1000) + 60}`,
      )) as { exemplars: { labels: Record<string, string>; value: string }[] }[];
      const found = exemplars.flatMap((series) => series.exemplars);
      expect(found.map(({ value: text }) => Number(text)).sort((a, b) => a - b)).toEqual([
        5e-7, 3e-6, 0.0005, 1, 30, 100,
      ]);
      expect(found[0]!.labels).toEqual({ trace_id: TRACE.traceId, span_id: TRACE.spanId });
      expect(log).not.toMatch(/level=(?:warn|error)/);
    } finally {
      server.kill();
      await new Promise((resolve) => server.once('close', resolve));
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
