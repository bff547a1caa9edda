/**
 * What recording costs: single operations by mode, a mixed load, a whole run. Everything is measured in turns
 * within one process, with the bare operation a second time beside it as a check of the measurement itself.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../harness/environment.ts';
import { measureMemory, memoryTable } from './memory.ts';
import type { Comparison } from './medians.ts';
import { measureMixedLoad } from './overhead/mixedLoad.ts';
import type { MixedLoad } from './overhead/mixedLoad.ts';
import { measureOperations } from './overhead/operations.ts';
import type { SubjectResult } from './overhead/operations.ts';
import { measureWholeRun } from './overhead/wholeRun.ts';
import type { WholeRun } from './overhead/wholeRun.ts';

/** Of the short runs: there are many of them, so that their interval is narrower than that of a few long ones. */
const SHORT_ROWS = 60;

/**
 * Arguments: `--blocks N` (200) for single operations and the mixed load, `--rounds N` (25) whole runs of each
 * kind, `--rows N` (1,000), `--short N` (200) short runs of each kind, `--only operations|mixed|run`, `--json`,
 * `--write` for docs/overhead.{md,json}.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      blocks: { type: 'string' },
      rounds: { type: 'string' },
      rows: { type: 'string' },
      short: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean' },
      write: { type: 'boolean' },
    },
  });
  const blocks = Number(values.blocks ?? 200);
  const wanted = (part: string) => values.only === undefined || values.only === part;
  const operations = wanted('operations') ? measureOperations(blocks) : null;
  const mixed = wanted('mixed') ? await measureMixedLoad(blocks) : null;
  const whole = wanted('run')
    ? await measureWholeRun(Number(values.rows ?? 1000), Number(values.rounds ?? 25), { withLess: true })
    : null;
  const short = wanted('run') ? await measureWholeRun(SHORT_ROWS, Number(values.short ?? 200)) : null;
  const memory = values.write ? await measureMemory(15) : null;
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${process.platform} ${release()}, Node ${process.versions.node}`;

  const tables = [
    ...(operations === null ? [] : [operationsTable(operations, blocks)]),
    ...(mixed === null ? [] : [mixedTable(mixed)]),
    ...(whole === null ? [] : [wholeTable(whole)]),
    ...(short === null ? [] : [wholeTable(short)]),
    ...(memory === null ? [] : [memoryTable(memory)]),
  ].join('\n\n');
  const json = JSON.stringify({ machine, operations, mixed, whole, short, memory }, null, 2);
  console.log(values.json ? json : tables);
  if (values.write) {
    writeFileSync(join(PROJECT_ROOT, 'docs/overhead.json'), `${json}\n`);
    writeFileSync(join(PROJECT_ROOT, 'docs/overhead.md'), document(machine, tables));
  }
}

function document(machine: string, tables: string): string {
  return `# What telemetry costs

Measured by \`npm run bench -- overhead --write\` on ${machine}. Percentages are what an operation takes longer than
the same operation with nothing recorded, measured in turns in one process; in brackets the 95 % interval (bootstrap over
pairs of blocks). The bare operation is measured twice (A/A): what is smaller than its difference is noise. The figures
themselves, in full, are in [overhead.json](overhead.json).

${tables}
`;
}

const percent = ({ ratio, low, high }: Comparison): string => {
  const show = (value: number) => {
    const of = (value - 1) * 100;
    return Math.abs(of) >= 10 ? of.toFixed(0) : of.toFixed(1);
  };
  return `${show(ratio)} (${show(low)} to ${show(high)})`;
};
const ns = (value: number) => (value >= 1000 ? `${(value / 1000).toFixed(2)} µs` : `${value.toFixed(1)} ns`);

function operationsTable(subjects: readonly SubjectResult[], blocks: number): string {
  const timed = subjects.filter(({ name }) => name !== 'nothing at all');
  const nothing = subjects.find(({ name }) => name === 'nothing at all');
  const designs = timed[0]!.variants.slice(1).map(({ name }) => name);
  return [
    `## Single operations inside an active span, ${blocks} blocks each, in % of the operation`,
    '',
    `| | ${timed.map(({ name, variants }) => `${name} ${ns(variants[0]!.nsPerOperation)}`).join(' | ')} | on its own |`,
    `|---|${timed.map(() => '---|').join('')}---|`,
    ...designs.map((design, row) => {
      const own = nothing?.variants[row + 1]?.addedNs;
      const cells = timed.map(({ variants }) => percent(variants[row + 1]!));
      return `| ${design} | ${cells.join(' | ')} | ${own === undefined ? '' : ns(own)} |`;
    }),
  ].join('\n');
}

function mixedTable(mixed: MixedLoad): string {
  return [
    `## Mixed load: ${mixed.operations} operations, ${mixed.inFlight} in flight, rows shipped to the store's thread`,
    '',
    `| ${mixed.blocks} blocks, ${mixed.usPerOperation.toFixed(1)} µs an operation | % |`,
    '|---|---|',
    `| nothing recorded, again (A/A) | ${percent(mixed.nothingAgain)} |`,
    `| INSERT every one, SELECT 1 in 8, SET 1 in 64, GET 1 in 1,024 | ${percent(mixed.recorded)} |`,
    '',
    `${mixed.rows} rows were recorded and ${mixed.leftOut} operations counted alone.`,
  ].join('\n');
}

function wholeTable(whole: WholeRun): string {
  return [
    `## A whole offline run of ${whole.rows} items`,
    '',
    `| ${whole.rounds} runs of each kind, ${Math.round(whole.offMs)} ms with telemetry off | % |`,
    '|---|---|',
    `| off, again (A/A) | ${percent(whole.offAgain)} |`,
    `| telemetry at its defaults, ${whole.spans} spans: the run | ${percent(whole.defaults)} |`,
    `| the same, until every span is stored | ${percent(whole.stored)} |`,
    `| the same, processor time of the main thread | ${percent(whole.mainThread)} |`,
    ...whole.less.map(({ name, run }) => `| ${name}: the run | ${percent(run)} |`),
  ].join('\n');
}
