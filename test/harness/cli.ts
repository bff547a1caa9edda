/** Runs the real command line as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import manifest from '../../package.json' with { type: 'json' };
import type { RunReport } from '../../shared/run.ts';
import { PROJECT_ROOT } from './environment.ts';

export type CliResult = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Peak resident memory; `null` where the system does not tell. */
  readonly peakRssBytes: number | null;
  readonly durationMs: number;
};
export type CliRun = { readonly child: ChildProcess; readonly finished: Promise<CliResult> };

const WATCH_MEMORY_MS = 50;

/** What `npm run cli` runs, without npm in between: a signal then meets the program itself. */
const [, ...CLI_ARGUMENTS] = manifest.scripts.cli.split(' ');

/** Starts `cli <args>` on a data folder. `input` goes to standard input, which is empty otherwise. */
export function startCli(
  dataDir: string,
  args: readonly string[],
  {
    input = '',
    env = {},
    keepInputOpen = false,
  }: { input?: string | Uint8Array; env?: Readonly<Record<string, string>>; keepInputOpen?: boolean } = {},
): CliRun {
  const startMs = performance.now();
  const child = spawn(process.execPath, [...CLI_ARGUMENTS, ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, TRACEDECK_DATA_DIR: dataDir, NO_COLOR: '1', ...env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A process that never reads its input may close it.
  child.stdin.on('error', () => {});
  if (!keepInputOpen) child.stdin.end(input);
  let peakRssBytes: number | null = null;
  const watch = setInterval(() => (peakRssBytes = peakOf(child.pid) ?? peakRssBytes), WATCH_MEMORY_MS);
  const finished = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearInterval(watch);
      resolve({ code, signal, stdout, stderr, peakRssBytes, durationMs: performance.now() - startMs });
    });
  });
  return { child, finished };
}

/** Runs to the end. */
export function cli(dataDir: string, ...args: string[]): Promise<CliResult> {
  return startCli(dataDir, args).finished;
}

/** Runs with `--json` and parses what stdout says; the exit code has to be the expected one. */
export async function cliJson<T = RunReport>(
  dataDir: string,
  args: readonly string[],
  expectedCode = 0,
): Promise<T> {
  const result = await cli(dataDir, ...args, '--json');
  if (result.code !== expectedCode) {
    throw new Error(
      `${args.join(' ')} ended with ${result.code}:\n${result.stderr}\n${result.stdout.slice(0, 2000)}`,
    );
  }
  return JSON.parse(result.stdout) as T;
}

/** The kernel's own high-water mark, so that no peak is missed between two looks. */
function peakOf(pid: number | undefined): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
