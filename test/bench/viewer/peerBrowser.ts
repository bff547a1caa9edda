/** The other viewers: fetched from the registry when the benchmark runs, bundled, opened in Chromium. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../../harness/browser.ts';

export type PeerSource = {
  readonly name: string;
  /** File beside this one that adapts it. */
  readonly adapter: string;
  /** `package@version` each; none for our own. */
  readonly packages: readonly string[];
  /** It zooms only by a menu: no steps are measured. */
  readonly hasNoZoom?: true;
  readonly overrides?: Readonly<Record<string, string>>;
  /** Modules that it names and that are left out of its page, with what stands in for them. */
  readonly instead?: Readonly<Record<string, string>>;
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};
const INSTALL_LIMIT_MS = 300_000;

/** Folder with the viewer's packages, fetched where they are not there yet. @throws where npm cannot fetch them */
export async function fetchPeer(root: string, peer: PeerSource): Promise<string> {
  const folder = join(root, 'build/bench', peer.name);
  const mark = join(folder, 'complete');
  if (existsSync(mark)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, overrides: peer.overrides ?? {} }),
  );
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--save-exact'];
  await promisify(execFile)('npm', ['install', ...flags, ...peer.packages], {
    cwd: folder,
    timeout: INSTALL_LIMIT_MS,
    shell: process.platform === 'win32',
  });
  await writeFile(mark, '');
  return folder;
}

export type PeerPage = { readonly page: Page; readonly session: CDPSession; readonly url: string };

/** Serves a folder on loopback and opens its index in a fresh browser. */
export async function openFolder<T>(
  { folder, hash = '' }: { folder: string; hash?: string },
  use: (opened: PeerPage) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '/').split('?')[0]!;
    readFile(join(folder, path)).then(
      (body) => {
        response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const browser = await launchBrowser('--js-flags=--max-old-space-size=8000', '--enable-unsafe-swiftshader');
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
    page.on('pageerror', (error) => console.error(`    ${error.message}`));
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await page.goto(url + hash);
    return await use({ page, session, url });
  } finally {
    await browser.close();
    server.close();
  }
}

/** Bundles an adapter over the packages in `packages`; returns the folder to serve. The caller removes it. */
export async function bundlePeer(
  root: string,
  { adapter, instead = {} }: PeerSource,
  packages: string | null,
): Promise<string> {
  const here = resolve(root, 'test/bench/viewer');
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-peer-'));
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>peer</title>
<style>html,body,#root{height:100%;margin:0}</style><div id="root"></div>
<script type="module" src="./entry.js"></script></html>`,
  );
  await writeFile(
    join(folder, 'entry.js'),
    `import * as peer from ${JSON.stringify(join(here, adapter))};
import { servePeer } from ${JSON.stringify(join(here, 'peerPage.ts'))};
servePeer(peer);`,
  );
  const { build } = await import('vite');
  const modules = join(packages ?? root, 'node_modules');
  const bare = /^(?!\.|\/|[a-zA-Z]:|\0|virtual:|node:)(.+)$/;
  await build({
    root: folder,
    logLevel: 'error',
    configFile: false,
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}' },
    plugins: [
      {
        name: 'packages-of-the-peer',
        enforce: 'pre',
        async resolveId(id, importer) {
          if (id in instead) return `\0${id}`;
          // An adapter lies outside of the folder that its packages are in.
          if (importer === undefined || !bare.test(id) || !importer.startsWith(here)) return null;
          return this.resolve(id, join(modules, '..', 'entry.js'), { skipSelf: true });
        },
        load: (id) => instead[id.slice(1)] ?? null,
      },
    ],
    build: { outDir: join(folder, 'out'), target: 'chrome130', minify: true, modulePreload: false },
  });
  return join(folder, 'out');
}

/** The app of a viewer that is one already, copied beside its input. */
export async function copyApp(from: string, file: string, text: string): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'tracedeck-peer-')), 'out');
  await cp(from, folder, { recursive: true });
  await writeFile(join(folder, file), text);
  return folder;
}

/** Milliseconds that the page's main thread has worked so far: script, style, layout, paint. */
export async function mainThreadMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
}

/** Bytes of the JavaScript heap after a collection, those of typed arrays included. */
export async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const usage: { readonly usedSize: number; readonly backingStorageSize?: number } =
    await session.send('Runtime.getHeapUsage');
  return usage.usedSize + (usage.backingStorageSize ?? NaN);
}
