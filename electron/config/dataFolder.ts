/** Where everything that Tracedeck keeps lives: one folder, the same for the app and the command line. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, posix, win32 } from 'node:path';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type DataDirOptions = {
  /** `--data-dir`, where given. */
  readonly flag?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** What relative paths are relative to. */
  readonly cwd: string;
};

export type DataPaths = {
  readonly folder: string;
  readonly deck: string;
  /** The deck's pictures and sounds, under the hashes of their bytes. */
  readonly media: string;
  readonly backups: string;
  readonly cache: string;
  readonly traces: string;
  readonly settings: string;
  readonly keys: string;
  readonly receiverToken: string;
  readonly logs: string;
  /** What exporters could not send so far. */
  readonly spool: string;
};

const FOLDER_NAME = 'Tracedeck';

/**
 * The data folder's absolute path: `--data-dir`, else TRACEDECK_DATA_DIR, else the folder that Electron calls
 * `userData` for an app of this name. Nothing is created. Empty values count as not given.
 */
export function resolveDataDir({ flag, env, platform, home, cwd }: DataDirOptions): string {
  const path = platform === 'win32' ? win32 : posix;
  const given = flag || env['TRACEDECK_DATA_DIR'];
  if (given) return path.resolve(cwd, given);
  if (platform === 'win32') {
    return path.join(env['APPDATA'] || path.join(home, 'AppData', 'Roaming'), FOLDER_NAME);
  }
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', FOLDER_NAME);
  // The XDG specification wants relative values ignored.
  const config = env['XDG_CONFIG_HOME'];
  return path.join(config && path.isAbsolute(config) ? config : path.join(home, '.config'), FOLDER_NAME);
}

/** The names of everything in the data folder. Nothing is created. */
export function dataPaths(folder: string): DataPaths {
  const at = (name: string) => join(folder, name);
  return {
    folder,
    deck: at('deck.db'),
    media: at('media'),
    backups: at('backups'),
    cache: at('cache.db'),
    traces: at('traces.db'),
    settings: at('settings.json'),
    keys: at('keys.json'),
    receiverToken: at('receiver-token.json'),
    logs: at('logs'),
    spool: at('spool'),
  };
}

/**
 * Makes the folder where it is missing, for this user alone (0700), and its logs folder. A folder that is
 * there keeps its permissions.
 * @throws TracedeckError `data_dir_unusable` where it is a file or cannot be written
 */
export function prepareDataDir(folder: string): DataPaths {
  const paths = dataPaths(folder);
  try {
    makeFolder(paths.logs);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return paths;
  } catch (error) {
    const why = reason((error as NodeJS.ErrnoException).code);
    throw new TracedeckError('user', 'data_dir_unusable', `Cannot use the data folder ${folder}.`, {
      cause: error,
      hint: `${why} Choose another one with --data-dir or TRACEDECK_DATA_DIR.`,
    });
  }
}

/** Node's own recursive mkdir never returns where a file system refuses new folders as /proc does (ENOENT). */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    makeFolder(path);
  }
}

function reason(code: string | undefined): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'It, or a part of its path, is a file.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'It cannot be written.';
    case 'ENOSPC':
      return 'The disk is full.';
    default:
      return `It cannot be created or opened (${code ?? 'no reason given'}).`;
  }
}
