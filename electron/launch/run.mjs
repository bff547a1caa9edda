#!/usr/bin/env node
/**
 * Every npm script's way in: `node electron/launch/run.mjs <name> [args]` runs one of the project's TypeScript
 * scripts on a Node that can. Plain JavaScript for old Nodes: it must still be understood by the Node that is
 * too old to go on.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The first of each line that runs TypeScript without a flag.
const MINIMUM = { 22: 18, 23: 6 };
const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const SCRIPTS = {
  start: 'electron/launch/start.ts',
  cli: 'electron/launch/cli.ts',
  build: 'electron/launch/buildAll.ts',
  test: 'test/harness/run.ts',
  bench: 'test/bench/run.ts',
  soak: 'test/soak/run.ts',
  example: 'examples/run.ts',
};

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(SCRIPTS, name)) {
  console.error(`Usage: node electron/launch/run.mjs ${Object.keys(SCRIPTS).join('|')} [arguments]`);
  process.exit(2);
}
const target = join(projectRoot, SCRIPTS[name]);

const isWindows = process.platform === 'win32';
const bundled = join(projectRoot, 'node_modules/node/bin', isWindows ? 'node.exe' : 'node');

if (!existsSync(join(projectRoot, 'node_modules'))) {
  console.error('The dependencies are not installed. Run: npm ci');
  process.exit(1);
} else if (isNewEnough(process.versions.node)) {
  process.argv.splice(1, 2, target);
  await import(pathToFileURL(target).href);
} else if (process.env.TRACEDECK_NODE_TRIED === undefined && (existsSync(bundled) || fetchNode())) {
  runWith(bundled);
} else {
  console.error(
    `Tracedeck's scripts need Node 22.18 or newer, and this is Node ${process.versions.node}.\n` +
      'The project can bring its own Node 24: go online and run "npm rebuild node --ignore-scripts=false",\n' +
      'or install a newer Node from https://nodejs.org.',
  );
  process.exit(1);
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major >= 24 || minor >= (MINIMUM[major] ?? Infinity);
}

/** The package `node` gets its executable by its install script, which `npm ci` leaves out (see .npmrc). */
function fetchNode() {
  console.error(`This is Node ${process.versions.node}; fetching Node 24 from the npm registry (once) ...`);
  const rebuild = ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const viaNode = npm !== undefined && /\.[cm]?js$/.test(npm);
  const { error } = viaNode
    ? spawnSync(process.execPath, [npm, ...rebuild], { cwd: projectRoot, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', rebuild, { cwd: projectRoot, stdio: ['ignore', 2, 2], shell: isWindows });
  if (error !== undefined) console.error(`npm cannot be run: ${error.message}`);
  return existsSync(bundled);
}

function runWith(executable) {
  const child = spawn(executable, [target, ...args], {
    stdio: 'inherit',
    env: { ...process.env, TRACEDECK_NODE_TRIED: executable },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends Ctrl+C to the child as well: passed on, it would arrive twice.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on('error', (error) => {
    console.error(`Cannot run ${executable}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
}
