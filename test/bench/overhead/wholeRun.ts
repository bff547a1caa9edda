/**
 * A whole offline run with telemetry at its defaults, against the same run with telemetry off: programs that are
 * up already, as the app is when somebody clicks, and a new list in every round.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../../../electron/compose/compose.ts';
import type { Program } from '../../../electron/compose/compose.ts';
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
};

const KINDS = ['off', 'again', 'defaults'] as const;
type Sample = { readonly runMs: number; readonly storedMs: number; readonly mainMs: number };
/** Rows before the ones that count: compilers and caches come to rest. */
const WARM_UP_ROWS = 3000;

/**
 * Runs of the three kinds side by side, in an order of its own in every round; what a round's runs took is compared
 * within the round. Many short ones say more than a few long ones on a machine whose pace changes within seconds.
 */
export async function measureWholeRun(rows: number, rounds: number): Promise<WholeRun> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-run-'));
  const programs = await Promise.all(
    KINDS.map((kind) => open(join(folder, kind), kind === 'defaults' ? {} : { TRACEDECK_TELEMETRY: 'off' })),
  );
  const samples: Sample[][] = KINDS.map(() => []);
  let spans = 0;
  const random = mulberry32(1);
  const warmUp = Math.ceil(WARM_UP_ROWS / rows);
  try {
    const lists = koreanCsvs(rows);
    for (let round = -warmUp; round < rounds; round += 1) {
      const list = lists.next().value as string | undefined;
      if (list === undefined) throw new Error(`There are lists for ${round} rounds of ${rows} rows only.`);
      for (const at of shuffled(KINDS.length, random)) {
        const program = programs[at]!;
        const before = program.telemetry.spans.counts().started;
        const sample = await runOnce(program, list);
        if (KINDS[at] === 'defaults') spans = program.telemetry.spans.counts().started - before;
        if (round >= 0) samples[at]!.push(sample);
      }
    }
  } finally {
    for (const program of programs) await program.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const [off, again, defaults] = samples as [Sample[], Sample[], Sample[]];
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
  };
}

function open(dataDir: string, env: Record<string, string>): Promise<Program> {
  return compose({
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
