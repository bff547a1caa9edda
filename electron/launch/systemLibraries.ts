/**
 * The shared libraries Electron needs from the system. Installed where that is ours to do: as root on Debian and
 * its relatives.
 */
import { readFile } from 'node:fs/promises';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { lastLines, runCommand } from './runCommand.ts';
import type { CommandResult } from './runCommand.ts';

/** What Electron links to; everything else comes along as their dependencies. */
const ELECTRON_PACKAGES = [
  'libnss3',
  'libgtk-3-0',
  'libgbm1',
  'libasound2',
  'libatk-bridge2.0-0',
  'libxss1',
  'libxtst6',
] as const;

const INSTALL_LIMIT_MS = 10 * 60_000;

export type Host = {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** The distribution is Debian or made from it, so apt-get is there. */
  readonly isDebian: boolean;
};

export type PackagePlan =
  | { readonly action: 'none' }
  | { readonly action: 'install'; readonly packages: readonly string[] }
  | { readonly action: 'tell'; readonly command: string };

/** Installs, or names the one command: nobody's machine is changed without the right to do so. */
export function planPackages(
  host: Host,
  missing: readonly string[],
  packages: readonly string[],
): PackagePlan {
  if (host.platform !== 'linux' || packages.length === 0) return { action: 'none' };
  if (!host.isDebian) {
    const what = missing.length === 0 ? packages.join(', ') : missing.join(', ');
    return { action: 'tell', command: `your distribution's package manager, for: ${what}` };
  }
  if (host.isRoot) return { action: 'install', packages };
  return { action: 'tell', command: `sudo apt-get install -y --no-install-recommends ${packages.join(' ')}` };
}

/** Names of the libraries that `ldd` did not find. */
export function parseMissing(lddOutput: string): readonly string[] {
  const names = [...lddOutput.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]!);
  return [...new Set(names)];
}

/** Whether /etc/os-release is of Debian or a relative. */
export function isDebianRelease(osRelease: string): boolean {
  return [...osRelease.matchAll(/^(?:ID|ID_LIKE)=["']?([^"'\n]*)/gm)]
    .flatMap((match) => match[1]!.split(' '))
    .some((id) => id === 'debian' || id === 'ubuntu');
}

/**
 * Newer Debian and Ubuntu renamed some libraries (64-bit time): takes the new name wherever it is known to
 * apt, as the old one may be left as a name that several packages provide.
 */
export function renamed(packages: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return packages.map((name) => (known.has(`${name}t64`) ? `${name}t64` : name));
}

/** What kind of machine this is. */
async function readHost(): Promise<Host> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isDebian: isDebianRelease(release),
  };
}

/**
 * Makes sure that the executable finds its libraries.
 *
 * @throws TracedeckError `libraries_missing` with the command to run, where it is not ours to install them.
 */
export async function ensureLibraries(executable: string, log: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux') return;
  const missing = await missingLibraries(executable);
  if (missing.length === 0) return;
  log(`Electron lacks system libraries: ${missing.join(', ')}.`);
  await ensurePackages([...ELECTRON_PACKAGES], missing, 'Electron', log);
  const left = await missingLibraries(executable);
  if (left.length === 0) return;
  throw new TracedeckError('permanent', 'libraries_missing', `Electron still lacks ${left.join(', ')}.`, {
    hint: 'Install the packages that hold these libraries.',
  });
}

/**
 * Installs the packages where that is ours to do.
 *
 * @param missing - what is not there, as the user may know it
 * @throws TracedeckError `libraries_missing` with the command to run, where it is not
 */
export async function ensurePackages(
  packages: readonly string[],
  missing: readonly string[],
  who: string,
  log: (line: string) => void,
): Promise<void> {
  const host = await readHost();
  const plan = planPackages(host, missing, packages);
  if (plan.action === 'none') return;
  if (plan.action === 'tell') {
    throw new TracedeckError('user', 'libraries_missing', `${who} needs ${missing.join(', ')}.`, {
      hint: `Install with: ${plan.command}`,
    });
  }
  await aptInstall(plan.packages, log);
}

let listsUpdate: Promise<CommandResult> | null = null;

async function aptInstall(packages: readonly string[], log: (line: string) => void): Promise<void> {
  const startMs = performance.now();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeoutMs: INSTALL_LIMIT_MS };
  // Another apt may be at work on a fresh machine: wait for it instead of failing.
  const patience = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  // Once a process: a fresh machine has no package lists, and they do not age meanwhile.
  listsUpdate ??= runCommand('apt-get', [...patience, 'update'], options);
  const update = await listsUpdate;
  const names = renamed(packages, await knownToApt(packages.map((name) => `${name}t64`)));
  log(`Installing ${names.join(' ')} with apt-get ...`);
  const args = [...patience, 'install', '-y', '--no-install-recommends', ...names];
  const install = await runCommand('apt-get', args, options);
  if (install.code !== 0) {
    const detail = lastLines(update.code === 0 ? install.output : update.output, 3);
    throw new TracedeckError('permanent', 'libraries_missing', `apt-get cannot install ${names.join(' ')}.`, {
      hint: detail,
    });
  }
  log(`Installed (${((performance.now() - startMs) / 1000).toFixed(1)} s).`);
}

async function knownToApt(names: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout } = await runCommand('apt-cache', ['pkgnames']);
  const all = new Set(stdout.split('\n'));
  return new Set(names.filter((name) => all.has(name)));
}

async function missingLibraries(executable: string): Promise<readonly string[]> {
  const { stdout } = await runCommand('ldd', [executable]);
  return parseMissing(stdout);
}
