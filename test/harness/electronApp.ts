/** Drives the real app in a real Electron. */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Electron from 'electron';
import { _electron } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import { electronCommand, isRootUser } from '../../electron/launch/electronCommand.ts';
import { electronUnderTest, PROJECT_ROOT } from './environment.ts';

export type LaunchOptions = {
  /** The app's data folder; a fresh one that goes away with `close` where none is given. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Another app than ours: a folder with a package.json. */
  readonly projectRoot?: string;
};

export type LaunchedApp = {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly dataDir: string;
  /** What the main process printed so far, both streams: for assertions and for a failing test's report. */
  readonly output: () => string;
  /** Closes the app as a user would; an app that does not go within 10 s is killed, which is an error. */
  readonly close: () => Promise<void>;
  /** Ends the process at once, as a crash or `kill -9` would. */
  readonly kill: () => Promise<void>;
};

const LAUNCH_LIMIT_MS = 60_000;
const CLOSE_LIMIT_MS = 10_000;
const SCREENSHOTS = join(PROJECT_ROOT, 'test-results', 'screenshots');

/** Starts the app with its first window open. */
export async function launchApp(options: LaunchOptions = {}): Promise<LaunchedApp> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tracedeck-e2e-')));
  const ownsDataDir = options.dataDir === undefined;
  const command = electronCommand(electronUnderTest(), {
    projectRoot: options.projectRoot ?? PROJECT_ROOT,
    args: options.args ?? [],
    env: { ...process.env, TRACEDECK_DATA_DIR: dataDir, ...options.env },
    platform: process.platform,
    isRoot: isRootUser(),
  });
  const app = await _electron.launch({
    executablePath: command.file,
    args: [...command.args],
    env: definedOnly(command.env),
    timeout: LAUNCH_LIMIT_MS,
  });
  const child = app.process();
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  }
  const exited = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  const cleanUp = async () => {
    if (ownsDataDir) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
    await cleanUp();
  };
  const close = async () => {
    // Playwright's close waits for ever where the app refuses to go.
    const isClosed = await Promise.race([
      app.close().then(
        () => true,
        () => true,
      ),
      exited.then(() => true),
      after(CLOSE_LIMIT_MS).then(() => false),
    ]);
    await kill();
    if (!isClosed)
      throw new Error(`The app did not close within ${CLOSE_LIMIT_MS} ms. It printed:\n${printed}`);
  };
  try {
    const page = await app.firstWindow({ timeout: LAUNCH_LIMIT_MS });
    return { app, page, dataDir, output: () => printed, close, kill };
  } catch (error) {
    await kill();
    throw new Error(`The app opened no window. It printed:\n${printed}`, { cause: error });
  }
}

const ASKED_AT_MOST = 10;

/**
 * What `act` answers in the main process. A collection of garbage there may take the answer's promise from the
 * inspector (one answer in seven in a process that does little else), also of an `act` that is synchronous. Then it
 * is asked again, so `act` must do no harm when it runs more than once.
 */
export async function inMain<Answer, Argument = undefined>(
  app: ElectronApplication,
  act: (electron: typeof Electron, argument: Argument) => Answer | Promise<Answer>,
  argument?: Argument,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await app.evaluate(act as never, argument)) as Answer;
    } catch (error) {
      if (attempt === ASKED_AT_MOST || !/garbage collected/.test(String(error))) throw error;
    }
  }
}

/** Keeps a picture of the window in test-results/screenshots and returns its path. */
export async function shot(page: Page, name: string): Promise<string> {
  await mkdir(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name.replace(/[^\w-]+/g, '-')}.png`);
  await page.screenshot({ path });
  return path;
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
