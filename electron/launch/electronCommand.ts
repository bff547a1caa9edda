/** The command line that runs a project in a resolved Electron; the same for start, tests and benchmarks. */
import type { ResolvedElectron } from './resolveElectron.ts';

export type ElectronCommand = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly noSandbox: boolean;
};

export type CommandRequest = {
  readonly projectRoot: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
};

/** Chromium refuses to run sandboxed as root, so it goes without there, and only there. */
export function electronCommand(electron: ResolvedElectron, request: CommandRequest): ElectronCommand {
  const { env: given, platform } = request;
  const noSandbox = platform === 'linux' && request.isRoot;
  const isWaylandOnly = platform === 'linux' && !given['DISPLAY'] && Boolean(given['WAYLAND_DISPLAY']);
  const switches = [
    ...(noSandbox ? ['--no-sandbox'] : []),
    // Before 38 Electron takes X11 unless told otherwise.
    ...(isWaylandOnly ? ['--ozone-platform-hint=auto'] : []),
  ];
  const env: NodeJS.ProcessEnv = { ...given };
  // Set by some editors' terminals; it would turn Electron into a plain Node.
  delete env['ELECTRON_RUN_AS_NODE'];
  if (electron.note !== null) env['TRACEDECK_ELECTRON_NOTE'] = electron.note;
  if (electron.rootEnvName !== null) env[electron.rootEnvName] = request.projectRoot;
  // The project stands among the arguments in any case, so that the app finds its own behind it.
  const args = [...switches, request.projectRoot, ...request.args];
  return { file: electron.executable, args, env, noSandbox };
}

/** Whether this process runs as root (never so on Windows). */
export function isRootUser(): boolean {
  return process.getuid?.() === 0;
}
