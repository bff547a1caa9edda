/**
 * One trace across a window-like client, a pipeline and a second process over HTTP. The trace travels as W3C
 * headers (traceparent, baggage); the second process hands its spans back, so that one picture shows all.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { initTelemetry, printTraces, recordedSpans } from '../electron/telemetry/index.ts';
import type { SpanRecord } from '../electron/telemetry/index.ts';

const isServer = process.argv.includes('--dictionary');
const telemetry = initTelemetry({
  version: '1.0.0',
  serviceName: isServer ? 'example-dictionary' : 'example-client',
  baggageAttributes: ['lesson.id'],
});

if (isServer) await serveDictionary();
else await learn();

/** The second process: answers lookups under the caller's span, and gives away what it recorded. */
async function serveDictionary(): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url === '/spans') {
      response.end(JSON.stringify(recordedSpans(telemetry)));
      return;
    }
    const parent = telemetry.extract(request.headers);
    void telemetry.withParent(parent, () =>
      telemetry.withSpan('GET /lookup', { kind: 'server' }, async (span) => {
        span.set('lesson.level', telemetry.baggage.get('lesson.level') ?? 'unknown');
        await telemetry.withSpan('SELECT words', { kind: 'client' }, () => sleep(3));
        response.end('{"meaning":"mountain"}');
      }),
    );
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.(address.port);
  });
}

async function learn(): Promise<void> {
  const dictionary = spawn(process.execPath, [import.meta.filename, '--dictionary'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [port] = (await once(dictionary, 'message')) as [number];
  const base = `http://127.0.0.1:${port}`;

  // What a window would do: a span around the click, and its headers as part of the message to the pipeline.
  const message = telemetry.withSpan('ui start', () =>
    telemetry.baggage.with({ 'lesson.id': 'l-7', 'lesson.level': 'beginner' }, () => telemetry.inject()),
  );
  // What the pipeline does with the message: everything below belongs to the click.
  await telemetry.withParent(telemetry.extract(message), () =>
    telemetry.withSpan('pipeline', async () => {
      await Promise.all([1, 2].map((row) => telemetry.withSpan(`row ${row}`, () => lookUp(base))));
    }),
  );

  const answer = await fetch(`${base}/spans`);
  telemetry.spans.adopt((await answer.json()) as SpanRecord[]);
  dictionary.kill();

  const spans = recordedSpans(telemetry);
  printTraces(telemetry);
  console.log(
    `${spans.length} spans of two processes in ${new Set(spans.map(({ traceId }) => traceId)).size} trace`,
  );
  await telemetry.shutdown(2000);
}

function lookUp(base: string): Promise<string> {
  return telemetry.withSpan(
    'GET',
    { kind: 'client', attributes: { 'http.request.method': 'GET' } },
    async (span) => {
      const response = await fetch(`${base}/lookup`, { headers: telemetry.inject() });
      span.set('http.response.status_code', response.status);
      return response.text();
    },
  );
}
