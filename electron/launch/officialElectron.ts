/** The binary that the `electron` package names: found, or downloaded by the package's own installer. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './runCommand.ts';

const DOWNLOAD_LIMIT_MS = 10 * 60_000;
/** After a failed download it is not tried again for so long, so that no start waits for it in vain. */
const RETRY_AFTER_MS = 60 * 60_000;

export type OfficialElectron =
  | { readonly found: true; readonly executable: string; readonly dist: string; readonly version: string }
  | { readonly found: false; readonly reason: string };

/** Where the executable lies inside a folder of Electron. */
export function executableIn(dist: string, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, platform === 'win32' ? 'electron.exe' : 'electron');
}

/** Looks for the binary in node_modules and downloads it where it is missing. Never throws for the network. */
export async function findOfficialElectron(options: {
  readonly projectRoot: string;
  readonly cacheDir: string;
  readonly log: (line: string) => void;
}): Promise<OfficialElectron> {
  const home = join(options.projectRoot, 'node_modules', 'electron');
  const manifest = await readJson(join(home, 'package.json'));
  if (manifest === null) return { found: false, reason: 'the electron package is not installed' };
  const version = String(manifest['version']);
  const present = await installed(home, version);
  if (present !== null) return present;

  const markerPath = join(options.cacheDir, 'official-failed.json');
  const marker = await readJson(markerPath);
  const isRecent = Date.now() - Number(marker?.['atMs'] ?? 0) < RETRY_AFTER_MS;
  if (marker !== null && isRecent && marker['version'] === version) {
    return { found: false, reason: String(marker['reason']) };
  }
  options.log(`Downloading Electron ${version} ...`);
  const result = await runCommand(process.execPath, [join(home, 'install.js')], {
    timeoutMs: DOWNLOAD_LIMIT_MS,
  });
  const downloaded = result.code === 0 ? await installed(home, version) : null;
  if (downloaded !== null) {
    await rm(markerPath, { force: true });
    return downloaded;
  }
  const reason = `its download failed (${failureOf(result.output)})`;
  await mkdir(dirname(markerPath), { recursive: true });
  await writeFile(markerPath, JSON.stringify({ version, reason, atMs: Date.now() }));
  return { found: false, reason };
}

/** The line of an installer's stack trace that says what went wrong. */
export function failureOf(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const line = lines.find((text) => /^\w*Error\b/.test(text)) ?? lines.find((text) => text !== '');
  return (line ?? 'no answer in time').replace(/^\w*Error:\s*/, '').slice(0, 200);
}

async function installed(home: string, version: string): Promise<OfficialElectron | null> {
  const dist = join(home, 'dist');
  const path = await readFile(join(home, 'path.txt'), 'utf8').catch(() => null);
  const found = await readFile(join(dist, 'version'), 'utf8').catch(() => null);
  if (path === null || found?.trim().replace(/^v/, '') !== version) return null;
  const executable = join(dist, path.trim());
  const isFile = await stat(executable).then(
    (entry) => entry.isFile(),
    () => false,
  );
  return isFile ? { found: true, executable, dist, version } : null;
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch {
    return null;
  }
}
