/**
 * `npm test`: types, lint, format, then every Vitest project in turn; a table, and one closing line.
 * Arguments name the parts to run (`npm test -- types unit`); none means all.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../electron/launch/runCommand.ts';
import { RESULT_ENV_NAME } from './resultReporter.ts';
import type { RunResult } from './resultReporter.ts';
import { closingLine, table, tallyCheck, tallyTests } from './tally.ts';
import type { Part } from './tally.ts';

const root = join(import.meta.dirname, '..', '..');
const results = join(root, 'test-results');
const bin = (path: string) => join(root, 'node_modules', path);
const VITEST = bin('vitest/vitest.mjs');

const CHECKS = [
  { name: 'types', args: [bin('typescript/bin/tsc'), '-b'] },
  { name: 'lint', args: [bin('oxlint/bin/oxlint')] },
  { name: 'format', args: [bin('prettier/bin/prettier.cjs'), '--check', '.', '--log-level=warn'] },
] as const;

const ORDER = ['unit', 'renderer', 'integration', 'e2e'];
const LIMIT_MS = 30 * 60_000;

const wanted = new Set(process.argv.slice(2));
const isWanted = (name: string) => wanted.size === 0 || wanted.has(name);
process.exitCode = await run();

async function run(): Promise<number> {
  await mkdir(results, { recursive: true });
  const parts: Part[] = [];
  for (const check of CHECKS) {
    if (!isWanted(check.name)) continue;
    announce(check.name);
    const { code, durationMs } = await runNode(check.args);
    parts.push(tallyCheck(check.name, code, durationMs));
  }
  const projects = await testProjects();
  for (const project of projects.filter(isWanted)) {
    announce(project);
    parts.push(await runProject(project));
  }
  const names = [...CHECKS.map(({ name }) => name), ...projects];
  for (const name of wanted) {
    if (!names.some((known) => known === name)) {
      parts.push({
        ...tallyCheck(name, 1, 0),
        remarks: [`failed: there is no part ${name} (${names.join(', ')})`],
      });
    }
  }
  if (projects.length === 0) parts.push(tallyTests('tests', null, null, 0));
  console.log(`\n${table(parts)}`);
  for (const remark of parts.flatMap((part) => part.remarks)) console.log(remark);
  console.log(`\n${closingLine(parts)}`);
  return parts.every((part) => part.failed === 0) ? 0 : 1;
}

async function runProject(project: string): Promise<Part> {
  const path = join(results, `${project.replace(/\W+/g, '-')}.json`);
  await rm(path, { force: true });
  const reporter = join(import.meta.dirname, 'resultReporter.ts');
  const { code, durationMs } = await runNode(
    [VITEST, 'run', '--project', project, '--no-allowOnly', '--reporter=default', `--reporter=${reporter}`],
    { [RESULT_ENV_NAME]: path },
  );
  const text = await readFile(path, 'utf8').catch(() => null);
  return tallyTests(project, text === null ? null : (JSON.parse(text) as RunResult), code, durationMs);
}

/** The projects of the configuration that have test files, the quick ones first. */
async function testProjects(): Promise<readonly string[]> {
  const args = [VITEST, 'list', '--filesOnly', '--json'];
  const { code, stdout, output } = await runCommand(process.execPath, args, { cwd: root });
  const start = stdout.indexOf('[');
  if (code !== 0 || start < 0) {
    console.error(output);
    return [];
  }
  const files = JSON.parse(stdout.slice(start)) as readonly { readonly projectName?: string }[];
  const names = [...new Set(files.map((file) => file.projectName ?? ''))].filter((name) => name !== '');
  return names.sort((a, b) => rank(a) - rank(b));
}

function rank(project: string): number {
  const at = ORDER.indexOf(project);
  return at < 0 ? ORDER.length : at;
}

/** Ends what takes too long, with all its children: a test that blocks its thread would never end by itself. */
function runNode(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const startMs = performance.now();
  return new Promise<{ code: number | null; durationMs: number }>((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
    });
    const end = (signal: NodeJS.Signals): void => {
      if (process.platform === 'win32' || child.pid === undefined) child.kill(signal);
      // Detached, so the child leads a process group of its own.
      else process.kill(-child.pid, signal);
    };
    const timer = setTimeout(() => {
      console.error(`Not done after ${LIMIT_MS / 60_000} minutes: ended.`);
      end('SIGKILL');
    }, LIMIT_MS);
    const interrupt = (signal: NodeJS.Signals): void => {
      end(signal);
      process.exit(1);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    child.on('error', (error) => console.error(error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve({ code, durationMs: performance.now() - startMs });
    });
  });
}

function announce(name: string): void {
  console.log(`\n== ${name}`);
}
