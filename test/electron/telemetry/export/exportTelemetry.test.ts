import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startExports } from '../../../../electron/telemetry/export/exportHub.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';
import { startOtlpReceiver } from '../../../fixtures/otlpReceiver.ts';
import { checkCounts, otlpSettings } from './exportRecords.ts';

it('full spans, rows, metrics and logs of a real telemetry arrive as OTLP, through the thread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-whole-'));
  const server = await startOtlpReceiver();
  const telemetry = initTelemetry({ version: '1.2.3' });
  const exports = startExports(telemetry, {
    workerFile: new URL('../../../../electron/telemetry/export/exportWorker.ts', import.meta.url),
    spoolDir: folder,
    env: {},
    exporters: [otlpSettings(server.httpUrl), otlpSettings(server.grpcUrl, { id: 'g', protocol: 'grpc' })],
    scope: { name: 'tracedeck', version: '1.2.3' },
  });
  const cache = telemetry.component('cache');
  cache.configure({ mode: 'leaf', every: 8, slowMs: 100 });
  const get = cache.operation('cache get', { facts: ['tracedeck.cache.bytes'] });
  const parent = telemetry.withSpan('run', { attributes: { 'tracedeck.run.id': 'r' } }, () => {
    for (let i = 0; i < 300; i += 1) get.end(get.begin(), i);
    telemetry.metrics.counter('tracedeck.items').add(7);
    telemetry.logger.info('inside');
    return telemetry.currentIds()!;
  });
  expect(await exports.flush(10_000)).toBe(true);
  const spans = server.spans();
  expect(spans).toHaveLength(602);
  const rows = spans.filter(({ name }) => name === 'cache get');
  expect(new Set(rows.map(({ spanId }) => spanId)).size).toBe(300);
  expect(
    rows.every(({ traceId, parentSpanId }) => traceId === parent.traceId && parentSpanId === parent.spanId),
  ).toBe(true);
  expect(server.logs()).toMatchObject([
    { message: 'inside', ...parent },
    { message: 'inside', ...parent },
  ]);
  expect(server.metrics().find(({ name }) => name === 'tracedeck.items')!.points[0]!.value).toBe(7);
  expect(spans[0]!.resource).toMatchObject({ 'service.name': 'tracedeck', 'service.version': '1.2.3' });
  for (const status of exports.status()) checkCounts(status);
  await telemetry.shutdown(2000);
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});
