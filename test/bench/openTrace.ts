/** A stored trace in the real Electron: from the click in the list of traces to its rows on the screen. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSpanStore } from '../../electron/traces/spanStore.ts';
import { encodeSpans } from '../../shared/spanCodec.ts';
import { syntheticTrace } from '../fixtures/syntheticTrace.ts';
import { launchApp } from '../harness/electronApp.ts';
import { setUpEnvironment } from '../harness/environment.ts';
import { installWindowTimes, timeUntilSeen } from './windowTimes.ts';

const BATCH = 10_000;
/** What the list of traces takes to come to rest. */
const REST_MS = 1500;

export type OpenTimes = {
  readonly spans: number;
  readonly firstMs: number;
  readonly laterMs: readonly number[];
};

/** One start of the app: the first time a trace is opened there, and `times` further ones. */
export async function openStoredTrace(spans: number, times: number): Promise<OpenTimes> {
  const tearDown = await setUpEnvironment();
  const dataDir = await mkdtemp(join(tmpdir(), 'tracedeck-bench-'));
  const trace = syntheticTrace({
    items: Math.round(spans / 12.1),
    rowsPerStage: 2,
    concurrency: 16,
    baseMs: Date.now() - 3_600_000,
  });
  try {
    const store = openSpanStore(join(dataDir, 'traces.db'), {
      limits: { maxBytes: 1e9, maxAgeMs: 30 * 86_400_000 },
    });
    for (let at = 0; at < trace.length; at += BATCH)
      store.writeSpans(encodeSpans(trace.slice(at, at + BATCH)));
    store.close();
    const { page, close } = await launchApp({ dataDir });
    try {
      await page.locator('html[data-ready="true"]').waitFor();
      await installWindowTimes(page);
      const opened: number[] = [];
      for (let time = 0; time <= times; time += 1) {
        await page.getByTestId('nav-generate').click();
        await page.getByTestId('nav-traces').click();
        const row = page.getByTestId('trace-list').locator('.trace-name', { hasText: /^run$/ }).first();
        await row.waitFor();
        await page.waitForTimeout(REST_MS);
        opened.push(await timeUntilSeen(page, 'trace', () => row.click()));
      }
      return { spans: trace.length, firstMs: opened[0]!, laterMs: opened.slice(1) };
    } finally {
      await close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    await tearDown();
  }
}
