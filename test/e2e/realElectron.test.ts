/** The launcher's promise: whichever Electron it found runs a project like any other. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inMain, launchApp, shot } from '../harness/electronApp.ts';
import type { LaunchedApp } from '../harness/electronApp.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';

const MAIN = `
const { app, BrowserWindow } = require('electron');
const { Worker } = require('node:worker_threads');
const { join } = require('node:path');
const Database = require('better-sqlite3');
const ask = (db) => db.prepare('select sqlite_version() as version, sum(value) as sum from json_each(?)').get('[1,2,3]');
globalThis.facts = { inMain: ask(new Database(':memory:')) };
new Worker(join(__dirname, 'worker.cjs')).on('message', (message) => { globalThis.facts.inWorker = message; });
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 900, height: 600, webPreferences: { sandbox: true, contextIsolation: true, preload: join(__dirname, 'preload.cjs') } });
  window.loadFile(join(__dirname, 'index.html'));
});
app.on('window-all-closed', () => app.quit());
`;
const WORKER = `
const { parentPort, Worker, workerData } = require('node:worker_threads');
const Database = require('better-sqlite3');
const version = new Database(':memory:').prepare('select sqlite_version() as version').get().version;
if (workerData === 'inner') parentPort.postMessage(version);
else new Worker(__filename, { workerData: 'inner' }).on('message', (inner) => parentPort.postMessage({ version, inner }));
`;
const PRELOAD = `require('electron').contextBridge.exposeInMainWorld('bridge', { answer: () => 42 });`;
const PAGE = `<!doctype html><meta charset="utf-8"><title>Throwaway</title>
<body style="font: 32px sans-serif"><h1>Vocabulary 어휘 語彙</h1><p id="p">한국어 · 日本語 · 中文 · العربية</p></body>`;

let root: string;
let launched: LaunchedApp;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracedeck-throwaway-'));
  await mkdir(join(root, 'out'));
  const manifest = {
    name: 'throwaway',
    productName: 'Throwaway App',
    version: '7.8.9',
    main: 'out/main.cjs',
  };
  await writeFile(join(root, 'package.json'), JSON.stringify({ ...manifest, type: 'module' }));
  await writeFile(join(root, 'out', 'main.cjs'), MAIN);
  await writeFile(join(root, 'out', 'worker.cjs'), WORKER);
  await writeFile(join(root, 'out', 'preload.cjs'), PRELOAD);
  await writeFile(join(root, 'out', 'index.html'), PAGE);
  // The very better-sqlite3 that the project depends on, found as the project finds it.
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(root, 'node_modules'), 'junction');
  launched = await launchApp({ projectRoot: root, args: ['--colour=green', 'list.csv'] });
}, 120_000);

afterAll(async () => {
  await launched?.close();
  await rm(root, { recursive: true, force: true });
});

describe('a project in the Electron that the launcher found', () => {
  it("has the project's name, version and root, and is not taken for packaged", async () => {
    const facts = await inMain(launched.app, ({ app }) => ({
      name: app.getName(),
      version: app.getVersion(),
      path: app.getAppPath(),
      isPackaged: app.isPackaged,
    }));
    expect(facts).toEqual({ name: 'Throwaway App', version: '7.8.9', path: root, isPackaged: false });
  });

  it('finds its own arguments behind its root, and nothing else there', async () => {
    const argv = await inMain(launched.app, () => process.argv);
    expect(argv.slice(argv.indexOf(root) + 1)).toEqual(['--colour=green', 'list.csv']);
  });

  it('opens SQLite in the main process, in a worker thread and in a thread of that thread', async () => {
    type Facts = { inMain: { version: string; sum: number }; inWorker?: { version: string; inner: string } };
    const read = () => inMain(launched.app, () => (globalThis as unknown as { facts: Facts }).facts);
    await expect.poll(async () => (await read()).inWorker, { timeout: 10_000 }).toBeDefined();
    const { inMain: main, inWorker } = await read();
    expect(main).toEqual({ version: expect.stringMatching(/^3\.\d+\.\d+$/), sum: 6 });
    expect(inWorker).toEqual({ version: main.version, inner: main.version });
  });

  it('runs a sandboxed renderer with its preload, and its window can be pictured', async () => {
    const { page } = launched;
    expect(
      await page.evaluate(() => (globalThis as unknown as { bridge: { answer(): number } }).bridge.answer()),
    ).toBe(42);
    expect(await page.evaluate(() => typeof (globalThis as { process?: unknown }).process)).toBe('undefined');
    expect(await page.textContent('h1')).toBe('Vocabulary 어휘 語彙');
    await shot(page, 'launcher-throwaway');
  });
});
