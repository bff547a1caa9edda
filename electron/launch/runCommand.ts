/** Runs a command to its end and keeps what it printed. */
import { spawn } from 'node:child_process';

export type CommandResult = {
  /** `null` where the command could not be started or was ended by a signal or the time limit. */
  readonly code: number | null;
  /** stdout and stderr as they came. */
  readonly output: string;
  readonly stdout: string;
};

export type CommandOptions = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
};

/** Never throws: a command that is not there is a result as well. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      timeout: options.timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const all: Buffer[] = [];
    const out: Buffer[] = [];
    const result = (code: number | null, extra = '') =>
      resolve({
        code,
        output: Buffer.concat(all).toString('utf8') + extra,
        stdout: Buffer.concat(out).toString('utf8'),
      });
    child.stdout.on('data', (chunk: Buffer) => {
      all.push(chunk);
      out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => all.push(chunk));
    child.on('error', (error) => result(null, error.message));
    child.on('close', (code) => result(code));
  });
}

/** The last lines of an output, for an error message. */
export function lastLines(output: string, count: number): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
