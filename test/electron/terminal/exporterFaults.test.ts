import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startExports } from '../../../electron/telemetry/export/exportHub.ts';
import { exporterFaults } from '../../../electron/terminal/exporterFaults.ts';
import { exporterSchema } from '../../../shared/telemetrySettings.ts';
import type { ExporterSettings } from '../../../shared/telemetrySettings.ts';
import { startOtlpReceiver } from '../../fixtures/otlpReceiver.ts';
import { otlpSettings } from '../telemetry/export/exportRecords.ts';
import { startTelemetry } from '../telemetry/startTelemetry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-faults-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Of a command that recorded three spans and one log line and is over. */
async function faultsOf(exporters: readonly ExporterSettings[]): Promise<readonly string[]> {
  const telemetry = startTelemetry();
  const exports = startExports(telemetry, {
    workerFile: null,
    spoolDir: folder,
    env: {},
    exporters,
    scope: { name: 'tracedeck', version: '1' },
  });
  for (let index = 0; index < 3; index += 1) telemetry.withSpan('work', () => index);
  telemetry.logger.info('one line');
  await exports.close(3000);
  return exporterFaults(exports.status());
}

it('says nothing where all was sent, and of exporters that are off', async () => {
  const receiver = await startOtlpReceiver();
  const sent = await faultsOf([
    otlpSettings(receiver.httpUrl, { signals: ['traces'] }),
    otlpSettings('http://127.0.0.1:9', { id: 'off', enabled: false }),
  ]);
  expect(sent).toEqual([]);
  await receiver.close();
});

it('says what the endpoint said and what became of the spans', async () => {
  const away = await startOtlpReceiver();
  await away.close();
  const [line, ...others] = await faultsOf([
    otlpSettings(away.httpUrl, { id: 'there', signals: ['traces'] }),
  ]);
  expect(line).toMatch(
    /^Exporter there \(http:\/\/127\.0\.0\.1:\d+\): No connection: .*ECONNREFUSED.*\d\. Spans: 3 waiting on disk\.$/,
  );
  expect(others).toEqual([]);
});

it('says which of the signals an endpoint does not take', async () => {
  const jaeger = await startOtlpReceiver({
    answer: ({ signal }) => (signal === 'traces' ? undefined : { status: 404 }),
  });
  expect(
    await faultsOf([otlpSettings(jaeger.httpUrl, { id: 'jaeger', signals: ['traces', 'logs'] })]),
  ).toEqual([
    expect.stringMatching(
      /^Exporter jaeger \(.*\): The server answered 404 Not Found.*\. Logs: 1 refused\.$/,
    ),
  ]);
  await jaeger.close();
});

it('says that a file could not be written', async () => {
  const path = join(folder, 'a folder');
  mkdirSync(path);
  expect(
    await faultsOf([exporterSchema.parse({ id: 'f', kind: 'file', path, signals: ['traces'] })]),
  ).toEqual([
    expect.stringMatching(
      /^Exporter f \(.*a folder\): .*a folder could not be written: .*\. Spans: 3 given up\.$/,
    ),
  ]);
});
