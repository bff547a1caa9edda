/** `npm start`: builds what is stale, then opens the app; without a display runs the sample in the terminal. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import { buildStale } from './build.ts';
import { electronCommand, isRootUser } from './electronCommand.ts';
import { resolveElectron } from './resolveElectron.ts';
import { failureIn, isNoise, lineSplitter, planStart } from './startPlan.ts';
import type { WindowFailure } from './startPlan.ts';
import { ensureLibraries } from './systemLibraries.ts';

const projectRoot = join(import.meta.dirname, '..', '..');
const log = (line: string): void => console.error(line);

process.exitCode = await start();

async function start(): Promise<number> {
  const plan = planStart(process.platform, process.env);
  if (plan.kind === 'terminal') return await runTerminal(plan.reason);
  try {
    await buildStale({ projectRoot, log });
  } catch (error) {
    complain(error);
    return 1;
  }
  let window: Promise<{ code: number; failure: WindowFailure | null }>;
  try {
    const electron = await resolveElectron({ projectRoot, log });
    await ensureLibraries(electron.executable, log);
    const command = electronCommand(electron, {
      projectRoot,
      args: process.argv.slice(2),
      env: process.env,
      platform: process.platform,
      isRoot: isRootUser(),
    });
    if (command.noSandbox) log('Running as root: Electron goes without its sandbox (--no-sandbox).');
    window = runWindow(command.file, command.args, command.env);
  } catch (error) {
    complain(error);
    return await runTerminal('The window cannot be opened: running the sample list in the terminal instead.');
  }
  const { code, failure } = await window;
  if (code !== 0 && failure === 'no_display') {
    return await runTerminal(
      'The display cannot be reached: running the sample list in the terminal instead.',
    );
  }
  if (code !== 0 && failure === 'no_sandbox') {
    log(
      'This system does not let Electron make its sandbox. Allow unprivileged user namespaces:\n' +
        '  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 kernel.unprivileged_userns_clone=1',
    );
  }
  return code;
}

function runWindow(file: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number; failure: WindowFailure | null }>((resolve, reject) => {
    let failure: WindowFailure | null = null;
    const child = spawn(file, args, { stdio: ['inherit', 'inherit', 'pipe'], env });
    const lines = lineSplitter((line) => {
      failure ??= failureIn(line);
      if (!isNoise(line)) process.stderr.write(`${line}\n`);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => lines.push(chunk));
    passSignals(child);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      lines.end();
      resolve({ code: exitCode(code, signal), failure });
    });
  });
}

/** The same pipeline over the bundled sample list, in the terminal. */
async function runTerminal(reason: string): Promise<number> {
  log(reason);
  try {
    await buildStale({ projectRoot, log });
  } catch (error) {
    complain(error);
    return 1;
  }
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), 'demo'], {
      stdio: 'inherit',
    });
    passSignals(child);
    child.on('error', (error) => {
      complain(error);
      resolve(1);
    });
    child.on('close', (code, signal) => resolve(exitCode(code, signal)));
  });
}

function passSignals(child: { kill(signal: NodeJS.Signals): boolean }): void {
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  // Ctrl+C in a terminal reaches the child by itself.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
}

function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function complain(thrown: unknown): void {
  const error = toTracedeckError(thrown);
  log(`Error (${error.code}): ${error.message}${error.hint === null ? '' : `\n${error.hint}`}`);
}
