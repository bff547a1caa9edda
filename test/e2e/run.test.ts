/** The main job in the real app: a list becomes cards, and its trace is seen while it grows. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { SpanBatch, SpanCursor, SpanRecord } from '../../shared/span.ts';
import { decodeBlock } from '../../shared/leafCodec.ts';
import { formatCount } from '../../shared/units.ts';
import { koreanCsv } from '../fixtures/lists.ts';
import { startModelServer, type ModelServer } from '../fixtures/modelServer.ts';
import { inMain, launchApp, shot, type LaunchedApp } from '../harness/electronApp.ts';

const SECONDS = 1000;

let launched: LaunchedApp | null = null;
let server: ModelServer | null = null;
afterEach(async () => {
  await launched?.close();
  await server?.close();
  launched = null;
  server = null;
});

async function start(options: Parameters<typeof launchApp>[0] = {}): Promise<Page> {
  launched = await launchApp(options);
  // The page is up before the program behind it: an answer says that both are.
  await launched.page.evaluate(() =>
    (window as unknown as { api: { settings(): Promise<unknown> } }).api.settings(),
  );
  return launched.page;
}

/** The app with a model server that takes its time, so that a run can be met half-way. */
async function startWithServer(delayMs: number): Promise<Page> {
  server = await startModelServer({ delayMs });
  return start({ env: { TRACEDECK_BASE_URL: server.baseUrl, TRACEDECK_MODEL: 'test-model' } });
}

const firstCard = (page: Page) =>
  page
    .getByTestId('fresh-cards')
    .getByText('recognition')
    .first()
    .waitFor({ timeout: 30 * SECONDS });
const runState = (page: Page) => page.getByTestId('run-header').getAttribute('data-state');
const options = (page: Page) => page.getByRole('complementary', { name: 'Options' });

async function waitForState(page: Page, state: string): Promise<void> {
  await page.locator(`[data-testid="run-header"][data-state="${state}"]`).waitFor({ timeout: 60 * SECONDS });
}

async function pasteList(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Paste a list' }).fill(text);
  await page.getByRole('button', { name: 'Use this text' }).click();
  await page.getByTestId('list-rows').waitFor();
}

async function generate(page: Page): Promise<void> {
  await options(page).getByRole('button', { name: 'Generate', exact: true }).click();
  await page.getByTestId('run-header').waitFor();
}

const words = (count: number) =>
  Array.from({ length: count }, (_, index) => `word${index},meaning ${index}`).join('\n');

/** What the ring holds now, asked over the bridge as a window does. */
async function spansInRing(page: Page): Promise<SpanRecord[]> {
  const bytes = await page.evaluate(async () => {
    const { api } = window as unknown as { api: { spansSince(from: SpanCursor): Promise<SpanBatch> } };
    const batch = await api.spansSince({ spans: 0, leaves: 0 });
    return [Array.from(batch.bytes), Array.from(batch.leaves)];
  });
  return bytes.filter((block) => block.length > 0).flatMap((block) => decodeBlock(Uint8Array.from(block)));
}

describe('the app', () => {
  it('turns the sample list into cards, with the trace beside them', async () => {
    const page = await start();
    await page.setViewportSize({ width: 1280, height: 800 }).catch(() => {});
    await page.getByRole('button', { name: 'Try the sample list' }).waitFor();
    await shot(page, 'generate-empty-light');
    await page.getByRole('button', { name: 'Try the sample list' }).click();
    await page.getByTestId('list-rows').waitFor();
    await shot(page, 'generate-list-light');
    await generate(page);
    await waitForState(page, 'done');
    await expect.poll(() => page.getByTestId('fresh-cards').textContent()).toMatch(/recognition|production/i);
    // Forty siblings of one name fold into one row.
    await page.getByRole('treegrid').getByText('×40').waitFor();
    await shot(page, 'run-done-waterfall-light');

    await page.getByRole('tab', { name: 'Flame', exact: true }).click();
    await page.locator('canvas').first().waitFor();
    await shot(page, 'run-done-flame-light');
    await page.getByRole('tab', { name: 'Cache', exact: true }).click();
    await page.getByTestId('cache-panel').waitFor();
    await expect.poll(() => page.getByTestId('hit-rate').textContent()).toContain('0 %');
    await shot(page, 'run-done-cache-light');
    await page.getByRole('tab', { name: 'Tokens', exact: true }).click();
    await expect.poll(() => page.getByTestId('estimate').textContent()).toMatch(/estimate/i);
    await shot(page, 'run-done-tokens-light');

    // The views beside it, in the dark.
    await page.getByTestId('nav-settings').click();
    await page.getByRole('radio', { name: 'Dark' }).check();
    await shot(page, 'settings-dark');
    const disk = page.getByTestId('cache-contents').getByRole('row', { name: /^Disk 80 / });
    await disk.scrollIntoViewIfNeeded();
    await shot(page, 'settings-cache-dark');
    await page.getByTestId('nav-cards').click();
    await page.getByTestId('card-list').getByRole('option').first().click();
    await page.getByRole('tab', { name: 'Origin' }).click();
    await expect.poll(() => page.getByTestId('provenance').textContent()).toContain('offline');
    await shot(page, 'cards-dark');
    await page.getByTestId('nav-traces').click();
    await page.getByRole('button', { name: 'Runs', exact: true }).click();
    await page.getByTestId('run-list').waitFor();
    await shot(page, 'runs-dark');
    await page.getByTestId('nav-insight').click();
    await page.getByRole('tab', { name: 'Metrics' }).click();
    await page.getByText('Totals since the start').click();
    await page.getByTestId('metric-list').getByText('tracedeck.cache.lookups').first().waitFor();
    await shot(page, 'metrics-dark');
    await page.getByTestId('nav-logs').click();
    await page.getByTestId('log-table').getByText('A run came to rest.').waitFor();
    await shot(page, 'logs-dark');
    await page.getByTestId('nav-generate').click();
    await page.getByRole('tab', { name: 'Trace', exact: true }).click();
    await page.getByRole('tab', { name: 'Flame', exact: true }).click();
    await shot(page, 'run-done-flame-dark');
  });

  it('shows spans that are still open, and both views of a run under way', async () => {
    const page = await startWithServer(400);
    await pasteList(page, words(400));
    await page.getByRole('radio', { name: /^Model server/ }).check();
    await page.getByLabel('Rows at once').fill('8');
    await generate(page);
    await page
      .getByRole('treegrid')
      .getByText('chat test-model')
      .first()
      .waitFor({ timeout: 30 * SECONDS });
    const open = (await spansInRing(page)).filter((span) => span.endMs === null).map(({ name }) => name);
    expect(open).toContain('run');
    expect(open).toContain('item');
    await shot(page, 'run-live-waterfall');
    await page.getByRole('tab', { name: 'Flame', exact: true }).click();
    await shot(page, 'run-live-flame');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await waitForState(page, 'cancelled');
  });

  it('pauses, resumes and cancels', async () => {
    const page = await startWithServer(50);
    await pasteList(page, words(600));
    await page.getByRole('radio', { name: /^Model server/ }).check();
    await generate(page);
    await firstCard(page);
    await page.getByRole('button', { name: 'Pause' }).click();
    await waitForState(page, 'paused');
    // Calls that were under way come to their end.
    let paid = -1;
    await expect
      .poll(
        () => {
          const before = paid;
          paid = server!.paid.size;
          return paid === before;
        },
        { interval: 500 },
      )
      .toBe(true);
    await page.waitForTimeout(700);
    expect(server!.paid.size).toBe(paid);
    await page.getByRole('button', { name: 'Resume' }).click();
    await waitForState(page, 'running');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await waitForState(page, 'cancelled');
    expect(Math.max(...server!.paid.values())).toBe(1);
  });

  it('loses no span to a reload and none to a second window', async () => {
    const page = await startWithServer(100);
    await pasteList(page, words(200));
    await page.getByRole('radio', { name: /^Model server/ }).check();
    await generate(page);
    await firstCard(page);
    await page.reload();
    await page.locator('html[data-ready="true"]').waitFor();
    const [second] = await Promise.all([
      launched!.app.waitForEvent('window'),
      page.evaluate(() => (window as unknown as { api: { openWindow(): Promise<void> } }).api.openWindow()),
    ]);
    await second.locator('html[data-ready="true"]').waitFor();
    await page.getByTestId('nav-traces').click();
    await page.getByRole('button', { name: 'Runs', exact: true }).click();
    await page
      .getByTestId('run-list')
      .getByText('done', { exact: false })
      .first()
      .waitFor({ timeout: 60 * SECONDS });
    const held = (await spansInRing(page)).length;
    for (const window of [page, second]) {
      await window
        .getByTestId('status-bar')
        .getByText(`${formatCount(held)} spans`)
        .waitFor();
    }
    // Every item's span is in the ring from its start, whichever window looked.
    const items = (await spansInRing(second)).filter(({ name }) => name === 'item');
    expect(items.length).toBe(200);
    expect(items.every(({ endMs }) => endMs !== null)).toBe(true);
  });

  it('goes on with a run while its window is closed, and shows it when it is opened again', async () => {
    const page = await startWithServer(60);
    await pasteList(page, words(500));
    await page.getByRole('radio', { name: /^Model server/ }).check();
    await generate(page);
    await firstCard(page);
    const before = server!.paid.size;
    await page.close();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(server!.paid.size).toBeGreaterThan(before);
    const [reopened] = await Promise.all([
      launched!.app.waitForEvent('window'),
      inMain(launched!.app, ({ app }) => void app.emit('activate'), null),
    ]);
    await reopened.getByTestId('nav-traces').click();
    await reopened.getByRole('button', { name: 'Runs', exact: true }).click();
    await reopened
      .getByTestId('run-list')
      .getByText('done', { exact: false })
      .first()
      .waitFor({ timeout: 60 * SECONDS });
    expect(server!.paid.size).toBe(1000);
    expect((await spansInRing(reopened)).filter(({ name }) => name === 'item').length).toBe(500);
  });

  it('offers a run whose process was killed for resuming, and pays nothing twice', async () => {
    const dataDir = join(import.meta.dirname, `../../test-results/killed-${process.pid}`);
    server = await startModelServer({ delayMs: 30 });
    const env = { TRACEDECK_BASE_URL: server.baseUrl, TRACEDECK_MODEL: 'test-model' };
    const page = await start({ dataDir, env });
    await pasteList(page, words(500));
    await page.getByRole('radio', { name: /^Model server/ }).check();
    await generate(page);
    await firstCard(page);
    await launched!.kill();
    launched = null;
    const again = await start({ dataDir, env });
    await again.getByTestId('nav-traces').click();
    await again.getByRole('button', { name: 'Runs', exact: true }).click();
    await again.getByTestId('run-list').getByRole('button', { name: 'Resume' }).first().click();
    await waitForState(again, 'done');
    expect(server.paid.size).toBe(1000);
    expect(Math.max(...server.paid.values())).toBeLessThanOrEqual(2);
    await again.getByTestId('nav-cards').click();
    await again.getByTestId('card-total').getByText('1,500').waitFor();
    await launched!.close();
    launched = null;
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('tells what is wrong with a list, and goes on from there', async () => {
    const page = await start();
    await page.getByRole('textbox', { name: 'Paste a list' }).fill('position,meaning\n1,apple\n');
    await page.getByRole('button', { name: 'Use this text' }).click();
    await expect.poll(() => page.getByTestId('source-error').textContent()).toMatch(/term/i);
    await shot(page, 'generate-error');
    await pasteList(page, 'dog\ncat\n');
    await expect.poll(() => page.getByTestId('list-rows').textContent()).toContain('2');
  });

  it('shows why, where no row became a card', async () => {
    const page = await start();
    await pasteList(page, 'qwzxq\nzzxqv\n');
    await generate(page);
    await waitForState(page, 'done');
    const results = page.getByRole('region', { name: 'Results' });
    await results.getByRole('tab', { name: /^Rows without cards/, selected: true }).waitFor();
    await results.getByText('zzxqv').waitFor();
    await results.getByRole('tab', { name: 'Cards', exact: true }).click();
    await results.getByText('No cards', { exact: true }).waitFor();
  });

  it('makes a long text that is pasted the list at once, for no field has to show it', async () => {
    const page = await start();
    await inMain(launched!.app, ({ clipboard }, text) => clipboard.writeText(text), words(100_000));
    const field = page.getByRole('textbox', { name: 'Paste a list' });
    await field.focus();
    await page.keyboard.press('ControlOrMeta+V');
    await page.getByTestId('list-rows').waitFor();
    expect(await field.count()).toBe(0);
    await expect.poll(() => page.getByTestId('list-rows').textContent()).toContain(formatCount(100_000));
  });

  it('opens a file from the dialog and records every row of a run of 3,000', async () => {
    const page = await start();
    const path = join(launched!.dataDir, 'korean.csv');
    writeFileSync(path, koreanCsv(3000));
    await inMain(
      launched!.app,
      ({ dialog }, file) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
      },
      path,
    );
    await page.getByRole('button', { name: 'Choose a file…' }).click();
    await page.getByTestId('list-rows').waitFor();
    await generate(page);
    await waitForState(page, 'done');
    await shot(page, 'run-3000-rows');
    const spans = await spansInRing(page);
    expect(spans.filter(({ name }) => name === 'item').length).toBe(3000);
    await expect.poll(() => runState(page)).toBe('done');
  });
});
