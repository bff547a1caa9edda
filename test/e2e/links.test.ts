/** `tracedeck://` links: at the start, while the program runs, and such that lead nowhere. */
import { rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { electronCommand, isRootUser } from '../../electron/launch/electronCommand.ts';
import { linkOf } from '../../renderer/derive/link.ts';
import { FAILED_SPAN, ORDER_TRACES, seedDataDir, STUDIED_DECK } from '../fixtures/seededData.ts';
import { launchApp, type LaunchedApp } from '../harness/electronApp.ts';
import { electronUnderTest, PROJECT_ROOT } from '../harness/environment.ts';

const EXIT_LIMIT_MS = 30_000;
const SPAN_LINK = linkOf({ view: 'traces', traceId: ORDER_TRACES[0], show: 'flame', spanId: FAILED_SPAN });

let dataDir: string;
let launched: LaunchedApp | null = null;
beforeAll(async () => {
  ({ dataDir } = await seedDataDir());
});
afterEach(async () => {
  await launched?.close();
  launched = null;
});
afterAll(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));

async function start(...args: string[]): Promise<Page> {
  launched = await launchApp({ dataDir, args });
  await launched.page.locator('html[data-ready="true"]').waitFor();
  return launched.page;
}

/** Starts the program once more on the same data, as a click on a link does; resolves to its exit code. */
function startAgain(...args: string[]): Promise<number | null> {
  const command = electronCommand(electronUnderTest(), {
    projectRoot: PROJECT_ROOT,
    args,
    env: { ...process.env, TRACEDECK_DATA_DIR: dataDir },
    platform: process.platform,
    isRoot: isRootUser(),
  });
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, [...command.args], { env: command.env, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_LIMIT_MS);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

async function seesTheSpan(page: Page): Promise<void> {
  await page.locator('.span-panel').getByRole('heading', { name: 'charge card' }).waitFor();
  const tab = page.locator('#main').getByRole('tab', { selected: true });
  await expect.poll(() => tab.first().textContent()).toBe('Flame');
  await expect
    .poll(() => page.getByTestId('trace-screen').getByRole('heading', { level: 1 }).textContent())
    .toBe('POST /orders');
}

describe('a link', () => {
  it('that the program is started with leads to its trace, view and span', async () => {
    await seesTheSpan(await start(SPAN_LINK));
  });

  it('that is opened while the program runs leads there in the window that is open', async () => {
    const page = await start();
    expect(await startAgain(SPAN_LINK)).toBe(0);
    await seesTheSpan(page);
    expect(launched!.app.windows().length).toBe(1);
    // And the place can be left by the way one came.
    await page.keyboard.press('Alt+ArrowLeft');
    await page.getByRole('heading', { level: 1, name: 'Turn lists and notes into cards' }).waitFor();
  });

  it('to a trace that is not there offers nothing that it would take', async () => {
    const page = await start(linkOf({ view: 'traces', traceId: '9'.repeat(32) }));
    const screen = page.getByTestId('trace-screen');
    await screen.locator('.empty').waitFor();
    await screen.getByRole('button', { name: 'Export' }).waitFor({ state: 'detached' });
    const offered = await screen.getByRole('button').allTextContents();
    expect(offered.map((text) => text.trim())).toEqual(['All traces', 'Logs', 'All traces']);
  });

  it('to a search carries its question', async () => {
    const page = await start(linkOf({ view: 'traces', query: 'service = "pay"' }));
    await expect.poll(() => page.locator('[data-trace]').count()).toBe(2);
    await expect
      .poll(() => page.getByRole('combobox', { name: 'Query' }).inputValue())
      .toBe('service = "pay"');
  });

  it('to cards, to studying and to a dialog leads there', async () => {
    const page = await start(linkOf({ view: 'cards', deck: STUDIED_DECK, query: 'type:cloze' }));
    await page.getByTestId('card-list').getByRole('option').first().waitFor();
    await expect
      .poll(() => page.getByRole('searchbox', { name: 'Search cards' }).inputValue())
      .toBe('type:cloze');
    expect(await startAgain(linkOf({ view: 'study', mode: 'due', deck: STUDIED_DECK }))).toBe(0);
    await page.getByTestId('study-card').waitFor();
    expect(await startAgain(linkOf({ view: 'cards', mode: 'review' }))).toBe(0);
    await page.locator('.review-card').first().waitFor();
    expect(await startAgain(linkOf({ view: 'cards', open: 'export' }))).toBe(0);
    await page.getByRole('dialog', { name: 'Export cards' }).waitFor();
  });

  it('that leads nowhere is told, and harms nothing', async () => {
    const page = await start('tracedeck://nowhere/at-all?<script>');
    await page.getByText('This link leads nowhere in this version.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Turn lists and notes into cards' }).waitFor();
    expect(await startAgain('tracedeck://traces/not-an-id')).toBe(0);
    await expect.poll(() => page.getByText('This link leads nowhere in this version.').count()).toBe(2);
    // A trace that is not here says so in its place.
    expect(await startAgain(`tracedeck://traces/${'9'.repeat(32)}`)).toBe(0);
    await page.getByText('This trace is not here').waitFor();
  });
});
