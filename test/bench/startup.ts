/**
 * How late our window is interactive, against an empty Electron window on the same machine in the same run.
 * Both report from inside: `TRACEDECK_READY <epoch ms>` on stdout once the page has painted and answers. The empty
 * window runs twice in every round: its ratio to itself (A/A) says what the noise of this machine looks like.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { electronCommand, isRootUser } from '../../electron/launch/electronCommand.ts';
import { electronUnderTest, PROJECT_ROOT, setUpEnvironment } from '../harness/environment.ts';
import { compareMedians, median } from './medians.ts';

const ROUNDS = 15;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;

/** The same window as ours, with nothing in it and nothing behind it. */
const EMPTY_MAIN = `
const { app, BrowserWindow } = require('electron');
const now = () => performance.timeOrigin + performance.now();
const loadedMs = now();
app.whenReady().then(() => {
  const readyMs = now();
  const window = new BrowserWindow({
    width: 1280, height: 800, minWidth: 720, minHeight: 480, show: false, backgroundColor: '#f7f7f5',
    webPreferences: {
      sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, spellcheck: false,
      backgroundThrottling: false,
    },
  });
  const windowMs = now();
  window.setMenuBarVisibility(false);
  window.once('ready-to-show', () => window.show());
  window.webContents.once('did-finish-load', async () => {
    const painted = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))';
    const askedMs = await window.webContents.executeJavaScript(painted + '.then(() => performance.timeOrigin)');
    const stages = { 'main script': loadedMs, 'system ready': readyMs, 'window made': windowMs, 'page asked for': askedMs };
    console.log('TRACEDECK_STAGES ' + JSON.stringify({ ...stages, ready: now() }));
    console.log('TRACEDECK_READY ' + now());
  });
  window.loadFile(require('node:path').join(__dirname, 'index.html'));
});
app.on('window-all-closed', () => app.quit());
process.on('SIGTERM', () => app.quit());
`;

/** From spawn, in ms. */
type Start = { readonly readyMs: number; readonly stagesMs: Readonly<Record<string, number>> };
type App = { readonly projectRoot: string; readonly dataDir: string };

/** `npm run bench -- startup [--rounds N] [--json]` */
export async function run(args: string[]): Promise<void> {
  const asked = args.indexOf('--rounds');
  const rounds = asked < 0 ? ROUNDS : Number(args[asked + 1]);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 up');
  const tearDown = await setUpEnvironment();
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-startup-'));
  try {
    const empty: App = { projectRoot: join(folder, 'empty'), dataDir: join(folder, 'empty-data') };
    const ours: App = { projectRoot: PROJECT_ROOT, dataDir: join(folder, 'our-data') };
    await writeEmptyApp(empty.projectRoot);
    // The first start of each makes its profile and warms the disk cache; it is not counted.
    for (const app of [empty, ours]) await startOnce(app);
    const starts = { empty: [] as Start[], ours: [] as Start[], again: [] as Start[] };
    for (let round = 0; round < rounds; round += 1) {
      const order = [
        ['empty', empty],
        ['ours', ours],
        ['again', empty],
      ] as const;
      // Every place in the order is taken equally often, so drift of the machine falls on all alike.
      for (let place = 0; place < order.length; place += 1) {
        const [name, app] = order[(round + place) % order.length]!;
        starts[name].push(await startOnce(app));
      }
      if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${rounds}`);
    }
    if (process.stderr.isTTY) process.stderr.write('\n');
    await report(starts, args.includes('--json'));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await tearDown();
  }
}

async function report(starts: Record<'empty' | 'ours' | 'again', Start[]>, asJson: boolean): Promise<void> {
  const readyOf = (of: readonly Start[]) => of.map(({ readyMs }) => readyMs);
  const times = { empty: readyOf(starts.empty), ours: readyOf(starts.ours), again: readyOf(starts.again) };
  const result = {
    benchmark: 'startup',
    electron: electronUnderTest().version,
    rounds: times.empty.length,
    medianMs: { empty: median(times.empty), ours: median(times.ours), emptyAgain: median(times.again) },
    oursToEmpty: compareMedians(times.ours, times.empty),
    emptyToItself: compareMedians(times.again, times.empty),
    timesMs: times,
    stagesMs: { empty: medianStages(starts.empty), ours: medianStages(starts.ours) },
  };
  const folder = join(PROJECT_ROOT, 'test-results', 'bench');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'startup.json'), JSON.stringify(result, null, 2));
  if (asJson) {
    console.log(JSON.stringify(result));
    return;
  }
  const ratio = ({ ratio: value, low, high }: ReturnType<typeof compareMedians>) =>
    `${value.toFixed(2)} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)})`;
  console.log(`Spawn to interactive window, Electron ${result.electron}, ${result.rounds} rounds`);
  console.log(`  empty window   ${result.medianMs.empty.toFixed(0).padStart(6)} ms`);
  console.log(
    `  Tracedeck      ${result.medianMs.ours.toFixed(0).padStart(6)} ms   ratio ${ratio(result.oursToEmpty)}`,
  );
  console.log(
    `  empty, again   ${result.medianMs.emptyAgain.toFixed(0).padStart(6)} ms   ratio ${ratio(result.emptyToItself)}`,
  );
  console.log('From spawn until … (medians, ms)');
  for (const [name, ms] of Object.entries(result.stagesMs.ours)) {
    const empty = result.stagesMs.empty[name];
    const beside = empty === undefined ? '' : `   empty window ${empty.toFixed(0).padStart(5)}`;
    console.log(`  ${name.padEnd(15)}${ms.toFixed(0).padStart(5)}${beside}`);
  }
}

function medianStages(starts: readonly Start[]): Readonly<Record<string, number>> {
  const names = Object.keys(starts[0]?.stagesMs ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(starts.map(({ stagesMs }) => stagesMs[name] ?? NaN))]),
  );
}

async function writeEmptyApp(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const manifest = { name: 'empty-window', version: '1.0.0', main: 'main.cjs' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'main.cjs'), EMPTY_MAIN);
  await writeFile(join(folder, 'index.html'), '<!doctype html><meta charset="utf-8"><title>Empty</title>');
}

/** Starts it, and ends it once it calls itself ready. */
async function startOnce({ projectRoot, dataDir }: App): Promise<Start> {
  const command = electronCommand(electronUnderTest(), {
    projectRoot,
    args: [`--user-data-dir=${join(dataDir, 'profile')}`],
    env: { ...process.env, TRACEDECK_BENCH: '1', TRACEDECK_DATA_DIR: dataDir },
    platform: process.platform,
    isRoot: isRootUser(),
  });
  const spawnedMs = performance.timeOrigin + performance.now();
  const child = spawn(command.file, command.args, { env: command.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let printed = '';
  try {
    return await new Promise<Start>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${projectRoot} ${why}. It printed:\n${printed}`));
      const timer = setTimeout(() => fail('did not get ready in time'), START_LIMIT_MS);
      child.once('error', reject);
      void ended.then(() => {
        clearTimeout(timer);
        fail('ended before it was ready');
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const ready = /^TRACEDECK_READY (\d+(?:\.\d+)?)$/m.exec(printed);
        if (ready === null) return;
        clearTimeout(timer);
        const stages = JSON.parse(/^TRACEDECK_STAGES (.+)$/m.exec(printed)?.[1] ?? '{}') as Record<
          string,
          number
        >;
        resolve({
          readyMs: Number(ready[1]) - spawnedMs,
          stagesMs: Object.fromEntries(
            Object.entries(stages).map(([name, atMs]) => [name, atMs - spawnedMs]),
          ),
        });
      });
    });
  } finally {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }
}
