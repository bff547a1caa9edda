/**
 * Calls to a model server by the GenAI and HTTP conventions: tokens by kind, cost, retries and rate limits. The
 * server sees the trace in its headers; prompts and answers stay out of the trace unless they are wanted.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  initTelemetry,
  instrumentApiClient,
  printTraces,
  recordedSpans,
} from '../electron/telemetry/index.ts';

// A model server that is busy at first.
let requests = 0;
const seen: string[] = [];
const server = createServer((request, response) => {
  requests += 1;
  seen.push(String(request.headers.traceparent));
  response.setHeader('x-ratelimit-remaining-requests', String(100 - requests));
  if (requests === 1) {
    response.writeHead(429, { 'retry-after': '0' }).end('{}');
    return;
  }
  const usage = { prompt_tokens: 42, completion_tokens: 17 };
  response.end(JSON.stringify({ model: 'example-model', text: 'a mountain', usage }));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as { port: number };

const telemetry = initTelemetry({ version: '1.0.0', serviceName: 'example-client' });
const recordText = process.argv.includes('--record-text');
const client = instrumentApiClient(telemetry, {
  price: (_model, { input, output }) => (input * 0.15 + output * 0.6) / 1e6,
  recordText: () => recordText,
});

type Answer = { readonly text: string; readonly usage: { prompt_tokens: number; completion_tokens: number } };

async function ask(prompt: string): Promise<Answer> {
  const url = `http://127.0.0.1:${port}/v1/chat`;
  const facts = {
    operation: 'chat',
    model: 'example-model',
    serverAddress: '127.0.0.1',
    serverPort: port,
    messages: [{ role: 'user', content: prompt }],
  };
  return client.call(
    facts,
    async () => {
      for (let attempts = 0; ; attempts += 1) {
        const { answer } = await client.attempt(
          { method: 'POST', url, serverAddress: '127.0.0.1', serverPort: port, resendCount: attempts },
          async (headers) => {
            const response = await fetch(url, { method: 'POST', headers: { ...headers }, body: prompt });
            const remaining = Number(response.headers.get('x-ratelimit-remaining-requests'));
            const body = (await response.json()) as Answer;
            return {
              answer: response.ok ? body : null,
              status: response.status,
              errorCode: response.ok ? null : 'rate_limited',
              headroom: { requests: { remaining }, tokens: null },
            };
          },
        );
        if (answer !== null) return answer;
        client.event({ kind: 'retry', code: 'rate_limited', attempts: attempts + 1, waitMs: 10 });
        await sleep(10);
      }
    },
    ({ usage, text }) => ({
      usage: {
        input: usage.prompt_tokens,
        output: usage.completion_tokens,
        cacheRead: 0,
        cacheWrite: 0,
        reasoning: 0,
      },
      finishReason: 'stop',
      text,
    }),
  );
}

await telemetry.withSpan('lesson', async () => {
  await ask('What does “mountain” mean?');
  await ask('What does “river” mean?');
});

printTraces(telemetry);
const [lesson] = recordedSpans(telemetry);
console.log(
  `The server saw trace ${lesson?.traceId}: ${seen.every((header) => header.includes(lesson!.traceId))}`,
);
const call = recordedSpans(telemetry).find(({ name }) => name.startsWith('chat'));
console.log(
  call?.attributes,
  call?.events.map(({ name, attributes }) => [name, attributes]),
);
for (const { name, unit, points } of await telemetry.metrics.collect()) {
  for (const { attributes, value } of points) {
    const shown = typeof value === 'number' ? value : `${value.count} records, sum ${value.sum}`;
    console.log(name, unit, JSON.stringify(attributes), shown);
  }
}
await telemetry.shutdown(2000);
server.close();
