/**
 * What telemetry takes: a process with it loaded and idle against the same process without. Processes are measured
 * as they are shipped: bundled, in pairs, in turns. Twice: beside what the app has loaded in any case, and alone.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { PROJECT_ROOT } from '../harness/environment.ts';
import { median } from './medians.ts';

type Sample = { readonly rss: number; readonly heap: number };
/** What telemetry added, by pair of processes. */
type Added = { readonly rssBytes: readonly number[]; readonly heapBytes: readonly number[] };
type Host = 'app' | 'alone';

/** Arguments: `--rounds N` (15), `--json`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string' }, json: { type: 'boolean' } } });
  const figures = await measureMemory(Number(values.rounds ?? 15));
  console.log(values.json ? JSON.stringify(figures, null, 2) : memoryTable(figures));
}

export type MemoryFigures = { readonly rounds: number; readonly idle: Readonly<Record<Host, Added>> };

export async function measureMemory(rounds: number): Promise<MemoryFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-memory-'));
  try {
    return { rounds, idle: { app: await measure('app'), alone: await measure('alone') } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  async function measure(host: Host): Promise<Added> {
    const without = await bundle(folder, `${host}-without`, HOSTS[host]);
    const withIt = await bundle(folder, `${host}-with`, `${HOSTS[host]}${TELEMETRY}`);
    const rssBytes: number[] = [];
    const heapBytes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? [without, withIt] : [withIt, without];
      const samples = new Map(order.map((file) => [file, sample(file)]));
      rssBytes.push(samples.get(withIt)!.rss - samples.get(without)!.rss);
      heapBytes.push(samples.get(withIt)!.heap - samples.get(without)!.heap);
    }
    return { rssBytes, heapBytes };
  }
}

export function memoryTable({ rounds, idle }: MemoryFigures): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const line = (name: string, bytes: readonly number[], bound = '') =>
    `| ${name} | ${mb(median(bytes))} (${mb(Math.min(...bytes))} to ${mb(Math.max(...bytes))}) | ${bound} |`;
  return [
    `| telemetry loaded and idle, ${rounds} pairs of processes | median (least to most) | bound |`,
    '|---|---|---|',
    line('resident memory, in the app', idle.app.rssBytes, mb(8e6)),
    line('heap, in the app', idle.app.heapBytes, mb(4e6)),
    line('resident memory, in a process that has nothing else', idle.alone.rssBytes),
    line('heap, in a process that has nothing else', idle.alone.heapBytes),
  ].join('\n');
}

const project = (file: string) => JSON.stringify(join(PROJECT_ROOT, file));

/** The app reads its settings by their schema, hashes, handles files and has threads, with telemetry and without. */
const HOSTS: Readonly<Record<Host, string>> = {
  app: `
    import { createHash } from 'node:crypto';
    import { readFile } from 'node:fs/promises';
    import { Worker } from 'node:worker_threads';
    import { settingsSchema } from ${project('shared/settings.ts')};
    globalThis.host = [createHash, readFile, Worker, settingsSchema];`,
  alone: '',
};

/** All that the app loads; components, operations and the way to exporters are made, and nothing is recorded. */
const TELEMETRY = `
  import {
    initTelemetry, instrumentApiClient, instrumentCache, instrumentDatabase, startExports, startSpanFlusher,
  } from ${project('electron/telemetry/index.ts')};
  const telemetry = initTelemetry({ version: 'bench' });
  for (const name of ['pipeline', 'cache', 'database']) telemetry.component(name).operation('idle');
  const scope = { name: 'bench', version: '1' };
  const exports = startExports(telemetry, { workerFile: null, spoolDir: null, env: {}, exporters: [], scope });
  globalThis.telemetry = [
    telemetry, exports, instrumentApiClient, instrumentCache, instrumentDatabase, startSpanFlusher,
  ];`;

/** All processes do this: wait until the start is over, then give back what it left. */
const SETTLE = `
  async function report() {
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (let i = 0; i < 4; i += 1) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 50)); }
    const { rss, heapUsed } = process.memoryUsage();
    console.log(JSON.stringify({ rss, heap: heapUsed }));
    process.exit(0);
  }
  report();`;

async function bundle(folder: string, name: string, code: string): Promise<string> {
  const entry = join(folder, `${name}.ts`);
  writeFileSync(entry, `${code}${SETTLE}`);
  await build({
    configFile: false,
    logLevel: 'error',
    root: PROJECT_ROOT,
    ssr: { noExternal: true, external: ['better-sqlite3'] },
    build: {
      ssr: entry,
      outDir: join(folder, 'out'),
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      // As vite.config.ts has it.
      rolldownOptions: {
        // Loaded when there is something to export. The bundler puts helpers of its own into it that all need at once.
        external: /exportPool/,
        output: {
          format: 'cjs',
          entryFileNames: `${name}.cjs`,
          comments: { legal: true, jsdoc: false, annotation: false },
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
        },
      },
    },
  });
  return join(folder, 'out', `${name}.cjs`);
}

function sample(file: string): Sample {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Sample;
}
