import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSIGHT_TABS } from '../../../renderer/store/route.ts';
import type { Route } from '../../../renderer/store/route.ts';
import { launchBrowser } from '../../harness/browser.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const POLICY = /content="(default-src[^"]+)"/;

type Axe = { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
type Store = { route: Route; navigated: (route: Route) => void };
type InPage = { axe: Axe; getState: () => Store };

/** In a real browser, under the app's own policy: canvases, keys and colours are what only that can show. */
describe('the Insight view', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let axe: string;
  const faults: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracedeck-insight-'));
    const policy = POLICY.exec(await readFile(join(ROOT, 'renderer/index.html'), 'utf8'))![1]!;
    axe = await readFile(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');
    await writeFile(
      join(folder, 'index.html'),
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,"><title>Tracedeck</title></head><body><div id="root"></div>
<script type="module" src="./entry.js"></script></body></html>`,
    );
    await writeFile(
      join(folder, 'entry.js'),
      `import ${JSON.stringify(join(ROOT, 'test/renderer/insight/insightPage.ts'))};`,
    );
    const { build } = await import('vite');
    // Vite takes the tests' own mode for a reason to build for development.
    const mode = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    await build({
      root: folder,
      logLevel: 'error',
      configFile: false,
      worker: { format: 'es' },
      define: { 'process.env.NODE_ENV': '"production"' },
      build: { outDir: join(folder, 'out'), target: 'es2022', minify: false },
    });
    process.env['NODE_ENV'] = mode;
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: BrowserContextOptions = {}, query = '') {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    page = await context.newPage();
    faults.length = 0;
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.route('**/*', async (route) => {
      const { pathname } = new URL(route.request().url());
      const file = join(folder, 'out', pathname === '/' ? 'index.html' : pathname);
      await route.fulfill({ body: await readFile(file), contentType: TYPES[extname(file)] ?? 'text/plain' });
    });
    await page.goto(`http://tracedeck.test/${query}`);
    await page.waitForFunction(
      () => document.documentElement.dataset['ready'] === 'true' && 'getState' in window,
    );
  }
  const go = (route: Route) =>
    page.evaluate((to) => (window as unknown as InPage).getState().navigated(to), route);
  const routeNow = () => page.evaluate(() => (window as unknown as InPage).getState().route);
  const settled = () =>
    page.waitForFunction(() => document.querySelector('.insight-panel .loading') === null);
  async function violations(): Promise<readonly string[]> {
    await page.evaluate(axe);
    const { violations: found } = await page.evaluate(() => (window as unknown as InPage).axe.run());
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

  it.each([
    ['light', 1280],
    ['dark', 760],
  ] as const)(
    'has no fault that axe finds on any tab, %s at %d px, and never scrolls sideways',
    async (colorScheme, width) => {
      await open({ colorScheme, viewport: { width, height: 800 } });
      for (const tab of INSIGHT_TABS) {
        await go({ view: 'insight', tab });
        await settled();
        // Fades of old figures are no colours to read by.
        await page.waitForFunction(() =>
          document.getAnimations().every(({ playState }) => playState !== 'running'),
        );
        expect(await violations(), tab).toEqual([]);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(over, tab).toBeLessThanOrEqual(0);
      }
      expect(faults).toEqual([]);
    },
    60_000,
  );

  it('says what is missing on every tab of an empty program', async () => {
    await open({}, '?empty');
    for (const tab of ['operations', 'map', 'errors', 'metrics', 'tokens', 'cache', 'sql'] as const) {
      await go({ view: 'insight', tab });
      await settled();
      await page.waitForSelector('.insight-panel .empty h2');
    }
    expect(faults).toEqual([]);
  }, 30_000);

  it('goes from an operation to its traces with the query and the time that it was looked at with', async () => {
    await open();
    await go({ view: 'insight', tab: 'operations', query: 'duration > 1ms', fromMs: 5 });
    await page.getByRole('button', { name: 'POST', exact: true }).click();
    await page.waitForFunction(() => (window as unknown as InPage).getState().route.view === 'traces');
    await expect
      .poll(() => routeNow())
      .toEqual({
        view: 'traces',
        query: 'duration > 1ms and name = "POST" and service = "tracedeck"',
        fromMs: 5,
      });
  });

  it('sorts by its headings, with the keyboard as well, and tells how', async () => {
    await open();
    await go({ view: 'insight', tab: 'operations' });
    const heading = page.getByRole('columnheader', { name: 'p95' });
    await heading.getByRole('button').press('Enter');
    await expect.poll(() => heading.getAttribute('aria-sort')).toBe('descending');
    await expect
      .poll(() => page.getByTestId('operations').locator('tbody th').first().innerText())
      .toContain('run');
    await heading.getByRole('button').press('Enter');
    await expect.poll(() => heading.getAttribute('aria-sort')).toBe('ascending');
    await expect
      .poll(() => page.getByTestId('operations').locator('tbody th').first().innerText())
      .toContain('cache get');
  });

  it('draws a metric, isolates a series, shows the table behind it, and opens an example at its span', async () => {
    await open();
    await go({ view: 'insight', tab: 'metrics', metric: 'tracedeck.items' });
    await page.waitForSelector('.uplot canvas');
    await page.getByRole('group', { name: 'Series' }).getByRole('button').first().click();
    await page.getByRole('button', { name: 'Rate: show as table' }).click();
    await expect.poll(() => page.locator('.chart-table thead th').count()).toBe(2);
    await page.getByRole('button', { name: 'Show all series' }).click();
    await expect.poll(() => page.locator('.chart-table thead th').count()).toBe(5);
    await page.getByRole('region', { name: 'Examples' }).getByRole('button').first().click();
    await expect.poll(() => routeNow()).toMatchObject({ view: 'traces', spanId: 'b9c7c989f97918e4' });
  });

  it('runs SQL by Ctrl+Enter, keeps few rows in the page, and tells a fault with its hint', async () => {
    await open();
    await go({ view: 'insight', tab: 'sql' });
    const editor = page.getByRole('textbox', { name: 'SQL' });
    await editor.press('Control+Enter');
    const table = page.getByTestId('sql-rows');
    await expect.poll(() => table.getAttribute('aria-rowcount')).toBe('5001');
    await expect.poll(() => table.locator('tbody tr').count()).toBeLessThan(80);
    // The button keeps the focus, so that it can be pressed again.
    await page.getByRole('button', { name: 'Run', exact: true }).press('Enter');
    await page
      .getByRole('button', { name: 'Run', exact: true })
      .and(page.locator('[aria-disabled=false]'))
      .waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Run');
    await editor.fill('SELECT * FROM nope');
    await editor.press('Control+Enter');
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('see the list beside the editor');
  });

  it('says which goals are met, and leads to what misses them and to where they are set', async () => {
    await open();
    await go({ view: 'insight', tab: 'goals' });
    const goals = page.getByTestId('goals');
    await goals.waitFor();
    const names = () => goals.locator('header > h3:first-child:has(+ .badge)').allTextContents();
    expect(await names()).toStrictEqual(['Rows become cards', 'Models answer', 'Models answer in time']);
    for (const state of await goals.locator('h3 + .badge').allTextContents()) {
      expect(['met', 'missed', 'too few']).toContain(state);
    }
    // What was missed is told by shape, and the picture in a sentence and as figures.
    const first = goals.getByRole('listitem').first();
    const missed = await first.locator('path.goal-missed').count();
    expect(missed).toBeGreaterThan(0);
    expect(await first.getByRole('img').getAttribute('aria-label')).toContain(`missed in ${missed} of`);
    await first.getByRole('button', { name: 'Rows become cards, the last 24 h: show as table' }).click();
    await expect.poll(() => first.locator('tbody tr').count()).toBe(48);
    expect(await first.locator('tbody td:last-child', { hasText: /^missed$/ }).count()).toBe(missed);
    await goals.getByRole('button', { name: 'Offenders of Models answer in time' }).click();
    await expect.poll(async () => (await routeNow()).view).toBe('traces');
    expect(await routeNow()).toMatchObject({ query: expect.stringContaining('duration > 30s') });
    await go({ view: 'insight', tab: 'goals' });
    await page.getByRole('button', { name: 'Edit goals' }).click();
    await page.getByTestId('goal-fields').waitFor();
    expect(await routeNow()).toStrictEqual({ view: 'settings', section: 'goals' });
    expect(faults).toEqual([]);
  });

  it('walks the map by keyboard, and a service leads to its operations', async () => {
    await open();
    await go({ view: 'insight', tab: 'map' });
    await page.getByRole('button', { name: /^dictionary, service/ }).press('Enter');
    await page.waitForFunction(() => {
      const { route } = (window as unknown as InPage).getState();
      return route.view === 'insight' && route.tab === 'operations';
    });
    await expect.poll(() => routeNow()).toMatchObject({ query: 'service = "dictionary"' });
  });

  it('shows the exact path of a failure, from the root down', async () => {
    await open();
    await go({ view: 'insight', tab: 'errors' });
    await page.getByRole('button', { name: /^rate_limited/ }).click();
    const path = page.getByRole('list', { name: 'Path to the span that failed' });
    await path.waitFor();
    const names = await path.getByRole('button').allInnerTexts();
    expect(names).toEqual(['run', 'item', 'stage write', 'chat gpt-4o-mini', 'POST']);
  });
});
