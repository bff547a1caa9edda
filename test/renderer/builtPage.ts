/** A page of the renderer in a real browser: bundled as the app's own, under the app's own policy, and off the network. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../harness/browser.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const ORIGIN = 'http://page.test';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const POLICY = /content="(default-src[^"]+)"/;

export type OpenedPage = {
  readonly page: Page;
  /** What the page, or something in it, asked of anybody else than itself; all of it is refused. */
  readonly asked: string[];
  /** Errors and what the console calls one, refusals by the page's policy included. */
  readonly faults: string[];
};
export type BuiltPage = {
  readonly open: (options?: {
    readonly question?: string;
    readonly width?: number;
    readonly height?: number;
    readonly colorScheme?: 'light' | 'dark';
    /** Without the app's policy: what is harmless then is so by itself. */
    readonly withoutPolicy?: boolean;
  }) => Promise<OpenedPage>;
  readonly close: () => Promise<void>;
};

/** @param entry of the page, below test/renderer */
export async function buildPage(entry: string): Promise<BuiltPage> {
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-page-'));
  const { build } = await import('vite');
  const policy = POLICY.exec(await readFile(join(ROOT, 'renderer/index.html'), 'utf8'))![1]!;
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,"><title>page</title></head><body><div id="root"></div>
<script type="module" src="./entry.js"></script></body></html>`,
  );
  await writeFile(
    join(folder, 'entry.js'),
    `import ${JSON.stringify(resolve(ROOT, 'test/renderer', entry))};`,
  );
  const outDir = join(folder, 'out');
  // Vite takes the tests' own mode for a reason to build for development.
  const mode = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  await build({
    root: folder,
    logLevel: 'error',
    configFile: join(ROOT, 'vite.config.ts'),
    environments: { client: { build: { outDir, sourcemap: false } } },
  });
  process.env['NODE_ENV'] = mode;
  const browser: Browser = await launchBrowser();

  return {
    async open({
      question = '',
      width = 1280,
      height = 800,
      colorScheme = 'light',
      withoutPolicy = false,
    } = {}) {
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme,
        reducedMotion: 'reduce',
      });
      page.setDefaultTimeout(15_000);
      const asked: string[] = [];
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      await page.route('**/*', async (route) => {
        const url = new URL(route.request().url());
        // The deck's own media, as the main process serves them.
        if (url.protocol === 'tracedeck-media:') {
          return route.fulfill({ body: PIXEL, contentType: 'image/png' });
        }
        if (url.origin !== ORIGIN) {
          asked.push(url.href);
          return route.abort();
        }
        const name = url.pathname === '/' ? '/index.html' : url.pathname;
        const body = await readFile(join(outDir, name)).catch(() => null);
        if (body === null) {
          asked.push(url.href);
          return route.fulfill({ status: 404 });
        }
        const sent =
          withoutPolicy && name === '/index.html'
            ? body.toString().replace(/<meta http-equiv[^>]*>/, '')
            : body;
        return route.fulfill({ body: sent, contentType: TYPES[extname(name)] ?? 'application/octet-stream' });
      });
      await page.goto(`${ORIGIN}/${question}`);
      return { page, asked, faults };
    },
    async close() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
