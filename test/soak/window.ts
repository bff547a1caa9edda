/**
 * `npm run soak -- window [--minutes N] [--rate SPANS]`: the real window goes through every place of the program round
 * after round, while another program's spans come in over OTLP. After each round everything that can be collected is;
 * what is left must stop growing, and every place must still open. Ends with 1 where it does not.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { encodeTraces } from '../../electron/telemetry/export/otlpEncode.ts';
import { formatBytes, formatDuration } from '../../shared/units.ts';
import { PLACES } from '../fixtures/places.ts';
import { seedDataDir } from '../fixtures/seededData.ts';
import { syntheticTrace } from '../fixtures/syntheticTrace.ts';
import { inMain, launchApp } from '../harness/electronApp.ts';
import type { LaunchedApp } from '../harness/electronApp.ts';
import { setUpEnvironment } from '../harness/environment.ts';
import { freePort } from '../harness/freePort.ts';

/** What is left after a round. */
type Left = {
  readonly windowBytes: number;
  readonly nodes: number;
  readonly listeners: number;
  readonly mainBytes: number;
};
/** What the last third of the rounds may have more than the second: rings and lists fill up in the first. */
const MAX_GROWTH: Left = { windowBytes: 8_000_000, nodes: 500, listeners: 200, mainBytes: 8_000_000 };
const WHAT = Object.keys(MAX_GROWTH) as (keyof Left)[];
const CONTEXT = { resource: { 'service.name': 'soak' }, scope: { name: 'soak', version: '1' } };
const ITEMS_A_TRACE = 10;

export async function soakWindow(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string' }, rate: { type: 'string' } },
  });
  const minutes = Number(values.minutes ?? 20);
  const rate = Number(values.rate ?? 1000);
  const endEnvironment = await setUpEnvironment();
  const { dataDir } = await seedDataDir();
  const port = await freePort();
  await switchReceiverOn(dataDir, port);
  const launched = await launchApp({ dataDir });
  const stop = new AbortController();
  const faults: string[] = [];
  const rounds: Left[] = [];
  let sent = 0;
  const sending = sendSpans(port, rate, stop.signal, (count) => (sent += count)).catch((error: unknown) => {
    faults.push(`The receiver: ${String(error)}`);
  });
  try {
    launched.page.setDefaultTimeout(20_000);
    launched.page.on('pageerror', (error) => faults.push(`The page: ${error.message}`));
    await launched.page.locator('html[data-ready="true"]').waitFor();
    const startMs = performance.now();
    while (performance.now() - startMs < minutes * 60_000 || rounds.length < 6) {
      for (const place of PLACES) {
        await place.open(launched).catch((error: unknown) => {
          faults.push(`Round ${rounds.length + 1}, ${place.name}: ${String(error).split('\n')[0]}`);
        });
      }
      await PLACES[0]!.open(launched);
      const left = await leftAfterCollection(launched);
      rounds.push(left);
      console.log(
        `round ${String(rounds.length).padStart(3)}, ${formatDuration(performance.now() - startMs)}, ${sent.toLocaleString('en')} spans sent   ` +
          `window ${formatBytes(left.windowBytes)}, ${left.nodes} nodes, ${left.listeners} listeners   main ${formatBytes(left.mainBytes)}`,
      );
    }
  } finally {
    stop.abort();
    await sending;
    await launched.close();
    await endEnvironment();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
  faults.push(...growthOf(rounds));
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

function growthOf(rounds: readonly Left[]): string[] {
  const third = Math.floor(rounds.length / 3);
  const most = (part: readonly Left[], what: keyof Left) => Math.max(...part.map((left) => left[what]));
  return WHAT.flatMap((what) => {
    const growth = most(rounds.slice(-third), what) - most(rounds.slice(-2 * third, -third), what);
    return growth > MAX_GROWTH[what]
      ? [`${what} grew by ${growth.toLocaleString('en')} in the last third.`]
      : [];
  });
}

async function leftAfterCollection({ app, page }: LaunchedApp): Promise<Left> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('Performance.enable');
    for (let pass = 0; pass < 3; pass += 1) await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
    const mainBytes = await inMain(app, () => {
      const { setFlagsFromString } = process.getBuiltinModule('node:v8');
      setFlagsFromString('--expose-gc');
      const gc = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
      gc();
      gc();
      return process.memoryUsage().heapUsed;
    });
    return {
      windowBytes: of('JSHeapUsedSize'),
      nodes: of('Nodes'),
      listeners: of('JSEventListeners'),
      mainBytes,
    };
  } finally {
    await session.detach();
  }
}

async function switchReceiverOn(dataDir: string, port: number): Promise<void> {
  const file = join(dataDir, 'settings.json');
  const settings: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  const http = { enabled: true, port };
  await writeFile(file, JSON.stringify({ ...(settings as object), receiver: { http } }));
}

/** A trace at a time, each with ids of its own, until it is told to stop. */
async function sendSpans(
  port: number,
  perSecond: number,
  signal: AbortSignal,
  onSent: (spans: number) => void,
): Promise<void> {
  for (let seed = 1; !signal.aborted; seed += 1) {
    const traceId = seed.toString(16).padStart(32, '5');
    const spans = syntheticTrace({ items: ITEMS_A_TRACE, seed, baseMs: Date.now() - 1000, traceId }).map(
      (span) => ({ ...span, resource: CONTEXT.resource }),
    );
    const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(encodeTraces(CONTEXT, spans, 'protobuf')),
    }).catch(() => null);
    // Until the program listens.
    if (response === null) await sleep(200);
    else {
      await response.arrayBuffer();
      onSent(spans.length);
    }
    await sleep((spans.length / perSecond) * 1000);
  }
}
