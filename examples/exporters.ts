/**
 * Traces, metrics and logs sent over OTLP to a receiver, written to a file and offered to Prometheus, all at
 * once. Starts the receiver itself and shows what arrived; a collector or Jaeger is one address away.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { exporterSchema, initTelemetry, startExports } from '../electron/telemetry/index.ts';

// A receiver of OTLP/JSON: three addresses, one document each.
const arrived = { '/v1/traces': [] as string[], '/v1/metrics': [] as string[], '/v1/logs': [] as string[] };
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    arrived[request.url as keyof typeof arrived]?.push(...namesIn(text));
    response.setHeader('content-type', 'application/json').end('{}');
  });
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const { port } = receiver.address() as { port: number };

const file = join(tmpdir(), `tracedeck-example-${process.pid}.jsonl`);
const telemetry = initTelemetry({ version: '1.0.0', serviceName: 'example-exporters' });
const exports = startExports(telemetry, {
  // In the app a thread of its own does this: `new URL('../electron/telemetry/export/exportWorker.ts', import.meta.url)`.
  workerFile: null,
  spoolDir: null,
  env: process.env,
  scope: { name: 'example', version: '1.0.0' },
  exporters: [
    { id: 'collector', kind: 'otlp', protocol: 'http/json', endpoint: `http://127.0.0.1:${port}` },
    { id: 'file', kind: 'file', path: file },
    { id: 'scrape', kind: 'prometheus', port: 0 },
    { id: 'terminal', kind: 'console' },
  ].map((settings) => exporterSchema.parse(settings)),
});

await telemetry.withSpan('lesson', async () => {
  telemetry.logger.info('The lesson begins.');
  for (const word of ['mountain', 'river']) {
    await telemetry.withSpan('look up', { attributes: { 'word.length': word.length } }, () => {
      telemetry.recordMetric('study.words', 1, {}, 'counter');
    });
  }
});

await exports.flush(5000);
for (const [path, names] of Object.entries(arrived)) console.log(`received at ${path}: ${names.join(', ')}`);
for (const { id, state, target } of exports.status())
  console.log(`${id.padEnd(10)} ${state.padEnd(8)} ${target}`);

const scrape = exports.status().find(({ kind }) => kind === 'prometheus');
const scraped = await fetch(scrape!.target).then((answer) => answer.text());
console.log(
  `\n${scraped
    .split('\n')
    .filter((line) => line.includes('study'))
    .join('\n')}`,
);
console.log(`\n${file}: ${readFileSync(file, 'utf8').trim().split('\n').length} requests, one a line`);

await exports.close(5000);
await telemetry.shutdown(2000);
receiver.close();
rmSync(file, { force: true });

/** Names of the spans, metrics or log texts in a request. */
function namesIn(json: string): string[] {
  const names: string[] = [];
  JSON.parse(json, (key, value: unknown) => {
    if (key === 'spans' || key === 'metrics')
      for (const { name } of value as { name: string }[]) names.push(name);
    if (key === 'logRecords') {
      for (const { body } of value as { body: { stringValue: string } }[]) names.push(body.stringValue);
    }
    return value;
  });
  return names;
}
