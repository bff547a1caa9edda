/** The desktop app around the program: one instance, its windows, and the bridge between them. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, BrowserWindow, dialog, powerMonitor, safeStorage } from 'electron';
import type { BackupEntry, RestoreOutcome } from '../shared/deck.ts';
import type { Program } from './compose/compose.ts';
import type { Encryption } from './config/keyStore.ts';
import { prepareDataDir, resolveDataDir } from './config/dataFolder.ts';
import { toTracedeckError } from './errors/tracedeckError.ts';
import type { Served } from './ipc/register.ts';
import { declareMediaScheme, serveMedia } from './mediaProtocol.ts';
import { startSqlUtility } from './sqlUtility.ts';
import { createWindow, firstPaint, lockSession, openWindow } from './window.ts';

/** Wall clock, ms. */
const nowMs = () => performance.timeOrigin + performance.now();
const loadedMs = nowMs();
const root = app.getAppPath();
// SQLite and threads need real files: a packaged app has them beside its archive.
const unpacked = root.replace(/app\.asar$/, 'app.asar.unpacked');
const build = join(root, 'build');
const files = {
  pageUrl: pathToFileURL(join(build, 'renderer/index.html')).href,
  preload: join(build, 'electron/preload.cjs'),
  traceWorker: join(unpacked, 'build/electron/traceWorker.cjs'),
  sqlWorker: join(unpacked, 'build/electron/sqlWorker.cjs'),
  exportWorker: join(unpacked, 'build/electron/exportWorker.cjs'),
  fileWorker: join(unpacked, 'build/electron/fileWorker.cjs'),
  receiverWorker: join(unpacked, 'build/electron/receiverWorker.cjs'),
  deckWorker: join(unpacked, 'build/electron/deckWorker.cjs'),
  sourceWorker: join(unpacked, 'build/electron/sourceWorker.cjs'),
  localWorker: join(unpacked, 'build/electron/localWorker.cjs'),
  cMaps: join(unpacked, 'build/pdf/cmaps'),
  wordNet: join(unpacked, 'build/wordnet.sqlite'),
  sampleList: join(unpacked, 'examples/korean-sample.csv'),
};
const isOurs = (url: string) => url === files.pageUrl || url.startsWith(`${files.pageUrl}#`);

const MAX_LINK = 8000;

let program: Program | null = null;
/** Ends what is fed to the windows. */
let endFeed = (): void => {};
/** Closes the program, does something while nothing of it is open, and starts it anew. */
let restart: <T>(between: () => Promise<T>) => Promise<T> = () => Promise.reject(new Error('not started'));
let closing = false;
/** Waits for a window to ask for it. */
let startLink = linkIn(process.argv);
let restoreOutcome: RestoreOutcome | null = null;

declareMediaScheme();
void main();

async function main(): Promise<void> {
  const dataDir = dataFolder();
  if (dataDir === null) return;
  // Chromium's own files stay inside the data folder; the lock below is per data folder with it.
  app.setPath('userData', join(dataDir, 'chromium'));
  if (!app.requestSingleInstanceLock()) return app.quit();
  app.on('second-instance', (_event, argv) => openLink(linkIn(argv)));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    openLink(linkIn([url]));
  });
  app.on('activate', showWindow);
  // A run goes on without a window; the app ends when the last one has.
  app.on('window-all-closed', quitWhenIdle);
  app.on('before-quit', (event) => {
    if (program === null || closing) return;
    event.preventDefault();
    closing = true;
    void program.close().finally(() => app.exit(0));
  });

  await app.whenReady();
  const readyMs = nowMs();
  // Elsewhere the package says it: electron-builder.yml.
  if (app.isPackaged && process.platform === 'win32') app.setAsDefaultProtocolClient('tracedeck');
  lockSession();
  serveMedia(async (name) => program?.deck.media.read(name) ?? null);
  // The order is what a start costs: first the window's own process and its page, beside them the contract, and the
  // program only when the page has painted, as both need this thread. Calls that come earlier wait for it.
  const window = createWindow(files.preload);
  const windowMs = nowMs();
  const painted = firstPaint(window);
  void window.loadURL(files.pageUrl);
  const { registerHandlers } = await import('./ipc/register.ts');
  let served = painted.then(() => start(dataDir));
  const started = served;
  restart = (between) => {
    const again = served.then(() => anew(dataDir, between));
    // Calls of the windows wait for it; where it failed, the program as it was goes on.
    served = again.then(({ next }) => next);
    return again.then(({ result }) => result);
  };
  registerHandlers(
    () => served,
    isOurs,
    (call, error) => {
      program?.telemetry.logger.warn('A call from a window failed.', { call, 'error.type': error.code });
    },
  );
  if (process.env.TRACEDECK_BENCH === '1') {
    const { reportReady } = await import('./startReport.ts');
    void reportReady(
      window,
      { 'main script': loadedMs, 'system ready': readyMs, 'window made': windowMs },
      served,
    );
  }
  try {
    await started;
  } catch (thrown) {
    giveUp(thrown);
  }
}

/** Loads and wires the program. */
async function start(dataDir: string): Promise<Served> {
  const [{ compose }, { createHandlers }, { broadcast }, { startSpanFeed, throttleProgress }] =
    await Promise.all([
      import('./compose/compose.ts'),
      import('./ipc/handlers.ts'),
      import('./ipc/register.ts'),
      import('./ipc/feeds.ts'),
    ]);
  const composed = await compose({
    dataDir,
    files: { ...files, llamaFolders: llamaFolders(dataDir) },
    version: app.getVersion(),
    env: process.env,
    encryption: systemEncryption(),
    startSqlProcess: startSqlUtility,
    stays: true,
    printSheet: async (html, paper) => (await import('./printSheet.ts')).printSheet(html, paper),
    onProgress: throttleProgress((progress) => {
      broadcast('runChanged', progress);
      if (progress.state === 'running') return;
      // Likenesses are looked for before anybody waits for them.
      void program?.deck.editor.prepareReview(progress.runId).catch(() => {});
      quitWhenIdle();
    }),
    onCards: (runId, cards) => broadcast('cardsAdded', { runId, cards }),
    onLogs: (records) => broadcast('logsAdded', records),
    onTraces: (traces) => broadcast('tracesChanged', traces),
    onJob: (job) => broadcast('jobChanged', job),
    onDeck: () => broadcast('deckChanged', null),
    onWatch: (status) => broadcast('watchChanged', status),
    onGoalWarning: (judged) => broadcast('goalWarning', judged),
  });
  program = composed;
  endFeed = startSpanFeed(
    composed.telemetry.spans,
    (batch) => broadcast('spansAdded', batch),
    () => BrowserWindow.getAllWindows().length > 0,
  );
  powerMonitor.on('resume', () => composed.telemetry.anchorClock());
  const handlers = createHandlers({
    program: composed,
    sampleList: files.sampleList,
    openWindow: () => void openWindow(files),
    restore: ({ name }) => restoreDeck(composed, name),
    startLink() {
      const link = startLink;
      startLink = null;
      return link;
    },
    restoreOutcome() {
      const outcome = restoreOutcome;
      restoreOutcome = null;
      return outcome;
    },
    info: {
      version: app.getVersion(),
      electron: process.versions.electron,
      chrome: process.versions.chrome,
      node: process.versions.node,
      dataDir,
      electronNote: process.env.TRACEDECK_ELECTRON_NOTE ?? null,
    },
  });
  return { handlers, telemetry: composed.telemetry };
}

/** The deck as a backup has it. The program is closed meanwhile, so the one after it records the work. */
async function restoreDeck(composed: Program, name: string): Promise<BackupEntry> {
  const time = { startMs: 0, endMs: 0 };
  const asked = composed.telemetry.currentIds();
  const restored = restart(async () => {
    time.startMs = Date.now();
    try {
      const { composeBackups } = await import('./compose/composeBackups.ts');
      const { keep } = composed.settings.current().backups;
      const restored = await composeBackups(composed.paths, keep).restore(name);
      restoreOutcome = { restored };
      return restored;
    } catch (thrown) {
      const { message, hint } = toTracedeckError(thrown);
      restoreOutcome = { message, hint };
      throw thrown;
    } finally {
      time.endMs = Date.now();
    }
  });
  const outcome = await restored.then(
    (entry) => ({ entry }),
    (thrown: unknown) => ({ thrown }),
  );
  const { recordRestore } = await import('./observe/deckWork.ts');
  if (program !== null && time.endMs > 0) recordRestore(program.telemetry, asked, time, outcome);
  return restored;
}

/** The program anew, and what was done while it was closed. Whatever becomes of that, it starts again. */
async function anew<T>(
  dataDir: string,
  between: () => Promise<T>,
): Promise<{ next: Served; result: Promise<T> }> {
  endFeed();
  await program?.close();
  program = null;
  const result = between();
  await result.catch(() => {});
  const next = await start(dataDir);
  for (const window of BrowserWindow.getAllWindows()) window.webContents.reload();
  return { next, result };
}

/** Where node-llama-cpp may be: named, beside the program, or in the data folder, where anybody may install it. */
function llamaFolders(dataDir: string): readonly string[] {
  const named = process.env.TRACEDECK_LLAMA_DIR;
  return [...(named === undefined || named === '' ? [] : [named]), root, join(dataDir, 'llama')];
}

/** The data folder, made where it is missing; `null` where it cannot be used, which has then been said. */
function dataFolder(): string | null {
  const { env, platform } = process;
  try {
    const { folder } = prepareDataDir(resolveDataDir({ env, platform, home: homedir(), cwd: process.cwd() }));
    mkdirSync(join(folder, 'chromium'), { recursive: true, mode: 0o700 });
    return folder;
  } catch (thrown) {
    giveUp(thrown);
    return null;
  }
}

function giveUp(thrown: unknown): void {
  const error = toTracedeckError(thrown);
  console.error(`${error.message} ${error.hint ?? ''}`);
  dialog.showErrorBox('Tracedeck cannot start', `${error.message}\n\n${error.hint ?? ''}`);
  app.exit(1);
}

function systemEncryption(): Encryption {
  return {
    // Without a keyring Linux falls back to a key that is the same everywhere, which is no encryption.
    isAvailable: () =>
      safeStorage.isEncryptionAvailable() &&
      (process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'),
    encryptString: (plain) => safeStorage.encryptString(plain),
    decryptString: (encrypted) => safeStorage.decryptString(encrypted),
  };
}

/** A link that the system hands over: to the window that is there, or for the one that comes. */
function openLink(link: string | null): void {
  const [window] = BrowserWindow.getAllWindows();
  if (link !== null && (program === null || window === undefined)) startLink = link;
  else if (link !== null && window !== undefined) {
    void import('./ipc/register.ts').then(({ sendTo }) =>
      sendTo(window.webContents, 'linkOpened', { url: link }),
    );
  }
  if (app.isReady()) showWindow();
}

/** The first argument that is a link of ours; what it means is the window's to find out. */
function linkIn(argv: readonly string[]): string | null {
  return argv.find((argument) => argument.startsWith('tracedeck://') && argument.length <= MAX_LINK) ?? null;
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (window === undefined) {
    openWindow(files);
    return;
  }
  if (window.isMinimized()) window.restore();
  window.focus();
}

function quitWhenIdle(): void {
  if (BrowserWindow.getAllWindows().length > 0) return;
  if (program?.runs.isWorking()) return;
  app.quit();
}
