/** The worker that draws large traces: from file://, under the page's policy, in a sandboxed window of the real app's Electron. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFlamePage } from '../fixtures/flameBrowser.ts';
import { launchApp, shot } from '../harness/electronApp.ts';
import type { LaunchedApp } from '../harness/electronApp.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';

const MAIN = `
const { app, BrowserWindow } = require('electron');
const { join } = require('node:path');
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1200, height: 700, webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true } });
  window.loadURL(require('node:url').pathToFileURL(join(__dirname, 'page', 'index.html')).href);
});
app.on('window-all-closed', () => app.quit());
`;

type Drawn = {
  readonly kind: 'page' | 'worker';
  /** Started for it. */
  readonly workers: number;
  readonly canvases: number;
  readonly hit: { readonly item: number };
  readonly violations: readonly string[];
};

let root: string;
let launched: LaunchedApp;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracedeck-flame-'));
  await mkdir(join(root, 'out'));
  await mkdir(join(root, 'source'));
  await rename(await buildFlamePage(PROJECT_ROOT, join(root, 'source')), join(root, 'out', 'page'));
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({
      name: 'flame',
      productName: 'Flame',
      version: '1.0.0',
      main: 'out/main.cjs',
      type: 'module',
    }),
  );
  await writeFile(join(root, 'out', 'main.cjs'), MAIN);
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(root, 'node_modules'), 'junction');
  launched = await launchApp({ projectRoot: root });
  await launched.page.waitForFunction('globalThis.flamePage !== undefined');
}, 120_000);

afterAll(async () => {
  await launched?.close();
  await rm(root, { recursive: true, force: true });
});

describe('a trace that is drawn in a worker', () => {
  it('is drawn there, from file:// and under the policy of the page, and points at the span below the pointer', async () => {
    const drawn = (await launched.page.evaluate(`flamePage.drawn(160000, 'auto')`)) as Drawn;
    await shot(launched.page, 'flame-worker');
    expect(drawn.violations).toEqual([]);
    expect(drawn.kind).toBe('worker');
    expect(drawn.canvases).toBe(1);
    expect(drawn.hit.item).toBe(0);
  });

  it('is drawn by the worker that was started while the trace was on its way', async () => {
    const drawn = (await launched.page.evaluate(`flamePage.drawn(170000, 'auto', true)`)) as Drawn;
    expect(drawn.kind).toBe('worker');
    expect(drawn.workers).toBe(1);
    expect(drawn.hit.item).toBe(0);
    expect(drawn.violations).toEqual([]);
  });

  it('is drawn by the page where no worker can be had, and again where a worker breaks', async () => {
    const drawn = (await launched.page.evaluate(`flamePage.drawn(3000, 'broken')`)) as Drawn;
    expect(drawn.kind).toBe('page');
    expect(drawn.canvases).toBe(1);
    expect(drawn.hit.item).toBe(0);
  });
});
