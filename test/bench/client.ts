/**
 * Throughput of the API client against a real server that answers in 200 ms, 32 in flight: at most 160 calls/s are
 * possible, at least 95 % of them are the bound. The bare case sends the same requests through node:http alone and
 * shows what the machine and the server leave of the 160.
 *
 *   node test/bench/run.ts client [--blocks 5] [--calls 640] [--json]
 */
import { Agent, request } from 'node:http';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createApiClient } from '../../electron/client/apiClient.ts';
import { createDialects } from '../../electron/generators/openai/dialect.ts';
import { createOpenAiGenerator } from '../../electron/generators/openai/openaiGenerator.ts';
import { median } from './medians.ts';

const DELAY_MS = 200;
const IN_FLIGHT = 32;
const POSSIBLE = (IN_FLIGHT * 1000) / DELAY_MS;
const BODY = JSON.stringify({
  model: 'bench',
  messages: [{ role: 'user', content: 'a prompt '.repeat(300) }],
});
const { signal } = new AbortController();

/** Runs the benchmark and prints one line a case, or one JSON object with `--json`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      blocks: { type: 'string', default: '5' },
      calls: { type: 'string', default: '640' },
      json: { type: 'boolean', default: false },
    },
  });
  const calls = Number(values.calls);
  const server = await startServer();
  const client = createApiClient({
    baseUrl: server.url,
    apiKey: null,
    maxInFlight: IN_FLIGHT,
    requestsPerMinute: 100_000,
    tokensPerMinute: 1_000_000_000,
    timeoutMs: 10_000,
    retries: 0,
  });
  const generator = createOpenAiGenerator({
    client,
    models: { analyse: 'bench', write: 'bench' },
    temperature: 0,
    maxOutputTokens: 1024,
    dialects: createDialects(),
  });
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT, scheduling: 'lifo' });
  const cases: Readonly<Record<string, (index: number) => Promise<unknown>>> = {
    bare: () => bareCall(new URL(`${server.url}/chat/completions`), agent),
    client: () => client.postJson('/chat/completions', JSON.parse(BODY), { signal }),
    generator: (index) =>
      generator.analyse(
        {
          item: { term: `term${index}`, kind: 'term', fields: {} },
          termLanguage: 'en',
          meaningLanguage: 'en',
        },
        signal,
      ),
  };
  const rates = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  try {
    for (let block = 0; block <= Number(values.blocks); block += 1) {
      for (const [name, call] of Object.entries(cases)) {
        const rate = await callsPerSecond(calls, call);
        // The first block warms up.
        if (block > 0) rates.get(name)!.push(rate);
      }
    }
  } finally {
    client.close();
    agent.destroy();
    server.stop();
  }
  const report = [...rates].map(([name, values]) => ({
    case: name,
    callsPerSecond: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
    share: median(values) / POSSIBLE,
  }));
  if (values.json) {
    console.log(JSON.stringify({ possible: POSSIBLE, calls, blocks: Number(values.blocks), cases: report }));
    return;
  }
  for (const line of report) {
    const spread = `${line.low.toFixed(1)}..${line.high.toFixed(1)}`;
    console.log(
      `${line.case.padEnd(10)} ${line.callsPerSecond.toFixed(1)} calls/s (${spread}), ${(100 * line.share).toFixed(1)} % of ${POSSIBLE}`,
    );
  }
}

/** All calls are handed over at once: queueing them is the client's work; the bare case queues in its agent. */
async function callsPerSecond(calls: number, call: (index: number) => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await Promise.all(Array.from({ length: calls }, (_, index) => call(index)));
  return calls / ((performance.now() - startMs) / 1000);
}

function bareCall(url: URL, agent: Agent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
    });
    sent.on('error', reject);
    sent.end(BODY);
  });
}

/** The model server in a process of its own: its work must not count as the client's. */
async function startServer(): Promise<{ url: string; stop(): void }> {
  const file = fileURLToPath(new URL('../fixtures/modelServer.ts', import.meta.url));
  const child = fork(file, ['--port', '0', '--delay', String(DELAY_MS)], { silent: true });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (line: Buffer) =>
      resolve((JSON.parse(line.toString()) as { url: string }).url),
    );
    child.once('exit', () => reject(new Error('the model server did not start')));
  });
  return { url, stop: () => child.kill() };
}
