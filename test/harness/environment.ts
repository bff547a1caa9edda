/**
 * What an end-to-end test needs around it: the built app, a real Electron with its libraries, a display.
 * Set up once for a whole run and handed to the test processes through the environment.
 */
import { join } from 'node:path';
import { buildStale } from '../../electron/launch/build.ts';
import { resolveElectron } from '../../electron/launch/resolveElectron.ts';
import type { ResolvedElectron } from '../../electron/launch/resolveElectron.ts';
import { ensureLibraries } from '../../electron/launch/systemLibraries.ts';
import { ensureDisplayServer, ensureFonts } from './systemTools.ts';
import { startXvfb } from './xvfb.ts';

export const PROJECT_ROOT = join(import.meta.dirname, '..', '..');

const ELECTRON_ENV_NAME = 'TRACEDECK_TEST_ELECTRON';

export type EnvironmentOptions = {
  /** Leave out where the test brings an app of its own. */
  readonly build?: boolean;
  readonly log?: (line: string) => void;
};

/**
 * Builds, resolves, installs, starts a display where there is none; sets `DISPLAY` for this process and its
 * children. Returns what ends it all.
 */
export async function setUpEnvironment(options: EnvironmentOptions = {}): Promise<() => Promise<void>> {
  const log = options.log ?? ((line: string) => console.error(line));
  if (options.build ?? true) await buildStale({ projectRoot: PROJECT_ROOT, log });
  const electron = await resolveElectron({ projectRoot: PROJECT_ROOT, log });
  await ensureLibraries(electron.executable, log);
  await ensureDisplayServer(log);
  await ensureFonts(log);
  process.env[ELECTRON_ENV_NAME] = JSON.stringify(electron);
  if (process.platform !== 'linux' || process.env['DISPLAY']) return async () => {};
  const display = await startXvfb();
  process.env['DISPLAY'] = display.name;
  log(`Virtual display ${display.name} (Xvfb).`);
  return async () => {
    delete process.env['DISPLAY'];
    await display.stop();
  };
}

/** The Electron that `setUpEnvironment` found. */
export function electronUnderTest(): ResolvedElectron {
  const found = process.env[ELECTRON_ENV_NAME];
  if (found === undefined) {
    throw new Error('No Electron is set up: this project of the tests needs test/harness/electronSetup.ts.');
  }
  return JSON.parse(found) as ResolvedElectron;
}
