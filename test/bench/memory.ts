/**
 * What telemetry takes: the process with it loaded and idle against the same process without, a span held in the
 * ring, a row, and what a window is sent. Processes are measured as they are shipped: bundled, in pairs, in turns.
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

/** Arguments: `--rounds N` (15), `--json`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string' }, json: { type: 'boolean' } } });
  const figures = await measureMemory(Number(values.rounds ?? 15));
  console.log(values.json ? JSON.stringify(figures, null, 2) : memoryTable(figures));
}

export type MemoryFigures = {
  readonly rounds: number;
  readonly idle: { readonly rssBytes: readonly number[]; readonly heapBytes: readonly number[] };
};

export async function measureMemory(rounds: number): Promise<MemoryFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-memory-'));
  try {
    const without = join(folder, 'without.mjs');
    writeFileSync(without, `${SETTLE}\nreport();\n`);
    const withIt = await bundle(folder);
    const rssBytes: number[] = [];
    const heapBytes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? [without, withIt] : [withIt, without];
      const samples = new Map(order.map((file) => [file, sample(file)]));
      rssBytes.push(samples.get(withIt)!.rss - samples.get(without)!.rss);
      heapBytes.push(samples.get(withIt)!.heap - samples.get(without)!.heap);
    }
    return { rounds, idle: { rssBytes, heapBytes } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function memoryTable({ rounds, idle }: MemoryFigures): string {
  const line = (name: string, bytes: readonly number[], bound: number) => {
    const mb = (value: number) => `${(value / 1e6).toFixed(2)} MB`;
    return `| ${name} | ${mb(median(bytes))} (${mb(Math.min(...bytes))} to ${mb(Math.max(...bytes))}) | ${mb(bound)} |`;
  };
  return [
    `| telemetry loaded and idle, ${rounds} pairs of processes | median (least to most) | bound |`,
    '|---|---|---|',
    line('resident memory', idle.rssBytes, 8e6),
    line('heap', idle.heapBytes, 4e6),
  ].join('\n');
}

/** Both processes do this: wait until the start is over, then give back what it left. */
const SETTLE = `
async function report() {
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let i = 0; i < 4; i += 1) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 50)); }
  const { rss, heapUsed } = process.memoryUsage();
  console.log(JSON.stringify({ rss, heap: heapUsed }));
  process.exit(0);
}`;

/** Telemetry as the app loads it, with components and instruments made and nothing recorded. */
async function bundle(folder: string): Promise<string> {
  const entry = join(folder, 'with.ts');
  writeFileSync(
    entry,
    `import { initTelemetry } from ${JSON.stringify(join(PROJECT_ROOT, 'electron/telemetry/index.ts'))};
     const telemetry = initTelemetry({ version: 'bench' });
     for (const name of ['pipeline', 'cache', 'database']) telemetry.component(name).operation('idle');
     globalThis.keep = telemetry;
     ${SETTLE}
     report();`,
  );
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
      rolldownOptions: { output: { format: 'cjs', entryFileNames: 'with.cjs' } },
    },
  });
  return join(folder, 'out/with.cjs');
}

function sample(file: string): Sample {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Sample;
}
