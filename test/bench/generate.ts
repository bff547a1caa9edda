/**
 * The main job over 10,000 rows with the richer columns, offline, through the real command line: a first run, and
 * a second one over the same list. Then the same run inside this process, for the delay of its event loop.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { compose } from '../../electron/compose/compose.ts';
import type { RunReport } from '../../shared/run.ts';
import { formatBytes, formatDuration } from '../../shared/units.ts';
import { koreanCsv } from '../fixtures/lists.ts';
import { cli } from '../harness/cli.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';
import { median } from './medians.ts';

type Sample = {
  readonly runMs: number;
  readonly wallMs: number;
  readonly rssBytes: number | null;
  readonly report: RunReport;
};

/** Arguments: `--rounds N` (5), `--rows N` (10,000), `--json`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: 'string' }, rows: { type: 'string' }, json: { type: 'boolean' } },
  });
  const rounds = Number(values.rounds ?? 5);
  const rows = Number(values.rows ?? 10_000);
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-bench-'));
  try {
    const list = join(folder, 'list.csv');
    await writeFile(list, koreanCsv(rows));
    const first: Sample[] = [];
    const second: Sample[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const dataDir = join(folder, `data-${round}`);
      first.push(await sample(dataDir, list));
      second.push(await sample(dataDir, list));
      console.log(
        `round ${round + 1} of ${rounds}: first ${formatDuration(first.at(-1)!.runMs)}, second ${formatDuration(second.at(-1)!.runMs)}`,
      );
    }
    const loop = await eventLoopDelay(join(folder, 'data-loop'), list);
    const figures = {
      rows,
      rounds,
      first: figuresOf(first),
      second: figuresOf(second),
      ratioOfRuns: spread(first.map(({ runMs }, round) => runMs / second[round]!.runMs)),
      ratioOfProcesses: spread(first.map(({ wallMs }, round) => wallMs / second[round]!.wallMs)),
      hitRateOfSecond: second.map(({ report }) => report.hitRate),
      eventLoopDelayMs: loop,
    };
    if (values.json) console.log(JSON.stringify(figures, null, 2));
    else print(figures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sample(dataDir: string, list: string): Promise<Sample> {
  const result = await cli(dataDir, 'generate', list, '--json');
  if (result.code !== 0) throw new Error(result.stderr);
  const report = JSON.parse(result.stdout) as RunReport;
  return { runMs: report.durationMs, wallMs: result.durationMs, rssBytes: result.peakRssBytes, report };
}

async function eventLoopDelay(dataDir: string, list: string) {
  const program = await compose({
    dataDir,
    files: {
      wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
      traceWorker: join(PROJECT_ROOT, 'build/electron/traceWorker.cjs'),
    },
    version: '0.0.0',
    env: {},
    encryption: null,
  });
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const opened = await program.openList({ kind: 'file', path: list });
  histogram.enable();
  const runId = await program.startRun(opened, {
    deck: 'Bench',
    generator: 'offline',
    termLanguage: 'ko',
    meaningLanguage: 'en',
    concurrency: 32,
    limit: null,
  });
  await program.runs.finished(runId);
  histogram.disable();
  await program.close();
  const ms = (nanoseconds: number) => nanoseconds / 1e6;
  return { p50: ms(histogram.percentile(50)), p99: ms(histogram.percentile(99)), max: ms(histogram.max) };
}

type Spread = { readonly median: number; readonly min: number; readonly max: number };
const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

function figuresOf(samples: readonly Sample[]) {
  const rss = samples.flatMap(({ rssBytes }) => (rssBytes === null ? [] : [rssBytes]));
  return {
    runMs: spread(samples.map(({ runMs }) => runMs)),
    processMs: spread(samples.map(({ wallMs }) => wallMs)),
    peakRssBytes: rss.length === 0 ? null : spread(rss),
  };
}

function print(figures: {
  rows: number;
  rounds: number;
  first: ReturnType<typeof figuresOf>;
  second: ReturnType<typeof figuresOf>;
  ratioOfRuns: Spread;
  ratioOfProcesses: Spread;
  eventLoopDelayMs: { p50: number; p99: number; max: number };
}): void {
  const { first, second, eventLoopDelayMs: loop } = figures;
  const line = (name: string, value: Spread | null, form: (value: number) => string) =>
    value === null
      ? `| ${name} | not told |`
      : `| ${name} | ${form(value.median)} (${form(value.min)} to ${form(value.max)}) |`;
  const times = (ratio: number) => `${ratio.toFixed(1)} ×`;
  console.log(
    [
      '',
      `| ${figures.rows} rows, ${figures.rounds} rounds | median (least to most) |`,
      '|---|---|',
      line('first run', first.runMs, formatDuration),
      line('first run, whole process', first.processMs, formatDuration),
      line('first run, peak RSS', first.peakRssBytes, formatBytes),
      line('second run', second.runMs, formatDuration),
      line('second run, whole process', second.processMs, formatDuration),
      line('second run, peak RSS', second.peakRssBytes, formatBytes),
      line('first over second, run', figures.ratioOfRuns, times),
      line('first over second, whole process', figures.ratioOfProcesses, times),
      `| event-loop delay in a first run | p50 ${formatDuration(loop.p50)}, p99 ${formatDuration(loop.p99)}, max ${formatDuration(loop.max)} |`,
    ].join('\n'),
  );
}
