import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../harness/browser.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'";

type Axe = {
  run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
};

/** In a real browser, bundled as the app is: keys, list, cursor and colours are what only that can show. */
describe('the query field', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracedeck-query-'));
    const { build } = await import('vite');
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>query</title><div id="root"></div><script type="module" src="./entry.js"></script></html>',
    );
    await writeFile(
      join(folder, 'entry.js'),
      `import ${JSON.stringify(join(ROOT, 'test/renderer/ui/queryFieldPage.tsx'))};`,
    );
    // Vite takes the tests' own mode for a reason to build for development.
    const mode = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    await build({
      root: folder,
      logLevel: 'error',
      configFile: false,
      define: { 'process.env.NODE_ENV': '"production"' },
      build: { outDir: join(folder, 'out'), target: 'es2016' },
    });
    process.env['NODE_ENV'] = mode;
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: { colorScheme?: 'light' | 'dark'; forcedColors?: 'active' } = {}) {
    page = await browser.newPage(options);
    page.setDefaultTimeout(15_000);
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.route('http://query.test/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      const name = pathname === '/' ? '/index.html' : pathname;
      if (name === '/favicon.ico') return route.fulfill({ status: 204 });
      await route.fulfill({
        body: await readFile(join(folder, 'out', name)),
        contentType: TYPES[extname(name)]!,
        headers: { 'content-security-policy': POLICY },
      });
    });
    await page.goto('http://query.test/');
    const field = page.getByRole('combobox', { name: 'Find traces' });
    await field.focus();
    return {
      field,
      faults,
      options: () => page.getByRole('option').locator('.query-label').allTextContents(),
    };
  }
  const submitted = () => page.evaluate(() => (globalThis as unknown as { submitted: string[] }).submitted);

  it('is written with the keyboard alone', async () => {
    const { field, faults, options } = await open();
    await field.press('Control+Space');
    await page.getByRole('option').first().waitFor();
    expect((await options()).slice(0, 2)).toEqual(['name', 'service']);
    await field.press('ArrowDown');
    await field.press('ArrowDown');
    const proposed = await page.getByRole('option', { selected: true }).getAttribute('id');
    await expect.poll(() => field.getAttribute('aria-activedescendant')).toBe(proposed);
    await field.press('Enter');
    await expect.poll(() => field.inputValue()).toBe('service ');
    await field.pressSequentially('= "tr');
    await expect.poll(() => options()).toEqual(['tracedeck']);
    await field.press('Tab');
    await field.pressSequentially('dur');
    await field.press('Tab');
    await field.pressSequentially('> 1s');
    await expect.poll(() => field.inputValue()).toBe('service = "tracedeck" duration > 1s');
    await field.press('Enter');
    await expect.poll(submitted).toEqual(['service = "tracedeck" duration > 1s']);
    await expect.poll(() => field.getAttribute('aria-expanded')).toBe('false');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('tells a fault where it is, once it can no longer be made good by going on', async () => {
    const { field, faults } = await open();
    await field.pressSequentially('duration > ');
    const fault = page.getByRole('status');
    await expect.poll(() => fault.textContent()).toBe('');
    // Escape closes what is proposed; before it is there, it would take the text back.
    await page.getByRole('option').first().waitFor();
    await field.press('Escape');
    await expect.poll(() => field.getAttribute('aria-expanded')).toBe('false');
    await field.press('Enter');
    await expect.poll(() => fault.textContent()).toContain('Character 11 expected a value after >');
    expect(await fault.textContent()).toContain('what is shown is the answer to the query before');
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
    expect(await submitted()).toEqual([]);
    await field.fill('duration > 5mss and error');
    await expect.poll(() => fault.textContent()).toContain('Character 12 unknown unit “mss”');
    await expect.poll(() => page.locator('.q-wrong').textContent()).toBe('5mss');
    await field.fill('duration > 5ms and error');
    await expect.poll(() => fault.textContent()).toBe('');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('closes, goes back to what holds, and gives Tab away', async () => {
    const { field } = await open();
    await field.pressSequentially('error');
    await field.press('Enter');
    await expect.poll(submitted).toEqual(['error']);
    await field.pressSequentially(' and na');
    await page.getByRole('option').first().waitFor();
    await field.press('Escape');
    await expect.poll(() => field.getAttribute('aria-expanded')).toBe('false');
    await field.press('Escape');
    await expect.poll(() => field.inputValue()).toBe('error');
    await page.getByRole('button', { name: 'Clear the query' }).click();
    await expect.poll(submitted).toEqual(['error', '']);
    await field.press('ArrowUp');
    await expect.poll(() => field.inputValue()).toBe('error');
    await field.press('Tab');
    await field.press('Tab').catch(() => undefined);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('role')))
      .not.toBe('combobox');
    await page.close();
  });

  it('takes what is clicked and keeps the focus', async () => {
    const { field } = await open();
    await field.pressSequentially('kind = ');
    await page.getByRole('option', { name: 'client' }).click();
    await expect.poll(() => field.inputValue()).toBe('kind = client ');
    await field.page().keyboard.type('error');
    await expect.poll(() => field.inputValue()).toBe('kind = client error');
    await page.close();
  });

  it('draws its colours exactly below its text', async () => {
    const { field } = await open();
    await field.fill(
      'service = "tracedeck" and has(http.route) or duration > 100ms and name =~ "^cache (get|set)$" and error',
    );
    await field.press('End');
    const [text, paint] = await Promise.all([
      field.evaluate((input: HTMLInputElement) => [
        input.scrollLeft,
        input.scrollWidth,
        getComputedStyle(input).font,
      ]),
      page
        .locator('.query-paint')
        .evaluate((element) => [element.scrollLeft, element.scrollWidth, getComputedStyle(element).font]),
    ]);
    expect(paint[2]).toBe(text[2]);
    expect(text[0]).toBeGreaterThan(0);
    expect(Math.abs(Number(paint[0]) - Number(text[0]))).toBeLessThanOrEqual(1);
    await page.close();
  });

  it.each([{ colorScheme: 'light' }, { colorScheme: 'dark' }, { forcedColors: 'active' }] as const)(
    'has no fault that axe can find, with %o',
    async (options) => {
      const { field } = await open(options);
      if ('colorScheme' in options && options.colorScheme === 'dark') {
        await page.evaluate(() => document.documentElement.setAttribute('data-theme', 'dark'));
      }
      await field.pressSequentially('name = x and duration > 5 and se');
      await page.getByRole('option').first().waitFor();
      await field.press('ArrowDown');
      await page.evaluate(await readFile(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8'));
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      await page.close();
    },
  );
});
