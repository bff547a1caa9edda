/**
 * A whole offline run with telemetry at its defaults, against the same run with telemetry off: programs that are
 * up already, as the app is when somebody clicks, and a new list in every round.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../../../electron/compose/compose.ts';
import type { Program } from '../../../electron/compose/compose.ts';
import { COMPONENTS, componentSettingsSchema } from '../../../shared/telemetrySettings.ts';
import type { ComponentMode, ComponentName } from '../../../shared/telemetrySettings.ts';
import { koreanCsvs } from '../../fixtures/lists.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';
import { shuffled } from '../interleaved.ts';
import { comparePairs, median, mulberry32 } from '../medians.ts';
import type { Comparison } from '../medians.ts';

export type WholeRun = {
  readonly rows: number;
  readonly rounds: number;
  readonly offMs: number;
  readonly offAgain: Comparison;
  readonly defaults: Comparison;
  /** Until every span of the run is in the trace store, too. */
  readonly stored: Comparison;
  /** Processor time of the main thread. */
  readonly mainThread: Comparison;
  /** Spans of one run, rows included. */
  readonly spans: number;
  /** What less recording would cost. */
  readonly less: readonly { readonly name: string; readonly run: Comparison }[];
};

const OFF = { TRACEDECK_TELEMETRY: 'off' };
type Kind = { readonly env: Readonly<Record<string, string>>; readonly modes?: Modes };
type Modes = Readonly<Partial<Record<ComponentName, ComponentMode>>>;
const KINDS: Readonly<Record<'off' | 'again' | 'defaults', Kind>> = {
  off: { env: OFF },
  again: { env: OFF },
  defaults: { env: {} },
};
/** What of it could be saved at most. */
const LESS: Readonly<Record<string, Kind>> = {
  'items and stages as rows, without anything beneath them': { env: {}, modes: { pipeline: 'leaf' } },
  'everything counted alone': { env: {}, modes: allIn('counted') },
  'every component off': { env: {}, modes: allIn('off') },
};
type Sample = { readonly runMs: number; readonly storedMs: number; readonly mainMs: number };
/** Rows before the ones that count: compilers and caches come to rest. */
const WARM_UP_ROWS = 3000;

/**
 * Runs of every kind side by side, in an order of its own in every round; what a round's runs took is compared
 * within the round. Many short ones say more than a few long ones on a machine whose pace changes within seconds.
 */
export async function measureWholeRun(
  rows: number,
  rounds: number,
  { withLess = false }: { readonly withLess?: boolean } = {},
): Promise<WholeRun> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-run-'));
  const kinds = Object.entries<Kind>({ ...KINDS, ...(withLess ? LESS : {}) });
  const programs = await Promise.all(kinds.map(([, kind], at) => open(join(folder, String(at)), kind)));
  const samples: Sample[][] = kinds.map(() => []);
  let spans = 0;
  const random = mulberry32(1);
  const warmUp = Math.ceil(WARM_UP_ROWS / rows);
  try {
    const lists = koreanCsvs(rows);
    for (let round = -warmUp; round < rounds; round += 1) {
      const list = lists.next().value as string | undefined;
      if (list === undefined) throw new Error(`There are lists for ${round} rounds of ${rows} rows only.`);
      for (const at of shuffled(kinds.length, random)) {
        const program = programs[at]!;
        const before = program.telemetry.spans.counts().started;
        const sample = await runOnce(program, list);
        if (kinds[at]![0] === 'defaults') spans = program.telemetry.spans.counts().started - before;
        if (round >= 0) samples[at]!.push(sample);
      }
    }
  } finally {
    for (const program of programs) await program.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const [off, again, defaults, ...less] = samples as [Sample[], Sample[], Sample[], ...Sample[][]];
  const of = (all: readonly Sample[], pick: keyof Sample) => all.map((sample) => sample[pick]);
  return {
    rows,
    rounds,
    offMs: median(of(off, 'runMs')),
    offAgain: comparePairs(of(again, 'runMs'), of(off, 'runMs')),
    defaults: comparePairs(of(defaults, 'runMs'), of(off, 'runMs')),
    stored: comparePairs(of(defaults, 'storedMs'), of(off, 'storedMs')),
    mainThread: comparePairs(of(defaults, 'mainMs'), of(off, 'mainMs')),
    spans,
    less: less.map((runs, at) => ({
      name: Object.keys(LESS)[at]!,
      run: comparePairs(of(runs, 'runMs'), of(off, 'runMs')),
    })),
  };
}

function allIn(mode: ComponentMode): Modes {
  return Object.fromEntries(COMPONENTS.map((name) => [name, mode]));
}

async function open(dataDir: string, { env, modes = {} }: Kind): Promise<Program> {
  const program = await compose({
    dataDir,
    files: {
      wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
      traceWorker: join(PROJECT_ROOT, 'build/electron/traceWorker.cjs'),
      exportWorker: join(PROJECT_ROOT, 'build/electron/exportWorker.cjs'),
    },
    version: '0.0.0',
    env,
    encryption: null,
  });
  for (const name of COMPONENTS) {
    const mode = modes[name];
    if (mode !== undefined)
      program.telemetry.component(name).configure(componentSettingsSchema.parse({ mode }));
  }
  return program;
}

async function runOnce(program: Program, text: string): Promise<Sample> {
  const list = await program.openList({ kind: 'text', text, name: 'list.csv' });
  globalThis.gc?.();
  const before = process.threadCpuUsage();
  const startMs = performance.now();
  const runId = await program.startRun(list, {
    deck: 'Bench',
    generator: 'offline',
    termLanguage: 'ko',
    meaningLanguage: 'en',
    concurrency: 32,
    limit: null,
  });
  await program.runs.finished(runId);
  const runMs = performance.now() - startMs;
  const { user, system } = process.threadCpuUsage(before);
  await program.flush();
  return { runMs, storedMs: performance.now() - startMs, mainMs: (user + system) / 1000 };
}
